"""Everything that the story needs, without a mouse."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.window import Window
from tests.story.story import Place


def test_runs_are_ticked_and_compared_with_the_keyboard(window: Window, told: Place) -> None:
    keyboard = window.tab.keyboard
    window.open("/experiments/1")
    expect(window.tab.get_by_text("2 runs", exact=True)).to_be_visible()
    first = window.tab.get_by_role("grid", name="Runs").get_by_role("row").nth(1)
    first.focus()
    keyboard.press("Space")
    expect(first).to_have_attribute("aria-selected", "true")
    keyboard.press("ArrowDown")
    keyboard.press("Space")
    expect(window.tab.get_by_text("2 runs, 2 ticked")).to_be_visible()
    keyboard.press("c")
    expect(window.heading("Compare 2 runs")).to_be_visible()


def test_shift_ticks_while_moving_and_enter_opens(window: Window, told: Place) -> None:
    keyboard = window.tab.keyboard
    window.open("/experiments/1")
    rows = window.tab.get_by_role("grid", name="Runs").get_by_role("row")
    rows.nth(1).focus()
    keyboard.press("Shift+ArrowDown")
    expect(window.tab.get_by_text("2 runs, 2 ticked")).to_be_visible()
    expect(rows.nth(2)).to_be_focused()
    keyboard.press("Escape")
    expect(window.tab.get_by_text("2 runs", exact=True)).to_be_visible()
    keyboard.press("Enter")
    expect(window.tab.get_by_role("complementary", name="About the run")).to_be_visible()


def test_the_palette_goes_anywhere(window: Window, told: Place) -> None:
    keyboard = window.tab.keyboard
    window.open("/experiments")
    expect(window.link("MLFLOW Quickstart")).to_be_visible()
    keyboard.press("Control+k")
    search = window.tab.get_by_role("combobox", name="Search experiments, runs, models and actions")
    search.fill("tracking")
    expect(window.tab.get_by_role("option", name="tracking-quickstart")).to_be_visible()
    keyboard.press("Enter")
    expect(window.heading("tracking-quickstart")).to_be_visible()

    run = window.ask("GET", "runs/get", run_id=told.runs[0]["run_id"])["run"]["info"]["run_name"]
    keyboard.press("Control+k")
    search.fill(run)
    expect(window.tab.get_by_role("option", name=run)).to_be_visible()
    keyboard.press("Enter")
    expect(window.heading(run)).to_be_visible()


def test_keys_are_listed_and_lead_where_they_say(window: Window, told: Place) -> None:
    keyboard = window.tab.keyboard
    window.open("/experiments/1")
    expect(window.tab.get_by_text("2 runs", exact=True)).to_be_visible()
    keyboard.press("?")
    expect(window.tab.get_by_role("dialog", name="Keyboard")).to_be_visible()
    keyboard.press("Escape")
    keyboard.press("/")
    expect(window.tab.get_by_role("combobox", name="Filter runs")).to_be_focused()
    keyboard.press("Escape")
    window.tab.get_by_role("combobox", name="Filter runs").blur()
    keyboard.press("g")
    keyboard.press("m")
    expect(window.heading("Models")).to_be_visible()


def test_the_filter_completes_keys_and_enter_searches(window: Window, told: Place) -> None:
    window.open("/experiments/1")
    box = window.tab.get_by_role("combobox", name="Filter runs")
    box.click()
    box.press_sequentially("accur")
    expect(window.tab.get_by_role("option", name="metrics.accuracy")).to_be_visible()
    box.press("Tab")
    expect(box).to_have_value("metrics.accuracy ")
    box.press_sequentially("> 0.99")
    box.press("Enter")
    expect(window.tab.get_by_text("1 run", exact=True)).to_be_visible()
    assert "searchFilter=metrics.accuracy" in window.tab.url
    window.button("Clear the filter").click()
    expect(window.tab.get_by_text("2 runs", exact=True)).to_be_visible()


def test_a_dialog_keeps_the_focus_and_gives_it_back(window: Window, told: Place) -> None:
    window.open("/experiments")
    button = window.button("New experiment")
    button.focus()
    window.tab.keyboard.press("Enter")
    dialog = window.tab.get_by_role("dialog", name="New experiment")
    expect(dialog.get_by_role("textbox", name="Name")).to_be_focused()
    for _ in range(6):
        window.tab.keyboard.press("Tab")
        assert dialog.evaluate("dialog => dialog.contains(document.activeElement)")
    window.tab.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()


def test_a_run_its_files_and_a_model_are_gone_through_with_the_keyboard(window: Window, told: Place) -> None:
    keyboard = window.tab.keyboard
    run_id = told.runs[0]["run_id"]
    window.open(f"/experiments/1/runs/{run_id}")
    window.link("Artifacts").focus()
    keyboard.press("Enter")
    files = window.tab.get_by_role("navigation", name="Files")
    files.get_by_role("link", name="iris_model").focus()
    keyboard.press("ArrowRight")
    expect(files.get_by_role("link", name="MLmodel")).to_be_visible()
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    expect(window.link("Next file")).to_be_visible()
    window.link("Next file").focus()
    keyboard.press("Enter")
    expect(window.link("Previous file")).to_be_visible()

    window.open("/models/tracking-quickstart/versions/1")
    window.button("Copy to another model").focus()
    keyboard.press("Enter")
    dialog = window.tab.get_by_role("dialog", name="Copy version 1 of tracking-quickstart")
    expect(dialog.get_by_role("textbox", name="Search models")).to_be_focused()
    expect(dialog.get_by_role("radio").first).to_be_visible()  # before that, Tab leads to the buttons
    keyboard.press("Tab")
    keyboard.press("Space")
    expect(dialog.get_by_role("radio").first).to_be_checked()
    keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(window.button("Copy to another model")).to_be_focused()
    window.open("/experiments/1/models")
    window.tab.get_by_role("searchbox", name="Filter the models").focus()
    keyboard.type("name = 'nobody'")
    keyboard.press("Enter")
    expect(window.heading("No model matches")).to_be_visible()
    keyboard.press("Escape")
    expect(window.tab.get_by_role("region", name="Table of logged models")).to_be_visible()
