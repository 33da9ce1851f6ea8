"""Requests and answers as MLflow's JSON, both ways; every quirk of that JSON lives here.

The quirks, each with its golden file in ``tests/wire``:

- int64 may arrive as numbers or as strings; they are written as numbers;
- ids of experiments and numbers of versions may arrive as numbers, although they are texts;
- NaN and infinities are the strings ``"NaN"``, ``"Infinity"``, ``"-Infinity"``; bare ``NaN`` tokens, which
  Python's ``json`` writes, are understood;
- a missing list and an empty one are the same; neither is written;
- ``run_uuid`` is an older name of ``run_id``;
- a GET carries its fields in the query string, a DELETE there or in its body.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple, cast
from urllib.parse import quote, urlencode

import msgspec

from flowmill.errors import Invalid
from flowmill.wire.operation import OPERATIONS, Operation, Request

_WHOLE_NUMBER_TEXTS = frozenset({"experiment_id", "experiment_ids", "version"})

_encode = msgspec.json.Encoder().encode
_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_parts = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Call(NamedTuple):
    """A request as HTTP: ``path`` is relative to the server's ``/api/``, ``body`` None without one."""

    method: str
    path: str
    body: bytes | None


def encode_request(operation: Operation, request: Request[Any]) -> Call:
    """The HTTP call that asks this."""
    fields: dict[str, Any] = msgspec.to_builtins(request)
    try:
        return _call(operation, fields)
    except UnicodeEncodeError:
        raise Invalid(f"{operation.name}: a text holds half of a surrogate pair, which is no character.") from None


def _call(operation: Operation, fields: dict[str, Any]) -> Call:
    method, path = operation.methods[0], operation.paths[0]
    in_path = set(re.findall(r"\{(\w+)\}", path))
    path = re.sub(r"\{(\w+)\}", lambda match: quote(str(fields[match[1]]), safe=""), path)
    if method == "GET":
        asked = [(key, value) for key, value in fields.items() if key not in in_path]
        pairs = [(key, _query_text(each)) for key, value in asked for each in _as_list(value)]
        # A space is %20: in what AWS signs, a plus is a plus.
        return Call(method, f"{path}?{urlencode(pairs, quote_via=quote)}" if pairs else path, None)
    # MLflow's server wants the id in the body too, although the path names it.
    return Call(method, path, encode_value(fields))


def decode_request(
    operation: Operation,
    body: bytes,
    query: Iterable[tuple[str, str]] = (),
    path_fields: Mapping[str, str] | None = None,
) -> Request[Any]:
    """The request that an HTTP call asks; Invalid names the field that is missing or wrong."""
    if b"\\u0000" in body or any("\x00" in value for value in (path_fields or {}).values()):
        raise Invalid(f"{operation.name}: a text holds a NUL character; remove it.")
    if body and not path_fields:
        try:
            return _request_decoder(operation.request).decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass  # the lenient way below understands older spellings or says what is wrong
    fields: dict[str, Any] = _fields_of_body(operation, body) if body else _fields_of_query(operation, query)
    if path_fields:
        fields |= path_fields
    for name in _WHOLE_NUMBER_TEXTS & fields.keys():
        fields[name] = _as_text(fields[name])
    if "run_uuid" in fields and "run_id" not in fields:
        fields["run_id"] = fields["run_uuid"]
    try:
        return msgspec.convert(fields, operation.request, strict=False, str_keys=True)
    except msgspec.ValidationError as error:
        raise Invalid(_explain(operation, str(error))) from None


def encode_answer(operation: Operation, result: Any) -> bytes:
    """The JSON body that answers a request with this result."""
    if operation.result is None:
        return b"{}"
    return encode_value({operation.answer: result} if operation.answer else result)


def decode_answer(operation: Operation, body: bytes) -> Any:
    """The result that a JSON body holds; None for an operation without one."""
    if operation.result is None:
        return None
    decoder = _answer_decoder(operation.request, operation.answer)
    try:
        answer = decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise Invalid(f"The server's answer to {operation.name} is not what was expected: {error}.") from None
    return answer.value if operation.answer else answer


def encode_value(value: Any) -> bytes:
    """JSON of structs, dicts and lists in which numbers that are not finite become MLflow's strings."""
    encoded = _encode(value)
    # msgspec writes a number that is not finite as null, and leaves absent fields out: a null is rare, and only
    # the parts that hold one are written again.
    if b"null" not in encoded:
        return encoded
    return _with_numbers(value, encoded) or _spelled(value, encoded)


def _with_numbers(value: Any, encoded: bytes) -> bytes | None:
    """Large answers say which numbers they hold, so that those can be put where the nulls are; None for others.

    Within a text a quote is escaped, so that what is looked for only stands where a number was.
    """
    numbers: Callable[[], list[float]] | None = getattr(value, "numbers", None)
    if numbers is None:
        return None
    words = [f'"value":"{_spell_numbers(number)}"'.encode() for number in numbers() if not math.isfinite(number)]
    parts = encoded.split(b'"value":null')
    if len(parts) != len(words) + 1:
        return None
    return b"".join(each for pair in zip(parts, [*words, b""], strict=True) for each in pair)


def _spelled(value: Any, encoded: bytes) -> bytes:
    """The same JSON with numbers for nulls, where a number that is not finite became one."""
    if isinstance(value, list):
        parts = zip(cast(list[Any], value), _decode_list(encoded), strict=True)
        return _encode([_part(each, part) for each, part in parts])
    if isinstance(value, msgspec.Struct):
        fields = _names_of_fields(type(value))
        named = _decode_parts(encoded)
        return _encode({name: _part(getattr(value, fields[name]), part) for name, part in named.items()})
    return _encode(_spell_numbers(msgspec.to_builtins(value)))


def _part(value: Any, encoded: msgspec.Raw) -> msgspec.Raw:
    text = bytes(encoded)
    return msgspec.Raw(_spelled(value, text)) if b"null" in text else encoded


@cache
def _names_of_fields(kind: type[msgspec.Struct]) -> dict[str, str]:
    """The attribute of each name on the wire."""
    return {field.encode_name: field.name for field in msgspec.structs.fields(kind)}


def _spell_numbers(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: _spell_numbers(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_spell_numbers(each) for each in value]
    return value


def _as_text(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_text(each) for each in value]
    return str(value) if type(value) is int else value


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _query_text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


@cache
def _request_decoder(request: type[Request[Any]]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(request, strict=False)


@cache
def _answer_decoder(request: type[Request[Any]], answer: str | None) -> msgspec.json.Decoder[Any]:
    result = OPERATIONS[request].result
    if answer:
        result = msgspec.defstruct("Answer", [("value", result, msgspec.field(name=answer))])
    return msgspec.json.Decoder(result, strict=False)


def _fields_of_body(operation: Operation, body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body)
        json.dumps(fields, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{operation.name}: the body is not JSON ({error}).") from None
    if not isinstance(fields, dict):
        raise Invalid(f"{operation.name}: the body must be a JSON object, got {type(fields).__name__}.")
    # A null is a field that was not given.
    return {str(key): value for key, value in fields.items() if value is not None}


def _fields_of_query(operation: Operation, query: Iterable[tuple[str, str]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for key, value in query:
        if "\x00" in value:
            raise Invalid(f"{operation.name}: parameter {key!r} holds a NUL character; remove it.")
        if key in operation.list_fields:
            fields.setdefault(key, []).append(value)
        else:
            fields[key] = value
    return fields


def _explain(operation: Operation, problem: str) -> str:
    """msgspec's message as a sentence about a parameter."""
    text, _, place = problem.partition(" - at `$")
    place = place.rstrip("`").lstrip(".")
    if missing := re.search(r"missing required field `(\w+)`", text):
        field = f"{place}.{missing[1]}" if place else missing[1]
        return f"Missing value for required parameter '{field}' of {operation.name}."
    text = text.replace("`", "")
    return f"Invalid value for parameter '{place}' of {operation.name}: {text[:1].lower()}{text[1:]}."
