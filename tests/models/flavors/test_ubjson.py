"""A UBJSON file is whole, or it is told; no length in it is believed."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowmill.models.flavors.ubjson import Broken, check_whole


def key(text: str) -> bytes:
    return b"L" + struct.pack(">q", len(text)) + text.encode()


WHOLE = (
    b"{"
    + key("floats") + b"[$d#L" + struct.pack(">q", 3) + struct.pack(">3f", 1, 2, 3)
    + key("any") + b"[U\x01S" + key("text") + b"TZ[]{}]"
    + key("counted") + b"[#i\x02i\x05D" + struct.pack(">d", 0.5)
    + key("object") + b"{#i\x01" + key("a") + b"l" + struct.pack(">i", -7)
    + b"}"
)  # fmt: skip


def test_a_whole_file_passes_and_every_cut_is_told() -> None:
    check_whole(WHOLE)
    for length in range(len(WHOLE)):
        with pytest.raises(Broken):
            check_whole(WHOLE[:length])
    with pytest.raises(Broken, match="2 bytes more"):
        check_whole(WHOLE + b"{}")


@pytest.mark.parametrize(
    "content",
    [
        b"[$d#L" + struct.pack(">q", 2**62),
        b"[$d#L" + struct.pack(">q", -1),
        b"[$Z#L" + struct.pack(">q", 2**62),
        b"[#L" + struct.pack(">q", 2**62),
        b"S" + b"L" + struct.pack(">q", 2**62),
        b"[" * 100_000,
        b"[$d]",
        b"?",
    ],
)
def test_lengths_are_not_believed(content: bytes) -> None:
    with pytest.raises(Broken):
        check_whole(content)


@given(st.binary(max_size=200), st.integers(0, len(WHOLE) - 1))
def test_any_bytes_are_whole_or_broken(noise: bytes, at: int) -> None:
    for content in (noise, b"{" + noise, WHOLE[:at] + noise, WHOLE[:at] + noise + WHOLE[at:]):
        try:
            check_whole(content)
        except Broken:
            continue
