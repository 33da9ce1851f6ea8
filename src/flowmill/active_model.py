"""The model that what is logged is of, and models that live elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from flowmill.context import context_tags
from flowmill.entities.model import LoggedModel
from flowmill.entities.run import LoggedModelInput
from flowmill.errors import Invalid
from flowmill.models.datatypes import AnyType
from flowmill.models.mlmodel import Model
from flowmill.models.schema import ColSpec, Schema
from flowmill.models.signature import ModelSignature
from flowmill.session import active_run, experiment_id, leave_model, make_model_active, model_that_is_active
from flowmill.session import tracking_client as client

EXTERNAL_TAG = "mlflow.model.isExternal"


class ActiveModel(LoggedModel, frozen=True):
    """A model that metrics are of from now on, or as long as its ``with`` block lasts."""

    @staticmethod
    def _fields_of(logged_model: LoggedModel, set_by_user: bool = True) -> dict[str, Any]:  # pyright: ignore[reportIncompatibleMethodOverride]  # as MLflow's
        return {"info": logged_model.info, "data": logged_model.data}

    def __enter__(self) -> ActiveModel:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        leave_model()


def set_active_model(*, name: str | None = None, model_id: str | None = None) -> ActiveModel:
    """Let metrics be of this model from now on: the one of this id, or the newest of this name in the experiment, which
    is made, with files elsewhere, if there is none."""
    if model_id is not None:
        model = client().get_logged_model(model_id)
        if name is not None and model.name != name:
            raise Invalid(f"The model {model_id} is named {model.name!r}, not {name!r}: give one of the two.")
    elif name:
        model = _newest(name) or create_external_model(name)
    else:
        raise Invalid("set_active_model() needs a name or a model_id.")
    make_model_active(model.model_id)
    run = active_run()
    if run is not None:
        client().log_inputs(run.info.run_id, models=[LoggedModelInput(model.model_id)])
    return ActiveModel(info=model.info, data=model.data)


def get_active_model_id() -> str | None:
    """The id of the model that metrics are of, None if there is none."""
    return model_that_is_active()


def clear_active_model() -> None:
    """Let metrics be of no model."""
    make_model_active(None)


def create_external_model(
    name: str | None = None,
    source_run_id: str | None = None,
    tags: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    model_type: str | None = None,
    experiment_id: str | None = None,
) -> LoggedModel:
    """Make a logged model whose files are not kept here: an application, a model behind an address. It is READY."""
    run = active_run()
    marks = {EXTERNAL_TAG: "true", **context_tags(), **(tags or {})}
    made = client().create_logged_model(
        experiment_id or _experiment(run),
        name,
        source_run_id or (run.info.run_id if run else None),
        marks,
        params,
        model_type,
    )
    return client().finalize_logged_model(made.model_id, "READY")


def _experiment(run: Any) -> str:
    return run.info.experiment_id if run is not None else experiment_id()


def _newest(name: str) -> LoggedModel | None:
    quoted = name.replace("'", "\\'")
    found = client().search_logged_models([_experiment(active_run())], f"name = '{quoted}'", max_results=1)
    return found[0] if found else None


def get_external_mlflow_model_spec(logged_model: LoggedModel) -> Model:
    """What an MLmodel file says of a model whose files are elsewhere: its id and place, and that it takes anything."""
    anything = Schema([ColSpec(AnyType())])
    return Model(
        artifact_path=logged_model.artifact_location,
        model_uuid=logged_model.model_id,
        model_id=logged_model.model_id,
        metadata={EXTERNAL_TAG: True},
        signature=ModelSignature(anything, anything),
    )
