"""MLflow's file store: a folder of folders, ``meta.yaml`` in each, a file for each parameter, tag and metric.

The layout as MLflow 1.0 to 3.17 write it::

    <experiment>/meta.yaml, tags/…          .trash/<experiment>/…
    <experiment>/<run>/meta.yaml, params/…, tags/…, metrics/…, inputs/<link>/meta.yaml, outputs/<link>/meta.yaml
    <experiment>/datasets/<dataset>/meta.yaml
    <experiment>/models/<logged model>/meta.yaml, params/…, tags/…, metrics/…
    models/<registered model>/meta.yaml, tags/…, aliases/…, version-<n>/meta.yaml, version-<n>/tags/…

Where files are follows from the folder; absolute paths that ``meta.yaml`` names count only for what is not here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flowmill.artifacts import ArtifactStore
from flowmill.entities.branch import Branch
from flowmill.entities.dataset import Dataset, DatasetInput, InputTag
from flowmill.entities.experiment import Experiment, ExperimentTag
from flowmill.entities.metric import Metric
from flowmill.entities.model import (
    LoggedModel,
    LoggedModelData,
    LoggedModelInfo,
    LoggedModelParameter,
    LoggedModelTag,
    UploadStatus,
)
from flowmill.entities.points import Point, Points
from flowmill.entities.registry import (
    ModelVersion,
    ModelVersionStatus,
    ModelVersionTag,
    RegisteredModel,
    RegisteredModelAlias,
    RegisteredModelTag,
)
from flowmill.entities.run import (
    LifecycleStage,
    LoggedModelInput,
    LoggedModelOutput,
    Param,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOutputs,
    RunStatus,
    RunTag,
)
from flowmill.errors import FlowmillError, Invalid
from flowmill.models.yaml_files import read_yaml
from flowmill.transfer.places import SourcePlaces
from flowmill.transfer.source import POINTS_AT_ONCE, PROMPT_TAG, FoundModel, FoundRegistered, Survey
from flowmill.wire.transfer import WholeRun

_TRASH = ".trash"
_REGISTRY = "models"
_META = "meta.yaml"
_NOT_RUNS = ("tags", "datasets", "models", "traces", "artifacts")
_STATUS = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}
_MODEL_STATUS = {1: UploadStatus.PENDING, 2: UploadStatus.READY, 3: UploadStatus.FAILED}
_DELETED_VERSION = "Deleted_Internal"


def is_file_store(folder: Path) -> bool:
    """Whether a folder holds experiments or models as MLflow's file store writes them."""
    for below in ("*", f"{_TRASH}/*", f"{_REGISTRY}/*"):
        if next(folder.glob(f"{below}/{_META}"), None) is not None:
            return True
    return False


def some_run_ids(folder: Path, most: int = 50) -> list[str]:
    """Ids of a few runs of a file store, without opening a file."""
    found: list[str] = []
    for meta in folder.glob(f"*/*/{_META}"):
        if meta.parents[1].name != _REGISTRY and meta.parent.name not in _NOT_RUNS:
            found.append(meta.parent.name)
            if len(found) == most:
                break
    return found


class FileSource:
    """MLflow's file store in a folder."""

    def __init__(self, folder: Path, moved: tuple[str, ...] = ()) -> None:
        try:
            import yaml  # noqa: F401  # pyright: ignore[reportUnusedImport]
        except ImportError:
            raise Invalid("MLflow's files need PyYAML: run `pip install pyyaml` and try again.") from None
        self.name = f"MLflow's file store {folder}"
        self.hides_infinity = False  # files hold the word
        self.problems: list[str] = []
        self._root = folder
        # Places such as ./mlruns/1/… are relative to the folder in which the file store lies.
        self._places = SourcePlaces(beside=(folder.absolute().parent, folder.absolute()), moved=moved)

    def survey(self) -> Survey:
        """Counted by folders; nothing is opened."""
        folders = [folder for folder, _ in self._experiment_folders()]
        models = [below for folder in folders for below in _folders(folder / "models")]
        registered = [folder for folder in _folders(self._root / _REGISTRY) if not self._is_prompt(folder)]
        prompts = len(_folders(self._root / _REGISTRY)) - len(registered)
        left_out = {
            "traces": sum(len(_folders(folder / "traces")) for folder in folders),
            "prompts": prompts,
        }
        return Survey(
            {
                "experiments": len(folders),
                "runs": sum(len(self._run_folders(folder)) for folder in folders),
                "logged models": len(models),
                "registered models": len(registered),
            },
            {what: count for what, count in left_out.items() if count},
        )

    def experiments(self) -> Iterator[Experiment]:
        """By id; those in the trash last."""
        for folder, trashed in self._experiment_folders():
            meta = self._meta(folder)
            if meta is None:
                continue
            created = _whole(meta.get("creation_time"))
            deleted = trashed or str(meta.get("lifecycle_stage")) == "deleted"
            yield Experiment(
                experiment_id=str(meta.get("experiment_id", folder.name)),
                name=str(meta.get("name", folder.name)),
                artifact_location=str(meta.get("artifact_location") or ""),
                lifecycle_stage=LifecycleStage.DELETED if deleted else LifecycleStage.ACTIVE,
                last_update_time=_whole(meta.get("last_update_time")) or created,
                creation_time=created,
                tag_list=[ExperimentTag(key, value) for key, value in self._texts(folder / "tags")],
            )

    def runs(self, experiment_id: str, only: frozenset[str] | None = None) -> Iterator[WholeRun]:
        """By id."""
        folder = self._folder_of(experiment_id)
        datasets = self._datasets(folder)
        for run_folder in self._run_folders(folder):
            if only is None or run_folder.name in only:
                meta = self._meta(run_folder)
                if meta is None:
                    continue
                try:
                    yield self._run(run_folder, experiment_id, meta, datasets)
                except (ValueError, TypeError) as error:
                    self.problems.append(f"Run {run_folder.name} cannot be read ({error}); left out.")

    def branches(self, run_id: str) -> Iterator[tuple[Branch, Iterator[Points]]]:
        """MLflow hides nothing."""
        return iter(())

    def logged_models(self, experiment_id: str, only: frozenset[str] | None = None) -> Iterator[FoundModel]:
        """By id."""
        for folder in _folders(self._folder_of(experiment_id) / "models"):
            if only is not None and folder.name not in only:
                continue
            meta = self._meta(folder)
            if meta is None:
                continue
            model_id = str(meta.get("model_id", folder.name))
            info = LoggedModelInfo(
                model_id=model_id,
                experiment_id=experiment_id,
                name=str(meta.get("name") or model_id),
                creation_timestamp_ms=_whole(meta.get("creation_timestamp")),
                last_updated_timestamp_ms=_whole(meta.get("last_updated_timestamp")),
                artifact_uri=_files_at(folder, meta.get("artifact_location")),
                status=_MODEL_STATUS.get(_whole(meta.get("status")), UploadStatus.UNSPECIFIED),
                model_type=str(meta.get("model_type") or ""),
                source_run_id=str(meta.get("source_run_id") or ""),
                status_message=meta.get("status_message"),
                tags=[LoggedModelTag(key, value) for key, value in self._texts(folder / "tags")],
            )
            params = [LoggedModelParameter(key, value) for key, value in self._texts(folder / "params")]
            metrics = list(self._metrics_of_model(folder / "metrics", model_id))
            deleted = str(meta.get("lifecycle_stage")) == "deleted"
            yield FoundModel(LoggedModel(info=info, data=LoggedModelData(params, metrics)), deleted)

    def late_models(self, experiment_id: str) -> Iterator[FoundModel]:
        """None: all are listed."""
        return iter(())

    def registered_models(self, only: frozenset[str] | None = None) -> Iterator[FoundRegistered]:
        """By name."""
        for folder in _folders(self._root / _REGISTRY):
            meta = self._meta(folder)
            if meta is None or self._is_prompt(folder):
                continue
            name = str(meta.get("name", folder.name))
            if only is not None and name not in only:
                continue
            versions: list[ModelVersion] = []
            last = 0
            for below in _folders(folder):
                if not below.name.startswith("version-"):
                    continue
                version = self._meta(below)
                if version is not None:
                    last = max(last, _whole(version.get("version")))
                    if version.get("current_stage") == _DELETED_VERSION:
                        continue
                    try:
                        versions.append(self._version(below, name, version))
                    except (ValueError, TypeError) as error:
                        self.problems.append(f"{below.name} of {name!r} cannot be read ({error}); left out.")
            aliases = [RegisteredModelAlias(key, value.strip()) for key, value in self._texts(folder / "aliases")]
            yield FoundRegistered(
                RegisteredModel(
                    name=name,
                    creation_timestamp=_whole(meta.get("creation_timestamp")),
                    last_updated_timestamp=_whole(meta.get("last_updated_timestamp")),
                    description=str(meta.get("description") or ""),
                    tag_list=[RegisteredModelTag(key, value) for key, value in self._texts(folder / "tags")],
                    alias_list=aliases,
                ),
                sorted(versions, key=lambda version: int(version.version)),
                last,
            )

    def open_files(self, uri: str, owner: str) -> ArtifactStore | None:
        """Beside the run or model, or where its ``meta.yaml`` says."""
        return self._places.open(uri, owner)

    def notes(self) -> list[str]:
        """What to know of places."""
        return self._places.notes()

    def close(self) -> None:
        """Nothing is held open."""

    def _experiment_folders(self) -> list[tuple[Path, bool]]:
        found: list[tuple[Path, bool]] = []
        for parent, trashed in ((self._root, False), (self._root / _TRASH, True)):
            found += [
                (folder, trashed)
                for folder in _folders(parent)
                if (folder / _META).is_file() and folder.name not in (_TRASH, _REGISTRY)
            ]
        return found

    def _folder_of(self, experiment_id: str) -> Path:
        for folder, _ in self._experiment_folders():
            if folder.name == experiment_id:
                return folder
        return self._root / experiment_id

    def _run_folders(self, experiment: Path) -> list[Path]:
        return [
            folder for folder in _folders(experiment) if folder.name not in _NOT_RUNS and (folder / _META).is_file()
        ]

    def _run(self, folder: Path, experiment_id: str, meta: dict[str, Any], datasets: dict[str, Dataset]) -> WholeRun:
        run_id = str(meta.get("run_id") or meta.get("run_uuid") or folder.name)
        tags = self._texts(folder / "tags")
        name = meta.get("run_name") or meta.get("name") or dict(tags).get("mlflow.runName") or ""
        deleted = str(meta.get("lifecycle_stage")) == "deleted"
        end_time = meta.get("end_time")
        info = RunInfo(
            run_id=run_id,
            run_uuid=run_id,
            run_name=str(name),
            experiment_id=experiment_id,
            user_id=str(meta.get("user_id") or ""),
            status=_status(meta.get("status")),
            start_time=_whole(meta.get("start_time")),
            artifact_uri=_files_at(folder, meta.get("artifact_uri")),
            lifecycle_stage=LifecycleStage.DELETED if deleted else LifecycleStage.ACTIVE,
            end_time=None if end_time is None else _whole(end_time),
        )
        data = RunData(
            param_list=[Param(key, value) for key, value in self._texts(folder / "params")],
            tag_list=[RunTag(key, value) for key, value in tags],
        )
        used: list[DatasetInput] = []
        models_in: list[LoggedModelInput] = []
        for link in _folders(folder / "inputs"):
            if meta_of_link := self._meta(link):
                source, pairs = str(meta_of_link.get("source_id")), meta_of_link.get("tags") or {}
                if meta_of_link.get("source_type") == "DATASET" and source in datasets:
                    used.append(DatasetInput(datasets[source], [InputTag(k, str(v)) for k, v in pairs.items()]))
                elif meta_of_link.get("source_type") != "DATASET":
                    models_in.append(LoggedModelInput(source))
        made = [
            LoggedModelOutput(str(link.get("destination_id")), _whole(link.get("step")))
            for each in _folders(folder / "outputs")
            if (link := self._meta(each))
        ]
        run = Run(info=info, data=data, inputs=RunInputs(used, models_in), outputs=RunOutputs(made))
        return WholeRun(run, list(self._points(folder / "metrics")))

    def _points(self, folder: Path) -> Iterator[Points]:
        for key, file in _files(folder):
            rows: list[Point] = []
            for number, words in self._lines(file):
                try:
                    # timestamp value [step]; MLflow 3 appends the name and digest of a dataset
                    rows.append((int(words[0]), int(words[2]) if len(words) > 2 else 0, float(words[1])))
                except (ValueError, IndexError):
                    self.problems.append(f"{file}, line {number}: {' '.join(words)[:80]!r} is no point; left out.")
            for start in range(0, len(rows), POINTS_AT_ONCE):
                yield Points.of(key, rows[start : start + POINTS_AT_ONCE])

    def _metrics_of_model(self, folder: Path, model_id: str) -> Iterator[Metric]:
        for key, file in _files(folder):
            for number, words in self._lines(file):
                try:
                    # timestamp value step run [dataset's name, which may hold spaces, and digest]
                    dataset = (" ".join(words[4:-1]), words[-1]) if len(words) > 5 else (None, None)
                    time, value, step = int(words[0]), float(words[1]), int(words[2])
                    yield Metric(key, value, time, step, model_id, *dataset, words[3])
                except (ValueError, IndexError):
                    self.problems.append(f"{file}, line {number}: {' '.join(words)[:80]!r} is no point; left out.")

    def _lines(self, file: Path) -> Iterator[tuple[int, list[str]]]:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self.problems.append(f"{file} cannot be read ({error}); left out.")
            return
        for number, line in enumerate(text.splitlines(), 1):
            if words := line.split():
                yield number, words

    def _version(self, folder: Path, name: str, meta: dict[str, Any]) -> ModelVersion:
        source = str(meta.get("source") or "")
        if source.startswith("models:/") and not source.startswith("models:/m-"):
            source = str(meta.get("storage_location") or source)  # a copy of another version
        return ModelVersion(
            name=name,
            version=str(_whole(meta.get("version"))),
            creation_timestamp=_whole(meta.get("creation_timestamp")),
            last_updated_timestamp=_whole(meta.get("last_updated_timestamp")),
            current_stage=str(meta.get("current_stage") or "None"),
            description=str(meta.get("description") or ""),
            user_id=meta.get("user_id"),
            source=source,
            run_id=str(meta["run_id"]) if meta.get("run_id") else None,
            run_link=str(meta.get("run_link") or ""),
            model_id=str(meta["model_id"]) if meta.get("model_id") else None,
            status=ModelVersionStatus(str(meta.get("status") or "READY")),
            status_message=meta.get("status_message"),
            tag_list=[ModelVersionTag(key, value) for key, value in self._texts(folder / "tags")],
        )

    def _datasets(self, experiment: Path) -> dict[str, Dataset]:
        found: dict[str, Dataset] = {}
        for folder in _folders(experiment / "datasets"):
            if meta := self._meta(folder):
                found[folder.name] = Dataset(
                    name=str(meta.get("name")),
                    digest=str(meta.get("digest")),
                    source_type=str(meta.get("source_type") or ""),
                    source=str(meta.get("source") or ""),
                    schema=meta.get("schema"),
                    profile=meta.get("profile"),
                )
        return found

    def _is_prompt(self, registered: Path) -> bool:
        tag = registered / "tags" / PROMPT_TAG
        return tag.is_file() and tag.read_text(encoding="utf-8", errors="replace").strip().lower() == "true"

    def _texts(self, folder: Path) -> list[tuple[str, str]]:
        """(key, content) of the files below a folder; a key may hold slashes."""
        found: list[tuple[str, str]] = []
        for key, file in _files(folder):
            try:
                with file.open(encoding="utf-8", newline="") as opened:
                    found.append((key, opened.read()))
            except (OSError, UnicodeDecodeError) as error:
                self.problems.append(f"{file} cannot be read ({error}); left out.")
        return found

    def _meta(self, folder: Path) -> dict[str, Any] | None:
        file = folder / _META
        if not file.is_file():
            return None
        try:
            return read_yaml(file)
        except (FlowmillError, OSError) as error:
            self.problems.append(f"{file} cannot be read, so {folder.name} was left out: {error}")
            return None


def _folders(parent: Path) -> list[Path]:
    try:
        with os.scandir(parent) as entries:
            return sorted(Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=True))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _files(folder: Path, prefix: str = "") -> Iterator[tuple[str, Path]]:
    try:
        with os.scandir(folder) as entries:
            ordered = sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in ordered:
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path), f"{prefix}{entry.name}/")
        elif entry.is_file(follow_symlinks=False):
            yield prefix + entry.name, Path(entry.path)


def _files_at(folder: Path, stored: object) -> str:
    """Where the files of a run or model are: in its folder, or, when that has none, where it says."""
    own = folder / "artifacts"
    return own.absolute().as_uri() if own.is_dir() or not stored else str(stored)


def _status(stored: object) -> RunStatus:
    return RunStatus(_STATUS.get(stored, "") if isinstance(stored, int) else str(stored or "FINISHED"))


def _whole(stored: object) -> int:
    try:
        return int(stored)  # type: ignore[call-overload]
    except (TypeError, ValueError):
        return 0
