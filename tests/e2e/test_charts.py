"""Charts: along any metric, in more detail, with what is no number marked; boxes and contours of many runs."""

from __future__ import annotations

import io
import json
import math
import re
from urllib.parse import parse_qs, quote
from xml.etree import ElementTree

from PIL import Image
from playwright.sync_api import expect

from tests.e2e.test_accessibility import problems
from tests.e2e.test_runs_table import PAYLOAD, new_experiment, new_run
from tests.e2e.window import Window
from tests.story.story import Place

SVG = "{http://www.w3.org/2000/svg}"


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
    expect(window.tab.get_by_text("1 value not a number, marked × at the foot.")).to_be_visible()
    expect(window.tab.get_by_text("1 value infinite, marked ▴ at the top or ▾ at the foot.")).to_be_visible()
    window.tab.get_by_role("combobox", name="Horizontal axis").select_option("metrics.epoch")
    window.tab.get_by_role("combobox", name="Vertical axis").select_option("symlog")
    window.button("More").click()
    window.tab.get_by_role("switch", name="Log along").check()
    window.tab.get_by_role("switch", name="Ignore outliers").check()
    window.tab.reload()
    expect(window.tab.get_by_role("combobox", name="Horizontal axis")).to_have_value("metrics.epoch")
    expect(window.tab.get_by_role("combobox", name="Vertical axis")).to_have_value("symlog")
    window.button("More (2)").click()
    expect(window.tab.get_by_role("switch", name="Log along")).to_be_checked()
    window.tab.keyboard.press("Escape")
    chart = window.tab.get_by_role("img", name="Line chart of loss")
    expect(chart).to_be_visible()
    painted = chart.locator("canvas").evaluate(
        "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)"
    )
    assert painted is True


def test_charts_of_nothing_say_why_and_what_to_do(window: Window, told: Place) -> None:
    empty = new_experiment(window, "charts of nothing")
    window.open(f"/experiments/{empty}", tab="charts")
    expect(window.heading("No run yet")).to_be_visible()
    expect(window.tab.get_by_text("flowmill.log_metric")).to_be_visible()
    run_id = new_run(window, empty, "unmeasured", params={"lr": "1"})
    expect(window.heading("No run has logged a metric yet")).to_be_visible()
    expect(window.tab.get_by_text('flowmill.set_experiment("charts of nothing")')).to_be_visible()
    assert problems(window) == []
    window.open(f"/experiments/{empty}", tab="charts", searchFilter="params.lr = '2'")
    expect(window.heading("No run matches the filter")).to_be_visible()
    window.button("Clear the filter").last.click()
    expect(window.heading("No run has logged a metric yet")).to_be_visible()
    log(window, run_id, "loss", [1.0, 2.0])
    window.open(f"/experiments/{empty}", tab="charts", q="nothing")
    window.button("Show all metrics").click()
    expect(window.tab.get_by_role("img", name="Line chart of loss")).to_be_visible()
    window.open(f"/experiments/{empty}", tab="charts", hiddenRuns=[run_id])
    window.button("Draw all of them").click()
    expect(window.tab.get_by_role("img", name="Line chart of loss")).to_be_visible()
    window.open(f"/experiments/{empty}", tab="charts", runs=["0" * 32])
    window.button("Draw the others").click()
    expect(window.tab.get_by_role("img", name="Line chart of loss")).to_be_visible()


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

    def shown() -> list[float]:
        return list(json.loads(parse_qs(window.tab.url.split("?")[1])["zoom"][0])["loss"][1:])

    expect(window.tab).to_have_url(re.compile("zoom="))
    assert [math.floor(shown()[0]), math.ceil(shown()[1])] == [stretch["start"], stretch["end"]]
    # What is sent to a colleague shows the same, and how it is smoothed does not change what is looked at.
    with window.tab.expect_request(lambda request: '"start"' in (request.post_data or "")):
        window.tab.reload()
    window.button("More").click()
    window.tab.get_by_role("combobox", name="Smoothed by").select_option("gaussian")
    window.tab.keyboard.press("Escape")
    window.tab.get_by_role("slider", name="Smoothing").fill("0.9")
    expect(window.tab.get_by_text("19 points")).to_be_visible()
    expect(window.tab).to_have_url(re.compile("smoothing=gaussian"))
    expect(window.tab).to_have_url(re.compile("zoom="))
    chart.locator(".u-over").dblclick()
    expect(window.tab).not_to_have_url(re.compile("zoom="))


def saved(window: Window, chart: str, item: str) -> tuple[str, bytes]:
    """The name and the content of the file that the menu of a chart saves."""
    window.button(f"Actions for the chart of {chart}").click()
    with window.tab.expect_download() as download:
        window.tab.get_by_role("menuitem", name=item).click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def test_a_chart_is_saved_linked_and_taken_away(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "saving")
    for name in ("first", PAYLOAD):
        run_id = new_run(window, experiment, name)
        log(window, run_id, "val/loss", [3.0, 2.5, "NaN", 2.0])
        log(window, run_id, "score", [len(name)])
    window.open(f"/experiments/{experiment}", tab="charts", log=True)
    expect(window.tab.get_by_role("img", name="Line chart of val/loss")).to_be_visible()

    name, drawn = saved(window, "val/loss", "Save as SVG")
    picture = ElementTree.fromstring(drawn)
    texts = [text.text for text in picture.iter(f"{SVG}text")]
    assert name == "val-loss.svg"
    assert {"val/loss", "first", PAYLOAD} <= set(texts)
    # Curves are drawn as lines, not as a picture within a picture.
    assert len(list(picture.iter(f"{SVG}path"))) > 4
    assert list(picture.iter(f"{SVG}image")) == []
    name, bars = saved(window, "score", "Save as SVG")
    assert len(list(ElementTree.fromstring(bars).iter(f"{SVG}rect"))) == 5
    name, pixels = saved(window, "val/loss", "Save as PNG")
    with Image.open(io.BytesIO(pixels)) as image:
        colours = {colour for _, colour in image.convert("RGB").quantize(64).getcolors() or []}
        assert image.width > 600
        assert len(colours) > 5
    name, table = saved(window, "val/loss", "Save as CSV")
    assert table.decode().splitlines()[0] == "run,run_id,step,time,val/loss"
    assert len(table.decode().splitlines()) == 9

    window.button("Actions for the chart of val/loss").click()
    window.tab.get_by_role("menuitem", name="Copy link to this chart").click()
    expect(window.tab.get_by_text("The link to val/loss was copied.")).to_be_visible()
    window.button("Actions for the chart of score").click()
    window.tab.get_by_role("menuitem", name="Remove").click()
    expect(window.tab.get_by_role("list", name="score")).to_have_count(0)
    window.button("Undo").click()
    expect(window.tab.get_by_role("list", name="score")).to_be_visible()
    link = str(window.tab.evaluate("navigator.clipboard.readText()"))
    window.tab.goto("about:blank")
    window.tab.goto(link)
    whole = window.tab.get_by_role("dialog", name="val/loss")
    expect(whole.get_by_role("img", name="Line chart of val/loss")).to_be_visible()
    window.tab.keyboard.press("Escape")
    expect(whole).to_have_count(0)
    assert "large=" not in window.tab.url
    assert window.tab.evaluate("window.hit") is None


def test_a_curve_is_named_in_full_and_hidden_by_its_name(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "legends")
    name = "a-very-long-name-" * 8
    for suffix in ("one", "two"):
        log(window, new_run(window, experiment, name + suffix), "loss", [3, 2, 1])
    window.open(f"/experiments/{experiment}?tab=charts")
    # Where it has no room it is cut in its middle, and a pointer over it tells all of it.
    drawn = window.tab.get_by_role("list", name="Runs that are drawn").get_by_role("button", name=f"{name}one")
    end = drawn.get_by_text(f"{name}one"[-14:], exact=True).bounding_box()
    whole = drawn.bounding_box()
    assert end and whole and end["x"] + end["width"] <= whole["x"] + whole["width"]
    drawn.hover()
    expect(window.tab.locator(".hint")).to_contain_text(f"{name}one")
    window.button("Actions for the chart of loss").click()
    window.tab.get_by_role("menuitem", name="Full screen").click()
    dialog = window.tab.get_by_role("dialog", name="loss")
    expect(dialog).to_be_focused()
    entry = dialog.get_by_role("button", name=f"{name}one")
    expect(entry).to_be_visible()
    expect(dialog.get_by_role("listitem").filter(has_text=f"{name}one")).to_contain_text("last 1 min 1 max 3")
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
