"""``flowmill.artifacts``: fetch, list and read artifacts of runs and models by their addresses."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from flowmill.artifacts.download import Downloads
from flowmill.artifacts.open import repository_at, scheme_of
from flowmill.client.client import Client
from flowmill.entities.artifact import FileInfo
from flowmill.errors import Invalid
from flowmill.models.uri import resolve


def download_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    dst_path: str | Path | None = None,
    tracking_uri: str | None = None,
    registry_uri: str | None = None,
) -> str:
    """The local path of a file or folder of a run or model; fetched to ``dst_path`` or a new temporary folder.

    Name it by ``artifact_uri`` (``runs:/<run>/<path>``, ``models:/…``, any address) or by run and path.
    """
    return _downloads(tracking_uri, registry_uri).download_artifacts(artifact_uri, run_id, artifact_path, dst_path)


def list_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    tracking_uri: str | None = None,
) -> list[FileInfo]:
    """The files and folders directly below a folder of a run or model."""
    return _downloads(tracking_uri).list_artifacts(artifact_uri, run_id, artifact_path)


def load_text(artifact_uri: str) -> str:
    """The text of a UTF-8 file."""
    return _downloads().load_text(artifact_uri)


def load_dict(artifact_uri: str) -> dict[str, Any]:
    """The object that a JSON file holds."""
    return _downloads().load_dict(artifact_uri)


def load_image(artifact_uri: str) -> Any:
    """The ``PIL.Image.Image`` of an image file."""
    return _downloads().load_image(artifact_uri)


def _downloads(tracking_uri: str | None = None, registry_uri: str | None = None) -> Downloads:
    client = Client(tracking_uri, registry_uri)
    return Downloads(lambda uri: _address_of(uri, client), client.open_artifacts)


def get_artifact_uri(run_id: str, artifact_path: str | None = None, tracking_uri: str | None = None) -> str:
    """Where a run's artifacts are, or a file or folder of them."""
    if not run_id:
        raise Invalid("get_artifact_uri() needs a run_id.")
    root = Client(tracking_uri).get_run(run_id).info.artifact_uri
    return _below(root, artifact_path) if artifact_path else root


def _address_of(uri: str, client: Client) -> str:
    scheme, _, rest = uri.partition(":")
    run_id, _, path = rest.lstrip("/").partition("/")
    if scheme == "runs" and not path.strip("/"):
        return f"{client.get_run(run_id).info.artifact_uri}/"
    place = resolve(uri, client)
    return _below(place.root, place.path) if place.path else place.root


def _below(root: str, path: str) -> str:
    # A file: or http: address is percent-encoded, a path or mlflow-artifacts: address is not.
    encoded = scheme_of(root) in ("file", "http", "https")
    return f"{root}/{quote(path) if encoded else path}"


def repository_of_run(run_id: str) -> Any:
    """The artifacts of a run as an `ArtifactRepository`, with paths relative to the run's root."""
    client = Client()
    return repository_at(client.get_run(run_id).info.artifact_uri, client.tracking_uri)
