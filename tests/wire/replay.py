"""Ask a server again what a golden file asked, and say how the answer differs.

Ids, places and page tokens of the recording are replaced by those that this server gave out: `Replay` learns
them from the answers, in the order of the scenario.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from tests.wire.differences import LEFT_OUT, LONGEST_OF_MLFLOW, MORE_EXACT, is_deliberate
from tests.wire.golden_files import (
    ID,
    ID_KEYS,
    INVENTED_NAME,
    PLACE_KEYS,
    TIME_KEYS,
    Golden,
    body_bytes,
    volatile_places,
)

SETS = frozenset({"tags", "params", "metrics", "aliases", "latest_versions"})
"""Lists without a promised order: compared sorted by their keys."""
IN_ORDER = frozenset({"/metrics"})
"""A metric's history has an order."""
EXTRA_KEYS = frozenset({"sqlstate", "error_class"})


@dataclass(frozen=True)
class Found:
    """One difference inside a body; `place` is a JSON pointer."""

    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.place} {self.what}"


@dataclass
class Answer:
    """What the server under test said."""

    status: int
    content_type: str
    body: bytes

    @property
    def value(self) -> Any:
        """The body as JSON; None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass
class Replay:
    """A conversation with the server at `address`; `ours` maps recorded texts to this server's."""

    address: str
    ours: dict[str, str] = field(default_factory=dict)
    experiments: dict[str, str] = field(default_factory=lambda: {"0": "0"})

    def ask(self, golden: Golden) -> Answer:
        """Send the golden request with this server's ids."""
        asked = golden.request
        body = asked["body"]
        if isinstance(body, dict | list) and not (isinstance(body, dict) and body.keys() & {"$text", "$base64"}):
            content = json.dumps(self._translated(body)).encode()
        elif isinstance(body, dict) and "$text" in body and "/artifacts/" not in asked["path"]:
            content = self._text(body["$text"]).encode()
        else:
            content = body_bytes(body)
        pairs = parse_qsl(asked["query"], keep_blank_values=True)
        query = urlencode([(key, self._translated(value, key)) for key, value in pairs])
        url = f"{self.address}{self._path(asked['path'])}{'?' + query if query else ''}"
        headers = {"Content-Type": asked["content_type"]} if asked["content_type"] else {}
        data = content if content or asked["method"] in ("PUT", "POST", "PATCH") else None
        request = urllib.request.Request(url, data=data, method=asked["method"], headers=headers)
        if data is not None and not asked["content_type"]:
            request.add_unredirected_header("Content-Type", "application/octet-stream")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Answer(answer.status, answer.headers.get("Content-Type", ""), answer.read())
        except urllib.error.HTTPError as refusal:
            with refusal:
                return Answer(refusal.code, refusal.headers.get("Content-Type", ""), refusal.read())

    def learn(self, golden: Golden, answer: Answer) -> None:
        """Take the ids that an answer gives out, however else it differs."""
        if answer.status == 200:
            self._learn(golden.response["body"], answer.value)

    def differences(self, golden: Golden, answer: Answer) -> list[str]:
        """One line for each difference between the golden answer and this one; learns new ids on the way."""
        expected = golden.response
        found: list[str] = []
        if answer.status != expected["status"]:
            found.append(f"status {answer.status}, expected {expected['status']}: {answer.body[:300]!r}")
            return found
        body = expected["body"]
        if expected["status"] >= 400:
            return list(self._error_differences(body, answer))
        if isinstance(body, dict) and "$text" in body and expected["content_type"] in (None, ""):
            return found
        if isinstance(body, dict) and body.keys() & {"$text", "$base64"}:
            if answer.body != body_bytes(body):
                found.append(f"body {answer.body[:80]!r}, expected {body_bytes(body)[:80]!r}")
            return found
        if body is None:
            return [f"body {answer.body[:80]!r}, expected none"] if answer.body.strip() not in (b"", b"{}") else []
        actual = answer.value
        if actual is None:
            return [f"body is no JSON: {answer.body[:80]!r}"]
        self._learn(body, actual)
        found.extend(
            str(each) for each in self._compare(body, actual, set(golden.volatile)) if not is_deliberate(each.place)
        )
        return found

    def _error_differences(self, body: Any, answer: Answer) -> Iterator[str]:
        value = answer.value
        if not isinstance(value, dict) or not isinstance(value.get("message"), str) or "error_code" not in value:
            yield f"an error without error_code and message: {answer.body[:200]!r}"
            return
        if isinstance(body, dict) and "error_code" in body and value["error_code"] != body["error_code"]:
            yield f"error_code {value['error_code']}, expected {body['error_code']}"
        if not value["message"].strip() or "Traceback" in value["message"]:
            yield f"the message is no sentence: {value['message']!r}"

    def _learn(self, expected: Any, actual: Any, key: str = "") -> None:
        if isinstance(expected, dict) and isinstance(actual, dict):
            for name, value in _without_extras(expected).items():
                if name in actual:
                    self._learn(value, actual[name], name)
        elif isinstance(expected, list) and isinstance(actual, list):
            # An id in a list is learned only where the order is promised.
            for one, other in zip(expected, actual, strict=False):
                if key not in SETS:
                    self._learn(one, other, key)
        elif isinstance(expected, str) and isinstance(actual, str) and expected:
            if key == "experiment_id":
                self.experiments.setdefault(expected, actual)
            elif key in ID_KEYS or key == "next_page_token":
                self.ours.setdefault(expected, actual)
            elif key in PLACE_KEYS - {"source"}:
                self.ours.setdefault(expected, actual)
                if expected.startswith("mlflow-artifacts:/") and actual.startswith("mlflow-artifacts:/"):
                    self.ours.setdefault(_inside(expected), _inside(actual))

    def _text(self, text: str) -> str:
        for recorded in sorted(self.ours, key=len, reverse=True):
            if len(recorded) > 8:
                text = text.replace(recorded, self.ours[recorded])
        return text

    def _translated(self, value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: self._translated(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [self._translated(item, key) for item in value]
        if isinstance(value, str):
            if key in ("experiment_id", "experiment_ids"):
                return self.experiments.get(value, value)
            return self._text(value)
        return value

    def _path(self, path: str) -> str:
        if path.isascii() and "%2e" not in path:
            return quote(self._text(unquote(path)), safe="/@:+")
        return self._text(path)

    def _compare(self, expected: Any, actual: Any, volatile: set[str], place: str = "") -> Iterator[Found]:
        key = place.rsplit("/", 1)[-1]
        if isinstance(expected, dict) and isinstance(actual, dict):
            expected, actual = _without_extras(expected), _without_extras(actual)
            for name in sorted(expected.keys() | actual.keys()):
                if name not in actual:
                    yield Found(f"{place}/{name}", f"is missing, expected {expected[name]!r}")
                elif name not in expected:
                    yield Found(f"{place}/{name}", f"is not expected: {actual[name]!r}")
                else:
                    yield from self._compare(expected[name], actual[name], volatile, f"{place}/{name}")
        elif isinstance(expected, list) and isinstance(actual, list):
            expected = [self._translated(item, key) for item in expected]
            if key in SETS and place not in IN_ORDER:
                expected = sorted((item for item in expected if not _is_left_out(item)), key=_sort_key)
                actual = sorted((item for item in actual if not _is_left_out(item)), key=_sort_key)
                volatile = {f"{place}{each}" for each in volatile_places(expected)}
            if len(expected) != len(actual):
                yield Found(place, f"has {len(actual)} items, expected {len(expected)}")
            for index, (one, other) in enumerate(zip(expected, actual, strict=False)):
                yield from self._compare(one, other, volatile, f"{place}/{index}")
        elif (expected, actual) in MORE_EXACT or _is_cut(expected, actual):
            return
        elif type(expected) is not type(actual):
            yield Found(place, f"is {actual!r}, expected {expected!r}")
        elif place in volatile:
            yield from self._compare_volatile(key, expected, actual, place)
        elif self._translated(expected, key) != actual and not _same_json(self._translated(expected), actual):
            yield Found(place, f"is {actual!r}, expected {expected!r}")

    def _compare_volatile(self, key: str, expected: Any, actual: Any, place: str) -> Iterator[Found]:
        if key in TIME_KEYS:
            if not isinstance(actual, int) or actual < 10**12:
                yield Found(place, f"is {actual!r}, expected milliseconds")
        elif isinstance(expected, str) and INVENTED_NAME.fullmatch(expected):
            if not actual.strip():
                yield Found(place, "is empty, expected an invented name")
        elif key == "next_page_token":
            if not actual:
                yield Found(place, "is empty, expected a page token")
        elif self._translated(expected, key) != actual and not _same_json(self._translated(expected), actual):
            yield Found(place, f"is {actual!r}, expected {self._translated(expected, key)!r} (recorded {expected!r})")
        elif ID.fullmatch(expected) and not ID.fullmatch(actual):
            yield Found(place, f"is {actual!r}, expected an id like {expected!r}")


def _without_extras(value: dict[str, Any]) -> dict[str, Any]:
    return {name: item for name, item in value.items() if name not in EXTRA_KEYS}


def _same_json(expected: Any, actual: Any) -> bool:
    """Whether two texts are the same JSON, but for the order of keys and for keys without a value."""
    if not (isinstance(expected, str) and expected.startswith(("{", "["))):
        return False
    try:
        return _meant(json.loads(expected)) == _meant(json.loads(actual))
    except ValueError:
        return False


def _meant(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _meant(item) for key, item in value.items() if item is not None}
    return [_meant(item) for item in value] if isinstance(value, list) else value


def _is_cut(expected: Any, actual: Any) -> bool:
    both_text = isinstance(expected, str) and isinstance(actual, str)
    return (
        both_text and len(expected) in LONGEST_OF_MLFLOW and len(actual) > len(expected) and actual.startswith(expected)
    )


def _is_left_out(item: Any) -> bool:
    return isinstance(item, dict) and item.get("key") in LEFT_OUT


def _inside(uri: str) -> str:
    return uri.removeprefix("mlflow-artifacts:/")


def _sort_key(item: Any) -> str:
    if isinstance(item, dict):
        name = item.get("key") or item.get("alias") or item.get("version") or ""
        return f"{name} {item.get('model_id', '')} {item.get('step', '')}"
    return str(item)
