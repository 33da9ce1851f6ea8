"""A run's page: how it ended, and what its files look like."""

from __future__ import annotations

import base64
import json
import urllib.request
import zipfile
from io import BytesIO
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.test_accessibility import problems
from tests.e2e.test_runs_table import new_experiment, new_run
from tests.e2e.test_safety import put
from tests.e2e.window import Window
from tests.story.story import Place

PAYLOAD = "<img src=x onerror=window.hit=1>"
PIXEL = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf00000002"
        "0101e221bc330000000049454e44ae426082"
    )
).decode()
NOTEBOOK = {
    "nbformat": 4,
    "metadata": {"language_info": {"name": "python"}},
    "cells": [
        {"cell_type": "markdown", "source": ["# What I tried\n", PAYLOAD]},
        {
            "cell_type": "code",
            "execution_count": 7,
            "source": "print('seen')",
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": "seen by me\n"},
                {"output_type": "display_data", "data": {"image/png": PIXEL}},
                {"output_type": "execute_result", "data": {"text/html": "<b>bold</b><script>top.hit=1</script>"}},
                {"output_type": "error", "ename": "E", "evalue": "v", "traceback": [f"boom {PAYLOAD}"]},
            ],
        },
    ],
}


def test_a_failed_run_says_why(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "failing")
    tags = {
        "flowmill.end": f"ValueError: {PAYLOAD}",
        "flowmill.traceback": f"Traceback\n  line 3\nValueError: {PAYLOAD}",
    }
    run_id = new_run(window, experiment, "failed", tags=tags)
    window.ask("POST", "runs/update", run_id=run_id, status="FAILED")
    window.open(f"/experiments/{experiment}/runs/{run_id}")
    end = window.tab.get_by_role("region", name="How it ended")
    expect(end).to_contain_text(f"ValueError: {PAYLOAD}")
    end.get_by_text("Traceback", exact=True).click()
    expect(end.get_by_role("region", name="Traceback")).to_contain_text("line 3")
    expect(window.tab.get_by_text("flowmill.end")).to_have_count(0)
    assert window.tab.evaluate("window.hit") is None


def test_changes_of_a_run_are_told_and_taken_back(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "changed")
    run_id = new_run(window, experiment, "first", tags={"team": "red"})
    window.ask("POST", "runs/update", run_id=run_id, status="FINISHED")
    window.open(f"/experiments/{experiment}/runs/{run_id}")
    changes = window.tab.get_by_role("region", name="Changes")
    expect(window.tab.get_by_role("heading", name="Tags")).to_be_visible()
    expect(changes).to_have_count(0)

    window.button("Actions for the run").click()
    window.tab.get_by_role("menuitem", name="Rename").click()
    window.tab.get_by_label("Name", exact=True).fill(PAYLOAD)
    window.button("Rename").click()
    entries = changes.get_by_role("listitem")
    expect(entries).to_contain_text([f"Renamed from first to {PAYLOAD}"])
    for number, (key, value) in enumerate([("team", "blue"), ("seen", "yes"), ("mlflow.note.content", "# Why\n\nSo.")]):
        window.ask("POST", "runs/set-tag", run_id=run_id, key=key, value=value)
        window.tab.reload()
        expect(entries).to_have_count(number + 2)
    for path in ("delete", "restore"):
        window.ask("POST", f"runs/{path}", run_id=run_id)
    window.tab.reload()
    expect(entries).to_contain_text(
        ["Restored", "Deleted", "DescribedWhy So.", "Tag seen is “yes”", "Tag team from “red” to “blue”", "Renamed"]
    )
    assert problems(window) == []

    entries.nth(4).get_by_role("button").press("Enter")
    expect(entries.first).to_contain_text("Tag team from “blue” to “red”")
    window.button("Undo").click()
    expect(entries.first).to_contain_text("Tag team from “red” to “blue”")
    changes.get_by_role("button", name="Remove it: Tag seen is “yes”").click()
    expect(entries.first).to_contain_text("Tag seen removed, was “yes”")
    changes.get_by_role("button", name=f"Rename it back: Renamed from first to {PAYLOAD}").click()
    expect(window.tab.get_by_role("heading", level=1)).to_have_text("first")
    expect(entries).to_have_count(10)
    window.ask("POST", "runs/set-tag", run_id=run_id, key="seen", value="again")
    window.tab.reload()
    window.button("Show more").click()
    expect(entries).to_have_count(11)
    expect(window.button("Show more")).to_have_count(0)
    assert window.tab.evaluate("window.hit") is None


def test_a_silent_run_is_shown_as_lost_until_it_is_heard_of(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "silent")
    run = window.ask("POST", "runs/create", experiment_id=experiment, run_name="silent", start_time=1000)
    run_id = run["run"]["info"]["run_id"]

    def beat(every: int) -> None:
        body = json.dumps({"run_ids": [run_id], "every": every}).encode()
        url = f"{window.address}/api/flowmill/1/runs/heartbeat"
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=30).close()

    beat(1000)
    window.tab.wait_for_timeout(3500)
    window.open(f"/experiments/{experiment}")
    expect(window.tab.get_by_role("gridcell").filter(has_text="Lost")).to_be_visible()
    window.open(f"/experiments/{experiment}/runs/{run_id}")
    expect(window.tab.get_by_role("region", name="Lost")).to_be_visible()
    beat(600_000)
    window.tab.reload()
    expect(window.tab.get_by_text("Running", exact=True)).to_be_visible()
    expect(window.tab.get_by_role("region", name="Lost")).to_have_count(0)


def test_a_notebook_is_shown_and_runs_nothing(window: Window, told: Place, tmp_path: Path) -> None:
    experiment = new_experiment(window, "with files")
    run_id = new_run(window, experiment, "files")
    info = window.ask("GET", "runs/get", run_id=run_id)["run"]["info"]
    put(window, info, "notes/analysis.ipynb", json.dumps(NOTEBOOK))
    window.open(f"/experiments/{experiment}/runs/{run_id}/artifacts/notes/analysis.ipynb")
    notebook = window.tab.get_by_role("list", name="analysis.ipynb")
    expect(window.heading("What I tried")).to_be_visible()
    expect(notebook).to_contain_text("seen by me")
    expect(notebook).to_contain_text(f"boom {PAYLOAD}")
    expect(notebook.get_by_role("img", name="Output of the cell")).to_be_visible()
    expect(notebook.frame_locator("iframe").get_by_text("bold")).to_be_visible()
    assert window.tab.evaluate("window.hit") is None

    window.open(f"/experiments/{experiment}/runs/{run_id}/artifacts/notes")
    with window.tab.expect_download() as download:
        window.link("Download as zip").click()
    file = tmp_path / "notes.zip"
    download.value.save_as(file)
    assert zipfile.ZipFile(BytesIO(file.read_bytes())).namelist() == ["analysis.ipynb"]


def test_data_are_described_with_their_columns_and_their_source(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "with data")
    run_id = new_run(window, experiment, "on data")
    columns = [{"name": PAYLOAD, "type": "double"}, {"name": {"odd": 1}}, None]
    for name, place in (("web", {"url": "https://example.org/a.csv"}), ("odd", {"uri": "javascript:window.hit=1"})):
        dataset = {
            "name": name,
            "digest": "d1",
            "source_type": "x",
            "source": json.dumps(place),
            "schema": json.dumps({"mlflow_colspec": columns}),
            "profile": json.dumps({"num_rows": 1500}),
        }
        tags = [{"key": "mlflow.data.context", "value": "training"}]
        window.ask("POST", "runs/log-inputs", run_id=run_id, datasets=[{"dataset": dataset, "tags": tags}])
    window.open(f"/experiments/{experiment}/runs/{run_id}")
    for name in ("web", "odd"):
        summary = window.tab.locator("summary").filter(has_text=name)
        expect(summary).to_contain_text("1,500 rows")
        summary.click()
        table = window.tab.get_by_role("region", name=f"Columns of {name}")
        expect(table.get_by_role("row").nth(1)).to_contain_text(PAYLOAD)
    expect(window.link("Open the data")).to_have_count(1)
    expect(window.link("Open the data")).to_have_attribute("href", "https://example.org/a.csv")
    assert problems(window) == []
    assert window.tab.evaluate("window.hit") is None
