"""The files of a report: named all, and shown where they are pictures or short texts and there is room."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from flowmill.client.client import Client
from flowmill.entities.artifact import FileInfo
from flowmill.entities.base import Entity
from flowmill.errors import FlowmillError

PICTURES = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp",
    ".svg": "image/svg+xml",
}  # fmt: skip
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


def files_of(client: Client, run_ids: list[str], room: int) -> tuple[list[RunFiles], LeftOut]:
    """The files of the first runs; each run gets an equal share of the room, which is bytes, and what is left."""
    looked_at = run_ids[:MOST_RUNS]
    found: list[RunFiles] = []
    rest, without_room = float(room), 0
    with tempfile.TemporaryDirectory(prefix="flowmill-") as folder:
        for number, run_id in enumerate(looked_at):
            try:
                files, left = _named(client, run_id)
                shown, used, missed = _filled(client, run_id, files, rest / (len(looked_at) - number), Path(folder))
            except (FlowmillError, OSError):
                found.append(RunFiles(run_id=run_id, unread=True))
                continue
            rest -= used
            without_room += missed
            found.append(RunFiles(run_id=run_id, files=shown, left=left))
    return found, LeftOut(runs=len(run_ids) - len(looked_at), shown=without_room, room=room)


def _named(client: Client, run_id: str) -> tuple[list[FileInfo], int]:
    """The first files of a run, folder by folder, and how many there are beyond those of the folders looked into."""
    files: list[FileInfo] = []
    left = 0
    for file in _walk(client, run_id, ""):
        if len(files) < MOST_FILES:
            files.append(file)
        else:
            left += 1
        if left > MOST_FILES:
            break
    return files, left


def _walk(client: Client, run_id: str, path: str) -> Iterator[FileInfo]:
    folders: list[str] = []
    for entry in client.list_artifacts(run_id, path or None):
        if entry.is_dir:
            folders.append(entry.path)
        else:
            yield entry
    for each in folders:
        yield from _walk(client, run_id, each)


def _filled(
    client: Client, run_id: str, files: list[FileInfo], room: float, folder: Path
) -> tuple[list[ReportFile], float, int]:
    """The files with what is shown of them, how many bytes that takes, and how many had no room."""
    shown: list[ReportFile] = []
    used, missed = 0.0, 0
    small = {_series_name(file.path) for file in files if "compressed." in file.path}
    for file in files:
        size = file.file_size or 0
        plain = ReportFile(path=file.path, size=size)
        kind = PICTURES.get(PurePosixPath(file.path).suffix.lower())
        is_text = PurePosixPath(file.path).suffix.lower() in TEXTS and size <= _LONGEST_TEXT
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
        data = Path(client.download_artifacts(run_id, file.path, str(folder))).read_bytes()
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
