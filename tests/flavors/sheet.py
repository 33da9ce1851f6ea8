"""What a data sheet of a flavor says. Read by the real MLflow's process too, so nothing of Flowmill is imported."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Case:
    """A model, an input, and what the model's own library answers.

    ``options``: what is passed to ``save_model``; ``safe``: whether it loads without a key or a word of trust;
    ``requires``: distributions that its requirements.txt must name; ``native``: what asks the model as its own library
    loads it, None where that is the case for `answer` already; ``example``: whether the input is an example from
    which both sides infer the same signature; ``there``: whether the real MLflow can save and load it, or why not.
    ``older``: why MLflow 2.22 asks no such model as a Python function; it is asked as its own library loads it then.
    ``known_as``: the flavor that the model alone is recognised as, where that is another.
    """

    name: str
    model: Any
    data: Any
    answer: Any
    requires: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    safe: bool = True
    native: Callable[[Any, Any], Any] | None = None
    example: bool = True
    there: str | None = None
    older: str | None = None
    close: float = 0.0
    corrupt: bool = True
    known_as: str | None = None


def cases_of(flavor: str) -> list[Case]:
    """The cases of a flavor's data sheet."""
    return importlib.import_module(f"tests.flavors.sheets.{flavor}").cases()


def plants_of(flavor: str, case: str) -> tuple[Callable[[Path, Path, Path], None], ...]:
    """What strangers could plant in the folder of a case: each is given the folder, a file beside it that nobody may
    read, and a path at which nobody may write."""
    return getattr(importlib.import_module(f"tests.flavors.sheets.{flavor}"), "PLANTS", {}).get(case, ())


def plain(value: Any) -> Any:
    """An answer as JSON holds it, exactly: floats come back as they were."""
    if hasattr(value, "toPandas"):
        value = value.toPandas()
    if isinstance(value, pd.DataFrame):
        return {str(name): plain(value[name]) for name in value.columns}
    if isinstance(value, pd.Series):
        return [plain(item) for item in value]
    if hasattr(value, "detach"):
        value = value.detach().numpy()
    if type(value).__name__ == "EagerTensor":
        value = value.numpy()
    if isinstance(value, np.ndarray):
        return [plain(item) for item in value] if value.ndim else plain(value.item())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value
