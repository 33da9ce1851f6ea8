"""The evaluator of models that predict a number."""

from __future__ import annotations

from typing import Any

from flowmill.errors import Invalid
from flowmill.evaluating.case import Case
from flowmill.evaluating.default import DefaultEvaluator


class RegressorEvaluator(DefaultEvaluator):
    """Errors, explained variance and what the targets are like."""

    model_types = ("regressor",)

    def built_in(self, case: Case, files: dict[str, Any]) -> dict[str, float]:
        labels, predictions, weights = case.required_labels(), case.required_predictions(), case.weights
        for values, what in ((labels, "targets"), (predictions, "predictions")):
            if values.dtype.kind not in "biuf":
                raise Invalid(f"The {what} of a regressor are numbers, not {values.dtype}.")
        from sklearn import metrics

        known: dict[str, Any] = {"y_true": labels, "y_pred": predictions, "sample_weight": weights}
        weighted = labels if weights is None else labels * weights
        numbers = {
            "mean_absolute_error": metrics.mean_absolute_error(**known),
            "mean_squared_error": metrics.mean_squared_error(**known),
            "root_mean_squared_error": metrics.root_mean_squared_error(**known),
            "sum_on_target": weighted.sum(),
            "mean_on_target": weighted.mean(),
            "r2_score": metrics.r2_score(**known),
            "max_error": metrics.max_error(labels, predictions),
            "mean_absolute_percentage_error": metrics.mean_absolute_percentage_error(**known),
        }
        found = {name: float(number) for name, number in numbers.items()}
        return {**case.score, "example_count": len(labels), **found}
