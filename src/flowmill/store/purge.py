"""Freeing the trash whole: rows in portions, and the files that went with them."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from flowmill.artifacts import ArtifactStore, open_artifacts
from flowmill.entities.trash import PurgeReport
from flowmill.errors import FlowmillError
from flowmill.store.base import Store
from flowmill.wire.trash import PurgeTrash

OpenPlace = Callable[[str], tuple[ArtifactStore, str]]
"""The store that holds a place, and the place's path in it; an error of `flowmill.errors` if it is out of reach."""

_MOST_LISTED = 1_000


def purge_trash(store: Store, ask: PurgeTrash, open_place: OpenPlace, portions: int | None = None) -> PurgeReport:
    """Carry out a purge to its end, or at most so many portions of it; ``places`` of the report are those whose
    files could not be removed."""
    if ask.dry_run:
        return _with_sizes(store.send(ask), open_place)
    total = PurgeReport(experiments=0, runs=0, logged_models=0)
    failed: list[str] = []
    ask = msgspec.structs.replace(ask, freed=[], failed=[])
    while True:
        part = store.send(ask)
        total = _sum(total, part)
        waiting = [place for place in part.places if place not in failed]
        if not part.more and not waiting:
            return msgspec.structs.replace(total, kept=part.kept, places=part.places)
        if portions is not None and (portions := portions - 1) < 0:
            return msgspec.structs.replace(total, places=part.places, more=True)
        freed: list[str] = []
        missed: list[str] = []
        for place in waiting:
            try:
                files, size = _remove(place, open_place)
            except FlowmillError:
                missed.append(place)
                continue
            freed.append(place)
            total = msgspec.structs.replace(total, files=total.files + files, bytes=total.bytes + size)
        failed += missed
        ask = msgspec.structs.replace(ask, again=True, freed=freed, failed=missed)


def size_below(artifacts: ArtifactStore, path: str) -> tuple[int, int]:
    """How many files lie below a folder, and how many bytes they hold."""
    files = size = 0
    folders = [path]
    while folders:
        for info in artifacts.list(folders.pop()):
            if info.is_dir:
                folders.append(info.path)
            else:
                files, size = files + 1, size + (info.file_size or 0)
    return files, size


def place_opener(root: str, own_scheme: str = "mlflow-artifacts:") -> OpenPlace:
    """Opens places of a store that this process holds itself; ``root`` is where the server's own scheme leads."""

    def open_place(place: str) -> tuple[ArtifactStore, str]:
        if place.startswith(f"{own_scheme}/"):
            place = f"{root.rstrip('/')}/{place.removeprefix(f'{own_scheme}/').lstrip('/')}"
        folder, _, name = place.rpartition("/")
        return open_artifacts(folder), name

    return open_place


def _remove(place: str, open_place: OpenPlace) -> tuple[int, int]:
    artifacts, path = open_place(place)
    counted = size_below(artifacts, path)
    artifacts.delete(path)
    return counted


def _with_sizes(report: PurgeReport, open_place: OpenPlace) -> PurgeReport:
    files = size = 0
    for place in report.places:
        try:
            some_files, some_bytes = size_below(*open_place(place))
        except FlowmillError:
            continue
        files, size = files + some_files, size + some_bytes
    return msgspec.structs.replace(report, files=files, bytes=size)


def _sum(total: PurgeReport, part: PurgeReport) -> PurgeReport:
    return msgspec.structs.replace(
        total,
        experiments=total.experiments + part.experiments,
        runs=total.runs + part.runs,
        logged_models=total.logged_models + part.logged_models,
        items=[*total.items, *part.items][:_MOST_LISTED],
    )
