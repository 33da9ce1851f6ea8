"""Charts that people add to those which an experiment makes by itself: set up, moved, kept, taken away, and inert."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.e2e.test_accessibility import problems
from tests.e2e.test_charts import log, saved
from tests.e2e.test_runs_table import PAYLOAD, new_experiment, new_run
from tests.e2e.window import Window
from tests.story.story import Place


def in_address(window: Window, name: str) -> Any:
    found = parse_qs(window.tab.url.partition("?")[2]).get(name)
    return json.loads(found[0]) if found else None


def titles(window: Window, section: str) -> Locator:
    return window.tab.get_by_role("region", name=section, exact=True).locator(".chart-title")


def choose(window: Window, button: str, item: str) -> None:
    window.button(button).click()
    window.tab.get_by_role("menuitem", name=item, exact=True).click()


@pytest.fixture(scope="module")
def experiment(told: Place) -> str:
    """Twelve runs, of which one has hardly anything, one a NaN, and one goes on."""
    window = Window(None, told.name)  # pyright: ignore[reportArgumentType] -- only its REST API is used
    made = new_experiment(window, "cards")
    for number in range(10):
        params = {"lr": str([0.1, 0.01][number % 2]), "size": str(number // 2), "kind": PAYLOAD if number % 3 else "b"}
        run_id = new_run(window, made, f"{PAYLOAD} {number}", params=params, losses=[3 - number / 10, 2 - number / 10])
        log(window, run_id, "val/loss", [3.5, 2.5])
        log(window, run_id, "score", ["NaN" if number == 4 else float(number)])
    new_run(window, made, "without anything")
    window.ask("POST", "runs/create", experiment_id=made, run_name="goes on", start_time=1000)
    return made


def test_charts_of_every_kind_are_added_and_set_up(window: Window, told: Place, experiment: str) -> None:
    window.open(f"/experiments/{experiment}", tab="charts")
    for kind in ("Lines", "Bars", "Scatter", "Box", "Contour", "Parallel coordinates", "Difference"):
        choose(window, "Add chart", kind)
    for drawn in (
        "Line chart of loss",
        "Scatter plot of loss over size for 10 runs",
        "Box plot of loss by kind",
        "Contour plot of loss over size and lr for 10 runs",
        "Parallel coordinates of 12 runs over kind, lr, size, loss, score",
    ):
        expect(window.tab.get_by_role("img", name=drawn).first).to_be_visible()
    expect(window.tab.get_by_role("region", name=re.compile("^Table: Difference to"))).to_contain_text("loss")
    assert problems(window) == []

    # What was just added has the focus, so that it can be set up at once.
    choose(window, "Add chart", "Scatter")
    settings = window.tab.get_by_role("button", name="Settings of the chart of loss over size").last
    expect(settings).to_be_focused()
    window.tab.keyboard.press("Enter")
    window.tab.get_by_role("combobox", name="X", exact=True).select_option("params.lr")
    window.tab.get_by_role("combobox", name="Y", exact=True).select_option("metrics.score")
    window.tab.get_by_role("combobox", name="X scale", exact=True).select_option("log")
    window.tab.get_by_role("combobox", name="Colour", exact=True).select_option("params.kind")
    expect(window.tab.get_by_role("img", name="Scatter plot of score over lr for 9 runs")).to_be_visible()
    expect(window.tab.get_by_role("list", name="Colours")).to_contain_text(PAYLOAD)
    assert problems(window) == []
    window.tab.keyboard.press("Escape")

    window.button("Settings of the chart of Parallel coordinates").click()
    window.button("Scales").click()
    window.tab.get_by_role("combobox", name="score", exact=True).select_option("symlog")
    window.tab.keyboard.press("Escape")
    window.tab.get_by_role("combobox", name="Colour", exact=True).select_option("metrics.score")
    expect(window.tab.get_by_role("combobox", name="Colour scale")).to_have_value("symlog")
    window.tab.keyboard.press("Escape")
    window.button("Settings of the chart of loss over size and lr").click()
    window.tab.get_by_role("combobox", name="Y scale").select_option("symlog")
    expect(window.tab.get_by_role("img", name="Contour plot of loss over size and lr for 10 runs")).to_be_visible()
    window.tab.keyboard.press("Escape")

    window.button("Settings of the chart of loss").first.click()
    window.button("Metrics (1)").click()
    window.tab.get_by_role("checkbox", name="val/loss").check()
    window.tab.keyboard.press("Escape")
    window.tab.get_by_role("combobox", name="Vertical axis").last.select_option("symlog")
    window.tab.keyboard.press("Escape")
    expect(window.tab.get_by_role("img", name="Line chart of loss, val/loss")).to_be_visible()
    expect(window.tab.get_by_role("list", name="Dashes")).to_contain_text("val/loss")
    cards = in_address(window, "cards")
    assert cards[0]["metrics"] == ["loss", "val/loss"]
    assert cards[0]["look"] == {"log": "symlog"}
    assert (cards[4]["yscale"], cards[5]["scales"]) == ("symlog", {"metrics.score": "symlog"})
    assert cards[-1] == {
        "id": "//8",
        "kind": "scatter",
        "section": "Charts",
        "x": "params.lr",
        "y": "metrics.score",
        "xscale": "log",
        "colour": "params.kind",
    }
    name, table = saved(window, "score over lr", "Save as CSV")
    assert name == "score over lr.csv"
    assert len(table.decode().splitlines()) == 13
    assert b"<path" in saved(window, "score over lr", "Save as SVG")[1]
    difference = titles(window, "Charts").filter(has_text="Difference to").inner_text()
    lines = saved(window, difference, "Save as CSV")[1].decode().splitlines()
    assert lines[0].startswith("kind,key,goes on,without anything,")
    assert [line.split(",")[1] for line in lines[1:]] == ["loss", "score", "kind", "lr", "size"]
    assert PAYLOAD.replace("<", "&lt;").split(" ")[0].encode() in saved(window, difference, "Save as SVG")[1]
    choose(window, f"Actions for the chart of {difference}", "Copy as Markdown")
    expect(window.tab.get_by_text("The difference was copied as Markdown.")).to_be_visible()
    assert window.tab.evaluate("window.hit") is None


def test_added_charts_are_moved_kept_and_taken_away(window: Window, told: Place, experiment: str) -> None:
    window.open(f"/experiments/{experiment}", tab="charts")
    for kind in ("Scatter", "Box", "Bars"):
        choose(window, "Add chart", kind)
    expect(titles(window, "Charts")).to_have_text(["loss over size", "loss by kind", "loss"])
    expect(window.button("Settings of the chart of loss")).to_be_focused()
    # Whose columns come after the card is drawn, too: a canvas that nobody sized is 300 pixels wide.
    sized = "[...document.querySelectorAll('canvas')].every((each) => Math.abs(each.width - each.clientWidth) < 2)"
    window.until(sized)
    window.button("Move the chart of loss over size: arrow keys").focus()
    window.tab.keyboard.press("End")
    expect(titles(window, "Charts")).to_have_text(["loss by kind", "loss", "loss over size"])
    choose(window, "Actions for the chart of loss over size", "Move to the start")
    expect(titles(window, "Charts")).to_have_text(["loss over size", "loss by kind", "loss"])

    window.button("Settings of the chart of loss by kind").click()
    window.tab.get_by_role("textbox", name="Title").fill(f"{PAYLOAD} by kind")
    window.tab.keyboard.press("Escape")
    boxes = f"{PAYLOAD} by kind"
    expect(titles(window, "Charts")).to_have_text(["loss over size", boxes, "loss"])

    choose(window, "Add chart", "A section")
    window.tab.get_by_role("dialog").get_by_role("textbox", name="Name").fill(PAYLOAD)
    window.tab.keyboard.press("Enter")
    expect(window.tab.get_by_text("Nothing stands here yet")).to_be_visible()
    choose(window, f"Actions for the chart of {boxes}", f"Move to {PAYLOAD}")
    expect(titles(window, PAYLOAD)).to_have_text([boxes])
    choose(window, "Add a chart to Metrics", "Contour")
    expect(titles(window, "Metrics")).to_have_text(["loss over size and lr", "loss", "score"])

    window.button("Views").click()
    window.tab.get_by_role("textbox", name="Name").fill("with cards")
    window.tab.keyboard.press("Enter")
    window.tab.keyboard.press("Escape")
    choose(window, f"Actions for the chart of {boxes}", "Remove")
    expect(titles(window, PAYLOAD)).to_have_count(0)
    window.button("Undo").click()
    expect(titles(window, PAYLOAD)).to_have_text([boxes])
    choose(window, f"Move the section {PAYLOAD}", "Remove")
    expect(window.tab.get_by_role("region", name=PAYLOAD, exact=True)).to_have_count(0)
    window.open(f"/experiments/{experiment}")
    window.button("Views").click()
    window.tab.get_by_text("with cards", exact=True).click()
    expect(titles(window, PAYLOAD)).to_have_text([boxes])
    expect(titles(window, "Charts")).to_have_text(["loss over size", "loss"])
    choose(window, "Actions for the chart of score", "Set up a copy")
    expect(window.button("Settings of the chart of score")).to_be_focused()
    expect(titles(window, "Metrics").first).to_have_text("loss over size and lr")
    assert window.tab.evaluate("window.hit") is None


def test_plots_ask_once_and_follow_what_goes_on(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "cards that live")
    for number in range(30):
        new_run(window, experiment, f"run {number}", params={"lr": str(number), "seed": "1"}, losses=[number / 10])
    made = window.ask("POST", "runs/create", experiment_id=experiment, run_name="live", start_time=5000)
    live = str(made["run"]["info"]["run_id"])
    window.ask("POST", "runs/log-parameter", run_id=live, key="lr", value="99")
    asked: list[str] = []
    window.tab.on("request", lambda request: asked.append(request.url) if "/runs/" in request.url else None)
    card = {"id": "//1", "kind": "scatter", "section": "Charts", "x": "params.lr", "y": "metrics.loss"}
    window.open(f"/experiments/{experiment}", tab="charts", cards=[card], own=["Charts"])
    expect(window.tab.get_by_role("img", name="Scatter plot of loss over lr for 30 runs")).to_be_visible()
    # However many runs there are: no request for a single one.
    assert [url for url in asked if not url.endswith(("/rows", "/columns"))] == []
    assert len(asked) < 12
    # Columns that are still on their way are no missing values, and those that could not be read say so.
    held: list[Route] = []
    window.tab.route("**/runs/rows", lambda route: held.append(route))
    window.button("Settings of the chart of loss over lr").click()
    window.tab.get_by_role("combobox", name="X", exact=True).select_option("metrics.loss")
    window.tab.get_by_role("combobox", name="Y", exact=True).select_option("params.seed")
    window.tab.keyboard.press("Escape")
    card_shown = window.tab.locator("[data-chart='//1']")
    expect(card_shown.get_by_role("status", name="Loading Scatter")).to_be_visible()
    window.tab.route("**/runs/rows", lambda route: route.fulfill(status=500, body="{}"))
    for route in held:
        route.fulfill(status=500, body="{}")
    expect(card_shown.get_by_role("alert")).to_be_visible()
    window.tab.unroute_all()
    card_shown.get_by_role("button", name="Retry").click()
    expect(card_shown.get_by_role("img", name="Scatter plot of seed over loss for 30 runs")).to_be_visible()
    window.open(f"/experiments/{experiment}", tab="charts", cards=[card], own=["Charts"])
    expect(window.tab.get_by_role("img", name="Scatter plot of loss over lr for 30 runs")).to_be_visible()
    bars = window.tab.get_by_role("list", name="loss", exact=True).get_by_role("listitem")
    expect(bars).to_have_count(19)
    expect(window.tab.get_by_text("Curves are of the first 20 of 31 runs.")).to_be_visible()
    window.button("Draw all 31").click()
    expect(bars).to_have_count(30)
    assert in_address(window, "most") == 100
    expect(window.tab.get_by_text("Curves are of all 31 runs.")).to_be_visible()
    window.button("Draw 20").click()
    expect(bars).to_have_count(19)
    log(window, live, "loss", [0.5])
    expect(window.tab.get_by_role("img", name="Scatter plot of loss over lr for 31 runs")).to_be_visible()
    window.ask("POST", "runs/update", run_id=live, status="FINISHED", end_time=9000)


def add_lines(window: Window, experiment: str) -> None:
    """Add a chart of lines to the page of a run, and open its settings by keys."""
    found = window.ask("POST", "runs/search", experiment_ids=[experiment], filter="metrics.score = 1")
    run_id = found["runs"][0]["info"]["run_id"]
    window.open(f"/experiments/{experiment}/runs/{run_id}/metrics")
    choose(window, "Add chart", "Lines")
    expect(window.button("Settings of the chart of loss")).to_be_focused()
    window.tab.keyboard.press("Enter")


def test_metrics_of_one_run_share_a_chart(window: Window, told: Place, experiment: str) -> None:
    add_lines(window, experiment)
    window.button("Metrics (1)").click()
    window.tab.get_by_role("checkbox", name="val/loss").check()
    window.tab.keyboard.press("Escape")
    expect(window.tab.get_by_role("img", name="loss ends at 1.9, val/loss ends at 2.5")).to_be_visible()
    assert window.tab.evaluate("window.hit") is None


def test_curves_are_computed_from_metrics(window: Window, told: Place, experiment: str) -> None:
    add_lines(window, experiment)
    window.button("Computed").click()
    window.tab.get_by_label("Computed from metrics").fill("metrics.`val/loss` - loss")
    window.tab.keyboard.press("Enter")
    expect(window.tab.get_by_role("img", name="metrics.`val/loss` - loss ends at 0.6")).to_be_visible()
    window.button("Computed").click()
    window.tab.get_by_label("Computed from metrics").fill("loss +")
    window.tab.keyboard.press("Enter")
    expect(window.tab.get_by_text("“loss +” cannot be computed")).to_be_visible()
    window.tab.keyboard.press("Escape")
    # Closed settings give the focus back, which what is written next must not lose.
    expect(window.tab.get_by_role("button", name="Settings of the chart of loss, ")).to_be_focused()
    window.tab.get_by_role("combobox", name="Horizontal axis").select_option("Computed…")
    window.tab.get_by_label("Horizontal axis, computed").fill("-loss")
    window.tab.keyboard.press("Enter")
    expect(window.tab.get_by_role("combobox", name="Horizontal axis")).to_have_value("metrics.=-loss")
    expect(window.tab.get_by_role("img", name="Line chart of val/loss: ")).to_be_visible()
    assert window.tab.evaluate("window.hit") is None
