"""From records to requests: the next part of a segment that is delivered at once."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import msgspec

from flowmill.entities.metric import Metric
from flowmill.entities.run import HOW_TAG, Param, RunStatus, RunTag
from flowmill.errors import Invalid
from flowmill.pace import breathe
from flowmill.spool.segment import CLOSED, KEY, OPENED, POINT, POINT_RECORD, REQUEST, RUN, START, Segment
from flowmill.wire.life import EndRun, JoinRun, LeaveRun
from flowmill.wire.operation import Request
from flowmill.wire.runs import LogBatch, LogInputs, LogOutputs, UpdateRun

MOST_METRICS, MOST_PARAMS, MOST_TAGS, MOST_TOGETHER = 1000, 100, 100, 1000
"""What MLflow's servers take in one log-batch."""

DIED = "The process died without a word: killed, out of memory, crashed, or left by os._exit."

SPOOLED: dict[str, type[Request[Any]]] = {
    kind.__name__: kind for kind in (LogBatch, LogInputs, LogOutputs, UpdateRun, EndRun, JoinRun, LeaveRun)
}
"""Requests that may travel through a spool."""

_PORTION = 100
"""Records that are read in one go while the training waits for Python's lock."""

_encoder = msgspec.json.Encoder()


def request_payload(request: Request[Any]) -> bytes:
    """A request as a record. JSON has no NaN: metrics that are not finite travel as points or as words."""
    body: Any = request
    if getattr(request, "metrics", None):
        body = msgspec.to_builtins(request)
        for metric in body["metrics"]:
            metric["value"] = float(metric["value"]).hex()
    return bytes([REQUEST]) + type(request).__name__.encode() + b"\n" + _encoder.encode(body)


def request_of(payload: bytes) -> Request[Any]:
    """The request of a record."""
    name, _, body = payload[1:].partition(b"\n")
    kind = SPOOLED.get(name.decode())
    if kind is None:
        raise Invalid(f"A spool holds a request {name[:40]!r} that this release does not know: upgrade Flowmill.")
    fields: dict[str, Any] = msgspec.json.decode(body)
    for metric in fields.get("metrics", ()):
        metric["value"] = float.fromhex(metric["value"])
    return msgspec.convert(fields, kind)


def opened_record(run_id: str, join: JoinRun | None) -> bytes:
    """Says that a process has a run open, alone or, as ``join`` tells, as one of many."""
    return bytes([OPENED]) + run_id.encode() + (b"\n" + _encoder.encode(join) if join is not None else b"")


def left_open(segment: Segment) -> dict[str, JoinRun | None]:
    """The runs that the process of a segment had open, without those that it ended; and as which of many processes."""
    found: dict[str, JoinRun | None] = {}
    for _, _, payload in segment.records(START, segment.end):
        run_id, _, join = payload[1:].partition(b"\n")
        if payload[0] == OPENED:
            found[run_id.decode()] = msgspec.json.decode(join, type=JoinRun) if join else None
        elif payload[0] == CLOSED:
            found.pop(run_id.decode(), None)
    return found


def death_of(run_id: str, join: JoinRun | None, segment: Segment) -> Request[None]:
    """What to say of a run whose process died without a word; its last sign of life is the file's age."""
    last = int(segment.path.stat().st_mtime * 1000) if segment.path is not None else int(time.time() * 1000)
    tags = [RunTag(HOW_TAG, DIED)]
    if join is None:
        return EndRun(run_id=run_id, status=RunStatus.KILLED, end_time=last, tags=tags, unless_ended=True)
    return leave_request(join, RunStatus.KILLED, last, tags)


def leave_request(join: JoinRun, status: RunStatus, at: int, tags: list[RunTag]) -> LeaveRun:
    """How the process that joined a run ended, ``at`` ms since the epoch."""
    return LeaveRun(
        run_id=join.run_id, job=join.job, rank=join.rank, size=join.size, opened_at=join.opened_at, status=status,
        end_time=at, tags=tags,
    )  # fmt: skip


@dataclass
class Batch:
    """What one run gets in a cut."""

    metrics: list[Metric] = field(default_factory=list[Metric])
    params: list[Param] = field(default_factory=list[Param])
    tags: list[RunTag] = field(default_factory=list[RunTag])

    def has_room(self, metrics: int, params: int, tags: int) -> bool:
        """Whether so much more fits one request."""
        return (
            len(self.metrics) + metrics <= MOST_METRICS
            and len(self.params) + params <= MOST_PARAMS
            and len(self.tags) + tags <= MOST_TAGS
            and len(self.metrics) + len(self.params) + len(self.tags) + metrics + params + tags <= MOST_TOGETHER
        )


@dataclass(frozen=True)
class Cut:
    """Requests that deliver the records up to ``end``; ``seq`` is the number of the last record."""

    requests: list[Request[Any]]
    end: int
    seq: int


class Reader:
    """Reads one segment in order; keeps what the numbers in it mean."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        self._runs: dict[int, str] = {}
        self._keys: dict[int, str] = {}
        self._at = START
        self.count = 0
        """Records that were delivered."""
        if segment.acked > START:  # numbers may have been defined before
            for _, end, payload in segment.records(START, segment.acked):
                self._define(payload)
                self._at = end
                self.count += 1

    def next_cut(self, end: int) -> Cut | None:
        """The next requests, from what was delivered up to at most ``end``; None if there is nothing."""
        batches: dict[str, Batch] = {}
        at, count = self._at, self.count
        single: Request[Any] | None = None
        for _, after, payload in self._segment.records(at, end):
            kind = payload[0]
            if kind == POINT:
                _, run, key, value, timestamp, step = POINT_RECORD.unpack(payload)
                batch = batches.setdefault(self._runs[run], Batch())
                if not batch.has_room(1, 0, 0):
                    break
                batch.metrics.append(Metric(self._keys[key], value, timestamp, step))
            elif kind == REQUEST:
                request = request_of(payload)
                if isinstance(request, LogBatch):
                    batch = batches.setdefault(request.run_id, Batch())
                    if not batch.has_room(len(request.metrics), len(request.params), len(request.tags)):
                        break
                    batch.metrics += request.metrics
                    batch.params += request.params
                    batch.tags += request.tags
                elif batches:
                    break
                else:
                    single = request
                    at, count = after, count + 1
                    break
            else:
                self._define(payload)
            at, count = after, count + 1
            if count % _PORTION == 0:
                breathe()
        if at == self._at:
            return None
        requests: list[Request[Any]] = [
            LogBatch(run_id=run_id, metrics=batch.metrics, params=batch.params, tags=batch.tags)
            for run_id, batch in batches.items()
            if batch.metrics or batch.params or batch.tags
        ]
        if single is not None:
            requests.append(single)
        return Cut(requests, at, self._segment.first + count)

    def move_past(self, cut: Cut) -> None:
        """The cut was delivered."""
        self._at, self.count = cut.end, cut.seq - self._segment.first

    def _define(self, payload: bytes) -> None:
        kind = payload[0]
        if kind in (RUN, KEY):
            number = int.from_bytes(payload[1:5], "little")
            (self._runs if kind == RUN else self._keys)[number] = payload[5:].decode()
