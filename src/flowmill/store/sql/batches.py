"""Metrics, parameters and tags of runs: many batches at once, in a number of statements that does not grow.

What a batch changes is first worked out in memory, where a batch that must not happen is left out whole, and
then written. The rows of its runs are locked, so that what was read of them is still so when it is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any

from flowmill.entities.caller import Caller
from flowmill.entities.metric import Metric
from flowmill.entities.names import check_key, check_text, check_value
from flowmill.entities.points import Point
from flowmill.entities.run import Param, RunTag
from flowmill.errors import FlowmillError, Invalid, NotFound
from flowmill.store.sql.changes import RUN_NAME_TAG, Change, kind_of_tag, note_changes, tag_changed
from flowmill.store.sql.dialect import columns
from flowmill.store.sql.handler import Failure, handles_together
from flowmill.store.sql.run_rows import FINAL
from flowmill.store.sql.series import bits_of, is_later, sortable, value_of
from flowmill.store.sql.transaction import Row, Transaction
from flowmill.wire.metrics import LogMetric
from flowmill.wire.runs import LogBatch, LogParam, SetTag

TAIL = 1024
"""Points of a tail that are worth a chunk."""
_SPREAD = 512
"""Series that grow together must not all be cut by the same batch: their tails differ by up to this."""

_LARGEST_BATCH = {"metrics": 1000, "params": 100, "tags": 100}
_LONGEST_WRITER = 200

_ID = columns("id BIGINT")
_NAME = columns("name TEXT")
_RUN_KEY = columns("run BIGINT, key TEXT")
_RUN_KEY_VALUE = columns("run BIGINT, key TEXT, value TEXT")
_RUN_WRITER = columns("run BIGINT, writer TEXT")
_RUN_WRITER_SEQ = columns("run BIGINT, writer TEXT, seq BIGINT")
_STATE = columns(
    "value DOUBLE PRECISION, bits BIGINT, step BIGINT, timestamp BIGINT, "
    "minimum DOUBLE PRECISION, maximum DOUBLE PRECISION, tail BIGINT, chunked BIGINT"
)
_POINT = columns("series BIGINT, step BIGINT, timestamp BIGINT, bits BIGINT")
_MODEL_METRIC = columns(
    "model BIGINT, key TEXT, run_id TEXT, step BIGINT, timestamp BIGINT, bits BIGINT, "
    "value DOUBLE PRECISION, dataset_name TEXT, dataset_digest TEXT"
)


@dataclass
class _Series:
    """A series as its row in ``latest_metrics`` says, and the points that are on their way to it."""

    id: int | None = None
    latest: tuple[int, int, float] | None = None
    """(step, time, value)"""
    low: float | None = None
    high: float | None = None
    tail: int | None = 0
    chunked: int = 0
    arriving: list[tuple[int, int, int]] = field(default_factory=list[tuple[int, int, int]])
    """(time, step, bits)"""

    def add(self, step: int, time: int, value: float) -> None:
        """Take a point."""
        if self.latest is None or is_later(step, time, value, self.latest):
            self.latest = (step, time, value)
        if value == value:
            self.low = value if self.low is None or value < self.low else self.low
            self.high = value if self.high is None or value > self.high else self.high
        self.arriving.append((time, step, bits_of(value)))

    @property
    def state(self) -> tuple[Any, ...]:
        """The columns of `_STATE`."""
        assert self.latest is not None
        step, time, value = self.latest
        return (sortable(value), bits_of(value), step, time, self.low, self.high, self.tail, self.chunked)


@dataclass
class _Pending:
    """What the database says of the runs of a group, and what is going to be written."""

    runs: dict[str, Row]
    marks: dict[tuple[int, str], int]
    series: dict[tuple[int, str], _Series]
    params: dict[tuple[int, str], str]
    tags: dict[tuple[int, str], str]
    """Those that the log of changes is about."""
    models: dict[str, int]
    changes: list[Change] = field(default_factory=list[Change])
    new_marks: dict[tuple[int, str], int] = field(default_factory=dict[tuple[int, str], int])
    new_params: dict[tuple[int, str], str] = field(default_factory=dict[tuple[int, str], str])
    new_tags: dict[tuple[int, str], str] = field(default_factory=dict[tuple[int, str], str])
    model_metrics: dict[tuple[Any, ...], tuple[Any, ...]] = field(
        default_factory=dict[tuple[Any, ...], tuple[Any, ...]]
    )


@handles_together(LogMetric, LogParam, SetTag, LogBatch)
def log_batches(
    tx: Transaction, asks: Sequence[LogMetric | LogParam | SetTag | LogBatch], callers: Sequence[Caller]
) -> list[Failure | None]:
    """Write metrics, parameters and tags of active runs: of each batch all or none, and each batch once."""
    batches = [_as_batch(ask) for ask in asks]
    pending = _read(tx, batches)
    results: list[Failure | None] = []
    for batch, caller in zip(batches, callers, strict=True):
        try:
            _take(pending, batch, caller)
            results.append(None)
        except FlowmillError as error:
            results.append(Failure(error))
    _write(tx, pending)
    return results


def append_points(tx: Transaction, points: Mapping[tuple[int, str], Iterable[Point]]) -> None:
    """Append points to series by (run, key), whatever the state of the runs; a point that is there stays single.

    The caller holds the rows of the runs.
    """
    for _, key in points:
        check_key("metric", key)
    known = _read_series(tx, list(points))
    changed: dict[tuple[int, str], _Series] = {}
    for place, arriving in points.items():
        series = known.get(place) or _Series()
        for time, step, value in arriving:
            series.add(step, time, value)
        if series.arriving:
            changed[place] = series
    _write_points(tx, changed)


def take_later(tx: Transaction, series: int, chunked: int, step: int) -> list[Point]:
    """Take the points later than a step out of a series; `measure_again` belongs after it."""
    rows = tx.all("SELECT timestamp, step, bits FROM points WHERE series = ? AND step > ?", (series, step))
    tx.run("DELETE FROM points WHERE series = ? AND step > ?", (series, step))
    if chunked:
        rows += _chunks_of(series).take_later(tx, series, step)
    return [(time, at, value_of(bits)) for time, at, bits in rows]


def measure_again(tx: Transaction, series: int, chunked: int) -> None:
    """Bring the row of a series up to date with its points, of which some were taken; without any it goes."""
    again = _Series(series)
    rows = tx.all("SELECT timestamp, step, bits FROM points WHERE series = ?", (series,))
    again.tail = len(rows)
    for time, step, bits in rows:
        again.add(step, time, value_of(bits))
    if chunked:
        extent = _chunks_of(series).extent(tx, series)
        again.chunked = extent.points
        for time, step, bits in extent.latest:
            again.add(step, time, value_of(bits))
        again.low = min((low for low in (again.low, extent.low) if low is not None), default=None)
        again.high = max((high for high in (again.high, extent.high) if high is not None), default=None)
    if again.latest is None:
        tx.run("DELETE FROM latest_metrics WHERE id = ?", (series,))
    else:
        tx.update_many("latest_metrics", _ID, _STATE, [(series, *again.state)])


def _chunks_of(series: int) -> ModuleType:
    pyramid = chunk_writer()
    if pyramid is None:
        raise Invalid(
            f"The points of metric {series} are stored in compressed chunks, which are read with numpy and pcodec: "
            "run `pip install 'flowmill[server]'` and try again."
        )
    return pyramid


def _as_batch(ask: LogMetric | LogParam | SetTag | LogBatch) -> LogBatch:
    """What a request says, as a batch."""
    if isinstance(ask, LogBatch):
        return ask
    if isinstance(ask, LogMetric):
        point = Metric(ask.key, ask.value, ask.timestamp, ask.step, ask.model_id, ask.dataset_name, ask.dataset_digest)
        return LogBatch(run_id=ask.run_id, metrics=[point])
    if isinstance(ask, LogParam):
        return LogBatch(run_id=ask.run_id, params=[Param(ask.key, ask.value)])
    return LogBatch(run_id=ask.run_id, tags=[RunTag(ask.key, ask.value)])


def _read(tx: Transaction, batches: Sequence[LogBatch]) -> _Pending:
    """What the batches are checked against."""
    rows = tx.all_in(
        # By number: groups of several processes that write to the same runs must not wait for each other in a ring.
        f"SELECT run_id, id, deleted_at, status FROM runs WHERE run_id IN (...) ORDER BY id{tx.dialect.for_update}",
        list({batch.run_id for batch in batches}),
    )
    runs = {row[0]: row for row in rows}
    known = [(runs[batch.run_id][1], batch) for batch in batches if batch.run_id in runs]
    marks = tx.all_given(
        "SELECT w.run, w.writer, w.seq FROM {given} JOIN writers w ON w.run = given.run AND w.writer = given.writer",
        _RUN_WRITER,
        list({(run, batch.writer) for run, batch in known if _is_text(batch.writer)}),
    )
    applied = {(run, writer): seq for run, writer, seq in marks}
    known = [(run, batch) for run, batch in known if not _is_applied(applied, run, batch)]
    series = _read_series(
        tx, list({(run, metric.key) for run, batch in known for metric in batch.metrics if _is_text(metric.key)})
    )
    params = tx.all_given(
        "SELECT p.run, p.key, p.value FROM {given} JOIN params p ON p.run = given.run AND p.key = given.key",
        _RUN_KEY,
        list({(run, param.key) for run, batch in known for param in batch.params if _is_text(param.key)}),
    )
    tags = tx.all_given(
        "SELECT t.run, t.key, t.value FROM {given} JOIN tags t ON t.run = given.run AND t.key = given.key",
        _RUN_KEY,
        list({(run, tag.key) for run, batch in known for tag in batch.tags if _is_noted(tag.key)}),
    )
    models = {metric.model_id for _, batch in known for metric in batch.metrics if _is_text(metric.model_id)}
    return _Pending(
        runs=runs,
        marks=applied,
        series=series,
        params={(run, key): value for run, key, value in params},
        tags={(run, key): value for run, key, value in tags},
        models=dict(tx.all_in("SELECT model_id, id FROM logged_models WHERE model_id IN (...)", list(models))),
    )


def _read_series(tx: Transaction, places: Sequence[tuple[int, str]]) -> dict[tuple[int, str], _Series]:
    """The series that exist of these runs and keys."""
    rows = tx.all_given(
        "SELECT m.run, m.key, m.id, m.step, m.timestamp, m.bits, m.minimum, m.maximum, m.tail, m.chunked "
        "FROM {given} JOIN latest_metrics m ON m.run = given.run AND m.key = given.key",
        _RUN_KEY,
        places,
    )
    return {
        (run, key): _Series(number, (step, time, value_of(bits)), low, high, tail, chunked)
        for run, key, number, step, time, bits, low, high, tail, chunked in rows
    }


def _is_applied(marks: Mapping[tuple[int, str], int], run: int, batch: LogBatch) -> bool:
    """Whether a batch came before: then nothing more is looked up for it."""
    if batch.writer is None or batch.seq is None:
        return False
    return batch.seq <= marks.get((run, batch.writer), -1)


def _is_text(text: str | None) -> bool:
    """Whether a database can be asked for a text; what cannot be asked for is refused when the batch is checked."""
    return bool(text) and "\x00" not in text and (text.isascii() or _has_no_half(text))


def _is_noted(key: str) -> bool:
    return _is_text(key) and kind_of_tag(key) is not None


def _has_no_half(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _take(pending: _Pending, batch: LogBatch, caller: Caller) -> None:
    """Check a batch and add what it writes; on an error nothing of it was added."""
    for kind, largest in _LARGEST_BATCH.items():
        if len(getattr(batch, kind)) > largest:
            raise Invalid(
                f"A batch may hold at most {largest} {kind}, this one has {len(getattr(batch, kind))}: split it."
            )
    if batch.run_id not in pending.runs:
        raise NotFound(f"There is no run with id {batch.run_id[:60]!r}.")
    _, run, deleted_at, status = pending.runs[batch.run_id]
    mark = _mark_of(batch)
    if _is_applied(pending.marks, run, batch):
        return  # only the answer was lost
    if deleted_at is not None:
        raise Invalid(f"Run {batch.run_id} is deleted; restore it before you change it.")
    params = _checked_params(pending, run, batch)
    _check_metrics(pending, batch.metrics)
    for tag in batch.tags:
        check_key("tag", tag.key)
        check_value("tag", tag.key, tag.value)

    if mark is not None:
        pending.marks[run, mark[0]] = pending.new_marks[run, mark[0]] = mark[1]
    for key, value in params.items():
        pending.params[run, key] = pending.new_params[run, key] = value
    for tag in batch.tags:
        place = run, tag.key
        old = pending.new_tags.get(place, pending.tags.get(place))
        change = tag_changed(run, tag.key, old, tag.value, caller.name, going_on=status not in FINAL)
        if change:
            pending.changes.append(change)
        pending.new_tags[place] = tag.value
    for metric in batch.metrics:
        series = pending.series.get((run, metric.key))
        if series is None:
            series = pending.series[run, metric.key] = _Series()
        series.add(metric.step, metric.timestamp, metric.value)
        if metric.model_id:
            _add_to_model(pending, batch.run_id, metric)


def _mark_of(batch: LogBatch) -> tuple[str, int] | None:
    """Who wrote the batch, and which of theirs it is."""
    if batch.writer is None and batch.seq is None:
        return None
    if batch.writer is None or batch.seq is None:
        raise Invalid("A batch has either both writer and seq, or neither.")
    check_text("writer of a batch", batch.writer)
    if not 1 <= len(batch.writer) <= _LONGEST_WRITER:
        raise Invalid(f"The writer of a batch must have 1 to {_LONGEST_WRITER} characters, it has {len(batch.writer)}.")
    if not 0 <= batch.seq < 2**63:
        raise Invalid(f"The seq of a batch is {batch.seq}: it must be between 0 and 2^63 - 1.")
    return batch.writer, batch.seq


def _checked_params(pending: _Pending, run: int, batch: LogBatch) -> dict[str, str]:
    """The parameters that are new; Invalid if one has another value already."""
    new: dict[str, str] = {}
    for param in batch.params:
        check_key("param", param.key)
        check_value("param", param.key, param.value)
        if new.setdefault(param.key, param.value) != param.value:
            raise Invalid(
                f"Param {param.key!r} is in the batch twice, with values {new[param.key]!r} and {param.value!r}."
            )
        kept = pending.params.get((run, param.key), param.value)
        if kept != param.value:
            raise Invalid(
                f"Param {param.key!r} of run {batch.run_id} is {kept[:100]!r} and cannot become "
                f"{param.value[:100]!r}: a parameter is written once; start another run, or set a tag."
            )
    return {key: value for key, value in new.items() if (run, key) not in pending.params}


def _check_metrics(pending: _Pending, metrics: Sequence[Metric]) -> None:
    for key in {metric.key for metric in metrics}:
        check_key("metric", key)
    for metric in metrics:
        if not -(2**63) <= metric.step < 2**63:
            raise Invalid(f"The step of metric {metric.key!r} is {metric.step}: it must fit 64 bits.")
        if not -(2**63) <= metric.timestamp < 2**63:
            raise Invalid(f"The timestamp of metric {metric.key!r} is {metric.timestamp}: it must fit 64 bits.")
        if metric.model_id:
            if metric.model_id not in pending.models:
                raise NotFound(f"There is no logged model with id {metric.model_id[:60]!r}.")
            check_text(f"dataset of metric {metric.key!r}", f"{metric.dataset_name}{metric.dataset_digest}")


def _add_to_model(pending: _Pending, run_id: str, metric: Metric) -> None:
    assert metric.model_id is not None
    model, bits = pending.models[metric.model_id], bits_of(metric.value)
    place = (model, metric.key, run_id, metric.step, metric.timestamp, bits)
    pending.model_metrics[place] = (*place, sortable(metric.value), metric.dataset_name, metric.dataset_digest)


def _write(tx: Transaction, pending: _Pending) -> None:
    tx.insert_many(
        "params", _RUN_KEY_VALUE, [(*place, value) for place, value in pending.new_params.items()],
        "ON CONFLICT DO NOTHING",
    )  # fmt: skip
    _write_points(tx, {place: series for place, series in pending.series.items() if series.arriving})
    tx.insert_many(
        "logged_model_metrics", _MODEL_METRIC, list(pending.model_metrics.values()), "ON CONFLICT DO NOTHING"
    )
    tx.insert_many(
        "tags", _RUN_KEY_VALUE, [(*place, value) for place, value in pending.new_tags.items()],
        "ON CONFLICT (run, key) DO UPDATE SET value = excluded.value",
    )  # fmt: skip
    note_changes(tx, pending.changes)
    tx.update_many(
        "runs", _ID, _NAME,  # the tag and the attribute are one name
        [(run, name) for (run, key), name in pending.new_tags.items() if key == RUN_NAME_TAG],
    )  # fmt: skip
    tx.insert_many(
        "writers", _RUN_WRITER_SEQ, [(*place, seq) for place, seq in pending.new_marks.items()],
        "ON CONFLICT (run, writer) DO UPDATE SET seq = excluded.seq",
    )  # fmt: skip


def _write_points(tx: Transaction, changed: dict[tuple[int, str], _Series]) -> None:
    """Append what arrives to the tails of series, or, where that is worth a chunk, to their chunks."""
    uncounted = [series.id for series in changed.values() if series.tail is None]
    lengths = dict(tx.all_in("SELECT series, COUNT(*) FROM points WHERE series IN (...) GROUP BY series", uncounted))
    in_tail: list[_Series] = []
    for series in changed.values():
        tail = lengths.get(series.id, 0) if series.tail is None else series.tail
        length = tail + len(series.arriving)
        if series.id is None or length < TAIL + series.id % _SPREAD or (pyramid := chunk_writer()) is None:
            series.tail = length
            in_tail.append(series)
        else:
            added, series.tail = pyramid.settle(tx, series.id, series.arriving, tail > 0)
            series.chunked += added
    known = [(series.id, *series.state) for series in changed.values() if series.id is not None]
    tx.update_many("latest_metrics", _ID, _STATE, known)
    new = {place: series for place, series in changed.items() if series.id is None}
    tx.insert_many("latest_metrics", _RUN_KEY + _STATE, [(*place, *series.state) for place, series in new.items()])
    for run, key, number in tx.all_given(
        "SELECT m.run, m.key, m.id FROM {given} JOIN latest_metrics m ON m.run = given.run AND m.key = given.key",
        _RUN_KEY,
        list(new),
    ):
        new[run, key].id = number
    tx.insert_many(
        "points",
        _POINT,
        [(series.id, step, time, bits) for series in in_tail for time, step, bits in series.arriving],
        "ON CONFLICT DO NOTHING",
    )


@cache
def chunk_writer() -> ModuleType | None:
    """`flowmill.store.sql.pyramid`, or None where numpy or pcodec are not installed: then tails just grow."""
    try:
        from flowmill.store.sql import pyramid
    except ImportError:
        return None
    return pyramid
