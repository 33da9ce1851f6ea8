"""MlflowStorage: studies of Optuna as runs, held by Optuna's own tests of a storage, and what is special to runs."""

from __future__ import annotations

import math
import os
import pickle
import sys
import threading
import uuid
from typing import Any

import mlflow
import optuna
import pytest
from mlflow.optuna.storage import MlflowStorage
from optuna.testing.pytest_storages import StorageTestCase

assert mlflow.__name__ == "flowmill"
optuna.logging.set_verbosity(optuna.logging.ERROR)


class Id(str):
    """The id of a run, of which Optuna's tests make one that does not exist by adding 1."""

    __slots__ = ()

    def __add__(self, other: Any) -> Any:
        return Gone(self) if other == 1 else super().__add__(other)


class Gone(Id):
    __slots__ = ()

    def __new__(cls, before: str) -> Gone:
        return super().__new__(cls, uuid.uuid4().hex + before[:0])

    def __init__(self, before: str) -> None:
        _BEFORE[str(self)] = before

    def __sub__(self, other: int) -> str:
        return _BEFORE[str(self)]


_BEFORE: dict[str, str] = {}


class StorageOfTests(MlflowStorage):
    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name.startswith("_") or not callable(found):
            return found
        return lambda *args, **kwargs: found(*(str(each) if isinstance(each, Id) else each for each in args), **kwargs)

    def create_new_study(self, *args: Any, **kwargs: Any) -> Id:
        return Id(super().create_new_study(*args, **kwargs))

    def create_new_trial(self, *args: Any, **kwargs: Any) -> Id:
        return Id(super().create_new_trial(*args, **kwargs))


@pytest.fixture
def storage() -> MlflowStorage:
    return StorageOfTests(mlflow.create_experiment(uuid.uuid4().hex))


class TestStorage(StorageTestCase):
    """Everything that Optuna asks of a storage."""


def objective(trial: optuna.Trial) -> float:
    x = trial.suggest_float("x", -10, 10)
    kind = trial.suggest_categorical("kind", ["a", None, 2, True])
    trial.set_user_attr("note", [1, {"z": None}])
    for step in range(3):
        trial.report(x**2 + (100 if trial.number else 0) - step, step)
        if trial.should_prune():
            raise optuna.TrialPruned
    if trial.number == 0:
        trial.set_user_attr("first", True)
    return x**2 + (kind is None)


def test_a_study_is_on_the_page_and_goes_on_elsewhere() -> None:
    experiment = mlflow.create_experiment("parabola")
    pruner = optuna.pruners.MedianPruner(n_startup_trials=1)
    study = optuna.create_study(study_name="p", storage=MlflowStorage(experiment), pruner=pruner)
    study.set_user_attr("who", "ada")
    study.optimize(objective, n_trials=4)
    study.enqueue_trial({"x": 0.5, "kind": "a"})
    parent = mlflow.get_run(study._study_id)
    assert parent.info.run_name == "p" and parent.info.status == "RUNNING"
    assert parent.data.tags["optuna.study_direction"] == "MINIMIZE" and parent.data.tags["user_who"] == '"ada"'
    first, second, *_, waiting = study.get_trials()
    run = mlflow.get_run(first._trial_id)
    assert run.info.status == "FINISHED" and run.data.tags["mlflow.parentRunId"] == study._study_id
    assert run.data.params == {"x": str(first.params["x"]), "kind": str(first.params["kind"])}
    assert run.data.metrics == {"value": first.value, "intermediate_value": first.intermediate_values[2]}
    assert (second.state, waiting.state) == (optuna.trial.TrialState.PRUNED, optuna.trial.TrialState.WAITING)
    assert mlflow.get_run(second._trial_id).info.status == "KILLED"
    assert mlflow.get_run(waiting._trial_id).info.status == "SCHEDULED"
    # Somebody else, who knows the experiment alone, goes on.
    storage = pickle.loads(pickle.dumps(MlflowStorage(experiment)))  # noqa: S301 - ours
    again = optuna.load_study(study_name="p", storage=storage)
    assert again.get_trials() == study.get_trials() and again.user_attrs == {"who": "ada"}
    again.optimize(objective, n_trials=2, n_jobs=2)
    numbers = [trial.number for trial in study.get_trials()]
    assert numbers == list(range(6)) and study.trials[4].params == {"x": 0.5, "kind": "a"}
    assert study.best_trial.value == min(trial.value for trial in study.get_trials(states=(first.state,)))
    with pytest.raises(optuna.exceptions.DuplicatedStudyError, match="load_if_exists"):
        optuna.create_study(study_name="p", storage=MlflowStorage(experiment))


def test_many_at_once_count_without_a_gap() -> None:
    experiment = mlflow.create_experiment("together")
    storage = MlflowStorage(experiment)
    study = optuna.create_study(storage=storage, directions=["maximize", "minimize"])
    study.optimize(lambda trial: (trial.suggest_float("x", 0, 1), 2.0), n_trials=12, n_jobs=4)
    assert sorted(trial.number for trial in study.trials) == list(range(12))
    assert {trial.values[0] for trial in study.best_trials} == {max(trial.values[0] for trial in study.trials)}
    trial = study.ask()
    study.tell(trial, [math.inf, -math.inf])
    assert study.trials[-1].values == [math.inf, -math.inf]
    assert threading.active_count() < 10


def test_a_process_that_is_late_has_a_number_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    storage = MlflowStorage(mlflow.create_experiment("late"))
    study = optuna.create_study(storage=storage)
    late = pickle.loads(pickle.dumps(storage))  # noqa: S301 - ours
    numbers = [study.ask().number for _ in range(2)]
    # It had looked at the clock before the others did, and has come to write only now.
    monkeypatch.setattr(late, "_tick", lambda: 1)
    numbers.append(optuna.load_study(study_name=study.study_name, storage=late).ask().number)
    numbers.append(study.ask().number)
    assert numbers == [0, 1, 2, 3] == [trial.number for trial in study.trials]


@pytest.mark.parametrize("wrong", ["", "nobody", "0" * 32])
def test_what_is_not_there_is_a_key_error(wrong: str) -> None:
    storage = MlflowStorage(mlflow.create_experiment(uuid.uuid4().hex))
    for ask in (storage.get_study_directions, storage.get_trial, storage.get_study_id_from_name):
        with pytest.raises(KeyError, match="There is no"):
            ask(wrong)
    with pytest.raises(mlflow.MlflowException, match="nowhere"):
        MlflowStorage("nowhere")


if __name__ == "__main__":
    # Neither the settings nor the environment of the suite that this script stands beside.
    alone = ["--noconftest", "-c", os.devnull, "--rootdir", os.getcwd(), "-p", "no:cacheprovider"]
    sys.exit(pytest.main(["-q", *alone, *sys.argv[1:], __file__]))
