"""Golden files: what a real MLflow client asked and a real MLflow server answered.

``golden/<method>-<path>/<scenario>-<case>.json`` holds::

    {"scenario": "story", "order": 12, "operation": "POST runs/log-batch",
     "request":  {"method", "path", "query", "content_type", "body"},
     "response": {"status", "content_type", "body"},
     "volatile": ["/run/info/run_id", …]}

A body is JSON, or ``{"$text": …}`` or ``{"$base64": …}``; sentences of an error are left out, because only
its code is part of the contract. `volatile` are the places in the answer whose value is another one each
time: ids, times, invented names and what is made of them.
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.peer.recorder import Exchange

GOLDEN = Path(__file__).parent / "golden"

TIME_KEYS = frozenset(
    {
        "creation_time",
        "last_update_time",
        "creation_timestamp",
        "last_updated_timestamp",
        "creation_timestamp_ms",
        "last_updated_timestamp_ms",
    }
)
ID_KEYS = frozenset(["run_id", "run_uuid", "model_id", "experiment_id"])
PLACE_KEYS = frozenset(["artifact_uri", "artifact_location", "root_uri", "source"])
OTHER_KEYS = frozenset({"next_page_token"})
INVENTED_NAME = re.compile(r"[a-z]+-[a-z]+-\d+")
ID = re.compile(r"(?:m-)?[0-9a-f]{32}")
SENTENCE = "(a sentence)"


@dataclass
class Golden:
    """One recorded exchange."""

    scenario: str
    order: int
    operation: str
    request: dict[str, Any]
    response: dict[str, Any]
    volatile: list[str]
    name: str = ""


def operation_of(method: str, path: str) -> str:
    """The operation's name as `flowmill.wire` declares it, with ids replaced by their field's name."""
    path = re.sub(r"^/(ajax-)?api/(2\.0|3\.0)/(preview/)?mlflow/", "", path)
    path = re.sub(r"^/(ajax-)?api/2\.0/", "", path)
    path = re.sub(r"(logged-models)/m-[0-9a-f]{32}", r"\1/{model_id}", path)
    path = re.sub(r"/tags/[^/]+$", "/tags/{tag_key}", path)
    path = re.sub(r"^(mlflow-artifacts/(?:artifacts|presigned|mpu/\w+))/.+", r"\1/{path}", path)
    return f"{method} {path.lstrip('/')}"


def folder_of(operation: str) -> str:
    """The folder of an operation's golden files: ``post-runs-log-batch``."""
    return re.sub(r"[^a-z0-9_]+", "-", operation.lower()).strip("-")


def read_goldens() -> list[Golden]:
    """Every golden file, by scenario and in the order of recording."""
    goldens = [_read(path) for path in GOLDEN.glob("*/*.json")]
    return sorted(goldens, key=lambda golden: (golden.scenario, golden.order))


def _read(path: Path) -> Golden:
    return Golden(name=f"{path.parent.name}/{path.stem}", **json.loads(path.read_text(encoding="utf-8")))


def write_goldens(scenario: str, exchanges: list[Exchange], private: dict[str, str]) -> None:
    """Write the exchanges; repeated identical reads are left out.

    `private`: texts of the recording machine and what stands for them in the files.
    """
    seen: set[tuple[Any, ...]] = set()
    cases: Counter[str] = Counter()
    for order, exchange in enumerate(exchanges):
        key = (exchange.method, exchange.path, exchange.query, exchange.request_body, exchange.response_body)
        if exchange.method == "GET" and key in seen:
            continue
        seen.add(key)
        golden = _golden(scenario, order, exchange)
        case = re.sub(r"[^a-z0-9]+", "-", f"{scenario} {unquote(exchange.label)}".lower()).strip("-")
        place = f"{folder_of(golden.operation)}/{case}"
        cases[place] += 1
        path = GOLDEN / f"{place}{'' if cases[place] == 1 else f'-{cases[place]}'}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        values = {name: value for name, value in asdict(golden).items() if name != "name"}
        text = json.dumps(values, indent=1, ensure_ascii=False)
        for text_of_machine, stand_in in private.items():
            text = text.replace(text_of_machine, stand_in)
        path.write_text(text + "\n", encoding="utf-8")


def _golden(scenario: str, order: int, exchange: Exchange) -> Golden:
    is_file = "/mlflow-artifacts/artifacts/" in exchange.path or exchange.path == "/get-artifact"
    answer = _body(exchange.response_body, as_file=is_file and exchange.status == 200)
    content_type = exchange.response_headers.get("content-type")
    if isinstance(answer, dict) and "error_code" in answer:
        answer = {"error_code": answer["error_code"], "message": SENTENCE}
    elif exchange.status >= 400:
        answer = {"$text": SENTENCE}
    return Golden(
        scenario=scenario,
        order=order,
        operation=operation_of(exchange.method, exchange.path),
        request={
            "method": exchange.method,
            "path": exchange.path,
            "query": exchange.query,
            "content_type": exchange.request_headers.get("content-type"),
            "body": _body(exchange.request_body, as_file=is_file),
        },
        response={"status": exchange.status, "content_type": content_type, "body": answer},
        volatile=sorted(volatile_places(answer)),
    )


def _body(content: bytes, *, as_file: bool) -> Any:
    if not content:
        return None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return {"$base64": base64.b64encode(content).decode()}
    if as_file or len(content) > 20_000:  # one line instead of thousands
        return {"$text": text}
    try:
        return json.loads(text)
    except ValueError:
        return {"$text": text}


def body_bytes(body: Any) -> bytes:
    """The bytes that a golden body stands for."""
    if body is None:
        return b""
    if isinstance(body, dict) and "$text" in body:
        return body["$text"].encode()
    if isinstance(body, dict) and "$base64" in body:
        return base64.b64decode(body["$base64"])
    return json.dumps(body).encode()


def volatile_places(value: Any, place: str = "", key: str = "") -> Iterator[str]:
    """JSON pointers to the values that are others each time."""
    if isinstance(value, dict):
        named = value.get("key") == "mlflow.runName"
        for name, item in value.items():
            yield from volatile_places(item, f"{place}/{name}", "run_name" if named and name == "value" else name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from volatile_places(item, f"{place}/{index}", key)
    elif (
        key in TIME_KEYS
        or key in OTHER_KEYS
        or key in ID_KEYS
        or key in PLACE_KEYS
        or key == "message"
        or (
            isinstance(value, str)
            and (ID.search(value) or (key in ("run_name", "name") and INVENTED_NAME.fullmatch(value)))
        )
    ):
        yield place
