"""Big files in parts through a tracking server, by MLflow's protocol for them; the server may be either's.

Up: ``POST mpu/create`` gives an address for each part, of the object store behind the server or of the server
itself, and ``mpu/complete`` puts the file in its place. Down: ``GET presigned`` gives one address, of which ranges
are fetched. What a server can, its ``server-info`` says.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import quote

import msgspec

from flowmill.artifacts.path import SafePath
from flowmill.artifacts.store import CHUNK_BYTES, ArtifactStream
from flowmill.artifacts.transfer import OpenRange, in_parallel, parts_of, tried_again
from flowmill.errors import FlowmillError, Invalid, Unavailable
from flowmill.settings import Settings

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

API = "/api/2.0/mlflow-artifacts"
MOST_PARTS = 10_000
T = TypeVar("T", bound=msgspec.Struct)
PARALLEL_PARTS = 4


class Connection(Protocol):
    """Who sends the requests: knows the server, its credentials and how often to try."""

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> BaseHTTPResponse:
        """The answer to one request."""
        ...


class _Features(msgspec.Struct):
    multipart_uploads_enabled: bool = False
    multipart_downloads_enabled: bool = False


_KNOWN_SECONDS = 60
_known: dict[str, tuple[float, _Features]] = {}
"""What servers can, and when they said so."""


class _Credential(msgspec.Struct):
    url: str
    part_number: int
    headers: dict[str, str] = {}


class _Created(msgspec.Struct):
    upload_id: str
    credentials: list[_Credential] = []


class _Signed(msgspec.Struct):
    url: str
    headers: dict[str, str] = {}
    file_size: int | None = None


class ProxiedParts:
    """Uploads and downloads in parts of files whose paths are relative to the server's root."""

    def __init__(self, connection: Connection, server: str, settings: Settings) -> None:
        self._connection = connection
        self._server = server
        self._settings = settings

    def put(self, path: SafePath, file: Path) -> bool:
        """Send a file; False when the server takes no parts, or its object store cannot be reached from here, so
        that the file has to go in one piece."""
        wanted = self._settings.proxy_multipart_upload
        if wanted is False or (wanted is None and not self._features().multipart_uploads_enabled):
            return False
        size = file.stat().st_size
        parts = list(parts_of(size, self._settings.upload_part_bytes, MOST_PARTS))
        folder = quote(path.parent)
        answer = self._order(f"{API}/mpu/create/{folder}", {"path": path.name, "num_parts": len(parts)})
        if answer.status != 200:
            return False
        created = _decoded(answer, _Created)
        if len(created.credentials) != len(parts):
            raise Unavailable(
                f"The server gave {len(created.credentials)} addresses for {len(parts)} parts; try again."
            )
        upload = {"path": path.name, "upload_id": created.upload_id}
        try:
            with file.open("rb") as opened:
                handle = opened.fileno()
                tags = in_parallel(
                    lambda each: self._put_part(handle, *each),
                    list(zip(created.credentials, parts, strict=True)),
                    PARALLEL_PARTS,
                    what=f"Storing parts of {path.name}",
                )
            told = [
                {"part_number": each.part_number, "etag": tag, "url": each.url}
                for each, tag in zip(created.credentials, tags, strict=True)
            ]
            answer = self._order(f"{API}/mpu/complete/{folder}", {**upload, "parts": told})
            if answer.status != 200:
                raise Unavailable(f"The server did not complete the upload of {path.name!r}: {_said(answer)}")
        except BaseException as error:
            self._order(f"{API}/mpu/abort/{folder}", upload)
            if isinstance(error, _OutOfReach):
                return False
            raise
        return True

    def signed_download(self, path: SafePath) -> tuple[OpenRange, int] | None:
        """How to open ranges of a file past the server, and its size in bytes; None where the server hands out no
        addresses, the file is not worth it, or the address cannot be reached from here."""
        wanted = self._settings.proxy_multipart_download
        if wanted is False or (wanted is None and not self._features().multipart_downloads_enabled):
            return None
        answer = self._connection.request("GET", f"{API}/presigned/{quote(path)}")
        if answer.status != 200:
            return None
        signed = _decoded(answer, _Signed)
        if signed.file_size is None or signed.file_size < self._settings.download_parts_from:
            return None
        open_range = partial(self._open_range, signed)
        try:
            open_range(0, 1).close()
        except FlowmillError:
            return None
        return open_range, signed.file_size

    def _put_part(self, handle: int, credential: _Credential, part: tuple[int, int]) -> str:
        """Send one part, again where it fails; its ETag."""
        start, length = part
        content = os.pread(handle, length, start)
        if len(content) != length:
            raise Invalid("The file became shorter while it was sent; send it again when nobody writes to it.")
        digest = hashlib.md5(content, usedforsecurity=False).hexdigest()

        def send() -> str:
            answer = self._connection.request("PUT", credential.url, credential.headers, content)
            answer.drain_conn()
            if answer.status in (403, 404, 410):
                raise _OutOfReach(f"Part {credential.part_number} was refused with HTTP status {answer.status}.")
            if answer.status not in (200, 201):
                raise Unavailable(f"Part {credential.part_number} was refused with HTTP status {answer.status}.")
            tag = answer.headers.get("ETag", "")
            if "/artifact-uploads/" in credential.url and tag.strip('"') != digest:
                raise Unavailable(f"Part {credential.part_number} did not arrive as it was sent; try again.")
            return tag

        try:
            return tried_again(send)
        except Unavailable as error:
            raise _OutOfReach(error.message) from error

    def _open_range(self, signed: _Signed, start: int, length: int) -> ArtifactStream:
        headers = {**signed.headers, "Range": f"bytes={start}-{start + length - 1}"}
        answer = self._connection.request("GET", signed.url, headers)
        if answer.status != 206:
            answer.close()
            raise Unavailable(f"The object store refused a range of the file with HTTP status {answer.status}.")
        return ArtifactStream(length, _chunks_of(answer), answer.close)

    def _order(self, url: str, fields: Mapping[str, object]) -> BaseHTTPResponse:
        body = msgspec.json.encode(fields)
        return self._connection.request("POST", url, {"Content-Type": "application/json"}, body)

    def _features(self) -> _Features:
        """What the server says that it can; asked once in a while."""
        known = _known.get(self._server)
        if known is None or known[0] < time.monotonic() - _KNOWN_SECONDS:
            answer = self._connection.request("GET", "/api/3.0/mlflow/server-info")
            features = _decoded(answer, _Features) if answer.status == 200 else _Features()
            _known[self._server] = known = (time.monotonic(), features)
        return known[1]


class _OutOfReach(Unavailable):
    """The parts do not get to where the server wants them, whatever is tried."""


def _chunks_of(answer: BaseHTTPResponse) -> Iterator[bytes]:
    from urllib3.exceptions import HTTPError

    try:
        while chunk := answer.read(CHUNK_BYTES):
            yield chunk
    except (HTTPError, OSError) as error:
        raise Unavailable(f"The object store broke off ({type(error).__name__}); try again.") from error
    finally:
        answer.close()


def _decoded(answer: BaseHTTPResponse, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.data, type=kind, strict=False)
    except msgspec.MsgspecError:
        raise Unavailable("The server answered with something else than was asked for; check its address.") from None


def _said(answer: BaseHTTPResponse) -> str:
    try:
        return str(msgspec.json.decode(answer.data)["message"])
    except (msgspec.MsgspecError, KeyError, TypeError):
        return f"HTTP status {answer.status}."
