"""The evaluator that says which features a model decides by, with SHAP where that is installed."""

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from flowmill.data.evaluation_dataset import EvaluationDataset
from flowmill.errors import Invalid
from flowmill.evaluating.artifacts import file_of
from flowmill.evaluating.case import Case
from flowmill.evaluating.default import Record
from flowmill.evaluating.evaluator import ModelEvaluator
from flowmill.evaluating.result import EvaluationResult
from flowmill.evaluating.shap_plots import Explained, bars, swarm, violins
from flowmill.models.flavors.shap import log_explainer
from flowmill.models.infer import is_frame
from flowmill.notices import say_once

ALGORITHMS = ("exact", "permutation", "partition", "kernel")
LINKS = ("identity", "logit")
MOST_ROWS = 2000
"""Rows that are explained, unless ``explainability_nsamples`` says otherwise."""
_BACKGROUND_ROWS = 100
"""Rows that stand for what a feature usually is."""
EXPLAINER_NAME = "explainer"


class ShapEvaluator(ModelEvaluator):
    """Explains a sample of the predictions of a classifier or regressor, and draws what speaks for them.

    It is quiet where there is nothing to explain: no model, features that are no numbers, or no SHAP.
    """

    @classmethod
    def can_evaluate(cls, *, model_type: str | None, evaluator_config: dict[str, Any], **kwargs: Any) -> bool:
        """Whether it explains models of this type: asked for, or SHAP is there and nobody said no."""
        wanted = evaluator_config.get("log_model_explainability")
        if model_type not in ("classifier", "regressor") or wanted is False:
            return False
        there = find_spec("shap") is not None
        if wanted and not there:
            raise Invalid("log_model_explainability needs SHAP, which is not installed: run pip install shap.")
        return there

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
        model_id: str | None = None,
        **kwargs: Any,
    ) -> EvaluationResult:
        """Explain, log the pictures to the run, and return them; what SHAP cannot explain is said and left out."""
        options = Options(evaluator_config)
        case = Case(dataset, evaluator_config, model, predictions)
        reason = _why_not(case)
        if reason is not None:
            say_once(f"The model is not explained: {reason}.")
            return EvaluationResult({}, {}, run_id)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                explainer, explained = _explain(case, model_type, options)
                pictures = {
                    "shap_beeswarm_plot": swarm(explained),
                    "shap_summary_plot": violins(explained),
                    "shap_feature_importance_plot": bars(explained),
                }
        except Exception as error:  # SHAP and the model raise what they like; the metrics are measured nevertheless
            say_once(f"SHAP could not explain the model: {type(error).__name__}: {error}")
            return EvaluationResult({}, {}, run_id)
        if options.log_explainer:
            log_explainer(explainer, name=EXPLAINER_NAME)
        record = Record(run_id, str(evaluator_config.get("metric_prefix") or ""), dataset, model_id)
        return EvaluationResult(
            {}, record.log_files({name: file_of(figure) for name, figure in pictures.items()}), run_id
        )


class Options:
    """What ``evaluator_config`` says of explanations; Invalid for what it cannot say."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.algorithm: str | None = config.get("explainability_algorithm")
        if self.algorithm is not None and self.algorithm not in ALGORITHMS:
            raise Invalid(f"explainability_algorithm is {self.algorithm!r}: expected one of {', '.join(ALGORITHMS)}.")
        self.rows: Any = config.get("explainability_nsamples", MOST_ROWS)
        if not isinstance(self.rows, int) or isinstance(self.rows, bool) or self.rows < 1:
            raise Invalid(f"explainability_nsamples is {self.rows!r}: expected a number of rows from 1 on.")
        self.link: str = config.get("explainability_kernel_link", "identity")
        if self.link not in LINKS:
            raise Invalid(f"explainability_kernel_link is {self.link!r}: expected one of {', '.join(LINKS)}.")
        self.log_explainer = bool(config.get("log_explainer", False))


def _why_not(case: Case) -> str | None:
    if case.model is None:
        return "there are predictions in the data, and no model to ask"
    if find_spec("matplotlib") is None:
        return "Matplotlib, which draws the pictures, is not installed"
    kinds = case.features.dtypes if is_frame(case.features) else [case.features.dtype]
    if any(getattr(kind, "kind", "O") not in "biuf" for kind in kinds):
        return "not all of its features are numbers"
    return None


def _explain(case: Case, model_type: str, options: Options) -> tuple[Any, Explained]:
    """The explainer, and the SHAP values of a sample of the rows, which is the same for the same number of rows."""
    import numpy
    import pandas
    import shap

    names = [str(name) for name in case.dataset.feature_names]
    features = case.features
    chosen = numpy.random.default_rng(0)

    def sample(most: int) -> Any:
        places = numpy.sort(chosen.choice(len(features), min(most, len(features)), replace=False))
        return features.iloc[places] if is_frame(features) else features[places]

    rows, background = sample(options.rows), sample(_BACKGROUND_ROWS)
    ask = _function(case, model_type)

    def predict(values: Any) -> Any:
        frame = values
        if is_frame(features) and not is_frame(values):
            frame = pandas.DataFrame(values, columns=features.columns).astype(dict(features.dtypes))
        return ask(frame)

    if options.algorithm == "kernel":
        explainer: Any = shap.KernelExplainer(predict, numpy.asarray(background, dtype=float), link=options.link)
    elif options.algorithm is not None:
        explainer = shap.Explainer(predict, background, algorithm=options.algorithm, feature_names=names)
    else:
        explainer = _usual(case, model_type, predict, background, names)
    found: Any = explainer(
        numpy.asarray(rows, dtype=float) if options.algorithm == "kernel" else rows, **_quiet(explainer)
    )
    return explainer, Explained.of(found.values, numpy.asarray(rows, dtype=float), names)


def _usual(case: Case, model_type: str, predict: Callable[[Any], Any], background: Any, names: list[str]) -> Any:
    """The explainer that SHAP has for such a model, which knows trees and lines; else one that asks the model."""
    import shap

    if model_type == "regressor" and case.raw is not None:
        try:
            return shap.Explainer(case.raw, background, feature_names=names)
        except Exception:  # of no kind that SHAP knows
            pass
    return shap.Explainer(predict, background, feature_names=names)


def _quiet(explainer: Any) -> dict[str, Any]:
    """What keeps it from drawing a bar of its progress."""
    if type(explainer).__name__ in ("ExactExplainer", "PermutationExplainer", "PartitionExplainer", "KernelExplainer"):
        return {"silent": True}
    return {}


def _function(case: Case, model_type: str) -> Callable[[Any], Any]:
    """What is explained: how likely each class is, or of two the second; else the number that the model says."""
    import numpy

    chances = getattr(case.raw, "predict_proba", None) if model_type == "classifier" else None
    if chances is None:
        return lambda rows: numpy.asarray(case.model.predict(rows), dtype=float)

    def likely(rows: Any) -> Any:
        found = numpy.asarray(chances(rows))
        return found[:, 1] if found.shape[1] == 2 else found

    return likely
