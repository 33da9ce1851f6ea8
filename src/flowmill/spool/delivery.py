"""How the requests of a cut reach a store, and what its errors mean: away, or refused."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from flowmill.entities.metric import Metric
from flowmill.entities.run import RANK_TAG, RunStatus, RunTag
from flowmill.errors import FlowmillError, NoSuchEndpoint
from flowmill.spool.cut import Cut
from flowmill.store.base import Store
from flowmill.wire.life import EndRun, Heartbeat, JoinRun, LeaveRun
from flowmill.wire.metrics import GetMetricHistory
from flowmill.wire.operation import Request
from flowmill.wire.runs import GetRun, LogBatch, UpdateRun
from flowmill.wire.server import GetServerInfo

_PATIENCE = 6
"""How often a request is sent that a working server answers with 500, before its parts go one by one."""
_LONGEST_TAG_OF_MLFLOW = 5000
_AWAY = (401, 403, 404, 408, 429)
"""Statuses that say nothing about what was logged: credentials, a proxy's page, a busy server."""


class Away(Exception):
    """The store does not answer now; the message is a sentence."""


class Delivery:
    """Sends to the store that ``open_store`` opens on first use. ``refusals``: a file for what it will not take."""

    def __init__(self, name: str, open_store: Callable[[], Store], refusals: Path | None) -> None:
        self.name = name
        self._open_store = open_store
        self._store: Store | None = None
        self._refusals = refusals
        self._numbers: bool | None = None
        self._broken = 0
        self._uncertain = False
        self.why_away: str | None = None
        """The sentence of the last attempt that did not reach the store."""

    def deliver(self, cut: Cut, writer: str) -> list[str]:
        """Send a cut; one sentence for each part that the store refused. Raises `Away`."""
        refused: list[str] = []
        try:
            for request in cut.requests:
                refused += self._deliver_one(request, writer, cut.seq)
        except Away as away:
            self.why_away = str(away)
            raise
        self._uncertain = False
        return refused

    def _deliver_one(self, request: Request[Any], writer: str, seq: int) -> list[str]:
        numbered = self.is_flowmill()
        store = self._opened()
        if isinstance(request, JoinRun | LeaveRun) and not numbered:
            if (end := _end_on_mlflow(request)) is None:
                return []
            request = end
        if isinstance(request, LogBatch):
            if numbered:
                request = msgspec.structs.replace(request, writer=writer, seq=seq)
            elif self._uncertain:
                request = self._without_what_is_there(store, request)
        try:
            if isinstance(request, EndRun) and not numbered:
                self._end_as_mlflow(store, request)
            else:
                self._send(store, request)
        except FlowmillError as error:
            if self._is_away(error):
                self._uncertain = True
                raise Away(error.message) from error
            if isinstance(request, LogBatch):
                return self._one_by_one(store, request)
            refused = self._refused(request, error)
            if isinstance(request, EndRun | LeaveRun) and request.tags:
                # What is said of the end must not keep the run from ending.
                refused += self._deliver_one(msgspec.structs.replace(request, tags=[]), writer, seq)
            return refused
        self._broken = 0
        return []

    def say_alive(self, run_ids: list[str], every: int) -> None:
        """A sign of life of these runs; a server of MLflow has no use for it."""
        if run_ids and self.is_flowmill():
            self._opened().send(Heartbeat(run_ids=run_ids, every=every))

    def _is_away(self, error: FlowmillError) -> bool:
        status = error.get_http_status_code()
        if status == 404 and not isinstance(error, NoSuchEndpoint):
            return False
        if status == 500:
            self._broken += 1
            return self._broken < _PATIENCE
        return status > 500 or status in _AWAY

    def _one_by_one(self, store: Store, batch: LogBatch) -> list[str]:
        """The parts of a refused batch: what is right of it arrives."""
        run_id = batch.run_id
        parts = [LogBatch(run_id=run_id, metrics=[each]) for each in batch.metrics]
        parts += [LogBatch(run_id=run_id, params=[each]) for each in batch.params]
        parts += [LogBatch(run_id=run_id, tags=[each]) for each in batch.tags]
        refused: list[str] = []
        for part in parts:
            try:
                self._send(store, part)
            except FlowmillError as error:
                if error.get_http_status_code() != 500 and self._is_away(error):
                    raise Away(error.message) from error
                refused += self._refused(part, error)
        self._broken = 0
        return refused

    def _refused(self, request: Request[Any], error: FlowmillError) -> list[str]:
        if self._refusals is not None:
            line = {
                "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "why": error.message,
                "request": type(request).__name__,
                "fields": msgspec.to_builtins(request),
            }
            with self._refusals.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        return [error.message]

    def _send(self, store: Store, request: Request[Any]) -> None:
        if isinstance(request, LogBatch) and not (request.metrics or request.params or request.tags):
            return
        store.send(request)

    def _end_as_mlflow(self, store: Store, request: EndRun) -> None:
        """End a run in the words of a server of MLflow."""
        if request.unless_ended and RunStatus.is_terminated(store.send(GetRun(run_id=request.run_id)).info.status):
            return
        if request.tags:
            cut = [RunTag(tag.key, tag.value[-_LONGEST_TAG_OF_MLFLOW:]) for tag in request.tags]
            store.send(LogBatch(run_id=request.run_id, tags=cut))
        store.send(UpdateRun(run_id=request.run_id, status=request.status, end_time=request.end_time))

    def is_flowmill(self) -> bool:
        """Whether the store knows numbered batches and ids that the client chooses; a server of MLflow does not.

        Raises `Away`.
        """
        if self._numbers is None:
            try:
                self._opened().send(GetServerInfo())
                self._numbers = True
            except NoSuchEndpoint:
                self._numbers = False
            except FlowmillError as error:
                raise Away(error.message) from error
        return self._numbers

    def _opened(self) -> Store:
        if self._store is None:
            try:
                self._store = self._open_store()
            except FlowmillError as error:
                raise Away(error.message) from error
        return self._store

    def _without_what_is_there(self, store: Store, batch: LogBatch) -> LogBatch:
        """After an unknown answer of a server that does not number batches: only what it does not have."""
        there: dict[str, set[tuple[int, int, str]]] = {}
        for key in {metric.key for metric in batch.metrics}:
            try:
                page = store.send(GetMetricHistory(run_id=batch.run_id, metric_key=key))
            except FlowmillError as error:
                if self._is_away(error):
                    raise Away(error.message) from error
                continue
            there[key] = {_identity(point) for point in page.metrics}
        missing = [metric for metric in batch.metrics if _identity(metric) not in there.get(metric.key, ())]
        return msgspec.structs.replace(batch, metrics=missing)


def _end_on_mlflow(request: JoinRun | LeaveRun) -> EndRun | None:
    """What the coming or going of a rank is to a server that knows none: a run ends with rank 0, or one that fails."""
    if isinstance(request, JoinRun):
        return None
    finished = request.status == RunStatus.FINISHED
    if finished and request.rank != 0:
        return None
    tags = request.tags if finished else [*request.tags, RunTag(RANK_TAG, str(request.rank))]
    return EndRun(
        run_id=request.run_id, status=request.status, end_time=request.end_time, tags=tags, unless_ended=finished
    )


def _identity(point: Metric) -> tuple[int, int, str]:
    return point.step, point.timestamp, repr(point.value)  # NaN is itself here


def refusals_file(folder: Path) -> Path:
    """Where refused parts are kept for a person to look at."""
    return folder / "refused.jsonl"
