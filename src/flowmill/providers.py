"""What plugins derive their classes from, under MLflow's names; `flowmill.plugins` calls them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any


class _Provider(ABC):
    @abstractmethod
    def in_context(self) -> bool:
        """Whether the provider applies in this process."""


class RunContextProvider(_Provider):
    """Adds tags to every run."""

    @abstractmethod
    def tags(self) -> dict[str, Any]:
        """The tags."""


class RequestHeaderProvider(_Provider):
    """Adds headers to every request to a server."""

    @abstractmethod
    def request_headers(self) -> dict[str, str]:
        """The headers."""


class DefaultExperimentProvider(_Provider):
    """Names the experiment of runs that name none."""

    @abstractmethod
    def get_experiment_id(self) -> str:
        """The experiment's id."""


class RequestAuthProvider(ABC):
    """Signs every request to a server, where MLFLOW_TRACKING_AUTH says its name."""

    @abstractmethod
    def get_name(self) -> str:
        """The name that MLFLOW_TRACKING_AUTH says."""

    @abstractmethod
    def get_auth(self) -> Any:
        """A function that sets headers of the request that it gets and gives it back, as ``requests`` calls one."""


class ArtifactRepository(ABC):
    """Keeps files below one address, of the scheme that the plugin's entry point is named for.

    ``tracking_uri`` and ``registry_uri`` are those of the client. Paths are relative to ``artifact_uri``, POSIX; None
    is its root.
    """

    def __init__(self, artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None) -> None:
        self.artifact_uri = artifact_uri
        self.tracking_uri = tracking_uri
        self.registry_uri = registry_uri

    @abstractmethod
    def log_artifact(self, local_file: str, artifact_path: str | None = None) -> None:
        """Put a local file into a folder, under its own name."""

    @abstractmethod
    def log_artifacts(self, local_dir: str, artifact_path: str | None = None) -> None:
        """Put what is in a local folder into a folder."""

    @abstractmethod
    def list_artifacts(self, path: str | None = None) -> list[Any]:
        """A `flowmill.entities.FileInfo` for each child of a folder, its path from the root on; none for a file."""

    @abstractmethod
    def _download_file(self, remote_file_path: str, local_path: str) -> None:
        """Copy a file to a local one."""

    def download_artifacts(self, artifact_path: str, dst_path: str | None = None) -> str:
        """Copy a file or folder below a local folder, a new one without ``dst_path``; where it lies then."""
        from pathlib import Path
        from tempfile import mkdtemp

        folder = Path(dst_path or mkdtemp())
        found = self.list_artifacts(artifact_path or None)
        target = folder / artifact_path
        if not found and artifact_path:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._download_file(artifact_path, str(target))
        for each in found:
            if each.is_dir:
                self.download_artifacts(each.path, str(folder))
            else:
                (folder / each.path).parent.mkdir(parents=True, exist_ok=True)
                self._download_file(each.path, str(folder / each.path))
        return str(target)

    def delete_artifacts(self, artifact_path: str | None = None) -> None:
        """Remove a file or folder."""
        raise NotImplementedError(f"{type(self).__name__} cannot delete artifacts.")

    def get_local_path(self, artifact_path: str) -> str | None:
        """Where a file or folder lies on this machine, if it does."""
        return None

    def flush_async_logging(self) -> None:  # noqa: B027  # who stores at once has nothing to wait for
        """Return when all is stored."""


class TrackingStore(ABC):
    """Keeps experiments and runs at addresses of the scheme that the plugin's entry point is named for.

    The entry point is called with ``store_uri`` and ``artifact_uri``, which is None. Values are those of
    `flowmill.entities`. Whatever else MLflow's class has (`delete_run`, `log_inputs`, `create_logged_model`…) may be
    defined as well; what is not cannot be done there.
    """

    @abstractmethod
    def create_experiment(self, name: str, artifact_location: str | None, tags: Sequence[Any]) -> str:
        """Make an experiment; its id."""

    @abstractmethod
    def get_experiment(self, experiment_id: str) -> Any:
        """The `Experiment` with this id, deleted or not."""

    @abstractmethod
    def search_experiments(
        self,
        view_type: int = 1,
        max_results: int = 1000,
        filter_string: str | None = None,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> Any:
        """A page of experiments: a list, whose ``token`` asks for the next one."""

    def get_experiment_by_name(self, experiment_name: str) -> Any:
        """The active experiment of this name, None if there is none."""
        token = None
        while True:
            page = self.search_experiments(page_token=token)
            for experiment in page:
                if experiment.name == experiment_name:
                    return experiment
            token = getattr(page, "token", None)
            if not token:
                return None

    @abstractmethod
    def create_run(self, experiment_id: str, user_id: str, start_time: int, tags: Sequence[Any], run_name: str) -> Any:
        """Open a `Run`; ``start_time`` is ms since the epoch, UTC."""

    @abstractmethod
    def get_run(self, run_id: str) -> Any:
        """The `Run` with this id, deleted or not."""

    @abstractmethod
    def update_run_info(self, run_id: str, run_status: Any, end_time: int | None, run_name: str | None) -> Any:
        """Change a run's status, end and name; its `RunInfo`."""

    @abstractmethod
    def log_batch(self, run_id: str, metrics: Sequence[Any], params: Sequence[Any], tags: Sequence[Any]) -> None:
        """Write points, parameters and tags of a run. The same batch may come again."""

    @abstractmethod
    def get_metric_history(
        self, run_id: str, metric_key: str, max_results: int | None = None, page_token: str | None = None
    ) -> Any:
        """A page of the points of a metric, oldest first."""

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str,
        run_view_type: int,
        max_results: int = 1000,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> Any:
        """A page of runs, from what ``_search_runs`` gives: runs, and the token of the next page."""
        runs, token = self._search_runs(experiment_ids, filter_string, run_view_type, max_results, order_by, page_token)
        page = _Page(runs)
        page.token = token
        return page

    def _search_runs(self, *arguments: Any) -> tuple[Sequence[Any], str | None]:
        raise NotImplementedError


class RegistryStore:
    """Keeps registered models and their versions at addresses of the scheme that the entry point is named for.

    The entry point is called with ``store_uri``. A plugin defines those of MLflow's methods (`create_registered_model`,
    `create_model_version`, `get_model_version_by_alias`…) that it can carry out.
    """

    def __init__(self, store_uri: str | None = None, tracking_uri: str | None = None) -> None:
        self.store_uri = store_uri
        self.tracking_uri = tracking_uri


class _Page(list[Any]):
    token: str | None = None
