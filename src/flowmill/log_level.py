"""How much Flowmill's loggers say, where the environment asks for it."""

from __future__ import annotations

import logging
import os
import sys

from flowmill.errors import Invalid
from flowmill.settings import configures_logging

LEVEL = "MLFLOW_LOGGING_LEVEL"
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def configure_logging() -> None:
    """Let the logger ``flowmill``, and those below it, write lines of MLFLOW_LOGGING_LEVEL and above to stderr.

    A handler that the program has given them stays the only one. With MLFLOW_CONFIGURE_LOGGING=false nothing happens.
    """
    level = os.environ.get(LEVEL, "").strip().upper()
    if not level or not configures_logging():
        return
    if level not in _LEVELS:
        raise Invalid(f"Invalid value {os.environ[LEVEL]!r} of {LEVEL}: expected one of {', '.join(_LEVELS)}.")
    logger = logging.getLogger("flowmill")
    logger.setLevel(level)
    if not logger.hasHandlers():
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y/%m/%d %H:%M:%S"))
        logger.addHandler(handler)
        logger.propagate = False  # what the program sets up later would say everything twice
