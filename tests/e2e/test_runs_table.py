"""The table of runs: groups, nested runs, extremes, arranged columns, stars, tags of many runs, views that are kept."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, expect

from tests.e2e.window import Window
from tests.story.story import Place

PAYLOAD = "<img src=x onerror=window.hit=1>"


def new_run(window: Window, experiment_id: str, name: str, **more: Any) -> str:
    """A finished run; ``params`` and ``tags`` are dicts, ``losses`` the values of the metric loss by step."""
    tags = [{"key": key, "value": value} for key, value in more.get("tags", {}).items()]
    made = window.ask("POST", "runs/create", experiment_id=experiment_id, run_name=name, start_time=1000, tags=tags)
    run_id = str(made["run"]["info"]["run_id"])
    metrics = [
        {"key": "loss", "value": value, "timestamp": 1000 + step, "step": step}
        for step, value in enumerate(more.get("losses", []))
    ]
    params = [{"key": key, "value": value} for key, value in more.get("params", {}).items()]
    window.ask("POST", "runs/log-batch", run_id=run_id, metrics=metrics, params=params)
    window.ask("POST", "runs/update", run_id=run_id, status="FINISHED", end_time=2000)
    return run_id


def new_experiment(window: Window, name: str) -> str:
    return str(window.ask("POST", "experiments/create", name=name)["experiment_id"])


def table(window: Window) -> Locator:
    return window.tab.locator("[aria-label=Runs][aria-rowcount]")


def column_menu(window: Window, column: str, item: str) -> None:
    """Choose from the menu of a column, which a right click opens."""
    table(window).get_by_role("columnheader", name=column).first.click(button="right")
    window.tab.get_by_role("menuitem", name=item, exact=True).click()


def test_groups_show_mean_and_spread_and_unfold(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "grouping")
    for seed, loss in enumerate((1.0, 2.0, 3.0)):
        new_run(window, experiment, f"small {seed}", params={"size": "s", "seed": str(seed)}, losses=[loss])
    new_run(window, experiment, "odd one", params={"size": PAYLOAD, "seed": "9"}, losses=[7.0])
    window.open(f"/experiments/{experiment}")
    window.button("Group").click()
    window.tab.get_by_role("checkbox", name="size").check()
    window.tab.keyboard.press("Escape")
    expect(window.tab.get_by_text("4 runs in 2 groups")).to_be_visible()
    small = table(window).get_by_role("row").filter(has_text="3 runs")
    expect(small).to_contain_text("2 ± 1")
    expect(small).to_contain_text("3 values")
    expect(table(window).get_by_role("row").filter(has_text=PAYLOAD)).to_contain_text("1 run")
    window.button("Export").click()
    with window.tab.expect_download() as download:
        window.tab.get_by_role("menuitem", name="Groups as CSV").click()
    with Path(download.value.path()).open(newline="") as lines:
        first, second = csv.DictReader(lines)
    assert (first["params.size"], first["runs"], second["params.size"], second["runs"]) == ("s", "3", PAYLOAD, "1")
    assert [first[f"metrics.loss {what}"] for what in ("mean", "deviation", "minimum", "maximum")] == [
        "2",
        "1",
        "1",
        "3",
    ]
    small.get_by_role("button", name="Unfold size s").click()
    expect(window.link("small 1")).to_be_visible()
    window.tab.reload()
    expect(window.link("small 1")).to_be_visible()
    row = table(window).get_by_role("row").filter(has_text="3 runs")
    row.focus()
    window.tab.keyboard.press("ArrowLeft")
    expect(window.link("small 1")).to_have_count(0)
    expect(row).to_have_attribute("aria-expanded", "false")
    assert window.tab.evaluate("window.hit") is None


def test_nested_runs_are_a_tree_of_any_depth(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "nesting")
    parent = ""
    for depth in range(4):
        tags = {"mlflow.parentRunId": parent} if parent else {}
        parent = new_run(window, experiment, f"depth {depth}", tags=tags)
    new_run(window, experiment, "alone")
    window.open(f"/experiments/{experiment}")
    expect(window.tab.get_by_text("5 runs", exact=True)).to_be_visible()
    expect(window.link("depth 1")).to_have_count(0)
    for depth in range(3):
        window.button(f"Unfold depth {depth}").click()
        expect(window.link(f"depth {depth + 1}")).to_be_visible()
    expect(table(window).get_by_role("row").filter(has_text="depth 3")).to_have_attribute("aria-level", "4")
    row = table(window).get_by_role("row").filter(has_text="depth 3")
    row.focus()
    window.tab.keyboard.press("ArrowLeft")
    expect(table(window).get_by_role("row").filter(has_text="depth 2")).to_be_focused()
    table(window).get_by_role("row").filter(has_text="depth 1").get_by_role("checkbox").check()
    window.button("Tick runs below").click()
    expect(window.tab.get_by_text(", 3 ticked")).to_be_visible()
    table(window).get_by_role("row").filter(has_text="depth 2").get_by_role("checkbox").uncheck()
    table(window).get_by_role("row").filter(has_text="depth 3").get_by_role("checkbox").uncheck()
    window.button("Delete").click()
    expect(window.tab.get_by_text("1 run and 2 runs below deleted.")).to_be_visible()
    expect(window.tab.get_by_text("2 runs", exact=True)).to_be_visible()
    window.tab.get_by_text("Deleted", exact=True).click()
    expect(window.link("depth 1")).to_be_visible()
    window.tab.get_by_text("Active", exact=True).click()
    window.button("Undo").click()
    expect(window.tab.get_by_text("5 runs", exact=True)).to_be_visible()
    window.tab.get_by_role("switch", name="Nested").uncheck()
    expect(table(window)).to_have_attribute("role", "grid")
    expect(window.link("depth 3")).to_be_visible()


def test_extremes_are_columns_that_order(window: Window, told: Place, tmp_path: Path) -> None:
    experiment = new_experiment(window, "extremes")
    new_run(window, experiment, "dips", losses=[5.0, 0.25, 3.0])
    new_run(window, experiment, "falls", losses=[4.0, 2.0, 1.0])
    window.open(f"/experiments/{experiment}")
    column_menu(window, "loss", "Add the minimum")
    expect(table(window).get_by_role("row").filter(has_text="dips")).to_contain_text("0.25")
    column_menu(window, "loss min", "Order, smallest first")
    expect(table(window).get_by_role("row").nth(1)).to_contain_text("dips")
    expect(table(window).get_by_role("columnheader", name="loss min")).to_have_attribute("aria-sort", "ascending")
    column_menu(window, "loss min", "Filter by it")
    box = window.tab.get_by_role("combobox", name="Filter runs")
    expect(box).to_have_value("minimum.loss ")
    expect(box).to_be_focused()
    box.fill("minimum.loss < 0.5")
    window.tab.keyboard.press("Enter")
    expect(window.tab.get_by_text("1 run", exact=True)).to_be_visible()
    window.tab.go_back()
    window.button("Export").click()
    with window.tab.expect_download() as download:
        window.tab.get_by_role("menuitem", name="CSV").click()
    file = tmp_path / "runs.csv"
    download.value.save_as(file)
    with file.open(newline="") as lines:
        assert [row["minimum.loss"] for row in csv.DictReader(lines)] == ["0.25", "1"]


def test_columns_are_moved_pinned_widened_and_left_out(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "arranging")
    for number in (1, 2):
        new_run(
            window, experiment, f"run {number}", params={"a": str(number), "b": str(number), "same": "x"}, losses=[1]
        )
    window.open(f"/experiments/{experiment}?cols=" + '["params.a","params.b","params.same"]')
    headers = table(window).get_by_role("columnheader")
    column_menu(window, "b", "Pin to the left")
    expect(headers.nth(2)).to_contain_text("b")
    column_menu(window, "same", "Move left")
    expect(headers.nth(3)).to_contain_text("same")
    before = headers.nth(4).bounding_box()
    assert before is not None
    edge = headers.nth(4).locator(".runs-edge").bounding_box()
    assert edge is not None
    window.tab.mouse.move(edge["x"] + 4, edge["y"] + 5)
    window.tab.mouse.down()
    window.tab.mouse.move(edge["x"] + 84, edge["y"] + 5, steps=4)
    window.tab.mouse.up()
    window.tab.reload()
    after = headers.nth(4).bounding_box()
    assert after is not None
    assert abs(after["width"] - before["width"] - 80) <= 2
    window.tab.get_by_role("switch", name="Only differences").check()
    expect(table(window).get_by_role("columnheader", name="same")).to_have_count(0)


def test_a_value_is_clicked_to_filter_by_it_and_completed(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "filtering")
    new_run(window, experiment, "one", params={"name": "it's"}, losses=[1])
    new_run(window, experiment, "two", params={"name": "other"}, losses=[2])
    window.open(f"/experiments/{experiment}")
    cell = table(window).get_by_role("gridcell").filter(has_text="it's")
    cell.hover()
    cell.get_by_role("button", name="Only runs with this value").click()
    expect(window.tab.get_by_text("1 run", exact=True)).to_be_visible()
    box = window.tab.get_by_role("combobox", name="Filter runs")
    expect(box).to_have_value("params.name = 'it''s'")
    window.button("Clear the filter").click()
    expect(window.tab.get_by_text("2 runs", exact=True)).to_be_visible()
    column_menu(window, "name", "Filter by it")
    expect(box).to_be_focused()
    expect(box).to_have_value("params.name ")
    box.press_sequentially("= 'ot")
    expect(window.tab.get_by_role("option", name="other")).to_be_visible()
    box.press("Tab")
    box.press("Enter")
    expect(window.link("one")).to_have_count(0)
    expect(window.link("two")).to_be_visible()


def test_stars_tags_of_many_and_views_are_kept(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "keeping")
    ids = [new_run(window, experiment, f"kept {number}", losses=[number]) for number in range(3)]
    window.open(f"/experiments/{experiment}")
    window.link("kept 1").hover()
    window.button("Star kept 1").click()
    for number in (0, 2):
        window.tab.get_by_role("checkbox", name=f"Tick kept {number}").check()
    window.button("Tags").click()
    dialog = window.tab.get_by_role("dialog", name="Tag 2 runs")
    dialog.get_by_label("Tag name").fill("team")
    dialog.get_by_role("textbox", name="Tag value").fill(PAYLOAD)
    dialog.get_by_role("button", name="Set tag").click()
    expect(window.tab.get_by_text("2 runs tagged team.")).to_be_visible()
    tags = [window.ask("GET", "runs/get", run_id=run)["run"]["data"]["tags"] for run in ids]
    assert [PAYLOAD in [tag["value"] for tag in each] for each in tags] == [True, False, True]
    window.tab.get_by_text("Starred", exact=True).click()
    expect(window.tab.get_by_text("1 run", exact=True)).to_be_visible()
    expect(window.link("kept 1")).to_be_visible()

    window.button("Views").click()
    window.tab.get_by_role("textbox", name="Name of the view").fill("my favourites")
    window.button("Save").click()
    window.tab.keyboard.press("Escape")
    window.open(f"/experiments/{experiment}")
    expect(window.tab.get_by_text("3 runs", exact=True)).to_be_visible()
    window.button("Views").click()
    window.link("my favourites").click()
    expect(window.tab.get_by_text("1 run", exact=True)).to_be_visible()
    assert "starred=true" in window.tab.url

    # One for everybody is a tag, and what the experiment opens with.
    window.button("Usual view").click()
    window.button("Columns").click()
    window.tab.get_by_role("checkbox", name="Status").uncheck()
    window.tab.keyboard.press("Escape")
    window.button("Views").click()
    window.tab.get_by_role("textbox", name="Name of the view").fill("ours")
    window.tab.get_by_role("switch", name="For everybody").check()
    window.button("Save").click()
    window.button("Open the experiment with ours").click()
    expect(window.button("Open the experiment with ours")).to_have_attribute("aria-pressed", "true")
    stored = window.ask("GET", "experiments/get", experiment_id=experiment)["experiment"]["tags"]
    assert {"key": "flowmill.defaultView", "value": "ours"} in stored
    window.button("Give my favourites to everybody").click()
    expect(window.tab.get_by_role("region", name="Views for everybody").get_by_role("link")).to_have_count(2)
    window.open(f"/experiments/{experiment}")
    expect(window.tab.get_by_role("columnheader", name="Created")).to_be_visible()
    expect(window.tab.get_by_role("columnheader", name="Status")).to_have_count(0)
    window.button("Views").click()
    window.button("Usual view").click()
    expect(window.tab.get_by_role("columnheader", name="Status")).to_be_visible()

    # Its link is short, and opens what the view says by then.
    window.button("Copy the link to my favourites").click()
    expect(window.tab.get_by_text("The link to my favourites was copied.")).to_be_visible()
    link = str(window.tab.evaluate("navigator.clipboard.readText()"))
    assert link == f"{window.address}/#/experiments/{experiment}?view=my%20favourites"
    window.tab.goto("about:blank")
    window.tab.goto(link)
    expect(window.tab.get_by_text("1 run", exact=True)).to_be_visible()
    assert "starred=true" in window.tab.url and "view=" not in window.tab.url
    window.open(f"/experiments/{experiment}", view="no such")
    expect(window.tab.get_by_text("This experiment has no view no such for everybody.")).to_be_visible()
    window.open(f"/experiments/{experiment}", cols=["attributes.status"])
    window.button("Views").click()
    window.tab.get_by_role("region", name="Views for everybody").get_by_role(
        "button", name="Delete the view ours"
    ).click()
    window.button("Undo").click()
    window.open(f"/experiments/{experiment}?cols=%5B%22attributes.user%22%5D")
    expect(window.tab.get_by_role("columnheader", name="User")).to_be_visible()
    assert window.tab.evaluate("window.hit") is None


def test_runs_are_pinned_hidden_and_coloured(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "marks")
    ids = [new_run(window, experiment, f"mark {number:02d}", losses=[number, number / 2]) for number in range(40)]
    window.ask("POST", "runs/log-metric", run_id=ids[0], key="rare", value=1, timestamp=1, step=0)
    window.ask("POST", "runs/set-tag", run_id=ids[39], key="mlflow.runColor", value="red;background:url(//x)")
    window.open(f"/experiments/{experiment}")
    window.tab.get_by_role("checkbox", name="Tick mark 39").press("Tab")
    window.row("mark 38").focus()
    window.tab.keyboard.press("h")
    window.row("mark 37").focus()
    window.tab.keyboard.press("p")
    still = window.tab.get_by_role("rowgroup", name="Pinned on top")
    expect(still.get_by_role("row")).to_have_count(1)
    window.link("mark 37").last.hover()
    window.button("Colour of mark 37").last.click()
    dialog = window.tab.get_by_role("dialog", name="Colour of the run")
    dialog.get_by_role("radio", name="Colour 2", exact=True).check()
    dialog.get_by_role("button", name="Set").click()
    expect(still.locator(".run-dot")).to_have_css("background-color", "rgb(213, 94, 0)")
    tags = window.ask("GET", "runs/get", run_id=ids[37])["run"]["data"]["tags"]
    assert {"key": "mlflow.runColor", "value": "#d55e00"} in tags

    # It stays in sight, above what scrolls by and whatever the filter finds.
    table(window).press("End")
    expect(window.link("mark 00")).to_be_in_viewport()
    expect(still.get_by_role("link", name="mark 37")).to_be_in_viewport()
    box = window.tab.get_by_role("combobox", name="Filter runs")
    box.fill("attributes.run_name LIKE 'mark 3%'")
    box.press("Enter")
    expect(window.tab.get_by_text("10 runs", exact=True)).to_be_visible()
    window.link("Charts").click()
    expect(window.tab.get_by_text("1 metric that only other runs have has no chart here.")).to_be_visible()
    key = window.tab.get_by_role("list", name="Runs that are drawn").get_by_role("button")
    expect(key).to_have_count(10)
    expect(window.tab.get_by_role("button", name="mark 38", exact=True)).to_have_attribute("aria-pressed", "false")
    window.button("mark 36").click()
    expect(window.tab.get_by_text("Draw 2 hidden runs again")).to_be_visible()
    window.tab.reload()
    window.tab.get_by_text("Draw 2 hidden runs again").click()
    expect(window.tab.locator(".runs-key [aria-pressed=false]")).to_have_count(0)
    assert "hiddenRuns" not in window.tab.url and "pinnedRuns" in window.tab.url
    window.tab.set_viewport_size({"width": 360, "height": 800})
    window.button("All 10 names").click()
    expect(key.last).to_be_in_viewport()
    expect(window.button("Fewer names")).to_have_attribute("aria-expanded", "true")
