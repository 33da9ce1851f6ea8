"""A folder as a zip archive that is made while it is sent: nothing is kept but the names."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Generator, Iterator

from flowmill.artifacts import ArtifactStore, SafePath
from flowmill.artifacts.store import CHUNK_BYTES

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the archive of the same files is the same archive


def zipped(store: ArtifactStore, folder: SafePath) -> Generator[bytes]:
    """The chunks of an archive of every file below ``folder``, stored uncompressed: most artifacts are dense."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:  # type: ignore[arg-type]
        for path in _files_below(store, folder):
            info = zipfile.ZipInfo(str(path).removeprefix(f"{folder}/") if folder else str(path), _EPOCH)
            info.external_attr = 0o644 << 16
            with store.open_stream(path) as stream, archive.open(info, "w", force_zip64=True) as entry:
                for chunk in stream:
                    entry.write(chunk)
                    if sink.size >= CHUNK_BYTES:
                        yield sink.take()
    yield sink.take()


def _files_below(store: ArtifactStore, folder: SafePath) -> Iterator[SafePath]:
    for info in store.list(folder):
        path = SafePath.parse(info.path)
        if info.is_dir:
            yield from _files_below(store, path)
        else:
            yield path


class _Sink(io.RawIOBase):
    """A file that only grows and hands out what was written; it cannot seek, so zipfile writes sizes behind."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._at = 0
        self.size = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        self._chunks.append(bytes(data))
        self._at += len(data)
        self.size += len(data)
        return len(data)

    def take(self) -> bytes:
        """What was written since the last time."""
        taken = b"".join(self._chunks)
        self._chunks.clear()
        self.size = 0
        return taken
