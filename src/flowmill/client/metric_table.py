"""The metrics of many runs as one table, which libraries of tables take over without an object a point."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from flowmill.client.series import MetricSeries, series_from
from flowmill.entities.metric import Metric, MetricColumns
from flowmill.errors import Invalid, NoSuchEndpoint
from flowmill.store.base import Store
from flowmill.wire.metrics import GetMetricTable
from flowmill.wire.runs import GetRun

_RUNS_AT_ONCE = 200


@dataclass(frozen=True, eq=False)
class MetricTable:
    """Series of runs one behind the other: of each its run, its key and its columns.

    A row is a point: ``run_id``, ``key``, ``step`` (int64), ``timestamp`` (int64, ms since the epoch, UTC), ``value``
    (float64, to the bit as logged). Runs are in the order in which they were found, their points oldest first.
    """

    run_ids: list[str]
    series: list[MetricSeries]

    def __len__(self) -> int:
        return sum(map(len, self.series))

    def __iter__(self) -> Iterator[tuple[str, MetricSeries]]:
        return zip(self.run_ids, self.series, strict=True)

    def to_pandas(self) -> Any:
        """A DataFrame, whose runs and keys are categories."""
        pandas = _library("pandas")
        runs, keys, numbers = self._columns()
        return pandas.DataFrame(
            {
                "run_id": pandas.Categorical.from_codes(runs[0], categories=runs[1]),
                "key": pandas.Categorical.from_codes(keys[0], categories=keys[1]),
                **numbers,
            }
        )

    def to_arrow(self) -> Any:
        """A table of pyarrow, whose runs and keys are dictionaries."""
        pyarrow = _library("pyarrow")
        runs, keys, numbers = self._columns()
        columns = {
            name: pyarrow.DictionaryArray.from_arrays(codes, pyarrow.array(names, pyarrow.string()))
            for name, (codes, names) in (("run_id", runs), ("key", keys))
        }
        return pyarrow.table(columns | {name: pyarrow.array(column) for name, column in numbers.items()})

    def to_polars(self) -> Any:
        """A DataFrame of Polars, whose runs and keys are Enums."""
        polars = _library("polars")
        runs, keys, numbers = self._columns()
        columns = {
            name: polars.Series(name, names, dtype=polars.Enum(names)).gather(codes)
            for name, (codes, names) in (("run_id", runs), ("key", keys))
        }
        return polars.DataFrame(columns | {name: polars.Series(name, column) for name, column in numbers.items()})

    def _columns(self) -> tuple[tuple[Any, list[str]], tuple[Any, list[str]], dict[str, Any]]:
        numpy = _library("numpy")
        counts = [len(each) for each in self.series]

        def coded(names: Sequence[str]) -> tuple[Any, list[str]]:
            known = {name: code for code, name in enumerate(dict.fromkeys(names))}
            codes = numpy.array([known[name] for name in names], dtype="i4")
            return numpy.repeat(codes, counts), list(known)

        def joined(name: str, kind: str) -> Any:
            parts = [numpy.frombuffer(getattr(each, name), kind) for each in self.series]
            return numpy.concatenate(parts) if parts else numpy.empty(0, kind)

        numbers = {
            "step": joined("steps", "i8"),
            "timestamp": joined("timestamps", "i8"),
            "value": joined("values", "f8"),
        }
        return coded(self.run_ids), coded([each.key for each in self.series]), numbers


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise Invalid(f"search_metrics() needs {name} for this format: install it, or choose another one.") from None


def read_metric_table(
    store: Store,
    run_ids: Sequence[str],
    keys: Sequence[str] | None,
    one_by_one: Callable[[str, str], Sequence[Metric]],
) -> MetricTable:
    """The histories of these runs. ``one_by_one`` reads one from a server that cannot give many."""
    if keys is not None and not keys:
        return MetricTable([], [])
    parts: dict[tuple[str, str], list[MetricColumns]] = {}
    for start in range(0, len(run_ids), _RUNS_AT_ONCE):
        some = list(run_ids[start : start + _RUNS_AT_ONCE])
        token = ""
        while True:
            try:
                page = store.send(GetMetricTable(run_ids=some, keys=list(keys or ()), page_token=token))
            except NoSuchEndpoint:  # a server of MLflow
                return _one_by_one(store, run_ids, keys, one_by_one)
            at = 0
            for each in page.series:
                span = slice(8 * at, 8 * (at + each.points))
                columns = MetricColumns(page.steps[span], page.timestamps[span], page.values[span])
                parts.setdefault((each.run_id, each.key), []).append(columns)
                at += each.points
            token = page.next_page_token or ""
            if not token:
                break
    return MetricTable([run_id for run_id, _ in parts], [series_from(key, pages) for (_, key), pages in parts.items()])


def _one_by_one(
    store: Store, run_ids: Sequence[str], keys: Sequence[str] | None, read: Callable[[str, str], Sequence[Metric]]
) -> MetricTable:
    named: list[str] = []
    series: list[MetricSeries] = []
    for run_id in run_ids:
        has = store.send(GetRun(run_id=run_id)).data.metrics
        for key in sorted(has if keys is None else has.keys() & set(keys)):
            points = read(run_id, key)
            named.append(run_id)
            series.append(
                MetricSeries(
                    key,
                    array("q", [point.step for point in points]),
                    array("q", [point.timestamp for point in points]),
                    array("d", [point.value for point in points]),
                )
            )
    return MetricTable(named, series)
