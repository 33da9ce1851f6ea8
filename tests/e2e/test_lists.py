"""Lists and what is done where a line stands: tags, columns, groups, data, stages, moves; and the sidebar."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from flowmill.client import Client
from tests.e2e.test_accessibility import problems
from tests.e2e.test_runs_table import PAYLOAD, new_experiment, new_run
from tests.e2e.window import Window
from tests.story.story import Place


@pytest.fixture
def models(window: Window, told: Place, request: pytest.FixtureRequest) -> tuple[str, list[str]]:
    """An experiment with three logged models of two depths: its id, and theirs."""
    experiment = new_experiment(window, f"lists of {request.node.name}")
    made: list[str] = []
    for name, depth, auc in (("shallow", "2", 0.5), ("deep", PAYLOAD, 0.75), ("third", "2", 0.25)):
        run_id = new_run(window, experiment, f"run of {name}")
        fields: Any = {"experiment_id": experiment, "name": name, "source_run_id": run_id}
        params = [{"key": "depth", "value": depth}]
        info = window.ask("POST", "logged-models", **fields, params=params)["model"]["info"]
        made.append(info["model_id"])
        window.ask("POST", "runs/outputs", run_id=run_id, models=[{"model_id": info["model_id"], "step": 0}])
        window.ask("POST", "runs/log-metric", run_id=run_id, key="auc", value=auc, timestamp=1, model_id=made[-1])
        Client(window.address).finalize_logged_model(made[-1], "READY")
    return experiment, made


def test_columns_and_groups_of_logged_models_are_in_the_address(window: Window, models: tuple[str, list[str]]) -> None:
    window.open(f"/experiments/{models[0]}/models")
    table = window.tab.get_by_role("region", name="Table of logged models")
    expect(table.get_by_role("columnheader", name="depth")).to_have_count(0)
    window.button("Columns").click()
    window.tab.get_by_role("checkbox", name="depth 2 values").check()
    window.tab.get_by_role("checkbox", name="Status").uncheck()
    assert problems(window) == []
    window.tab.keyboard.press("Escape")
    expect(table.get_by_role("columnheader", name="depth")).to_be_visible()
    expect(table.get_by_role("columnheader", name="Status")).to_have_count(0)
    window.tab.get_by_role("combobox", name="Group the models").select_option("By depth")
    group = table.get_by_role("row").filter(has_text="mean of 2 models")
    expect(group).to_contain_text("mean 0.375")
    expect(window.tab.get_by_text("3 models in 2 groups")).to_be_visible()
    rows = table.get_by_role("row")
    expect(rows).to_have_count(3)
    table.get_by_role("button", name="Models of depth 2").click()
    expect(rows).to_have_count(5)
    window.tab.reload()
    expect(group).to_contain_text("mean 0.375")
    expect(table.get_by_role("link", name="third", exact=True)).to_be_visible()
    expect(rows).to_have_count(5)
    expect(table.get_by_role("columnheader", name="depth")).to_be_visible()
    assert problems(window) == []
    with window.tab.expect_download() as download:
        window.button("CSV").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert len(lines) == 4
    assert "params.depth" in lines[0]
    assert any(line.startswith(f"deep,{models[1][1]},") and PAYLOAD in line for line in lines)
    window.tab.get_by_text("Charts", exact=True).last.click()
    bars = window.tab.get_by_role("region", name="auc").get_by_role("listitem")
    expect(bars).to_have_count(2)
    expect(bars.filter(has_text="0.375")).to_contain_text("± 0.18")
    assert window.tab.evaluate("window.hit") is None


def test_a_model_is_registered_from_its_line_in_a_list(window: Window, models: tuple[str, list[str]]) -> None:
    window.open(f"/experiments/{models[0]}/models")
    window.button("Actions for deep").click()
    window.tab.get_by_role("menuitem", name="Register").click()
    dialog = window.tab.get_by_role("dialog", name="Register model")
    dialog.get_by_text("New model", exact=True).click()
    dialog.get_by_role("textbox", name="Name of the new model").fill("from a list")
    dialog.get_by_role("button", name="Register").click()
    expect(window.row("deep").get_by_role("link", name="from a list v1")).to_be_visible()
    version = window.ask("GET", "model-versions/get", name="from a list", version="1")["model_version"]
    assert version["source"] == f"models:/{models[1][1]}"
    window.button("Open").click()
    expect(window.heading("Version 1")).to_be_visible()


def test_the_stage_of_a_version_is_shown_and_changed(window: Window, models: tuple[str, list[str]]) -> None:
    name = "staged"
    window.ask("POST", "registered-models/create", name=name)
    for model_id in models[1][:2]:
        window.ask("POST", "model-versions/create", name=name, source=f"models:/{model_id}")
    window.ask("POST", "model-versions/transition-stage", name=name, version="1", stage="Production")
    window.open(f"/models/{name}")
    expect(window.row("Version 1")).to_contain_text("Production")
    window.button("Edit the aliases of version 2").click()
    panel = window.tab.get_by_role("dialog", name="Aliases of version 2")
    panel.get_by_role("button", name="Add alias").click()
    panel.get_by_role("textbox", name="Alias").fill("champion")
    panel.get_by_role("button", name="Add", exact=True).click()
    expect(panel.get_by_role("button", name="Remove alias champion")).to_be_visible()
    assert problems(window) == []
    window.tab.keyboard.press("Escape")
    expect(window.row("Version 2")).to_contain_text("@champion")
    window.link("Version 2").click()
    window.button("Stage None: change it").click()
    window.tab.get_by_role("menuitem", name="Production").click()
    dialog = window.tab.get_by_role("dialog", name=f"Move version 2 of {name} to Production?")
    expect(dialog.get_by_role("switch", name="Archive version 1, now in Production")).to_be_checked()
    assert problems(window) == []
    dialog.get_by_role("button", name="Move").click()
    expect(window.button("Stage Production: change it")).to_be_visible()
    stages = [
        window.ask("GET", "model-versions/get", name=name, version=version)["model_version"]["current_stage"]
        for version in ("1", "2")
    ]
    assert stages == ["Archived", "Production"]


def test_tags_of_an_experiment_are_changed_in_the_list(window: Window, told: Place) -> None:
    name = f"tagged {PAYLOAD}"
    experiment = new_experiment(window, name)
    window.ask("POST", "experiments/set-experiment-tag", experiment_id=experiment, key="team", value="growth")
    window.open("/experiments")
    window.button(f"Edit the tags of {name}").click()
    panel = window.tab.get_by_role("dialog", name=f"Tags of {name}")
    panel.get_by_role("button", name="Edit tag team growth").click()
    panel.get_by_role("textbox", name="Tag value").fill("search")
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_role("button", name="Edit tag team search")).to_be_visible()
    panel.get_by_role("button", name="Add tag").click()
    panel.get_by_role("textbox", name="Tag name").fill("year")
    panel.get_by_role("textbox", name="Tag name").press("Enter")
    expect(panel.get_by_role("button", name="Edit tag year")).to_be_visible()
    assert problems(window) == []
    tags = window.ask("GET", "experiments/get", experiment_id=experiment)["experiment"]["tags"]
    assert {tag["key"]: tag["value"] for tag in tags} == {"team": "search", "year": ""}
    assert window.tab.evaluate("window.hit") is None


def test_the_data_of_a_run_open_from_the_table(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "data in a table")
    run_id = new_run(window, experiment, "learns")
    schema = {"mlflow_colspec": [{"name": "age", "type": "long"}]}
    dataset = {
        "name": "people",
        "digest": "d41d8",
        "source_type": "http",
        "source": json.dumps({"url": "https://example.com/people.csv"}),
        "schema": json.dumps(schema),
        "profile": json.dumps({"num_rows": 150, "num_elements": 150}),
    }
    context = [{"key": "mlflow.data.context", "value": "training"}]
    window.ask("POST", "runs/log-inputs", run_id=run_id, datasets=[{"dataset": dataset, "tags": context}])
    window.open(f"/experiments/{experiment}", cols=["attributes.dataset"])
    window.button("people").click()
    dialog = window.tab.get_by_role("dialog", name="Datasets of learns")
    for said in ("d41d8", "training", "150 rows", "age", "long"):
        expect(dialog).to_contain_text(said)
    expect(dialog.get_by_role("link", name="Open the data")).to_have_attribute("href", "https://example.com/people.csv")
    assert problems(window) == []
    window.tab.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_a_run_says_from_where_it_was_moved_and_goes_back(window: Window, told: Place) -> None:
    here, there = new_experiment(window, f"home {PAYLOAD}"), new_experiment(window, "abroad")
    run_id = new_run(window, here, "wanderer")
    Client(window.address).move_runs([run_id], there)
    window.open(f"/experiments/{there}/runs/{run_id}")
    moves = window.tab.get_by_role("region", name="Changes").get_by_role("listitem")
    expect(moves).to_contain_text([f"Moved from home {PAYLOAD} to abroad"])
    moves.get_by_role("button", name="Move it back").click()
    expect(window.tab.get_by_text("It is as it was before.")).to_be_visible()
    expect(moves).to_contain_text([f"Moved from abroad to home {PAYLOAD}", f"Moved from home {PAYLOAD} to abroad"])
    assert f"/experiments/{here}/runs/{run_id}" in window.tab.url
    assert window.ask("GET", "runs/get", run_id=run_id)["run"]["info"]["experiment_id"] == here
    assert window.tab.evaluate("window.hit") is None


def test_the_sidebar_is_narrowed_and_stays_so(window: Window, told: Place) -> None:
    window.open("/experiments")
    window.button("Narrow the sidebar").click()
    sidebar = window.tab.locator(".sidebar")
    expect(window.button("Widen the sidebar")).to_be_visible()
    width = sidebar.bounding_box()
    assert width is not None
    assert width["width"] < 70
    assert problems(window) == []
    window.tab.reload()
    window.link("Models").click()
    expect(window.heading("Models")).to_be_visible()
    window.button("Widen the sidebar").click()
    expect(window.tab.get_by_text("Flowmill", exact=True)).to_be_visible()
