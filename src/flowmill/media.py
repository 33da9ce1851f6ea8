"""The fluent functions for pictures, tables and streams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO

from flowmill.background import flush
from flowmill.session import ensure_run, experiment_id, tracking_client


def log_image(
    image: Any,
    artifact_file: str | None = None,
    key: str | None = None,
    step: int | None = None,
    timestamp: int | None = None,
    synchronous: bool | None = False,
) -> None:
    """Store a picture of the active run: as the file ``artifact_file``, or as the next one of the series ``key``.

    ``image``: a numpy array of shape (h, w), (h, w, 1), (h, w, 3) or (h, w, 4), whole numbers 0..255, floats 0..1
    or bools; a PIL image; or `flowmill.Image`. ``timestamp``: ms since the epoch, UTC. It is stored in the
    background, before the run ends, unless ``synchronous`` is true.
    """
    run_id = ensure_run().info.run_id
    tracking_client().log_image(run_id, image, artifact_file, key, step, timestamp, synchronous)


def log_table(data: Any, artifact_file: str, run_id: str | None = None) -> None:
    """Add rows to a table (``.json`` or ``.parquet``) of the active run; it is made if it is not there.

    ``data``: a dict of columns, a dict of single values (one row) or a pandas DataFrame; cells may be images.
    """
    tracking_client().log_table(run_id or ensure_run().info.run_id, data, artifact_file)


def load_table(
    artifact_file: str, run_ids: Sequence[str] | None = None, extra_columns: Sequence[str] | None = None
) -> Any:
    """The rows of a table, of all runs of the current experiment that logged it or of ``run_ids``, as a DataFrame.

    ``extra_columns``: columns of `search_runs` that each row gets of its run, such as ``run_id``.
    """
    return tracking_client().load_table(experiment_id(), artifact_file, run_ids, extra_columns)


def log_stream(stream: BinaryIO, artifact_file: str, run_id: str | None = None) -> None:
    """Store what can be read from a binary stream, to its end, as a file of the active run."""
    tracking_client().log_stream(run_id or ensure_run().info.run_id, stream, artifact_file)


def flush_artifact_async_logging() -> None:
    """Return when all artifacts that were logged in the background are stored; raises the first failure."""
    flush()
