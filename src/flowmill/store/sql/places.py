"""Where files are: computed from ids, so that a store can be moved and no client can name a place.

A run's files are below ``<experiment>/<run id>/artifacts``, a logged model's below
``<experiment>/models/<model id>/artifacts``. What stands before that is the store's root
(``file:///…/mlruns/artifacts`` in a folder, ``mlflow-artifacts:/`` for clients of a server), unless the
experiment was given a location of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Places:
    """The root of all files, and which other locations a request may name.

    ``accept`` returns a location as it is to be stored, or raises Invalid; it is the only judge of places
    that come from outside.
    """

    root: str
    accept: Callable[[str], str]

    def of_experiment(self, experiment_id: int | str, own: str | None) -> str:
        """Where an experiment's files are."""
        return own.rstrip("/") if own else f"{self.root.rstrip('/')}/{experiment_id}"

    @staticmethod
    def home_of(
        experiment_id: int, own: str | None, home: int | None, home_location: str | None
    ) -> tuple[int, str | None]:
        """The experiment in whose place the files of a run or a logged model are, and the location of its own.

        That is the one it is in, until it was moved out of it.
        """
        return (experiment_id, own) if home is None else (home, home_location)

    def of_run(self, experiment_id: int | str, own: str | None, run_id: str) -> str:
        """Where a run's files are."""
        return f"{self.of_experiment(experiment_id, own)}/{run_id}/artifacts"

    def of_model(self, experiment_id: int | str, own: str | None, model_id: str) -> str:
        """Where a logged model's files are."""
        return f"{self.of_experiment(experiment_id, own)}/models/{model_id}/artifacts"
