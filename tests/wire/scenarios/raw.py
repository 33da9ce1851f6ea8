"""Sends the hand-made requests of a ``.requests`` file, in order."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOTS = {"files": "/api/2.0/mlflow-artifacts/artifacts", "": "/api/2.0/mlflow/"}
MANY = re.compile(r'"\{(\w+) \* (\d+)\}"')


class RawRequest(NamedTuple):
    """One line of the file; `keeps` names the value of the answer that later lines use."""

    case: str
    method: str
    path: str
    body: str
    keeps: str


def raw_requests(name: str) -> Iterator[RawRequest]:
    """The requests in their order."""
    for line in (Path(__file__).parent / f"{name}.requests").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            line, _, keeps = line.partition(" -> ")
            case, method, path, body = [*(part.strip() for part in line.split(" | ", 3)), ""][:4]
            if path.startswith("files"):
                path = ROOTS["files"] + path.removeprefix("files")
            elif not path.startswith("/"):
                path = ROOTS[""] + path
            yield RawRequest(case, method, path, body, keeps.strip())


def send_raw_requests(name: str, address: str) -> None:
    """Send every request of a file to the recorder at `address`, naming each."""
    found: dict[str, str] = {}
    for request in raw_requests(name):
        urllib.request.urlopen(f"{address}/recorder/label/{urllib.parse.quote(request.case)}").close()
        answer = _send(address, request, found)
        if request.keeps:
            found[request.keeps] = _kept(json.loads(answer), request.keeps)


def _kept(answer: Any, name: str) -> str:
    for key in {
        "experiment": ["experiment_id"],
        "run": ["run", "info", "run_id"],
        "model": ["model", "info", "model_id"],
    }[name]:
        answer = answer[key]
    return answer


def _filled(text: str, found: dict[str, str]) -> str:
    for name, value in found.items():
        text = text.replace("{" + name + "}", value)
    return MANY.sub(_many, text)


def _many(match: re.Match[str]) -> str:
    what, count = match[1], int(match[2])
    if what == "points":
        return json.dumps([{"key": "m", "value": i / 4, "timestamp": 1000 + i, "step": i} for i in range(count)])
    if what == "metrics":
        return json.dumps([{"key": f"k{i}", "value": 1, "timestamp": 1, "step": 0} for i in range(count)])
    if what == "params":
        return json.dumps([{"key": f"k{i}", "value": "1"} for i in range(count)])
    return json.dumps(what * count)


def _send(address: str, raw: RawRequest, found: dict[str, str]) -> bytes:
    body = _filled(raw.body, found)
    is_text = body.startswith(":")
    data = body[1:].encode().decode("unicode_escape").encode("latin-1") if is_text else body.encode() or None
    headers = {"Content-Type": "text/plain" if is_text and raw.method == "PUT" else "application/json"}
    request = urllib.request.Request(
        f"{address}{_filled(raw.path, found)}", data=data, method=raw.method, headers=headers if data else {}
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.read()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.read()
