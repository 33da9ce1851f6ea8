"""Spark: what is read by a session is noted on the runs of the process, as the tag ``sparkDatasourceInfo``.

MLflow has a listener in Java for it, which Spark must be started with. Here the plan of what was read is asked in
Python, when ``read``, ``table`` or ``sql`` give it: in the thread of the user, so that it is the user's run.
"""

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flowmill import session
from flowmill.autologging.arrival import on_import
from flowmill.autologging.configuration import configure, is_supported
from flowmill.autologging.patching import applies, safely, stand_around
from flowmill.context import set_tag_of_process
from flowmill.redaction import without_secrets

NAME = "spark"
TAG = "sparkDatasourceInfo"
_LONGEST_TAG = 5000
"""Characters of a tag, as MLflow's servers take them."""
_READERS = ("load", "table", "csv", "json", "orc", "parquet", "text", "xml")
_seen: dict[str, None] = {}
"""The lines of what was read so far, in the order of reading."""


def autolog(disable: bool = False, silent: bool = False) -> None:
    """Note which files Spark reads: path and format, a line each, on the open run and on all that begin later.

    Nothing has to be added to Spark for it. Files, and tables of files, of a session in this process are noted; not
    those of Spark Connect, whose plans are elsewhere, nor what streams or databases give.
    """
    turn_on({"disable": disable, "silent": silent})


def turn_on(options: Mapping[str, Any], by_name: bool = True) -> None:
    """Note the options of `autolog`, and look at Spark once it is there."""
    configure(NAME, options, by_name)
    if options.get("disable"):
        set_tag_of_process(TAG, None)
        return
    on_import("pyspark.sql.readwriter", _follow_readers)
    on_import("pyspark.sql.session", _follow_sessions)


def _follow_readers() -> None:
    if is_supported(NAME, "pyspark", 3, 4):
        for name in _READERS:
            stand_around(sys.modules["pyspark.sql.readwriter"].DataFrameReader, name, _read)


def _follow_sessions() -> None:
    for name in ("sql", "table"):
        stand_around(sys.modules["pyspark.sql.session"].SparkSession, name, _read)


def _read(original: Callable[..., Any], reader: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    frame = original(*args, **kwargs)
    if applies(NAME) and hasattr(frame, "_jdf"):
        safely(NAME, lambda: _note(frame))
    return frame


def _note(frame: Any) -> None:
    found = [line for line in dict.fromkeys(_sources(frame)) if line not in _seen]
    if not found:
        return
    _seen.update(dict.fromkeys(found))
    text = _joined()
    set_tag_of_process(TAG, text)
    run = session.active_run()
    if run is not None:
        session.tracking_client().set_tag(run.info.run_id, TAG, text)


def _joined() -> str:
    """All lines that a tag has room for."""
    text = ""
    for line in _seen:
        longer = f"{text}\n{line}" if text else line
        if len(longer) > _LONGEST_TAG:
            break
        text = longer
    return text


def _sources(frame: Any) -> Iterator[str]:
    """``path=…,format=…`` of each folder or file that a frame is read from."""
    leaves = frame._jdf.queryExecution().analyzed().collectLeaves()
    for leaf in _each(leaves):
        if not leaf.getClass().getName().endswith(".LogicalRelation"):
            continue
        relation = leaf.relation()
        if relation.getClass().getSimpleName() != "HadoopFsRelation":
            continue
        kind = str(relation.fileFormat().toString()).lower()
        for path in _each(relation.location().rootPaths()):
            yield f"path={without_secrets(path.toString())},format={kind}"


def _each(sequence: Any) -> Iterator[Any]:
    """The items of a sequence of Scala's."""
    for place in range(sequence.size()):
        yield sequence.apply(place)
