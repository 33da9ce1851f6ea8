"""The story's clicks: compare two runs, look at one, use its model, register it, name the version."""

from __future__ import annotations

import sys

from playwright.sync_api import expect

from tests.e2e.window import Window
from tests.story.story import Place, run_command, snippet, unregistered

EXPERIMENT = "MLFLOW Quickstart"


def names_of(window: Window, told: Place) -> list[str]:
    """The names of the story's runs, in the order in which they were logged."""
    return [window.ask("GET", "runs/get", run_id=run["run_id"])["run"]["info"]["run_name"] for run in told.runs]


def test_the_address_alone_leads_to_both_runs(window: Window, told: Place) -> None:
    window.open("/")
    window.link(EXPERIMENT).click()
    expect(window.tab.get_by_text("2 runs", exact=True)).to_be_visible()
    grid = window.tab.get_by_role("grid", name="Runs")
    for column in ("Status", "Created", "accuracy", "max_iter", "Model"):
        expect(grid.get_by_role("columnheader", name=column, exact=True)).to_be_visible()
    first, second = (grid.get_by_role("row").filter(has_text=name) for name in names_of(window, told))
    expect(first).to_contain_text("1000")
    expect(first).to_contain_text("tracking-quickstart v1")
    expect(second).to_contain_text("v2")
    expect(second).to_contain_text("Finished")


def test_two_ticked_runs_are_compared(window: Window, told: Place) -> None:
    window.open("/experiments/1")
    for name in names_of(window, told):
        window.tab.get_by_role("checkbox", name=f"Tick {name}").check()
    window.link("Compare").click()
    expect(window.heading("Compare 2 runs")).to_be_visible()

    table = window.tab.get_by_role("region", name="Runs side by side")
    expect(table.get_by_role("row").filter(has_text="max_iter (differs)")).to_be_visible()
    expect(table.get_by_role("row").filter(has_text="accuracy (differs)")).to_be_visible()
    solver = table.get_by_role("row").filter(has_text="solver")
    expect(solver).to_be_visible()
    expect(solver).not_to_contain_text("differs")
    expect(table.get_by_role("row").filter(has_text="Training Info")).to_be_visible()

    for label in ("Parallel coordinates of 2 runs over max_iter, accuracy", "Scatter plot of accuracy over max_iter"):
        picture = window.tab.get_by_role("img", name=label)
        expect(picture).to_be_visible()
        painted = picture.evaluate(
            "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)"
        )
        assert painted is True

    window.tab.get_by_role("switch", name="Only differences").check()
    expect(solver).to_have_count(0)
    assert "differences=true" in window.tab.url


def test_a_comparison_is_an_address(window: Window, told: Place) -> None:
    ids = [run["run_id"] for run in told.runs]
    window.open("/compare-runs", runs=ids, experiments=["1"])
    expect(window.heading("Compare 2 runs")).to_be_visible()
    expect(window.tab.get_by_role("region", name="Runs side by side")).to_contain_text("max_iter")
    window.open("/compare-runs", runs=[*ids, "0" * 32], experiments=["1"])
    expect(window.tab.get_by_role("status").filter(has_text="could not be found")).to_contain_text("0" * 32)


def test_a_run_shows_what_was_logged(window: Window, told: Place) -> None:
    run_id = told.runs[0]["run_id"]
    window.open(f"/experiments/1/runs/{run_id}")
    expect(window.heading(names_of(window, told)[0])).to_be_visible()
    expect(window.row("max_iter")).to_contain_text("1000")
    expect(window.tab.get_by_role("row", name="accuracy 1", exact=False)).to_contain_text("1")
    expect(window.tab.get_by_text("Basic LR model for iris data")).to_be_visible()
    about = window.tab.get_by_role("complementary", name="About the run")
    expect(about).to_contain_text(run_id)
    expect(about).to_contain_text("tracking-quickstart v1")
    assert window.copied("Copy the run ID") == run_id


def test_the_models_files_are_shown(window: Window, told: Place) -> None:
    run_id = told.runs[0]["run_id"]
    window.open(f"/experiments/1/runs/{run_id}")
    window.link("Artifacts").click()
    files = window.tab.get_by_role("navigation", name="Files")
    files.get_by_role("link", name="iris_model").click()
    expect(window.heading("Use the model")).to_be_visible()
    expect(window.heading("Signature")).to_be_visible()
    expect(window.tab.get_by_text("float64 (-1, 4)")).to_be_visible()
    expect(window.tab.get_by_role("region", name="Requirements")).to_contain_text("scikit-learn==")
    expect(window.tab.get_by_role("region", name="Input example")).to_be_visible()
    files.get_by_role("link", name="MLmodel").click()
    expect(window.tab.get_by_role("region", name="MLmodel")).to_contain_text("python_function")
    assert window.tab.url.endswith(f"/experiments/1/runs/{run_id}/artifacts/iris_model/MLmodel")


def test_the_snippets_work_as_pasted(window: Window, told: Place) -> None:
    run_id = told.runs[0]["run_id"]
    window.open(f"/experiments/1/runs/{run_id}/artifacts/iris_model")
    predict = window.copied("Copy: Make predictions")
    assert told.name in predict
    printed = run_command(sys.executable, "-c", predict, folder=told.folder)
    assert printed.returncode == 0, printed.stderr
    assert printed.stdout.count("0") > 10, printed.stdout

    window.tab.get_by_text("mlflow", exact=True).click()
    native = window.copied("Copy: Load the library's own object")
    assert native.startswith("import mlflow\n")
    loaded = run_command(sys.executable, "-c", native, folder=told.folder)
    assert "LogisticRegression" in loaded.stdout, loaded.stderr


def test_the_snippet_for_validation_works_as_pasted(window: Window, told: Place) -> None:
    window.open(f"/experiments/1/models/{told.runs[0]['model_id']}")
    validate = window.copied("Copy: Validate the model")
    assert 'env_manager="uv"' in validate
    done = run_command(sys.executable, "-c", validate, folder=told.folder, seconds=600)
    assert done.returncode == 0, done.stderr
    assert "predictions" in done.stdout, done.stdout


def test_register_makes_version_3_and_the_page_names_it(window: Window, told: Place) -> None:
    third = told.run(snippet("data"), unregistered(snippet("log")), "import json\nprint(json.dumps(model_info.run_id))")
    window.open(f"/experiments/1/runs/{third}")
    window.button("Register model").click()
    dialog = window.tab.get_by_role("dialog", name="Register model")
    dialog.get_by_role("radio", name="tracking-quickstart becomes version 3").check()
    dialog.get_by_role("button", name="Register", exact=True).click()
    expect(window.tab.get_by_text("Registered as version 3 of tracking-quickstart.")).to_be_visible()
    window.button("Open").click()
    expect(window.heading("Version 3")).to_be_visible()

    window.button("Add alias").click()
    window.tab.get_by_role("textbox", name="Alias").fill("champion")
    window.button("Add").click()
    expect(window.tab.get_by_text("@champion", exact=True)).to_be_visible()
    window.button("Add tag").click()
    window.tab.get_by_role("textbox", name="Tag name").fill("stage")
    window.tab.get_by_role("textbox", name="Tag value").fill("tested by hand")
    window.button("Save").click()
    expect(window.tab.get_by_text("tested by hand")).to_be_visible()

    version = window.ask("GET", "model-versions/get", name="tracking-quickstart", version="3")["model_version"]
    assert version["run_id"] == third
    assert version["aliases"] == ["champion"]
    assert {"key": "stage", "value": "tested by hand"} in version["tags"]
    loaded = told.run(
        'import json\nmodel = mlflow.sklearn.load_model("models:/tracking-quickstart@champion")\n'
        "print(json.dumps(type(model).__name__))"
    )
    assert loaded == "LogisticRegression"

    window.open("/models/tracking-quickstart/versions/1")
    window.button("Add alias").click()
    window.tab.get_by_role("textbox", name="Alias").fill("champion")
    window.button("Move from version 3").click()
    expect(window.tab.get_by_text("@champion moved here from version 3.")).to_be_visible()
    moved = window.ask("GET", "registered-models/alias", name="tracking-quickstart", alias="champion")
    assert moved["model_version"]["version"] == "1"


def test_a_model_can_be_registered_under_a_new_name(window: Window, told: Place) -> None:
    window.open(f"/experiments/1/models/{told.runs[1]['model_id']}")
    window.button("Register model").click()
    dialog = window.tab.get_by_role("dialog", name="Register model")
    dialog.get_by_text("New model", exact=True).click()
    dialog.get_by_role("textbox", name="Name of the new model").fill("iris by hand")
    dialog.get_by_role("button", name="Register", exact=True).click()
    expect(dialog).to_be_hidden()
    version = window.ask("GET", "model-versions/get", name="iris by hand", version="1")["model_version"]
    assert version["model_id"] == told.runs[1]["model_id"]
    window.open("/models")
    window.link("iris by hand").click()
    expect(window.heading("iris by hand")).to_be_visible()
    window.link("Version 1").click()
    expect(window.heading("Version 1")).to_be_visible()
