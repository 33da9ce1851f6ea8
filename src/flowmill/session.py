"""Which run, experiment and model are active; nothing else in Flowmill remembers any of it.

Each thread has runs of its own, as with MLflow; the experiment is the process's.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

from flowmill.client.logging import LoggingClient
from flowmill.companions import finish_companions
from flowmill.context import context_tags, source_folder
from flowmill.death import status_after, tags_of_death
from flowmill.entities.experiment import Experiment
from flowmill.entities.run import JOB_TAG, SIZE_TAG, Run
from flowmill.errors import AlreadyExists, FlowmillError, Invalid, NoSuchEndpoint, Unavailable
from flowmill.git import git_state
from flowmill.notices import say_once
from flowmill.plugins import default_experiment
from flowmill.ranks import Rank, current_rank
from flowmill.settings import (
    Settings,
    SystemMetricsSettings,
    active_model_of,
    keeps_patch,
    samples_machine,
    suppresses_urls,
)
from flowmill.store.open import describe, scheme_of
from flowmill.stores import default_tracking_uri, leave, logs_offline, may_leave, reach
from flowmill.wire.life import JoinRun

if TYPE_CHECKING:
    from flowmill.client.client import Client

PARENT_TAG = "mlflow.parentRunId"
NOTE_TAG = "mlflow.note.content"
RESUMED_TAG = "flowmill.resumedFromStep"


class ActiveRun(Run, frozen=True):
    """A run that ends with its ``with`` block: FINISHED, or FAILED if an exception leaves it."""

    @staticmethod
    def _fields_of(run: Run) -> dict[str, Any]:  # pyright: ignore[reportIncompatibleMethodOverride]  # as MLflow's
        return {"info": run.info, "data": run.data, "inputs": run.inputs, "outputs": run.outputs}

    def __enter__(self) -> ActiveRun:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _end_block(self.info.run_id, error)


@dataclass(frozen=True)
class _Open:
    """An open run, and the client of the store that it was opened in, wherever the next one goes."""

    run: ActiveRun
    client: LoggingClient
    rank: Rank | None = None
    """Which of many processes this is that have the run open together."""
    joined: JoinRun | None = None
    """What `Client.leave_run` takes."""
    process: int = field(default_factory=os.getpid)
    """A forked child logs to the runs of its parent, and does not answer for their end."""


class _Thread(threading.local):
    """What one thread has going."""

    def __init__(self) -> None:
        self.runs: list[_Open] = []
        self.last_run_id: str | None = None


_thread = _Thread()
_all_stacks: list[list[_Open]] = []
_experiment: tuple[str, str, str] | None = None
"""The tracking URI, the id and the name of the experiment that was set; on another server the id means nothing."""
_last_run_id: str | None = None
_last_model_id: str | None = None
_active_models: ContextVar[tuple[str, ...]] = ContextVar("flowmill_active_models", default=())
"""Models that were made active one inside the other; the last one counts."""
_ends_at_exit = False
_finalized_process = 0
"""The child of multiprocessing that ends its runs when it leaves."""
_shared_runs = 0
"""How many runs this process has opened together with others of its job."""
_death: BaseException | None = None


def tracking_client() -> Client:
    """A client of the stores that hold now, with all that they can be asked."""
    from flowmill.client.client import Client  # what it needs beside logging costs milliseconds

    return Client()


def logging_client() -> LoggingClient:
    """A client of the stores that hold now, for experiments and runs."""
    return LoggingClient()


def active_run() -> ActiveRun | None:
    """The innermost run of this thread that is open."""
    return _thread.runs[-1].run if _thread.runs else None


def last_active_run() -> Run | None:
    """The open run, else the one that was open last, as it is stored now."""
    run = active_run()
    run_id = run.info.run_id if run else _thread.last_run_id or _last_run_id
    return logging_client().get_run(run_id) if run_id else None


def ensure_run() -> ActiveRun:
    """The open run, or a new one that ends with the process."""
    global _death
    _death = None  # whatever was raised was caught: the script goes on
    return active_run() or start_run()


def logging_target(run_id: str | None = None) -> tuple[LoggingClient, str, Rank | None]:
    """Where a call logs to: the run of this id, else the open run, else a new one; behind the client of its store,
    and before the rank that this process is of it. An open run stays in the store that it was opened in."""
    runs = _thread.runs
    if run_id is None:
        if not runs or _death is not None:
            ensure_run()
        opened = runs[-1]
        return opened.client, opened.run.info.run_id, opened.rank
    for opened in runs:
        if opened.run.info.run_id == run_id:
            return opened.client, run_id, opened.rank
    return logging_client(), run_id, None


def experiment_id() -> str:
    """The experiment of new runs: the one set here, else the environment's, else a plugin's, else Default."""
    if _experiment is not None and _experiment[0] == default_tracking_uri():
        return _experiment[1]
    settings = Settings.from_environment()
    if settings.experiment_id:
        return settings.experiment_id
    if settings.experiment_name:
        return find_or_create_experiment(settings.experiment_name).experiment_id
    return default_experiment() or "0"


def set_experiment(experiment_name: str | None = None, experiment_id: str | None = None) -> Experiment:
    """Make this the experiment of new runs; a name that is new makes the experiment."""
    global _experiment
    if (experiment_name is None) == (experiment_id is None):
        raise Invalid("Give either experiment_name or experiment_id to set_experiment().")
    if experiment_name is not None:
        experiment = find_or_create_experiment(experiment_name)
    else:
        experiment = logging_client().get_experiment(str(experiment_id))
    if experiment.lifecycle_stage != "active":
        raise Invalid(
            f"The experiment {experiment.name!r} is deleted: restore it with "
            f"MlflowClient().restore_experiment({experiment.experiment_id!r}) or choose another name."
        )
    _experiment = (default_tracking_uri(), experiment.experiment_id, experiment.name)
    return experiment


def find_or_create_experiment(name: str) -> Experiment:
    """The experiment of this name; two processes that make it at once get the same one."""
    reach(default_tracking_uri())
    client = logging_client()
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        try:
            return client.get_experiment(client.create_experiment(name))
        except AlreadyExists:
            experiment = client.get_experiment_by_name(name)
            if experiment is None:
                raise
    return experiment


def start_run(
    run_id: str | None = None,
    experiment_id: str | None = None,
    run_name: str | None = None,
    nested: bool = False,
    parent_run_id: str | None = None,
    tags: Mapping[str, Any] | None = None,
    description: str | None = None,
    log_system_metrics: bool | None = None,
    resume_from_step: int | None = None,
) -> ActiveRun:
    """Open a run, or go on with ``run_id``; the result may be used as a context manager.

    ``nested``: inside an open run, as its child. ``description``: Markdown shown on the run's page.
    ``log_system_metrics``: sample the machine until the run ends; None asks the environment.
    ``resume_from_step``: the step of the checkpoint from which ``run_id`` goes on. Points later than it are hidden,
    and kept as a branch (`Client.list_branches`, `Client.restore_branch`), so that each step has one value.
    """
    global _death, _shared_runs
    _death = None
    parent = active_run()
    if parent is not None and not nested:
        raise Invalid(
            f"Run {parent.info.run_id} is open already: end it with end_run(), use `with start_run():`, "
            "or pass nested=True to start a child of it."
        )
    samples = samples_machine() if log_system_metrics is None else log_system_metrics
    sampling = SystemMetricsSettings.from_environment() if samples else None
    joined = None if parent or parent_run_id else current_rank()
    reach(default_tracking_uri())
    run_id = run_id or (None if parent else Settings.from_environment().run_id)
    client = logging_client()
    if run_id:
        if resume_from_step is not None:
            _rewind(client, run_id, resume_from_step)
        run = _go_on_with(client, run_id, run_name, tags)
    else:
        if resume_from_step is not None:
            raise Invalid(
                f"resume_from_step={resume_from_step} goes on with a run: give its run_id, or set MLFLOW_RUN_ID."
            )
        run_tags = {**context_tags(), **(tags or {})}
        if parent_run_id or parent:
            run_tags[PARENT_TAG] = parent_run_id or (parent.info.run_id if parent else "")
        if description:
            run_tags[NOTE_TAG] = description
        shared = ""
        if joined is not None:
            shared = joined.run_id(_shared_runs)
            _shared_runs += 1
            run_tags |= {JOB_TAG: joined.key, SIZE_TAG: str(joined.size)}
        client, run = _create_run(client, experiment_id, run_tags, run_name, shared)
        if shared and run.info.run_id != shared:
            say_once(
                f"{describe(client.tracking_uri)} is a server of MLflow, where no run has an id of its client's: each "
                "process of this job has a run of its own. To have one, make it first and give all MLFLOW_RUN_ID."
            )
            joined = None
    opened = ActiveRun(info=run.info, data=run.data, inputs=run.inputs, outputs=run.outputs)
    if not _thread.runs and not any(stack is _thread.runs for stack in _all_stacks):
        _all_stacks.append(_thread.runs)
    if joined is None:
        client.answer_for(run)
        _thread.runs.append(_Open(opened, client))
    else:
        _thread.runs.append(_Open(opened, client, joined, client.join_run(run, joined)))
    _watch_the_end()
    if parent is None and not run_id and (joined is None or joined.rank == 0):
        _keep_patch(client, run.info.run_id)
    if sampling is not None:
        from flowmill.machine import begin_sampling  # with what it needs, it costs milliseconds

        begin_sampling(client, run.info.run_id, bool(run_id), joined, sampling)
    if parent is None and (joined is None or joined.rank == 0):
        _say_where_it_goes(client, run)
    return opened


def end_run(status: str = "FINISHED") -> None:
    """End the open run of this thread; without one nothing happens."""
    if _thread.runs:
        ended = _thread.runs.pop()
        _note_last(ended)
        _end(ended, status, {})
        _say_where(ended.client, ended.run)


def _end(ended: _Open, status: str, tags: Mapping[str, str]) -> None:
    """End a run, or this rank's part in it."""
    run_id = ended.run.info.run_id
    finish_companions(run_id)
    if ended.joined is None:
        ended.client.set_terminated(run_id, status, tags=tags)
    else:
        ended.client.leave_run(ended.joined, status, tags)


def _end_block(run_id: str, error: BaseException | None) -> None:
    """End a run at the end of its block, and the children that were left open in it."""
    if not any(each.run.info.run_id == run_id for each in _thread.runs):
        return  # it was ended in the block
    while _thread.runs:
        ended = _thread.runs.pop()
        _note_last(ended)
        _end_quietly(ended, error)
        if ended.run.info.run_id == run_id:
            _say_where(ended.client, ended.run)
            return


def _note_last(ended: _Open) -> None:
    global _last_run_id
    _thread.last_run_id = _last_run_id = ended.run.info.run_id


def set_last_model(model_id: str) -> None:
    """Remember the model that was logged last."""
    global _last_model_id
    _last_model_id = model_id


def last_model_id() -> str | None:
    """The model that was logged last in this process."""
    return _last_model_id


def model_that_is_active() -> str | None:
    """The id of the model that metrics are of, None if there is none."""
    return _active_models.get()[-1] if _active_models.get() else active_model_of()


def make_model_active(model_id: str | None) -> None:
    """Let metrics be of this model, in this thread or task; None for none."""
    _active_models.set((*_active_models.get(), model_id) if model_id else ())


def leave_model() -> None:
    """Go back to the model that was active before."""
    _active_models.set(_active_models.get()[:-1])


def _current_experiment_id() -> str:
    return experiment_id()


def _go_on_with(client: LoggingClient, run_id: str, run_name: str | None, tags: Mapping[str, Any] | None) -> Run:
    run = client.get_run(run_id)
    if run.info.lifecycle_stage != "active":
        raise Invalid(f"Run {run_id} is deleted; restore it before you go on with it.")
    chosen = _experiment[1] if _experiment is not None and _experiment[0] == client.tracking_uri else None
    if chosen is not None and run.info.experiment_id != chosen:
        raise Invalid(
            f"Run {run_id} belongs to experiment {run.info.experiment_id}, but experiment {chosen} is set: "
            "set the run's experiment first."
        )
    client.update_run(run_id, "RUNNING", run_name)
    for key, value in (tags or {}).items():
        client.set_tag(run_id, key, value)
    return client.get_run(run_id)


def _rewind(client: LoggingClient, run_id: str, step: int) -> None:
    """Hide what a run measured after the step that it is taken up from."""
    global _shared_runs
    once = ""
    if (rank := current_rank()) is not None:  # each rank asks for it before it logs, and the first one does it
        once = f"{rank.run_id(_shared_runs)} {step}"
        _shared_runs += 1
    try:
        client.rewind_run(run_id, step, once)
    except NoSuchEndpoint:
        client.set_tag(run_id, RESUMED_TAG, step)
        say_once(
            f"{describe(client.tracking_uri)} is a server of MLflow, which cannot hide points: those of run {run_id} "
            f"later than step {step} stay beside the new ones, and its tag {RESUMED_TAG} says where these begin."
        )


def _create_run(
    client: LoggingClient, experiment: str | None, tags: Mapping[str, Any], name: str | None, run_id: str
) -> tuple[LoggingClient, Run]:
    """A new run, and the client of the store that it is in: a server that has died since it was first asked is left,
    as one that never answered, unless the caller knows an experiment of it by an id alone."""
    try:
        return client, client.create_run(experiment or _current_experiment_id(), None, tags, name, run_id)
    except Unavailable:
        if experiment is not None or Settings.from_environment().experiment_id or not may_leave(client.tracking_uri):
            raise
        leave(client.tracking_uri)
    if _experiment is not None and _experiment[0] == client.tracking_uri:
        set_experiment(_experiment[2])
    offline = logging_client()
    return offline, offline.create_run(_current_experiment_id(), None, tags, name, run_id)


def _keep_patch(client: LoggingClient, run_id: str) -> None:
    top = git_state(source_folder()).top if keeps_patch() else None
    if top is not None:
        from flowmill.patch import store_patch  # code that is in no work tree does not pay for it

        store_patch(client, run_id, top)


def _say_where_it_goes(client: LoggingClient, run: Run) -> None:
    """Whoever starts a training at a terminal can follow it from its first step."""
    if sys.stdout is not None and sys.stdout.isatty() and (page := _page_of(client, run)):  # pythonw has no stdout
        print(f"Run {run.info.run_name} is shown at: {page}", flush=True)


def _say_where(client: LoggingClient, run: Run) -> None:
    if logs_offline(client.tracking_uri):
        print(f"Run {run.info.run_name} waits on this machine for `flowmill sync {describe(client.tracking_uri)}`.")
    elif page := _page_of(client, run):
        print(f"View run {run.info.run_name} at: {page}")


def _page_of(client: LoggingClient, run: Run) -> str:
    """The address of a run's page; empty where it has none, or nobody wants to know."""
    if (
        logs_offline(client.tracking_uri)
        or suppresses_urls()
        or scheme_of(client.tracking_uri) not in ("http", "https")
    ):
        return ""
    return f"{describe(client.tracking_uri)}/#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}"


def _watch_the_end() -> None:
    """Runs that are open when the process ends are ended with it, FAILED if an exception ended it."""
    global _ends_at_exit
    _end_with_multiprocessing()
    if _ends_at_exit:
        return
    _ends_at_exit = True
    atexit.register(_end_all)
    _stop_at_sigterm()
    previous = sys.excepthook

    def note_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        global _death
        _death = error
        previous(kind, error, trace)

    sys.excepthook = note_exception
    leave = sys.exit

    def note_exit(status: Any = None, /) -> NoReturn:
        global _death
        _death = SystemExit(status)
        leave(status)

    sys.exit = note_exit


def _end_with_multiprocessing() -> None:
    """Children of multiprocessing leave without running exit handlers, but run its finalizers."""
    global _finalized_process
    module: Any = sys.modules.get("multiprocessing.process")
    if module is None or module.parent_process() is None or _finalized_process == os.getpid():
        return
    _finalized_process = os.getpid()
    # Before the spool's, which delivers; an exception that ends the child is on its way meanwhile.
    sys.modules["multiprocessing.util"].Finalize(None, _end_all, exitpriority=-50)


def _stop_at_sigterm() -> None:
    """Let SIGTERM end the process as Ctrl-C does, through blocks and exit handlers, unless somebody handles it."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        return

    def stop(number: int, frame: object) -> None:
        global _death
        _death = SystemExit(128 + number)
        raise _death

    signal.signal(signal.SIGTERM, stop)


def _end_quietly(ended: _Open, error: BaseException | None) -> None:
    """End a run; that it cannot be ended must not fail a script that has done its work."""
    if ended.process != os.getpid():
        return
    status = status_after(error)
    try:
        _end(ended, status, tags_of_death(error))
    except FlowmillError as refusal:
        print(f"Run {ended.run.info.run_name} could not be marked {status}: {refusal.message}", file=sys.stderr)


def _end_all() -> None:
    for stack in _all_stacks:
        while stack:
            left = stack.pop()
            _end_quietly(left, _death or sys.exception())
