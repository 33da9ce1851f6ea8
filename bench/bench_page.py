"""What does it cost to see the runs of an experiment, on Flowmill's page of 100,000 and on MLflow's of 10,000?

A browser that has never been there opens the link that clients print and waits for the first run. Seconds of CPU are
those of the page's main thread, memory is its JavaScript heap; what came over the network is printed beside.
"""

from __future__ import annotations

import shutil
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, sync_playwright

from bench.bench_search import OURS, THEIRS, served
from bench.sides import Question, Sample, Side

_ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"]
_PLACES = {"runs": "/#/experiments/0/runs", "charts": "/#/experiments/0/runs?compareRunsMode=CHART"}
_OUR_PLACES = {**_PLACES, "charts": "/#/experiments/0?tab=charts"}
_FIRST = {"runs": "a[href*='/runs/0']", "charts": "canvas, .js-plotly-plot, .bars"}


def measure(what: str, side: Side, folder: Path) -> Sample:
    """Open the page once, cold."""
    ours = side.module != "mlflow"
    address = served(side, OURS if ours else THEIRS).address
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise RuntimeError("This bench needs Chromium; .ci/browser installs it.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        session.send("Network.enable")
        came = _Came(session)
        start = time.perf_counter()
        page.goto(address + (_OUR_PLACES if ours else _PLACES)[what])
        page.locator(_FIRST[what]).first.wait_for(timeout=120_000)
        wall = time.perf_counter() - start
        metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
        print(f"  {side.name}: {came.requests} requests, {came.size / 1000:,.0f} kB", file=sys.stderr)
        browser.close()
    return Sample(wall, metrics["TaskDuration"], metrics["JSHeapUsedSize"] / 2**20)


class _Came:
    """Counts what comes over the network."""

    def __init__(self, session: CDPSession) -> None:
        self.requests = 0
        self.size = 0
        session.on("Network.loadingFinished", self._add)

    def _add(self, event: dict[str, Any]) -> None:
        self.requests += 1
        self.size += int(event["encodedDataLength"])


QUESTIONS = {
    "page_runs": Question(
        f"Open the runs of an experiment in a new browser: {OURS:,} runs here, {THEIRS:,} there",
        partial(measure, "runs"),
        "300 ms after the answer",
        3,
    ),
    "page_charts": Question(
        f"Open the charts of an experiment in a new browser: {OURS:,} runs here, {THEIRS:,} there",
        partial(measure, "charts"),
        "1 s",
        3,
    ),
}
