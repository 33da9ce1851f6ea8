"""The one type of every artifact path of every endpoint and every store.

A path that somebody sends is text with a long history of attacks: dots, backslashes, drives, percent
signs decoded once more than the validator thought, look-alike characters. `SafePath.parse` refuses what
could ever name something outside a root, whichever parser reads it later, and gives back the very text it
checked, so that the validated path and the opened path are the same string.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

from flowmill.errors import Invalid

MAX_PATH_BYTES = 4096
MAX_NAME_BYTES = 255
MAX_ENCODING_LAYERS = 3

# Most paths: plain names of ASCII words that begin with a letter, digit or underscore. Nothing in them can
# be decoded, folded or mistaken, so they need no further look.
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.\-]*)*")
_DRIVE = re.compile(r"[A-Za-z]:")
_NAME_DELIMITERS = re.compile(r"[;?#&=]")
# The pictures of a step as older MLflow clients name them: percent signs part the words and encode nothing.
# Digits that begin with 1 to 9 are all that follows one, so that a further decoding makes no dot, slash, NUL
# or line end of them.
_PICTURE = re.compile(
    r"%step%(?:0|[1-9][0-9]*)%timestamp%[1-9][0-9]*%[g-z][0-9a-f-]{35}(?:%compressed)?\.(?:png|webp)\Z"
)
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})


class SafePath(str):
    """A relative POSIX path below some root, without ``.``, ``..``, empty names or anything that decodes to
    them. The empty path is the root itself. Made by `parse` alone.

    >>> SafePath.parse("model/weights 100%.bin").name
    'weights 100%.bin'
    """

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> SafePath:
        """The path that ``text`` spells; one trailing slash is dropped. Raises `Invalid` for any text that
        is no plain relative path after every number of decodings."""
        if isinstance(text, SafePath):
            return text
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise Invalid(f"An artifact path must be text, not {type(text).__name__}.")
        path = text[:-1] if text.endswith("/") and len(text) > 1 else text
        if path == "" or (len(path) <= MAX_NAME_BYTES and _PLAIN.fullmatch(path)):
            return cls(path)
        reason = _reason_against(path)
        if reason is not None:
            raise Invalid(
                f"The artifact path {_shown(text)} is not allowed: {reason}; give a relative path such as "
                "'model/weights.bin'."
            )
        return cls(path)

    @property
    def parts(self) -> tuple[str, ...]:
        """The names from the root downwards; none for the root."""
        return tuple(self.split("/")) if self else ()

    @property
    def name(self) -> str:
        """The last name; empty for the root."""
        return self.rpartition("/")[2]

    @property
    def parent(self) -> SafePath:
        """The folder that holds this path; the root's parent is the root."""
        return SafePath(self.rpartition("/")[0])

    def __truediv__(self, other: SafePath) -> SafePath:
        """``other`` below this path."""
        if not self or not other:
            return SafePath(str(self) or str(other))
        joined = SafePath(f"{self}/{other}")
        if len(joined.encode()) > MAX_PATH_BYTES:
            raise Invalid(f"The artifact path {_shown(joined)} is not allowed: {_too_long()}.")
        return joined


ROOT = SafePath("")
"""The path of a store's root."""


def _reason_against(path: str) -> str | None:
    """Why ``path`` may not be used, or None if it may."""
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        return "it is no valid UTF-8"
    if size > MAX_PATH_BYTES or any(len(name.encode()) > MAX_NAME_BYTES for name in path.split("/")):
        return _too_long()
    layer = _PICTURE.sub("", path)
    for _ in range(MAX_ENCODING_LAYERS + 1):
        reason = _reason_against_layer(layer)
        if reason is not None:
            return reason
        try:
            decoded = unicodedata.normalize("NFKC", unquote(layer, errors="strict"))
        except UnicodeDecodeError:
            return "its percent-encoded bytes are no valid UTF-8"
        if decoded == layer:
            return None
        layer = decoded
    return f"it is percent-encoded more than {MAX_ENCODING_LAYERS} times over"


def _reason_against_layer(text: str) -> str | None:
    for character in text:
        if unicodedata.category(character) in _FORBIDDEN_CATEGORIES:
            return "it holds a control character"
    if "\\" in text:
        return "it holds a backslash"
    if text.startswith("/"):
        return "it is absolute"
    for name in text.split("/"):
        if not name:
            return "it holds an empty name"
        if _DRIVE.match(name):
            return f"{_shown(name)} names a drive"
        for piece in _NAME_DELIMITERS.split(name):
            # A server between may strip ';…', '?…' or trailing blanks, and '+' may be read as a blank.
            bare = piece.replace("+", " ").strip()
            if bare and not bare.strip(". "):
                return f"{_shown(name)} points to another folder"
        if not name.strip():
            return "it holds a blank name"
    return None


def _too_long() -> str:
    return f"a name may have {MAX_NAME_BYTES} bytes and the whole path {MAX_PATH_BYTES}"


def _shown(text: str) -> str:
    shown = ascii(text) if not text.isprintable() else repr(text)
    return shown if len(shown) <= 120 else f"{shown[:117]}…"
