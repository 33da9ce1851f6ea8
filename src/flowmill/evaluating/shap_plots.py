"""Pictures of SHAP values, as Matplotlib figures: what each feature does to what a model says."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from flowmill.evaluating.plots import figure_of

MOST_FEATURES = 20
"""Features that are shown, the weightiest first."""
_MOST_POINTS = 1000
_LONGEST_NAME = 30


@dataclass(frozen=True)
class Explained:
    """SHAP values of rows, the features' values (both shape (rows, features)) and weights (features,).

    Of a model with several outputs, ``values`` are those of the output that each row has most of, and ``weights`` the
    mean size over all of them.
    """

    values: Any
    features: Any
    names: list[str]
    weights: Any

    @classmethod
    def of(cls, values: Any, features: Any, names: list[str]) -> Explained:
        """From SHAP's array, shape (rows, features[, outputs])."""
        import numpy

        sizes = numpy.abs(values)
        if values.ndim == 3:
            most = values.sum(axis=1).argmax(axis=1)
            values = values[numpy.arange(len(values)), :, most]
            sizes = sizes.mean(axis=2)
        return cls(values, features, names, sizes.mean(axis=0))

    @property
    def shown(self) -> list[int]:
        """The features to show by their place, the weightiest last, which is on top."""
        return [int(place) for place in self.weights.argsort(kind="stable")[-MOST_FEATURES:]]


def _figure(explained: Explained, title: str, right: str) -> tuple[Any, Any]:
    figure, axes = figure_of(title, right, "")
    names = [explained.names[place][:_LONGEST_NAME] for place in explained.shown]
    figure.set_size_inches(7, max(2.5, 0.4 * len(names) + 1.5))
    axes.set_yticks(range(len(names)), names)
    return figure, axes


def bars(explained: Explained) -> Any:
    """How much each feature weighs: the mean size of its values."""
    figure, axes = _figure(explained, "Importance of features", "Mean size of the SHAP value")
    widths = explained.weights[explained.shown]
    axes.barh(range(len(widths)), widths)
    return figure


def swarm(explained: Explained) -> Any:
    """A point a row: which way the feature moved what the model says, coloured by the feature's own value."""
    import numpy

    figure, axes = _figure(explained, "What features did to each prediction", "SHAP value")
    axes.axvline(0, color="gray", linewidth=0.8)
    random = numpy.random.default_rng(0)
    count = len(explained.values)
    rows = slice(None) if count <= _MOST_POINTS else random.choice(count, _MOST_POINTS, replace=False)
    points = None
    for line, place in enumerate(explained.shown):
        values, colors = explained.values[rows, place], _ranks(explained.features[rows, place])
        up = line + _spread(values) * random.uniform(-0.35, 0.35, len(values))
        points = axes.scatter(values, up, c=colors, cmap="coolwarm", vmin=0, vmax=1, s=8, alpha=0.8)
    if points is not None:
        bar = figure.colorbar(points, ax=axes, label="Value of the feature", ticks=[0, 1])
        bar.set_ticklabels(["low", "high"])
    return figure


def violins(explained: Explained) -> Any:
    """How the values of each feature are spread."""
    figure, axes = _figure(explained, "What features do to predictions", "SHAP value")
    axes.axvline(0, color="gray", linewidth=0.8)
    for line, place in enumerate(explained.shown):
        values = explained.values[:, place]
        if values.max() > values.min():
            (body,) = axes.violinplot([values], [line], widths=0.8, **_lying(axes))["bodies"]
            body.set_alpha(0.6)
        else:  # no shape to draw
            axes.plot(values[:1], [line], marker="|")
    return figure


def _lying(axes: Any) -> dict[str, Any]:
    """What lays a violin down, which Matplotlib said otherwise before 3.10."""
    new = "orientation" in inspect.signature(axes.violinplot).parameters
    return {"orientation": "horizontal"} if new else {"vert": False}


def _ranks(values: Any) -> Any:
    """Values as shares of their range from 0 to 1; outliers do not swallow the colours of the others."""
    import numpy

    low, high = numpy.nanpercentile(values, [5, 95])
    return numpy.full(len(values), 0.5) if high <= low else numpy.clip((values - low) / (high - low), 0, 1)


def _spread(values: Any) -> Any:
    """From 0 to 1: how many others lie beside each point."""
    import numpy

    counts, edges = numpy.histogram(values, bins=40)
    places = numpy.clip(numpy.searchsorted(edges, values, side="right") - 1, 0, len(counts) - 1)
    return counts[places] / max(1, counts.max())
