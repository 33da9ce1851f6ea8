"""From the address of artifacts to the store that holds them.

Each opener loads the kind of store that it opens: a script that logs to a folder needs no HTTP, one with a server no
folder, and one without artifacts neither.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from flowmill.artifacts.store import ArtifactStore, ServedStore
from flowmill.errors import Invalid
from flowmill.plugins import ARTIFACTS, plugins

# Two letters at least, so that a Windows drive is no scheme.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]+):")
_HTTP_ROOT = re.compile(r"(.*)/(?:ajax-)?api/2\.0/mlflow-artifacts/artifacts(?:/(.*))?")

Opener = Callable[[str, str | None, Mapping[str, str] | None], ArtifactStore]


def open_artifacts(
    uri: str, tracking_uri: str | None = None, headers: Mapping[str, str] | None = None
) -> ArtifactStore:
    """The store whose root is ``uri``: a folder, ``file:``, a bucket (``s3:``, ``gs:``, Azure's), ``memory:``,
    ``mlflow-artifacts:`` or the http address of proxied artifacts.

    ``tracking_uri``: the server that ``mlflow-artifacts:/path`` is relative to. ``headers``: credentials for
    that server; they are not sent to another one that a stored address may name.
    Raises `Invalid` for an address that no store answers to.
    """
    scheme = scheme_of(uri)
    repository = plugins(ARTIFACTS).get(scheme)
    if repository is not None:
        from flowmill.artifacts.plugin import PluginArtifacts

        return PluginArtifacts(_repository(repository, uri, tracking_uri), _without_login(uri))
    opener = OPENERS.get(scheme)
    if opener is None:
        known = ", ".join(f"{name}:" for name in OPENERS if name)
        raise Invalid(
            f"Artifacts at {_without_login(uri)!r} cannot be opened, because {scheme}: is not supported; "
            f"use a folder or one of {known}."
        )
    return opener(uri, tracking_uri, headers)


def repository_at(artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None) -> Any:
    """The store at an address as MLflow's ``get_artifact_repository`` gives one: an `ArtifactRepository`."""
    from flowmill.artifacts.plugin import StoreRepository

    repository = plugins(ARTIFACTS).get(scheme_of(artifact_uri))
    if repository is not None:
        return _repository(repository, artifact_uri, tracking_uri)
    return StoreRepository(artifact_uri, open_artifacts(artifact_uri, tracking_uri))


def open_served(uri: str) -> ServedStore:
    """The store at ``uri`` for a server to keep its clients' artifacts in."""
    store = open_artifacts(uri)
    if scheme_of(uri) in plugins(ARTIFACTS):
        raise Invalid(
            f"A server cannot keep artifacts by a plugin ({_without_login(uri)!r}); name a folder or a bucket."
        )
    if scheme_of(uri) in _OF_SERVERS:
        raise Invalid(
            f"A server cannot keep artifacts on another server ({_without_login(uri)!r}); name a folder or a bucket."
        )
    return cast(ServedStore, store)


def scheme_of(uri: str) -> str:
    """The scheme of an address in lower case; empty for a plain path."""
    found = _SCHEME.match(uri)
    return found[1].lower() if found else ""


def local_path(uri: str) -> Path | None:
    """The folder or file of this machine that ``uri`` names, or None if it names none."""
    scheme = scheme_of(uri)
    if scheme == "file":
        return _path_of_file_uri(uri)
    return None if scheme else Path(uri).expanduser()


def _repository(kind: Any, uri: str, tracking_uri: str | None) -> Any:
    """What a plugin makes for an address; some were written before MLflow gave them more than that."""
    parameters = inspect.signature(kind).parameters
    any_name = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values())
    return kind(uri, tracking_uri=tracking_uri) if any_name or "tracking_uri" in parameters else kind(uri)


def _open_folder(uri: str, tracking_uri: str | None, headers: Mapping[str, str] | None) -> ArtifactStore:
    if not uri:
        raise Invalid("The address of the artifacts is empty; give a folder or a URI.")
    from flowmill.artifacts.local import LocalArtifacts

    return LocalArtifacts(Path(uri).expanduser().absolute())


def _open_file(uri: str, tracking_uri: str | None, headers: Mapping[str, str] | None) -> ArtifactStore:
    from flowmill.artifacts.local import LocalArtifacts

    return LocalArtifacts(_path_of_file_uri(uri).absolute())


def _open_proxied(uri: str, tracking_uri: str | None, headers: Mapping[str, str] | None) -> ArtifactStore:
    if tracking_uri is None or scheme_of(tracking_uri) not in ("http", "https"):
        raise Invalid(
            f"{_without_login(uri)!r} lies on a tracking server, but the tracking URI is {tracking_uri!r}; "
            "set it to the server's http address."
        )
    # Taken apart by hand: the path is no percent-encoded text, and '?' and '#' may stand in a name.
    rest = uri.partition(":")[2]
    server = tracking_uri
    if rest.startswith("//"):
        host, _, rest = rest[2:].partition("/")
        if host and host != urlsplit(tracking_uri).netloc:
            server, headers = f"{scheme_of(tracking_uri)}://{host}", None
    from flowmill.artifacts.http import HttpArtifacts

    return HttpArtifacts(server, rest.removeprefix("/"), headers)


def _open_http(uri: str, tracking_uri: str | None, headers: Mapping[str, str] | None) -> ArtifactStore:
    from flowmill.artifacts.http import ENDPOINT, HttpArtifacts

    parts = urlsplit(uri)
    found = _HTTP_ROOT.fullmatch(parts.path)
    if found is None or not parts.netloc or parts.query or parts.fragment:
        raise Invalid(
            f"{_without_login(uri)!r} is not the address of artifacts; one looks like "
            f"'http://host:port{ENDPOINT}/path'."
        )
    if tracking_uri is None or urlsplit(tracking_uri).netloc != parts.netloc:
        headers = None
    return HttpArtifacts(f"{parts.scheme}://{parts.netloc}{found[1]}", _decoded(found[2] or "", uri), headers)


def _open_bucket(name: str) -> Opener:
    def opener(uri: str, tracking_uri: str | None, headers: Mapping[str, str] | None) -> ArtifactStore:
        from flowmill.artifacts import buckets  # a local script needs none of it

        return getattr(buckets, name)(uri)

    return opener


def _path_of_file_uri(uri: str) -> Path:
    parts = urlsplit(uri)
    if parts.netloc not in ("", "localhost"):
        raise Invalid(f"{uri!r} names the machine {parts.netloc!r}; a file: URI must name a folder of this one.")
    if parts.query or parts.fragment:
        raise Invalid(f"{uri!r} holds '?' or '#'; write them as %3F and %23 in a file: URI.")
    path = _decoded(parts.path, uri)
    if not path or "\0" in path:
        raise Invalid(f"{uri!r} names no folder; write it like 'file:///folder'.")
    if os.name == "nt":
        path = re.sub(r"^/(?=[A-Za-z]:)", "", path)
    return Path(path)


def _decoded(text: str, uri: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise Invalid(f"{_without_login(uri)!r} holds percent-encoded bytes that are no valid UTF-8.") from None


def _without_login(uri: str) -> str:
    return re.sub(r"//[^/@]*@", "//", uri)


_OF_SERVERS = ("mlflow-artifacts", "http", "https")

OPENERS: dict[str, Opener] = {
    "": _open_folder,
    "file": _open_file,
    "mlflow-artifacts": _open_proxied,
    "http": _open_http,
    "https": _open_http,
    "s3": _open_bucket("open_s3"),
    "s3a": _open_bucket("open_s3"),
    "gs": _open_bucket("open_gcs"),
    "wasb": _open_bucket("open_azure"),
    "wasbs": _open_bucket("open_azure"),
    "abfs": _open_bucket("open_azure"),
    "abfss": _open_bucket("open_azure"),
    "az": _open_bucket("open_azure"),
    "memory": _open_bucket("open_memory"),
}
"""What opens which scheme; the plain path has none."""
