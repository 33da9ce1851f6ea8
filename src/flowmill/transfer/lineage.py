"""Whose files a model version has: those of a run, of a logged model, or of nobody, as places in a source tell."""

from __future__ import annotations

import hashlib
import re

import msgspec

from flowmill.entities.model import LoggedModel, LoggedModelInfo, LoggedModelTag, UploadStatus
from flowmill.entities.registry import ModelVersion
from flowmill.transfer.source import FoundModel
from flowmill.wire.transfer import WholeRun

LOOSE_MODELS = "0"
"""The experiment that takes the files of versions which belong to no run."""
MADE_FROM = "flowmill.made_from"
"""Tag of a logged model that stands for a place outside of runs: that place."""

_IN_RUN = re.compile(r"(?:.*/)?([0-9a-f]{32})/artifacts(?:/(.+?))?/?")
_IN_MODEL = re.compile(r"(?:.*/)?models/(m-[0-9a-f]{32})/artifacts/?")


def with_lineage(version: ModelVersion) -> ModelVersion:
    """The version with its files named by what they belong to, since places do not come along."""
    source = version.source or ""
    if model := _IN_MODEL.fullmatch(source):
        return msgspec.structs.replace(version, source=f"models:/{model[1]}", model_id=version.model_id or model[1])
    if (run := _IN_RUN.fullmatch(source)) and not source.startswith("runs:"):
        path = f"/{run[2]}" if run[2] else ""
        return msgspec.structs.replace(version, source=f"runs:/{run[1]}{path}")
    return version


def is_loose(version: ModelVersion) -> bool:
    """Whether a version, with its lineage, was made from a place that belongs to no run and no logged model."""
    return bool(version.source) and not (version.source or "").startswith(("runs:/", "models:/"))


def loose_model(version: ModelVersion) -> FoundModel:
    """The logged model that takes the files of a loose version; the same one at every import."""
    info = LoggedModelInfo(
        model_id=_id_of(version),
        experiment_id=LOOSE_MODELS,
        name=version.name,
        creation_timestamp_ms=version.creation_timestamp,
        last_updated_timestamp_ms=version.creation_timestamp,
        artifact_uri=version.source or "",
        status=UploadStatus.READY,
        tags=[LoggedModelTag(MADE_FROM, version.source or "")],
    )
    return FoundModel(LoggedModel(info=info))


def of_loose_model(version: ModelVersion) -> ModelVersion:
    """A loose version as one of its logged model."""
    model_id = _id_of(version)
    return msgspec.structs.replace(version, source=f"models:/{model_id}", model_id=model_id)


def owner_of(whole: WholeRun | FoundModel) -> str:
    """The id that the place of a run's or model's files ends with; empty where that is anything."""
    if isinstance(whole, WholeRun):
        return whole.run.info.run_id
    return "" if MADE_FROM in whole.model.tags else whole.model.model_id


def _id_of(version: ModelVersion) -> str:
    origin = f"{version.name}/{version.version}@{version.creation_timestamp} {version.source}"
    return f"m-{hashlib.sha256(origin.encode()).hexdigest()[:32]}"
