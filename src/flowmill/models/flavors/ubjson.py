"""Whether a UBJSON file is whole.

XGBoost reads past the end of one that was cut off and takes what it finds there for sizes: it may ask for more memory
than a machine has. So every length is held against the bytes that are there before XGBoost sees the file.
"""

from __future__ import annotations

_WIDTHS = {b"i": 1, b"U": 1, b"C": 1, b"I": 2, b"l": 4, b"d": 4, b"L": 8, b"D": 8}
"""Bytes of a value, by its marker."""
_INTEGERS = frozenset(b"iUIlL")
_WORDS = frozenset(b"ZNTF")
_DEEPEST = 100


class Broken(ValueError):
    """The file ends too early, or holds what UBJSON does not know."""


def check_whole(content: bytes) -> None:
    """Raise Broken unless the content is one UBJSON value and nothing else."""
    end = _Walk(content).value(0, 0)
    if end != len(content):
        raise Broken(f"{len(content) - end} bytes more after byte {end}")


class _Walk:
    """Steps over values; each function takes where something begins and gives where it ends."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def value(self, at: int, depth: int) -> int:
        """A value with its marker."""
        return self._after(self._marker(at), at + 1, depth)

    def _after(self, marker: bytes, at: int, depth: int) -> int:
        if depth > _DEEPEST:
            raise Broken(f"more than {_DEEPEST} levels at byte {at}")
        if (width := _WIDTHS.get(marker)) is not None:
            return self._within(at + width)
        if marker[0] in _WORDS:
            return at
        if marker in (b"S", b"H"):
            return self._text(at)
        if marker in (b"[", b"{"):
            return self._container(marker == b"{", at, depth + 1)
        raise Broken(f"no value at byte {at - 1}")

    def _container(self, is_object: bool, at: int, depth: int) -> int:
        kind = None
        if self._marker(at) == b"$":
            kind, at = self._marker(at + 1), at + 2
            if self._marker(at) != b"#":
                raise Broken(f"a type without a count at byte {at}")
        if self._marker(at) == b"#":
            count, at = self._integer(at + 1)
            width = _WIDTHS.get(kind) if kind else None
            if width is not None and not is_object:
                return self._within(at + count * width)
            if kind is not None and kind[0] in _WORDS:
                raise Broken(f"values that take no room at byte {at}")
            for _ in range(count):
                at = self._text(at) if is_object else at
                at = self._after(kind, at, depth) if kind else self.value(at, depth)
            return at
        last = b"}" if is_object else b"]"
        while self._marker(at) != last:
            at = self._text(at) if is_object else at
            at = self.value(at, depth)
        return at + 1

    def _text(self, at: int) -> int:
        length, at = self._integer(at)
        return self._within(at + length)

    def _integer(self, at: int) -> tuple[int, int]:
        marker = self._marker(at)
        if marker[0] not in _INTEGERS:
            raise Broken(f"no length at byte {at}")
        end = self._within(at + 1 + _WIDTHS[marker])
        number = int.from_bytes(self._content[at + 1 : end], "big", signed=marker != b"U")
        if number < 0:
            raise Broken(f"a length of {number} at byte {at}")
        return number, end

    def _marker(self, at: int) -> bytes:
        self._within(at + 1)
        return self._content[at : at + 1]

    def _within(self, end: int) -> int:
        if end > len(self._content):
            raise Broken(f"it ends at byte {len(self._content)}, in the middle of a value")
        return end
