"""Paths that were used, or could be, to leave an artifact root: ``payloads.txt``, by the rows that they stand for."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

_ROW = re.compile(r"[A-Z]{2}-\d\d")
FURTHER = "PT-23"
"""What belongs to no row of its own is one more spelling."""


@cache
def payloads() -> dict[str, list[str]]:
    """The paths of each row."""
    found: dict[str, list[str]] = defaultdict(list)
    rows = [FURTHER]
    for line in Path(__file__).with_name("payloads.txt").read_text("utf-8").split("\n"):
        if line.startswith("#"):
            rows = _ROW.findall(line) or [FURTHER]
        elif line:
            for row in rows:
                found[row].append(line.encode("raw_unicode_escape").decode("unicode_escape"))
    return dict(found)
