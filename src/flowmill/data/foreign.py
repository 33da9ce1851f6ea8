"""Libraries that only some datasets need, imported when one is used."""

from __future__ import annotations

import importlib
from typing import Any

from flowmill.errors import Invalid


def library(name: str, what: str, install: str | None = None) -> Any:
    """The module of a library; Invalid names the package to install if it is not there."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name.partition(".")[0]:
            raise
        raise Invalid(f"{what} needs the library {name!r}: pip install {install or name}.") from None
