"""A report of runs: the page's own form of it, filled with what a store answers."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace

from flowmill.cli.report_files import LeftOut, RunFiles, files_of
from flowmill.client.client import Client
from flowmill.entities.base import Entity
from flowmill.entities.metric import Series
from flowmill.entities.run import ViewType
from flowmill.errors import Invalid, NotFound, Unavailable
from flowmill.redaction import without_secrets
from flowmill.server.static import PAGE
from flowmill.stores import store_at
from flowmill.wire.codec import encode_value
from flowmill.wire.metrics import GetSeries
from flowmill.wire.table import GetRunRows, RunRow, RunRows

_PLACE = b'<script id="report" type="application/json"></script>'
"""Where the form expects its data; ui/src/lib/report.ts knows the same."""
_MOST_POINTS = 200_000
"""Points of all histories together: so much opens at once and can be sent by mail."""
_MOST_SERIES = 1500
_PAGE_OF_ROWS = 1000


class Report(Entity, frozen=True, omit_defaults=False):
    """What the form shows. ``page``: the address of the page of these runs, empty if there is none; ``made``: ms
    since the epoch, UTC; ``total``: how many runs match; ``series``: histories of more than one point; ``files``: of
    the first runs, and ``left``: what of them is not here."""

    title: str
    source: str
    page: str
    made: int
    total: int
    experiments: dict[str, str]
    rows: list[RunRow]
    series: list[Series]
    files: list[RunFiles] = []
    left: LeftOut = LeftOut()


@dataclass(frozen=True)
class Selection:
    """Which runs: those of experiments that a filter matches, those of these ids, or both."""

    experiments: list[str]
    runs: list[str]
    filter: str
    order_by: list[str]
    view: ViewType
    most: int


def report_of(client: Client, chosen: Selection, title: str | None, made: int, room: int = 0) -> Report:
    """The runs with their histories, and files of as many bytes as there is room for; none without any.

    NotFound for a run that is not there, Invalid if none matches."""
    total, rows = _rows(client, chosen)
    if not rows:
        raise Invalid("No run matches: nothing was written.")
    ids = list(dict.fromkeys(row.experiment_id for row in rows))
    names = {each: client.get_experiment(each).name for each in ids}
    uri = client.tracking_uri
    files, left = files_of(client, rows, room) if room else ([], LeftOut())
    return Report(
        title=title or ", ".join(list(names.values())[:3]) + (" …" if len(names) > 3 else ""),
        source=_source(uri),
        page=without_secrets(uri).rstrip("/") if uri.startswith(("http://", "https://")) else "",
        made=made,
        total=total,
        experiments=names,
        rows=rows,
        series=_series(client, rows),
        files=files,
        left=left,
    )


def filled(report: Report) -> bytes:
    """The document. Unavailable where this installation has no page and so no form."""
    form = PAGE / "report.html"
    if not form.is_file():
        raise Unavailable("This installation has no page, and so no form for reports: install a released wheel.")
    # Nothing in the data ends the element that holds it.
    data = encode_value(report).replace(b"<", b"\\u003c")
    before, _, after = form.read_bytes().partition(_PLACE)
    return before + _PLACE.replace(b"></", b">" + data + b"</") + after


def _source(uri: str) -> str:
    """Where the runs are, for whoever gets the report: of a folder only its name, which says nothing of its owner."""
    return f"the folder {uri.rstrip('/').rpartition('/')[2]}" if uri.startswith("file:") else without_secrets(uri)


def _rows(client: Client, chosen: Selection) -> tuple[int, list[RunRow]]:
    found: dict[str, RunRow] = {}
    total = 0
    if chosen.runs:
        experiments = list(dict.fromkeys(client.get_run(each).info.experiment_id for each in chosen.runs))
        asked = GetRunRows(
            experiment_ids=experiments,
            run_ids=chosen.runs,
            run_view_type=ViewType.ALL,
            max_results=min(len(chosen.runs), _PAGE_OF_ROWS),
        )
        by_id = {row.run_id: row for row in _pages(client, asked, len(chosen.runs))[1]}
        found |= {each: by_id[each] for each in chosen.runs if each in by_id}
        total += len(found)
    if chosen.experiments:
        asked = GetRunRows(
            experiment_ids=chosen.experiments,
            filter=chosen.filter,
            order_by=chosen.order_by,
            run_view_type=chosen.view,
            max_results=min(chosen.most, _PAGE_OF_ROWS),
        )
        matching, rows = _pages(client, asked, chosen.most)
        total += matching - sum(row.run_id in found for row in rows)
        found |= {row.run_id: row for row in rows if row.run_id not in found}
    return total, list(found.values())


def _pages(client: Client, asked: GetRunRows, most: int) -> tuple[int, list[RunRow]]:
    rows: list[RunRow] = []
    while True:
        page = _ask(client, asked)
        rows += page.rows
        if not page.next_page_token or len(rows) >= most:
            return page.total, rows[:most]
        asked = replace(asked, page_token=page.next_page_token)


def _ask(client: Client, asked: GetRunRows) -> RunRows:
    try:
        return store_at(client.tracking_uri).send(asked)
    except NotFound as error:
        raise NotFound(
            f"{error.message} If {without_secrets(client.tracking_uri)} is a server of MLflow: bring its runs with "
            "`flowmill copy` first."
        ) from None


def _series(client: Client, rows: list[RunRow]) -> list[Series]:
    found: list[Series] = []
    points = min(500, max(20, _MOST_POINTS // max(1, sum(len(row.metrics) for row in rows))))
    for start in range(0, len(rows), _MOST_SERIES):
        some = rows[start : start + _MOST_SERIES]
        keys = list(dict.fromkeys(key for row in some for key in row.metrics))
        portion = max(1, _MOST_SERIES // len(some))
        for at in range(0, len(keys), portion):
            asked = GetSeries(run_ids=[row.run_id for row in some], keys=keys[at : at + portion], points=points)
            found += [each for each in store_at(client.tracking_uri).send(asked).series if each.count > 1]
    return found
