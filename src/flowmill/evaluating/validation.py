"""Thresholds that a model's metrics must reach before it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flowmill.errors import FlowmillError, Invalid
from flowmill.notices import say_once

if TYPE_CHECKING:
    from flowmill.evaluating.result import EvaluationResult


class MetricThresholdClassException(FlowmillError):
    """A threshold that cannot be one."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "INVALID_PARAMETER_VALUE")


class ModelValidationFailedException(FlowmillError):
    """A model does not reach its thresholds; the message has a line a metric."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "BAD_REQUEST")


class MetricThreshold:
    """What a metric must reach: a value, a distance to the baseline's, or a share of the baseline's, or all of them.

    ``threshold``: the value that is just good enough. ``min_absolute_change``, ``min_relative_change`` (0 to 1): how
    much better than the baseline model it must be.
    """

    def __init__(
        self,
        threshold: float | None = None,
        min_absolute_change: float | None = None,
        min_relative_change: float | None = None,
        greater_is_better: bool | None = None,
    ) -> None:
        if not isinstance(greater_is_better, bool):
            raise MetricThresholdClassException(
                f"A threshold must say greater_is_better=True or False, not {greater_is_better!r}."
            )
        for name, value in (("threshold", threshold), ("min_absolute_change", min_absolute_change)):
            if value is not None and not _is_number(value):
                raise MetricThresholdClassException(f"{name} is {value!r}: expected a number.")
        if min_absolute_change is not None and min_absolute_change <= 0:
            raise MetricThresholdClassException(f"min_absolute_change is {min_absolute_change}: expected more than 0.")
        if min_relative_change is not None and not (_is_number(min_relative_change) and 0 < min_relative_change <= 1):
            raise MetricThresholdClassException(
                f"min_relative_change is {min_relative_change!r}: expected a number above 0 and at most 1."
            )
        if threshold is None and min_absolute_change is None and min_relative_change is None:
            raise MetricThresholdClassException(
                "A threshold needs threshold, min_absolute_change or min_relative_change."
            )
        self._threshold = threshold
        self._min_absolute_change = min_absolute_change
        self._min_relative_change = min_relative_change
        self._greater_is_better = greater_is_better

    @property
    def threshold(self) -> float | None:
        """The value that is just good enough."""
        return self._threshold

    @property
    def min_absolute_change(self) -> float | None:
        """How much better than the baseline it must be."""
        return self._min_absolute_change

    @property
    def min_relative_change(self) -> float | None:
        """How much better than the baseline it must be, as a share of the baseline's value."""
        return self._min_relative_change

    @property
    def greater_is_better(self) -> bool:
        """Whether more is better."""
        return self._greater_is_better

    def __str__(self) -> str:
        parts: list[str] = []
        for name, value in (
            ("Threshold", self._threshold),
            ("Minimum absolute change", self._min_absolute_change),
            ("Minimum relative change", self._min_relative_change),
        ):
            parts += [f"{name}: {value}."] if value is not None else []
        return " ".join([*parts, f"{'Greater' if self._greater_is_better else 'Lower'} value is better."])


def validate_evaluation_results(
    validation_thresholds: dict[str, MetricThreshold],
    candidate_result: EvaluationResult,
    baseline_result: EvaluationResult | None = None,
) -> None:
    """ModelValidationFailedException, naming every threshold that is missed; nothing if all are reached.

    A threshold that asks for a change is missed without a ``baseline_result`` that has the metric.
    """
    given: Any = validation_thresholds
    if not isinstance(given, Mapping) or not all(isinstance(each, MetricThreshold) for each in given.values()):
        raise Invalid("validation_thresholds is a dict of names of metrics and MetricThreshold objects.")
    failures: list[str] = []
    for name, threshold in validation_thresholds.items():
        missed = _missed(name, threshold, candidate_result, baseline_result)
        failures += [" ".join(missed)] if missed else []
    if failures:
        raise ModelValidationFailedException("\n".join(failures))


def _missed(
    name: str, wanted: MetricThreshold, candidate: EvaluationResult, baseline: EvaluationResult | None
) -> list[str]:
    value = candidate.metrics.get(name)
    if value is None:
        return [f"Metric validation failed: metric {name} was missing from the evaluation result of the candidate."]
    sign = 1 if wanted.greater_is_better else -1
    shown = f"candidate model {name} = {value}"
    missed: list[str] = []
    if wanted.threshold is not None and not sign * value >= sign * wanted.threshold:
        missed.append(f"Metric {name} value threshold check failed: {shown}, {name} threshold = {wanted.threshold}.")
    if wanted.min_absolute_change is None and wanted.min_relative_change is None:
        return missed
    base = baseline.metrics.get(name) if baseline is not None else None
    if base is None:
        return [f"Model comparison failed: metric {name} was missing from the evaluation result of the baseline model."]
    against = f"{shown}, baseline model {name} = {base}"
    better = sign * (value - base)
    least = wanted.min_absolute_change
    if least is not None and not better >= least:
        missed.append(
            f"Metric {name} minimum absolute change check failed: {against}, "
            f"{name} minimum absolute change threshold = {least}."
        )
    share = wanted.min_relative_change
    if share is not None and base == 0:
        say_once(f"The baseline's {name} is 0, so it is only asked whether the candidate's is better.")
        if not better > 0:
            missed.append(f"Metric {name} is not better than the baseline's: {against}.")
    elif share is not None and not better / abs(base) >= share:
        missed.append(
            f"Metric {name} minimum relative change check failed: {against}, "
            f"{name} minimum relative change threshold = {share}."
        )
    return missed


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
