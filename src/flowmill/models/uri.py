"""Where a model is: every way to name one, turned into one place.

::

    models:/m-0123…            a logged model
    models:/name/3             a version            models:/name/latest    the newest
    models:/name@alias         an alias             models:/name/Staging   the newest of a stage
    models:/name@alias?as_of=2026-03-03             what the alias pointed at then
    runs:/<run id>/<name>      an output of a run; else a folder among the run's artifacts
    mlflow-artifacts:/…, http://…, file:///…, a path

Behind each may come the path of a folder or file of the model.
"""

from __future__ import annotations

import atexit
import re
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

from flowmill import session
from flowmill.artifacts.open import local_path, scheme_of
from flowmill.client.client import Client
from flowmill.entities.model import LoggedModel
from flowmill.entities.registry import ModelVersion
from flowmill.errors import FlowmillError, Invalid, NotFound
from flowmill.models.manifest import check_files

LOGGED_MODEL_ID = re.compile(r"m-[0-9a-f]{32}")


@dataclass(frozen=True)
class Location:
    """The folder ``path`` of the artifacts at ``root``; the logged model that it belongs to, if any."""

    root: str
    path: str = ""
    logged_model: LoggedModel | None = None

    def local_folder(self) -> Path | None:
        """The folder on this machine, or None if it must be fetched."""
        root = local_path(self.root)
        return root / self.path if root is not None and self.path else root


def resolve(uri: str | Path, client: Client | None = None) -> Location:
    """The location of a model. Errors say which run, model, version or alias does not exist."""
    text = str(uri)
    scheme = scheme_of(text)
    if scheme == "models":
        return _of_models_uri(text, client or session.tracking_client())
    if scheme == "runs":
        return _of_runs_uri(text, client or session.tracking_client())
    return Location(text)


def _of_models_uri(uri: str, client: Client) -> Location:
    whole, slash, path = _with_path(uri)
    found = _of_whole_model(uri, whole, client)
    below = "/".join(filter(None, (found.path, path))) if slash else found.path
    return replace(found, path=below)


def _with_path(uri: str) -> tuple[str, str, str]:
    """What names a model, a slash, and the path of a file or folder of it, which may be empty.

    A registered model's name holds neither a slash nor an @.
    """
    rest = uri.split(":", 1)[1].strip("/")
    head, slash, tail = rest.partition("/")
    if LOGGED_MODEL_ID.fullmatch(head) or "@" in head:
        return head, slash, tail
    version, slash, path = tail.partition("/")
    return (f"{head}/{version}" if version else rest), slash, path


def _of_whole_model(uri: str, rest: str, client: Client) -> Location:
    if not rest:
        raise Invalid(f"{uri!r} names no model: expected models:/name/version, models:/name@alias or models:/m-….")
    name, slash, version = rest.rpartition("/")
    if not slash:
        name, at, alias = rest.rpartition("@")
        if at and name:
            alias, asked, query = alias.partition("?")
            if asked:
                return _as_of(client, uri, name, alias, query)
            return _of_version(client, client.get_model_version_by_alias(name, alias))
        if LOGGED_MODEL_ID.fullmatch(rest) is None:
            raise NotFound(
                f"{uri!r} names no version of the model {rest!r}: write models:/{rest}/latest, models:/{rest}/1 or "
                f"models:/{rest}@alias."
            )
        return _of_logged_model(client.get_logged_model(rest))
    if version.isdigit():
        return _of_version(client, client.get_model_version(name, version))
    return _of_version(client, _newest(client, name, version))


def get_model_version_from_model_uri(model_uri: str) -> ModelVersion:
    """The registered version that ``models:/name/version`` or ``models:/name@alias`` names."""
    client = session.tracking_client()
    rest = model_uri.partition(":")[2].strip("/")
    name, slash, version = rest.rpartition("/")
    if scheme_of(model_uri) == "models" and slash:
        return client.get_model_version(name, version) if version.isdigit() else _newest(client, name, version)
    name, at, alias = rest.rpartition("@")
    if scheme_of(model_uri) == "models" and at:
        return client.get_model_version_by_alias(name, alias)
    raise Invalid(f"{model_uri!r} names no version: expected models:/name/version or models:/name@alias.")


def _newest(client: Client, name: str, stage: str) -> ModelVersion:
    """The newest version of a registered model, of one stage unless ``stage`` is ``latest``."""
    stages = None if stage.lower() == "latest" else [stage]
    versions = client.latest_versions_by_stage(name, stages)
    if not versions:
        what = "no versions yet" if stages is None else f"no version in the stage {stage!r}"
        raise NotFound(f"The model {name!r} has {what}: register one, or name another version.")
    return max(versions, key=lambda version: int(version.version))


def _as_of(client: Client, uri: str, name: str, alias: str, query: str) -> Location:
    """What an alias pointed at then: found by what the version was made from, since it may be deleted now."""
    key, _, when = query.partition("=")
    if key != "as_of" or not when:
        raise Invalid(f"{uri!r} is not understood after the ?: expected models:/{name}@{alias}?as_of=2026-03-03.")
    version = client.get_model_version_by_alias(name, alias, as_of=when)
    return resolve(version.source or "", client)


def _of_version(client: Client, version: ModelVersion) -> Location:
    source = client.get_model_version_download_uri(version.name, version.version)
    if scheme_of(source) in ("models", "runs"):
        return resolve(source, client)
    if not version.model_id:
        return Location(source)
    # One in the trash still says which files were logged; once it is purged, the version has its files alone.
    return Location(source, logged_model=_logged_or_none(client, version.model_id, allow_deleted=True))


def _logged_or_none(client: Client, model_id: str, *, allow_deleted: bool = False) -> LoggedModel | None:
    try:
        return client.get_logged_model(model_id, allow_deleted=allow_deleted)
    except NotFound:
        return None


def _of_logged_model(logged: LoggedModel) -> Location:
    if logged.status != "READY":
        raise FlowmillError(
            f"The logged model {logged.model_id} is {logged.status.name}, not READY: its files are not complete; "
            "log it again.",
            "INVALID_STATE",
        )
    return Location(logged.artifact_location, logged_model=logged)


def _of_runs_uri(uri: str, client: Client) -> Location:
    run_id, _, path = uri.split(":", 1)[1].lstrip("/").partition("/")
    if not run_id or not path.strip("/"):
        raise Invalid(f"{uri!r} names no model of a run: expected runs:/<run id>/<name of the model>.")
    path = path.strip("/")
    run = client.get_run(run_id)
    outputs = run.outputs.model_outputs if run.outputs is not None else []
    logged = [model for output in outputs if (model := _logged_or_none(client, output.model_id)) is not None]
    head, _, below = path.partition("/")
    named = [model for model in logged if model.name == head and model.status == "READY"]
    if named:
        newest = max(named, key=lambda model: model.creation_timestamp)
        return Location(newest.artifact_location, below, newest)
    artifacts = client.open_artifacts(run.info.artifact_uri)
    if artifacts.stat(path) is None:
        names = sorted({model.name for model in logged})
        raise NotFound(
            f"The run {run_id} has no model and no artifact {path!r}"
            + (f"; its models are {names}." if names else "; it has no models.")
        )
    return Location(run.info.artifact_uri, path)


class Fetched:
    """A model's folder on this machine. A temporary one is removed when loading ends, unless `keep` is called."""

    def __init__(self, folder: Path, temporary: Path | None = None) -> None:
        self.folder = folder
        self._temporary = temporary

    def keep(self) -> None:
        """The model will need its files while the process lives: remove them only when it ends."""
        if self._temporary is not None:
            atexit.register(shutil.rmtree, self._temporary, ignore_errors=True)
            self._temporary = None

    def close(self) -> None:
        """Remove what is temporary."""
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)


@contextmanager
def fetched(location: Location, destination: str | Path | None = None) -> Generator[Fetched]:
    """The model's folder: a local one where it is, another one downloaded to ``destination`` or a temporary folder.

    Denied if files of a logged model are not those that were logged.
    """
    local = location.local_folder()
    if local is not None and not local.is_dir():
        raise NotFound(f"There is no model folder at {str(local)!r}.")
    if local is not None and destination is None:
        _check(location, local)
        yield Fetched(local)
        return
    temporary = Path(mkdtemp(prefix="flowmill-model-")) if destination is None else None
    try:
        got = Fetched(download(location, temporary or Path(str(destination))), temporary)
        _check(location, got.folder)
    except BaseException:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
        raise
    try:
        yield got
    finally:
        got.close()


def _check(location: Location, folder: Path) -> None:
    if location.logged_model is not None and not location.path:
        check_files(folder, location.logged_model)


def download(location: Location, destination: Path) -> Path:
    """The model's folder, copied to beneath ``destination``."""
    destination.mkdir(parents=True, exist_ok=True)
    return session.tracking_client().open_artifacts(location.root).get_tree(location.path, destination)
