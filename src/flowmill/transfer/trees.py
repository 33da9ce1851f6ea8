"""Copying trees of files from one artifact store to another, each file hashed on its way and read back."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import BinaryIO, TypeVar, cast

from flowmill.artifacts.local import LocalArtifacts
from flowmill.artifacts.store import ArtifactStore, ArtifactStream
from flowmill.entities.artifact import FileInfo
from flowmill.errors import FlowmillError

T = TypeVar("T")
R = TypeVar("R")

_AT_ONCE = 8


@dataclass(frozen=True)
class File:
    """A file of a tree: path, bytes, and, where it is cheap to know, when it was last changed (ns)."""

    path: str
    size: int
    changed: int = 0


@dataclass
class Copied:
    """What a copy of a tree did. ``same``: files that were there already; ``problems``: files that were not copied."""

    files: int = 0
    bytes: int = 0
    same: int = 0
    verified: int = 0
    problems: list[str] = field(default_factory=list[str])


def files_of(store: ArtifactStore) -> list[File]:
    """Every file of a store, by path."""
    found = [File(info.path, info.file_size or 0, _changed(store, info.path)) for info in _walk(store, "")]
    return sorted(found, key=lambda file: file.path)


def copy_tree(files: list[File], source: ArtifactStore, target: ArtifactStore) -> Copied:
    """Copy these files. One that is there with the same content is not sent again; one that fails is told."""
    done = Copied()
    for file in files:
        try:
            _copy(file, source, target, done)
        except (FlowmillError, OSError) as error:
            done.problems.append(f"{file.path}: {error}")
    return done


def in_parallel(function: Callable[[T], R], items: list[T]) -> list[R]:
    """The results, in order, of a function that waits for files."""
    if len(items) < 2:
        return [function(item) for item in items]
    with ThreadPoolExecutor(min(_AT_ONCE, len(items)), "flowmill-files") as threads:
        return list(threads.map(function, items))


def _copy(file: File, source: ArtifactStore, target: ArtifactStore, done: Copied) -> None:
    there = target.stat(file.path)
    if there is not None and not there.is_dir and there.file_size in (None, file.size):
        with source.open_stream(file.path) as stream:
            expected = _hash(stream)
        if _hash_at(target, file.path) == expected:
            done.same += 1
            done.verified += 1
            return
    with source.open_stream(file.path) as stream:
        hashed = _Hashed(stream)
        # What is read is hashed as it passes, so that the source is read once.
        target.put(file.path, cast(BinaryIO, io.BufferedReader(hashed, 1 << 20)))
    done.files += 1
    done.bytes += hashed.count
    if _hash_at(target, file.path) != hashed.digest():
        done.problems.append(f"{file.path}: what was written is not what was read; run the command again.")
    else:
        done.verified += 1


def _walk(store: ArtifactStore, folder: str) -> Iterator[FileInfo]:
    for info in store.list(folder):
        if info.is_dir:
            yield from _walk(store, info.path)
        else:
            yield info


def _changed(store: ArtifactStore, path: str) -> int:
    return store.place(path).stat().st_mtime_ns if isinstance(store, LocalArtifacts) else 0


def _hash_at(store: ArtifactStore, path: str) -> str:
    with store.open_stream(path) as stream:
        return _hash(stream)


def _hash(stream: ArtifactStream) -> str:
    found = hashlib.sha256()
    for chunk in stream:
        found.update(chunk)
    return found.hexdigest()


class _Hashed(io.RawIOBase):
    """A stream of chunks as a file that is hashed while it is read."""

    def __init__(self, stream: ArtifactStream) -> None:
        self._stream = stream
        self._rest = b""
        self._hash = hashlib.sha256()
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._rest:
            chunk = next(self._stream, None)
            if chunk is None:
                return 0
            self._hash.update(chunk)
            self.count += len(chunk)
            self._rest = chunk
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def digest(self) -> str:
        return self._hash.hexdigest()
