"""Artifacts over HTTP: listing, upload, download. No client names a place: paths are relative to the server's root.

What is downloaded is inert in a browser: it comes as an attachment, with a sandbox policy and without
guessing of its type.
"""

from __future__ import annotations

import asyncio
import mimetypes
import tempfile
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from flowmill.artifacts import ArtifactStore, SafePath
from flowmill.entities.artifact import FileInfo
from flowmill.entities.trash import PurgeReport
from flowmill.errors import Denied, Invalid, NotFound
from flowmill.server.http import Incoming, Outgoing
from flowmill.store.purge import purge_trash
from flowmill.store.sql.engine import SqlStore
from flowmill.wire.artifacts import (
    ArtifactList,
    ListArtifacts,
    ListLoggedModelArtifacts,
    ListProxiedArtifacts,
    ProxiedList,
)
from flowmill.wire.models import GetLoggedModel
from flowmill.wire.operation import Request
from flowmill.wire.permission import EDIT_EXPERIMENT, MANAGE_EXPERIMENT, READ_EXPERIMENT, READ_MODEL, Permission
from flowmill.wire.registry import GetVersionDownloadUri
from flowmill.wire.runs import GetRun
from flowmill.wire.trash import PurgeTrash

PROXY = "2.0/mlflow-artifacts/artifacts"
OUR_SCHEME = "mlflow-artifacts:"

_IN_MEMORY = 4 * 1024 * 1024
_TEXT_NAMES = ("MLmodel", "MLproject")
_TEXT_ENDINGS = ("md", "yaml", "yml", "log", "ini", "cfg", "toml", "jsonl", "ipynb", "py", "r", "sh", "sql")

FileHandler = Callable[[Incoming, str], Awaitable[Outgoing]]


class Files:
    """The artifacts of a server: one store with everything below the operator's root."""

    def __init__(self, store: SqlStore, artifacts: ArtifactStore) -> None:
        self._store = store
        self._artifacts = artifacts

    @property
    def operations(self) -> dict[type[Request[Any]], Callable[[Any], Any]]:
        """Operations that are carried out here and not by the store; they block."""
        return {
            ListArtifacts: self._list_run,
            ListLoggedModelArtifacts: self._list_model,
            ListProxiedArtifacts: self._list_proxied,
            PurgeTrash: self.purge,
        }

    @property
    def routes(self) -> list[tuple[str, str, Permission, FileHandler]]:
        """(method, path below ``/api/`` or, with a leading slash, of its own; needed permission; handler).

        ``*`` at the end of a path stands for the rest, which the handler gets.
        """
        return [
            ("GET", f"{PROXY}/*", READ_EXPERIMENT, self._download),
            ("PUT", f"{PROXY}/*", EDIT_EXPERIMENT, self._upload),
            ("DELETE", f"{PROXY}/*", MANAGE_EXPERIMENT, self._delete),
            ("GET", "/get-artifact", READ_EXPERIMENT, self._download_of_run),
            ("GET", "/model-versions/get-artifact", READ_MODEL, self._download_of_version),
            ("GET", "2.0/mlflow/logged-models/*", READ_EXPERIMENT, self._download_of_model),
        ]

    def purge(self, ask: PurgeTrash) -> PurgeReport:
        """Free what is due in the trash, rows and files; which files are gone only this server says."""
        return purge_trash(self._store, ask, self._open_place)

    def _open_place(self, place: str) -> tuple[ArtifactStore, SafePath]:
        return self._artifacts, _below_our_root(place)

    def _list_run(self, ask: ListArtifacts) -> ArtifactList:
        root = self._store.send(GetRun(run_id=ask.run_id)).info.artifact_uri
        return self._list_below(root, ask.path)

    def _list_model(self, ask: ListLoggedModelArtifacts) -> ArtifactList:
        root = self._store.send(GetLoggedModel(model_id=ask.model_id)).info.artifact_uri
        return self._list_below(root, ask.artifact_directory_path)

    def _list_proxied(self, ask: ListProxiedArtifacts) -> ProxiedList:
        folder = SafePath.parse(ask.path)
        files = self._artifacts.list(folder)
        return ProxiedList([_relative(each, folder) for each in files])

    def _list_below(self, root_uri: str, path: str) -> ArtifactList:
        root = _below_our_root(root_uri)
        files = self._artifacts.list(root / SafePath.parse(path))
        return ArtifactList(root_uri, [_relative(each, root) for each in files])

    async def _download(self, request: Incoming, rest: str) -> Outgoing:
        return await asyncio.to_thread(self._send_file, SafePath.parse(rest))

    async def _upload(self, request: Incoming, rest: str) -> Outgoing:
        path = SafePath.parse(rest)
        if len(path.parts) < 3:
            raise Invalid(f"{rest!r} is not inside a run or model; name where the file goes more closely.")
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
            received, more = 0, True
            while more:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise Invalid(f"The upload of {path.name!r} was cut off; nothing was stored.")
                part = message.get("body", b"")
                received += len(part)
                if received > _IN_MEMORY:
                    await asyncio.to_thread(file.write, part)
                else:
                    file.write(part)
                more = message.get("more_body", False)
            file.seek(0)
            await asyncio.to_thread(self._artifacts.put, path, file)  # type: ignore[arg-type]
        return Outgoing(b"", "text/plain")

    async def _delete(self, request: Incoming, rest: str) -> Outgoing:
        path = SafePath.parse(rest)
        if len(path.parts) < 3:
            raise Invalid(f"{rest!r} is not inside a run or model; name what is to be deleted more closely.")
        await asyncio.to_thread(self._artifacts.delete, path)
        return Outgoing(b"{}")

    async def _download_of_run(self, request: Incoming, rest: str) -> Outgoing:
        asked = dict(request.query)
        run_id = asked.get("run_id") or asked.get("run_uuid")
        if not run_id:
            raise Invalid("Missing value for required parameter 'run_id' of get-artifact.")
        return await asyncio.to_thread(
            lambda: self._send_below(self._store.send(GetRun(run_id=run_id)).info.artifact_uri, asked.get("path", ""))
        )

    async def _download_of_version(self, request: Incoming, rest: str) -> Outgoing:
        asked = dict(request.query)
        ask = GetVersionDownloadUri(name=asked.get("name", ""), version=asked.get("version", ""))
        return await asyncio.to_thread(lambda: self._send_below(self._store.send(ask), asked.get("path", "")))

    async def _download_of_model(self, request: Incoming, rest: str) -> Outgoing:
        model_id, _, what = rest.partition("/")
        if what != "artifacts/files":
            raise NotFound(f"There is nothing at {request.path!r}.")
        path = dict(request.query).get("artifact_file_path", "")
        return await asyncio.to_thread(
            lambda: self._send_below(self._store.send(GetLoggedModel(model_id=model_id)).info.artifact_uri, path)
        )

    def _send_below(self, root_uri: str, path: str) -> Outgoing:
        if not path:
            raise Invalid("Missing value for required parameter 'path': name the file.")
        return self._send_file(_below_our_root(root_uri) / SafePath.parse(path))

    def _send_file(self, path: SafePath) -> Outgoing:
        info = self._artifacts.stat(path)
        if info is None:
            raise NotFound(f"There is no artifact {str(path)!r}.")
        if info.is_dir:
            raise Invalid(f"{str(path)!r} is a folder; ask for a file in it.")
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(path.name)}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "no-store",
        }
        stream = self._artifacts.open_stream(path)
        if stream.size is not None:
            headers["Content-Length"] = str(stream.size)
        return Outgoing(content_type=_type_of(path.name), headers=headers, chunks=stream)


def _below_our_root(uri: str) -> SafePath:
    if not uri.startswith(f"{OUR_SCHEME}/"):
        raise Denied("The artifacts are in a place of their own, which this server does not serve.")
    return SafePath.parse(uri.removeprefix(f"{OUR_SCHEME}/").lstrip("/"))


def accept_location(uri: str) -> str:
    """The judge of artifact locations that clients of a server name: only places below its own root pass."""
    if not uri.startswith(f"{OUR_SCHEME}/") or uri.startswith(f"{OUR_SCHEME}//"):
        raise Invalid(
            f"Invalid artifact location {uri[:200]!r}: this server keeps artifacts below its own root; "
            f"leave it out, or give {OUR_SCHEME}/<path>."
        )
    return f"{OUR_SCHEME}/{SafePath.parse(uri.removeprefix(f'{OUR_SCHEME}/'))}"


def _relative(info: FileInfo, folder: SafePath) -> FileInfo:
    return FileInfo(info.path.removeprefix(f"{folder}/") if folder else info.path, info.is_dir, info.file_size)


def _type_of(name: str) -> str:
    ending = name.rpartition(".")[2].lower()
    if name in _TEXT_NAMES or ending in _TEXT_ENDINGS:
        return "text/plain; charset=utf-8"
    guessed, encoding = mimetypes.guess_type(name)
    if guessed is None or encoding:
        return "application/octet-stream"
    return f"{guessed}; charset=utf-8" if guessed.startswith("text/") else guessed
