"""What measures a model, and what it found: `EvaluationMetric` and `MetricValue`."""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

from flowmill.errors import Invalid
from flowmill.notices import say_once


@dataclass
class MetricValue:
    """What a metric found: a score a row, a reason for each, and numbers about them all.

    Scores that are numbers are summed up by `standard_aggregations` where ``aggregate_results`` is not given.
    """

    scores: list[Any] | None = None
    justifications: list[str] | None = None
    aggregate_results: dict[str, float] | None = None

    def __post_init__(self) -> None:
        scores = self.scores
        if self.aggregate_results is None and scores is not None and len(scores) and all(map(_is_number, scores)):
            self.aggregate_results = standard_aggregations(scores)


def _is_number(value: object) -> bool:
    return isinstance(value, Real)


def standard_aggregations(scores: Sequence[float]) -> dict[str, float]:
    """``mean``, ``variance`` (of the scores themselves, not of a population) and ``p90`` of some numbers."""
    import numpy

    values = numpy.asarray(scores, dtype=float)
    return {
        "mean": float(values.mean()),
        "variance": float(values.var()),
        "p90": float(numpy.percentile(values, 90)),
    }


class EvaluationMetric:
    """A metric: a function, its name, and whether more is better.

    ``eval_fn`` is called with what its parameters name: ``predictions`` and ``targets`` (Series), ``metrics`` (those
    found so far by name, each a `MetricValue`), a column of the data, another metric, or what ``col_mapping`` in the
    configuration of the evaluation says. It gives a number or a `MetricValue`.
    """

    def __init__(
        self,
        eval_fn: Callable[..., Any],
        name: str,
        greater_is_better: bool,
        long_name: str | None = None,
        version: str | None = None,
        metric_details: str | None = None,
        metric_metadata: dict[str, Any] | None = None,
        genai_metric_args: dict[str, Any] | None = None,
    ) -> None:
        if not callable(eval_fn):
            raise TypeError(f"A metric is made from a function, not from {eval_fn!r}.")
        self.eval_fn = eval_fn
        self.name = name
        self.greater_is_better = greater_is_better
        self.long_name = long_name or name
        self.version = version
        self.metric_details = metric_details
        self.metric_metadata = metric_metadata
        self.genai_metric_args = genai_metric_args

    @property
    def full_name(self) -> str:
        """The name that results stand under: with the version, if there is one."""
        return self.name if self.version is None else f"{self.name}/{self.version}"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the function finds for these predictions and targets."""
        return self.eval_fn(*args, **kwargs)

    def __str__(self) -> str:
        shown: dict[str, Any] = {
            "name": self.name,
            "greater_is_better": self.greater_is_better,
            "long_name": self.long_name,
            "version": self.version,
            "metric_details": self.metric_details,
        }
        parts = [f"{name}={value}" for name, value in shown.items() if value is not None]
        return f"EvaluationMetric({', '.join(parts)})"


def make_metric(
    *,
    eval_fn: Callable[..., Any],
    greater_is_better: bool,
    name: str | None = None,
    long_name: str | None = None,
    version: str | None = None,
    metric_details: str | None = None,
    metric_metadata: dict[str, Any] | None = None,
    genai_metric_args: dict[str, Any] | None = None,
) -> EvaluationMetric:
    """A metric from a function (see `EvaluationMetric`), named after it if no name is given."""
    if name is None:
        name = getattr(eval_fn, "__name__", None)
        if name == "<lambda>" or (name is None and callable(eval_fn)):
            raise Invalid("A metric of a function without a name needs one: pass name=….")
    name = str(name)
    if not name.isidentifier():
        say_once(f"The metric's name {name!r} is no Python name: other metrics cannot ask for it by a parameter.")
    return EvaluationMetric(
        eval_fn, name, greater_is_better, long_name, version, metric_details, metric_metadata, genai_metric_args
    )


def value_of(metric: EvaluationMetric, result: Any) -> MetricValue | None:
    """A metric's result as a value; None, and a warning, if it is none."""
    if isinstance(result, MetricValue):
        return result
    if _is_number(result) or (getattr(result, "shape", None) == () and getattr(result.dtype, "kind", "") in "fiub"):
        return MetricValue(aggregate_results={metric.name: float(result)})
    kind = "None" if result is None else type(result).__name__
    say_once(f"The metric {metric.name!r} is left out: it gave {kind}, where a number or a MetricValue is expected.")
    return None


def numbers_of(found: Mapping[str, tuple[EvaluationMetric, MetricValue]]) -> dict[str, float]:
    """The numbers of metrics by the names they are logged under: ``name`` or ``name/aggregation``."""
    numbers: dict[str, float] = {}
    for metric, value in found.values():
        for key, number in (value.aggregate_results or {}).items():
            name = metric.full_name
            numbers[name if key in ("", metric.name) else f"{name}/{key}"] = number
    return numbers
