"""Paths inside a model folder: a file that a model names can never lie outside it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from flowmill.artifacts.archive import pack, unpack
from flowmill.artifacts.path import SafePath
from flowmill.errors import Denied, Invalid, NotFound


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


def copy_model(source: Path, target: Path, *left_out: str) -> None:
    """Copy a model's folder, without what is named ``left_out`` and compiled files.

    Invalid for a link that leads out of it: what lies there is no part of the model, and goes where the copy goes.
    """
    for path in source.rglob("*"):
        if path.is_symlink():
            inside(source, path.relative_to(source).as_posix(), "file")
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", *left_out))


def read_text(folder: Path, relative: object, what: str) -> str:
    """The text of a file in a model folder; NotFound if it is missing, Invalid if it is no text."""
    file = inside(folder, relative, what)
    try:
        return file.read_text(encoding="utf-8")
    except (FileNotFoundError, IsADirectoryError):
        raise NotFound(
            f"The model's {what} {relative!r} is missing in {folder}: log or copy the model again."
        ) from None
    except UnicodeDecodeError as error:
        raise Invalid(f"The model's {what} {relative!r} is no text ({error}): restore the file.") from None


def own_folder(folder: Path) -> Path:
    """The folder, made for this user alone unless it is there; what runs is kept in it.

    Denied if it belongs to somebody else or others may write into it: they could change what runs.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if os.name == "posix":
        about = folder.stat()
        if about.st_uid != os.geteuid():
            raise Denied(
                f"The folder {folder} belongs to another user, who could change what runs: set FLOWMILL_CACHE_DIR to "
                "one of your own."
            )
        if about.st_mode & 0o022:
            raise Denied(
                f"Others may write into the folder {folder} (mode {about.st_mode & 0o777:o}) and change what runs: "
                f"run chmod 700 on it, or set FLOWMILL_CACHE_DIR to another."
            )
    return folder


def size_of(folder: Path) -> int:
    """Bytes of all files in the folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def archive_directory(input_dir: str | Path, archive_file_path: str | Path) -> str:
    """Pack what is in a folder into a new ``.tar.gz``; the archive's path."""
    return str(pack(input_dir, archive_file_path))


def extract_archive_to_dir(archive_path: str | Path, dest_dir: str | Path) -> str:
    """Unpack a tar or zip archive into a folder (see `flowmill.artifacts.archive`); the folder's path.

    Invalid, and nothing of it there, if the archive holds links, devices, or names or sizes that cannot be honest.
    """
    return str(unpack(archive_path, dest_dir))
