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
