"""One training that logs itself: the run that it goes to, what is logged before and after it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from flowmill import session
from flowmill.api import log_metrics
from flowmill.autologging.configuration import AUTOLOGGING_TAG, is_silent, option
from flowmill.autologging.patching import safely, watching
from flowmill.client.client import Client
from flowmill.context import context_tags
from flowmill.data.dataset import Dataset
from flowmill.death import status_after
from flowmill.entities.dataset import DatasetInput, InputTag
from flowmill.entities.run import Param, RunTag
from flowmill.session import PARENT_TAG

_LONGEST_PARAM = 6000
"""Characters of a parameter, as MLflow's servers take them."""


class Training:
    """What one integration logs of one training; subclasses say what."""

    integration = ""

    def __init__(self) -> None:
        self.client: Client = session.tracking_client()
        self.run_id = ""
        self._made = False

    def before(self) -> None:
        """Log what is known before the training."""

    def after(self, result: Any) -> None:
        """Log what the training gave."""

    def option(self, name: str, default: Any = None) -> Any:
        """What the user said of an option."""
        return option(self.integration, name, default)

    def tags_below(self, estimator: Any) -> dict[str, str]:
        """The tags of a run below this one, of something that the training tried."""
        kind = type(estimator)
        return {
            **context_tags(),
            AUTOLOGGING_TAG: self.integration,
            PARENT_TAG: self.run_id,
            "estimator_name": kind.__name__,
            "estimator_class": f"{kind.__module__}.{kind.__name__}",
        }

    def part(self, act: Callable[[], Any]) -> Any:
        """Log one part; if it fails, the others are logged nevertheless."""
        return safely(self.integration, act)

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Log parameters; long ones are cut."""
        pairs = [Param(str(key), shown(value)) for key, value in params.items()]
        if pairs:
            self.client.log_batch(self.run_id, params=pairs)

    def log_metrics(
        self,
        metrics: Mapping[str, float],
        step: int = 0,
        model_id: str | None = None,
        dataset: Dataset | None = None,
    ) -> None:
        """Log values at one step, of a model on a dataset where these are known."""
        log_metrics(metrics, step, run_id=self.run_id, model_id=model_id, dataset=dataset if model_id else None)

    def log_tags(self, tags: Mapping[str, Any]) -> None:
        """Set tags of the run."""
        self.client.log_batch(self.run_id, tags=[RunTag(key, str(value)) for key, value in tags.items()])

    def log_dataset(self, dataset: Dataset, context: str) -> None:
        """Note data that the run used."""
        log_dataset(self.client, self.run_id, dataset, context)

    def open_run(self) -> None:
        """Log to the run that is open, else to a new one that ends with the training."""
        run = session.active_run()
        if run is None:
            tags = {AUTOLOGGING_TAG: self.integration, **(self.option("extra_tags") or {})}
            run = session.start_run(tags=tags)
            self._made = True
            if not is_silent(self.integration):
                named = f"{run.info.run_name} ({run.info.run_id})"
                print(f"Autologging of {self.integration}: run {named}", file=sys.stderr)
        self.run_id = run.info.run_id

    def close_run(self, status: str) -> None:
        """End the run if it was made for this training."""
        open_now = session.active_run()
        if self._made and open_now is not None and open_now.info.run_id == self.run_id:
            session.end_run(status)


def log_dataset(client: Client, run_id: str, dataset: Dataset, context: str) -> None:
    """Note data that a run used."""
    tags = [InputTag("mlflow.data.context", context)]
    client.log_inputs(run_id, [DatasetInput(dataset._to_mlflow_entity(), tags)])  # pyright: ignore[reportPrivateUsage]


def watched(make: Callable[[], Training], original: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """What the training gives, and raises, as if nobody looked; what is to be logged of it is logged.

    ``original`` is called exactly once, with these arguments, whatever happens to the logging.
    """
    with watching():
        training = safely("a training", make)
        begun = training is not None and safely(training.integration, training.open_run) is None and training.run_id
        if training is None or not begun:
            return original(*args, **kwargs)
        training.part(training.before)
        try:
            result = original(*args, **kwargs)
        except BaseException as error:
            status = status_after(error)
            training.part(lambda: training.close_run(status))
            raise
        training.part(lambda: training.after(result))
        training.part(lambda: training.close_run("FINISHED"))
        return result


def may_log(integration: str) -> bool:
    """Whether the user wants the training logged that begins now: ``exclusive`` leaves runs of the user's alone."""
    return not (option(integration, "exclusive", False) and session.active_run() is not None)


def shown(value: Any) -> str:
    """A parameter's value as text, cut where it is too long to be stored."""
    text = str(value)
    return text if len(text) <= _LONGEST_PARAM else f"{text[: _LONGEST_PARAM - 3]}..."
