"""Requests made from the declarations of operations: right ones, nearly right ones and nonsense.

An operation that is declared is fuzzed: its method, path and fields are read from the declaration, and the names of
things that exist are put where fields of such names stand.
"""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_from_bytes

import msgspec
from hypothesis import strategies as st

from flowmill.wire.operation import Operation

RAW = st.sampled_from(
    [
        "null", "true", "0", "-1", "1.5", '""', "[]", "{}", "[[]]", '[""]', "[null]", '[{"key": null}]', "[1, 2]",
        '{"key": "a"}', '[{"key": "a"}]', '[{"key": 7, "value": 7}]',
        "1e999", "-1e999", "NaN", "Infinity", "-Infinity", '"NaN"', '"Infinity"', '"-inf"', '"1e999"', "1e-999",
        "9" * 25, "-" + "9" * 25, "9" * 5000, '"' + "9" * 5000 + '"', "18446744073709551616", '"9223372036854775808"',
        "9223372036854775807", "-9223372036854775808", "1.0", '"1.0"', '"0x10"', '" 7 "', '"٣"', "2147483648",
        '"\\ud800"', '"\\udfff\\ud800"', '"\\u0000"', '"a\\u0000b"', '"\\uffff"', '"\u202e"', '"😀"',
        '"' + "x" * 300 + '"', '"' + "x" * 70_000 + '"', '"' + "é" * 3000 + '"', '"../../etc/passwd"', '"a/../b"',
        '"/etc/passwd"', '"file:///etc/passwd"', '"models:/m/1"', '"models:/a/b/c"', '"runs:/x/y"',
        '"http://127.0.0.1"',
        "[" * 10_000 + "]" * 10_000, '{"a":' * 10_000 + "1" + "}" * 10_000, "[" * 10_000,
        '{"' + "k" * 100_000 + '": 1}',
        '{"a": 1, "a": 2}', "'single'", "undefined", "01", "+1", ".5", "1.", "\ufeff1", "1 1", '"unfinished',
    ]
)  # fmt: skip
"""Fragments of JSON and of what is none, put where a value belongs."""

NUMBERS = [0, 1, -1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)]
FLOATS = [0.0, -0.0, 0.1, 1e308, 5e-324, -1e308]
SPELLED = ['"NaN"', '"Infinity"', '"-Infinity"', "NaN", "Infinity", "-Infinity"]

WORDS = [
    "metrics.loss", "metrics.`a b`", "params.lr", "tags.k", "tags.`mlflow.runName`", "attributes.status", "status",
    "name",
    "run_id", "start_time", "end_time", "created", "creation_time", "experiment_id", "version_number", "dataset.name",
    "datasets.context", "params.", "metrics", "nonsense.x", "`", '"', "'", "'it''s'", "'FINISHED'", "'%a%'", '"x"', "1",
    "0.5", "-1e999", "1e400", "NaN", "9" * 30, "=", "!=", "<", ">=", "==", "<>", "LIKE", "ILIKE", "IN", "NOT",
    "AND", "OR",
    "BETWEEN", "IS", "NULL", "(", ")", ",", "('a','b')", "()", "ASC", "DESC", "asc", ";", "--", "/*", "\\", "%",
    "?", "$1",
    "é", "😀", "\u202e", "\u0000", "\n", "\t", "{}", "[0]", "${x}", "%s", "%(a)s", "models.x", "source_path",
]  # fmt: skip
GARBAGE = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join) | st.text(max_size=30)
FILTERS = (
    st.sampled_from(
        [
            "metrics.loss > 0.1", "metrics.loss < 1e999", "params.lr = '0.1'", "params.lr > 1", "tags.k LIKE '%a%'",
            "NOT tags.k IS NULL", "name = 'a'", "name LIKE '%'", "status = 'FINISHED'", "status IN ('RUNNING', 'x')",
            "start_time > 0", "attributes.end_time IS NULL", "metrics.loss BETWEEN -1 AND 1", "name ILIKE 'É%'",
            "(" * 60 + "name = 'a'" + ")" * 60, " AND ".join(["name = 'a'"] * 1200),
            " OR ".join(["tags.k = 'a'"] * 400),
            "NOT " * 200 + "name = 'a'", "tags.k LIKE '" + "%a" * 500 + "'", "(" * 5000, "name IN (" + "'a'," * 11_000,
            "name = '" + "a" * 600_000 + "'", "version_number = 99999999999999999999", "version_number > '2'",
            "start_time = -1e308", "start_time > 1.5", "metrics.`loss` != 0.5", "run_id = 'a\\'", "tags.k ILIKE '\\%'",
        ]
    )
    | GARBAGE
)  # fmt: skip
ORDERS = st.sampled_from(
    ["metrics.loss DESC", "params.lr", "tags.k ASC", "name", "start_time DESC", "attributes.name", "timestamp", "x y z"]
)


@dataclass
class Things:
    """Names of what exists, by the field that they stand in, learned from answers."""

    names: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list[str]))

    def learn(self, answer: Any) -> None:
        """Remember the names in an answer."""
        if isinstance(answer, dict):
            for key, value in answer.items():
                if key == "name" and answer.keys() & {"experiment_id", "digest"}:
                    key = "experiment_name"  # names of models are what most fields of that name mean
                if key in _KINDS and isinstance(value, str) and 0 < len(value) < 300:
                    known = self.names[key]
                    if value not in known and len(known) < 200:
                        known.append(value)
                self.learn(value)
        elif isinstance(answer, list):
            for each in answer[:50]:
                self.learn(each)

    def of(self, name: str) -> st.SearchStrategy[str]:
        """A name for a field: most often one that exists, else one of another kind, or any text."""
        # What is drawn must not depend on what is known by now; what becomes of it may.
        return st.builds(lambda chance, number, text: self._pick(name, chance, number, text),
                         st.integers(0, 9), st.integers(0, 10_000), TEXTS)  # fmt: skip

    def _pick(self, name: str, chance: int, number: int, text: str) -> str:
        known = self.names.get(_ALIASES.get(name, name), [])
        others = [each for names in self.names.values() for each in names[:3]]
        chosen = known if chance < 7 else others if chance < 8 else []
        found = chosen[number % len(chosen)] if chosen else text
        return f"models:/{found}" if name == "source" and chosen else found


_KINDS = frozenset(
    {
        "run_id",
        "branch_id",
        "experiment_id",
        "model_id",
        "name",
        "version",
        "alias",
        "next_page_token",
        "key",
        "digest",
        "experiment_name",
    }
)
_ALIASES = {"run_ids": "run_id", "experiment_ids": "experiment_id", "page_token": "next_page_token", "keys": "key",
            "metric_key": "key", "tag_key": "key", "source_run_id": "run_id", "new_name": "name",
            "source": "model_id"}  # fmt: skip
TEXTS = st.sampled_from(["", "a", "A", "loss", "lr", "k", "x" * 251, "é", "a b", "a/b", "../x", "None", "1", "0", "-1"])


def forged_tokens() -> st.SearchStrategy[str]:
    """Page tokens that this server never gave out."""
    values = st.lists(
        st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=5) | st.just([]) | st.just({})
        | st.floats(),
        max_size=6,
    )  # fmt: skip
    made = values.map(lambda each: base64.urlsafe_b64encode(json.dumps(each).encode()).decode())
    return (
        made | st.binary(max_size=20).map(lambda each: base64.urlsafe_b64encode(each).decode()) | st.text(max_size=10)
    )


def right_value(annotation: Any, name: str, things: Things) -> st.SearchStrategy[str]:
    """JSON of a value that the declared type allows."""
    return _right(msgspec.inspect.type_info(annotation), name, things)


def _right(info: Any, name: str, things: Things) -> st.SearchStrategy[str]:
    inspect = msgspec.inspect
    if isinstance(info, inspect.StrType):
        if name == "filter":
            return FILTERS.map(json.dumps)
        if name == "page_token":
            return st.one_of(st.just(""), things.of(name), forged_tokens()).map(json.dumps)
        if name == "order_by":
            return (ORDERS | GARBAGE).map(json.dumps)
        if name == "model_json":
            fields = {"artifact_path": "m", "flavors": {}, "run_id": "r"}
            return (st.just(json.dumps(fields)) | RAW).map(json.dumps)
        return things.of(name).map(json.dumps)
    if isinstance(info, inspect.IntType):
        small = st.integers(1, 50)
        return (small if name in ("max_results", "points") else small | st.sampled_from(NUMBERS)).map(str)
    if isinstance(info, inspect.FloatType):
        return st.sampled_from(FLOATS).map(repr) | st.sampled_from(SPELLED)
    if isinstance(info, inspect.BoolType):
        return st.sampled_from(["true", "false"])
    if isinstance(info, inspect.EnumType):
        return st.sampled_from([json.dumps(each.value) for each in info.cls])
    if isinstance(info, inspect.LiteralType):
        return st.sampled_from([json.dumps(each) for each in info.values])
    if isinstance(info, inspect.ListType):
        return st.lists(_right(info.item_type, name, things), max_size=4).map(lambda each: f"[{', '.join(each)}]")
    if isinstance(info, inspect.DictType):
        return st.lists(
            st.tuples(things.of("key").map(json.dumps), _right(info.value_type, name, things)), max_size=3
        ).map(lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}")
    if isinstance(info, inspect.UnionType):
        return st.one_of([_right(each, name, things) for each in info.types])
    if isinstance(info, inspect.StructType):
        return objects(
            [(each.encode_name, _right(each.type, each.name, things), each.required) for each in info.fields]
        )
    return st.just("null")


Fields = Sequence[tuple[str, st.SearchStrategy[str], bool]]


def objects(fields: Fields) -> st.SearchStrategy[str]:
    """JSON objects with all required fields and some of the others."""

    @st.composite
    def made(draw: Callable[[st.SearchStrategy[Any]], Any]) -> str:
        parts = [
            f"{json.dumps(name)}: {draw(value)}" for name, value, required in fields if required or draw(st.booleans())
        ]
        return "{" + ", ".join(parts) + "}"

    return made()


@dataclass(frozen=True)
class Call:
    """One HTTP request as it goes over the wire."""

    method: str
    target: str
    body: bytes
    content_type: str | None

    def __str__(self) -> str:
        return (
            f"{self.method} {self.target[:1500]} ({self.content_type})\n{self.body[:1500]!r} ({len(self.body)} bytes)"
        )


CONTENT_TYPES = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", None,
                 "application/json; charset=utf-16", "APPLICATION/JSON", "application/json;;;=", "\x7f"]  # fmt: skip
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND"]
SEGMENTS = ["%2e%2e", "..", "%2F", "%00", "%ff", "%zz", "%", "a%20b", "%F0%9F%98%80", "m-" + "0" * 32, "x" * 5000, ""]


def right_calls(operation: Operation, things: Things) -> st.SearchStrategy[Call]:
    """What a client would send."""

    @st.composite
    def made(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Call:
        fields = msgspec.structs.fields(operation.request)
        values = {
            each.encode_name: draw(right_value(each.type, each.name, things))
            for each in fields
            if each.required or draw(st.booleans())
        }
        return _call(operation, operation.methods[0], values)

    return made()


def wrong_calls(operation: Operation, things: Things) -> st.SearchStrategy[Call]:
    """What no client would send: wrong values, missing, doubled and foreign fields, broken JSON, wrong methods."""

    @st.composite
    def made(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Call:
        fields = msgspec.structs.fields(operation.request)
        values: dict[str, str] = {}
        spoiled = draw(st.sets(st.sampled_from([each.encode_name for each in fields]), max_size=2)) if fields else set()
        for each in fields:
            if each.encode_name in spoiled:
                value = RAW
            elif each.required or draw(st.booleans()):
                value = right_value(each.type, each.name, things)
            else:
                continue
            if not (each.encode_name in spoiled and draw(st.integers(0, 5)) == 0):
                values[each.encode_name] = draw(value)
        method = draw(st.sampled_from([*operation.methods * 6, *METHODS]))
        call = _call(operation, method, values)
        change = draw(st.integers(0, 11))
        if change == 0:
            return Call(call.method, call.target, call.body, draw(st.sampled_from(CONTENT_TYPES)))
        if change == 1:
            cut = draw(st.integers(0, min(len(call.body), 200)))
            return Call(call.method, call.target, call.body[:cut] + draw(st.binary(max_size=8)) + call.body[cut:],
                        call.content_type)  # fmt: skip
        if change == 2:
            body = draw(RAW).encode(draw(st.sampled_from(["utf-8", "utf-16", "utf-7"])), "surrogatepass")
            return Call(call.method, call.target, body, call.content_type)
        if change == 3:
            extra = f"{call.body.decode(errors='replace')[:-1]}, " + draw(RAW.map(lambda each: f'"extra": {each}}}'))
            return Call(call.method, call.target, extra.encode(errors="replace"), call.content_type)
        if change == 4:
            pairs = "&".join(draw(st.lists(st.sampled_from(_QUERIES), max_size=6)))
            mark = "&" if "?" in call.target else "?"
            return Call(call.method, f"{call.target}{mark}{pairs}", call.body, call.content_type)
        if change == 5:
            parts = call.target.split("/")
            parts[draw(st.integers(1, len(parts) - 1))] = draw(st.sampled_from(SEGMENTS))
            return Call(call.method, "/".join(parts), call.body, call.content_type)
        return call

    return made()


_QUERIES = ["run_id=", "run_id=a&run_id=b", "=", "&", "a", "max_results=", "max_results=-1", "max_results=1e3",
"%00=%00",
            "run_id=%00", "run_id=%ff", "experiment_id=0", "experiment_id=" + "9" * 400, "filter=%27", "order_by=",
            "page_token=abc", "name=" + "x" * 9000, "allow_deleted=maybe", "path=../..", "path=%2e%2e%2f", "path=%00",
            "view_type=9", "version=1.0", "version=%D9%A3", ";" * 50, "a=" * 2000]  # fmt: skip


def _call(operation: Operation, method: str, values: dict[str, str]) -> Call:
    path = operation.paths[0]
    in_path = [name for name in values if f"{{{name}}}" in path]
    for name in in_path:
        path = path.replace(f"{{{name}}}", _in_path(values[name]))
    path = path.replace("{model_id}", "m-1").replace("{", "%7B").replace("}", "%7D")
    if method in ("GET", "HEAD"):
        pairs = [f"{quote(name)}={text}" for name, raw in values.items() if name not in in_path for text in _texts(raw)]
        return Call(method, f"/api/{path}" + (f"?{'&'.join(pairs)}" if pairs else ""), b"", None)
    body = "{" + ", ".join(f"{json.dumps(name)}: {raw}" for name, raw in values.items()) + "}"
    return Call(method, f"/api/{path}", body.encode("utf-8", "surrogatepass"), "application/json")


def _in_path(raw: str) -> str:
    return _texts(raw)[0][:3000] or "%20"


def _texts(raw: str) -> list[str]:
    """A fragment of JSON as texts of a query string."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        value = raw
    values = value if isinstance(value, list) else [value]
    return [quote_from_bytes(str(each).encode("utf-8", "surrogatepass")[:20_000]) for each in values[:20]] or [""]
