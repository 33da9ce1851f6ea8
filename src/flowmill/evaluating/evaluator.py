"""Evaluators: what measures a model on data. Our own, and those that packages add by an entry point."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from flowmill.data.evaluation_dataset import EvaluationDataset
from flowmill.errors import Invalid
from flowmill.evaluating.result import EvaluationResult
from flowmill.lazy import load
from flowmill.plugins import MODEL_EVALUATORS, plugins

DEFAULT = "default"
"""Stands for all evaluators of our own; the one of this name measures what no other does."""
OWN = {
    DEFAULT: "flowmill.evaluating.default:DefaultEvaluator",
    "classifier": "flowmill.evaluating.classifier:ClassifierEvaluator",
    "regressor": "flowmill.evaluating.regressor:RegressorEvaluator",
    "shap": "flowmill.evaluating.explainability:ShapEvaluator",
}


class ModelEvaluator(ABC):
    """Derive from it, and name the class in the entry points of the group ``mlflow.model_evaluator``."""

    @classmethod
    @abstractmethod
    def can_evaluate(cls, *, model_type: str, evaluator_config: dict[str, Any], **kwargs: Any) -> bool:
        """Whether it measures models of this type."""

    @abstractmethod
    def evaluate(
        self,
        *,
        model_type: str,
        dataset: EvaluationDataset,
        run_id: str,
        evaluator_config: dict[str, Any],
        model: Any = None,
        extra_metrics: Sequence[Any] | None = None,
        custom_artifacts: Sequence[Any] | None = None,
        predictions: Any = None,
        **kwargs: Any,
    ) -> EvaluationResult:
        """Measure a model, or predictions that are in the dataset; log to the run, and return the same."""


def list_evaluators() -> list[str]:
    """The names of all evaluators."""
    return [*OWN, *(name for name in plugins(MODEL_EVALUATORS) if name not in OWN)]


def evaluators_for(
    model_type: str | None, named: str | Sequence[str] | None, config: dict[str, Any] | None
) -> list[tuple[ModelEvaluator, dict[str, Any]]]:
    """The evaluators that measure models of this type, each with its configuration.

    ``config`` of several named evaluators is a dict of theirs by name; ``default`` holds for all of our own.
    """
    if config is not None and not isinstance(config, dict):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise Invalid(f"evaluator_config is a dict, not of type {type(config).__name__}.")
    known = list_evaluators()
    names = [named] if isinstance(named, str) else list(named or known)
    if named and not isinstance(named, str) and config and not (config.keys() <= set(known) and _all_dicts(config)):
        raise Invalid(
            f"With a list of evaluators, evaluator_config is a dict of a dict for each name: "
            f"{{{names[0]!r}: {{…}}}}, not {sorted(config)}."
        )
    by_name = bool(config) and config.keys() <= set(known) and _all_dicts(config or {})
    wanted = dict.fromkeys(each for name in names for each in ([*OWN] if name == DEFAULT else [name]))
    found: list[tuple[ModelEvaluator, dict[str, Any]]] = []
    for name in wanted:
        own: dict[str, Any] = dict(config or {})
        if by_name and config is not None:
            own = dict(config.get(name, config.get(DEFAULT, {}) if name in OWN else {}))
        kind: Any = load(OWN[name]) if name in OWN else plugins(MODEL_EVALUATORS).get(name)
        if kind is not None and kind.can_evaluate(model_type=model_type, evaluator_config=own):
            found.append((kind(), own))
    if not found:
        raise Invalid(
            f"No evaluator measures models of the type {model_type!r} with evaluators={named!r}: the types are "
            f"classifier, regressor, retriever and None; the evaluators are {', '.join(known)}."
        )
    return found


def _all_dicts(config: dict[str, Any]) -> bool:
    return all(isinstance(each, dict) for each in config.values())
