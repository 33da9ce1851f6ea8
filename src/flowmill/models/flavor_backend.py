"""What serves models of a flavor of one's own, as MLflow's command line and plugins know it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any


class FlavorBackend(ABC):
    """Derive from it for a flavor that is served in another way than as python_function.

    ``config``: the flavor's settings in the MLmodel file; further arguments are kept as they are.
    """

    def __init__(self, config: dict[str, Any], **kwargs: Any) -> None:
        self._config = config

    @abstractmethod
    def predict(self, model_uri: str, input_path: str | None, output_path: str | None, content_type: str) -> Any:
        """Ask the model about a file (standard input without one), and write the answer to a file or print it."""

    @abstractmethod
    def serve(
        self,
        model_uri: str,
        port: int,
        host: str,
        timeout: int | None,
        synchronous: bool = True,
        stdout: Any = None,
        stderr: Any = None,
    ) -> Any:
        """Serve the model over HTTP; without ``synchronous`` return the process that does."""

    def prepare_env(self, model_uri: str, capture_output: bool = False) -> Any:  # noqa: B027  # most need nothing
        """Make the model's environment, so that what follows begins at once; nothing, where there is none."""

    @abstractmethod
    def build_image(
        self,
        model_uri: str,
        image_name: str,
        install_java: bool = False,
        install_mlflow: bool = False,
        mlflow_home: str | None = None,
        base_image: str | None = None,
    ) -> Any:
        """Build an image that serves the model."""

    @abstractmethod
    def generate_dockerfile(
        self,
        model_uri: str,
        output_dir: str,
        install_java: bool = False,
        install_mlflow: bool = False,
        mlflow_home: str | None = None,
        base_image: str | None = None,
    ) -> Any:
        """Write a Dockerfile of such an image."""

    @abstractmethod
    def can_score_model(self) -> bool:
        """Whether models can be asked here."""

    def can_build_image(self) -> bool:
        """Whether images can be built; true unless a backend says otherwise."""
        return callable(getattr(self.__class__, "build_image", None))
