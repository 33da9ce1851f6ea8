"""How texts match patterns, and which texts are numbers: for predicates and databases alike, without the language."""

from __future__ import annotations

import re
from functools import lru_cache

# What PostgreSQL converts to a double without an error, and Python to the same one, if it is no longer than
# LONGEST_NUMBER. It stands in SQL, where a question mark would be an argument.
NUMBER_PATTERN = "^[-+]{0,1}([0-9]+[.]{0,1}[0-9]*|[.][0-9]+)([eE][-+]{0,1}[0-9]{1,2}){0,1}$"
LONGEST_NUMBER = 200
_NUMBER = re.compile(NUMBER_PATTERN.removesuffix("$").replace("+[.]{0,1}[0-9]*", "++[.]{0,1}[0-9]*+"))


def like(text: str, pattern: str, ignore_case: bool = False) -> bool:
    """SQL's LIKE without an escape character: ``%`` is any text, ``_`` one character.

    Takes at most time proportional to the product of both lengths, whatever the pattern: each piece
    between two ``%`` is looked for once, from the left.
    """
    first, middle, last = _pieces(pattern, ignore_case)
    if last is None:
        return first.fullmatch(text) is not None
    opening = first.match(text)
    if opening is None:
        return False
    position = opening.end()
    for piece in middle:
        found = piece.search(text, position)
        if found is None:
            return False
        position = found.end()
    # Every piece has a fixed length, so the last one can only lie at one place.
    return last.fullmatch(text, max(position, len(text) - last_length(pattern))) is not None


def last_length(pattern: str) -> int:
    """How many characters of a text the part of a pattern behind its last ``%`` matches."""
    return len(pattern) - pattern.rfind("%") - 1


def number_of(text: str | None) -> float | None:
    """The number that a parameter's text spells in decimal digits; None for anything else."""
    if text is None or len(text) > LONGEST_NUMBER or _NUMBER.fullmatch(text) is None:
        return None
    return float(text)


@lru_cache(maxsize=256)
def _pieces(pattern: str, ignore_case: bool) -> tuple[re.Pattern[str], list[re.Pattern[str]], re.Pattern[str] | None]:
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    compiled = [
        re.compile("".join("." if character == "_" else re.escape(character) for character in piece), flags)
        for piece in pattern.split("%")
    ]
    if len(compiled) == 1:
        return compiled[0], [], None
    return compiled[0], [piece for piece in compiled[1:-1] if piece.pattern], compiled[-1]
