"""Artifacts behind a tracking server, over the proxied artifact protocol of MLflow's REST contract.

``GET PUT DELETE {server}/api/2.0/mlflow-artifacts/artifacts/{path}`` carry files,
``GET …/artifacts?path=`` lists a folder with names relative to it. The server may be Flowmill or MLflow.
Big files go up in parts where the server says that it takes them, and come down in parts where it serves ranges
or hands out signed addresses of its object store.
What a server lists is checked like any path before something is written under its name.
"""

from __future__ import annotations

import mimetypes
import os
import tempfile
from base64 import b64encode
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import msgspec

from flowmill.artifacts.bar import watched
from flowmill.artifacts.path import SafePath
from flowmill.artifacts.proxied_parts import ProxiedParts
from flowmill.artifacts.store import (
    CHUNK_BYTES,
    ArtifactStream,
    Source,
    check_range,
    files_below,
    no_artifact,
    open_source,
    parse_file,
    save_whole,
)
from flowmill.artifacts.transfer import PARALLEL_TRANSFERS, fetch_in_parts, in_parallel
from flowmill.entities.artifact import FileInfo
from flowmill.errors import Denied, FlowmillError, Invalid, NotFound, TooLarge, Unavailable, error_from_wire
from flowmill.plugins import plugin_headers, request_auth, signed
from flowmill.settings import Settings

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

ENDPOINT = "/api/2.0/mlflow-artifacts/artifacts"
CONNECT_SECONDS = 10.0
READ_SECONDS = 120.0


class HttpArtifacts:
    """An `ArtifactStore` below ``prefix`` on the tracking server at ``server_url``.

    ``headers`` go with every request (authentication). Requests that failed on the way are sent again up to
    ``retries`` times, as all of them may be repeated.
    """

    def __init__(
        self,
        server_url: str,
        prefix: str = "",
        headers: Mapping[str, str] | None = None,
        retries: int = 3,
        settings: Settings | None = None,
    ) -> None:
        self._server, login = _split_login(server_url.rstrip("/"))
        self._prefix = SafePath.parse(prefix)
        self._headers = {"Accept-Encoding": "identity", **login, **(headers or {})}
        self._retries = retries
        self._settings = settings or Settings.from_environment()
        self._auth = request_auth(self._settings)

    def put(self, path: str, source: Source) -> None:
        safe = parse_file(path)
        if isinstance(source, Path) and source.stat().st_size >= self._settings.upload_parts_from:
            parts = ProxiedParts(self, self._server, self._settings)
            if parts.put(self._prefix / safe, source):
                return
        kind = mimetypes.guess_type(safe.name)[0] or "application/octet-stream"
        with (
            open_source(source) as opened,
            _sized(opened) as (whole, size),
            watched(whole, size, safe.name) as file,
        ):
            headers = {"Content-Type": kind, "Content-Length": str(size)}
            self._ask("PUT", safe, headers=headers, body=file).drain_conn()

    def replace(self, path: str, data: bytes, tag: str | None) -> bool:
        """A server of MLflow does not look at the condition, and stores the file always."""
        safe = parse_file(path)
        kind = mimetypes.guess_type(safe.name)[0] or "application/octet-stream"
        condition = {"If-None-Match": "*"} if tag is None else {"If-Match": tag}
        url = f"{ENDPOINT}/{quote(self._prefix / safe)}"
        response = self.request("PUT", url, {"Content-Type": kind, **condition}, data)
        if response.status == 412:
            response.drain_conn()
            return False
        if response.status not in (200, 204):
            raise self._refusal(response, safe)
        response.drain_conn()
        return True

    def put_tree(self, folder: Path, path: str = "") -> None:
        top = SafePath.parse(path)
        files = [(top / below, file) for file, below in files_below(folder)]
        in_parallel(lambda pair: self.put(pair[0], pair[1]), files, what="Storing files")

    def get(self, path: str, destination: Path) -> None:
        self._get(parse_file(path), destination, None)

    def _get(self, safe: SafePath, destination: Path, size: int | None) -> None:
        """Fetch a file; ``size`` is what its listing said, if there was one."""
        destination.parent.mkdir(parents=True, exist_ok=True)
        if size is None or size >= self._settings.download_parts_from:
            signed = ProxiedParts(self, self._server, self._settings).signed_download(self._prefix / safe)
            if signed is not None:
                fetch_in_parts(*signed, None, destination, self._settings.download_part_bytes)
                return
        part = self._settings.download_part_bytes
        # The first range also says how long the file is; most files end with it.
        response = self._ask("GET", safe, headers={"Range": f"bytes=0-{part - 1}"})
        if response.status == 416:
            response.drain_conn()
            save_whole((), destination)
            return
        total = _total_of(response) if response.status == 206 else None
        if total is None or total <= part:
            try:
                save_whole(self._chunks(response, 0, None), destination)
            except Unavailable:
                if total is None:
                    self._get_whole(safe, destination)
                    return
            else:
                return
        response.close()
        tag = response.headers.get("ETag")
        fetch_in_parts(partial(self._open_part, safe, tag), total, tag, destination, part, self._retries)

    def _get_whole(self, safe: SafePath, destination: Path) -> None:
        """Fetch a file from a server that knows no ranges, from its beginning after every break."""
        broken = 0
        while True:
            with self.open_stream(safe) as stream:
                try:
                    save_whole(stream, destination)
                except Unavailable:
                    broken += 1
                    if broken > self._retries:
                        raise
                else:
                    return

    def _open_part(self, safe: SafePath, tag: str | None, start: int, length: int) -> ArtifactStream:
        """The stream of a range of the very file that ``tag`` belongs to."""
        stream = self.open_stream(safe, start, length)
        if stream.tag != tag:
            stream.close()
            raise Unavailable(f"The artifact {str(safe)!r} was changed while it was fetched; try again.")
        return stream

    def get_tree(self, path: str, destination: Path) -> Path:
        safe = SafePath.parse(path)
        place = destination / safe.name
        children = self.list(safe)
        if not children and safe:
            self.get(safe, place)
            return place
        # The whole listing is checked before the first byte is written.
        files = list(self._files_below(children))
        place.mkdir(parents=True, exist_ok=True)
        below = len(safe.parts)
        in_parallel(
            lambda file: self._get(file[0], place.joinpath(*file[0].parts[below:]), file[1]),
            files,
            what="Fetching files",
        )
        return place

    def read(self, path: str, start: int = 0, length: int | None = None) -> bytes:
        with self.open_stream(path, start, length) as stream:
            return b"".join(stream)

    def open_stream(self, path: str, start: int = 0, length: int | None = None) -> ArtifactStream:
        check_range(start, length)
        safe = parse_file(path)
        headers: dict[str, str] = {}
        if start or length is not None:
            last = "" if length is None else start + max(length, 1) - 1
            headers["Range"] = f"bytes={start}-{last}"
        response = self._ask("GET", safe, headers=headers)
        if response.status == 416:
            response.drain_conn()
            return ArtifactStream(0, iter(()), response.close)
        skip = 0 if response.status == 206 else start
        said = response.headers.get("Content-Length")
        size = None if said is None else max(0, int(said) - skip)
        if length is not None and size is not None:
            size = min(size, length)
        total = _total_of(response) if response.status == 206 else None
        tag = response.headers.get("ETag")
        return ArtifactStream(size, self._chunks(response, skip, length), response.close, total, tag)

    def list(self, path: str = "") -> list[FileInfo]:
        safe = SafePath.parse(path)
        response = self._ask("GET", None, query={"path": str(self._prefix / safe)})
        try:
            files = msgspec.json.decode(response.data, type=_Listing).files
        except msgspec.MsgspecError:
            raise Unavailable(
                f"The server at {self._server} sent no list of artifacts; check that it is a tracking server."
            ) from None
        return sorted((_listed(safe, info) for info in files), key=lambda info: info.path)

    def stat(self, path: str) -> FileInfo | None:
        safe = SafePath.parse(path)
        if not safe:
            return FileInfo(path="", is_dir=True)
        return next((info for info in self.list(safe.parent) if info.path == safe), None)

    def delete(self, path: str) -> None:
        safe = SafePath.parse(path)
        if not safe and not self._prefix:
            for child in self.list():
                self.delete(child.path)
            return
        try:
            self._ask("DELETE", safe).drain_conn()
        except NotFound:
            return

    def _files_below(self, children: list[FileInfo]) -> Iterator[tuple[SafePath, int]]:
        """Every file with its size in bytes, 0 where the listing does not say."""
        folders = [info.path for info in children if info.is_dir]
        yield from ((SafePath.parse(info.path), info.file_size or 0) for info in children if not info.is_dir)
        for below in in_parallel(self.list, folders):
            yield from self._files_below(below)

    def _ask(
        self,
        method: str,
        path: SafePath | None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        body: BinaryIO | None = None,
    ) -> BaseHTTPResponse:
        """The answer to one request, its body not yet read when it succeeded. ``path`` None asks the listing."""
        url = self._server + ENDPOINT
        if path is not None:
            url += "/" + quote(self._prefix / path)
        if query:
            url += "?" + "&".join(f"{key}={quote(value, safe='')}" for key, value in query.items())
        response = self.request(method, url, headers, body)
        if response.status not in (200, 204, 206, 416):
            raise self._refusal(response, path)
        return response

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: BinaryIO | bytes | None = None,
    ) -> BaseHTTPResponse:
        """The answer to one request, whatever its status; ``url`` may be a path of the server. The credentials go
        with it to no other server."""
        from urllib3 import Retry, Timeout
        from urllib3.exceptions import HTTPError

        own = url.startswith(("/", f"{self._server}/"))
        url = self._server + url if url.startswith("/") else url
        sent = dict(headers or {})
        if own:
            sent = signed(self._auth, method, url, {**self._headers, **plugin_headers(), **sent}, body)
        retry = Retry(
            total=self._retries,
            allowed_methods=None,
            status_forcelist=(408, 429, 502, 503, 504),
            raise_on_status=False,
            **self._settings.backoff(),
        )
        try:
            return self._connections(own).request(
                method,
                url,
                body=body,
                headers=sent,
                preload_content=False,
                redirect=False,
                retries=retry,
                timeout=Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            )
        except HTTPError as error:
            raise self._away(error) from error

    def _connections(self, own: bool) -> PoolManager:
        settings = self._settings
        if not own:  # another server, of a store: it is not shown who asks
            return _pool(os.getpid(), settings.verify_tls, None, None)
        return _pool(os.getpid(), settings.verify_tls, settings.server_certificates, settings.client_certificate)

    def _chunks(self, response: BaseHTTPResponse, skip: int, length: int | None) -> Iterator[bytes]:
        from urllib3.exceptions import HTTPError

        rest = length
        try:
            while (rest is None or rest > 0) and (chunk := response.read(CHUNK_BYTES)):
                kept = chunk[skip:] if rest is None else chunk[skip : skip + rest]
                skip = max(0, skip - len(chunk))
                if rest is not None:
                    rest -= len(kept)
                if kept:
                    yield kept
        except (HTTPError, OSError) as error:
            raise self._away(error) from error
        finally:
            response.close()  # a connection read to the end is already back in the pool

    def _away(self, error: Exception) -> Unavailable:
        cause = getattr(error, "reason", None) or error
        return Unavailable(
            f"The tracking server at {self._server} does not answer ({type(cause).__name__}); "
            "check that it runs and that the address is right."
        )

    def _refusal(self, response: BaseHTTPResponse, path: SafePath | None) -> FlowmillError:
        """The error that an answer without success stands for."""
        status = response.status
        try:
            said = msgspec.json.decode(response.data, type=_Refusal)
        except msgspec.MsgspecError:
            said = _Refusal()
        if path and status == 404 and said.error_code in ("", "RESOURCE_DOES_NOT_EXIST"):
            return no_artifact(path)
        if said.error_code:
            return error_from_wire(said.error_code, said.message or f"HTTP status {status}.")
        named = f"the artifact {str(path)!r}" if path else "the listing of artifacts"
        answer = f"The server at {self._server} refused {named} with HTTP status {status}"
        if status in (401, 403):
            return Denied(f"{answer}; check your credentials.")
        if status == 404:
            return NotFound(f"{answer}; it does not serve artifacts, or the address is not a tracking server's.")
        if status == 413:
            return TooLarge(f"{answer}; the file is larger than the server or a proxy before it accepts.")
        if status == 400:
            return Invalid(f"{answer}; it may be a folder, or a name that the server does not allow.")
        if 300 <= status < 400:
            return Unavailable(f"{answer}, a redirect; give the address that it leads to instead.")
        return Unavailable(f"{answer}; its log may say why.")


@cache
def _pool(process: int, verify_tls: bool, authorities: str | None, certificate: str | None) -> PoolManager:
    """The connections of this process; a forked child must not write into its parent's."""
    from urllib3 import PoolManager

    return PoolManager(
        maxsize=PARALLEL_TRANSFERS,
        blocksize=CHUNK_BYTES,
        cert_reqs="CERT_REQUIRED" if verify_tls else "CERT_NONE",
        ca_certs=authorities,
        cert_file=certificate,
    )


class _Listing(msgspec.Struct):
    files: list[FileInfo] = []


class _Refusal(msgspec.Struct):
    error_code: str = ""
    message: str = ""


def _listed(folder: SafePath, info: FileInfo) -> FileInfo:
    """One entry of a listing as a path of the store; a name that would lead out of its folder is an attack,
    not a file."""
    try:
        name = parse_file(info.path)
    except Invalid as error:
        raise Unavailable(f"The server listed a name that no artifact may have. {error.message}") from None
    if len(name.parts) != 1:
        raise Unavailable(f"The server listed {info.path!r}, which lies in another folder; nothing was read.")
    size = None if info.is_dir else info.file_size
    return FileInfo(path=str(folder / name), is_dir=info.is_dir, file_size=size)


def _split_login(url: str) -> tuple[str, dict[str, str]]:
    """The address without ``user:password@``, which goes into a header and never into a message."""
    parts = urlsplit(url)
    login, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, {}
    token = b64encode(unquote(login).encode()).decode()
    return urlunsplit(parts._replace(netloc=host)), {"Authorization": f"Basic {token}"}


@contextmanager
def _sized(source: BinaryIO) -> Generator[tuple[BinaryIO, int]]:
    """``source`` with the number of its bytes; what cannot be measured is first written to a temporary file."""
    if source.seekable():
        start = source.tell()
        size = source.seek(0, os.SEEK_END) - start
        source.seek(start)
        yield source, size
        return
    with tempfile.TemporaryFile() as copy:
        while chunk := source.read(CHUNK_BYTES):
            copy.write(chunk)
        size = copy.tell()
        copy.seek(0)
        yield copy, size


def _total_of(response: BaseHTTPResponse) -> int | None:
    """How many bytes the whole file has, as the answer with a range of it says."""
    total = response.headers.get("Content-Range", "").rpartition("/")[2]
    return int(total) if total.isascii() and total.isdigit() else None
