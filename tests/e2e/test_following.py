"""The page of a run that goes on follows it at once and stays where it is; one that has ended asks for nothing."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import new_context
from tests.e2e.test_runs_table import new_experiment
from tests.e2e.window import Window
from tests.story.story import Place


@pytest.fixture
def running(window: Window, told: Place, request: pytest.FixtureRequest) -> tuple[str, str]:
    """A run that goes on, with many metrics: its experiment and its id."""
    experiment = new_experiment(window, f"following {request.node.name}")
    created = window.ask("POST", "runs/create", experiment_id=experiment, start_time=int(time.time() * 1000))
    run_id: str = created["run"]["info"]["run_id"]
    metrics = [{"key": f"m{number:02d}", "value": 1.5, "timestamp": 1, "step": 0} for number in range(40)]
    window.ask("POST", "runs/log-batch", run_id=run_id, metrics=metrics)
    return experiment, run_id


def test_what_is_logged_is_seen_within_a_second_and_nothing_jumps(window: Window, running: tuple[str, str]) -> None:
    experiment, run_id = running
    window.open(f"/experiments/{experiment}/runs/{run_id}")
    row = window.row("m20")
    row.scroll_into_view_if_needed()
    window.tab.wait_for_timeout(2500)  # the page has to be listening
    before = row.bounding_box()
    took: list[float] = []
    for step in range(1, 6):
        began = time.monotonic()
        point = {"run_id": run_id, "key": "m20", "value": step + 0.25, "timestamp": 1 + step, "step": step}
        window.ask("POST", "runs/log-metric", **point)
        expect(row).to_contain_text(f"{step}.25")
        took.append(time.monotonic() - began)
        assert row.bounding_box() == before
        window.tab.wait_for_timeout(300)
    assert sorted(took)[2] < 3, took  # who only asks now and then would see it after four seconds
    window.ask("POST", "runs/set-tag", run_id=run_id, key="seen", value="yes")
    expect(window.button("Edit tag seen yes")).to_be_visible()
    window.ask("POST", "runs/update", run_id=run_id, status="FAILED", end_time=int(time.time() * 1000))
    expect(window.tab.get_by_text("Failed", exact=True)).to_be_visible()
    assert row.bounding_box() == before


def test_a_metric_that_is_new_to_a_run_gets_its_chart(window: Window, running: tuple[str, str]) -> None:
    experiment, run_id = running
    window.open(f"/experiments/{experiment}", tab="charts")
    expect(window.button("Actions for the chart of m00")).to_be_visible()
    expect(window.button("Actions for the chart of a new one")).to_have_count(0)
    window.ask("POST", "runs/log-metric", run_id=run_id, key="a new one", value=1, timestamp=2, step=0)
    expect(window.button("Actions for the chart of a new one")).to_be_visible()


@pytest.mark.parametrize("part", ["", "/metrics", "/artifacts"])
def test_a_run_that_has_ended_asks_for_nothing(window: Window, running: tuple[str, str], part: str) -> None:
    experiment, run_id = running
    window.ask("POST", "runs/update", run_id=run_id, status="FINISHED", end_time=int(time.time() * 1000))
    window.open(f"/experiments/{experiment}/runs/{run_id}{part}")
    expect(window.tab.get_by_text("Finished", exact=True)).to_be_visible()
    window.tab.wait_for_timeout(3000)
    asked: list[str] = []
    window.tab.on("request", lambda request: asked.append(request.url))
    window.tab.wait_for_timeout(9000)
    assert asked == []


LOOK = """(hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    const state = hidden ? 'hidden' : 'visible';
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
}"""


@pytest.mark.parametrize("part", ["", "/runs/{}"])
def test_a_tab_that_nobody_sees_asks_for_nothing_and_catches_up(
    window: Window, running: tuple[str, str], part: str
) -> None:
    experiment, run_id = running
    window.open(f"/experiments/{experiment}{part.format(run_id)}")
    row = window.tab.get_by_role("row").filter(has_text="1.5").first
    expect(row).to_be_visible()
    window.tab.wait_for_timeout(1500)
    window.tab.evaluate(LOOK, True)
    # What was on its way when the tab went out of sight may still come.
    window.tab.wait_for_timeout(1000)
    asked: list[str] = []
    window.tab.on("request", lambda request: asked.append(request.url))
    window.ask("POST", "runs/log-metric", run_id=run_id, key="m00", value=777.25, timestamp=9, step=1)
    window.tab.wait_for_timeout(6000)
    assert asked == []
    window.tab.evaluate(LOOK, False)
    expect(window.tab.get_by_role("row").filter(has_text="777.25").first).to_be_visible(timeout=5000)


def test_times_are_written_as_the_person_wants(browser: Browser, running: tuple[str, str], told: Place) -> None:
    context = new_context(browser, timezone_id="Asia/Tokyo", locale="en-US")
    window = Window(context.new_page(), told.name)
    experiment, run_id = running
    window.ask("POST", "runs/update", run_id=run_id, status="FINISHED", end_time=1_700_000_000_000)
    place = f"/experiments/{experiment}/runs/{run_id}"
    about = window.tab.get_by_role("complementary", name="About the run")
    window.open(place)
    expect(about).to_contain_text("Nov 15, 2023, 7:13:20 AM")
    window.open("/settings")
    window.tab.get_by_text("Date and time", exact=True).click()
    window.tab.get_by_text("UTC", exact=True).click()
    expect(window.tab.get_by_text("This page was opened")).to_contain_text(" UTC.")
    window.open(place)
    expect(about).to_contain_text("Nov 14, 2023, 10:13:20 PM UTC")
    window.open(f"/experiments/{experiment}")
    expect(window.tab.get_by_role("grid", name="Runs").get_by_role("row").nth(1)).to_contain_text(" UTC")
    context.close()


def test_a_run_gets_a_star_on_its_page(window: Window, running: tuple[str, str]) -> None:
    experiment, run_id = running
    window.open(f"/experiments/{experiment}/runs/{run_id}")
    window.button("Give this run a star").click()
    expect(window.button("Take the star off this run")).to_have_attribute("aria-pressed", "true")
    window.open(f"/experiments/{experiment}", starred=True)
    expect(window.tab.get_by_role("grid", name="Runs").get_by_role("row")).to_have_count(2)
