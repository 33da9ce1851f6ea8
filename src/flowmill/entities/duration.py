"""Lengths of time as people write them: ``30d``, ``1d2h3m4s``, ``1.5h``."""

from __future__ import annotations

import math
import re

from flowmill.errors import Invalid

_UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000}
_PARTS = re.compile(r"(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?", re.ASCII)
_LONGEST = 10**15
"""ms; some 30,000 years, and what every database can subtract from a time."""


def parse_duration(text: str) -> int:
    """ms of a text such as ``30d`` or ``1d12h``; Invalid if it is none.

    >>> parse_duration("1.5h")
    5400000
    """
    found = _PARTS.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        raise Invalid(f"Invalid duration {text[:60]!r}: write days, hours, minutes and seconds such as 30d or 1d12h.")
    total = sum(float(number) * unit for number, unit in zip(found.groups(), _UNITS.values(), strict=True) if number)
    if not math.isfinite(total) or total > _LONGEST:
        raise Invalid(f"Invalid duration {text[:60]!r}: it is longer than 30,000 years.")
    return round(total)


def spell_duration(ms: int) -> str:
    """The text of a duration in its largest whole units: ``1d12h``; ``0s`` for none."""
    parts: list[str] = []
    for unit, size in _UNITS.items():
        number, ms = divmod(ms, size)
        if number:
            parts.append(f"{number}{unit}")
    return "".join(parts) or "0s"
