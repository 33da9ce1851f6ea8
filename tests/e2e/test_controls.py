"""What narrows and sorts the table of runs: when they were created, which data they used, any key that they have."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from playwright.sync_api import expect

from tests.e2e.test_accessibility import problems
from tests.e2e.test_runs_table import PAYLOAD, new_experiment, table
from tests.e2e.window import Window
from tests.story.story import Place

HOUR = 3_600_000


def new_dated_run(window: Window, experiment: str, name: str, hours: float, data: str, score: float) -> None:
    """A run that began so many hours ago, with a dataset."""
    start = int(time.time() * 1000 - hours * HOUR)
    made = window.ask("POST", "runs/create", experiment_id=experiment, run_name=name, start_time=start)
    run_id = made["run"]["info"]["run_id"]
    dataset = {"name": data, "digest": f"d{len(data)}", "source_type": "local", "source": "{}"}
    window.ask("POST", "runs/log-inputs", run_id=run_id, datasets=[{"dataset": dataset, "tags": []}])
    window.ask("POST", "runs/log-batch", run_id=run_id, tags=[{"key": "hidden", "value": str(score)}])
    window.ask("POST", "runs/update", run_id=run_id, status="FINISHED", end_time=start + 1000)


def found_runs(window: Window, experiment: str) -> list[Any]:
    runs: list[Any] = window.ask("POST", "runs/search", experiment_ids=[experiment])["runs"]
    return runs


def test_runs_are_narrowed_and_sorted_by_what_no_column_shows(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "controls")
    new_dated_run(window, experiment, "new", 0.2, "iris", 2)
    new_dated_run(window, experiment, "of yesterday", 20, PAYLOAD, 3)
    new_dated_run(window, experiment, "old", 24 * 20, "iris", 1)
    runs = {each["info"]["run_name"]: each["info"]["run_id"] for each in found_runs(window, experiment)}
    for number in range(10):
        window.ask("POST", "registered-models/create", name=f"controlled {number}")
    for name in ("new", "old"):
        source = f"runs:/{runs[name]}/model"
        window.ask("POST", "model-versions/create", name="controlled 7", source=source, run_id=runs[name])
    window.open(f"/experiments/{experiment}")
    names = table(window).locator(".runs-name a")
    expect(names).to_have_text(["new", "of yesterday", "old"])

    window.button("What a filter can say").click()
    assert problems(window) == []
    window.button("tags.reviewed IS NULL").click()
    box = window.tab.get_by_role("combobox", name="Filter runs")
    expect(box).to_be_focused()
    expect(box).to_have_value("tags.reviewed IS NULL")
    box.press("Enter")
    expect(window.tab.get_by_text("3 runs", exact=True)).to_be_visible()
    window.button("Clear the filter").click()

    window.button("Time, data, models").click()
    panel = window.tab.get_by_role("dialog", name="Time, data, models")
    panel.get_by_role("radio", name="Last day").check()
    expect(names).to_have_text(["new", "of yesterday"])
    panel.get_by_role("checkbox", name=PAYLOAD).check()
    expect(names).to_have_text(["of yesterday"])
    assert problems(window) == []
    window.tab.keyboard.press("Escape")
    expect(window.button(f"Last day, {PAYLOAD}")).to_be_visible()
    assert "startTime=LAST_24_HOURS" in window.tab.url
    window.tab.reload()
    expect(names).to_have_text(["of yesterday"])
    window.link("Charts").click()
    expect(window.tab.get_by_text("1 run", exact=True)).to_be_visible()
    window.link("Runs").click()

    # A range of one's own, of which one side stays open.
    window.button(f"Last day, {PAYLOAD}").click()
    window.button("Any time, data and model").click()
    panel.get_by_label("Until").fill(time.strftime("%Y-%m-%dT%H:%M", time.localtime(time.time() - 2 * 86_400)))
    expect(names).to_have_text(["old"])
    panel.get_by_role("radio", name="Last hour").check()
    panel.get_by_role("checkbox", name=PAYLOAD).check()
    expect(window.heading(f"No run here is of this: Last hour, {PAYLOAD}")).to_be_visible()
    window.tab.keyboard.press("Escape")
    window.button("Show all runs").click()

    # As what runs were registered: one of many models, one of its versions.
    window.button("Time, data, models").click()
    panel.get_by_role("radio", name="Any model").check()
    expect(names).to_have_text(["new", "old"])
    panel.get_by_role("searchbox", name="Search registered models").fill("ed 7")
    panel.get_by_role("button", name="Versions of controlled 7").click()
    panel.get_by_role("checkbox", name="Version 2").check()
    expect(names).to_have_text(["old"])
    assert problems(window) == []
    panel.get_by_role("checkbox", name="controlled 7").check()
    expect(names).to_have_text(["new", "old"])
    window.tab.keyboard.press("Escape")
    expect(window.button("controlled 7")).to_be_visible()
    window.tab.reload()
    expect(names).to_have_text(["new", "old"])
    window.button("controlled 7").click()
    window.button("Any time, data and model").click()
    window.tab.keyboard.press("Escape")

    window.button("Sort").click()
    sought = window.tab.get_by_role("searchbox", name="Search what to sort by")
    expect(sought).to_be_focused()
    sought.fill("hid")
    expect(window.button("Run ID")).to_have_count(0)
    window.tab.keyboard.press("ArrowDown")
    window.tab.keyboard.press("Enter")
    expect(names).to_have_text(["of yesterday", "new", "old"])
    assert problems(window) == []
    window.tab.get_by_text("Smallest first").click()
    expect(names).to_have_text(["old", "new", "of yesterday"])
    window.tab.keyboard.press("Escape")
    expect(window.button("hidden ↑")).to_be_visible()
    assert window.tab.evaluate("window.hit") is None


def test_links_of_mlflows_page_open_the_same_here(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "linked")
    for name, data in [("a", "iris"), ("b", PAYLOAD), ("c", "iris")]:
        new_dated_run(window, experiment, name, 1, data, 1)
    runs = {each["info"]["run_name"]: each["info"]["run_id"] for each in found_runs(window, experiment)}
    for name in "ab":
        window.ask("POST", "runs/log-metric", run_id=runs[name], key="loss", value=1, timestamp=0, step=0)
    datasets = [{"name": PAYLOAD, "digest": f"d{len(PAYLOAD)}", "context": "training"}]
    encoded = base64.b64encode(json.dumps(datasets).encode()).decode()
    usual = {"searchFilter": "", "orderByKey": "attributes.start_time", "orderByAsc": False, "startTime": "ALL"}
    usual |= {"lifecycleFilter": "Active", "modelVersionFilter": "All Runs"}
    window.open(f"/experiments/{experiment}/runs", **usual, datasetsFilter=encoded)
    names = table(window).locator(".runs-name a")
    expect(names).to_have_text(["b"])
    # What the link said can be taken back.
    window.button(PAYLOAD).click()
    window.button("Any time, data and model").click()
    expect(names).to_have_count(3)
    window.open(f"/experiments/{experiment}/runs", **usual, compareRunsMode="CHART")
    expect(window.link("Charts")).to_have_attribute("aria-current", "page")
    expect(window.link("Runs")).not_to_have_attribute("aria-current", "page")

    window.open(
        "/metric", runs=[runs["a"], runs["b"]], metric="loss", experiments=[experiment], plot_metric_keys=["loss"]
    )
    expect(window.tab.get_by_role("dialog", name="loss")).to_be_visible()
    window.open(f"/runs/{runs['c']}")
    expect(window.heading("c")).to_be_visible()
    made = window.ask("POST", "logged-models", experiment_id=experiment, name="tree", source_run_id=runs["c"])
    window.open(f"/models/{made['model']['info']['model_id']}")
    expect(window.heading("tree")).to_be_visible()
    window.open("/settings/general", returnTo="/experiments")
    expect(window.heading("Settings")).to_be_visible()
    assert window.tab.evaluate("window.hit") is None
