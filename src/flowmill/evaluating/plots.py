"""Pictures of how well a classifier does, as Matplotlib figures.

Curves are given as (name, true, chance): whether each row is of the class, and how likely the model thinks that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def plot_lines(
    data_series: Sequence[tuple[str, Any, Any]],
    xlabel: str,
    ylabel: str,
    legend_loc: str | None = None,
    line_kwargs: Mapping[str, Any] | None = None,
    title: str | None = None,
) -> tuple[Any, Any]:
    """A figure and its axes with a line for each (label, x, y); ``line_kwargs`` go to Matplotlib."""
    figure, axes = figure_of(title or "", xlabel, ylabel)
    for label, right, up in data_series:
        axes.plot(right, up, label=label, **(line_kwargs or {}))
    axes.legend(loc=legend_loc)
    return figure, axes


def roc(curves: Sequence[Curve], weights: Any = None) -> Any:
    """ROC curves."""
    from sklearn.metrics import auc, roc_curve

    lines: list[tuple[str, Any, Any]] = []
    for name, true, chance in curves:
        wrong, right, _ = roc_curve(true, chance, sample_weight=weights)
        lines.append((f"{name[:_LONGEST_NAME]}, area {auc(wrong, right):.3f}", wrong, right))
    figure, axes = plot_lines(lines, "False positives", "True positives", title="ROC curve")
    axes.plot([0, 1], [0, 1], linestyle=":", color="gray")
    return figure


def precision_recall(curves: Sequence[Curve], weights: Any = None) -> Any:
    """Precision over recall."""
    from sklearn.metrics import average_precision_score, precision_recall_curve

    lines: list[tuple[str, Any, Any]] = []
    for name, true, chance in curves:
        precision, recall, _ = precision_recall_curve(true, chance, sample_weight=weights)
        mean = average_precision_score(true, chance, sample_weight=weights)
        lines.append((f"{name[:_LONGEST_NAME]}, average {mean:.3f}", recall, precision))
    steps = {"drawstyle": "steps-post"}
    return plot_lines(lines, "Recall", "Precision", line_kwargs=steps, title="Precision and recall")[0]


def lift(curves: Sequence[Curve], weights: Any = None) -> Any:
    """How many more of a class are among the rows that the model thinks likeliest than among all."""
    import numpy

    lines: list[tuple[str, Any, Any]] = []
    for name, true, chance in curves:
        order = numpy.argsort(-chance, kind="stable")
        weight = (numpy.ones(len(chance)) if weights is None else weights)[order]
        share = numpy.cumsum(weight) / weight.sum()
        gain = numpy.cumsum(true[order] * weight) / (true[order] * weight).sum()
        lines.append((name[:_LONGEST_NAME], share, gain / share))
    figure, axes = plot_lines(lines, "Share of all rows, likeliest first", "Lift", title="Lift")
    axes.axhline(1, linestyle=":", color="gray")
    return figure


def calibration(curves: Sequence[Curve]) -> Any:
    """How often rows are of a class that the model thinks as likely as that."""
    from sklearn.calibration import calibration_curve

    lines: list[tuple[str, Any, Any]] = []
    for name, true, chance in curves:
        share, mean = calibration_curve(true, chance, n_bins=10)
        lines.append((name[:_LONGEST_NAME], mean, share))
    marks = {"marker": "o"}
    figure, axes = plot_lines(
        lines, "Chance that the model gives", "Share that is of the class", line_kwargs=marks, title="Calibration"
    )
    axes.plot([0, 1], [0, 1], linestyle=":", color="gray")
    return figure
