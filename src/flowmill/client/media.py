"""Pictures, tables and streams of a run."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

import msgspec

from flowmill.artifacts import ArtifactStore
from flowmill.artifacts.store import parse_new_file
from flowmill.client.runs import RunsClient
from flowmill.client.values import now, whole_number
from flowmill.entities.run import Run
from flowmill.errors import Conflict, FlowmillError, Invalid, NotFound
from flowmill.images import encoded, stepped_names, thumbnail, to_pil
from flowmill.tables import Table, appended, check_table_name, read_table, require_pandas, table_of, with_stored_images

ARTIFACTS_TAG = "mlflow.loggedArtifacts"
IMAGES_TAG = "mlflow.loggedImages"
_APPEND_SECONDS = 120.0
"""How long an append goes on trying while other processes write to the same table."""
_LONGEST_TAG = 8000
_TIMES = ("start_time", "end_time")

_tables = threading.Lock()
"""Threads of one process append one after the other instead of trying again and again."""


class MediaClient(RunsClient):
    """Operations on artifacts that the page shows in ways of their own."""

    def log_image(
        self,
        run_id: str,
        image: Any,
        artifact_file: str | None = None,
        key: str | None = None,
        step: int | None = None,
        timestamp: int | None = None,
        synchronous: bool | None = None,
    ) -> None:
        """Store a picture as a file of its own, or as the next one of a series ``key`` that the page plays by step.

        ``image``: a numpy array of shape (h, w), (h, w, 1), (h, w, 3) or (h, w, 4), whole numbers 0..255, floats
        0..1 or bools; a PIL image; or `flowmill.Image`. ``timestamp``: ms since the epoch, UTC.
        ``synchronous=False``: it is stored in the background, before the run ends.
        """
        if (artifact_file is None) == (key is None):
            raise Invalid(
                "Give either artifact_file (one image) or key (the next image of a series) to log_image(), not both."
            )
        if artifact_file is not None and (step is not None or timestamp is not None):
            raise Invalid("The step and timestamp of an image belong to a series: give key instead of artifact_file.")
        picture = to_pil(image)
        if artifact_file is not None:
            path = str(artifact_file)
            parse_new_file(path)
            self._store_soon(run_id, path, lambda store: store.put(path, encoded(picture, path)), synchronous)
            return
        at_step = whole_number("step", step or 0)
        time_ms = now() if timestamp is None else whole_number("timestamp", timestamp)
        path, small = stepped_names(str(key), at_step, time_ms)
        picture = picture.copy() if picture is image else picture  # the caller may draw on it meanwhile

        def store_both(store: ArtifactStore) -> None:
            store.put(path, encoded(picture, path))
            store.put(small, thumbnail(picture))
            # By this tag the page knows that there is something to play.
            if self.get_run(run_id).data.tags.get(IMAGES_TAG) is None:
                self.set_tag(run_id, IMAGES_TAG, True)

        self._store_soon(run_id, path, store_both, synchronous)

    def log_table(self, run_id: str, data: Any, artifact_file: str) -> None:
        """Add rows to a table (``.json`` or ``.parquet``), which is made if it is not there.

        ``data``: a dict of columns, a dict of single values (one row) or a pandas DataFrame; cells may be images.
        Processes that append at once lose no row where the store takes conditions (folders, servers of Flowmill,
        object stores).
        """
        path = str(artifact_file)
        check_table_name(path)
        parse_new_file(path)
        run = self.get_run(run_id)
        store = self.open_artifacts(run.info.artifact_uri)
        table = with_stored_images(table_of(data), path, store.put)
        with _tables:
            _append(store, path, table)
            self._note_table(run, path)

    def load_table(
        self,
        experiment_id: str,
        artifact_file: str,
        run_ids: Sequence[str] | None = None,
        extra_columns: Sequence[str] | None = None,
    ) -> Any:
        """The rows of a table that runs logged, newest run first, as a pandas DataFrame.

        ``run_ids``: only of these runs; without it all runs of the experiment that logged it. ``extra_columns``:
        columns of `search_runs` that each row gets of its run, such as ``run_id`` or ``params.lr``.
        """
        path = str(artifact_file)
        pandas = require_pandas("load_table()")
        runs = [self.get_run(each) for each in run_ids] if run_ids else self._runs_with_table(experiment_id, path)
        frames: list[Any] = []
        for run in runs:
            try:
                frame = read_table(self.open_artifacts(run.info.artifact_uri).read(path), path)
            except NotFound:
                continue
            for column in extra_columns or ():
                value = _value_of(run, column)
                if column in _TIMES:
                    value = pandas.to_datetime(value, unit="ms", utc=True, errors="coerce")
                frame[column] = value
            frames.append(frame)
        if not frames:
            whose = f"runs {', '.join(run_ids)}" if run_ids else f"experiment {experiment_id}"
            raise NotFound(f"No table {path!r} was logged by {whose}; log it with log_table().")
        return pandas.concat(frames, ignore_index=True)

    def log_stream(self, run_id: str, stream: BinaryIO, artifact_file: str) -> None:
        """Store what can be read from a binary stream, to its end, as a file; the stream stays open."""
        if not hasattr(stream, "read") or hasattr(stream, "encoding"):
            raise Invalid(f"A stream must give bytes; a {type(stream).__name__} does not: open the file as 'rb'.")
        self.artifacts_of_run(run_id).put(artifact_file, stream)

    def _store_soon(
        self, run_id: str, path: str, work: Callable[[ArtifactStore], None], synchronous: bool | None
    ) -> None:
        if synchronous is False:
            from flowmill.background import store_later  # its threads cost milliseconds, and few scripts want them

            store_later(run_id, f"The image {path!r}", lambda: work(self.artifacts_of_run(run_id)))
        else:
            work(self.artifacts_of_run(run_id))

    def _runs_with_table(self, experiment_id: str, path: str) -> list[Run]:
        found: list[Run] = []
        token: str | None = None
        wanted = path if re.fullmatch(r"[\w./ -]+", path) else ""  # any other character may need an escape
        has_tables = f"tags.`{ARTIFACTS_TAG}` LIKE '%{wanted}%'"
        while True:
            page = self.search_runs([experiment_id], has_tables, max_results=1000, page_token=token)
            found += [run for run in page if path in _tables_of(run)]
            token = page.token
            if not token:
                return found

    def _note_table(self, run: Run, path: str) -> None:
        """Write in the run's tag that it has this table; several processes may do so at once."""
        for _ in range(5):
            if path in _tables_of(run):
                return
            entries = [*_entries_of(run), {"path": path, "type": "table"}]
            text = json.dumps(entries)
            if len(text) > _LONGEST_TAG:
                return  # load_table(run_ids=…) finds it all the same
            self.set_tag(run.info.run_id, ARTIFACTS_TAG, text)
            run = self.get_run(run.info.run_id)


def _append(store: ArtifactStore, path: str, table: Table) -> None:
    """Read, add and write again, until nobody else wrote between."""
    end = time.monotonic() + _APPEND_SECONDS
    written: bytes | None = None
    while True:
        stored, tag = _content(store, path)
        if written is not None and stored == written:
            return  # it was stored though the answer was lost
        written = appended(stored, table, path)
        if stored is not None and tag is None:
            store.put(path, written)  # this store knows no conditions
            return
        if store.replace(path, written, tag):
            return
        if time.monotonic() > end:
            raise Conflict(f"Others write to the table {path!r} all the time; log to a file of your own.")
        import random  # loads tables of its own, and few processes meet another here

        time.sleep(random.uniform(0.0, 0.05))


def _content(store: ArtifactStore, path: str) -> tuple[bytes | None, str | None]:
    try:
        with store.open_stream(path) as stream:
            return b"".join(stream), stream.tag
    except NotFound:
        return None, None
    except FlowmillError:
        # Older servers of MLflow answer for a file that is not there with an error of theirs.
        if any(each.path == path for each in store.list(path.rpartition("/")[0])):
            raise
        return None, None


def _entries_of(run: Run) -> list[dict[str, Any]]:
    try:
        return msgspec.json.decode(run.data.tags.get(ARTIFACTS_TAG, "[]"), type=list[dict[str, Any]])
    except msgspec.MsgspecError:
        return []


def _tables_of(run: Run) -> set[Any]:
    return {entry.get("path") for entry in _entries_of(run) if entry.get("type") == "table"}


def _value_of(run: Run, column: str) -> Any:
    kind, _, key = column.partition(".")
    if key and kind in ("params", "metrics", "tags"):
        return getattr(run.data, kind).get(key)
    if column in run.info.__struct_fields__:
        value = getattr(run.info, column)
        return getattr(value, "value", value)
    raise Invalid(
        f"There is no column {column!r} of runs: name one of {', '.join(run.info.__struct_fields__)}, or "
        "params.<key>, metrics.<key>, tags.<key>."
    )
