"""Each test logs to a folder of its own, with nothing active before and after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import flowmill
from flowmill import session


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that runs are logged to."""
    monkeypatch.chdir(tmp_path)
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_ID", "MLFLOW_RUN_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(session, "_experiment", None)
    flowmill.set_tracking_uri(tmp_path / "runs")
    yield tmp_path / "runs"
    while flowmill.active_run():
        flowmill.end_run()
    flowmill.set_tracking_uri("")
