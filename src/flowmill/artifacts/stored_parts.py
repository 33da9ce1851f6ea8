"""Multipart uploads through the server into any object store: each part is an object until all are there.

For stores whose own multipart protocol cannot be handed to a client: completing reads the parts and writes the
file, in bounded memory.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from flowmill.artifacts.local_parts import (
    Target,
    check_count,
    check_parts,
    name_of,
    new_upload_id,
    no_upload,
    read_target,
    target_text,
)
from flowmill.artifacts.path import SafePath
from flowmill.artifacts.store import ArtifactWriter, Part
from flowmill.errors import Invalid, NotFound

if TYPE_CHECKING:
    from flowmill.artifacts.cloud import CloudArtifacts


class StoredParts:
    """`Multipart` uploads that wait in ``staging`` and end in ``target``."""

    def __init__(self, staging: CloudArtifacts, target: CloudArtifacts) -> None:
        self._staging = staging
        self._target = target

    def create(self, path: SafePath, count: int) -> str:
        check_count(count)
        upload = new_upload_id()
        self._staging.put(f"{name_of(upload)}/target", target_text(path, count).encode())
        return upload

    def addresses(self, upload: str, path: SafePath, count: int, seconds: int) -> None:
        return None

    def open_part(self, upload: str, number: int, size: int) -> ArtifactWriter:
        name, target = self._open(upload)
        target.check_part(number)
        return _StoredPart(self._staging, name, number, size)

    def complete(self, upload: str, path: SafePath, parts: Sequence[Part]) -> None:
        name, (count, _, wanted) = self._open(upload)
        if wanted != path:
            raise no_upload()
        tags: list[str] = []
        for number in range(1, count + 1):
            try:
                tags.append(self._staging.read(f"{name}/{number:05}.md5").decode())
            except NotFound:
                raise Invalid(f"Part {number} of {count} was not received; send it, then complete.") from None
        check_parts(parts, tags)
        writer = self._target.open_writer(path)
        try:
            for number in range(1, count + 1):
                with self._staging.open_stream(f"{name}/{number:05}") as stream:
                    for chunk in stream:
                        writer.write([chunk])
            writer.commit()
        except BaseException:
            writer.abort()
            raise
        self._staging.delete(name)

    def abort(self, upload: str, path: SafePath) -> None:
        name, target = self._open(upload)
        if target.path != path:
            raise no_upload()
        self._staging.delete(name)

    def sweep(self, seconds: float) -> int:
        newest: dict[str, float] = {}
        for path, written in self._staging.files_below():
            upload = path.parts[0]
            newest[upload] = max(written, newest.get(upload, 0.0))
        old = [upload for upload, written in newest.items() if written < time.time() - seconds]
        for upload in old:
            self._staging.delete(upload)
        return len(old)

    def _open(self, upload: str) -> tuple[str, Target]:
        """Where an upload is kept, and what it is for."""
        name = name_of(upload)
        try:
            return name, read_target(self._staging.read(f"{name}/target").decode())
        except NotFound:
            raise no_upload() from None


class _StoredPart:
    """An `ArtifactWriter` of one part; its ETag is its MD5, as S3's is."""

    def __init__(self, staging: CloudArtifacts, folder: str, number: int, size: int) -> None:
        self._staging = staging
        self._name = f"{folder}/{number:05}"
        self._size = size
        self._written = 0
        self._hash = hashlib.md5(usedforsecurity=False)
        self._writer = staging.open_writer(self._name)

    def write(self, chunks: Sequence[bytes]) -> None:
        for chunk in chunks:
            self._hash.update(chunk)
            self._written += len(chunk)
        self._writer.write(chunks)

    def commit(self) -> str:
        if self._written != self._size:
            self._writer.abort()
            raise Invalid(f"The part has {self._written:,} bytes of the {self._size:,} that were announced.")
        self._writer.commit()
        self._staging.put(f"{self._name}.md5", self._hash.hexdigest().encode())
        return f'"{self._hash.hexdigest()}"'

    def abort(self) -> None:
        self._writer.abort()
