"""Models that metrics are of, and models that live elsewhere."""

from __future__ import annotations

import pytest

import flowmill as mlflow
from flowmill.errors import Invalid


def test_metrics_are_of_the_active_model() -> None:
    assert mlflow.get_active_model_id() is None
    model = mlflow.set_active_model(name="app")
    assert (model.name, model.status) == ("app", "READY")
    assert model.tags["mlflow.model.isExternal"] == "true"
    assert mlflow.set_active_model(name="app").model_id == model.model_id == mlflow.get_active_model_id()
    with mlflow.start_run() as run:
        mlflow.log_metric("accuracy", 0.5)
        mlflow.clear_active_model()
        mlflow.log_metric("loss", 0.5)
    assert mlflow.get_active_model_id() is None
    metrics = mlflow.get_logged_model(model.model_id).metrics or []
    assert [(metric.key, metric.value, metric.run_id) for metric in metrics] == [("accuracy", 0.5, run.info.run_id)]


def test_as_long_as_a_block_lasts() -> None:
    outer = mlflow.create_external_model("outer", params={"a": 1}, tags={"t": "u"}, model_type="agent")
    assert (outer.model_type, outer.params, outer.tags["t"]) == ("agent", {"a": "1"}, "u")
    with mlflow.set_active_model(model_id=outer.model_id):
        with mlflow.set_active_model(name="inner") as inner, mlflow.start_run() as run:
            assert mlflow.get_active_model_id() == inner.model_id
            with mlflow.set_active_model(model_id=outer.model_id):
                pass
        assert mlflow.get_active_model_id() == outer.model_id
    assert mlflow.get_active_model_id() is None
    inputs = mlflow.get_run(run.info.run_id).inputs.model_inputs
    assert [each.model_id for each in inputs] == [outer.model_id]  # made active while the run was open


def test_what_is_refused() -> None:
    model = mlflow.create_external_model("one")
    with pytest.raises(Invalid, match="needs a name or a model_id"):
        mlflow.set_active_model()
    with pytest.raises(Invalid, match="is named 'one', not 'two'"):
        mlflow.set_active_model(name="two", model_id=model.model_id)
