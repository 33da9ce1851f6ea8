"""Page tokens: opaque to clients, a place in an order for us."""

from __future__ import annotations

import base64
import binascii
import json
import math
from typing import Any

from flowmill.errors import Invalid


def encode_token(values: list[Any]) -> str:
    """A token for the place after the row with these sort values."""
    return base64.urlsafe_b64encode(json.dumps([_spelled(value) for value in values]).encode()).decode()


def decode_token(token: str, length: int) -> list[Any] | None:
    """The sort values of a token, None for an empty one; Invalid if it is none or has another number of them.

    Whether each value has its column's type only the database knows: see `refused_token`.
    """
    if not token:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, binascii.Error, UnicodeError):
        values = None
    if not isinstance(values, list) or len(values) != length or not all(map(_can_be_sorted_by, values)):
        raise refused_token(token)
    return [math.inf * value[0] if isinstance(value, list) else value for value in values]


def _spelled(value: Any) -> Any:
    """JSON has no infinity: it is ``[1]`` or ``[-1]``."""
    if isinstance(value, float) and math.isinf(value):
        return [1 if value > 0 else -1]
    return value


def refused_token(token: str) -> Invalid:
    """The error of a token that another search gave out, or nobody."""
    return Invalid(f"Invalid page_token {token[:60]!r}: pass the next_page_token of the same search's last page.")


def _can_be_sorted_by(value: Any) -> bool:
    if value == [1] or value == [-1]:
        return True
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return value is None or isinstance(value, str) or (isinstance(value, float) and math.isfinite(value))


def check_page_size(size: int, largest: int) -> int:
    """The page size asked for, Invalid if it is not between 1 and ``largest``."""
    if not 1 <= size <= largest:
        raise Invalid(f"Invalid max_results {size}: it must be between 1 and {largest:,}.")
    return size
