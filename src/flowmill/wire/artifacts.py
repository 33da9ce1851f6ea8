"""Operations on artifacts that answer JSON; bytes travel beside them (see `flowmill.server.files`)."""

from __future__ import annotations

from flowmill.entities.artifact import FileInfo
from flowmill.entities.base import Entity
from flowmill.wire.operation import Request, operation
from flowmill.wire.permission import EDIT_EXPERIMENT, READ_EXPERIMENT


class ArtifactList(Entity, frozen=True):
    """The files of a folder, and where its root is; paths are relative to that root."""

    root_uri: str
    files: list[FileInfo] = []


class ProxiedList(Entity, frozen=True):
    """The files of a folder; paths are relative to the folder asked for."""

    files: list[FileInfo] = []


class SignedAddress(Entity, frozen=True):
    """An address in the object store that serves one file until it expires; ``headers`` must go with a PUT."""

    presigned_url: str
    headers: dict[str, str] = {}
    file_size: int | None = None


@operation("GET artifacts/list", needs=READ_EXPERIMENT)
class ListArtifacts(Request[ArtifactList], frozen=True, kw_only=True):
    """The files of a folder of a run; none if it is a file or is not there."""

    run_id: str
    path: str = ""


@operation("GET logged-models/{model_id}/artifacts/directories", needs=READ_EXPERIMENT)
class ListLoggedModelArtifacts(Request[ArtifactList], frozen=True, kw_only=True):
    """The files of a folder of a logged model."""

    model_id: str
    artifact_directory_path: str = ""


@operation("GET 2.0/mlflow-artifacts/artifacts", needs=READ_EXPERIMENT)
class ListProxiedArtifacts(Request[ProxiedList], frozen=True, kw_only=True):
    """The files of a folder below the server's artifact root."""

    path: str = ""


@operation("POST artifacts/presigned-download-url", needs=READ_EXPERIMENT)
class CreateDownloadAddress(Request[SignedAddress], frozen=True, kw_only=True):
    """An address to fetch a file of a run from, past the server. Invalid where the artifacts have none.

    ``expiration``: seconds, 1 to 604,800; 300 without it.
    """

    run_id: str
    path: str
    expiration: int | None = None


@operation("POST artifacts/presigned-upload-url", needs=EDIT_EXPERIMENT)
class CreateUploadAddress(Request[SignedAddress], frozen=True, kw_only=True):
    """An address to PUT a file of a run or of a logged model to, past the server. Invalid where there is none.

    ``expiration``: seconds, 1 to 604,800; 900 without it.
    """

    path: str
    run_id: str = ""
    model_id: str = ""
    expiration: int | None = None
