"""The operation that MLflow's page uses to keep what was tried in its prompt form."""

from __future__ import annotations

from flowmill.entities.base import Entity, Int64
from flowmill.entities.run import Run, RunTag
from flowmill.wire.operation import Request, operation
from flowmill.wire.permission import EDIT_EXPERIMENT


class PromptValue(Entity, frozen=True):
    """A value by its key; numbers are kept as text."""

    key: str
    value: str | float | int | bool = ""

    @property
    def text(self) -> str:
        """The value as it is stored."""
        return self.value if isinstance(self.value, str) else str(self.value)


@operation("POST runs/create-promptlab-run", needs=EDIT_EXPERIMENT, answer="run")
class CreatePromptlabRun(Request[Run], frozen=True, kw_only=True):
    """Keep a prompt, what filled it and what a model answered as a finished run."""

    experiment_id: str
    prompt_template: str
    prompt_parameters: list[PromptValue]
    model_route: str
    model_input: str
    mlflow_version: str
    run_name: str = ""
    tags: list[RunTag] = []
    model_parameters: list[PromptValue] = []
    model_output_parameters: list[PromptValue] = []
    model_output: str = ""
    user_id: str = "unknown"
    start_time: Int64 | None = None
