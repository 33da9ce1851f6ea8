"""A spool segment: a preallocated, memory-mapped file of checksummed records that one process appends to.

Layout: a header, then records ``[length u32][checksum u32][payload]``; a length of 0 ends them. The payload is
written before the length, so that a process killed in between leaves no record, and the page cache keeps what
was written when the process dies. After a loss of power a torn record fails its checksum and ends the file there.

Payloads begin with a kind: a run's id or a metric's key gets a number (`RUN`, `KEY`), a point uses those numbers
(`POINT`), anything else is a request as JSON (`REQUEST`). A segment defines all numbers that it uses, and names the
runs that its process has open (`OPENED`, `CLOSED`), so that a death without a word can be told from an end.

The header also says up to where records were delivered (``acked``), and up to where an attempt was made whose
answer is not known (``tried``): the next attempt sends exactly the same part, which a store recognizes.
"""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

from flowmill.errors import Invalid

try:
    import fcntl
except ImportError:  # Windows: a segment is known as alive by its open handle, which forbids renaming it
    fcntl = None

MAGIC = b"FLOWSPL1"
SIZE = 4 * 1024 * 1024
"""Bytes of a segment: some 85,000 points."""

_HEADER = struct.Struct("<8s16sQQQ")  # magic, writer, number of the first record, acked, tried
_OFFSETS = struct.Struct("<QQ")
_OFFSETS_AT = 32
START = 64

RUN, KEY, POINT, REQUEST, OPENED, CLOSED = 1, 2, 3, 4, 5, 6
POINT_RECORD = struct.Struct("<BIIdqq")  # kind, run, key, value, timestamp, step
_FRAME = struct.Struct("<II")
frame = _FRAME.pack
"""What stands before a payload, of its length and checksum."""
POINT_BYTES = _FRAME.size + POINT_RECORD.size


class Segment:
    """An open segment. `append` is called under the spool's lock."""

    def __init__(self, path: Path | None, handle: int | None, mapped: mmap.mmap) -> None:
        self.path = path
        """None for a segment in memory."""
        self._handle = handle
        self._map = mapped
        self.size = len(mapped)
        _, writer, self.first, self.acked, self.tried = _HEADER.unpack_from(mapped, 0)
        self.writer: str = writer.hex()
        self.end = START
        """Where the next record goes."""
        self.count = 0
        """Records before ``end``."""

    @classmethod
    def create(cls, path: Path, writer: bytes, first: int, size: int = SIZE) -> Segment:
        """A new file, all of it reserved on the disk: a full disk is an OSError here, never a signal later."""
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            _lock(handle)
            _reserve(handle, size)
            mapped = mmap.mmap(handle, size)
        except BaseException:
            os.close(handle)
            path.unlink(missing_ok=True)
            raise
        _HEADER.pack_into(mapped, 0, MAGIC, writer, first, START, START)
        return cls(path, handle, mapped)

    @classmethod
    def in_memory(cls, writer: bytes, first: int, size: int = SIZE) -> Segment:
        """A segment without a file, for when the disk does not take part."""
        mapped = mmap.mmap(-1, size)
        _HEADER.pack_into(mapped, 0, MAGIC, writer, first, START, START)
        return cls(None, None, mapped)

    @staticmethod
    def in_use_holds(path: Path, text: bytes) -> bool:
        """Whether a segment that a living process appends to holds these bytes."""
        try:
            handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            return not _lock(handle) and text in path.read_bytes()
        except OSError:
            return False
        finally:
            os.close(handle)

    @classmethod
    def adopt(cls, path: Path) -> Segment | None:
        """The segment of a process that has died, None if it lives, or if another process was quicker.

        Raises Invalid for a file that is no segment.
        """
        try:
            handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        if not _lock(handle) or not path.exists():
            os.close(handle)
            return None
        size = os.fstat(handle).st_size
        if size < START:  # its process died before the header was there
            os.close(handle)
            path.unlink(missing_ok=True)
            return None
        mapped = mmap.mmap(handle, size)
        if mapped[:8] != MAGIC:
            mapped.close()
            os.close(handle)
            if not any(path.read_bytes()[:START]):
                path.unlink(missing_ok=True)
                return None
            raise Invalid(
                f"{path} is no spool segment of this release; move it away, or deliver it with the release "
                "that wrote it."
            )
        segment = cls(path, handle, mapped)
        for _, end, _ in segment.records(START):
            segment.end = end
            segment.count += 1
        return segment

    def append(self, *payloads: bytes) -> bool:
        """Write records: all of them, or none if the process is killed meanwhile. False if the segment is full."""
        return self.append_framed(b"".join([frame(len(each), crc32(each)) + each for each in payloads]), len(payloads))

    def append_framed(self, records: bytes, count: int) -> bool:
        """Write ``count`` records, each behind its `frame`, as `append` does."""
        at = self.end
        end = at + len(records)
        if end > self.size:
            return False
        # The first length comes last: records are there once it is.
        mapped = self._map
        mapped[at + 4 : end] = records[4:]
        mapped[at : at + 4] = records[:4]
        self.end = end
        self.count += count
        return True

    def records(self, start: int, stop: int | None = None) -> Iterator[tuple[int, int, bytes]]:
        """(offset, offset after it, payload) of each whole record from ``start`` on, at most up to ``stop``."""
        mapped, size = self._map, self.size if stop is None else stop
        at = start
        while at + 8 <= size:
            length, checksum = _FRAME.unpack_from(mapped, at)
            end = at + 8 + length
            if length == 0 or end > size:
                return
            payload = mapped[at + 8 : end]
            if crc32(payload) != checksum:
                return
            yield at, end, payload
            at = end

    def holds(self, text: bytes) -> bool:
        """Whether these bytes are anywhere in the records."""
        return self._map.find(text, START, self.end) >= 0

    def note(self, acked: int, tried: int) -> None:
        """Remember how far delivery has come."""
        self.acked, self.tried = acked, tried
        _OFFSETS.pack_into(self._map, _OFFSETS_AT, acked, tried)

    def sync(self) -> None:
        """Force what was written to the disk, against a loss of power."""
        self._map.flush()

    def touch(self) -> None:
        """Let the file's age say that the process lives, though it appends nothing."""
        if self.path is not None:
            os.utime(self.path)

    @property
    def delivered(self) -> bool:
        """Whether nothing is left to deliver."""
        return self.acked >= self.end

    def remove(self) -> None:
        """Delete the file."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Let go of the file, and of the lock that says that it is in use."""
        self._map.close()
        if self._handle is not None:
            os.close(self._handle)

    def let_go(self) -> None:
        """In a forked child: the segment is its parent's, and must not seem in use when that has died."""
        self.close()


def _lock(handle: int) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _reserve(handle: int, size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(handle, 0, size)
    else:  # macOS and Windows: writing zeros reserves as well
        with os.fdopen(handle, "wb", closefd=False) as file:
            file.write(bytes(size))
