"""Creating, renaming, deleting and taking back, describing and tagging in the page."""

from __future__ import annotations

import csv
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.window import Window
from tests.story.story import Place


def new_experiment(window: Window, name: str, runs: int) -> tuple[str, list[str]]:
    """An experiment with runs named one, two, … that differ in one parameter."""
    experiment_id = str(window.ask("POST", "experiments/create", name=name)["experiment_id"])
    ids: list[str] = []
    for number in range(1, runs + 1):
        run = window.ask(
            "POST", "runs/create", experiment_id=experiment_id, run_name=f"{name} {number}", start_time=1000 * number
        )
        run_id = str(run["run"]["info"]["run_id"])
        window.ask("POST", "runs/log-parameter", run_id=run_id, key="size", value=str(number / 3))
        window.ask("POST", "runs/log-metric", run_id=run_id, key="loss", value=1 / number, timestamp=1000, step=0)
        window.ask("POST", "runs/update", run_id=run_id, status="FINISHED", end_time=2000 * number)
        ids.append(run_id)
    return experiment_id, ids


def test_an_experiment_is_made_renamed_deleted_and_brought_back(window: Window, told: Place) -> None:
    window.open("/experiments")
    window.button("New experiment").click()
    window.tab.get_by_role("textbox", name="Name").fill("made here")
    window.button("Create").click()
    expect(window.heading("No run yet")).to_be_visible()
    expect(window.tab.get_by_role("region", name="Log a run to this experiment")).to_contain_text(
        'set_experiment("made here")'
    )

    window.link("Experiments").first.click()
    window.button("Actions for made here").click()
    window.tab.get_by_role("menuitem", name="Rename").click()
    window.tab.get_by_role("textbox", name="Name").fill("named here")
    window.button("Rename").click()
    expect(window.link("named here")).to_be_visible()

    window.button("Actions for named here").click()
    window.tab.get_by_role("menuitem", name="Delete").click()
    expect(window.tab.get_by_text("named here was deleted.")).to_be_visible()
    expect(window.link("named here")).to_have_count(0)
    window.button("Undo").click()
    expect(window.link("named here")).to_be_visible()


def test_experiments_are_found_by_tag_and_deleted_together(window: Window, told: Place) -> None:
    for number in (1, 2):
        experiment_id, _ = new_experiment(window, f"tagged {number}", 0)
        window.ask("POST", "experiments/set-experiment-tag", experiment_id=experiment_id, key="team", value="o'neil")
    window.open("/experiments")
    window.button("team: o'neil").first.click()
    expect(window.tab.get_by_role("searchbox")).to_have_value("team=o'neil")
    expect(window.link("MLFLOW Quickstart")).to_have_count(0)
    window.tab.get_by_role("checkbox", name="Tick all experiments that are shown").check()
    window.button("Delete").click()
    expect(window.tab.get_by_text("2 experiments were deleted.")).to_be_visible()
    expect(window.link("tagged 1")).to_have_count(0)
    window.button("Undo").click()
    expect(window.link("tagged 1")).to_be_visible()
    expect(window.link("tagged 2")).to_be_visible()


def test_runs_are_deleted_and_brought_back(window: Window, told: Place) -> None:
    experiment_id, _ = new_experiment(window, "deleting", 3)
    window.open(f"/experiments/{experiment_id}")
    window.tab.get_by_role("checkbox", name="Tick deleting 1").check()
    window.tab.get_by_role("checkbox", name="Tick deleting 2").check()
    window.button("Delete").click()
    expect(window.tab.get_by_text("1 run", exact=True)).to_be_visible()
    window.tab.get_by_text("Deleted", exact=True).click()
    expect(window.tab.get_by_text("2 runs", exact=True)).to_be_visible()
    window.tab.get_by_text("Active", exact=True).click()
    window.button("Undo").click()
    expect(window.tab.get_by_text("3 runs", exact=True)).to_be_visible()


def test_a_range_is_ticked_with_shift_and_a_run_renamed(window: Window, told: Place) -> None:
    experiment_id, ids = new_experiment(window, "ranges", 5)
    window.open(f"/experiments/{experiment_id}")
    window.tab.get_by_role("checkbox", name="Tick ranges 5").click()
    window.tab.get_by_role("checkbox", name="Tick ranges 2").click(modifiers=["Shift"])
    expect(window.tab.get_by_text("5 runs, 4 ticked")).to_be_visible()
    window.button("Clear").click()
    window.tab.get_by_role("checkbox", name="Tick ranges 1").check()
    window.button("Rename").click()
    window.tab.get_by_role("dialog").get_by_role("textbox", name="Name").fill("renamed")
    window.tab.get_by_role("dialog").get_by_role("button", name="Rename").click()
    expect(window.link("renamed")).to_be_visible()
    assert window.ask("GET", "runs/get", run_id=ids[0])["run"]["info"]["run_name"] == "renamed"


def test_a_click_on_a_column_orders_by_it_and_the_address_keeps_it(window: Window, told: Place) -> None:
    experiment_id, _ = new_experiment(window, "ordering", 3)
    window.open(f"/experiments/{experiment_id}")
    grid = window.tab.get_by_role("grid", name="Runs")
    header = grid.get_by_role("columnheader", name="loss")
    header.get_by_role("button").first.click()
    expect(header).to_have_attribute("aria-sort", "descending")
    expect(grid.get_by_role("row").nth(1)).to_contain_text("ordering 1")
    header.get_by_role("button").first.click()
    expect(grid.get_by_role("row").nth(1)).to_contain_text("ordering 3")
    window.tab.reload()
    expect(header).to_have_attribute("aria-sort", "ascending")
    expect(grid.get_by_role("row").nth(1)).to_contain_text("ordering 3")


def test_columns_are_chosen_and_saved_with_whole_values(window: Window, told: Place, tmp_path: Path) -> None:
    experiment_id, ids = new_experiment(window, "columns", 2)
    window.ask("POST", "runs/set-tag", run_id=ids[0], key="note", value="=1+1")
    window.open(f"/experiments/{experiment_id}")
    window.button("Columns").click()
    panel = window.tab.get_by_role("dialog", name="Columns")
    expect(panel.get_by_role("searchbox", name="Search columns")).to_be_focused()
    window.tab.keyboard.type("note")
    panel.get_by_role("checkbox", name="note").check()
    panel.get_by_role("searchbox", name="Search columns").fill("duration")
    panel.get_by_role("checkbox", name="Duration").uncheck()
    window.tab.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    grid = window.tab.get_by_role("grid", name="Runs")
    expect(grid.get_by_role("columnheader", name="note")).to_be_visible()
    expect(grid.get_by_role("columnheader", name="Duration")).to_have_count(0)
    expect(grid.get_by_role("row").filter(has_text="columns 1")).to_contain_text("0.33333")

    window.button("Export").click()
    with window.tab.expect_download() as download:
        window.tab.get_by_role("menuitem", name="CSV").click()
    file = tmp_path / "runs.csv"
    download.value.save_as(file)
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["Run"] for row in rows] == ["columns 2", "columns 1"]
    assert rows[1]["params.size"] == "0.3333333333333333"
    assert rows[1]["tags.note"] == "'=1+1"


def test_notes_and_tags_are_written_in_place(window: Window, told: Place) -> None:
    experiment_id, ids = new_experiment(window, "writing", 1)
    window.open(f"/experiments/{experiment_id}/runs/{ids[0]}")
    window.button("Add description").click()
    window.tab.get_by_role("textbox", name="Description").fill("## Found\n\n- **good**")
    window.button("Save").click()
    expect(window.heading("Found")).to_be_visible()
    window.button("Add tag").click()
    window.tab.get_by_role("textbox", name="Tag name").fill("team")
    window.tab.get_by_role("textbox", name="Tag value").fill("growth")
    window.button("Save").click()
    expect(window.button("Edit tag team growth")).to_be_visible()
    tags = {tag["key"]: tag["value"] for tag in window.ask("GET", "runs/get", run_id=ids[0])["run"]["data"]["tags"]}
    assert tags["team"] == "growth"
    assert tags["mlflow.note.content"] == "## Found\n\n- **good**"
    window.button("Remove tag team").click()
    expect(window.button("Edit tag team growth")).to_have_count(0)


def test_a_model_is_described_and_deleted_after_a_question(window: Window, told: Place) -> None:
    window.ask("POST", "registered-models/create", name="to be deleted")
    window.open("/models/to be deleted")
    window.button("Add description").click()
    window.tab.get_by_role("textbox", name="Description").fill("Soon gone")
    window.button("Save").click()
    expect(window.tab.get_by_text("Soon gone")).to_be_visible()
    window.button("Actions for the model").click()
    window.tab.get_by_role("menuitem", name="Delete").click()
    window.tab.get_by_role("dialog", name="Delete to be deleted?").get_by_role("button", name="Delete").click()
    expect(window.heading("Models")).to_be_visible()
    expect(window.link("to be deleted")).to_have_count(0)


def test_the_theme_is_chosen_and_kept(window: Window, told: Place) -> None:
    window.open("/experiments")
    window.button("Theme").click()
    window.tab.get_by_role("menuitem", name="Dark").click()
    expect(window.tab.locator("html")).to_have_attribute("data-theme", "dark")
    window.tab.reload()
    expect(window.tab.locator("html")).to_have_attribute("data-theme", "dark")
