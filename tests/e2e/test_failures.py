"""A failed request says so, keeps what was shown, and can be tried again."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.window import Window
from tests.story.story import Place

ROWS = re.compile(r"/api/flowmill/1/runs/rows")


def test_runs_that_cannot_be_read_are_no_empty_experiment(window: Window, told: Place) -> None:
    window.tab.route(ROWS, lambda route: route.abort())
    window.open("/experiments/1")
    problem = window.tab.get_by_role("alert").filter(has_text="Could not read the runs")
    expect(problem).to_contain_text("did not answer")
    expect(window.tab.get_by_text("No run yet")).to_have_count(0)
    window.link("Charts").click()
    expect(window.tab.get_by_role("status", name="Loading")).to_have_count(0)
    expect(problem).to_be_visible()
    expect(window.tab.get_by_text("No run yet")).to_have_count(0)
    window.link("Runs").click()
    window.tab.unroute(ROWS)
    window.button("Retry").click()
    expect(window.tab.get_by_text("2 runs", exact=True)).to_be_visible()
    expect(problem).to_have_count(0)


def test_times_that_no_calendar_has_are_numbers_and_break_no_page(window: Window, told: Place) -> None:
    experiment = window.ask("POST", "experiments/create", name="in nanoseconds")["experiment_id"]
    start = 1_795_000_000_000_000_000
    ids: list[str] = []
    for name, first in (("wrong", start), ("right", start // 1_000_000)):
        run = window.ask("POST", "runs/create", experiment_id=experiment, run_name=name, start_time=first)
        ids.append(run["run"]["info"]["run_id"])
        for step in range(3):
            point = {"key": "loss", "value": step, "timestamp": first + step, "step": step}
            window.ask("POST", "runs/log-metric", run_id=ids[-1], **point)
        window.ask("POST", "runs/update", run_id=ids[-1], status="FINISHED", end_time=first + 9)
    window.open(f"/experiments/{experiment}")
    expect(window.tab.get_by_role("grid", name="Runs").get_by_role("row")).to_have_count(3)
    for axis in ("time", "relative"):
        window.open(f"/experiments/{experiment}", tab="charts", axis=axis)
        expect(window.tab.get_by_role("img", name="Line chart of loss")).to_be_visible()
    window.open(f"/experiments/{experiment}/runs/{ids[0]}")
    expect(window.tab.get_by_role("complementary", name="About the run")).to_contain_text(str(start))
    window.open("/compare-runs", runs=ids, experiments=[experiment])
    expect(window.tab.get_by_role("table").first).to_contain_text("wrong")


def test_a_later_failure_keeps_the_rows(window: Window, told: Place) -> None:
    window.open("/experiments/1")
    expect(window.tab.get_by_text("2 runs", exact=True)).to_be_visible()
    window.tab.route(ROWS, lambda route: route.abort())
    window.tab.get_by_role("columnheader", name="accuracy").get_by_role("button").first.click()
    expect(window.tab.get_by_role("alert").filter(has_text="Could not read the runs")).to_be_visible()
    expect(window.tab.get_by_role("grid", name="Runs").get_by_role("row")).to_have_count(3)


def test_a_refused_filter_is_explained_beneath_it_and_does_not_stick(window: Window, told: Place) -> None:
    window.open("/experiments/1")
    expect(window.tab.get_by_text("2 runs", exact=True)).to_be_visible()
    box = window.tab.get_by_role("combobox", name="Filter runs")
    box.fill("metrics.accuracy >>> what")
    box.press("Enter")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(window.tab.get_by_role("alert")).not_to_be_empty()
    expect(window.tab.get_by_role("grid", name="Runs").get_by_role("row")).to_have_count(3)
    window.open("/experiments/1")
    expect(box).to_have_value("")
    expect(window.tab.get_by_text("2 runs", exact=True)).to_be_visible()


def test_a_filter_that_nothing_matches_says_so(window: Window, told: Place) -> None:
    window.open("/experiments/1", searchFilter="metrics.accuracy > 7")
    expect(window.heading("No run matches the filter")).to_be_visible()
    window.button("Clear the filter").last.click()
    expect(window.tab.get_by_text("2 runs", exact=True)).to_be_visible()


def test_what_is_not_there_is_named(window: Window, told: Place) -> None:
    for place, text in (
        ("/experiments/424242", "No experiment 424242"),
        (f"/experiments/1/runs/{'f' * 32}", f"No run {'f' * 32}"),
        (f"/experiments/1/models/m-{'f' * 32}", f"No logged model m-{'f' * 32}"),
        ("/models/nobody", "No model nobody"),
        ("/models/tracking-quickstart/versions/99", "No model version tracking-quickstart 99"),
        ("/somewhere/else", "No page /somewhere/else"),
    ):
        window.open(place)
        expect(window.heading(text)).to_be_visible()
        expect(window.link("Go to the experiments")).to_be_visible()


def test_parts_of_mlflows_page_that_are_not_here_lead_to_the_runs(window: Window, told: Place) -> None:
    for place, text in (
        ("/experiments/1/traces", "Traces are not here yet"),
        ("/experiments/1/judges", "Judges are not here yet"),
        ("/experiments/1/chat-sessions/some", "Sessions are not here yet"),
        ("/experiments/1/prompts", "Prompts are not here yet"),
    ):
        window.open(place)
        expect(window.heading(text)).to_be_visible()
    window.link("Go to the runs of MLFLOW Quickstart").click()
    expect(window.tab.get_by_text("2 runs", exact=True)).to_be_visible()
    window.open("/prompts/greeting")
    expect(window.heading("Prompts are not here yet")).to_be_visible()
    expect(window.link("Go to the experiments")).to_be_visible()
    window.open("/experiments/424242/traces")
    expect(window.heading("No experiment 424242")).to_be_visible()


def test_a_part_of_a_page_that_cannot_be_read_says_so(window: Window, told: Place) -> None:
    run = told.runs[0]
    parts = re.compile(r"runs/rows|logged-models/m-[0-9a-f]+$")
    window.tab.route(parts, lambda route: route.abort())
    window.open(f"/experiments/1/runs/{run['run_id']}")
    about = window.tab.get_by_role("complementary", name="About the run")
    expect(about.get_by_role("alert")).to_have_text(["could not be read Retry"])
    problem = window.tab.get_by_role("alert").filter(has_text="Could not read the models of the run.")
    expect(problem).to_be_visible()
    window.open("/models/tracking-quickstart/versions/1")
    unmeasured = window.tab.get_by_role("alert").filter(has_text="Could not read what was measured of the model.")
    expect(unmeasured).to_be_visible()
    window.tab.unroute(parts)
    unmeasured.get_by_role("button", name="Retry").click()
    expect(window.tab.get_by_role("region", name="Table of parameters")).to_be_visible()
    window.open(f"/experiments/1/runs/{run['run_id']}")
    expect(about.get_by_role("link", name="tracking-quickstart v1")).to_be_visible()
    expect(about.get_by_role("alert")).to_have_count(0)


def test_a_file_that_is_not_there_is_named(window: Window, told: Place) -> None:
    run_id = told.runs[0]["run_id"]
    window.open(f"/experiments/1/runs/{run_id}/artifacts/iris_model/nothing.txt")
    expect(window.heading("There is no file nothing.txt")).to_be_visible()


def test_a_change_that_fails_stays_in_its_dialog(window: Window, told: Place) -> None:
    window.open("/experiments")
    window.button("New experiment").click()
    dialog = window.tab.get_by_role("dialog", name="New experiment")
    dialog.get_by_role("textbox", name="Name").fill("MLFLOW Quickstart")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_role("alert")).to_contain_text("MLFLOW Quickstart")
    expect(dialog.get_by_role("textbox", name="Name")).to_have_value("MLFLOW Quickstart")


def test_parts_of_a_page_that_cannot_be_read_say_so_and_are_tried_again(window: Window, told: Place) -> None:
    run, model = told.runs[0]["run_id"], told.runs[0]["model_id"]
    in_run = f"/experiments/1/runs/{run}"
    for place, asked, what in (
        (in_run, "runs/ranks", "Could not read the ranks"),
        (f"{in_run}/artifacts/iris_model/MLmodel", "artifacts/files", "Could not read MLmodel"),
        ("/experiments/1/models", "logged-models/search", "Could not read the models"),
        (f"/experiments/1/models/{model}", f"logged-models/{model}", f"Could not read the logged model {model}"),
        ("/models", "registered-models/search", "Could not read the models"),
        ("/models/tracking-quickstart", "model-versions/search", "Could not read the versions"),
        ("/models/tracking-quickstart?tab=history", "registered-models/history", "Could not read the history"),
    ):
        refused = re.compile(re.escape(asked))
        window.tab.route(refused, lambda route: route.abort())
        window.open(place)
        problem = window.tab.get_by_role("alert").filter(has_text=what)
        expect(problem).to_be_visible()
        window.tab.unroute(refused)
        problem.get_by_role("button", name="Retry").click()
        expect(problem).to_have_count(0)
