"""How metrics, parameters and tags leave the process: in batches that a server accepts."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TypeVar

from flowmill.entities.metric import Metric
from flowmill.entities.run import Param, RunTag
from flowmill.store.base import Store
from flowmill.wire.runs import LogBatch

T = TypeVar("T")

_MOST_METRICS = 1000
_MOST_PARAMS = 100
_MOST_TAGS = 100


class RunLogger:
    """The one way by which data of a run reaches its store; what a call returned for is durable there."""

    def __init__(self, store: Store, run_id: str) -> None:
        self._store = store
        self._run_id = run_id

    def log(
        self,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
    ) -> None:
        """Send a batch of any size, split where a server's limits want it."""
        parts = itertools.zip_longest(
            _parts(metrics, _MOST_METRICS), _parts(params, _MOST_PARAMS), _parts(tags, _MOST_TAGS), fillvalue=()
        )
        for some_metrics, some_params, some_tags in parts:
            self._store.send(
                LogBatch(
                    run_id=self._run_id, metrics=list(some_metrics), params=list(some_params), tags=list(some_tags)
                )
            )


def _parts(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
