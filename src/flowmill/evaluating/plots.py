"""Pictures of how well a classifier does, as Matplotlib figures.

Curves are given as (name, true, chance): whether each row is of the class, and how likely the model thinks that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Curve = tuple[str, Any, Any]
_LONGEST_NAME = 20


def figure_of(title: str, right: str, up: str) -> tuple[Any, Any]:
    """A figure and its axes, which belong to no window and no other thread."""
    from matplotlib.figure import Figure

    figure: Any = Figure(figsize=(6, 5), layout="constrained")
    axes = figure.subplots()
    axes.set(title=title, xlabel=right, ylabel=up)
    return figure, axes


def confusion(shares: Any, classes: Any) -> Any:
    """A confusion matrix, shape (classes, classes), of shares of each true class."""
    figure, axes = figure_of("Confusion matrix, share of each class", "Predicted", "True")
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    names = [str(name)[:_LONGEST_NAME] for name in classes]
    axes.set_xticks(range(len(names)), names, rotation=45 if len(names) > 5 else 0)
    axes.set_yticks(range(len(names)), names)
    if len(names) > 30:  # numbers would only be grey
        return figure
    for row, values in enumerate(shares):
        for column, share in enumerate(values):
            color = "white" if share > 0.5 else "black"
            axes.text(column, row, f"{share:.2f}", ha="center", va="center", color=color)
    return figure


def roc(curves: Sequence[Curve], weights: Any = None) -> Any:
    """ROC curves."""
    from sklearn.metrics import auc, roc_curve

    figure, axes = figure_of("ROC curve", "False positives", "True positives")
    for name, true, chance in curves:
        wrong, right, _ = roc_curve(true, chance, sample_weight=weights)
        axes.plot(wrong, right, label=f"{name[:_LONGEST_NAME]}, area {auc(wrong, right):.3f}")
    axes.plot([0, 1], [0, 1], linestyle=":", color="gray")
    axes.legend()
    return figure


def precision_recall(curves: Sequence[Curve], weights: Any = None) -> Any:
    """Precision over recall."""
    from sklearn.metrics import average_precision_score, precision_recall_curve

    figure, axes = figure_of("Precision and recall", "Recall", "Precision")
    for name, true, chance in curves:
        precision, recall, _ = precision_recall_curve(true, chance, sample_weight=weights)
        mean = average_precision_score(true, chance, sample_weight=weights)
        axes.plot(recall, precision, drawstyle="steps-post", label=f"{name[:_LONGEST_NAME]}, average {mean:.3f}")
    axes.legend()
    return figure


def lift(curves: Sequence[Curve], weights: Any = None) -> Any:
    """How many more of a class are among the rows that the model thinks likeliest than among all."""
    import numpy

    figure, axes = figure_of("Lift", "Share of all rows, likeliest first", "Lift")
    for name, true, chance in curves:
        order = numpy.argsort(-chance, kind="stable")
        weight = (numpy.ones(len(chance)) if weights is None else weights)[order]
        share = numpy.cumsum(weight) / weight.sum()
        gain = numpy.cumsum(true[order] * weight) / (true[order] * weight).sum()
        axes.plot(share, gain / share, label=name[:_LONGEST_NAME])
    axes.axhline(1, linestyle=":", color="gray")
    axes.legend()
    return figure


def calibration(curves: Sequence[Curve]) -> Any:
    """How often rows are of a class that the model thinks as likely as that."""
    from sklearn.calibration import calibration_curve

    figure, axes = figure_of("Calibration", "Chance that the model gives", "Share that is of the class")
    for name, true, chance in curves:
        share, mean = calibration_curve(true, chance, n_bins=10)
        axes.plot(mean, share, marker="o", label=name[:_LONGEST_NAME])
    axes.plot([0, 1], [0, 1], linestyle=":", color="gray")
    axes.legend()
    return figure
