"""The evaluator of models that say which class something is of, two or many."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import Any

from flowmill.errors import Invalid
from flowmill.evaluating import plots
from flowmill.evaluating.case import Case
from flowmill.evaluating.default import DefaultEvaluator
from flowmill.notices import say_once

_MOST_CURVES = 10
"""Curves in one picture, unless ``max_classes_for_multiclass_roc_pr`` says otherwise."""


class ClassifierEvaluator(DefaultEvaluator):
    """Counts, accuracy, precision, recall, and, of a model that says how sure it is, areas, losses and curves."""

    model_types = ("classifier",)

    def built_in(self, case: Case, files: dict[str, Any]) -> dict[str, float]:
        known = Classes.of(case)
        numbers: dict[str, float] = dict(case.score)
        if known.is_binary:
            numbers |= known.binary_numbers(known.positive)
        else:
            numbers |= known.shared_numbers()
        if known.chances is not None:
            numbers |= known.numbers_of_chances()
        if not known.is_binary:
            files["per_class_metrics"] = known.per_class()
        if find_spec("matplotlib") is None:
            say_once("Matplotlib is not installed: the evaluation has no pictures.")
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                files |= known.pictures()
        return numbers


@dataclass(frozen=True)
class Classes:
    """What is known of the classes of rows, what the model says, and how sure it is (shape (rows, classes))."""

    case: Case
    labels: Any
    said: Any
    names: Any
    chances: Any

    @classmethod
    def of(cls, case: Case) -> Classes:
        import numpy

        labels, said = _as_classes(case.required_labels()), _as_classes(case.required_predictions())
        for values, what in ((labels, "targets"), (said, "predictions")):
            if values.dtype.kind == "f" and (values % 1 != 0).any():
                raise Invalid(f"The {what} of a classifier are classes, but {values[values % 1 != 0][0]} is none.")
        if (labels.dtype.kind == "U") != (said.dtype.kind == "U"):
            raise Invalid(
                f"The targets are such as {labels[0]!r}, the predictions such as {said[0]!r}: expected the same "
                "classes."
            )
        given = case.config.get("label_list")
        names = numpy.unique(numpy.concatenate([labels, said]) if given is None else numpy.asarray(given))
        chances = None if case.model is None else case.asked("predict_proba", case.features)
        classes = getattr(case.raw, "classes_", None)
        if chances is not None and chances.shape[1] != len(names):
            if given is None and classes is not None and set(names) <= set(classes):
                names = numpy.asarray(classes)  # classes that no row is of are classes nevertheless
            else:
                say_once(f"The model knows {chances.shape[1]} classes, the data {len(names)}: no curves are drawn.")
                chances = None
        if len(names) < 2:
            raise Invalid(f"A classifier is measured on two classes at least, but there is only {names.tolist()}.")
        return cls(case, labels, said, names, chances)

    @property
    def is_binary(self) -> bool:
        """Whether there are two classes."""
        return len(self.names) == 2

    @cached_property
    def positive(self) -> Any:
        """The class that is looked for: ``pos_label``, else the last."""
        given = self.case.config.get("pos_label")
        if given is not None and given not in set(self.names.tolist()):
            raise Invalid(f"pos_label is {given!r}: expected one of the classes {self.names.tolist()}.")
        return self.names[-1] if given is None else given

    def binary_numbers(self, positive: Any) -> dict[str, float]:
        """The numbers of one class against all others."""
        import numpy
        from sklearn import metrics

        true, said = self.labels == positive, self.said == positive
        undefined: dict[str, Any] = {"zero_division": 0}
        known: dict[str, Any] = {"y_true": true, "y_pred": said, "sample_weight": self.case.weights}
        counts = {
            "true_negatives": numpy.sum(~true & ~said),
            "false_positives": numpy.sum(~true & said),
            "false_negatives": numpy.sum(true & ~said),
            "true_positives": numpy.sum(true & said),
        }
        shares = {
            "accuracy_score": metrics.accuracy_score(**known),
            "recall_score": metrics.recall_score(**known, **undefined),
            "precision_score": metrics.precision_score(**known, **undefined),
            "f1_score": metrics.f1_score(**known, **undefined),
        }
        return {
            **{name: int(count) for name, count in counts.items()},
            "example_count": len(true),
            **{name: float(share) for name, share in shares.items()},
        }

    def shared_numbers(self) -> dict[str, float]:
        """The numbers of many classes, ``average`` of each class's (weighted by their sizes, if not said)."""
        from sklearn import metrics

        known: dict[str, Any] = {"y_true": self.labels, "y_pred": self.said, "sample_weight": self.case.weights}
        mean: dict[str, Any] = {"average": self._average, "zero_division": 0}
        return {
            "example_count": len(self.labels),
            "accuracy_score": float(metrics.accuracy_score(**known)),
            "recall_score": float(metrics.recall_score(**known, **mean)),
            "precision_score": float(metrics.precision_score(**known, **mean)),
            "f1_score": float(metrics.f1_score(**known, **mean)),
        }

    @property
    def _average(self) -> str:
        average = self.case.config.get("average") or "weighted"
        if average not in ("weighted", "macro", "micro"):
            raise Invalid(f"average is {average!r}: expected weighted, macro or micro.")
        return average

    def numbers_of_chances(self) -> dict[str, float]:
        """The loss and areas of what the model thinks likely."""
        from sklearn import metrics

        weights = self.case.weights
        loss = metrics.log_loss(self.labels, self.chances, labels=self.names, sample_weight=weights)
        numbers = {"log_loss": float(loss)}
        if self.is_binary:
            roc, precision_recall = self._areas(self.positive)
            return {**numbers, "roc_auc": roc, "precision_recall_auc": precision_recall}
        if set(self.names) == set(self.labels):  # it is not defined for a class that no row is of
            area = metrics.roc_auc_score(
                self.labels,
                self.chances,
                labels=self.names,
                average=self._average,
                multi_class="ovr",
                sample_weight=weights,
            )
            numbers["roc_auc"] = float(area)
        return numbers

    def _chance_of(self, name: Any) -> Any:
        return self.chances[:, list(self.names).index(name)]

    def _areas(self, name: Any) -> tuple[float, float]:
        from sklearn import metrics

        true, chance, weights = self.labels == name, self._chance_of(name), self.case.weights
        return (
            float(metrics.roc_auc_score(true, chance, sample_weight=weights)),
            float(metrics.average_precision_score(true, chance, sample_weight=weights)),
        )

    def per_class(self) -> Any:
        """A table with a row for each class against all others."""
        import pandas

        rows: list[dict[str, Any]] = []
        for name in self.names:
            row = {"positive_class": name, **self.binary_numbers(name)}
            if self.chances is not None:
                some = 0 < (self.labels == name).sum() < len(self.labels)
                row["roc_auc"], row["precision_recall_auc"] = self._areas(name) if some else (None, None)
            rows.append(row)
        return pandas.DataFrame(rows)

    def pictures(self) -> dict[str, Any]:
        """The figures by name."""
        from sklearn.metrics import confusion_matrix

        counts = confusion_matrix(
            self.labels, self.said, labels=self.names, sample_weight=self.case.weights, normalize="true"
        )
        figures = {"confusion_matrix": plots.confusion(counts, self.names)}
        if self.chances is None:
            return figures
        shown = [self.positive] if self.is_binary else list(self.names)
        curves = [(str(name), self.labels == name, self._chance_of(name)) for name in shown if name in self.labels]
        weights = self.case.weights
        most = int(self.case.config.get("max_classes_for_multiclass_roc_pr", _MOST_CURVES))
        if self.is_binary:
            figures["lift_curve_plot"] = plots.lift(curves, weights)
        if self.is_binary or len(self.names) <= most:
            figures["roc_curve_plot"] = plots.roc(curves, weights)
            figures["precision_recall_curve_plot"] = plots.precision_recall(curves, weights)
        else:
            say_once(
                f"{len(self.names)} classes are more curves than fit into a picture: max_classes_for_multiclass_roc_pr "
                f"is {most}."
            )
        figures["calibration_curve_plot"] = plots.calibration(curves)
        return figures


def _as_classes(values: Any) -> Any:
    """Classes as an array of one kind: texts where some are, for ``object`` columns hold anything."""
    import numpy

    if values.dtype.kind != "O":
        return values
    kinds = {type(value) for value in values.tolist()}
    if len(kinds) > 1 and str in kinds:
        raise Invalid(f"The classes are of several types ({', '.join(sorted(kind.__name__ for kind in kinds))}).")
    return numpy.asarray(values.tolist())
