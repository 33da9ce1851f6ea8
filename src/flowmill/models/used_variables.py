"""Which environment variables a model reads: their names, so that whoever serves it knows what to set.

Only variables that are set where the model is logged and whose names look like keys are told, and never a value.
"""

from __future__ import annotations

import logging
import mmap
import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flowmill.settings import Settings

ENV_VAR_FILE_NAME = "environment_variables.txt"
ENV_VAR_FILE_HEADER = (
    "# Environment variables that the model read while it was asked with its input example or that its code names.\n"
    "# Where the model is served they may have to be set; not every one of them need be.\n"
)
_WORDS = ("API_KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIALS")
_NAMES = ("DATABRICKS_HOST",)
_OWN = ("MLFLOW_TRACKING_", "MLFLOW_REGISTRY_", "FLOWMILL_")
"""Those of a connection to a tracking server: a served model has none."""

_log = logging.getLogger("flowmill.models")


def is_key(name: str) -> bool:
    """Whether a variable of this name is likely to be needed where a model is served."""
    return (name in _NAMES or any(word in name for word in _WORDS)) and not name.startswith(_OWN)


class UsedVariables:
    """Gathers names of variables that are set now; ``watched`` notes what is read while something runs."""

    def __init__(self) -> None:
        told = Settings.from_environment().record_variables
        self._keys = {name for name in os.environ if told and is_key(name)}
        self.names: set[str] = set()

    @contextmanager
    def watched(self) -> Generator[None]:
        """What is read of the environment, by any thread, while this holds."""
        if not self._keys:
            yield
            return
        kind: Any = type(os.environ)
        read = kind.__getitem__

        def noted(environment: Any, name: Any) -> Any:
            if name in self._keys:
                self.names.add(name)
            return read(environment, name)

        # Of the class: `os.environ` itself is in many hands already.
        kind.__getitem__ = noted
        try:
            yield
        finally:
            kind.__getitem__ = read

    def named_in(self, file: Path) -> None:
        """Names of variables that stand in a program, be it a script or a pickle."""
        if not self._keys or not file.stat().st_size:
            return
        with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            for name in self._keys:
                if re.search(rb"(?<!\w)" + name.encode() + rb"(?!\w)", content):
                    self.names.add(name)

    def save(self, folder: Path) -> list[str] | None:
        """Write the file, if there is a name to write; returns the names in order."""
        names = sorted(self.names)
        if not names:
            return None
        (folder / ENV_VAR_FILE_NAME).write_text(ENV_VAR_FILE_HEADER + "\n".join(names) + "\n", encoding="utf-8")
        _log.info(
            "The model reads the environment variables %s: set them where it is served. "
            "MLFLOW_RECORD_ENV_VARS_IN_MODEL_LOGGING=false keeps them out of the model.",
            ", ".join(names),
        )
        return names
