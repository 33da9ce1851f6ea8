"""A study of Optuna whose trials run on Spark's executors and are kept as runs."""

# The libraries are the user's: who checks types need not have them.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false

from __future__ import annotations

import contextlib
import re
import time
import traceback
import uuid
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flowmill import session
from flowmill.autologging.optuna_storage import MlflowStorage
from flowmill.data.spark_dataset_source import spark_session
from flowmill.errors import FlowmillError, Invalid
from flowmill.models.flavor import first_line
from flowmill.stores import absolute_uri, get_tracking_uri, set_tracking_uri

if TYPE_CHECKING:
    Study: Any = object
else:
    try:
        from optuna.study import Study
    except ImportError:  # the name is there; making one says what is missing
        Study = object

ERROR_FILE = "error_message.txt"
_JOB = "spark_job"
"""The attribute of a trial that says which call of ``optimize`` it is of."""
_STOPPED = "stopped_"


@dataclass(frozen=True)
class ResumeInfo:
    """Whether a study goes on with trials of before, and how far these came."""

    is_resumed: bool
    study_name: str | None = None
    existing_trials: int | None = None
    completed_trials: int | None = None
    best_value: float | None = None
    best_params: dict[str, Any] | None = None


class MlflowSparkStudy(Study):
    """A study in the storage's experiment, made or gone on with by its name, whose trials Spark's executors run.

    ``sampler`` and ``pruner`` are Optuna's and go to the executors; ``mlflow_tracking_uri``: where they find the
    storage, by default where this process logs. ``direction`` or ``directions``: of a new study, by default to
    minimize; ValueError if a study that is there has others.
    """

    def __init__(
        self,
        study_name: str,
        storage: MlflowStorage,
        sampler: Any = None,
        pruner: Any = None,
        mlflow_tracking_uri: str | None = None,
        direction: Any = None,
        directions: Sequence[Any] | None = None,
    ) -> None:
        if Study is object:
            raise Invalid("MlflowSparkStudy needs optuna: run pip install optuna.")
        if not isinstance(storage, MlflowStorage):  # pyright: ignore[reportUnnecessaryIsInstance] -- users may err
            raise Invalid(f"storage is a {type(storage).__name__}: expected a flowmill.optuna.MlflowStorage.")
        self._tracking_uri = absolute_uri(mlflow_tracking_uri or get_tracking_uri())
        wanted = _directions(direction, directions)
        study_id = storage.get_study_id_by_name_if_exists(study_name)
        self._resumed = study_id is not None
        if study_id is None:
            storage.create_new_study(wanted or _directions("minimize", None), study_name)
        elif wanted and wanted != (found := storage.get_study_directions(study_id)):
            raise ValueError(
                f"The study {study_name!r} has the directions {[each.name for each in found]}, not "
                f"{[each.name for each in wanted]}: leave them out to go on with it, or choose another name."
            )
        super().__init__(study_name=study_name, storage=storage, sampler=sampler, pruner=pruner)

    @property
    def is_resumed_study(self) -> bool:
        """Whether the study was there already."""
        return self._resumed

    @property
    def completed_trials_count(self) -> int:
        """How many trials have come to an end with a value."""
        return len(self._completed())

    def get_resume_info(self) -> ResumeInfo:
        """Whether the study was there already, and how far it is now."""
        if not self._resumed:
            return ResumeInfo(is_resumed=False)
        completed = self._completed()
        best = self.best_trial if completed and len(self.directions) == 1 else None
        return ResumeInfo(
            is_resumed=True,
            study_name=self.study_name,
            existing_trials=len(self.get_trials(deepcopy=False)),
            completed_trials=len(completed),
            best_value=best.value if best is not None else None,
            best_params=best.params if best is not None else None,
        )

    def _completed(self) -> list[Any]:
        return [trial for trial in self.get_trials(deepcopy=False) if trial.state.name == "COMPLETE"]

    def optimize(  # pyright: ignore[reportIncompatibleMethodOverride] -- as MLflow has it
        self,
        func: Callable[[Any], Any],
        n_trials: int | None = None,
        timeout: float | None = None,
        n_jobs: int = -1,
        catch: Iterable[type[Exception]] | type[Exception] = (),
        callbacks: Iterable[Callable[[Any, Any], None]] | None = None,
    ) -> None:
        """Run so many trials on the executors; wait for them.

        ``timeout``: seconds after which no trial begins; ``n_jobs``: trials at a time, -1 for as many as Spark has room
        for. ``callbacks`` are called where the trial ran. A trial that raises fails, with the reason beside its run
        as ``error_message.txt``, and the others go on; FlowmillError at the end, unless it is one of ``catch``.
        """
        if n_trials is None and timeout is None:
            raise Invalid("n_trials and timeout are both None: give one of them, as Spark's tasks need an end.")
        if n_jobs != -1 and n_jobs < 1:
            raise Invalid(f"n_jobs is {n_jobs}: expected -1 or a number from 1 on.")
        if n_trials is not None and n_trials < 1:
            return
        spark = spark_session()
        caught = (catch,) if isinstance(catch, type) else tuple(catch)
        deadline = None if timeout is None else time.time() + timeout
        job = _Job(
            study_name=self.study_name,
            storage=self._storage,
            sampler=self.sampler,
            pruner=self.pruner,
            tracking_uri=self._tracking_uri,
            objective=func,
            catch=caught,
            callbacks=[*callbacks] if callbacks is not None else None,
            deadline=deadline,
            token=uuid.uuid4().hex,
        )
        tasks = n_trials if n_jobs == -1 else n_jobs
        if tasks is None:
            tasks = _room(spark)
        tasks = tasks if n_trials is None else min(tasks, n_trials)
        shares = [None if n_trials is None else len(range(task, n_trials, tasks)) for task in range(tasks)]
        client = session.tracking_client()
        client.update_run(self._study_id, "RUNNING")
        status = "FAILED"
        try:
            failures = _run(spark, job, shares)
            status = "FAILED" if failures else "FINISHED"
        except KeyboardInterrupt:
            status = "KILLED"
            raise
        finally:
            self._give_up(job.token)
            client.set_terminated(self._study_id, status)
        if failures:
            raise FlowmillError(
                f"{len(failures)} trials of the study {self.study_name!r} failed; {ERROR_FILE} beside their runs has "
                f"the reasons. The first: {failures[0]}"
            )

    def _give_up(self, token: str) -> None:
        """Let trials fail that nobody runs any more: an executor that died ends none."""
        from optuna.trial import TrialState

        for trial in self.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            if trial.system_attrs.get(_JOB) == token:
                self._storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)


@dataclass(frozen=True)
class _Job:
    """What an executor needs to know of one call of ``optimize``."""

    study_name: str
    storage: Any
    sampler: Any
    pruner: Any
    tracking_uri: str
    objective: Callable[[Any], Any]
    catch: tuple[type[Exception], ...]
    callbacks: list[Callable[[Any, Any], None]] | None
    deadline: float | None
    token: str

    def work(self, share: int | None) -> list[str]:
        """Run so many trials, or any number until the time is over; what has failed."""
        set_tracking_uri(self.tracking_uri)
        # Every worker has a copy of one sampler: with one seed all would try the same.
        self.sampler.reseed_rng()
        study = Study(study_name=self.study_name, storage=self.storage, sampler=self.sampler, pruner=self.pruner)
        failures: list[str] = []
        done = 0
        while share is None or done < share:
            if self.deadline is not None and time.time() >= self.deadline:
                break
            if self.callbacks is not None and self._is_stopped(study):
                break
            done += 1
            try:
                study.optimize(self._watched, n_trials=1, catch=self.catch, callbacks=self.callbacks)
            except Exception as error:
                failures.append(f"{type(error).__name__}: {error}")
            if getattr(study, "_stop_flag", False):
                self.storage.set_study_system_attr(study._study_id, f"{_STOPPED}{self.token}", True)
            self.storage.flush_all_batches()
        return failures

    def _is_stopped(self, study: Any) -> bool:
        return f"{_STOPPED}{self.token}" in self.storage.get_study_system_attrs(study._study_id)

    def _watched(self, trial: Any) -> Any:
        from optuna.exceptions import TrialPruned

        trial.storage.set_trial_system_attr(trial._trial_id, _JOB, self.token)
        try:
            return self.objective(trial)
        except TrialPruned:
            raise
        except Exception:
            # That the reason cannot be kept must not take its place.
            with contextlib.suppress(FlowmillError, OSError):
                session.tracking_client().log_text(trial._trial_id, traceback.format_exc(), ERROR_FILE)
            raise


def _run(spark: Any, job: _Job, shares: list[int | None]) -> list[str]:
    """What has failed of the trials that Spark runs, a task a share."""

    def work(batches: Iterable[Any]) -> Generator[Any]:
        import pyarrow

        schema = pyarrow.schema([("failure", pyarrow.string())])
        for batch in batches:
            failures = [text for place in batch.column(0).to_pylist() for text in job.work(shares[place])]
            yield pyarrow.RecordBatch.from_pylist([{"failure": text} for text in failures], schema=schema)

    try:
        rows = spark.range(0, len(shares), 1, len(shares)).mapInArrow(work, "failure string").collect()
    except Exception as error:
        # What executors lack, and how they end, makes Spark raise errors of many kinds.
        raise FlowmillError(f"Spark could not run the trials ({_reason(error)}).") from error
    return [row.failure for row in rows]


def _reason(error: Exception) -> str:
    """What an executor's Python said in the end, among what Java says around it; else how that begins."""
    said = re.findall(r"^(?:\w+\.)*\w*(?:Error|Exception|NotFound): .+$", str(error), re.MULTILINE)
    return said[0] if said else first_line(error)


def _room(spark: Any) -> int:
    """How many tasks Spark runs at a time."""
    try:
        return int(spark.sparkContext.defaultParallelism)
    except Exception:  # Spark Connect does not say
        return 2


def _directions(direction: Any, directions: Sequence[Any] | None) -> list[Any]:
    """Optuna's directions of what was given; none if nothing was."""
    from optuna.study import StudyDirection

    if direction is not None and directions is not None:
        raise ValueError("direction and directions are both given: expected one of them.")
    given = [direction] if direction is not None else [*(directions or ())]
    found: list[Any] = []
    for each in given:
        name = each.name if isinstance(each, StudyDirection) else str(each).upper()
        if name not in ("MINIMIZE", "MAXIMIZE"):
            raise ValueError(f"The direction is {each!r}: expected 'minimize' or 'maximize'.")
        found.append(StudyDirection[name])
    return found
