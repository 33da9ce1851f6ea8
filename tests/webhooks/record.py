"""Record what the real server sends to receivers: ``python -m tests.webhooks.record`` writes ``recorded.json``."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from tests.peer.environment import peer_python
from tests.peer.peer import Peer
from tests.peer.server import mlflow_server
from tests.webhooks.receiver import Got, Receiver, receiving

SCENARIO = Path(__file__).parent / "scenario.py"
RECORDED = Path(__file__).parent / "recorded.json"
DELIVERIES = 21
"""Tests and events of the scenario."""


def as_recorded(receiver: Receiver, run_id: str) -> list[dict[str, Any]]:
    """What came in, by event and in its order; ids and times of the moment are replaced."""
    got = receiver.wait(DELIVERIES)
    assert all("X-MLflow-Signature" not in each.headers or each.is_signed_with("s3cret") for each in got)
    return [_one(each, run_id) for each in sorted(got, key=lambda each: (each.path, each.event["timestamp"]))]


def _one(got: Got, run_id: str) -> dict[str, Any]:
    event = got.event
    headers = sorted(name for name in got.headers if name.startswith("X-") or name == "Content-Type")
    moment = event.pop("timestamp")
    assert len(moment) == len("2026-03-03T12:00:00.000000+00:00"), moment
    assert got.body.isascii()  # as Python's json writes it
    text = json.dumps(event).replace(run_id, "RUN")
    return {"path": got.path, "headers": headers, "body": json.loads(text)}


def main() -> None:
    """Run the scenario with the real client and server."""
    settings = {"MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http,https", "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true"}
    with tempfile.TemporaryDirectory() as home, receiving() as receiver:
        folder = Path(home)
        with mlflow_server(peer_python(), folder, settings) as address:
            told = Peer(peer_python()).run(SCENARIO, address, receiver.address, folder=folder)
            found = as_recorded(receiver, told.split()[-1])
    RECORDED.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
