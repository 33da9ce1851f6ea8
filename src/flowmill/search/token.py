"""A filter cut into tokens, in time proportional to its length."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from flowmill.errors import Invalid

TokenKind = Literal["name", "text", "number", "operator", "mark", "end"]

_QUOTED = r"""`(?:[^`]|``)*`|"(?:[^"]|"")*"|'(?:[^']|'')*'"""
# Digits are possessive: given back one by one, a long row of them would take quadratic time.
_TOKEN = re.compile(
    rf"""
    (?P<text>  '(?:[^']|'')*' )
  | (?P<number> [-+]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][-+]?[0-9]++)?+(?![\w.]) )
  | (?P<name>  (?:`(?:[^`]|``)+`|"(?:[^"]|"")*")(?!\.) | [^\W\d]\w*(?:\.(?:{_QUOTED}|\w+(?:\.\w+)*))? )
  | (?P<operator> [=<>!]+ )
  | (?P<mark>  [(),] )
    """,
    re.VERBOSE,
)
MAX_TOKENS = 50_000

_SPACE = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Token:
    """``text``: as written. ``position``: of its first character, from 0."""

    kind: TokenKind
    text: str
    position: int


def tokens_of(text: str) -> list[Token]:
    """The tokens of a filter, an ``end`` token last. Raises `Invalid` at the first character that
    begins none, and after `MAX_TOKENS`."""
    found: list[Token] = []
    position = _end_of_space(text, 0)
    while position < len(text):
        if len(found) == MAX_TOKENS:
            raise unreadable(text, position, f"the filter has more than {MAX_TOKENS:,} words; ask in several searches")
        match = _TOKEN.match(text, position)
        if match is None:
            raise unreadable(text, position, _why_no_token(text, position))
        kind: TokenKind = match.lastgroup  # pyright: ignore[reportAssignmentType]
        found.append(Token(kind, match[0], position))
        position = _end_of_space(text, match.end())
    found.append(Token("end", "", len(text)))
    return found


def unquoted(text: str) -> str:
    """What stands between quotes or backticks, a doubled one being one."""
    quote = text[0]
    return text[1:-1].replace(quote * 2, quote)


def unreadable(text: str, position: int, what: str) -> Invalid:
    """The error for a place in a filter; ``what`` says what is wrong and what to write instead."""
    rest = text[position : position + 30].strip()
    near = f" near {rest!r}" if rest else ""
    return Invalid(f"Invalid filter at character {position + 1}{near}: {what}.")


def _end_of_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _why_no_token(text: str, position: int) -> str:
    character = text[position]
    if character in "'\"`":
        return f"the quote {character} is never closed; close it, or double it where it belongs to the text"
    if character == ".":
        return "a key must follow its prefix and a dot without a space, as in params.lr"
    if character in ";:-/":
        return f"{character!r} may stand in a key only between backticks, as in params.`learning{character}rate`"
    return f"{character!r} has no meaning here; put keys in backticks and text in quotes"
