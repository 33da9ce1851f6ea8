"""Operations of Flowmill's own, as JSON: what another client would send and get."""

from __future__ import annotations

import base64
import json
import struct
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.peer.server import flowmill_server

RUN = "0123456789abcdef0123456789abcdef"
AT = 1_700_000_000_000


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    with flowmill_server(tmp_path) as address:
        yield address


def ask(server: str, path: str, **fields: Any) -> Any:
    body = json.dumps(fields).encode() if fields else None
    request = urllib.request.Request(f"{server}/api/{path}", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def test_branches(server: str) -> None:
    ask(server, "2.0/mlflow/runs/create", experiment_id="0", run_id=RUN, start_time=AT)
    points = [{"key": "loss", "value": step / 4, "timestamp": AT + step, "step": step} for step in range(5)]
    ask(server, "2.0/mlflow/runs/log-batch", run_id=RUN, metrics=points)
    made = ask(server, "flowmill/1/runs/rewind", run_id=RUN, step=2, once="a job")
    (branch,) = made["branches"]
    assert {**branch, "branch_id": "", "created_at": 0} == {
        "branch_id": "", "run_id": RUN, "step": 2, "created_at": 0, "keys": ["loss"], "points": 2, "last_step": 4,
    }  # fmt: skip
    assert ask(server, "flowmill/1/runs/rewind", run_id=RUN, step=2, once="a job") == made
    assert ask(server, f"flowmill/1/runs/branches?run_id={RUN}") == made
    where = f"run_id={RUN}&branch_id={branch['branch_id']}"
    columns = ask(server, f"flowmill/1/runs/branches/columns?{where}&metric_key=loss")
    kinds = {"steps": "<2q", "timestamps": "<2q", "values": "<2d"}
    assert {name: struct.unpack(kind, base64.b64decode(columns[name])) for name, kind in kinds.items()} == {
        "steps": (3, 4), "timestamps": (AT + 3, AT + 4), "values": (0.75, 1.0),
    }  # fmt: skip
    restored = ask(server, "flowmill/1/runs/branches/restore", run_id=RUN, branch_id=branch["branch_id"])
    assert restored.get("branches", []) == []
    assert ask(server, f"flowmill/1/runs/branches?run_id={RUN}").get("branches", []) == []


def test_ranks(server: str) -> None:
    ask(server, "2.0/mlflow/runs/create", experiment_id="0", run_id=RUN, start_time=AT)
    life = {"run_id": RUN, "job": "a job", "size": 2, "opened_at": AT}
    assert ask(server, "flowmill/1/runs/join", **life, rank=0, host="a") == {}
    assert ask(server, "flowmill/1/runs/join", **life, rank=1, host="b") == {}
    tags = [{"key": "flowmill.end", "value": "ValueError: too hot"}]
    assert ask(server, "flowmill/1/runs/leave", **life, rank=1, status="FAILED", end_time=AT + 5, tags=tags) == {}
    ranks = ask(server, f"flowmill/1/runs/ranks?run_id={RUN}")["ranks"]
    known = {"job": "a job", "size": 2, "opened_at": AT}
    assert [{name: value for name, value in rank.items() if value not in ("", None)} for rank in ranks] == [
        {**known, "rank": 0, "host": "a", "status": "RUNNING"},
        {**known, "rank": 1, "host": "b", "status": "FAILED", "ended_at": AT + 5, "how": "ValueError: too hot"},
    ]
    run = ask(server, f"2.0/mlflow/runs/get?run_id={RUN}")["run"]
    assert (run["info"]["status"], run["info"]["end_time"]) == ("FAILED", AT + 5)
