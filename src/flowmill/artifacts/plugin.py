"""Artifact stores of other packages, which MLflow knows by the entry points ``mlflow.artifact_repository``."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flowmill.artifacts.path import SafePath
from flowmill.artifacts.store import (
    CHUNK_BYTES,
    ArtifactStore,
    ArtifactStream,
    Source,
    check_range,
    no_artifact,
    open_source,
    parse_file,
    parse_new_file,
)
from flowmill.entities.artifact import FileInfo
from flowmill.errors import FlowmillError, Unavailable
from flowmill.providers import ArtifactRepository


class PluginArtifacts:
    """The store that a plugin's repository is. What it raises ends as Unavailable, with its own words.

    A repository moves whole files between disks, so that a part of one costs the whole of it.
    """

    def __init__(self, repository: Any, uri: str) -> None:
        self._repository = repository
        self._uri = uri

    def put(self, path: str, source: Source) -> None:
        safe = parse_new_file(path)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / safe.name
            if isinstance(source, Path) and source.name == safe.name:
                file = source
            else:
                with open_source(source) as given, file.open("wb") as target:
                    shutil.copyfileobj(given, target, CHUNK_BYTES)
            with self._told():
                self._repository.log_artifact(str(file), str(safe.parent) or None)

    def replace(self, path: str, data: bytes, tag: str | None) -> bool:
        """As the protocol has it, but that another may come between the look at what is there and the write."""
        there = self.stat(path)
        now = _tag_of(self.read(path)) if there else None
        if now != tag:
            return False
        self.put(path, data)
        return True

    def put_tree(self, folder: Path, path: str = "") -> None:
        safe = SafePath.parse(path)
        with self._told():
            self._repository.log_artifacts(str(folder), str(safe) or None)

    def get(self, path: str, destination: Path) -> None:
        safe = parse_file(path)
        with tempfile.TemporaryDirectory() as folder:
            with self._told():
                found = Path(self._repository.download_artifacts(str(safe), folder))
            if not found.is_file():
                raise no_artifact(path)
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(found, destination)

    def get_tree(self, path: str, destination: Path) -> Path:
        safe = SafePath.parse(path)
        if safe and self.stat(path) is None:
            raise no_artifact(path)
        target = destination / safe.name if safe else destination
        with tempfile.TemporaryDirectory() as folder:
            with self._told():
                found = Path(self._repository.download_artifacts(str(safe), folder))
            if found.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(found, target)
            else:
                shutil.copytree(found, target, dirs_exist_ok=True)
        return target

    def read(self, path: str, start: int = 0, length: int | None = None) -> bytes:
        with self.open_stream(path, start, length) as stream:
            return b"".join(stream)

    def open_stream(self, path: str, start: int = 0, length: int | None = None) -> ArtifactStream:
        check_range(start, length)
        copy = tempfile.TemporaryDirectory()
        try:
            file = Path(copy.name) / "file"
            self.get(path, file)
            total = file.stat().st_size
            size = max(0, total - start) if length is None else min(length, max(0, total - start))
            with file.open("rb") as opened:
                tag = hashlib.file_digest(opened, "sha256").hexdigest()
        except BaseException:
            copy.cleanup()
            raise
        return ArtifactStream(size, _chunks(file, start, size), copy.cleanup, total, f'"{tag}"')

    def list(self, path: str = "") -> list[FileInfo]:
        safe = SafePath.parse(path)
        with self._told():
            found: list[Any] = self._repository.list_artifacts(str(safe) or None) or []
        infos = [
            FileInfo(str(SafePath.parse(each.path)), each.is_dir, None if each.is_dir else each.file_size)
            for each in found
        ]
        return sorted(infos, key=lambda info: info.path)

    def stat(self, path: str) -> FileInfo | None:
        safe = SafePath.parse(path)
        if not safe:
            return FileInfo("", is_dir=True)
        return next((each for each in self.list(str(safe.parent)) if each.path == str(safe)), None)

    def delete(self, path: str) -> None:
        safe = SafePath.parse(path)
        if not safe or self.stat(path) is not None:
            with self._told():
                self._repository.delete_artifacts(str(safe) or None)

    @contextmanager
    def _told(self) -> Generator[None]:
        try:
            yield
        except FlowmillError:
            raise
        except Exception as error:  # a plugin may raise whatever it likes
            kind = type(self._repository).__name__
            raise Unavailable(f"{kind}, which keeps the artifacts at {self._uri!r}, failed: {error}") from error


class StoreRepository(ArtifactRepository):
    """A store of ours as code has it that asks MLflow for a repository."""

    def __init__(self, artifact_uri: str, store: ArtifactStore) -> None:
        super().__init__(artifact_uri)
        self._store = store

    def log_artifact(self, local_file: str, artifact_path: str | None = None) -> None:
        file = Path(local_file)
        self._store.put(f"{artifact_path}/{file.name}" if artifact_path else file.name, file)

    def log_artifacts(self, local_dir: str, artifact_path: str | None = None) -> None:
        self._store.put_tree(Path(local_dir), artifact_path or "")

    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        return self._store.list(path or "")

    def _download_file(self, remote_file_path: str, local_path: str) -> None:
        self._store.get(remote_file_path, Path(local_path))

    def delete_artifacts(self, artifact_path: str | None = None) -> None:
        self._store.delete(artifact_path or "")


def _tag_of(data: bytes) -> str:
    return f'"{hashlib.sha256(data).hexdigest()}"'


def _chunks(file: Path, start: int, size: int) -> Iterator[bytes]:
    with file.open("rb") as opened:
        opened.seek(start)
        while size and (chunk := opened.read(min(CHUNK_BYTES, size))):
            size -= len(chunk)
            yield chunk
