"""Artifacts over HTTP: which endpoint means which file.

No client names a place: paths are relative to the server's root.

How bytes go out is in `flowmill.server.downloads`, how they come in in `flowmill.server.uploads`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import msgspec

from flowmill.artifacts import SafePath
from flowmill.artifacts.store import UNFINISHED, ServedStore, no_artifact, parse_file, parse_new_file
from flowmill.entities.artifact import FileInfo
from flowmill.entities.run import Run
from flowmill.entities.trash import PurgeReport
from flowmill.errors import Denied, Invalid, NotFound, NotSupported, Unavailable
from flowmill.server.archive import zipped
from flowmill.server.downloads import inert, send_file, type_of
from flowmill.server.http import Incoming, Outgoing
from flowmill.server.promptlab import create_promptlab_run
from flowmill.server.uploads import PARTS, Uploads, body_up_to, refuse_too_high
from flowmill.store.purge import purge_trash
from flowmill.store.sql.engine import SqlStore
from flowmill.wire.artifacts import (
    ArtifactList,
    CreateDownloadAddress,
    CreateUploadAddress,
    ListArtifacts,
    ListLoggedModelArtifacts,
    ListProxiedArtifacts,
    ProxiedList,
    SignedAddress,
)
from flowmill.wire.experiments import GetExperiment
from flowmill.wire.models import GetLoggedModel
from flowmill.wire.operation import Request
from flowmill.wire.permission import (
    EDIT_EXPERIMENT,
    MANAGE_EXPERIMENT,
    OPEN_SERVER,
    READ_EXPERIMENT,
    READ_MODEL,
    Permission,
)
from flowmill.wire.promptlab import CreatePromptlabRun
from flowmill.wire.registry import GetVersionDownloadUri
from flowmill.wire.runs import GetRun
from flowmill.wire.trash import PurgeTrash

PROXY = "2.0/mlflow-artifacts"
OUR_SCHEME = "mlflow-artifacts:"
LARGEST_OF_PAGE = 10 * 1024 * 1024
"""Bytes of a file that the page may send; MLflow's limit."""
MOST_SECONDS = 7 * 24 * 3600

FileHandler = Callable[[Incoming, str], Awaitable[Outgoing]]


class Files:
    """The artifacts of a server: everything below the operator's root, and below ``roots``, places that clients
    reach by themselves (``s3://bucket/folder``) and the server too. ``prefix``: where a proxy mounts the server.
    ``proxied``: whether clients may read and write through the server; the page always reads through it."""

    def __init__(
        self,
        store: SqlStore,
        artifacts: ServedStore,
        *,
        roots: Mapping[str, ServedStore] | None = None,
        prefix: str = "",
        proxied: bool = True,
    ) -> None:
        self._store = store
        self._artifacts = artifacts
        self._roots = {root.rstrip("/"): place for root, place in (roots or {}).items()}
        self._uploads = Uploads(artifacts, prefix)
        self._may_pass = proxied

    @property
    def operations(self) -> dict[type[Request[Any]], Callable[[Any], Any]]:
        """Operations that are carried out here and not by the store; they block."""
        return {
            ListArtifacts: self._list_run,
            ListLoggedModelArtifacts: self._list_model,
            ListProxiedArtifacts: self._list_proxied,
            PurgeTrash: self.purge,
            CreateDownloadAddress: self._sign_download,
            CreateUploadAddress: self._sign_upload,
            CreatePromptlabRun: self._create_promptlab_run,
        }

    @property
    def routes(self) -> list[tuple[str, str, Permission, FileHandler]]:
        """(method, path below ``/api/`` or, with a leading slash, of its own; needed permission; handler).

        ``*`` at the end of a path stands for the rest, which the handler gets.
        """
        return [
            ("GET", f"{PROXY}/artifacts/*", READ_EXPERIMENT, self._download),
            ("PUT", f"{PROXY}/artifacts/*", EDIT_EXPERIMENT, self._upload),
            ("DELETE", f"{PROXY}/artifacts/*", MANAGE_EXPERIMENT, self._delete),
            ("GET", f"{PROXY}/presigned/*", READ_EXPERIMENT, self._sign_proxied),
            ("POST", f"{PROXY}/mpu/create/*", EDIT_EXPERIMENT, self._create_upload),
            ("POST", f"{PROXY}/mpu/complete/*", EDIT_EXPERIMENT, self._complete_upload),
            ("POST", f"{PROXY}/mpu/abort/*", EDIT_EXPERIMENT, self._abort_upload),
            ("PUT", f"{PARTS}/*", OPEN_SERVER, self._uploads.put_part),
            ("GET", "/get-artifact", READ_EXPERIMENT, self._download_of_run),
            ("POST", "/ajax-api/2.0/mlflow/upload-artifact", EDIT_EXPERIMENT, self._upload_of_page),
            ("GET", "/model-versions/get-artifact", READ_MODEL, self._download_of_version),
            ("GET", "2.0/mlflow/logged-models/*", READ_EXPERIMENT, self._download_of_model),
            ("GET", "flowmill/1/artifacts/zip", READ_EXPERIMENT, self._download_zip),
        ]

    def purge(self, ask: PurgeTrash) -> PurgeReport:
        """Free what is due in the trash, rows and files; which files are gone only this server says."""
        return purge_trash(self._store, ask, self._place)

    def purge_some(self, ask: PurgeTrash) -> bool:
        """Free a portion of what is due in the trash; whether there is more."""
        return purge_trash(self._store, ask, self._place, portions=1).more

    @property
    def features(self) -> dict[str, bool]:
        """What clients may ask for, by the names of MLflow's server-info."""
        return {
            "multipart_uploads_enabled": self._may_pass,
            "multipart_downloads_enabled": self._artifacts.signs,
            "presigned_upload_run_id_supported": self._artifacts.signs,
            "presigned_upload_model_id_supported": self._artifacts.signs,
        }

    async def keep_swept(self) -> None:
        """Remove what clients never finished, until cancelled."""
        await self._uploads.keep_swept()

    def _list_run(self, ask: ListArtifacts) -> ArtifactList:
        root = self._store.send(GetRun(run_id=ask.run_id)).info.artifact_uri
        return self._list_below(root, ask.path)

    def _list_model(self, ask: ListLoggedModelArtifacts) -> ArtifactList:
        root = self._store.send(GetLoggedModel(model_id=ask.model_id)).info.artifact_uri
        return self._list_below(root, ask.artifact_directory_path)

    def _create_promptlab_run(self, ask: CreatePromptlabRun) -> Run:
        experiment = self._store.send(GetExperiment(experiment_id=ask.experiment_id))
        artifacts, folder = self._place(experiment.artifact_location)
        return create_promptlab_run(self._store, artifacts, folder, ask)

    def _list_proxied(self, ask: ListProxiedArtifacts) -> ProxiedList:
        folder = self._proxied(ask.path)
        return ProxiedList([_relative(each, folder) for each in self._artifacts.list(folder)])

    def _list_below(self, root_uri: str, path: str) -> ArtifactList:
        store, root = self._place(root_uri)
        files = store.list(root / SafePath.parse(path))
        return ArtifactList(root_uri, [_relative(each, root) for each in files])

    def _sign_download(self, ask: CreateDownloadAddress) -> SignedAddress:
        seconds = _checked_seconds(ask.expiration, 300)
        path = parse_file(ask.path)
        store, root = self._place(self._store.send(GetRun(run_id=ask.run_id)).info.artifact_uri)
        _refuse_unsigned(store)
        size = _size_of(store, root / path)
        return SignedAddress(store.sign("GET", root / path, seconds).url, file_size=size)

    def _sign_upload(self, ask: CreateUploadAddress) -> SignedAddress:
        seconds = _checked_seconds(ask.expiration, 900)
        path = parse_new_file(ask.path)
        if bool(ask.run_id) == bool(ask.model_id):
            raise Invalid("Exactly one of run_id and model_id must be given.")
        if ask.run_id:
            uri = self._store.send(GetRun(run_id=ask.run_id)).info.artifact_uri
        else:
            uri = self._store.send(GetLoggedModel(model_id=ask.model_id)).info.artifact_uri
        store, root = self._place(uri)
        _refuse_unsigned(store)
        url, headers = store.sign("PUT", root / path, seconds, type_of(path.name).partition(";")[0])
        return SignedAddress(url, headers)

    async def _sign_proxied(self, request: Incoming, rest: str) -> Outgoing:
        path = self._proxied(rest)
        if not self._artifacts.signs:
            raise NotSupported("The artifacts of this server have no addresses of their own; fetch them through it.")

        def sign() -> bytes:
            size = _size_of(self._artifacts, path)
            url = self._artifacts.sign("GET", path, 300).url
            return msgspec.json.encode({"url": url, "headers": {}, "file_size": size})

        return Outgoing(await asyncio.to_thread(sign))

    async def _create_upload(self, request: Incoming, rest: str) -> Outgoing:
        return await self._uploads.create(request, self._proxied(rest))

    async def _complete_upload(self, request: Incoming, rest: str) -> Outgoing:
        return await self._uploads.complete(request, self._proxied(rest))

    async def _abort_upload(self, request: Incoming, rest: str) -> Outgoing:
        return await self._uploads.abort(request, self._proxied(rest))

    async def _download(self, request: Incoming, rest: str) -> Outgoing:
        return await asyncio.to_thread(send_file, self._artifacts, self._proxied(rest), request)

    async def _upload(self, request: Incoming, rest: str) -> Outgoing:
        path = self._proxied(rest)
        refuse_too_high(path)
        stored = await self._uploads.put(request, path)
        return Outgoing(b"", "text/plain", 200 if stored else 412)

    async def _upload_of_page(self, request: Incoming, rest: str) -> Outgoing:
        asked = dict(request.query)
        for name in ("run_uuid", "path"):
            if not asked.get(name):
                raise Invalid(f"Missing value for required parameter {name!r} of upload-artifact.")
        path = parse_new_file(asked["path"])
        body = await body_up_to(request, LARGEST_OF_PAGE, "The file is too large: the page sends up to 10 MB.")
        if not body:
            raise Invalid("The file is empty; send its content as the body.")

        def put() -> None:
            store, root = self._place(self._store.send(GetRun(run_id=asked["run_uuid"])).info.artifact_uri)
            store.put(root / path, body)

        await asyncio.to_thread(put)
        return Outgoing(b"")

    async def _delete(self, request: Incoming, rest: str) -> Outgoing:
        path = self._proxied(rest)
        refuse_too_high(path)
        await asyncio.to_thread(self._artifacts.delete, path)
        return Outgoing(b"{}")

    async def _download_of_run(self, request: Incoming, rest: str) -> Outgoing:
        asked = dict(request.query)
        return await asyncio.to_thread(lambda: self._send_below(_run_of(asked), asked.get("path", ""), request))

    async def _download_of_version(self, request: Incoming, rest: str) -> Outgoing:
        asked = dict(request.query)
        ask = GetVersionDownloadUri(name=asked.get("name", ""), version=asked.get("version", ""))
        return await asyncio.to_thread(lambda: self._send_below(ask, asked.get("path", ""), request))

    async def _download_of_model(self, request: Incoming, rest: str) -> Outgoing:
        model_id, _, what = rest.partition("/")
        if what != "artifacts/files":
            raise NotFound(f"There is nothing at {request.path!r}.")
        path = dict(request.query).get("artifact_file_path", "")
        return await asyncio.to_thread(lambda: self._send_below(GetLoggedModel(model_id=model_id), path, request))

    async def _download_zip(self, request: Incoming, rest: str) -> Outgoing:
        asked = dict(request.query)
        path = SafePath.parse(asked.get("path", ""))
        ask = GetLoggedModel(model_id=asked["model_id"]) if asked.get("model_id") else _run_of(asked)

        def begin() -> Outgoing:
            store, root = self._place(self._root_of(ask))
            info = store.stat(root / path)
            if info is None or not info.is_dir:
                raise NotFound(f"There is no folder {str(path)!r}; a file can be fetched by itself.")
            name = path.name or (asked.get("model_id") or asked.get("run_id") or asked.get("run_uuid") or "artifacts")
            headers = inert(f"{name}.zip")
            return Outgoing(content_type="application/zip", headers=headers, chunks=zipped(store, root / path))

        return await asyncio.to_thread(begin)

    def _send_below(self, ask: Request[Any], path: str, request: Incoming) -> Outgoing:
        if not path:
            raise Invalid("Missing value for required parameter 'path': name the file.")
        store, root = self._place(self._root_of(ask))
        return send_file(store, root / SafePath.parse(path), request)

    def _root_of(self, ask: Request[Any]) -> str:
        """Where the files of a run, a logged model or a version are."""
        found = self._store.send(ask)
        return found if isinstance(found, str) else found.info.artifact_uri

    def _proxied(self, path: str) -> SafePath:
        """The path below the root that a client names; what is still being uploaded is not there for anybody."""
        if not self._may_pass:
            raise Unavailable(
                "This server does not pass artifacts on: it was started with --no-serve-artifacts, so clients read and "
                "write them where they are."
            )
        safe = SafePath.parse(path)
        if any(UNFINISHED.fullmatch(name) for name in safe.parts):
            raise no_artifact(safe)
        return safe

    def _place(self, uri: str) -> tuple[ServedStore, SafePath]:
        """The store that holds what a stored location names, and the path in it."""
        if uri.startswith(f"{OUR_SCHEME}/"):
            return self._artifacts, SafePath.parse(uri.removeprefix(f"{OUR_SCHEME}/").lstrip("/"))
        for root, store in self._roots.items():
            if uri == root or uri.startswith(f"{root}/"):
                return store, SafePath.parse(uri[len(root) :].lstrip("/"))
        raise Denied("The artifacts are in a place of their own, which this server does not serve.")


def _run_of(asked: Mapping[str, str]) -> GetRun:
    run_id = asked.get("run_id") or asked.get("run_uuid")
    if not run_id:
        raise Invalid("Missing value for required parameter 'run_id'.")
    return GetRun(run_id=run_id)


def _checked_seconds(asked: int | None, default: int) -> int:
    seconds = default if asked is None else asked
    if not 1 <= seconds <= MOST_SECONDS:
        raise Invalid(f"Invalid value {seconds} for parameter 'expiration': it must be 1 to {MOST_SECONDS:,} seconds.")
    return seconds


def _refuse_unsigned(store: ServedStore) -> None:
    if not store.signs:
        raise Invalid("These artifacts have no addresses of their own; send and fetch them through the server.")


def _size_of(store: ServedStore, path: SafePath) -> int:
    info = store.stat(path)
    if info is None or info.is_dir:
        raise no_artifact(path)
    return info.file_size or 0


def accept_location(uri: str, roots: Iterable[str] = ()) -> str:
    """The judge of artifact locations that clients of a server name: only places below its own root and the
    operator's other roots pass."""
    for root in roots:
        if uri.startswith(f"{root.rstrip('/')}/"):
            return f"{root.rstrip('/')}/{SafePath.parse(uri[len(root.rstrip('/')) + 1 :])}"
    if not uri.startswith(f"{OUR_SCHEME}/") or uri.startswith(f"{OUR_SCHEME}//"):
        raise Invalid(
            f"Invalid artifact location {uri[:200]!r}: this server keeps artifacts below its own root; "
            f"leave it out, or give {OUR_SCHEME}/<path>."
        )
    return f"{OUR_SCHEME}/{SafePath.parse(uri.removeprefix(f'{OUR_SCHEME}/'))}"


def _relative(info: FileInfo, folder: SafePath) -> FileInfo:
    return FileInfo(info.path.removeprefix(f"{folder}/") if folder else info.path, info.is_dir, info.file_size)
