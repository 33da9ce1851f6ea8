"""What does it cost to see the runs of an experiment, on Flowmill's page of 100,000 and on MLflow's of 10,000?

A browser that has never been there opens a link that people send and waits for what it shows. Seconds of CPU are
those of the page's main thread, memory is its JavaScript heap; what came over the network is printed beside, and, of
the table, how long after the server's answer the first run is there.
"""

from __future__ import annotations

import atexit
import json
import shutil
import sqlite3
import sys
import tempfile
import time
from contextlib import ExitStack
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.sync_api import CDPSession, Page, sync_playwright

from bench.bench_search import OURS, THEIRS, Served, served, started
from bench.sides import Question, Sample, Side, sides
from flowmill.client import Client
from flowmill.entities.metric import Metric
from flowmill.testing.many_runs import id_of

_ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"]
_COMPARED = 1_000
_MORE_COLUMNS = 165
_WIDE_COLUMNS = [
    "attributes.status",
    "attributes.created",
    *(f"metrics.m{key}" for key in range(10)),
    *(f"params.p{key:02}" for key in range(20)),
    *(f"tags.t{key}" for key in range(3)),
    *(f"metrics.w{key:04}" for key in range(_MORE_COLUMNS)),
]
"""Two hundred."""
_CURVES, _POINTS = 100, 10_000


def _compare(ids: list[str], experiment: str, tab: str = "") -> str:
    """The address of a comparison, which is the same on both pages."""
    query = f"runs={quote(json.dumps(ids))}&experiments={quote(json.dumps([experiment]))}"
    return f"/#/compare-runs?{query}{tab}"


_COMPARISON = _compare([id_of(number) for number in range(_COMPARED)], "0")
_PLACES = {
    "runs": "/#/experiments/0/runs",
    "charts": "/#/experiments/0/runs?compareRunsMode=CHART",
    "compare": _COMPARISON,
}
_OUR_PLACES = {**_PLACES, "charts": "/#/experiments/0?tab=charts"}
_FIRST = {
    "runs": "a[href*='/runs/0']",
    "charts": "canvas, .js-plotly-plot, .bars",
    "compare": "canvas, .js-plotly-plot",
}


def measure(what: str, side: Side, folder: Path) -> Sample:
    """Open the page once, cold."""
    ours = side.module != "mlflow"
    address = served(side, OURS if ours else THEIRS).address
    return _opened(side, address + (_OUR_PLACES if ours else _PLACES)[what], _FIRST[what])


def measure_curves(side: Side, folder: Path) -> Sample:
    """Curves of many runs with long histories: all of them on Flowmill's page, as many as MLflow's shows on its own."""
    server, experiment, ids = _with_curves(side)
    if side.module == "mlflow":
        place = f"/#/experiments/{experiment}/runs?compareRunsMode=CHART"
        return _opened(side, server.address + place, ".js-plotly-plot .trace, .js-plotly-plot canvas")
    return _opened(side, server.address + _compare(ids, experiment, "&tab=curves"), ".line-chart canvas")


def measure_scrolling(side: Side, folder: Path) -> Sample:
    """Scroll through the table, 90 pixels a frame; the median time of a frame."""
    address = served(side, OURS if side.module != "mlflow" else THEIRS).address
    return _opened(side, address + _PLACES["runs"], _FIRST["runs"], _scroll)


def measure_wide(then: Any, folder: Path) -> Sample:
    """The same of 200 columns, which MLflow's page does not take from an address."""
    ours = sides()[0]
    columns = quote(json.dumps(_WIDE_COLUMNS))
    url = f"{served(ours, OURS, _MORE_COLUMNS).address}/#/experiments/0?cols={columns}"
    return _opened(ours, url, _FIRST["runs"], then)


def _opened(side: Side, url: str, first: str, then: Any = None) -> Sample:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise RuntimeError("This bench needs Chromium; .ci/browser installs it.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        session.send("Network.enable")
        came = _Came(session)
        start = time.perf_counter()
        page.goto(url)
        page.locator(first).first.wait_for(timeout=180_000)
        wall = time.perf_counter() - start
        after = _after_answer(page)
        if then is not None:
            wall = then(page)
        session.send("HeapProfiler.collectGarbage")
        metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
        told = f", first row {after:,.0f} ms after the answer" if after is not None else ""
        print(f"  {side.name}: {came.requests} requests, {came.size / 1000:,.0f} kB{told}", file=sys.stderr)
        browser.close()
    return Sample(wall, metrics["TaskDuration"], metrics["JSHeapUsedSize"] / 2**20)


def _after_answer(page: Page) -> float | None:
    """ms from the end of the answer that holds the rows to now; None where no such answer came."""
    return page.evaluate(
        """() => {
            const resources = performance.getEntriesByType('resource');
            const answer = resources.find(each => /runs\\/(rows|search)$/.test(each.name));
            return answer ? performance.now() - answer.responseEnd : null;
        }"""
    )


def _scroll(page: Page) -> float:
    """The median seconds between frames while a table is scrolled."""
    gaps: list[float] = page.evaluate(
        """async () => {
            const scrolls = each => /auto|scroll/.test(getComputedStyle(each).overflowY);
            const grid = [...document.querySelectorAll('*')]
                .filter(each => each.scrollHeight > each.clientHeight + 400 && scrolls(each))
                .sort((a, b) => b.scrollHeight - a.scrollHeight)[0] ?? document.scrollingElement;
            const gaps = [];
            let last = performance.now();
            for (let step = 0; step < 240; step++) {
                grid.scrollTop += 90;
                await new Promise(requestAnimationFrame);
                const now = performance.now();
                gaps.push(now - last);
                last = now;
            }
            return gaps;
        }"""
    )
    gaps.sort()
    print(f"    frames: median {gaps[120]:.1f} ms, 95 of 100 below {gaps[228]:.1f} ms", file=sys.stderr)
    return gaps[120] / 1000


@cache
def _with_curves(side: Side) -> tuple[Served, str, list[str]]:
    """A server with runs of one long metric, and where they are."""
    stack = ExitStack()
    atexit.register(stack.close)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-curves-")))
    server, process = started(side, folder)
    stack.push(process)
    client = Client(server.address)
    experiment = client.create_experiment("curves")
    ids = [client.create_run(experiment).info.run_id for _ in range(_CURVES)]
    if side.module == "mlflow":
        _fill_mlflow(folder / "mlflow.db", ids)
    for at, run_id in enumerate(ids):
        if side.module != "mlflow":
            points = [Metric("loss", _value(at, step), 1_000 + step, step) for step in range(_POINTS)]
            for begin in range(0, _POINTS, 1_000):
                client.log_batch(run_id, points[begin : begin + 1_000])
        client.set_terminated(run_id)
    client.flush()
    return server, experiment, ids


def _value(run: int, step: int) -> float:
    return (run + 1) / (step + 10) + ((step * 7919 + run * 104729) % 1000) / 50_000


def _fill_mlflow(file: Path, ids: list[str]) -> None:
    """The same points in MLflow's tables; over its API they would take minutes."""
    connection = sqlite3.connect(file)
    with connection:
        for at, run_id in enumerate(ids):
            rows = [("loss", _value(at, step), 1_000 + step, run_id, step, False) for step in range(_POINTS)]
            into = "(key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, ?)"
            connection.executemany(f"INSERT INTO metrics {into}", rows)
            connection.execute(f"INSERT INTO latest_metrics {into}", rows[-1])
    connection.close()


class _Came:
    """Counts what comes over the network."""

    def __init__(self, session: CDPSession) -> None:
        self.requests = 0
        self.size = 0
        session.on("Network.loadingFinished", self._add)

    def _add(self, event: dict[str, Any]) -> None:
        self.requests += 1
        self.size += int(event["encodedDataLength"])


_AMONG = f"{OURS:,} runs here, {THEIRS:,} there"
QUESTIONS = {
    "page_runs": Question(
        f"Open the runs of an experiment in a new browser: {_AMONG}",
        partial(measure, "runs"),
        "300 ms after the answer",
        3,
        {"flowmill, 200 columns": partial(measure_wide, None)},
    ),
    "page_charts": Question(
        f"Open the charts of an experiment in a new browser: {_AMONG}",
        partial(measure, "charts"),
        "1 s",
        3,
    ),
    "page_compare": Question(
        f"Compare {_COMPARED:,} runs in a new browser",
        partial(measure, "compare"),
        "2 s",
        2,
    ),
    "page_curves": Question(
        f"Curves of runs with {_POINTS:,} points in a new browser: {_CURVES} runs here, the first 10 of them there",
        measure_curves,
        "1 s",
        2,
    ),
    "page_scroll": Question(
        f"A frame while the table of runs is scrolled: {_AMONG}",
        measure_scrolling,
        "17 ms",
        2,
        {"flowmill, 200 columns": partial(measure_wide, _scroll)},
    ),
}
