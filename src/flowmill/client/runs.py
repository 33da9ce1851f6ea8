"""Experiments, runs, what is logged to them, and their artifacts."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from flowmill.artifacts import ArtifactStore, FileInfo, open_artifacts
from flowmill.client.base import Connected, PagedList, RunOperations, or_environment
from flowmill.client.metric_table import MetricTable, read_metric_table
from flowmill.client.series import MetricSeries, series_from
from flowmill.client.values import listed, metric_value, now, run_status, view_of, whole_number
from flowmill.context import USER, user_name
from flowmill.entities.branch import Branch
from flowmill.entities.dataset import DatasetInput
from flowmill.entities.experiment import Experiment, ExperimentTag
from flowmill.entities.metric import Metric, MetricColumns
from flowmill.entities.move import Move
from flowmill.entities.run import LoggedModelInput, LoggedModelOutput, Param, Run, RunTag, ViewType
from flowmill.entities.run_change import RunChange
from flowmill.errors import Invalid, NoSuchEndpoint, NotFound
from flowmill.figures import drawn
from flowmill.settings import Settings
from flowmill.spool.spool import Points
from flowmill.spool.store import READ_SECONDS
from flowmill.wire import branches, changes, experiments, metrics, models, moves, runs

_MOST_EXPERIMENTS = 1000


class RunsClient(Connected):
    """Operations on experiments and runs."""

    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Mapping[str, Any] | None = None
    ) -> str:
        """Make an experiment; its id. AlreadyExists if an active one has the name."""
        return self._store.send(
            experiments.CreateExperiment(
                name=name,
                artifact_location=str(artifact_location or ""),
                tags=[ExperimentTag(key, str(value)) for key, value in (tags or {}).items()],
            )
        )

    def get_experiment(self, experiment_id: str) -> Experiment:
        """The experiment with this id, deleted or not."""
        return self._store.send(experiments.GetExperiment(experiment_id=str(experiment_id)))

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        """The active experiment of this name, None if there is none."""
        try:
            return self._store.send(experiments.GetExperimentByName(experiment_name=name))
        except NotFound:
            return None

    def search_experiments(
        self,
        view_type: ViewType | int = ViewType.ACTIVE_ONLY,
        max_results: int | None = _MOST_EXPERIMENTS,
        filter_string: str | None = None,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Experiment]:
        """A page of experiments, newest first unless ordered."""
        page = self._store.send(
            experiments.SearchExperiments(
                view_type=view_of(view_type),
                max_results=max_results or _MOST_EXPERIMENTS,
                filter=filter_string or "",
                order_by=order_by or [],
                page_token=page_token or "",
            )
        )
        return PagedList(page.experiments, page.next_page_token)

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        """Give an experiment another name."""
        self._store.send(experiments.UpdateExperiment(experiment_id=str(experiment_id), new_name=new_name))

    def delete_experiment(self, experiment_id: str) -> None:
        """Move an experiment and its runs to the trash."""
        self._store.send(experiments.DeleteExperiment(experiment_id=str(experiment_id)))

    def restore_experiment(self, experiment_id: str) -> None:
        """Take an experiment and its runs out of the trash."""
        self._store.send(experiments.RestoreExperiment(experiment_id=str(experiment_id)))

    def set_experiment_tag(self, experiment_id: str, key: str, value: Any) -> None:
        """Set a tag of an experiment."""
        self._store.send(experiments.SetExperimentTag(experiment_id=str(experiment_id), key=key, value=str(value)))

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        """Remove a tag of an experiment."""
        self._store.send(experiments.DeleteExperimentTag(experiment_id=str(experiment_id), key=key))

    def create_run(
        self,
        experiment_id: str,
        start_time: int | None = None,
        tags: Mapping[str, Any] | None = None,
        run_name: str | None = None,
        run_id: str = "",
    ) -> Run:
        """Open a run; ``start_time`` is ms since the epoch, UTC. ``run_id``: an id of one's own, 32 hexadecimal
        digits; a run of that id which is there already is the answer."""
        tags = tags or {}
        return self._store.send(
            runs.CreateRun(
                experiment_id=str(experiment_id),
                user_id=str(tags.get(USER) or user_name()),
                run_name=run_name or "",
                start_time=now() if start_time is None else start_time,
                tags=[RunTag(key, str(value)) for key, value in tags.items()],
                run_id=run_id,
            )
        )

    def get_run(self, run_id: str) -> Run:
        """The run with this id, deleted or not."""
        return self._store.send(runs.GetRun(run_id=run_id))

    def get_parent_run(self, run_id: str) -> Run | None:
        """The run in which this one was started, None if there is none."""
        parent = self.get_run(run_id).data.tags.get("mlflow.parentRunId")
        return self.get_run(parent) if parent else None

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: ViewType | int = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Run]:
        """A page of runs of these experiments that the filter matches, newest first unless ordered."""
        page = self._store.send(
            runs.SearchRuns(
                experiment_ids=[str(each) for each in listed(experiment_ids)],
                filter=filter_string or "",
                run_view_type=view_of(run_view_type),
                max_results=max_results,
                order_by=order_by or [],
                page_token=page_token or "",
            )
        )
        return PagedList(page.runs, page.next_page_token)

    def update_run(self, run_id: str, status: str | None = None, name: str | None = None) -> None:
        """Change a run's status or name."""
        self._store.send(runs.UpdateRun(run_id=run_id, status=run_status(status) if status else None, run_name=name))

    def flush(self, seconds: float = READ_SECONDS) -> bool:
        """Deliver what this process has logged, so that others read it; False if the store is away."""
        return self._store.flush(seconds)

    def delete_run(self, run_id: str) -> None:
        """Move a run to the trash."""
        self._store.send(runs.DeleteRun(run_id=run_id))

    def restore_run(self, run_id: str) -> None:
        """Take a run out of the trash."""
        self._store.send(runs.RestoreRun(run_id=run_id))

    def delete_runs(self, run_ids: Sequence[str], below: bool = True) -> list[str]:
        """Move runs and, with ``below``, all runs below them to the trash; the ids of those that were not there yet."""
        return self._store.send(runs.DeleteRuns(run_ids=list(run_ids), below=below)).run_ids

    def restore_runs(self, run_ids: Sequence[str], below: bool = True) -> list[str]:
        """Take runs and, with ``below``, what was deleted together with them out of the trash; the ids of those."""
        return self._store.send(runs.RestoreRuns(run_ids=list(run_ids), below=below)).run_ids

    def log_metric(
        self,
        run_id: str,
        key: str,
        value: float,
        timestamp: int | None = None,
        step: int | None = None,
        synchronous: bool | None = None,
        dataset_name: str | None = None,
        dataset_digest: str | None = None,
        model_id: str | None = None,
    ) -> RunOperations | None:
        """One point; ``timestamp`` is ms since the epoch, UTC."""
        number = metric_value(key, value)
        time_ms = now() if timestamp is None else whole_number("timestamp", timestamp)
        at_step = whole_number("step", step or 0)
        point = Metric(key, number, time_ms, at_step, model_id, dataset_name, dataset_digest)
        return self.log_batch(run_id, metrics=[point], synchronous=or_environment(synchronous))

    def log_points(self, run_id: str, points: Points) -> None:
        """Log (key, value, timestamp, step) of each point as a training loop does: they are on this machine's disk
        when the call returns."""
        self._store.points(run_id, points)

    def log_param(self, run_id: str, key: str, value: Any, synchronous: bool | None = None) -> Any:
        """Write a parameter once; the value that was given."""
        operations = self.log_batch(run_id, params=[Param(key, str(value))], synchronous=or_environment(synchronous))
        return value if operations is None else operations

    def set_tag(self, run_id: str, key: str, value: Any, synchronous: bool | None = None) -> RunOperations | None:
        """Set a tag of a run."""
        return self.log_batch(run_id, tags=[RunTag(key, str(value))], synchronous=or_environment(synchronous))

    def delete_tag(self, run_id: str, key: str) -> None:
        """Remove a tag of a run."""
        self._store.send(runs.DeleteTag(run_id=run_id, key=key))

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
        synchronous: bool | None = None,
    ) -> RunOperations | None:
        """Metrics, parameters and tags of any number, on this machine's disk when the call returns.

        ``synchronous``: true waits until the store has them or turns out to be away; false gives something to wait for.
        """
        batch = runs.LogBatch(run_id=run_id, metrics=list(metrics), params=list(params), tags=list(tags))
        self._store.send(batch)
        if synchronous:
            self._store.flush(READ_SECONDS)
        return RunOperations(self._store) if synchronous is False else None

    def get_metric_series(self, run_id: str, key: str) -> MetricSeries:
        """Every point of a metric as columns, oldest first: no object a point, so that millions take no time.

        The columns are numpy arrays where numpy is loaded, else Python's own `array.array`.
        """
        return _whole_series(
            key,
            lambda token: self._store.send(metrics.GetMetricColumns(run_id=run_id, metric_key=key, page_token=token)),
        )

    def search_metrics(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        keys: Sequence[str] | None = None,
        run_view_type: ViewType | int = ViewType.ACTIVE_ONLY,
    ) -> MetricTable:
        """Every point of the metrics of the runs that the filter matches, the newest run first.

        ``keys``: only these metrics. The table becomes a DataFrame of pandas or Polars, or a table of pyarrow, without
        an object a point.
        """
        run_ids: list[str] = []
        token: str | None = None
        while True:
            page = self.search_runs(list(experiment_ids), filter_string, run_view_type, 5000, None, token)
            run_ids += [run.info.run_id for run in page]
            token = page.token
            if not token:
                break
        return read_metric_table(self._store, run_ids, None if keys is None else list(keys), self.get_metric_history)

    def get_metric_history(self, run_id: str, key: str) -> PagedList[Metric]:
        """Every point of a metric, oldest first; `get_metric_series` gives a long one as columns."""
        try:
            return PagedList(self.get_metric_series(run_id, key).to_metrics(), None)
        except NoSuchEndpoint:  # a server of MLflow
            return self._paged_history(run_id, key)

    def _paged_history(self, run_id: str, key: str) -> PagedList[Metric]:
        history: list[Metric] = []
        token = ""
        while True:
            page = self._store.send(
                metrics.GetMetricHistory(run_id=run_id, metric_key=key, max_results=25_000, page_token=token)
            )
            history += page.metrics
            token = page.next_page_token or ""
            if not token:
                return PagedList(history, None)

    def rewind_run(self, run_id: str, step: int, once: str = "") -> Branch | None:
        """Hide what a run measured after ``step``, as a branch; None if there was nothing.

        What dead processes of this machine left behind is delivered before. ``once``: of several processes that give
        the same text one hides, so that none hides what another has logged since.
        """
        self._store.take_over(READ_SECONDS)
        made = self._store.send(
            branches.RewindRun(run_id=run_id, step=whole_number("step", step), once=once or uuid.uuid4().hex)
        )
        return made.branches[0] if made.branches else None

    def list_branches(self, run_id: str) -> list[Branch]:
        """What a run hides, hidden last first."""
        return self._store.send(branches.ListBranches(run_id=run_id)).branches

    def restore_branch(self, run_id: str, branch_id: str) -> list[Branch]:
        """Bring back what a run hides, and what that begins in; the branches of what is hidden in its place."""
        return self._store.send(branches.RestoreBranch(run_id=run_id, branch_id=branch_id)).branches

    def get_branch_series(self, run_id: str, branch_id: str, key: str) -> MetricSeries:
        """The hidden points of a metric as columns, as `get_metric_series` gives those that are shown."""
        return _whole_series(
            key,
            lambda token: self._store.send(
                branches.GetBranchColumns(run_id=run_id, branch_id=branch_id, metric_key=key, page_token=token)
            ),
        )

    def move_runs(self, run_ids: Sequence[str], experiment_id: str) -> list[Move]:
        """Bring runs, all below them and the models that they logged into another experiment.

        Ids, links and the places of files stay as they are. The answer says what was moved from where; a run that is in
        the experiment already is not among it. At most 1,000 runs can be named at once.
        """
        return self._store.send(moves.MoveRuns(run_ids=list(run_ids), experiment_id=str(experiment_id))).moves

    def list_run_changes(
        self, run_id: str, max_results: int = 100, page_token: str | None = None
    ) -> PagedList[RunChange]:
        """A page of what was changed of a run, newest first: who, when, what, before and after.

        What a run sets for the first time while it goes on is part of it and no change.
        """
        page = self._store.send(
            changes.ListRunChanges(run_id=run_id, max_results=max_results, page_token=page_token or "")
        )
        return PagedList(page.changes, page.next_page_token)

    def list_moves(self, run_id: str) -> list[Move]:
        """From where a run was moved, by whom and when, the last move first."""
        return self._store.send(moves.ListMoves(run_id=run_id)).moves

    def log_inputs(
        self,
        run_id: str,
        datasets: Sequence[DatasetInput] | None = None,
        models: Sequence[LoggedModelInput] | None = None,
    ) -> None:
        """Record datasets and models that a run used."""
        self._store.send(runs.LogInputs(run_id=run_id, datasets=list(datasets or ()), models=list(models or ())))

    def log_outputs(self, run_id: str, models: Sequence[LoggedModelOutput]) -> None:
        """Record models that a run made."""
        self._store.send(runs.LogOutputs(run_id=run_id, models=list(models)))

    def artifacts_of_run(self, run_id: str) -> ArtifactStore:
        """The artifact store whose root is the run's."""
        return self.open_artifacts(self.get_run(run_id).info.artifact_uri)

    def open_artifacts(self, uri: str) -> ArtifactStore:
        """The artifact store at a URI that this client's store gave out."""
        return open_artifacts(uri, self.tracking_uri, Settings.from_environment().http_credentials(self.tracking_uri))

    def log_artifact(self, run_id: str, local_path: str | Path, artifact_path: str | None = None) -> None:
        """Store a local file, or a folder under its own name, in a folder of the run's artifacts."""
        source = Path(local_path)
        if not source.exists():
            raise Invalid(f"There is no file {str(local_path)!r} to log.")
        target = f"{artifact_path}/{source.name}" if artifact_path else source.name
        if source.is_dir():
            self.artifacts_of_run(run_id).put_tree(source, target)
        else:
            self.artifacts_of_run(run_id).put(target, source)

    def log_artifacts(self, run_id: str, local_dir: str | Path, artifact_path: str | None = None) -> None:
        """Store what is in a local folder in a folder of the run's artifacts."""
        folder = Path(local_dir)
        if not folder.is_dir():
            raise Invalid(f"{str(local_dir)!r} is not a folder; use log_artifact() for a file.")
        self.artifacts_of_run(run_id).put_tree(folder, artifact_path or "")

    def log_text(self, run_id: str, text: str, artifact_file: str) -> None:
        """Store a text as a file."""
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # users pass anything
            raise Invalid(f"log_text() stores a str, not {type(text).__name__}; use log_stream() for bytes.")
        self.artifacts_of_run(run_id).put(artifact_file, text.encode())

    def log_dict(self, run_id: str, dictionary: Any, artifact_file: str) -> None:
        """Store a dict as a file: YAML if its name ends so, else JSON."""
        if artifact_file.endswith((".yml", ".yaml")):
            try:
                import yaml
            except ImportError:
                raise Invalid(
                    f"Cannot write {artifact_file!r} without PyYAML: install it, or name a .json file."
                ) from None

            plain = json.loads(json.dumps(dictionary, default=str))
            text = yaml.safe_dump(plain, default_flow_style=False, allow_unicode=True, sort_keys=False)
        else:
            text = json.dumps(dictionary, indent=2, default=str, ensure_ascii=False)
        self.log_text(run_id, text, artifact_file)

    def log_figure(
        self, run_id: str, figure: Any, artifact_file: str, *, save_kwargs: Mapping[str, Any] | None = None
    ) -> None:
        """Store a Matplotlib or Plotly figure as an image or, with Plotly, as an HTML page that needs no network.

        ``save_kwargs`` go to ``savefig``, ``write_html`` or ``write_image``.
        """
        self.artifacts_of_run(run_id).put(artifact_file, drawn(figure, artifact_file, save_kwargs or {}))

    def list_artifacts(self, run_id: str, path: str | None = None) -> list[FileInfo]:
        """The files of a folder of the run's artifacts, or of a model that the run logged under that name."""
        store, below, model = self._place(run_id, path or "")
        files = store.list(below)
        return [FileInfo(f"{model}/{file.path}", file.is_dir, file.file_size) for file in files] if model else files

    def download_artifacts(self, run_id: str, path: str, dst_path: str | None = None) -> str:
        """Fetch a file or folder of the run's artifacts, or of a model that it logged; the local path of it."""
        import tempfile  # with archives and random numbers, it costs milliseconds

        destination = Path(dst_path) if dst_path else Path(tempfile.mkdtemp(prefix="flowmill-"))
        if dst_path and not destination.is_dir():
            raise Invalid(f"The folder {dst_path!r} does not exist; make it first.")
        store, below, model = self._place(run_id, path)
        if model:
            destination = destination / model
            destination.mkdir(exist_ok=True)
        return str(store.get_tree(below, destination))

    def _place(self, run_id: str, path: str) -> tuple[ArtifactStore, str, str]:
        """The store that holds a path of a run, the path in it, and the name of the logged model it is in, if any.

        Of several models of one name the newest is meant.
        """
        run = self.get_run(run_id)
        head, _, below = path.strip("/").partition("/")
        for output in reversed(run.outputs.model_outputs if head and run.outputs else []):
            try:
                model = self._store.send(models.GetLoggedModel(model_id=output.model_id))
            except NotFound:  # deleted since
                continue
            if model.name == head:
                return self.open_artifacts(model.artifact_location), below, head
        return self.open_artifacts(run.info.artifact_uri), path, ""


def _whole_series(key: str, ask: Callable[[str], MetricColumns]) -> MetricSeries:
    pages: list[MetricColumns] = []
    token = ""
    while True:
        pages.append(ask(token))
        token = pages[-1].next_page_token or ""
        if not token:
            return series_from(key, pages)
