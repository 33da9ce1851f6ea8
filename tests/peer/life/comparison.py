"""What was seen on one server beside what was seen on another, and which differences are meant."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Difference:
    """A deliberate difference: where (a pattern of ``step/place``), and why, for the person who uses a client."""

    place: str
    why: str


def recorded(version: str) -> dict[str, Any]:
    """What the client of this version reads back from the server of its own version."""
    return json.loads((FOLDER / "seen" / f"mlflow-{version}.json").read_text(encoding="utf-8"))


def unexpected(expected: dict[str, Any], seen: dict[str, Any], meant: tuple[Difference, ...]) -> list[str]:
    """A line for each place at which `seen` is not as `expected` and no difference is meant."""
    return [
        f"{place}: {what}"
        for step in sorted(expected.keys() | seen.keys())
        for place, what in _found(expected.get(step), seen.get(step), step)
        if not any(re.fullmatch(each.place, place) for each in meant)
    ]


def without_missing(
    expected: dict[str, Any], seen: dict[str, Any], needs: dict[str, str]
) -> tuple[dict[str, Any], dict[str, Any], set[str]]:
    """Both without the steps whose functions this client lacks and those that build on them; the functions."""
    missing = {step: value["missing"] for step, value in seen.items() if _is_missing(value)}
    left = [
        step
        for step in expected
        if step in seen and not {step, needs.get(step)} & missing.keys() and not _is_missing(expected[step])
    ]
    return {step: expected[step] for step in left}, {step: seen[step] for step in left}, set(missing.values())


def _is_missing(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"missing"}


def used(expected: dict[str, Any], seen: dict[str, Any], meant: tuple[Difference, ...]) -> set[Difference]:
    """The deliberate differences that really are there."""
    places = [place for step in expected for place, _ in _found(expected[step], seen.get(step), step)]
    return {each for each in meant if any(re.fullmatch(each.place, place) for place in places)}


def _found(expected: Any, seen: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(expected, dict) and isinstance(seen, dict):
        for name in sorted(expected.keys() | seen.keys()):
            if name not in seen:
                yield f"{place}/{name}", f"is missing, expected {_short(expected[name])}"
            elif name not in expected:
                yield f"{place}/{name}", f"is not expected: {_short(seen[name])}"
            else:
                yield from _found(expected[name], seen[name], f"{place}/{name}")
    elif isinstance(expected, list) and isinstance(seen, list) and len(expected) == len(seen):
        for index, (one, other) in enumerate(zip(expected, seen, strict=True)):
            yield from _found(one, other, f"{place}/{index}")
    elif expected != seen or str(expected) != str(seen):
        yield place, f"is {_short(seen)}, expected {_short(expected)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) < 300 else f"{text[:300]}…"
