"""The files of a report: named all, and shown where they are pictures or short texts and there is room."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from flowmill.artifacts.store import ArtifactStore
from flowmill.client.client import Client
from flowmill.entities.artifact import FileInfo
from flowmill.entities.base import Entity
from flowmill.errors import FlowmillError
from flowmill.wire.table import RunRow

PICTURES = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp",
    ".svg": "image/svg+xml",
}  # fmt: skip
TEXT_NAMES = frozenset(["MLmodel", "MLproject", "Dockerfile", "Makefile"])
TEXTS = frozenset(".txt .md .log .json .yaml .yml .csv .tsv .py .toml .ini .cfg .sql .sh .patch .diff".split())
MOST_RUNS = 50
"""Of more runs no files are looked at."""
MOST_FILES = 300
"""Of a run so many files are named."""
_LONGEST_TEXT = 20_000
_LARGEST_PICTURE = 2_000_000
_LARGER_IN_BASE64 = 4 / 3


class ReportFile(Entity, frozen=True):
    """A file of a run; ``picture``: its bytes as a data address, ``text``: all of it, where there was room."""

    path: str
    size: int
    picture: str | None = None
    text: str | None = None


class RunFiles(Entity, frozen=True):
    """Files of a run; ``left``: how many more it has, ``unread``: they could not be asked for."""

    run_id: str
    files: list[ReportFile] = []
    left: int = 0
    unread: bool = False


class LeftOut(Entity, frozen=True):
    """What a report does not hold: files of so many runs, so many pictures and texts for which there was no room,
    which is ``room`` bytes."""

    runs: int = 0
    shown: int = 0
    room: int = 0


def files_of(client: Client, rows: list[RunRow], room: int) -> tuple[list[RunFiles], LeftOut]:
    """The files of the first runs and of the models that these logged; each run gets an equal share of the room,
    which is bytes, and what is left."""
    looked_at = rows[:MOST_RUNS]
    found: list[RunFiles] = []
    rest, without_room = float(room), 0
    with tempfile.TemporaryDirectory(prefix="flowmill-") as folder:
        for number, row in enumerate(looked_at):
            try:
                files, left = _named(_roots(client, row))
                shown, used, missed = _filled(files, rest / (len(looked_at) - number), Path(folder))
            except (FlowmillError, OSError):
                found.append(RunFiles(run_id=row.run_id, unread=True))
                continue
            rest -= used
            without_room += missed
            found.append(RunFiles(run_id=row.run_id, files=shown, left=left))
    return found, LeftOut(runs=len(rows) - len(looked_at), shown=without_room, room=room)


@dataclass(frozen=True)
class _File:
    """A file as the report calls it, and where it lies."""

    path: str
    size: int
    store: ArtifactStore
    place: str


def _roots(client: Client, row: RunRow) -> Iterator[tuple[str, ArtifactStore]]:
    """The run's own files, then those of each model that it logged below the model's name; a name that two models
    share is told apart by their ids. A model whose files cannot be asked for is passed over."""
    yield "", client.artifacts_of_run(row.run_id)
    names = [model.name for model in row.models]
    for model in row.models:
        name = model.name if model.name and names.count(model.name) == 1 else f"{model.name} {model.model_id}".strip()
        try:
            yield f"{name}/", client.open_artifacts(client.get_logged_model(model.model_id).artifact_location)
        except FlowmillError:
            continue


def _named(roots: Iterator[tuple[str, ArtifactStore]]) -> tuple[list[_File], int]:
    """The first files, folder by folder, and how many there are beyond those of the folders looked into."""
    files: list[_File] = []
    left = 0
    for prefix, store in roots:
        for file in _walk(store, ""):
            if len(files) < MOST_FILES:
                files.append(_File(prefix + file.path, file.file_size or 0, store, file.path))
            else:
                left += 1
            if left > MOST_FILES:
                return files, left
    return files, left


def _walk(store: ArtifactStore, path: str) -> Iterator[FileInfo]:
    folders: list[str] = []
    for entry in store.list(path):
        if entry.is_dir:
            folders.append(entry.path)
        else:
            yield entry
    for each in folders:
        yield from _walk(store, each)


def _filled(files: list[_File], room: float, folder: Path) -> tuple[list[ReportFile], float, int]:
    """The files with what is shown of them, how many bytes that takes, and how many had no room."""
    shown: list[ReportFile] = []
    used, missed = 0.0, 0
    small = {_series_name(file.path) for file in files if "compressed." in file.path}
    for file in files:
        size = file.size
        plain = ReportFile(path=file.path, size=size)
        kind = PICTURES.get(PurePosixPath(file.path).suffix.lower())
        name = PurePosixPath(file.path)
        is_text = (name.suffix.lower() in TEXTS or name.name in TEXT_NAMES) and size <= _LONGEST_TEXT
        # A picture of a series has a small copy beside it.
        has_copy = kind is not None and "compressed." not in file.path and _series_name(file.path) in small
        if has_copy or not (is_text or (kind and 0 < size <= _LARGEST_PICTURE)):
            shown.append(plain)
            continue
        cost = size * (_LARGER_IN_BASE64 if kind else 1)
        if used + cost > room:
            missed += 1
            shown.append(plain)
            continue
        data = Path(file.store.get_tree(file.place, folder)).read_bytes()
        used += cost
        shown.append(_shown(plain, data, kind))
    return shown, used, missed


def _shown(file: ReportFile, data: bytes, kind: str | None) -> ReportFile:
    if kind:
        picture = f"data:{kind};base64,{base64.b64encode(data).decode()}"
        return ReportFile(path=file.path, size=file.size, picture=picture)
    try:
        return ReportFile(path=file.path, size=file.size, text=data.decode("utf-8"))
    except UnicodeDecodeError:
        return file


def _series_name(path: str) -> str:
    """What a picture of a series and its small copy have in common."""
    for mark in ("+", "%"):
        if f"{mark}step{mark}" in path:
            return path.rpartition(".")[0].removesuffix(f"{mark}compressed")
    return path
