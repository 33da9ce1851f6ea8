"""A storage of Optuna that keeps studies as runs, so that a search is on the page while it goes on."""

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false

from __future__ import annotations

import copy
import random
import threading
import uuid
from collections.abc import Container, Sequence
from typing import TYPE_CHECKING, Any

from flowmill import session
from flowmill.autologging import optuna_runs as form
from flowmill.autologging.optuna_finding import OptunaRuns
from flowmill.autologging.optuna_runs import STATUS, attribute_tag
from flowmill.client.client import Client
from flowmill.client.values import now
from flowmill.entities.metric import Metric
from flowmill.entities.run import Run, RunTag
from flowmill.errors import Invalid
from flowmill.session import PARENT_TAG

if TYPE_CHECKING:
    BaseStorage = object
else:
    try:
        from optuna.storages import BaseStorage
    except ImportError:  # the name is there; making one says what is missing
        BaseStorage = object


class MlflowStorage(BaseStorage):
    """Studies of an experiment: ``optuna.create_study(storage=MlflowStorage(experiment_id=…), study_name=…)``.

    A study is a run of the study's name and its id is the run's; a trial is a child run. Threads of a process, and
    processes on one machine or several, may work on a study. What is set of a running trial is delivered in the
    background, as everything that a run logs; its state and values are delivered when the call returns.
    ``batch_flush_interval`` and ``batch_size_threshold``, MLflow's seconds and number of things that wait, change
    nothing: the client has a batch of its own.
    """

    def __init__(
        self,
        experiment_id: str,
        name: str | None = None,
        batch_flush_interval: float = 1.0,
        batch_size_threshold: int = 100,
    ) -> None:
        if BaseStorage is object:
            raise Invalid("MlflowStorage needs optuna: run pip install optuna.")
        self._client.get_experiment(experiment_id)
        self._runs = OptunaRuns(experiment_id)
        self.name = name
        self._begin()

    def _begin(self) -> None:
        self._lock = threading.RLock()
        self._own: dict[str, str] = {}
        """The study of each running trial of this process: nobody else changes those."""
        self._ended: dict[str, dict[str, Any]] = {}
        """By study and id the trials that have ended: nobody changes those."""
        self._last_ms = 0

    def __getstate__(self) -> dict[str, Any]:
        return {"_runs": self._runs, "name": self.name}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._begin()

    @property
    def _client(self) -> Client:
        return session.tracking_client()

    def flush_all_batches(self) -> None:
        """Deliver everything that was set, so that other processes read it."""
        self._client.flush()

    # Studies.

    def create_new_study(self, directions: Sequence[Any], study_name: str | None = None) -> str:
        """Make a study; its id. DuplicatedStudyError if the experiment has one of this name."""
        from optuna.exceptions import DuplicatedStudyError

        name = f"no-name-{uuid.uuid4()}" if study_name is None else study_name
        with self._lock:
            if self.get_study_id_by_name_if_exists(name) is not None:
                raise DuplicatedStudyError(
                    f"There is a study {name!r} in the experiment {self._runs.experiment_id} already: choose another "
                    "name, or pass load_if_exists=True."
                )
            tags = {form.DIRECTION: ",".join(each.name for each in directions)}
            if not name.strip():
                tags[form.STUDY_NAME] = name
            run = self._client.create_run(self._runs.experiment_id, tags=tags, run_name=name or None)
        return run.info.run_id

    def delete_study(self, study_id: str) -> None:
        """Move the runs of a study and its trials to the trash."""
        self._runs.study(study_id)
        for run in self._runs.trials(study_id):
            self._client.delete_run(run.info.run_id)
        self._client.delete_run(study_id)
        self._ended.pop(study_id, None)

    def set_study_user_attr(self, study_id: str, key: str, value: Any) -> None:
        """Set a tag ``user_<key>`` of the study's run to the value as JSON."""
        self._runs.study(study_id)
        self._client.log_batch(study_id, tags=[attribute_tag(form.USER, key, value)])

    def set_study_system_attr(self, study_id: str, key: str, value: Any) -> None:
        """Set a tag ``sys_<key>`` of the study's run to the value as JSON."""
        self._runs.study(study_id)
        self._client.log_batch(study_id, tags=[attribute_tag(form.SYSTEM, key, value)])

    def get_study_id_from_name(self, study_name: str) -> str:
        """The id of the study of this name; KeyError if there is none."""
        found = self.get_study_id_by_name_if_exists(study_name)
        if found is None:
            raise KeyError(f"There is no study {study_name!r} in the experiment {self._runs.experiment_id}.")
        return found

    def get_study_id_by_name_if_exists(self, study_name: str) -> str | None:
        """The id of the study of this name, None if there is none."""
        return next((run.info.run_id for run in self._runs.studies() if form.study_name(run) == study_name), None)

    def get_study_name_from_id(self, study_id: str) -> str:
        """The name of a study."""
        return form.study_name(self._runs.study(study_id))

    def get_study_directions(self, study_id: str) -> list[Any]:
        """Whether a study looks for the least or the most, of each of its objectives."""
        return form.directions(self._runs.study(study_id))

    def get_study_user_attrs(self, study_id: str) -> dict[str, Any]:
        """Attributes that users set."""
        return form.attributes(self._runs.study(study_id), form.USER)

    def get_study_system_attrs(self, study_id: str) -> dict[str, Any]:
        """Attributes that Optuna set."""
        return form.attributes(self._runs.study(study_id), form.SYSTEM)

    def get_all_studies(self) -> list[Any]:
        """The studies of the experiment, the oldest first."""
        from optuna.study._frozen import FrozenStudy

        return [
            FrozenStudy(
                study_name=form.study_name(run),
                direction=None,
                directions=form.directions(run),
                user_attrs=form.attributes(run, form.USER),
                system_attrs=form.attributes(run, form.SYSTEM),
                study_id=run.info.run_id,  # pyright: ignore[reportArgumentType] -- a text, as in MLflow's storage
            )
            for run in self._runs.studies()
        ]

    # Trials that are made and changed.

    def create_new_trial(self, study_id: str, template_trial: Any = None) -> str:
        """Make a trial with the study's next number; its id."""
        self._runs.study(study_id)
        running = template_trial is None or template_trial.state.name == "RUNNING"
        with self._lock:
            # The points of several processes come in the order of their times, which is that of the numbers.
            mark = random.getrandbits(62)
            point = Metric(form.TRIAL_POINTS, float(mark), self._tick(), 1)
            self._client.log_batch(study_id, metrics=[point])
            points = self._client.get_metric_history(study_id, form.TRIAL_POINTS)
            place = next(place for place, each in enumerate(points) if each.value == point.value)
            run_id = self._claimed(study_id, place, f"{mark:x}")
        if template_trial is not None:
            self._fill(run_id, template_trial)
        if running:
            self._own[run_id] = study_id
        return run_id

    def _claimed(self, study_id: str, place: int, mark: str) -> str:
        """Make the run of the first number from ``place`` on that no other trial has; its id.

        A point that comes late has an earlier place, which is somebody's. So a number's run has an id of its own, and
        of those who make it at once the store lets one be the first, whose mark it bears.
        """
        while True:
            run = self._client.create_run(
                self._runs.experiment_id,
                tags={PARENT_TAG: study_id, form.NUMBER: str(place), form.DISTRIBUTIONS: "{}", form.CLAIM: mark},
                run_id=uuid.uuid5(uuid.NAMESPACE_OID, f"{study_id}/{place}").hex,
            )
            if run.data.tags.get(form.CLAIM) == mark:
                return run.info.run_id
            place += 1

    def _fill(self, run_id: str, trial: Any) -> None:
        """Write what a trial holds that was made elsewhere."""
        pairs = [
            form.parameter(name, trial.distributions[name].to_internal_repr(value), trial.distributions[name])
            for name, value in trial.params.items()
        ]
        tags = [tag for _, tag in pairs]
        tags.append(form.distributions_tag(trial.distributions))
        tags += [attribute_tag(form.USER, key, value) for key, value in trial.user_attrs.items()]
        tags += [attribute_tag(form.SYSTEM, key, value) for key, value in trial.system_attrs.items()]
        if trial.datetime_start is not None:
            tags.append(RunTag(form.STARTED, trial.datetime_start.isoformat()))
        if trial.datetime_complete is not None:
            tags.append(RunTag(form.COMPLETED, trial.datetime_complete.isoformat()))
        points = [Metric(form.REPORTED, value, self._tick(), step) for step, value in trial.intermediate_values.items()]
        if trial.values is not None:
            points += form.value_points(trial.values, self._tick())
        self._client.log_batch(run_id, points, [param for param, _ in pairs], tags, synchronous=True)
        self._set_status(run_id, trial.state)

    def _set_status(self, run_id: str, state: Any) -> None:
        if state.is_finished():
            self._client.set_terminated(run_id, STATUS[state.name])
            self._own.pop(run_id, None)
        elif state.name == "WAITING":
            self._client.update_run(run_id, STATUS[state.name])

    def set_trial_param(self, trial_id: str, param_name: str, param_value_internal: float, distribution: Any) -> None:
        """Set a parameter; ValueError if the study's other trials have it of another distribution."""
        from optuna.distributions import check_distribution_compatibility

        study_id = self._changeable(trial_id)
        trials = self._trials(study_id)
        for trial in trials:
            if param_name in trial.distributions:
                check_distribution_compatibility(trial.distributions[param_name], distribution)
                break
        mine = next(trial for trial in trials if trial._trial_id == trial_id)
        param, tag = form.parameter(param_name, param_value_internal, distribution)
        found = form.distributions_tag({**mine.distributions, param_name: distribution})
        # A run's parameter is written once: what Optuna sets again is in the tags alone.
        self._client.log_batch(trial_id, params=[] if param_name in mine.params else [param], tags=[tag, found])

    def set_trial_state_values(self, trial_id: str, state: Any, values: Sequence[float] | None = None) -> bool:
        """Set state and values; false for a trial that is to run and runs already."""
        with self._lock:
            self._changeable(trial_id)
            before = form.state_of(self._runs.trial(trial_id))
            if state.name == "RUNNING" and before.name != "WAITING":
                return False
            if values is not None:
                self._client.log_batch(trial_id, form.value_points(values, self._tick()), synchronous=True)
            if state.name == "RUNNING":
                started = form.clock().isoformat()
                self._client.log_batch(trial_id, tags=[RunTag(form.STARTED, started)], synchronous=True)
                self._client.update_run(trial_id, STATUS[state.name])
            self._set_status(trial_id, state)
        return True

    def set_trial_intermediate_value(self, trial_id: str, step: int, intermediate_value: float) -> None:
        """Log what a trial has reached at a step, in place of what was said of that step before."""
        self._changeable(trial_id)
        self._client.log_batch(trial_id, [Metric(form.REPORTED, intermediate_value, self._tick(), step)])

    def set_trial_user_attr(self, trial_id: str, key: str, value: Any) -> None:
        """Set a tag ``user_<key>`` of the trial's run to the value as JSON."""
        self._changeable(trial_id)
        self._client.log_batch(trial_id, tags=[attribute_tag(form.USER, key, value)])

    def set_trial_system_attr(self, trial_id: str, key: str, value: Any) -> None:
        """Set a tag ``sys_<key>`` of the trial's run to the value as JSON."""
        self._changeable(trial_id)
        self._client.log_batch(trial_id, tags=[attribute_tag(form.SYSTEM, key, value)])

    # Trials that are read.

    def get_trial(self, trial_id: str) -> Any:
        """A trial; KeyError if there is none of this id."""
        ended = next((trials[trial_id] for trials in self._ended.values() if trial_id in trials), None)
        return ended if ended is not None else self._read(self._runs.trial(trial_id))

    def get_all_trials(self, study_id: str, deepcopy: bool = True, states: Container[Any] | None = None) -> list[Any]:
        """The trials of a study by number, all or those of some states."""
        self._runs.study(study_id)
        found = [trial for trial in self._trials(study_id) if states is None or trial.state in states]
        return copy.deepcopy(found) if deepcopy else found

    def get_trial_id_from_study_id_trial_number(self, study_id: str, trial_number: int) -> str:
        """The id of the trial of this number; KeyError if there is none."""
        for trial in self.get_all_trials(study_id, deepcopy=False):
            if trial.number == trial_number:
                return trial._trial_id
        raise KeyError(f"There is no trial {trial_number} in the study {study_id!r}.")

    def get_trial_number_from_id(self, trial_id: str) -> int:
        """The number of a trial in its study."""
        return self.get_trial(trial_id).number

    def get_trial_param(self, trial_id: str, param_name: str) -> float:
        """The number that a parameter is to Optuna; KeyError if the trial has none of this name."""
        trial = self.get_trial(trial_id)
        return trial.distributions[param_name].to_internal_repr(trial.params[param_name])

    def get_trial_user_attrs(self, trial_id: str) -> dict[str, Any]:
        """Attributes that users set."""
        return self.get_trial(trial_id).user_attrs

    def get_trial_system_attrs(self, trial_id: str) -> dict[str, Any]:
        """Attributes that Optuna set."""
        return self.get_trial(trial_id).system_attrs

    def get_n_trials(self, study_id: str, states: Any = None) -> int:
        """How many trials a study has, all or those of a state or of several."""
        wanted = states if states is None or isinstance(states, Container) else (states,)
        return len(self.get_all_trials(study_id, deepcopy=False, states=wanted))

    def _trials(self, study_id: str) -> list[Any]:
        ended = self._ended.setdefault(study_id, {})
        found = [ended.get(run.info.run_id) or self._read(run) for run in self._runs.trials(study_id)]
        return sorted(found, key=lambda trial: trial.number)

    def _read(self, run: Run) -> Any:
        reported = form.REPORTED in run.data.metrics
        points = self._client.get_metric_history(run.info.run_id, form.REPORTED) if reported else []
        trial = form.trial_of(run, points)
        if trial.state.is_finished():
            self._ended.setdefault(run.data.tags[PARENT_TAG], {})[run.info.run_id] = trial
        return trial

    def _tick(self) -> int:
        """Now, in ms since the epoch, and later than the last time: of two values of a step the later one holds."""
        with self._lock:
            self._last_ms = max(now(), self._last_ms + 1)
            return self._last_ms

    def _changeable(self, trial_id: str) -> str:
        """The study of a trial that is not at its end; UpdateFinishedTrialError for one that is."""
        from optuna.exceptions import UpdateFinishedTrialError

        if trial_id in self._own:
            return self._own[trial_id]
        trial = self.get_trial(trial_id)
        if trial.state.is_finished():
            raise UpdateFinishedTrialError(f"The trial {trial.number} has ended: it cannot be changed.")
        return self._runs.trial(trial_id).data.tags[PARENT_TAG]
