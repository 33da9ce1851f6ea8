"""``synchronous=`` and MLFLOW_ENABLE_ASYNC_LOGGING, as MLflow 3.17.2 was seen to take them."""

from __future__ import annotations

from pathlib import Path

import pytest

import flowmill as mlflow
from flowmill.client.base import RunOperations
from flowmill.errors import Invalid, Unavailable
from flowmill.store.open import open_store
from flowmill.wire.runs import GetRun
from tests.peer.server import free_port


def test_what_calls_return(monkeypatch: pytest.MonkeyPatch) -> None:
    with mlflow.start_run() as run:
        client, run_id = mlflow.MlflowClient(), run.info.run_id
        assert (mlflow.log_metric("a", 1), mlflow.log_param("p", 1), mlflow.set_tag("t", 1)) == (None, 1, None)
        operations = [
            mlflow.log_metric("a", 2, synchronous=False), mlflow.log_metrics({"a": 3}, synchronous=False),
            mlflow.log_param("q", 1, synchronous=False), mlflow.log_params({"r": 1}, synchronous=False),
            mlflow.set_tag("u", 1, synchronous=False), mlflow.set_tags({"v": 1}, synchronous=False),
            client.log_batch(run_id, synchronous=False),
        ]  # fmt: skip
        monkeypatch.setenv("MLFLOW_ENABLE_ASYNC_LOGGING", "true")
        operations += [
            mlflow.log_metric("a", 4), mlflow.log_metrics({"a": 5}), mlflow.log_param("s", 1),
            mlflow.log_params({"w": 1}), mlflow.set_tag("x", 1), client.log_metric(run_id, "a", 6),
        ]  # fmt: skip
        assert {type(each) for each in operations} == {RunOperations}
        assert mlflow.log_metric("a", 7, synchronous=True) is None
        assert client.log_batch(run_id, metrics=[]) is None
        with pytest.raises(Invalid, match="cannot become"):
            mlflow.log_param("p", 2)
        for each in operations:
            each.wait()


def test_others_read_what_was_flushed() -> None:
    """`wait`, `synchronous=True` and `flush_async_logging` end when the store has it."""
    uri = mlflow.get_tracking_uri()
    with mlflow.start_run() as run:
        for step, log in enumerate(
            (
                lambda step: mlflow.log_metric("a", step, synchronous=False).wait(),
                lambda step: mlflow.log_metric("a", step, synchronous=True),
                lambda step: (mlflow.log_metric("a", step), mlflow.flush_async_logging()),
            )
        ):
            log(step)
            other = open_store(uri)
            (latest,) = other.send(GetRun(run_id=run.info.run_id)).data.metric_list
            other.close()
            assert latest.value == step


def test_waiting_for_a_store_that_is_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FLOWMILL_SPOOL", str(tmp_path / "spool"))
    client = mlflow.MlflowClient(f"http://127.0.0.1:{free_port()}")
    operations = client.log_metric("0" * 32, "a", 1, synchronous=False)
    assert operations is not None
    with pytest.raises(Unavailable, match="kept on this machine"):
        operations.wait()
