"""A run that many processes log to: who they are, how each ended, and what each of them measured."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.test_accessibility import problems
from tests.e2e.test_runs_table import PAYLOAD, new_experiment
from tests.e2e.window import Window
from tests.story.story import Place


class Job:
    """Three of four ranks of a job, as their processes tell of themselves."""

    def __init__(self, window: Window, name: str) -> None:
        self.window = window
        self.experiment = new_experiment(window, f"job {name}")
        self.opened = int(time.time() * 1000) - 60_000
        created = window.ask("POST", "runs/create", experiment_id=self.experiment, start_time=self.opened)
        self.run_id: str = created["run"]["info"]["run_id"]

    def send(self, operation: str, rank: int, **fields: Any) -> None:
        about = {"run_id": self.run_id, "job": "j", "rank": rank, "size": 4, "opened_at": self.opened + rank}
        url = f"{self.window.address}/api/flowmill/1/runs/{operation}"
        body = json.dumps({**about, **fields}).encode()
        urllib.request.urlopen(urllib.request.Request(url, body, {"Content-Type": "application/json"}), timeout=30)

    def join(self, rank: int, host: str = "node") -> None:
        self.send("join", rank, host=host)

    def leave(self, rank: int, status: str, **tags: str) -> None:
        pairs = [{"key": key.replace("_", "."), "value": value} for key, value in tags.items()]
        self.send("leave", rank, status=status, end_time=self.opened + 30_000, tags=pairs)

    def log(self, rank: int, values: list[float]) -> None:
        key = "loss" if rank == 0 else f"rank_{rank}/loss"
        metrics = [
            {"key": key, "value": value, "timestamp": self.opened + step, "step": step}
            for step, value in enumerate(values)
        ]
        self.window.ask("POST", "runs/log-batch", run_id=self.run_id, metrics=metrics)

    @property
    def place(self) -> str:
        return f"/experiments/{self.experiment}/runs/{self.run_id}"


@pytest.fixture
def job(window: Window, told: Place, request: pytest.FixtureRequest) -> Job:
    made = Job(window, request.node.name)
    for rank in range(3):
        made.join(rank, host=PAYLOAD if rank == 2 else f"node-{rank}")
        made.log(rank, [3.0, 2.0, float(rank)])
    return made


def test_ranks_are_listed_and_followed(window: Window, job: Job) -> None:
    window.open(job.place)
    ranks = window.tab.get_by_role("region", name="Ranks", exact=True)
    expect(ranks).to_contain_text("3 of 4 ranks on 3 machines: 3 running")
    expect(ranks.get_by_role("row").nth(3)).to_contain_text(PAYLOAD)
    expect(ranks.get_by_role("row").nth(2)).to_contain_text("1 min ago")
    window.tab.wait_for_timeout(1500)  # the page has to be listening
    began = time.monotonic()
    job.join(3)
    expect(ranks).to_contain_text("4 ranks on 4 machines: 4 running", timeout=5000)
    assert time.monotonic() - began < 3
    job.leave(1, "FAILED", flowmill_end=f"ValueError: {PAYLOAD}")
    expect(ranks).to_contain_text("1 failed, 3 without an end", timeout=5000)
    expect(ranks.get_by_role("row").nth(2)).to_contain_text(f"ValueError: {PAYLOAD}")
    end = window.tab.get_by_role("region", name="How it ended")
    expect(end).to_contain_text(f"Rank 1: ValueError: {PAYLOAD}")
    assert problems(window) == []
    assert window.tab.evaluate("window.hit") is None


def test_a_chart_has_a_curve_for_each_rank(window: Window, job: Job) -> None:
    window.open(f"{job.place}/metrics")
    chart = window.tab.get_by_role("img", name="Line chart of loss")
    expect(chart).to_have_count(1)
    expect(chart).to_have_attribute("aria-label", re.compile("rank 0 ends at 0.*rank 1 ends at 1.*rank 2 ends at 2"))
    assert problems(window) == []
    window.tab.get_by_text("A chart for each", exact=True).click()
    expect(window.tab.get_by_role("img", name="Line chart of rank_1/loss")).to_be_visible()
    expect(window.tab.get_by_role("img", name="Line chart of loss")).to_be_visible()
    window.open(job.place)
    window.link("Rank 2: its metrics").click()
    expect(window.tab.get_by_role("img", name="Line chart of rank_2/loss")).to_be_visible()
    expect(window.tab.get_by_role("img", name="Line chart of rank_1/loss")).to_have_count(0)


def test_metrics_of_ranks_and_machines_are_folded(window: Window, job: Job) -> None:
    window.ask("POST", "runs/log-metric", run_id=job.run_id, key="system/cpu", value=3, timestamp=1, step=0)
    window.open(job.place)
    expect(window.tab.get_by_role("region", name="Table of metrics", exact=True).get_by_role("row")).to_have_count(2)
    window.tab.get_by_text("Metrics of other ranks 2").click()
    expect(window.row("rank_1/loss")).to_be_visible()
    window.tab.get_by_text("System metrics 1").click()
    expect(window.row("system/cpu")).to_be_visible()
    assert problems(window) == []
    window.open(f"{job.place}/system-metrics")
    expect(window.tab.locator(".chart-title")).to_have_text(["system/cpu"])
