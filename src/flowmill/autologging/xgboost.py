"""XGBoost: ``train``, which its classes for scikit-learn call, logs what MLflow logs of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from flowmill.autologging.arrival import on_import
from flowmill.autologging.boosting import Boosting, train_watched
from flowmill.autologging.configuration import configure, is_supported
from flowmill.autologging.data import EXAMPLE_ROWS
from flowmill.autologging.patching import applies, stand_around
from flowmill.autologging.training import may_log
from flowmill.context import context_tags
from flowmill.data import from_numpy
from flowmill.data.code_dataset_source import CodeDatasetSource

NAME = "xgboost"
_MOST_VALUES = 50_000_000
"""A bigger matrix is not copied to tell its digest."""


def autolog(
    importance_types: list[str] | None = None,
    log_input_examples: bool = False,
    log_model_signatures: bool = True,
    log_models: bool = True,
    log_datasets: bool = True,
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    registered_model_name: str | None = None,
    model_format: str = "ubj",
    extra_tags: Mapping[str, str] | None = None,
) -> None:
    """Let trainings of XGBoost log themselves from now on: parameters, metrics of each round, data, model, importance.

    ``importance_types``: which kinds of importance of features are logged, ``weight`` if not said. ``model_format``:
    the file of the model. The other arguments are those of `flowmill.sklearn.autolog`.
    """
    turn_on(dict(locals()))


def turn_on(options: Mapping[str, Any], by_name: bool = True) -> None:
    """Note the options of `autolog`, and look at XGBoost once it is there."""
    configure(NAME, options, by_name)
    if not options.get("disable"):
        on_import(NAME, _follow)


def _follow() -> None:
    if is_supported(NAME, NAME, 1, 3):
        for name in (NAME, "xgboost.training", "xgboost.sklearn"):
            if name in sys.modules:
                stand_around(sys.modules[name], "train", _train)


def _train(original: Callable[..., Any], owner: None, args: Any, kwargs: Any) -> Any:
    if not applies(NAME) or not may_log(NAME):
        return original(*args, **kwargs)
    return train_watched(_Training, _watcher, original, args, kwargs)


def _watcher(training: _Training) -> Any:
    """A callback of XGBoost's that logs each round."""

    class Rounds(sys.modules["xgboost.callback"].TrainingCallback):
        def after_iteration(self, model: Any, epoch: int, evals_log: Mapping[str, Any]) -> bool:
            measured = {f"{data}-{name}": values[-1] for data, of in evals_log.items() for name, values in of.items()}
            # A metric with its deviation, as cross-validation has it, is a pair.
            numbers = {key: value[0] if isinstance(value, tuple) else value for key, value in measured.items()}
            training.part(lambda: training.note_round(epoch, numbers))
            return False

    return Rounds()


class _Training(Boosting):
    """One call of ``xgboost.train``."""

    integration = NAME
    importances = ("weight",)
    unlogged = frozenset(
        "dtrain evals obj feval evals_result xgb_model callbacks learning_rates".split()  # data and functions
    )

    def note_datasets(self) -> None:
        self._note(self.given.get("dtrain"), "dataset", "train")
        for data, name in self.given.get("evals") or ():
            self._note(data, name, "eval")

    def _note(self, data: Any, name: str, context: str) -> None:
        if data is None or data.num_row() * data.num_col() > _MOST_VALUES:
            return
        values = data.get_data().toarray()
        self.log_dataset(from_numpy(values, source=CodeDatasetSource(context_tags()), name=name), context)

    def note_end(self, model: Any) -> None:
        try:
            best = int(model.best_iteration)
        except AttributeError:  # nobody stopped it
            return
        self.note_stop(best, self.last_round, 0)

    def importance(self, model: Any, kind: str) -> dict[str, float]:
        scores = model.get_score(importance_type=kind)
        # Of several classes a linear booster has a weight each.
        return {name: value if isinstance(value, float) else sum(map(abs, value)) for name, value in scores.items()}

    def example(self) -> Any:
        data = self.given.get("dtrain")
        if data is None:
            return None
        values = data.slice(list(range(min(EXAMPLE_ROWS, data.num_row())))).get_data().toarray()
        pandas = sys.modules.get("pandas")
        names = data.feature_names
        return pandas.DataFrame(values, columns=names) if pandas is not None and names else values

    def answer(self, model: Any, example: Any) -> Any:
        return model.predict(sys.modules[NAME].DMatrix(example))

    def options_of_model(self) -> dict[str, Any]:
        return {"model_format": self.option("model_format", "ubj")}
