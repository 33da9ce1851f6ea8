"""What one process of the server takes on before it says no; each limit is a setting.

A limit that is reached is an answer in MLflow's error shape: 408 (too slow), 413 (too large), 429 (one caller
wants too much), 431 (headers too large) or 503 with Retry-After (the server has too much to do).
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

import msgspec

from flowmill.errors import Invalid, Unavailable

MIB = 1024 * 1024


def _limit(default: float, help: str) -> Any:
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes, times in seconds; 0 turns off those that say so."""

    max_body: int = _limit(64 * MIB, "Bytes of a JSON body; files are streamed and not bound by it.")
    max_decompressed: int = _limit(64 * MIB, "Bytes of a compressed body after unpacking.")
    max_buffered: int = _limit(512 * MIB, "Bytes of all bodies that a process holds at once.")
    max_json_depth: int = _limit(100, "Levels of lists and objects in a JSON body.")
    max_items: int = _limit(200_000, "Entries of any one list in a request, such as the points of a batch.")
    max_page: int = _limit(
        1_000_000, "Results of one page that may be asked for, where the operation has no lower limit."
    )
    max_filter: int = _limit(500_000, "Characters of a filter, which bound its terms.")
    max_headers: int = _limit(64 * 1024, "Bytes of a request's line and headers.")
    max_connections: int = _limit(4096, "Open connections of a process.")
    max_requests: int = _limit(1024, "Requests that a process works on at once.")
    max_client_requests: int = _limit(0, "Requests of one client address at once; 0 is any number.")
    max_waiting_writes: int = _limit(4000, "Writes that may wait for the database.")
    header_timeout: float = _limit(20.0, "Seconds for a request's headers to arrive.")
    body_timeout: float = _limit(60.0, "Seconds without a byte of a body that is still coming.")
    min_body_rate: int = _limit(128, "Bytes per second that a body must bring on average after a body timeout.")
    request_timeout: float = _limit(90.0, "Seconds to carry out an operation; 0 is any time.")
    keep_alive_timeout: float = _limit(75.0, "Seconds that an idle connection is kept.")
    drain_timeout: float = _limit(30.0, "Seconds for requests under way to end when the server stops.")

    @classmethod
    def from_values(cls, values: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Limits:
        """The limits given by name, else those of ``FLOWMILL_SERVER_<NAME>``, else the defaults."""
        env = os.environ if environment is None else environment
        chosen: dict[str, Any] = {}
        for each in dataclasses.fields(cls):
            given = values.get(each.name)
            if given is None and (text := env.get(environment_name(each.name))):
                given = _number(text, each)
            if given is not None:
                if given < 0:
                    raise Invalid(f"Invalid limit {each.name}={given}: it must not be negative.")
                chosen[each.name] = given
        return cls(**chosen)


def environment_name(name: str) -> str:
    """The environment variable of a limit."""
    return f"FLOWMILL_SERVER_{name.upper()}"


def _number(text: str, which: dataclasses.Field[Any]) -> int | float:
    try:
        return int(text) if which.type == "int" else float(text)
    except ValueError:
        raise Invalid(f"Invalid value {text!r} of {environment_name(which.name)}: it must be a number.") from None


class Budget:
    """The bytes of bodies that are held now, over all requests of the process."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.used = 0

    def take(self, size: int) -> None:
        """Count bytes in; Unavailable if that is more than the process may hold."""
        if self.used + size > self.limits.max_buffered:
            raise Unavailable("The server holds as many request bodies as it may. Try again in a moment.")
        self.used += size

    def give_back(self, size: int) -> None:
        """Count bytes out."""
        self.used -= size


_KEPT = b"[{]}"
_DROPPED = bytes(each for each in range(256) if each not in _KEPT)
_AS_SQUARE = bytes.maketrans(b"{}", b"[]")


def check_extent(request: Any, limits: Limits) -> None:
    """Invalid if a request's lists, its filter or the page that it asks for are larger than they may be."""
    for name in request.__struct_fields__:
        value: Any = getattr(request, name)
        if isinstance(value, list):
            if (count := len(cast(list[Any], value))) > limits.max_items:
                raise Invalid(f"{name} has {count:,} entries; at most {limits.max_items:,} are accepted.")
        elif name == "filter" and len(value or "") > limits.max_filter:
            raise Invalid(f"The filter has {len(value):,} characters; at most {limits.max_filter:,} are accepted.")
        elif name == "max_results" and (value or 0) > limits.max_page and value != _default_of(type(request), name):
            raise Invalid(f"Invalid max_results {value}: at most {limits.max_page:,} are accepted.")


@cache
def _default_of(kind: type[Any], name: str) -> Any:
    """What a request asks for that leaves a field out, which is never too much."""
    return next(field.default for field in msgspec.structs.fields(kind) if field.name == name)


_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)


def check_depth(body: bytes, deepest: int) -> None:
    """Invalid if JSON is nested deeper than that.

    Brackets alone are looked at: every round removes the innermost pairs at once, so that flat JSON of any
    length takes two or three. Brackets inside of texts may look like nesting, so what looks too deep is looked at
    again without its texts; they may also end the rounds early, and what they hide the decoder's own guard finds.
    """
    if len(body) > 2 * deepest and _is_deeper(body, deepest) and _is_deeper(_TEXT.sub(b"", body), deepest):
        raise Invalid(f"The JSON is nested more than {deepest} levels deep, which is what is accepted.")


def _is_deeper(body: bytes, deepest: int) -> bool:
    brackets = body.translate(_AS_SQUARE, _DROPPED)
    too_deep = b"[" * (deepest + 1)
    for _ in range(deepest):
        if too_deep in brackets:
            return True
        shorter = brackets.replace(b"[]", b"")
        if len(shorter) == len(brackets):
            return False
        brackets = shorter
    return bool(brackets)
