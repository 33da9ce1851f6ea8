"""Charts: along any metric, in more detail, with what is no number marked; boxes and contours of many runs."""

from __future__ import annotations

import json
import math
from urllib.parse import quote

from playwright.sync_api import expect

from tests.e2e.test_runs_table import new_experiment, new_run
from tests.e2e.window import Window
from tests.story.story import Place


def log(window: Window, run_id: str, key: str, values: list[float | str], every: int = 1) -> None:
    points = [
        {"key": key, "value": value, "timestamp": 1000 + at * every, "step": at * every}
        for at, value in enumerate(values)
    ]
    for start in range(0, len(points), 1000):
        window.ask("POST", "runs/log-batch", run_id=run_id, metrics=points[start : start + 1000])


def test_a_chart_runs_along_any_metric_on_log_axes(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "along")
    run_id = new_run(window, experiment, "one")
    log(window, run_id, "loss", [1 / (step + 1) for step in range(60)])
    log(window, run_id, "epoch", list(range(6)), every=10)
    log(window, run_id, "broken", [1.0, "NaN", 2.0, "Infinity", 3.0])
    window.open(f"/experiments/{experiment}/runs/{run_id}/metrics")
    expect(window.tab.get_by_text("2 values not a number, marked × at the foot.")).to_be_visible()
    window.tab.get_by_role("combobox", name="Horizontal axis").select_option("metrics.epoch")
    window.button("More").click()
    window.tab.get_by_role("switch", name="Log along").check()
    window.tab.get_by_role("switch", name="Ignore outliers").check()
    window.tab.reload()
    expect(window.tab.get_by_role("combobox", name="Horizontal axis")).to_have_value("metrics.epoch")
    window.button("More (2)").click()
    expect(window.tab.get_by_role("switch", name="Log along")).to_be_checked()
    window.tab.keyboard.press("Escape")
    chart = window.tab.get_by_role("img", name="Line chart of loss")
    expect(chart).to_be_visible()
    painted = chart.locator("canvas").evaluate(
        "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)"
    )
    assert painted is True


def test_a_closer_look_is_read_in_more_detail_and_stays(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "zooming")
    run_id = new_run(window, experiment, "long")
    log(window, run_id, "loss", [math.sin(step / 30) for step in range(6000)])
    window.open(f"/experiments/{experiment}/runs/{run_id}/metrics")
    chart = window.tab.get_by_role("img", name="Line chart of loss")
    expect(chart).to_be_visible()
    over = chart.locator(".u-over").bounding_box()
    assert over is not None
    with window.tab.expect_request(lambda request: '"start"' in (request.post_data or "")) as asked:
        window.tab.mouse.move(over["x"] + over["width"] * 0.4, over["y"] + 40)
        window.tab.mouse.down()
        window.tab.mouse.move(over["x"] + over["width"] * 0.5, over["y"] + 60, steps=5)
        window.tab.mouse.up()
    stretch = json.loads(asked.value.post_data or "")
    assert 2000 < stretch["start"] < 2800 < stretch["end"] < 3400
    with window.tab.expect_download() as download:
        window.button("Actions for the chart of loss").click()
        window.tab.get_by_role("menuitem", name="Save as PNG").click()
    assert download.value.suggested_filename == "loss.png"


def test_a_curve_is_named_in_full_and_hidden_by_its_name(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "legends")
    name = "a-very-long-name-" * 8
    for suffix in ("one", "two"):
        log(window, new_run(window, experiment, name + suffix), "loss", [3, 2, 1])
    window.open(f"/experiments/{experiment}?tab=charts")
    window.button("Actions for the chart of loss").click()
    window.tab.get_by_role("menuitem", name="Enlarge").click()
    dialog = window.tab.get_by_role("dialog", name="loss")
    entry = dialog.get_by_role("button", name=f"{name}one")
    expect(entry).to_be_visible()
    entry.click()
    expect(entry).to_have_attribute("aria-pressed", "false")


def test_boxes_and_contours_of_many_runs(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "spreading")
    ids: list[str] = []
    for number in range(12):
        params = {"lr": str([0.1, 0.01][number % 2]), "depth": str(number)}
        ids.append(new_run(window, experiment, f"spread {number}", params=params, losses=[number / 3 + number % 2]))
    place = f"/compare-runs?runs={quote(json.dumps(ids))}&experiments={quote(json.dumps([experiment]))}"
    window.open(f"{place}&tab=box")
    boxes = window.tab.get_by_role("img", name="Box plot of loss by lr")
    expect(boxes).to_have_attribute(
        "aria-label", "Box plot of loss by lr. 0.01: median 3 of 6 runs; 0.1: median 1.6667 of 6 runs"
    )
    window.link("Contour").click()
    expect(window.tab.get_by_role("img", name="Contour plot of loss over")).to_be_visible()
    assert "tab=contour" in window.tab.url
