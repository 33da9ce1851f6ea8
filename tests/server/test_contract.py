"""Every endpoint of MLflow's contract for tracking is routed, or is on a list that says why not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from flowmill.errors import FlowmillError
from flowmill.server.app import App

CONTRACT = Path(__file__).with_name("endpoints.txt")

UNANSWERED_BY_MLFLOW = ("get-online-trace-details", "unified-traces")
"""In the contract, but MLflow's own server answers them with 404."""

AWAITED = ("/mlflow/webhooks",)
"""Still to come; take a line off when what it names is there."""


def endpoints() -> Iterator[tuple[str, str]]:
    """(method, path) of each endpoint, with something in place of each ``{field}``."""
    for line in CONTRACT.read_text().splitlines():
        if line and not line.startswith(("#", "[")):
            method, path = line.split()
            for field in ("artifact_path", "model_id", "tag_key", "webhook_id", "path"):
                path = path.replace(f"{{{field}}}", "m-1")
            yield method, path


def is_routed(app: App, method: str, path: str) -> bool:
    try:
        app.routes.find(method, path)
    except FlowmillError:
        return False
    return True


def test_the_contract_is_routed(app: App) -> None:
    known = list(endpoints())
    assert len(known) > 160
    missing = {f"{method} {path}" for method, path in known if not is_routed(app, method, path)}
    unexplained = {each for each in missing if not any(word in each for word in (*AWAITED, *UNANSWERED_BY_MLFLOW))}
    assert not unexplained, "\n".join(sorted(unexplained))


def test_what_is_awaited_is_not_there_yet(app: App) -> None:
    for word in AWAITED:
        asked = [(method, path) for method, path in endpoints() if word in path]
        assert asked, f"the contract has no {word}"
        there = [path for method, path in asked if is_routed(app, method, path)]
        assert not there, f"{there[0]} is there now: take {word!r} off the list of what is awaited"
    for word in UNANSWERED_BY_MLFLOW:
        assert not any(is_routed(app, method, path) for method, path in endpoints() if word in path)
