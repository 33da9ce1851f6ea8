"""LightGBM: ``train``, which its classes for scikit-learn call, logs what MLflow logs of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from flowmill.autologging.arrival import on_import
from flowmill.autologging.boosting import Boosting, train_watched
from flowmill.autologging.configuration import configure, is_supported
from flowmill.autologging.data import dataset_of, example_of
from flowmill.autologging.patching import applies, stand_around
from flowmill.autologging.training import may_log

NAME = "lightgbm"


def autolog(
    log_input_examples: bool = False,
    log_model_signatures: bool = True,
    log_models: bool = True,
    log_datasets: bool = True,
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    registered_model_name: str | None = None,
    extra_tags: Mapping[str, str] | None = None,
) -> None:
    """Let trainings of LightGBM log themselves from now on: parameters, metrics of each round, data, model, importance.

    The arguments are those of `flowmill.sklearn.autolog`.
    """
    turn_on(dict(locals()))


def turn_on(options: Mapping[str, Any], by_name: bool = True) -> None:
    """Note the options of `autolog`, and look at LightGBM once it is there."""
    configure(NAME, options, by_name)
    if not options.get("disable"):
        on_import(NAME, _follow)


def _follow() -> None:
    if is_supported(NAME, NAME, 3, 4):
        for name in (NAME, "lightgbm.engine", "lightgbm.sklearn"):
            if name in sys.modules:
                stand_around(sys.modules[name], "train", _train)


def _train(original: Callable[..., Any], owner: None, args: Any, kwargs: Any) -> Any:
    if not applies(NAME) or not may_log(NAME):
        return original(*args, **kwargs)
    return train_watched(_Training, _watcher, original, args, kwargs)


def _watcher(training: _Training) -> Callable[[Any], None]:
    """A callback of LightGBM's that logs each round; early before an early stop, which raises."""

    def note(round_: Any) -> None:
        results = round_.evaluation_result_list or ()
        measured = {f"{result[0]}-{result[1]}": result[2] for result in results}
        training.part(lambda: training.note_round(round_.iteration, measured))

    note.order = 25  # pyright: ignore[reportFunctionMemberAccess]
    return note


class _Training(Boosting):
    """One call of ``lightgbm.train``."""

    integration = NAME
    importances = ("split", "gain")
    unlogged = frozenset(
        "train_set valid_sets valid_names feval fobj init_model evals_result learning_rates callbacks "
        "feature_name categorical_feature".split()
    )

    def __init__(self, original: Callable[..., Any], args: Any, kwargs: Any) -> None:
        super().__init__(original, args, kwargs)
        self._rows: Any = getattr(self.given.get("train_set"), "data", None)
        """Held before the training, which may let go of it."""
        self._first_rows = self.part(lambda: example_of(self._rows))

    def note_datasets(self) -> None:
        train = self.given.get("train_set")
        self._note(train, "dataset", "train")
        valid = self.given.get("valid_sets") or ()
        sets = list(valid) if isinstance(valid, list | tuple) else [valid]
        names = self.given.get("valid_names") or []
        names = [names] if isinstance(names, str) else list(names)
        for number, data in enumerate(sets):
            if number < len(names) or data is not train:
                self._note(data, names[number] if number < len(names) else f"valid_{number}", "eval")

    def _note(self, data: Any, name: str, context: str) -> None:
        dataset = dataset_of(getattr(data, "data", None), getattr(data, "label", None), name)
        if dataset is not None:
            self.log_dataset(dataset, context)

    def note_end(self, model: Any) -> None:
        self._rows = None
        if model.best_iteration > 0:  # else nobody stopped it
            self.note_stop(model.best_iteration, self.last_round + 1, 1)

    def importance(self, model: Any, kind: str) -> dict[str, float]:
        values = model.feature_importance(importance_type=kind)
        return dict(zip(model.feature_name(), values.tolist(), strict=True))

    def example(self) -> Any:
        return self._first_rows
