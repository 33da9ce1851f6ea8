"""What a run, model or version is, as one short text: two stores hold the same if their digests are equal.

Left out is what differs between stores that hold the same: the number of the experiment and where files are.
A NaN is a NaN whatever its bits, and a point that was logged twice is one point.
"""

from __future__ import annotations

import hashlib
import math
from array import array
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from flowmill.entities.model import LoggedModel
from flowmill.entities.points import Point
from flowmill.entities.registry import ModelVersion, RegisteredModel
from flowmill.entities.run import Run

_json = msgspec.json.Encoder(order="sorted").encode


def digest_of_points(points: Iterable[Point]) -> tuple[int, str]:
    """How many different points there are, and their digest, whatever their order."""
    distinct = sorted({(time, step, *_exact(value)) for time, step, value in points})
    text = hashlib.sha256()
    for column, kind in enumerate("qqdd"):
        text.update(array(kind, [row[column] for row in distinct]).tobytes())
    return len(distinct), text.hexdigest()[:32]


def digest_of_run(run: Run, series: Mapping[str, str]) -> str:
    """The digest of a run whose metrics have these digests by key."""
    info = run.info
    return digest_of(
        [
            [info.run_name, info.user_id, info.status, info.start_time, info.end_time, info.lifecycle_stage],
            sorted(run.data.params.items()),
            sorted(run.data.tags.items()),
            sorted(series.items()),
            sorted(
                [
                    [*msgspec.structs.astuple(used.dataset), sorted((tag.key, tag.value) for tag in used.tags)]
                    for used in run.inputs.dataset_inputs
                ],
                key=repr,
            ),
            sorted(used.model_id for used in run.inputs.model_inputs),
            sorted((made.model_id, made.step) for made in run.outputs.model_outputs) if run.outputs else [],
        ]
    )


def digest_of_model(model: LoggedModel) -> str:
    """The digest of a logged model."""
    info = model.info
    return digest_of(
        [
            [info.model_id, info.name, info.status, info.model_type or "", info.source_run_id or ""],
            [info.creation_timestamp_ms, info.last_updated_timestamp_ms, info.status_message or ""],
            sorted(model.tags.items()),
            sorted(model.params.items()),
            sorted(_latest_metrics(model)),
        ]
    )


def digest_of_version(version: ModelVersion) -> str:
    """The digest of a version of a registered model, its number and aliases left out."""
    return digest_of(
        [
            [version.description or "", version.user_id or "", version.current_stage, version.run_id or ""],
            [version.model_id or "", version.run_link or "", version.status, version.status_message or ""],
            [version.creation_timestamp, version.last_updated_timestamp],
            sorted(version.tags.items()),
        ]
    )


def digest_of_registered(model: RegisteredModel) -> str:
    """The digest of a registered model without its versions."""
    return digest_of(
        [
            [model.name, model.description or "", model.creation_timestamp, model.last_updated_timestamp],
            sorted(model.tags.items()),
            sorted(model.aliases.items()),
        ]
    )


def digest_of(value: Any) -> str:
    """32 hexadecimal digits of plain data."""
    return hashlib.sha256(_json(value)).hexdigest()[:32]


def _latest_metrics(model: LoggedModel) -> list[list[Any]]:
    """The newest value of each metric in each run on each dataset: what stores show of a model's metrics."""
    latest: dict[tuple[str, ...], list[Any]] = {}
    for metric in sorted(model.metrics, key=lambda metric: (metric.step, metric.timestamp)):
        of = (metric.key, metric.run_id or "", metric.dataset_name or "", metric.dataset_digest or "")
        latest[of] = [*of, repr(metric.value), metric.step, metric.timestamp]
    return list(latest.values())


def _exact(value: float) -> tuple[float, float]:
    """A float as two that compare and sort: NaN has no order, and -0.0 equals 0.0."""
    if math.isnan(value):
        return 0.0, 2.0
    return value, 1.0 if math.copysign(1.0, value) < 0 else 0.0
