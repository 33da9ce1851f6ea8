"""Text without the passwords and tokens in it: what is kept or shown of addresses, git remotes and command lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

HIDDEN = "***"

_SECRET = r"(?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|account[_-]?key|credentials?|signature|sig)"
_LOGIN = re.compile(r"(?P<scheme>(?<![a-zA-Z0-9+.-])[a-zA-Z][a-zA-Z0-9+.-]{0,30}://)[^/?#\s@]+(?:@[^/?#\s@]*)*@")
_FIELD = re.compile(rf"(?P<name>[?&;\s](?:[\w.-]{{0,60}}[_.-])?{_SECRET}=)[^&;#\s]+", re.IGNORECASE)
_OPTION = re.compile(rf"--?(?:[\w-]*[_-])?{_SECRET}", re.IGNORECASE)
_OWN_SHAPE = re.compile(
    r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|hf_[A-Za-z0-9]{20,}|sk-[\w-]{20,}"
    r"|AKIA[A-Z0-9]{16}|xox[abprs]-[\w-]{10,})"
)
"""Tokens that are known by how they begin."""


def without_secrets(text: str) -> str:
    """The text without logins in addresses, values of secret fields, and tokens of known shape.

    >>> without_secrets("https://ada:hunter2@git.example/repo.git?token=abc")
    'https://git.example/repo.git?token=***'
    """
    text = _LOGIN.sub(r"\g<scheme>", text)
    text = _FIELD.sub(rf"\g<name>{HIDDEN}", text)
    return _OWN_SHAPE.sub(HIDDEN, text)


def arguments_without_secrets(arguments: Sequence[str]) -> list[str]:
    """The words of a command line without the values of options such as ``--password`` and ``--api-key=…``."""
    found: list[str] = []
    hides_next = False
    for word in arguments:
        name, equals, _ = word.partition("=")
        is_secret = bool(_OPTION.fullmatch(name))
        if hides_next and not word.startswith("--"):
            found.append(HIDDEN)
        elif is_secret and equals:
            found.append(f"{name}={HIDDEN}")
        else:
            found.append(without_secrets(word))
        hides_next = is_secret and not equals
    return found
