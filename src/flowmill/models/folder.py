"""Paths inside a model folder: a file that a model names can never lie outside it."""

from __future__ import annotations

from pathlib import Path

from flowmill.artifacts.path import SafePath
from flowmill.errors import Invalid


def inside(folder: Path, relative: object, what: str) -> Path:
    """``folder / relative``; Invalid if the path is absolute, leaves the folder, or goes through a link out of it."""
    if not isinstance(relative, str) or not relative:
        raise Invalid(f"The model's {what} is {relative!r}: expected a path inside the model folder.")
    try:
        path = folder.joinpath(*SafePath.parse(relative).parts)
    except Invalid:
        path = None
    if path is None or not path.resolve().is_relative_to(folder.resolve()):
        raise Invalid(
            f"The model's {what} {relative!r} leads out of the model folder: expected a relative path inside it; "
            "do not use this model unless you know who made it."
        )
    return path


def size_of(folder: Path) -> int:
    """Bytes of all files in the folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
