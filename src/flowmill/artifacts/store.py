"""What every artifact store can do, and the few things they all share."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, NamedTuple, Protocol

from flowmill.artifacts.path import ROOT, SafePath
from flowmill.entities.artifact import FileInfo
from flowmill.errors import Invalid, NotFound

CHUNK_BYTES = 1 << 20
"""Streams, copies and uploads move this many bytes at a time."""

UNFINISHED = re.compile(r"\.flowmill-(?:[0-9a-f]{16}\.part|uploads)")
"""The names of files that are being written, or were when their process died, and of the folder of `STAGING`."""

STAGING = ".flowmill-uploads"
"""The folder below a served root that holds what clients are still uploading. No store lists or writes it."""

Source = Path | bytes | BinaryIO
"""Where the bytes of one artifact come from: a file, the bytes themselves or an open binary file."""


class ArtifactStream:
    """The bytes of one artifact, or of a range of it, in chunks; close it or use it as a context manager.

    ``size``: how many bytes will come; None where a server does not say. ``total``: how many the whole file
    has. ``tag``: changes whenever the file does, a quoted text as HTTP's ETag; None where nobody knows.
    """

    def __init__(
        self,
        size: int | None,
        chunks: Iterator[bytes],
        close: Callable[[], None],
        total: int | None = None,
        tag: str | None = None,
    ) -> None:
        self.size = size
        self.total = total
        self.tag = tag
        self._chunks = chunks
        self._close = close

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._chunks)

    def close(self) -> None:
        """Let go of the file or connection; harmless when called again."""
        self._close()

    def __enter__(self) -> ArtifactStream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class ArtifactStore(Protocol):
    """Files under one root. Every ``path`` is relative to it and goes through `SafePath.parse`; the empty
    path is the root. A file appears whole or not at all. Safe to share between threads.

    Methods raise `Invalid` for a path that is not allowed or names the wrong kind of thing, `NotFound` where
    nothing is, `Unavailable` when the disk or server does not take part.
    """

    def put(self, path: str, source: Source) -> None:
        """Store one file, replacing the file that was there."""
        ...

    def replace(self, path: str, data: bytes, tag: str | None) -> bool:
        """Store one file if the one there is still that of ``tag`` (`ArtifactStream.tag`), or nothing is there
        for None; whether it was stored. What another wrote meanwhile stays as it is."""
        ...

    def put_tree(self, folder: Path, path: str = "") -> None:
        """Store every file below the local ``folder`` below ``path``; links are followed, empty folders
        leave no trace."""
        ...

    def get(self, path: str, destination: Path) -> None:
        """Copy one file to the local file ``destination``, making its folder."""
        ...

    def get_tree(self, path: str, destination: Path) -> Path:
        """Copy the file or folder ``path`` into the local folder ``destination`` under its own name, the
        root's content straight into it; gives back where it lies then."""
        ...

    def read(self, path: str, start: int = 0, length: int | None = None) -> bytes:
        """The bytes of a file from offset ``start``, at most ``length`` of them, fewer at its end."""
        ...

    def open_stream(self, path: str, start: int = 0, length: int | None = None) -> ArtifactStream:
        """Like `read`, for files of any size."""
        ...

    def list(self, path: str = "") -> list[FileInfo]:
        """The direct children of a folder, sorted by path; none for a file or where nothing is."""
        ...

    def stat(self, path: str) -> FileInfo | None:
        """What lies at ``path``, if anything does. The root is always a folder."""
        ...

    def delete(self, path: str) -> None:
        """Remove a file or a folder with all below it; nothing happens where nothing is."""
        ...


class ArtifactWriter(Protocol):
    """One file on its way into a store: it appears whole at `commit`, and nothing of it stays after `abort`."""

    def write(self, chunks: Sequence[bytes]) -> None:
        """Append these bytes."""
        ...

    def commit(self) -> str:
        """Put the file in its place; its ETag, empty where nobody needs one."""
        ...

    def abort(self) -> None:
        """Forget what was written; harmless after `commit` and when called again."""
        ...


class Part(NamedTuple):
    """One part of a multipart upload as its client reports it. ``number`` counts from 1."""

    number: int
    tag: str


class Signed(NamedTuple):
    """An address that whoever has it may use until it expires, and the headers that must go with it."""

    url: str
    headers: dict[str, str]


class Multipart(Protocol):
    """Uploads in parts that may come in any order, several at once and more than once. The id that `create`
    gives is a secret: who knows it may send parts."""

    def create(self, path: SafePath, count: int) -> str:
        """Begin an upload of ``count`` parts to ``path``; its id."""
        ...

    def addresses(self, upload: str, path: SafePath, count: int, seconds: int) -> list[str] | None:
        """Where the parts are to be PUT for so long, if that is not the server itself."""
        ...

    def open_part(self, upload: str, number: int, size: int) -> ArtifactWriter:
        """Where one part of ``size`` bytes goes; `NotFound` for an upload that is not open."""
        ...

    def complete(self, upload: str, path: SafePath, parts: Sequence[Part]) -> None:
        """Put the file in its place. `Invalid` when a part is missing or is not what its client says."""
        ...

    def abort(self, upload: str, path: SafePath) -> None:
        """Forget an upload; `NotFound` when it is not open."""
        ...

    def sweep(self, seconds: float) -> int:
        """Forget the uploads that nothing was sent to for so long; how many they were."""
        ...


class ServedStore(ArtifactStore, Protocol):
    """A store that a server keeps its clients' artifacts in."""

    @property
    def multipart(self) -> Multipart:
        """Uploads in parts."""
        ...

    @property
    def signs(self) -> bool:
        """Whether `sign` can make addresses."""
        ...

    def open_writer(self, path: str) -> ArtifactWriter:
        """Store one file whose bytes come bit by bit."""
        ...

    def sign(self, method: Literal["GET", "PUT"], path: str, seconds: int, kind: str | None = None) -> Signed:
        """An address by which anybody may get or put this one file for so many seconds; ``kind`` is the
        Content-Type that a PUT must have then."""
        ...


def parse_file(path: str) -> SafePath:
    """The safe path of one file: like `SafePath.parse`, but never the root."""
    safe = SafePath.parse(path)
    if not safe:
        raise Invalid("An artifact needs a name; give a path such as 'model/weights.bin'.")
    return safe


def parse_new_file(path: str) -> SafePath:
    """The safe path of a file that is to be written."""
    safe = parse_file(path)
    if any(UNFINISHED.fullmatch(name) for name in safe.parts):
        raise Invalid(f"The name {safe.name!r} is reserved for unfinished files; choose another.")
    return safe


def no_artifact(path: str) -> NotFound:
    """The error for a path that names nothing."""
    return NotFound(f"There is no artifact {str(path)!r}; list its folder to see what is there.")


def check_range(start: int, length: int | None) -> None:
    """Refuse ranges that begin before the file or have a negative length."""
    if start < 0 or (length is not None and length < 0):
        raise Invalid(f"A range of bytes needs start ≥ 0 and length ≥ 0, not {start} and {length}.")


@contextmanager
def open_source(source: Source) -> Generator[BinaryIO]:
    """``source`` as an open binary file; one that the caller opened stays open."""
    if isinstance(source, bytes):
        yield BytesIO(source)
    elif isinstance(source, Path):
        with source.open("rb") as file:
            yield file
    else:
        yield source


def save_whole(chunks: Iterable[bytes], destination: Path) -> None:
    """Write the local file ``destination``, which appears whole or not at all."""
    unfinished = destination.with_name(unfinished_name())
    try:
        with unfinished.open("xb") as target:
            target.writelines(chunks)
        unfinished.replace(destination)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def unfinished_name() -> str:
    """A name for a file that is being written; `UNFINISHED` knows it again."""
    return f".flowmill-{os.urandom(8).hex()}.part"


def files_below(folder: Path) -> Iterator[tuple[Path, SafePath]]:
    """Every file below a local folder with its path relative to it, in a stable order.

    Links are followed, as users who link big files into a folder expect; a link to a folder that is being
    walked already is an error instead of an endless walk.
    """
    if not folder.is_dir():
        raise Invalid(f"{folder.name!r} is no folder; give one, or log a single file with log_artifact.")
    yield from _files_below(folder, ROOT, frozenset())


def _files_below(folder: Path, prefix: SafePath, above: frozenset[tuple[int, int]]) -> Iterator[tuple[Path, SafePath]]:
    status = folder.stat()
    here = (status.st_dev, status.st_ino)
    if here in above:
        raise Invalid(f"The folder {str(prefix)!r} links back to a folder above it; remove the link and try again.")
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        path = prefix / SafePath.parse(entry.name)
        if entry.is_dir():
            yield from _files_below(Path(entry.path), path, above | {here})
        elif entry.is_file():
            yield Path(entry.path), path
        else:
            raise Invalid(f"{str(path)!r} is neither a file nor a folder; take it out of the folder and try again.")
