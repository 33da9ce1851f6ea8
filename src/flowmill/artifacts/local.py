"""Artifacts in a folder of this machine.

Every path is walked one name at a time from an open handle on the root, and no link is ever followed below
it, so neither a planted link nor one that appears during the walk leads outside. The root itself may be a
link: whoever runs the store chose it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from flowmill.artifacts.local_parts import LocalParts, StagedFile
from flowmill.artifacts.path import SafePath
from flowmill.artifacts.store import (
    CHUNK_BYTES,
    STAGING,
    UNFINISHED,
    ArtifactStream,
    ArtifactWriter,
    Multipart,
    Signed,
    Source,
    check_range,
    files_below,
    no_artifact,
    open_source,
    parse_file,
    parse_new_file,
    save_whole,
    unfinished_name,
)
from flowmill.entities.artifact import FileInfo
from flowmill.errors import Denied, Invalid, NotSupported, Unavailable

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # a planted pipe must not block the open
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class LocalArtifacts:
    """An `ArtifactStore` in the folder ``root``, which is made by the first `put`.

    A file is written beside its place and moved there whole; after a crash of the machine (not of the
    process) the newest files may be missing, since nothing is forced to disk.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, path: str, source: Source) -> None:
        safe = parse_new_file(path)
        writing = _speaking_of(safe, writing=True)
        with open_source(source) as file, writing, self._folder(safe.parent, create=True) as folder:
            _refuse_folder(folder, safe)
            _write_whole(folder, safe.name, file)

    def replace(self, path: str, data: bytes, tag: str | None) -> bool:
        safe = parse_new_file(path)
        with _speaking_of(safe, writing=True), self._folder(safe.parent, create=True) as folder:
            fcntl.flock(folder, fcntl.LOCK_EX)  # until the handle is closed; other processes wait here
            _refuse_folder(folder, safe)
            if _tag_in(folder, safe.name) != tag:
                return False
            _write_whole(folder, safe.name, BytesIO(data))
            return True

    def put_tree(self, folder: Path, path: str = "") -> None:
        top = SafePath.parse(path)
        for file, below in files_below(folder):
            self.put(top / below, file)

    def get(self, path: str, destination: Path) -> None:
        safe = parse_file(path)
        destination.parent.mkdir(parents=True, exist_ok=True)
        with self.open_stream(safe) as stream:
            save_whole(stream, destination)

    def get_tree(self, path: str, destination: Path) -> Path:
        safe = SafePath.parse(path)
        info = self.stat(safe)
        if info is None:
            raise no_artifact(safe)
        place = destination / safe.name
        if info.is_dir:
            place.mkdir(parents=True, exist_ok=True)
            for child in self.list(safe):
                self.get_tree(child.path, place)
        else:
            self.get(safe, place)
        return place

    def read(self, path: str, start: int = 0, length: int | None = None) -> bytes:
        check_range(start, length)
        with self._open(parse_file(path)) as file:
            file.seek(start)
            return file.read(-1 if length is None else length)

    def open_stream(self, path: str, start: int = 0, length: int | None = None) -> ArtifactStream:
        check_range(start, length)
        file = self._open(parse_file(path))
        status = os.fstat(file.fileno())
        rest = max(0, status.st_size - start)
        size = rest if length is None else min(rest, length)
        file.seek(start)
        return ArtifactStream(size, _chunks(file, size), file.close, status.st_size, _tag(status))

    def list(self, path: str = "") -> list[FileInfo]:
        safe = SafePath.parse(path)
        try:
            with _speaking_of(safe), self._folder(safe) as folder:
                infos = [_info(folder, name, safe) for name in _names_in(folder) if not UNFINISHED.fullmatch(name)]
        except (FileNotFoundError, NotADirectoryError):
            return []
        return [info for info in infos if info is not None]

    def stat(self, path: str) -> FileInfo | None:
        safe = SafePath.parse(path)
        if not safe:
            return FileInfo(path="", is_dir=True)
        try:
            with _speaking_of(safe), self._folder(safe.parent) as folder:
                return _info(folder, safe.name, safe.parent)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def delete(self, path: str) -> None:
        safe = SafePath.parse(path)
        nothing_there = suppress(FileNotFoundError, NotADirectoryError)
        with nothing_there, _speaking_of(safe), self._folder(safe.parent) as folder:
            for name in [safe.name] if safe else _names_in(folder):
                _remove(folder, name)

    @property
    def multipart(self) -> Multipart:
        """Uploads whose parts are written to where they belong in one file."""
        return LocalParts(self._root / STAGING, self._adopt)

    @property
    def signs(self) -> bool:
        """Nobody but this process reaches the disk."""
        return False

    def sign(self, method: str, path: str, seconds: int, kind: str | None = None) -> Signed:
        raise NotSupported("A folder has no addresses to be signed; the server hands its files out itself.")

    def open_writer(self, path: str) -> ArtifactWriter:
        """A file of the staging folder, which is moved to its place."""
        safe = parse_new_file(path)
        with _speaking_of(safe, writing=True), self._folder(safe.parent, create=True) as folder:
            _refuse_folder(folder, safe)
            return StagedFile(self._root / STAGING, partial(self._adopt, safe))

    def _adopt(self, path: SafePath, file: Path) -> None:
        """Move a file of the staging folder to its place."""
        safe = parse_new_file(path)
        with _speaking_of(safe, writing=True), self._folder(safe.parent, create=True) as folder:
            _refuse_folder(folder, safe)
            try:
                os.replace(file, safe.name, dst_dir_fd=folder)
            except OSError as error:
                if error.errno != errno.EXDEV:  # somebody mounted another disk below the root
                    raise
                with file.open("rb") as source:
                    _write_whole(folder, safe.name, source)
                file.unlink()

    def place(self, path: str = "") -> Path:
        """Where the file or folder lies on this machine, for those who need no copy of it. Raises like
        `get_tree` when it is not there or a link stands in the way."""
        safe = SafePath.parse(path)
        if self.stat(safe) is None:
            raise no_artifact(safe)
        return self._root.joinpath(*safe.parts)

    @contextmanager
    def _folder(self, path: SafePath, create: bool = False) -> Generator[int]:
        """An open handle on the folder ``path``, reached without following a link."""
        if create:
            self._root.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._root, _FOLDER)
        try:
            for name in path.parts:
                below = _step_into(handle, name, path, create)
                os.close(handle)
                handle = below
            yield handle
        finally:
            os.close(handle)

    def _open(self, path: SafePath) -> BinaryIO:
        try:
            with _speaking_of(path), self._folder(path.parent) as folder:
                handle = os.open(path.name, _READ, dir_fd=folder)
        except (FileNotFoundError, NotADirectoryError):
            raise no_artifact(path) from None
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            os.close(handle)
            kind = "a folder" if stat.S_ISDIR(mode) else "no regular file"
            raise Invalid(f"The artifact {str(path)!r} is {kind}, not a file; name a file inside it.")
        return os.fdopen(handle, "rb")


def _step_into(handle: int, name: str, path: SafePath, create: bool) -> int:
    flags = _FOLDER | os.O_NOFOLLOW
    try:
        return os.open(name, flags, dir_fd=handle)
    except FileNotFoundError:
        if not create:
            raise
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=handle)
        return os.open(name, flags, dir_fd=handle)
    except NotADirectoryError:
        if stat.S_ISLNK(os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode):
            raise _is_link(path) from None
        if create:
            raise Invalid(f"{name!r} in the path {str(path)!r} is a file; choose another folder.") from None
        raise


def _write_whole(folder: int, name: str, source: BinaryIO) -> None:
    unfinished = unfinished_name()
    target = os.fdopen(os.open(unfinished, _CREATE, 0o666, dir_fd=folder), "wb")
    try:
        with target:
            shutil.copyfileobj(source, target, CHUNK_BYTES)
        os.replace(unfinished, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(unfinished, dir_fd=folder)
        raise


def _refuse_folder(folder: int, path: SafePath) -> None:
    with suppress(FileNotFoundError):
        if stat.S_ISDIR(os.stat(path.name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise Invalid(f"The artifact {str(path)!r} is a folder; give the file another name.")


def _names_in(folder: int) -> list[str]:
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries)


def _info(folder: int, name: str, parent: SafePath) -> FileInfo | None:
    """What the entry ``name`` is; None for links, devices and names that no `SafePath` can spell, which no
    store hands out."""
    try:
        path = parent / SafePath.parse(name)
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except (Invalid, FileNotFoundError):
        return None
    if stat.S_ISDIR(status.st_mode):
        return FileInfo(path=str(path), is_dir=True)
    if stat.S_ISREG(status.st_mode):
        return FileInfo(path=str(path), is_dir=False, file_size=status.st_size)
    return None


def _remove(folder: int, name: str) -> None:
    """Remove one entry; a link goes, what it points to stays."""
    if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        shutil.rmtree(name, dir_fd=folder)
    else:
        os.unlink(name, dir_fd=folder)


def _chunks(file: BinaryIO, size: int) -> Iterator[bytes]:
    rest = size
    with file:
        while rest and (chunk := file.read(min(rest, CHUNK_BYTES))):
            rest -= len(chunk)
            yield chunk


def _tag(status: os.stat_result) -> str:
    return f'"{status.st_ino:x}-{status.st_mtime_ns:x}-{status.st_size:x}"'


def _tag_in(folder: int, name: str) -> str | None:
    try:
        return _tag(os.stat(name, dir_fd=folder, follow_symlinks=False))
    except FileNotFoundError:
        return None


def _is_link(path: SafePath) -> Denied:
    return Denied(
        f"The artifact path {str(path)!r} leads over a symbolic link, which is not followed; replace the link "
        "by the files it points to."
    )


@contextmanager
def _speaking_of(path: SafePath, writing: bool = False) -> Generator[None]:
    """Turn what the system says into an error that names the artifact and no place of this machine. That
    nothing is there is for a reading caller to judge; a writing one makes what is missing, or cannot."""
    try:
        yield
    except OSError as error:
        if isinstance(error, FileNotFoundError | NotADirectoryError) and not writing:
            raise
        if error.errno == errno.ELOOP:
            raise _is_link(path) from None
        where = f"the artifact {str(path)!r}" if path else "the artifact folder"
        what = (error.strerror or "input/output error").lower()
        raise Unavailable(
            f"The disk refused {where}: {what}; check the free space and the rights of the artifact folder."
        ) from error
