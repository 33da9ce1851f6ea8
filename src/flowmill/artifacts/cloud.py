"""Artifacts in an object store: S3 and whatever speaks its protocol, Google Cloud Storage, Azure, memory.

A folder is the common beginning of names, as with MLflow, so that either side reads what the other wrote.
"""

from __future__ import annotations

import mimetypes
import os
import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from flowmill.artifacts.bar import watched
from flowmill.artifacts.path import ROOT, SafePath
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
)
from flowmill.artifacts.transfer import fetch_in_parts, in_parallel
from flowmill.entities.artifact import FileInfo
from flowmill.errors import Denied, Invalid, NotFound, NotSupported, Unavailable

if TYPE_CHECKING:
    from obstore import GetResult, ObjectMeta
    from obstore.store import ObjectStore

    from flowmill.artifacts.s3_multipart import S3Signer

PART_BYTES = 16 << 20
"""Files that are longer go up and down in parts of this size."""

_DELETE_AT_ONCE = 1000
_PARALLEL_PARTS = 8
_PARALLEL_PARTS_OF_WRITER = 2
"""Many clients may write through a server at once, and each part in flight is memory of it."""


class CloudArtifacts:
    """A `ServedStore` below ``root`` in the bucket that ``store`` opens.

    ``shown``: the bucket's address for messages. ``signer``: makes addresses where the credentials are known;
    without one the object store's library signs what it can. ``attributes`` go with every file.
    """

    def __init__(
        self,
        store: ObjectStore,
        shown: str,
        root: SafePath = ROOT,
        signer: S3Signer | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> None:
        self._store = store
        self._shown = shown
        self._root = root
        self._signer = signer
        self._attributes = dict(attributes or {})

    def put(self, path: str, source: Source) -> None:
        self._put(parse_new_file(path), source)

    def replace(self, path: str, data: bytes, tag: str | None) -> bool:
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        safe = parse_new_file(path)
        mode: Any = "create"
        attributes: Any = self._attributes_of(safe)
        with self._speaking_of(safe):
            try:
                if tag is not None:
                    meta = obstore.head(self._store, self._key(safe))
                    if meta["e_tag"] != tag:
                        return False
                    # Google looks at the version, the others at the tag.
                    mode = {key: meta[key] for key in ("e_tag", "version") if meta[key] is not None}
                obstore.put(self._store, self._key(safe), data, mode=mode, attributes=attributes, use_multipart=False)
            except (AlreadyExistsError, PreconditionError, FileNotFoundError):
                return False
        return True

    def put_tree(self, folder: Path, path: str = "") -> None:
        top = SafePath.parse(path)
        files = [(top / below, file) for file, below in files_below(folder)]
        in_parallel(lambda pair: self.put(pair[0], pair[1]), files, what="Storing files")

    def get(self, path: str, destination: Path) -> None:
        safe = parse_file(path)
        destination.parent.mkdir(parents=True, exist_ok=True)
        with self.open_stream(safe) as stream:
            if stream.total is None or stream.total <= PART_BYTES or stream.tag is None:
                save_whole(stream, destination)
                return
        size, tag = stream.total, stream.tag
        fetch_in_parts(lambda start, length: self._range(safe, start, length, tag), size, tag, destination, PART_BYTES)

    def get_tree(self, path: str, destination: Path) -> Path:
        safe = SafePath.parse(path)
        place = destination / safe.name
        files = [file for page in self._pages(safe) for file in page]
        if not files and safe:
            self.get(safe, place)
            return place
        # Every name is checked before the first byte is written.
        places = [(self._root / safe / below, below) for below in (self._below(safe, file["path"]) for file in files)]
        place.mkdir(parents=True, exist_ok=True)
        in_parallel(
            lambda pair: self.get(safe / pair[1], place.joinpath(*pair[1].parts)), places, what="Fetching files"
        )
        return place

    def read(self, path: str, start: int = 0, length: int | None = None) -> bytes:
        with self.open_stream(path, start, length) as stream:
            return b"".join(stream)

    def open_stream(self, path: str, start: int = 0, length: int | None = None) -> ArtifactStream:
        check_range(start, length)
        safe = parse_file(path)
        asked: dict[str, Any] | None = None
        if length is not None:
            asked = {"range": (start, start + length)}
        elif start:
            asked = {"range": {"offset": start}}
        if length == 0:
            return self._nothing_of(safe)
        try:
            found = self._get(safe, asked)
        except (Unavailable, Invalid):
            # Stores differ in how they say that a range begins behind the end.
            if asked is None or start < self._meta(safe)["size"]:
                raise
            return self._nothing_of(safe)
        first, end = found.range
        tag = found.meta["e_tag"]
        return ArtifactStream(end - first, self._chunks(safe, found), lambda: None, found.meta["size"], tag)

    def list(self, path: str = "") -> list[FileInfo]:
        safe = SafePath.parse(path)
        import obstore

        with self._speaking_of(safe):
            found = obstore.list_with_delimiter(self._store, prefix=self._key(safe) or None)
        folders = [(name, None) for name in found["common_prefixes"]]
        files = [(meta["path"], meta["size"]) for meta in found["objects"]]
        infos: list[FileInfo] = []
        for key, size in (*folders, *files):
            name = key.rstrip("/").rpartition("/")[2]
            if key.rstrip("/") == self._key(safe) or UNFINISHED.fullmatch(name):
                continue  # the marker of a folder that another tool made
            try:
                below = safe / SafePath.parse(name)
            except Invalid:
                continue  # no store hands out such a name
            infos.append(FileInfo(path=str(below), is_dir=size is None, file_size=size))
        return sorted(infos, key=lambda info: info.path)

    def stat(self, path: str) -> FileInfo | None:
        safe = SafePath.parse(path)
        if not safe:
            return FileInfo(path="", is_dir=True)
        try:
            return FileInfo(path=str(safe), is_dir=False, file_size=self._meta(safe)["size"])
        except NotFound:
            return None
        except Invalid:
            return FileInfo(path=str(safe), is_dir=True)

    def delete(self, path: str) -> None:
        safe = SafePath.parse(path)
        import obstore

        for page in self._pages(safe):
            for at in range(0, len(page), _DELETE_AT_ONCE):
                with self._speaking_of(safe):
                    obstore.delete(self._store, [meta["path"] for meta in page[at : at + _DELETE_AT_ONCE]])
        if safe:
            try:
                with self._speaking_of(safe):
                    obstore.delete(self._store, self._key(safe))
            except NotFound:
                return

    @property
    def multipart(self) -> Multipart:
        """Uploads in parts: straight into the bucket where its addresses can be signed, else through the server."""
        from flowmill.artifacts.s3_multipart import S3Multipart
        from flowmill.artifacts.stored_parts import StoredParts

        if self._signer is not None:
            return S3Multipart(self._signer, self._root)
        return StoredParts(CloudArtifacts(self._store, self._shown, self._root / SafePath.parse(STAGING)), self)

    @property
    def signs(self) -> bool:
        """Whether addresses can be signed; memory has none."""
        return type(self._store).__name__ != "MemoryStore"

    def sign(self, method: Literal["GET", "PUT"], path: str, seconds: int, kind: str | None = None) -> Signed:
        safe = parse_file(path) if method == "GET" else parse_new_file(path)
        if self._signer is not None:
            headers = {"Content-Type": kind} if kind and method == "PUT" else {}
            return Signed(self._signer.sign_file(method, self._key(safe), seconds, headers), headers)
        import obstore

        if not self.signs:
            raise NotSupported(f"Files at {self._shown} have no addresses of their own.")
        with self._speaking_of(safe):
            url = obstore.sign(self._store, method, self._key(safe), timedelta(seconds=seconds))  # type: ignore[arg-type]
        azure = method == "PUT" and type(self._store).__name__ == "AzureStore"
        return Signed(url, {"x-ms-blob-type": "BlockBlob"} if azure else {})

    def open_writer(self, path: str) -> ArtifactWriter:
        return _CloudWriter(self, parse_new_file(path))

    def files_below(self, path: str = "") -> Iterator[tuple[SafePath, float]]:
        """Every file below a folder, and when it was written (seconds since the epoch)."""
        safe = SafePath.parse(path)
        for page in self._pages(safe):
            for meta in page:
                yield self._below(safe, meta["path"]), meta["last_modified"].timestamp()

    def _put(self, safe: SafePath, source: Source) -> None:
        import obstore

        attributes: Any = self._attributes_of(safe)
        # How long it is, is known of files of this machine alone.
        size = source.stat().st_size if isinstance(source, Path) else None
        with (
            open_source(source) as opened,
            nullcontext(opened) if size is None else watched(opened, size, safe.name) as file,
        ):
            first = _read_up_to(file, PART_BYTES)
            more = file.read(1)
            with self._speaking_of(safe):
                if not more:
                    obstore.put(self._store, self._key(safe), first, attributes=attributes, use_multipart=False)
                    return
                obstore.put(
                    self._store,
                    self._key(safe),
                    _rest_of(first, more, file),
                    attributes=attributes,
                    chunk_size=PART_BYTES,
                    max_concurrency=_PARALLEL_PARTS,
                )

    def _attributes_of(self, safe: SafePath) -> dict[str, str]:
        kind = mimetypes.guess_type(safe.name)[0] or "application/octet-stream"
        return {"Content-Type": kind, **self._attributes}

    def _key(self, safe: SafePath) -> str:
        return str(self._root / safe)

    def _below(self, folder: SafePath, key: str) -> SafePath:
        """The path of an object relative to ``folder``; a name that would lead out of it is an attack."""
        start = self._key(folder)
        try:
            return parse_file(key.removeprefix(f"{start}/") if start else key)
        except Invalid as error:
            raise Unavailable(f"{self._shown} holds a name that no artifact may have. {error.message}") from None

    def _pages(self, folder: SafePath) -> Iterator[Sequence[ObjectMeta]]:
        """Every object below a folder, some thousand at a time."""
        import obstore

        start = self._key(folder)
        with self._speaking_of(folder):
            for page in obstore.list(self._store, prefix=start or None, chunk_size=_DELETE_AT_ONCE):
                # The marker of a folder that another tool made is no file.
                yield [meta for meta in page if meta["path"] != start]

    def _get(self, safe: SafePath, asked: dict[str, Any] | None) -> GetResult:
        import obstore

        try:
            with self._speaking_of(safe):
                return obstore.get(self._store, self._key(safe), options=asked)  # type: ignore[arg-type]
        except NotFound:
            self._refuse_folder(safe)
            raise

    def _range(self, safe: SafePath, start: int, length: int, tag: str) -> ArtifactStream:
        found = self._get(safe, {"range": (start, start + length), "if_match": tag})
        return ArtifactStream(length, self._chunks(safe, found), lambda: None)

    def _meta(self, safe: SafePath) -> ObjectMeta:
        import obstore

        try:
            with self._speaking_of(safe):
                return obstore.head(self._store, self._key(safe))
        except NotFound:
            self._refuse_folder(safe)
            raise

    def _nothing_of(self, safe: SafePath) -> ArtifactStream:
        meta = self._meta(safe)
        return ArtifactStream(0, iter(()), lambda: None, meta["size"], meta["e_tag"])

    def _refuse_folder(self, safe: SafePath) -> None:
        if any(self._pages(safe)):
            raise Invalid(f"The artifact {str(safe)!r} is a folder, not a file; name a file inside it.")

    def _chunks(self, safe: SafePath, found: GetResult) -> Iterator[bytes]:
        with self._speaking_of(safe):
            for chunk in found.stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(chunk)

    @contextmanager
    def _speaking_of(self, safe: SafePath) -> Generator[None]:
        """Turn what the object store says into an error of ours, without its long report."""
        from obstore.exceptions import BaseError

        _refuse_after_fork()
        try:
            yield
        except FileNotFoundError as error:
            if "NoSuchBucket" in str(error) or "ContainerNotFound" in str(error):
                raise self._no_bucket() from None
            raise no_artifact(safe) from None
        except (BaseError, PermissionError, FileExistsError, ValueError) as error:
            raise self._refusal(safe, error) from None

    def _refusal(self, safe: SafePath, error: Exception) -> Exception:
        name, text = type(error).__name__, str(error)
        if "NoSuchBucket" in text or "ContainerNotFound" in text:
            return self._no_bucket()
        said = re.search(r"<Message>(.*?)</Message>", text) or re.search(r"non-2xx status code: (\d+ [\w ]+)", text)
        what = said[1] if said else text.partition("\n")[0].partition(" - ")[2] or text.partition("\n")[0]
        about = f"the artifact {str(safe)!r}" if safe else "the artifacts"
        if name in ("PermissionDeniedError", "UnauthenticatedError", "PermissionError"):
            return Denied(f"{self._shown} refused {about}: {what[:300].rstrip('.')}; check the credentials.")
        if name == "PreconditionError":
            return Unavailable(f"The artifact {str(safe)!r} was changed while it was read; try again.")
        return Unavailable(
            f"{self._shown} does not serve {about}: {what[:300].rstrip('.')}; check the address, the region and the "
            "network, and try again."
        )

    def _no_bucket(self) -> Unavailable:
        return Unavailable(f"There is no bucket or container at {self._shown}; make it, or name another.")


class _CloudWriter:
    """An `ArtifactWriter` that sends parts while more bytes come."""

    def __init__(self, store: CloudArtifacts, path: SafePath) -> None:
        import obstore

        speaking: Callable[[SafePath], Any] = store._speaking_of  # pyright: ignore[reportPrivateUsage]
        self._speaking = lambda: speaking(path)
        with self._speaking():
            self._file = obstore.open_writer(
                store._store,  # pyright: ignore[reportPrivateUsage]
                store._key(path),  # pyright: ignore[reportPrivateUsage]
                attributes=store._attributes_of(path),  # type: ignore[arg-type]  # pyright: ignore
                buffer_size=PART_BYTES,
                max_concurrency=_PARALLEL_PARTS_OF_WRITER,
            )
        self._open = True

    def write(self, chunks: Sequence[bytes]) -> None:
        with self._speaking():
            for chunk in chunks:
                self._file.write(chunk)

    def commit(self) -> str:
        self._open = False
        with self._speaking():
            self._file.close()
        return ""

    def abort(self) -> None:
        if self._open:
            self._open = False
            # Leaving the block of an obstore writer with an error aborts its upload.
            self._file.__exit__(RuntimeError, RuntimeError("given up"), None)


_used_in: list[int] = []
"""The process whose threads obstore runs in, once it does."""


def _refuse_after_fork() -> None:
    """Refuse to wait for threads that a forked child does not have."""
    if not _used_in:
        _used_in.append(os.getpid())
    elif _used_in[0] != os.getpid():
        raise Unavailable(
            "This process was forked from one that had used an object store, whose connections do not survive that; "
            "start workers with multiprocessing's 'spawn', or log files from the first process."
        )


def _read_up_to(file: BinaryIO, size: int) -> bytes:
    chunks: list[bytes] = []
    rest = size
    while rest and (chunk := file.read(min(rest, CHUNK_BYTES))):
        chunks.append(chunk)
        rest -= len(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _rest_of(first: bytes, more: bytes, file: BinaryIO) -> Iterator[bytes]:
    yield first
    yield more
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
