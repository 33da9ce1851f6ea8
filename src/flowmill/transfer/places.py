"""From where a source says that files are to where they can be read now.

A stored place is trusted only as far as its shape goes: a folder of this machine is read when its path ends as
MLflow's do, ``<run or model id>/artifacts``, or when it holds an ``MLmodel`` file, for a model that belongs to no run.
So a prepared store cannot make an import copy other folders.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from flowmill.artifacts.local import LocalArtifacts
from flowmill.artifacts.open import local_path, open_artifacts, scheme_of
from flowmill.artifacts.store import ArtifactStore
from flowmill.errors import Invalid, NotFound

HINT = "name the folder that holds them now with --artifacts-from FOLDER"


class SourcePlaces:
    """Opens places of files.

    ``beside``: folders that relative places may be relative to. ``moved``: what ``--artifacts-from`` says, either
    a folder that is searched for the end of each place, or ``OLD=NEW`` for a place that begins with OLD.
    """

    def __init__(
        self,
        *,
        beside: Sequence[Path] = (),
        tracking_uri: str | None = None,
        headers: Mapping[str, str] | None = None,
        moved: Sequence[str] = (),
    ) -> None:
        self._beside = beside
        self._tracking_uri = tracking_uri
        self._headers = headers
        self._renamed = [pair.split("=", 1) for pair in moved if "=" in pair]
        self._searched = [Path(each).expanduser().absolute() for each in moved if "=" not in each]
        self._not_found = 0
        for folder in self._searched:
            if not folder.is_dir():
                raise Invalid(f"--artifacts-from {str(folder)!r} is no folder; give one, or OLD=NEW for a beginning.")

    def notes(self) -> list[str]:
        """What to know after all was read."""
        if not self._not_found:
            return []
        named = ", ".join(str(folder) for folder in self._searched)
        return [f"{self._not_found:,} runs and models have no files in {named}: nothing was stored, or elsewhere."]

    def open(self, uri: str, owner: str) -> ArtifactStore | None:
        """The files at a place; None where the place is known and nothing was stored there.

        ``owner``: the id of the run or logged model, empty for a model that belongs to neither.
        """
        if not uri:
            return None
        for old, new in self._renamed:
            if uri.startswith(old):
                return open_artifacts(new.rstrip("/") + "/" + uri[len(old) :].lstrip("/"))
        scheme = scheme_of(uri)
        tail = PurePosixPath(uri.partition(":")[2] if scheme else uri)
        for folder in self._searched:
            if found := _ending_below(folder, tail):
                return LocalArtifacts(found)
        if scheme == "mlflow-artifacts" and self._tracking_uri is None:
            return self._of_unknown_server(uri, tail)
        if scheme not in ("", "file"):
            return open_artifacts(uri, self._tracking_uri, self._headers)
        return self._open_here(uri, owner)

    def _open_here(self, uri: str, owner: str) -> ArtifactStore | None:
        path = local_path(uri)
        assert path is not None
        candidates = [path] if path.is_absolute() else [base / path for base in (*self._beside, Path.cwd())]
        if not owner:
            return _model_in(uri, candidates)
        if path.parts[-2:] != (owner, "artifacts"):
            raise Invalid(f"{uri!r} is not where MLflow keeps files of {owner}, so they were not read; {HINT}.")
        for candidate in candidates:
            if candidate.is_dir():
                return LocalArtifacts(candidate)
        if self._searched:
            self._not_found += 1
            return None
        if any(_is_known(candidate) for candidate in candidates):
            return None
        raise NotFound(f"The files of {owner} are at {uri!r}, which is not on this machine; {HINT}.")

    def _of_unknown_server(self, uri: str, tail: PurePosixPath) -> ArtifactStore | None:
        """MLflow's server keeps proxied files in ``mlartifacts`` of its working folder unless it is told."""
        for base in (*self._beside, Path.cwd()):
            root = base / "mlartifacts"
            if root.is_dir():
                place = root.joinpath(*[part for part in tail.parts if part not in ("/", "//", "..")])
                return LocalArtifacts(place) if place.is_dir() else None
        raise NotFound(f"The files at {uri!r} are kept by a server's --artifacts-destination; {HINT}.")


def _model_in(uri: str, candidates: Sequence[Path]) -> LocalArtifacts:
    for candidate in candidates:
        if (candidate / "MLmodel").is_file():
            return LocalArtifacts(candidate)
    raise NotFound(f"There is no folder with an MLmodel file at {uri!r} on this machine; {HINT}.")


def _ending_below(folder: Path, place: PurePosixPath) -> Path | None:
    """The folder below ``folder`` that has the longest end of a place's path."""
    parts = [part for part in place.parts if part not in ("/", "//", ".", "..")]
    for start in range(len(parts) - 1):  # two names at least: whose files, and their folder
        candidate = folder.joinpath(*parts[start:])
        if candidate.is_dir():
            return candidate
    return None


def _is_known(folder: Path) -> bool:
    """Whether this machine has the place at all, so that a missing folder means that nothing was stored."""
    artifacts_root = folder.parents[1] if len(folder.parents) > 1 else folder
    above = [artifacts_root, artifacts_root.parent, artifacts_root.parent.parent]
    return any(each.is_dir() and len(each.parts) > 1 for each in above)
