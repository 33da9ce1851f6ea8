"""The Range header of HTTP (RFC 9110, section 14): which bytes of a file are asked for."""

from __future__ import annotations

import re
from typing import NamedTuple

_ONE_RANGE = re.compile(r"bytes=\s*(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))\s*", re.IGNORECASE)


class Range(NamedTuple):
    """The bytes from ``start``, ``length`` of them or all; or, with ``start`` None, the last ``length``."""

    start: int | None
    length: int | None

    def within(self, total: int) -> tuple[int, int] | None:
        """(start, length) in a file of ``total`` bytes; None where it has none of them."""
        if self.start is None:
            length = min(self.length or 0, total)
            return (total - length, length) if length else None
        rest = total - self.start
        return (self.start, rest if self.length is None else min(rest, self.length)) if rest > 0 else None


def parse_range(header: str) -> Range | None:
    """The one range that a header asks for; None for no header, several ranges or what is no range, all of which
    are answered with the whole file.

    >>> parse_range("bytes=0-99"), parse_range("bytes=-5"), parse_range("bytes=0-1,4-5")
    (Range(start=0, length=100), Range(start=None, length=5), None)
    """
    found = _ONE_RANGE.fullmatch(header)
    if found is None:
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        return Range(None, int(suffix))
    if not last:
        return Range(int(first), None)
    return Range(int(first), int(last) - int(first) + 1) if int(last) >= int(first) else None
