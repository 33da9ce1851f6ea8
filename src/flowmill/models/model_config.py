"""`ModelConfig`: what a model script reads its settings from.

While somebody writes the script, that is the development configuration beside it; when the model is saved or
loaded, it is the configuration that was logged with it, overlaid with that of ``load_model``.
"""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from flowmill.errors import Invalid
from flowmill.models.yaml_files import read_yaml

_running: ContextVar[Mapping[str, Any] | None] = ContextVar("flowmill_model_config", default=None)


@contextmanager
def running_with(config: Mapping[str, Any]) -> Generator[None]:
    """A `ModelConfig` made meanwhile has this configuration."""
    token = _running.set(config)
    try:
        yield
    finally:
        _running.reset(token)


class ModelConfig:
    """The settings of a model script: ``config = ModelConfig(development_config="config.yml")``."""

    def __init__(self, *, development_config: str | Path | dict[str, Any] | None = None) -> None:
        logged = _running.get()
        given = development_config if logged is None else logged
        if isinstance(given, str | Path):
            if not Path(given).is_file():
                raise FileNotFoundError(f"The model's configuration {str(given)!r} is no file.")
            given = read_yaml(Path(given))
        if given is not None and not isinstance(given, Mapping):
            raise Invalid(f"development_config is {given!r}: expected a dict or the path of a YAML file.")
        if not given:
            if logged is not None and development_config is not None:
                reason = "The model was logged without one, and development_config is for development alone"
            else:
                reason = "There is no configuration"
            raise FileNotFoundError(f"{reason}: pass model_config=… to log_model or load_model, a dict or a YAML file.")
        self._config = dict(given)

    def to_dict(self) -> dict[str, Any]:
        """All of it."""
        return dict(self._config)

    def get(self, key: str) -> Any:
        """One setting; KeyError, naming those that there are, if it is not there."""
        if key not in self._config:
            raise KeyError(f"The model's configuration has no {key!r}: it has {sorted(map(str, self._config))}.")
        return self._config[key]

    def __repr__(self) -> str:
        return f"ModelConfig({self._config!r})"
