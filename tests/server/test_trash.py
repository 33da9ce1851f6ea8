"""A server frees what has been in the trash for long enough by itself, rows and files."""

from __future__ import annotations

import time
from pathlib import Path

from flowmill.artifacts.local import LocalArtifacts
from flowmill.errors import NotFound
from flowmill.server.app import App
from flowmill.server.files import accept_location
from flowmill.store.sql.engine import SqlStore
from flowmill.store.sql.places import Places
from flowmill.store.sql.sqlite import SqliteDatabase
from flowmill.testing.server import running
from flowmill.wire.runs import CreateRun, DeleteRun, GetRun


def test_what_is_due_goes_by_itself(tmp_path: Path) -> None:
    store = SqlStore(SqliteDatabase(tmp_path / "flowmill.db"), Places("mlflow-artifacts:/", accept_location))
    artifacts = LocalArtifacts(tmp_path / "artifacts")
    kept, gone = (store.send(CreateRun()).info.run_id for _ in range(2))
    for run_id in (kept, gone):
        artifacts.put(f"0/{run_id}/artifacts/a.txt", b"a")
    store.send(DeleteRun(run_id=gone))
    with running(App(store, artifacts, trash_retention=0)):
        end = time.monotonic() + 20
        while artifacts.list(f"0/{gone}/artifacts") and time.monotonic() < end:
            time.sleep(0.02)
        assert artifacts.list(f"0/{gone}/artifacts") == []
        assert [info.path for info in artifacts.list(f"0/{kept}/artifacts")] == [f"0/{kept}/artifacts/a.txt"]
        try:
            store.send(GetRun(run_id=gone))
            raise AssertionError("the run is still there")
        except NotFound:
            pass
