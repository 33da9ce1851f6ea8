"""Charts are arranged, grouped and told as differences; pictures are looked at by step. All of it is in the address."""

from __future__ import annotations

import io
import json
import re
from typing import Any
from urllib.parse import parse_qs, unquote

import numpy
import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from flowmill.client import Client
from tests.e2e.test_accessibility import problems
from tests.e2e.test_charts import log, saved
from tests.e2e.test_runs_table import PAYLOAD, new_experiment, new_run
from tests.e2e.window import Window
from tests.story.story import Place


def looked_up(window: Window, name: str) -> Any:
    """A field of the address."""
    found = parse_qs(window.tab.url.partition("?")[2]).get(name)
    return json.loads(found[0]) if found else None


def titles(window: Window, section: str) -> Locator:
    return window.tab.get_by_role("region", name=section, exact=True).locator(".chart-title")


def drag(window: Window, metric: str, onto: str) -> None:
    """As a hand does it: over many places, not in one leap."""
    window.button(f"Move the chart of {metric}: arrow keys").hover()
    window.tab.mouse.down()
    target = window.tab.locator("figure", has=window.button(f"Actions for the chart of {onto}")).bounding_box()
    assert target is not None
    window.tab.mouse.move(target["x"] + target["width"] / 2, target["y"] + target["height"] / 2, steps=12)
    window.tab.mouse.up()


@pytest.fixture
def charts(window: Window, told: Place, request: pytest.FixtureRequest) -> str:
    """An experiment with a run of five metrics, and its charts opened."""
    experiment = new_experiment(window, f"arranged {request.node.name}")
    run_id = new_run(window, experiment, "only")
    for key in ("alpha", "beta", "gamma", "val/alpha", "val/beta"):
        log(window, run_id, key, [3.0, 2.0, 1.0])
    window.open(f"/experiments/{experiment}", tab="charts")
    expect(titles(window, "Metrics")).to_have_text(["alpha", "beta", "gamma"])
    return experiment


def test_charts_are_moved_with_the_keyboard_and_stay_there(window: Window, charts: str) -> None:
    grip = window.button("Move the chart of alpha: arrow keys")
    grip.focus()
    window.tab.keyboard.press("ArrowRight")
    expect(titles(window, "Metrics")).to_have_text(["beta", "alpha", "gamma"])
    expect(grip).to_be_focused()
    window.tab.keyboard.press("ArrowRight")
    window.tab.keyboard.press("ArrowRight")
    expect(titles(window, "Metrics")).to_have_text(["beta", "gamma", "alpha"])
    assert looked_up(window, "order") == ["beta", "gamma", "alpha"]
    window.tab.reload()
    expect(titles(window, "Metrics")).to_have_text(["beta", "gamma", "alpha"])


def test_charts_are_dragged_and_pinned(window: Window, charts: str) -> None:
    window.button("Actions for the chart of val/beta").click()
    window.tab.get_by_role("menuitem", name="Pin to the top").click()
    expect(titles(window, "Pinned")).to_have_text(["val/beta"])
    expect(titles(window, "val")).to_have_text(["val/alpha"])
    drag(window, "gamma", "val/beta")
    expect(titles(window, "Pinned")).to_have_text(["gamma", "val/beta"])
    drag(window, "beta", "alpha")
    expect(titles(window, "Metrics")).to_have_text(["beta", "alpha"])
    window.tab.reload()
    expect(titles(window, "Pinned")).to_have_text(["gamma", "val/beta"])
    window.button("Actions for the chart of gamma").click()
    window.tab.get_by_role("menuitem", name="Unpin").click()
    expect(titles(window, "Pinned")).to_have_text(["val/beta"])


def room(window: Window, metric: str) -> tuple[int, int]:
    """How wide and high the canvas of a metric is, in CSS pixels."""
    chart = window.tab.get_by_role("img", name=f"Line chart of {metric}:")
    expect(chart).to_be_visible()
    box = chart.locator("canvas").bounding_box()
    assert box is not None
    return round(box["width"]), round(box["height"])


def test_charts_are_sized_by_their_corner(window: Window, charts: str) -> None:
    corner = window.tab.get_by_role("separator", name="Size of the chart of alpha: arrow keys")
    usual = room(window, "alpha")
    corner.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        window.tab.keyboard.press(key)
    expect(corner).to_have_attribute("aria-valuetext", "250 pixels high, 2 of 3 columns wide")
    assert looked_up(window, "sizes") == {"alpha": "2x250"}
    expect(corner).to_be_focused()
    assert problems(window) == []
    window.tab.reload()
    wide, high = room(window, "alpha")
    assert wide > usual[0] * 1.9
    assert high == usual[1] + 40
    corner.focus()
    window.tab.keyboard.press("Enter")
    expect(corner).to_have_attribute("aria-valuetext", "210 pixels high, 1 of 3 columns wide")
    window.button("Undo").click()
    expect(corner).to_have_attribute("aria-valuetext", "250 pixels high, 2 of 3 columns wide")

    # Dragged, it is drawn at once; the address is told when it is let go, and nothing if that was given up.
    other = window.tab.get_by_role("separator", name="Size of the chart of beta: arrow keys")
    box = other.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] - 4, box["y"] + box["height"] - 4
    for given_up in (True, False):
        window.tab.mouse.move(x, y)
        window.tab.mouse.down()
        window.tab.mouse.move(x + 4, y + 93, steps=5)
        expect(other).to_have_attribute("aria-valuetext", "300 pixels high, 1 of 3 columns wide")
        assert room(window, "beta")[1] == usual[1] + 90
        if given_up:
            window.tab.keyboard.press("Escape")
            expect(other).to_have_attribute("aria-valuetext", "210 pixels high, 1 of 3 columns wide")
        window.tab.mouse.up()
    expect(window.tab).to_have_url(re.compile("x300"))
    assert looked_up(window, "sizes") == {"alpha": "2x250", "beta": "x300"}
    other.dblclick()
    expect(other).to_have_attribute("aria-valuetext", "210 pixels high, 1 of 3 columns wide")

    # A phone has one column, whatever was chosen elsewhere, and keeps the width for those that have more.
    window.tab.set_viewport_size({"width": 360, "height": 800})
    expect(corner).to_have_attribute("aria-valuetext", "250 pixels high, 1 of 1 column wide")
    assert window.tab.evaluate("document.documentElement.scrollWidth") == 360
    corner.focus()
    window.tab.keyboard.press("ArrowRight")
    window.tab.keyboard.press("ArrowUp")
    expect(window.tab).to_have_url(re.compile("2x230"))
    # As links said it before charts had sizes.
    window.tab.set_viewport_size({"width": 1440, "height": 900})
    window.open(f"/experiments/{charts}", tab="charts", wide=["gamma"])
    last = window.tab.get_by_role("separator", name="Size of the chart of gamma: arrow keys")
    expect(last).to_have_attribute("aria-valuetext", "210 pixels high, 3 of 3 columns wide")
    window.button("Actions for the chart of gamma").click()
    window.tab.get_by_role("menuitem", name="Usual size").click()
    expect(last).to_have_attribute("aria-valuetext", "210 pixels high, 1 of 3 columns wide")


def test_sections_are_folded_and_moved_and_a_view_keeps_it(window: Window, charts: str) -> None:
    window.button("Move the section val").click()
    window.tab.get_by_role("menuitem", name="Move up").click()
    headings = window.tab.locator(".chart-section-title")
    expect(headings).to_have_text([re.compile("^val"), re.compile("^Metrics")])
    window.tab.get_by_role("button", name="Metrics 3").click()
    expect(titles(window, "Metrics")).to_have_count(0)
    window.button("Views").click()
    window.tab.get_by_role("textbox", name="Name").fill("folded")
    window.tab.keyboard.press("Enter")
    window.open(f"/experiments/{charts}")
    window.button("Views").click()
    window.tab.get_by_text("folded", exact=True).click()
    expect(window.tab.get_by_role("button", name="Metrics 3")).to_have_attribute("aria-expanded", "false")
    expect(headings).to_have_text([re.compile("^val"), re.compile("^Metrics")])


def test_groups_are_one_curve_with_a_band(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "seeds")
    for seed in range(3):
        for lr in ("0.1", PAYLOAD):
            losses = [seed + 1.0, seed + 2.0, seed + 3.0]
            run_id = new_run(window, experiment, f"{lr} {seed}", params={"lr": lr, "seed": str(seed)}, losses=losses)
            log(window, run_id, "accuracy", [float(seed)])
    window.open(f"/experiments/{experiment}", tab="charts", group=["params.lr"])
    expect(window.tab.get_by_role("list", name="Groups").get_by_role("listitem")).to_have_count(2)
    chart = window.tab.get_by_role("img", name=re.compile("Line chart of loss: .*lr 0.1, 3 runs"))
    expect(chart).to_be_visible()
    expect(window.tab.get_by_role("list", name="accuracy")).to_contain_text("1 ± 1")
    with_band = painted(chart)
    assert problems(window) == []
    _, drawn = saved(window, "loss", "Save as CSV")
    header, *rows = drawn.decode().splitlines()
    assert header == "group,runs,step,mean,low,high" and "lr 0.1,3,0,2,1,3" in rows
    window.button("More").click()
    for band in ("confidence", "quartiles", "none"):
        window.tab.get_by_role("combobox", name="Band").select_option(band)
        expect(window.tab).to_have_url(re.compile(f"band={band}"))
    expect(chart).to_be_visible()
    assert painted(chart) < with_band * 0.7
    assert window.tab.evaluate("window.hit") is None


def painted(chart: Locator) -> int:
    """How many points of a drawing are not empty."""
    chart.page.wait_for_timeout(300)
    return int(
        chart.locator("canvas").evaluate(
            """canvas => {
                const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
                let count = 0;
                for (let at = 3; at < data.length; at += 4) count += data[at] > 0 ? 1 : 0;
                return count;
            }"""
        )
    )


def test_runs_are_told_as_differences_to_one_of_them(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "differences")
    ids = [
        new_run(window, experiment, name, params={"lr": lr, "kind": kind}, losses=losses)
        for name, lr, kind, losses in (("base", "0.1", "a", [2.0, 1.0]), (PAYLOAD, "0.2", "b", [3.0, 1.5]))
    ]
    window.open("/compare-runs", runs=ids, experiments=[experiment], tab="table")
    window.tab.get_by_role("combobox", name="Difference to").select_option(ids[0])
    expect(window.row("loss")).to_contain_text("+0.5 (+50%)")
    expect(window.row("lr")).to_contain_text("+0.1 (+100%)")
    expect(window.row("kind")).not_to_contain_text("%")
    assert unquote(window.tab.url).endswith(f'minus="{ids[0]}"') or f"minus={ids[0]}" in window.tab.url
    window.link("Curves").click()
    expect(window.tab.get_by_role("img", name="Line chart of loss less base")).to_be_visible()
    window.button("More (1)").click()
    window.tab.get_by_role("combobox", name="Difference to").select_option("")
    expect(window.tab.get_by_role("img", name="Line chart of loss: base ends at 1")).to_be_visible()

    # Sections fold, an id is copied whole, and a metric leads to its curves.
    window.link("Table").click()
    window.button("Metrics").click()
    expect(window.row("loss")).to_have_count(0)
    window.button("Metrics").click()
    assert window.copied("Copy the ID of base") == ids[0]
    window.link("loss").click()
    expect(window.tab.get_by_role("dialog", name="loss")).to_be_visible()


def test_pictures_of_runs_are_looked_at_by_step(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "pictures")
    ids = [new_run(window, experiment, name) for name in ("first", PAYLOAD, "without")]
    client = Client(window.address)
    for place, run_id in enumerate(ids[:2]):
        for step in (0, 10, 20)[: 3 - place]:
            pixels = numpy.full((8, 8), step * 10, dtype=numpy.uint8)
            client.log_image(run_id, pixels, key="val/sample", step=step, synchronous=True)
    client.log_image(ids[0], numpy.zeros((4, 4), dtype=numpy.uint8), key="other", step=5, synchronous=True)

    window.open(f"/experiments/{experiment}")
    window.link("Images").click()
    sample = window.tab.get_by_role("region", name="val/sample")
    expect(sample.get_by_role("img", name="val/sample of first at step 20")).to_be_visible()
    # A series that ended shows its last picture.
    expect(sample.get_by_role("img", name=f"val/sample of {PAYLOAD} at step 10")).to_be_visible()
    expect(window.tab.get_by_text("without", exact=True)).to_have_count(0)
    assert problems(window) == []
    window.button("other").click()
    expect(window.tab.get_by_role("region", name="other")).to_have_count(0)
    slider = window.tab.get_by_role("slider", name="Step")
    slider.focus()
    window.tab.keyboard.press("ArrowLeft")
    expect(sample.get_by_role("img", name="val/sample of first at step 10")).to_be_visible()
    assert looked_up(window, "step") == 10
    window.button("Step before").click()
    expect(sample.get_by_role("img", name="val/sample of first at step 0")).to_be_visible()
    window.button("Play the steps").click()
    expect(sample.get_by_role("img", name="val/sample of first at step 20")).to_be_visible()
    expect(window.button("Play the steps")).to_be_visible()
    window.tab.reload()
    sample.get_by_role("button", name="Enlarge val/sample of first at step 20").click()
    expect(window.tab.get_by_role("dialog").get_by_role("img")).to_be_visible()
    window.tab.keyboard.press("ArrowLeft")
    expect(window.tab.get_by_role("dialog", name="val/sample, first, step 10")).to_be_visible()
    window.tab.keyboard.press("ArrowDown")
    expect(window.tab.get_by_role("dialog", name=f"val/sample, {PAYLOAD}, step 10")).to_be_visible()
    assert problems(window) == []
    window.tab.keyboard.press("Escape")

    window.open(f"/experiments/{experiment}/runs/{ids[0]}")
    window.link("Images").click()
    expect(window.tab.get_by_role("img", name="other of first at step 5")).to_be_visible()
    window.open(f"/experiments/{experiment}/runs/{ids[2]}")
    expect(window.link("Artifacts")).to_be_visible()
    expect(window.link("Images")).to_have_count(0)
    card = {"id": "//1", "kind": "images", "section": "Charts", "images": {"images": ["val/sample"], "step": 10}}
    window.open(f"/experiments/{experiment}", tab="charts", cards=[card], own=["Charts"])
    expect(window.tab.get_by_role("img", name="val/sample of first at step 10")).to_be_visible()
    window.tab.get_by_role("slider", name="Step").press("ArrowRight")
    expect(window.tab.get_by_role("img", name="val/sample of first at step 20")).to_be_visible()
    assert looked_up(window, "cards")[0]["images"]["step"] == 20
    name, pixels = saved(window, "Images", "Save as PNG")
    with Image.open(io.BytesIO(pixels)) as image:
        assert name == "Images.png"
        # Two pictures side by side, twice as fine, in the greys of their steps.
        greys = {colour for _, colour in image.convert("L").getcolors() or []}
        assert image.width == 2 * (12 + 240 + 12 + 240 + 12)
        assert {200, 100} <= greys
    assert b"data:image/png;base64," in saved(window, "Images", "Save as SVG")[1]
    assert len(saved(window, "Images", "Save as CSV")[1].splitlines()) == 3
    assert problems(window) == []
    window.open("/compare-runs", runs=ids, experiments=[experiment], tab="images")
    expect(window.tab.get_by_role("img", name="val/sample of first at step 20")).to_be_visible()
    assert window.tab.evaluate("window.hit") is None
