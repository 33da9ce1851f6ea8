"""Pictures of how well a classifier does, as Matplotlib figures.

Curves are given as (name, true, chance): whether each row is of the class, and how likely the model thinks that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Curve = tuple[str, Any, Any]
_LONGEST_NAME = 20
_WIDTH, _HEIGHT = 6, 5
"""Inches, of 100 pixels each."""
_LETTER = 0.07
"""Inches that a letter of a label is wide, a little more than Matplotlib's font has it."""


def figure_of(title: str, right: str, up: str, left: float = 0.75, below: float = 0.6) -> tuple[Any, Any]:
    """A figure and its axes, which belong to no window and no other thread.

    ``left`` and ``below``: inches for the labels of the axes. Matplotlib would find them itself, by drawing all twice.
    """
    from matplotlib.figure import Figure

    figure: Any = Figure(figsize=(_WIDTH, _HEIGHT))
    margins = {"left": left / _WIDTH, "right": 0.96, "bottom": below / _HEIGHT, "top": 0.92}
    axes = figure.subplots(gridspec_kw=margins)
    axes.set(title=title, xlabel=right, ylabel=up)
    return figure, axes


def confusion(shares: Any, classes: Any) -> Any:
    """A confusion matrix, shape (classes, classes), of shares of each true class."""
    names = [str(name)[:_LONGEST_NAME] for name in classes]
    widest = _LETTER * max(map(len, names), default=0)
    leans = widest * len(names) > _WIDTH - 2
    below = 0.6 + 0.7 * widest if leans else 0.6
    title = "Confusion matrix, share of each class"
    figure, axes = figure_of(title, "Predicted", "True", left=0.6 + widest, below=below)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
    axes.set_xticks(range(len(names)), names, rotation=45 if leans else 0)
    axes.set_yticks(range(len(names)), names)
    if len(names) > 30:  # numbers would only be grey
        return figure
    letters = min(10, 70 / len(names))
    for row, values in enumerate(shares):
        for column, share in enumerate(values):
            color = "white" if share > 0.5 else "black"
            axes.text(column, row, f"{share:.2f}", ha="center", va="center", color=color, fontsize=letters)
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
