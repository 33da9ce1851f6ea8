"""Metrics and artifacts of the user's own functions, which are called with what their parameters name."""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flowmill.errors import FlowmillError, Invalid
from flowmill.evaluating.artifacts import EvaluationArtifact, file_of
from flowmill.evaluating.case import Case
from flowmill.evaluating.metrics import LATENCY
from flowmill.evaluating.values import EvaluationMetric, MetricValue, numbers_of, value_of
from flowmill.notices import say_once

Found = dict[str, tuple[EvaluationMetric, MetricValue]]
"""Metrics by name, in the order in which they were found."""
File = tuple[str, bytes, type[EvaluationArtifact]]
"""The ending, bytes and kind of a file."""


def check_metrics(metrics: Any) -> list[EvaluationMetric]:
    """The metrics of ``extra_metrics``; Invalid names what is none."""
    if metrics is None:
        return []
    if isinstance(metrics, EvaluationMetric) or not isinstance(metrics, Sequence):
        raise Invalid(f"extra_metrics is a list of metrics, not {metrics!s}: put it in brackets.")
    for place, metric in enumerate(metrics):
        if not isinstance(metric, EvaluationMetric):
            raise Invalid(
                f"extra_metrics[{place}] is of type {type(metric).__name__}: make a metric of a function with "
                "flowmill.models.make_metric(eval_fn=…, greater_is_better=…)."
            )
    return list(metrics)


def check_artifact_functions(functions: Any) -> list[Callable[..., Any]]:
    """The functions of ``custom_artifacts``; Invalid names what is none."""
    if functions is None:
        return []
    if not isinstance(functions, Sequence) or not all(map(callable, functions)):
        raise Invalid(f"custom_artifacts is a list of functions, not {functions!r}.")
    return list(functions)


def compute(metrics: Sequence[EvaluationMetric], case: Case, known: Mapping[str, float], found: Found) -> None:
    """Add what each metric finds to ``found``; a metric that asks for another waits for it.

    ``known``: numbers that were found before. Invalid lists what metrics ask for that is not there.
    """
    waiting = list(metrics)
    while waiting:
        ready = next((each for each in waiting if not _missing(each.eval_fn, case, known, found)), None)
        if ready is None:
            raise Invalid(_what_is_missing(waiting, case, known, found))
        waiting.remove(ready)
        if ready.name == LATENCY:
            _ = case.predictions  # asked now, if not before
            value: MetricValue | None = MetricValue(list(case.seconds)) if case.seconds else None
        else:
            value = value_of(ready, _called(ready.name, ready.eval_fn, case, known, found))
        if value is not None:
            found[ready.name] = (ready, value)


def artifacts_of(
    functions: Sequence[Callable[..., Any]], case: Case, known: Mapping[str, float], found: Found
) -> dict[str, File]:
    """The files that functions make; what cannot be stored is said and left out."""
    files: dict[str, File] = {}
    for function in functions:
        name = getattr(function, "__name__", repr(function))
        with tempfile.TemporaryDirectory(prefix="flowmill-evaluation-") as folder:
            made = _called(name, function, case, known, found, artifacts_dir=folder)
            if not isinstance(made, Mapping) or not all(isinstance(key, str) for key in made):
                say_once(f"{name} of custom_artifacts gave no dict of names and contents, and is left out.")
                continue
            for key, content in made.items():
                try:
                    files[key] = file_of(content)
                except Invalid as error:
                    say_once(f"The artifact {key!r} of {name} is left out: {error}.")
    return files


def _called(
    name: str, function: Callable[..., Any], case: Case, known: Mapping[str, float], found: Found, **more: Any
) -> Any:
    offered = _Offer(case, known, found, more)
    try:
        parameters = inspect.signature(function).parameters
        if next(iter(parameters), None) == "eval_df":  # functions of earlier MLflow, which go by position
            folder = (more["artifacts_dir"],) if "artifacts_dir" in more else ()
            metrics = offered.values if folder else offered.numbers
            return function(case.frame, metrics, *folder)
        given = {each: offered[each] for each in _names(function) if each in offered}
        return function(**given)
    except FlowmillError:
        raise
    except Exception as error:
        raise FlowmillError(f"{name!r} of the evaluation failed: {type(error).__name__}: {error}") from error


class _Offer:
    """What a function can ask for by the name of a parameter."""

    def __init__(self, case: Case, known: Mapping[str, float], found: Found, more: Mapping[str, Any]) -> None:
        self._case, self._known, self._found, self._more = case, known, found, more
        self._mapping: Mapping[str, Any] = case.config.get("col_mapping") or {}

    @property
    def values(self) -> dict[str, MetricValue]:
        """What was found, as values."""
        built_in = {name: MetricValue(aggregate_results={name: number}) for name, number in self._known.items()}
        return {**built_in, **{name: value for name, (_, value) in self._found.items()}}

    @property
    def numbers(self) -> dict[str, float]:
        """What was found, as numbers."""
        return {**self._known, **numbers_of(self._found)}

    def __contains__(self, name: str) -> bool:
        return (
            name in ("predictions", "metrics", "eval_df", "builtin_metrics", *self._more, *self._mapping)
            or (name == "targets" and self._case.labels is not None)
            or self._case.column(name) is not None
            or name in self.values
        )

    def __getitem__(self, name: str) -> Any:
        if name in self._mapping:
            wanted = self._mapping[name]
            column = self._case.column(wanted) if isinstance(wanted, str) else None
            return wanted if column is None else column
        if name in self._more:
            return self._more[name]
        if name in ("predictions", "targets"):
            return self._case.frame[name.removesuffix("s")]
        if name in ("metrics", "builtin_metrics"):
            return self.values
        if name == "eval_df":
            return self._case.frame
        column = self._case.column(name)
        return self.values[name] if column is None else column


def _names(function: Callable[..., Any], required: bool = False) -> list[str]:
    parameters = inspect.signature(function).parameters.values()
    named = [each for each in parameters if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
    return [each.name for each in named if not required or each.default is each.empty]


def _missing(function: Callable[..., Any], case: Case, known: Mapping[str, float], found: Found) -> list[str]:
    names = _names(function, required=True)
    if names[:1] == ["eval_df"]:
        return []
    offered = _Offer(case, known, found, {})
    return [name for name in names if name not in offered]


def _what_is_missing(waiting: Sequence[EvaluationMetric], case: Case, known: Mapping[str, float], found: Found) -> str:
    asked = [f"{each.name!r} asks for {_missing(each.eval_fn, case, known, found)}" for each in waiting]
    return (
        f"Metrics ask for what is not there: {'; '.join(asked)}. The columns are {case.column_names}; say which is "
        "meant with evaluator_config={'col_mapping': {'<parameter>': '<column or value>'}}."
    )
