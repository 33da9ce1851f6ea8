"""What plugins derive their classes from, under MLflow's names; `flowmill.plugins` calls them."""

from __future__ import annotations

from abc import ABC, abstractmethod
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
