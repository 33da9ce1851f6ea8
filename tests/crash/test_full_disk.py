"""The disk is full: writes are refused in a sentence, reads go on, and room is enough to go on writing."""

from __future__ import annotations

import resource
import signal
import sys
from pathlib import Path

import pytest

from tests.crash.clients import Client, ServerProcess
from tests.server.conftest import Http


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the files of another process")
def test_a_full_disk_is_a_503_and_passes(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    server.start()
    http = Http(server.address, tmp_path)
    run_id = http.post("runs/create", experiment_id="0")["run"]["info"]["run_id"]
    _, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    # No file may grow beyond this, which is what the server sees of a full disk.
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1_000_000, hard))
    written: list[str] = []
    refused = None
    for number in range(20):
        tag = {"run_id": run_id, "key": f"k{number}", "value": str(number) * 100_000}
        answer = http.send("POST", "/api/2.0/mlflow/runs/set-tag", tag)
        if answer.status == 200:
            written.append(f"k{number}")
        else:
            refused = answer
    assert refused is not None and refused.status == 503, refused
    assert refused.headers["retry-after"] == "1"
    assert refused.json["error_code"] == "TEMPORARILY_UNAVAILABLE"
    assert str(tmp_path) not in refused.json["message"]
    assert 0 < len(written) < 20
    read = http.send("GET", f"/api/2.0/mlflow/runs/get?run_id={run_id}").json["run"]["data"]["tags"]
    assert {tag["key"] for tag in read} - {"mlflow.runName"} == set(written)

    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (hard, hard))
    http.post("runs/set-tag", run_id=run_id, key="after", value="room")
    server.end(signal.SIGKILL)
    server.start()
    tags = Client(server).ask("GET", f"runs/get?run_id={run_id}")["run"]["data"]["tags"]
    assert {tag["key"] for tag in tags} - {"mlflow.runName"} == {*written, "after"}
    assert "Traceback" not in server.log, server.log
    server.end()
