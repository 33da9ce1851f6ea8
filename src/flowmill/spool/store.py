"""A store in front of a store: what is logged goes through a spool, everything else straight through.

A request that asks something first lets the spool deliver, so that whoever logs reads what was logged.
"""

from __future__ import annotations

import struct
import threading
import time
import uuid
from collections.abc import Sequence
from typing import Any, TypeVar, cast

import msgspec

from flowmill.entities.metric import Metric
from flowmill.entities.names import check_key, check_value
from flowmill.entities.run import Param, Run, RunTag
from flowmill.errors import Invalid, Unavailable
from flowmill.spool.cut import MOST_METRICS, MOST_PARAMS, MOST_TAGS
from flowmill.spool.delivery import Away
from flowmill.spool.spool import Points, Spool
from flowmill.store.base import Store
from flowmill.wire.life import EndRun, JoinRun, LeaveRun
from flowmill.wire.metrics import LogMetric
from flowmill.wire.operation import Request
from flowmill.wire.runs import (
    CreateRun,
    DeleteRun,
    DeleteRuns,
    GetRun,
    LogBatch,
    LogInputs,
    LogOutputs,
    LogParam,
    RunIds,
    SetTag,
)

T = TypeVar("T")

_as_double, _as_int64 = struct.Struct("<d"), struct.Struct("<q")

READ_SECONDS = 30.0
"""How long a read waits for what was logged before it."""
START_SECONDS = 15.0
"""How long opening a run waits for a store that is away."""


class SpooledStore:
    """`store` for questions, `spool` for what is logged."""

    def __init__(self, store: Store, spool: Spool) -> None:
        self.store = store
        self.spool = spool
        self._params: dict[str, dict[str, str]] = {}
        """Parameters of the runs that this process logs to: a changed one is a mistake that is told at once."""
        self._keys: set[str] = set()
        """Names of metrics that were checked."""
        self._lock = threading.Lock()

    def send(self, request: Request[T]) -> T:
        """Log without waiting, or ask."""
        if isinstance(request, LogBatch):
            self._log(request)
        elif isinstance(request, LogMetric):
            point = Metric(
                request.key, request.value, request.timestamp, request.step,
                request.model_id, request.dataset_name, request.dataset_digest,
            )  # fmt: skip
            self._log(LogBatch(run_id=request.run_id, metrics=[point]))
        elif isinstance(request, LogParam):
            self._log(LogBatch(run_id=request.run_id, params=[Param(request.key, request.value)]))
        elif isinstance(request, SetTag):
            self._log(LogBatch(run_id=request.run_id, tags=[RunTag(request.key, request.value)]))
        elif isinstance(request, LogInputs | LogOutputs):
            self._known(request.run_id)
            self.spool.post(request)
        else:
            return self._ask(request)
        return None  # type: ignore[return-value]

    def points(self, run_id: str, points: Points) -> None:
        """Log points of a run: the way that a training loop takes."""
        if run_id not in self._params:
            self._known(run_id)
        if not points:
            return
        known = self._keys
        for point in points:
            if point[0] not in known:
                check_key("metric", point[0])
                known.add(point[0])
        try:
            self.spool.points(run_id, points)
        except struct.error:
            for point in points:
                _check_point(*point)
            raise

    def post(self, request: Request[Any]) -> None:
        """Hand in a request whose answer does not matter, after all that was logged before."""
        self.spool.post(request)

    def flush(self, seconds: float) -> bool:
        """Deliver what was logged until now; False if the store is away."""
        return self.spool.flush(seconds)

    def take_over(self, seconds: float) -> bool:
        """Deliver what dead processes have left on this machine, too; False if the store is away."""
        return self.spool.take_over(seconds)

    def opened(self, run: Run, join: JoinRun | None = None) -> None:
        """This process has a run open and answers for its end; with ``join`` as one of many."""
        self._params.setdefault(run.info.run_id, dict(run.data.params))
        self.spool.opened(run.info.run_id, join)

    def end(self, request: EndRun | LeaveRun) -> None:
        """End a run, or a part in it, after all that was logged; with the store away whoever delivers the rest does."""
        self.spool.post(request)
        self.spool.ended(request.run_id)
        self.spool.flush(READ_SECONDS)

    def close(self) -> None:
        """Deliver what is left, and close both."""
        self.spool.close(READ_SECONDS)
        self.store.close()

    def _ask(self, request: Request[T]) -> T:
        self.spool.flush(READ_SECONDS)
        if isinstance(request, CreateRun):
            run = self._create(request)
            self._params[run.info.run_id] = dict(run.data.params)
            return run  # type: ignore[return-value]
        answer = self.store.send(request)
        if isinstance(request, DeleteRun):
            self._params.pop(request.run_id, None)
        if isinstance(request, DeleteRuns):
            for run_id in cast(RunIds, answer).run_ids:
                self._params.pop(run_id, None)
        return answer

    def _create(self, request: CreateRun) -> Run:
        """Open a run; a server that is away for seconds does not end a training before it has begun."""
        end = time.monotonic() + START_SECONDS
        pause = 0.1
        while True:
            try:
                if not request.run_id and self.spool.delivery.is_flowmill():
                    # With an id of ours, asking again after a lost answer opens no second run.
                    request = msgspec.structs.replace(request, run_id=uuid.uuid4().hex)
                return self.store.send(request)
            except (Away, Unavailable) as error:
                certain = bool(request.run_id) or isinstance(error, Away)
                if not certain or time.monotonic() + pause > end:
                    raise Unavailable(str(error)) from error
            time.sleep(pause)
            pause = min(pause * 2, 2.0)

    def _log(self, batch: LogBatch) -> None:
        known = self._known(batch.run_id)
        _check(batch)
        if batch.params:
            with self._lock:
                self._check_params(batch, known)
        plain = [(each.key, each.value, each.timestamp, each.step) for each in batch.metrics if _is_plain(each)]
        for start in range(0, len(plain), MOST_METRICS):
            self.spool.points(batch.run_id, plain[start : start + MOST_METRICS])
        rest = [each for each in batch.metrics if not _is_plain(each)] if len(plain) < len(batch.metrics) else []
        if rest or batch.params or batch.tags or not plain:
            for part in _parts(msgspec.structs.replace(batch, metrics=rest)):
                self.spool.post(part)

    def _known(self, run_id: str) -> dict[str, str]:
        """The parameters of a run; NotFound or Invalid if it may not be logged to, as far as the store can tell."""
        known = self._params.get(run_id)
        if known is None:
            try:
                run = self._ask(GetRun(run_id=run_id))
            except Unavailable:
                # One call has waited for the store; those after it do not. What is wrong shows at delivery.
                return self._params.setdefault(run_id, {})
            if run.info.lifecycle_stage == "deleted":
                raise Invalid(f"Run {run_id} is deleted; restore it before you change it.")
            known = self._params[run_id] = dict(run.data.params)
        return known

    def _check_params(self, batch: LogBatch, known: dict[str, str]) -> None:
        wanted: dict[str, str] = {}
        for param in batch.params:
            if wanted.setdefault(param.key, param.value) != param.value:
                raise Invalid(
                    f"Param {param.key!r} is in the batch twice, with values {wanted[param.key]!r} and {param.value!r}."
                )
            if known.get(param.key, param.value) != param.value:
                raise Invalid(
                    f"Param {param.key!r} of run {batch.run_id} is {known[param.key][:100]!r} and cannot become "
                    f"{param.value[:100]!r}: a parameter is written once; start another run, or set a tag."
                )
        known.update(wanted)


def _check(batch: LogBatch) -> None:
    """Refuse at the call what every store would refuse."""
    for key in {metric.key for metric in batch.metrics}:
        check_key("metric", key)
    for metric in batch.metrics:
        _check_point(metric.key, metric.value, metric.timestamp, metric.step)
    for kind, pairs in (("param", batch.params), ("tag", batch.tags)):
        for pair in pairs:
            check_key(kind, pair.key)
            check_value(kind, pair.key, pair.value)


def _check_point(key: str, value: Any, timestamp: Any, step: Any) -> None:
    """Refuse what a record cannot hold; what is annotated was not always checked."""
    try:
        _as_double.pack(value)
    except (struct.error, TypeError, ValueError):
        raise Invalid(
            f"The value of metric {key!r} must be a number, got {type(value).__name__} {str(value)[:60]!r}."
        ) from None
    for what, number in (("step", step), ("timestamp", timestamp)):
        try:
            _as_int64.pack(number)
        except (struct.error, TypeError):
            raise Invalid(
                f"The {what} of metric {key!r} is {str(number)[:60]}: it must be a whole number and must fit 64 bits."
            ) from None


def _is_plain(point: Metric) -> bool:
    """Whether a point belongs to nothing but its run, and so fits a record of its own."""
    return point.model_id is None and point.dataset_name is None and point.dataset_digest is None


def _parts(batch: LogBatch) -> Sequence[LogBatch]:
    """The batch in parts that any server takes."""
    if len(batch.metrics) + len(batch.params) + len(batch.tags) <= MOST_PARAMS:
        return [batch]
    found: list[LogBatch] = []
    for field, most in (("metrics", MOST_METRICS), ("params", MOST_PARAMS), ("tags", MOST_TAGS)):
        items = getattr(batch, field)
        found += [
            msgspec.structs.replace(LogBatch(run_id=batch.run_id), **{field: items[start : start + most]})
            for start in range(0, len(items), most)
        ]
    return found
