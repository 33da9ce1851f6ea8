"""Chunks: points as bytes and back. Pure.

Format 1, little-endian: one byte with the format's number, three uint32 with the sizes of what follows, and
three pcodec streams: times and steps as int64, values as float64. A value's bits come back as they were, NaN
payloads included. A new format gets a new number and writer; `_READERS` keeps the reader of every old one.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
from pcodec import ChunkConfig, standalone  # pyright: ignore[reportAttributeAccessIssue]  # compiled

from flowmill.errors import Invalid
from flowmill.store.sql.points import Points

FORMAT = 1

_HEADER = struct.Struct("<BIII")
_CONFIG = ChunkConfig(compression_level=4)
"""Level 8 saves one byte in a hundred and takes four times as long."""


def encode(points: Points) -> bytes:
    """The bytes of at least one point."""
    parts = [
        bytes(standalone.simple_compress(np.ascontiguousarray(column), _CONFIG))
        for column in (points.times, points.steps, points.values)
    ]
    return _HEADER.pack(FORMAT, *map(len, parts)) + b"".join(parts)


def decode(chunk: bytes) -> Points:
    """The points of these bytes, in the order in which they were encoded; Invalid if they are no chunk."""
    chunk = bytes(chunk)
    reader = _READERS.get(chunk[0]) if chunk else None
    if reader is None:
        raise Invalid(
            f"A chunk of a metric has format {chunk[0] if chunk else 'none'}, this release knows "
            f"{', '.join(map(str, _READERS))}: upgrade Flowmill to read it."
        )
    return reader(chunk)


def _read_1(chunk: bytes) -> Points:
    _, *sizes = _HEADER.unpack_from(chunk)
    start, columns = _HEADER.size, []
    for size in sizes:
        columns.append(standalone.simple_decompress(chunk[start : start + size]))
        start += size
    times, steps, values = columns
    return Points(times, steps, values.view(np.int64))


_READERS: dict[int, Callable[[bytes], Points]] = {1: _read_1}
