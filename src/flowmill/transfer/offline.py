"""Deliver runs that were logged without their server."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from flowmill.entities.run import JOB_TAG, Run, RunStatus, ViewType
from flowmill.offline import delivering, offline_folder, unused
from flowmill.settings import Settings
from flowmill.spool.folder import open_spool
from flowmill.store.base import Store
from flowmill.store.open import DATABASE_NAME
from flowmill.transfer.importer import Importer
from flowmill.transfer.open import open_source, open_target
from flowmill.transfer.report import Report
from flowmill.transfer.selection import Selection
from flowmill.transfer.stores import StoreSource
from flowmill.transfer.to_mlflow import MlflowCopier
from flowmill.wire.runs import SearchRuns


@dataclass(frozen=True)
class Delivered:
    """What became of a folder; ``open``: runs that still go on and are left for later."""

    report: Report
    open: int


def deliver_offline(uri: str, settings: Settings) -> Delivered | None:
    """Copy what waits for a server to it, with ids kept, and remove it here once it was found to be the same there.

    None if nothing waits, or another process does the same now. May be broken off and done again at any time.
    Raises Unavailable if the server is away.
    """
    folder = offline_folder(uri, settings)
    if not folder.is_dir():
        return None
    with delivering(folder) as ours:
        return _deliver(folder, uri, settings) if ours else None


def _deliver(folder: Path, uri: str, settings: Settings) -> Delivered:
    target = open_target(uri, or_mlflow=True)
    local = folder.absolute().as_uri()
    try:
        open_spool(local, settings).deliver_left()
        source = open_source(local, prefer_flowmill=True)
        assert isinstance(source, StoreSource)
        try:
            before = _state(folder)
            with unused(folder) as nobody:
                selection, still_open = _ended(source, nobody)
            report = Report(f"runs in {folder}", target.name, False)
            if target.is_flowmill:
                Importer(source, target, report, selection=selection).run()
            else:
                MlflowCopier(source, target, report, selection).run()
            with unused(folder) as nobody:
                if nobody and report.complete and not still_open and _state(folder) == before:
                    _remove(folder)
        finally:
            source.close()
        return Delivered(report, still_open)
    finally:
        target.store.close()


def _state(folder: Path) -> list[tuple[str, int, int]]:
    """Changes with everything that is written to the folder's database."""
    files = sorted(folder.glob(f"{DATABASE_NAME}*"))
    return [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files if file.suffix != ".db-shm"]


def _ended(source: StoreSource, nobody: bool) -> tuple[Selection, int]:
    """All that has ended, and how many runs have not: a run is copied when it is whole.

    ``nobody`` logs here any more: then what ranks have left is whole too, whose first one ends the run elsewhere.
    """
    runs: dict[str, frozenset[str]] = {}
    still_open = 0
    for experiment in source.experiments():
        ended: set[str] = set()
        waiting = 0
        for run in _runs(source.store, experiment.experiment_id):
            if RunStatus.is_terminated(run.info.status) or (nobody and JOB_TAG in run.data.tags):
                ended.add(run.info.run_id)
            else:
                waiting += 1
        if waiting:
            runs[experiment.experiment_id] = frozenset(ended)
        still_open += waiting
    return Selection(runs=runs), still_open


def _runs(store: Store, experiment_id: str) -> list[Run]:
    found: list[Run] = []
    token = ""
    while True:
        page = store.send(
            SearchRuns(experiment_ids=[experiment_id], run_view_type=ViewType.ALL, max_results=1000, page_token=token)
        )
        found += page.runs
        token = page.next_page_token or ""
        if not token:
            return found


def _remove(folder: Path) -> None:
    """Rename first: half a folder must never look like a whole one."""
    gone = folder.with_name(f"{folder.name}.gone")
    shutil.rmtree(gone, ignore_errors=True)
    folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)
