"""What trainings of boosters have in common: metrics of each round, importance of features, early stopping."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any, TypeVar

from flowmill.autologging.flavors import log_model_of
from flowmill.autologging.training import Training, watched
from flowmill.background import store_later
from flowmill.figures import drawn

T = TypeVar("T", bound="Boosting")

_MOST_FEATURES = 50
"""Bars of a picture; the file beside it has all."""


class Boosting(Training):
    """One call of ``train``. Subclasses know the library's names."""

    unlogged: frozenset[str] = frozenset()
    """Arguments that are no parameters: data, functions."""
    importances: tuple[str, ...] = ()

    def __init__(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        super().__init__()
        bound = inspect.signature(original).bind_partial(*args, **kwargs)
        self.given = dict(bound.arguments)
        bound.apply_defaults()
        self.all = dict(bound.arguments)
        self.last_round = -1
        self.rounds: dict[int, dict[str, float]] = {}

    def before(self) -> None:
        given = self.all.get("params") or {}
        params = dict(given if isinstance(given, Mapping) else dict(given))
        params |= {name: value for name, value in self.all.items() if name not in self.unlogged and name != "params"}
        self.part(lambda: self.log_params(params))
        if self.option("log_datasets", True):
            self.part(self.note_datasets)

    def note_datasets(self) -> None:
        """Note what is trained and measured on."""

    def note_round(self, number: int, metrics: Mapping[str, float]) -> None:
        """Log what one round measured."""
        self.last_round = number
        self.rounds[number] = dict(metrics)
        self.log_metrics({key.replace("@", "_at_"): value for key, value in metrics.items()}, step=number)

    def note_stop(self, best: int, stopped: int, counts_from: int) -> None:
        """Log where an early stop ended, and once more what was measured at the best round, as the last step.

        ``counts_from``: the number that the library gives the first round.
        """
        self.log_metrics({"stopped_iteration": stopped, "best_iteration": best})
        measured = self.rounds.get(best - counts_from, {})
        self.log_metrics({key.replace("@", "_at_"): value for key, value in measured.items()}, step=self.last_round + 1)

    def after(self, result: Any) -> None:
        self.part(lambda: self.note_end(result))
        for kind in self.option("importance_types") or self.importances:
            self.part(lambda kind=kind: self._log_importance(kind, self.importance(result, kind)))
        if self.option("log_models", True):
            self.part(lambda: self._log_model(result))

    def note_end(self, model: Any) -> None:
        """Log what is known of the end of the training."""

    def importance(self, model: Any, kind: str) -> dict[str, float]:
        """How much each feature matters, in one of the library's ways."""
        raise NotImplementedError

    def example(self) -> Any:
        """The first rows of the training data, None if it has none to show."""
        return None

    def answer(self, model: Any, example: Any) -> Any:
        """What the model says to the example."""
        return model.predict(example)

    def options_of_model(self) -> dict[str, Any]:
        """Further arguments of the flavor's ``log_model``."""
        return {}

    def _log_model(self, model: Any) -> None:
        example: Any = None
        signature: Any = False
        if self.option("log_input_examples", False) or self.option("log_model_signatures", True):
            example = self.part(self.example)
        if example is not None and self.option("log_model_signatures", True):
            from flowmill.models.signature import infer_signature

            signature = self.part(lambda: infer_signature(example, self.answer(model, example))) or False
        log_model_of(
            self.integration,
            model,
            signature=signature,
            input_example=example if self.option("log_input_examples", False) else None,
            registered_model_name=self.option("registered_model_name"),
            **self.options_of_model(),
        )

    def _log_importance(self, kind: str, importance: dict[str, float]) -> None:
        name = f"feature_importance_{kind}"
        client, run_id = self.client, self.run_id
        store_later(run_id, name, lambda: client.log_dict(run_id, importance, f"{name}.json"))
        if not importance or find_spec("matplotlib") is None:
            return
        picture = drawn(_bars(kind, importance), f"{name}.png", {})
        store_later(run_id, name, lambda: client.artifacts_of_run(run_id).put(f"{name}.png", picture))


def _bars(kind: str, importance: Mapping[str, float]) -> Any:
    from matplotlib.figure import Figure

    most = sorted(importance.items(), key=lambda pair: pair[1])[-_MOST_FEATURES:]
    figure: Any = Figure(figsize=(6, 1.5 + 0.25 * len(most)), layout="constrained")
    axes = figure.subplots()
    axes.barh([name for name, _ in most], [value for _, value in most])
    axes.set(title=f"Importance of features: {kind}", xlabel=kind)
    return figure


def train_watched(
    kind: Callable[..., T],
    watcher: Callable[[T], Any],
    original: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """Carry out a call of ``train``, with a callback more that tells its ``kind`` of `Boosting` of each round."""
    trainings: list[T] = []

    def make() -> T:
        trainings.append(kind(original, args, kwargs))
        return trainings[0]

    def train(*args: Any, **kwargs: Any) -> Any:
        if trainings:  # else it could not be made, and the training goes on alone
            kwargs = {**kwargs, "callbacks": [*(kwargs.get("callbacks") or ()), watcher(trainings[0])]}
        return original(*args, **kwargs)

    return watched(make, train, args, kwargs)
