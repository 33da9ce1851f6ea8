"""Files on their way into a folder: written in a staging folder below the root, then moved to their place.

A multipart upload is one folder there::

    <name>/target         number of parts, when it began, and the path of the artifact
    <name>/data           every part but the last, written to where it belongs
    <name>/last           the last part, whose place is known when the others' length is
    <name>/part-00001     length and MD5 of a part that is complete

So completing costs a rename, however large the file is.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from flowmill.artifacts.path import SafePath
from flowmill.artifacts.store import CHUNK_BYTES, Part, unfinished_name
from flowmill.errors import Conflict, Denied, Invalid, NotFound, Unavailable

MOST_PARTS = 10_000
MOST_UPLOADS = 10_000
"""Uploads that may be open at once; more are refused until some are completed, aborted or swept."""

PART_SECONDS = 12 * 3600
"""For how long after the beginning of an upload parts are taken."""

_ID = re.compile(r"[0-9a-f]{48}")
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC

Adopt = Callable[[SafePath, Path], None]
"""Moves a staged file to the place of an artifact."""


def new_upload_id() -> str:
    """An id that nobody guesses."""
    return secrets.token_hex(24)


def name_of(upload: str) -> str:
    """What an upload is called where it is kept; `NotFound` for what cannot be an id.

    A hash, because whoever has the id may write: what a lookup compares is then nothing that a caller can shape bit
    by bit, and who sees the names does not know the ids.
    """
    if not _ID.fullmatch(upload):
        raise no_upload()
    return hashlib.sha256(upload.encode()).hexdigest()[:48]


def target_text(path: SafePath, count: int) -> str:
    """What is kept of an upload that begins now."""
    return f"{count} {int(time.time())} {path}"


def read_target(text: str) -> Target:
    """What was kept of an upload."""
    count, began, path = text.split(" ", 2)
    return Target(int(count), int(began), path)


class Target(NamedTuple):
    """An upload's number of parts, when it began (s since the epoch), and the path that it is for."""

    parts: int
    began: int
    path: str

    def check_part(self, number: int) -> None:
        """Refuse a part that is not one of the upload's, or comes too late."""
        if time.time() > self.began + PART_SECONDS:
            raise no_upload()
        if not 1 <= number <= self.parts:
            raise Invalid(f"There is no part {number}: the upload has {self.parts}.")


def no_upload() -> NotFound:
    """The error for an upload that is not open."""
    return NotFound("There is no such upload; it was completed, aborted or given up. Begin it again.")


def check_count(count: int) -> None:
    """Refuse a number of parts that no upload can have."""
    if not 1 <= count <= MOST_PARTS:
        raise Invalid(f"Invalid value {count} for parameter 'num_parts': an upload has 1 to {MOST_PARTS:,} parts.")


def check_parts(parts: Sequence[Part], tags: Sequence[str]) -> None:
    """Refuse a list of parts that does not name each stored part once, as it was stored."""
    told = {part.number: part.tag.strip('"') for part in parts}
    for number, tag in enumerate(tags, 1):
        if told.get(number) != tag.strip('"'):
            raise Invalid(f"Part {number} is missing or is not what was stored; send it again, then complete.")
    if len(parts) != len(tags):
        raise Invalid(f"The upload has {len(tags)} parts, not {len(parts)}; name each of them once.")


class StagedFile:
    """An `ArtifactWriter` whose file is moved to its place by ``adopt``."""

    def __init__(self, staging: Path, adopt: Callable[[Path], None]) -> None:
        self._path = staging / unfinished_name()
        self._adopt = adopt
        self._handle: int | None = _create_below(staging, self._path)

    def write(self, chunks: Sequence[bytes]) -> None:
        with disk_trouble():
            _write_all(self._handle, chunks)

    def commit(self) -> str:
        self._close()
        self._adopt(self._path)
        return ""

    def abort(self) -> None:
        self._close()
        self._path.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


class LocalParts:
    """`Multipart` uploads in the folder ``staging``; all parts but the last must be equally long."""

    def __init__(self, staging: Path, adopt: Adopt) -> None:
        self._staging = staging
        self._adopt = adopt

    def create(self, path: SafePath, count: int) -> str:
        check_count(count)
        _refuse_link(self._staging)
        with disk_trouble():
            self._staging.mkdir(parents=True, exist_ok=True)
            if sum(1 for _ in self._staging.iterdir()) >= MOST_UPLOADS:
                raise Unavailable(f"{MOST_UPLOADS:,} uploads are open already; try again later.")
            upload = new_upload_id()
            folder = self._staging / name_of(upload)
            folder.mkdir(mode=0o700)
            (folder / "target").write_text(target_text(path, count), encoding="utf-8")
        return upload

    def addresses(self, upload: str, path: SafePath, count: int, seconds: int) -> None:
        return None

    def open_part(self, upload: str, number: int, size: int) -> LocalPart:
        folder, target = self._open(upload)
        target.check_part(number)
        last = number == target.parts
        return LocalPart(folder, number, "last" if last else "data", 0 if last else (number - 1) * size, size)

    def complete(self, upload: str, path: SafePath, parts: Sequence[Part]) -> None:
        folder, (count, _, wanted) = self._open(upload)
        if wanted != path:
            raise no_upload()
        sizes: list[int] = []
        tags: list[str] = []
        for number in range(1, count + 1):
            try:
                size, tag = _mark(folder, number).read_text(encoding="ascii").split()
            except FileNotFoundError:
                raise Invalid(f"Part {number} of {count} was not received; send it, then complete.") from None
            sizes.append(int(size))
            tags.append(tag)
        check_parts(parts, tags)
        if len(set(sizes[:-1])) > 1:
            raise Invalid("All parts but the last must have the same length; begin the upload again.")
        with disk_trouble():
            file = folder / "last"
            if count > 1:
                file = folder / "data"
                _append(folder / "last", file, (count - 1) * sizes[0])
            self._adopt(path, file)
            shutil.rmtree(folder, ignore_errors=True)

    def abort(self, upload: str, path: SafePath) -> None:
        folder, target = self._open(upload)
        if target.path != path:
            raise no_upload()
        shutil.rmtree(folder, ignore_errors=True)

    def sweep(self, seconds: float) -> int:
        swept = 0
        _refuse_link(self._staging)
        oldest = time.time() - seconds
        with suppress(FileNotFoundError), os.scandir(self._staging) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    if _last_change(entry) >= oldest:
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        shutil.rmtree(entry.path, ignore_errors=True)
                    else:
                        Path(entry.path).unlink()
                    swept += 1
        return swept

    def _open(self, upload: str) -> tuple[Path, Target]:
        """The folder of an upload, and what it is for."""
        folder = self._staging / name_of(upload)
        _refuse_link(self._staging)
        try:
            return folder, read_target((folder / "target").read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            raise no_upload() from None


class LocalPart:
    """An `ArtifactWriter` of one part; its ETag is its MD5, as S3's is."""

    def __init__(self, folder: Path, number: int, name: str, start: int, size: int) -> None:
        with disk_trouble():
            try:
                self._handle: int | None = os.open(folder / name, _CREATE, 0o600)
            except FileNotFoundError:
                raise no_upload() from None
            _mark(folder, number).unlink(missing_ok=True)
            os.lseek(self._handle, start, os.SEEK_SET)
        self._mark = _mark(folder, number)
        self._size = size
        self._written = 0
        self._hash = hashlib.md5(usedforsecurity=False)

    def write(self, chunks: Sequence[bytes]) -> None:
        self._written += sum(map(len, chunks))
        if self._written > self._size:
            raise Invalid(f"The part has more than the {self._size:,} bytes that were announced.")
        for chunk in chunks:
            self._hash.update(chunk)
        with disk_trouble():
            _write_all(self._handle, chunks)

    def commit(self) -> str:
        if self._written != self._size:
            raise Invalid(f"The part has {self._written:,} bytes of the {self._size:,} that were announced.")
        self.abort()
        with disk_trouble():
            self._mark.write_text(f"{self._size} {self._hash.hexdigest()}", encoding="ascii")
        return f'"{self._hash.hexdigest()}"'

    def abort(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def _mark(folder: Path, number: int) -> Path:
    return folder / f"part-{number:05}"


def _refuse_link(staging: Path) -> None:
    if staging.is_symlink():
        raise Denied("The folder of unfinished uploads is a symbolic link, which is not followed; remove it.")


def _create_below(staging: Path, path: Path) -> int:
    _refuse_link(staging)
    for _ in range(2):
        try:
            return os.open(path, _CREATE | os.O_EXCL, 0o666)
        except FileNotFoundError:
            staging.mkdir(parents=True, exist_ok=True)
    return os.open(path, _CREATE | os.O_EXCL, 0o666)


def _write_all(handle: int | None, chunks: Sequence[bytes]) -> None:
    if handle is None:
        raise Conflict("The upload was given up; begin it again.")
    for at in range(0, len(chunks), 512):  # IOV_MAX is 1024
        some = chunks[at : at + 512]
        size = sum(map(len, some))
        if (written := os.writev(handle, some)) < size:
            rest = memoryview(b"".join(some))[written:]
            while rest:
                rest = rest[os.write(handle, rest) :]


def _append(last: Path, data: Path, start: int) -> None:
    with last.open("rb") as source, data.open("r+b") as target:
        target.seek(start)
        shutil.copyfileobj(source, target, CHUNK_BYTES)
        target.truncate()


def _last_change(entry: os.DirEntry[str]) -> float:
    """When something was written there last; seconds since the epoch."""
    changed = entry.stat(follow_symlinks=False).st_mtime
    if entry.is_dir(follow_symlinks=False):
        for name in ("data", "last"):
            with suppress(FileNotFoundError):
                changed = max(changed, (Path(entry.path) / name).stat().st_mtime)
    return changed


@contextmanager
def disk_trouble() -> Generator[None]:
    """Turn what the disk says into an error that names no place of this machine."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOENT:
            raise no_upload() from None  # swept or aborted meanwhile
        what = (error.strerror or "input/output error").lower()
        raise Unavailable(
            f"The disk refused the upload: {what}; check the free space and the rights of the artifact folder."
        ) from error
