"""The runs of an experiment that are studies and trials of Optuna."""

from __future__ import annotations

from dataclasses import dataclass

from flowmill import session
from flowmill.autologging.optuna_runs import DIRECTION, NUMBER
from flowmill.entities.run import Run
from flowmill.errors import Invalid, NotFound
from flowmill.session import PARENT_TAG


@dataclass(frozen=True)
class OptunaRuns:
    """Those of one experiment."""

    experiment_id: str

    def study(self, study_id: object) -> Run:
        """The run of a study; KeyError, saying why, if there is none of this id."""
        return self._found(study_id, "study", DIRECTION)

    def trial(self, trial_id: object) -> Run:
        """The run of a trial; KeyError, saying why, if there is none of this id."""
        return self._found(trial_id, "trial", NUMBER, PARENT_TAG)

    def studies(self) -> list[Run]:
        """The runs of all studies, the oldest first."""
        return self._search(f"tags.`{DIRECTION}` LIKE '%'")

    def trials(self, study_id: str) -> list[Run]:
        """The runs of a study's trials, the oldest first."""
        runs = self._search(f"tags.`{PARENT_TAG}` = '{study_id}'")
        return [run for run in runs if NUMBER in run.data.tags]  # a user's own may be among them

    def _found(self, run_id: object, what: str, *tags: str) -> Run:
        nothing = f"There is no {what} {run_id!r} in the experiment {self.experiment_id}"
        if not isinstance(run_id, str):
            raise KeyError(f"{nothing}: ids are texts.")
        try:
            run = session.tracking_client().get_run(run_id)
        except (NotFound, Invalid) as error:
            raise KeyError(f"{nothing}: {error.message}") from error
        if run.info.experiment_id != self.experiment_id:
            raise KeyError(f"{nothing}: the run is of the experiment {run.info.experiment_id}.")
        if run.info.lifecycle_stage != "active":
            raise KeyError(f"{nothing}: the run lies in the trash.")
        missing = [tag for tag in tags if tag not in run.data.tags]
        if missing:
            raise KeyError(f"{nothing}: the run has no tag {missing[0]}.")
        return run

    def _search(self, filter_string: str) -> list[Run]:
        client = session.tracking_client()
        found: list[Run] = []
        token: str | None = None
        while True:
            page = client.search_runs(
                [self.experiment_id],
                filter_string,
                order_by=["attributes.start_time ASC"],
                max_results=1000,
                page_token=token,
            )
            found += page
            token = page.token
            if not token:
                return found
