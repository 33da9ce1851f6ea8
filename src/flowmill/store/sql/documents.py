"""What ended runs measured, as JSON that is ready to be sent: a row a run.

A document is made when its run ends, and by a server's chore once a run without one was shown. Triggers remove it
with any change of what it tells, whoever makes the change, so that one that is there is true. What a run *is* (its
name, status, place) is not in it.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence

from flowmill.entities.run import Param, RunData, RunTag
from flowmill.store.sql.metrics import latest_of_runs
from flowmill.store.sql.tags import pairs_of
from flowmill.store.sql.transaction import Transaction
from flowmill.wire.codec import encode_value

CHORE = "documents"
"""The chore that makes documents of runs that were shown without one."""

_FORMAT = b"\x01"
"""Begins a document: zlib over the JSON of a `RunData`. A document that begins otherwise is not read."""
_PORTION = 50
"""Runs whose documents one transaction makes: other writes wait for it."""


def data_of_runs(tx: Transaction, ids: Sequence[int], ended: Collection[int]) -> dict[int, bytes]:
    """Metrics, parameters and tags of runs, as JSON; ``ended``: those of them that may have a document."""
    rows = tx.all_in("SELECT id, document FROM run_documents WHERE id IN (...)", ids)
    found = {
        run: zlib.decompress(memoryview(document)[1:])
        for run, document in rows
        if bytes(document[:1]) == _FORMAT
    }  # fmt: skip
    lacking = [run for run in ids if run not in found]
    if lacking:
        found |= _assembled(tx, lacking)
        if undocumented := [run for run in lacking if run in ended]:
            tx.kept.undocumented(undocumented)
            tx.wakes.add(CHORE)
    return found


def write_documents(tx: Transaction, ids: Sequence[int]) -> None:
    """Make the documents of those runs that have ended; a run that goes on would soon lose it again."""
    # While the runs are locked nobody changes what is read of them here.
    ended = [
        row[0]
        for row in tx.all_in(
            "SELECT id FROM runs WHERE status IN ('FINISHED', 'FAILED', 'KILLED') AND id IN (...) "
            f"ORDER BY id{tx.dialect.for_update}",
            ids,
        )
    ]
    if ended:
        tx.run_many(
            "INSERT INTO run_documents (id, document) VALUES (?, ?) "
            "ON CONFLICT (id) DO UPDATE SET document = excluded.document",
            [(run, document_of(data)) for run, data in _assembled(tx, ended).items()],
        )


def write_some(tx: Transaction) -> bool:
    """Make documents of a portion of the runs that were shown without one; whether there are more."""
    ids, more = tx.kept.take_undocumented(_PORTION)
    write_documents(tx, ids)
    return more


def document_of(data: bytes) -> bytes:
    """The document of what a run measured."""
    return _FORMAT + zlib.compress(data, 1)


def _assembled(tx: Transaction, ids: Sequence[int]) -> dict[int, bytes]:
    """The same from the tables, in three statements."""
    metrics = latest_of_runs(tx, ids)
    params = pairs_of(tx, "params", "run", ids, Param)
    tags = pairs_of(tx, "tags", "run", ids, RunTag)
    return {
        run: encode_value(
            RunData(metric_list=metrics.get(run, []), param_list=params.get(run, []), tag_list=tags.get(run, []))
        )
        for run in ids
    }
