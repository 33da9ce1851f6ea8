"""Models: those that runs logged, as a list and each on its page, and what is done with registered ones."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from flowmill.client import Client
from tests.e2e.test_accessibility import problems
from tests.e2e.test_runs_table import PAYLOAD, new_experiment, new_run
from tests.e2e.window import Window
from tests.story.story import Place


@dataclass(frozen=True)
class Logged:
    """Two models of an experiment; the first one was measured on data, in two runs."""

    window: Window
    experiment: str
    runs: list[str]
    models: list[str]

    def place(self, at: int) -> str:
        return f"/experiments/{self.experiment}/models/{self.models[at]}"


def measure(window: Window, run_id: str, value: float, **about: Any) -> None:
    window.ask("POST", "runs/log-metric", run_id=run_id, key="auc", value=value, timestamp=1, **about)


@pytest.fixture
def logged(window: Window, told: Place, request: pytest.FixtureRequest) -> Logged:
    experiment = new_experiment(window, f"models of {request.node.name}")
    runs = [new_run(window, experiment, name) for name in ("first", PAYLOAD)]
    models: list[str] = []
    for name, run_id, value in (("forest", runs[0], 0.25), ("linear", runs[1], 0.75)):
        model: Any = {"experiment_id": experiment, "name": name, "source_run_id": run_id}
        params = [{"key": "depth", "value": PAYLOAD}]
        model_id: str = window.ask("POST", "logged-models", **model, params=params)["model"]["info"]["model_id"]
        models.append(model_id)
        window.ask("POST", "runs/outputs", run_id=run_id, models=[{"model_id": model_id, "step": 0}])
        data = {"dataset_name": "iris", "dataset_digest": "d1"}
        measure(window, run_id, value, step=0, model_id=model_id, **data)
        Client(window.address).finalize_logged_model(model_id, "READY")
    measure(window, runs[1], 0.123456789012, step=1, model_id=models[0])
    return Logged(window, experiment, runs, models)


def test_logged_models_are_listed_filtered_and_drawn(logged: Logged) -> None:
    window = logged.window
    window.open(f"/experiments/{logged.experiment}")
    window.tab.get_by_role("navigation", name="Views of the experiment").get_by_role("link", name="Models").click()
    table = window.tab.get_by_role("region", name="Table of logged models")
    rows = table.get_by_role("row")
    expect(rows).to_have_count(3)
    expect(rows.filter(has_text="forest")).to_contain_text("first")
    expect(rows.filter(has_text="forest")).to_contain_text("0.12346")
    table.get_by_role("button", name="auc").click()
    expect(rows.nth(1)).to_contain_text("0.75")
    table.get_by_role("button", name="auc").click()
    expect(rows.nth(2)).to_contain_text("0.75")
    assert problems(window) == []
    filter_ = window.tab.get_by_role("searchbox", name="Filter the models")
    filter_.fill("metrics.auc > 0.5")
    filter_.press("Enter")
    expect(rows).to_have_count(2)
    window.tab.get_by_text("Charts", exact=True).last.click()
    card = window.tab.get_by_role("region", name="auc")
    expect(card.get_by_role("listitem")).to_have_count(1)
    assert problems(window) == []
    window.tab.reload()
    expect(card.get_by_role("listitem")).to_have_count(1)
    filter_.fill("metrics.auc >")
    filter_.press("Enter")
    expect(window.tab.get_by_role("alert")).to_contain_text("Could not read the models.")
    filter_.fill("")
    expect(card.get_by_role("listitem")).to_have_count(2)
    assert window.tab.evaluate("window.hit") is None


def test_an_experiment_without_models_says_how_to_log_one(window: Window, told: Place) -> None:
    window.open(f"/experiments/{new_experiment(window, 'no models')}/models")
    expect(window.heading("No run of this experiment has logged a model")).to_be_visible()
    assert "log_model" in window.copied("Copy: Log a model")
    assert problems(window) == []


def test_the_page_of_a_logged_model(logged: Logged) -> None:
    window = logged.window
    window.open(logged.place(0))
    metrics = window.tab.get_by_role("region", name="Table of metrics")
    first = metrics.get_by_role("row").filter(has_text="iris")
    expect(first).to_contain_text("0.25")
    other = metrics.get_by_role("row").filter(has_text=PAYLOAD)
    expect(other).to_contain_text("0.12346")
    other.hover()
    other.get_by_role("button", name="Copy the value of auc").click()
    expect(other.get_by_role("button", name="Copied")).to_be_visible()
    assert window.tab.evaluate("navigator.clipboard.readText()") == "0.123456789012"
    expect(window.row("depth")).to_contain_text(PAYLOAD)
    window.button("Add description").click()
    window.tab.get_by_role("textbox", name="Description").fill(f"For **tables**. {PAYLOAD}")
    window.button("Save").click()
    expect(window.tab.locator("strong", has_text="tables")).to_be_visible()
    window.button("Add tag").click()
    window.tab.get_by_role("textbox", name="Tag name").fill("kind")
    window.tab.get_by_role("textbox", name="Tag value").fill("tree")
    window.button("Save").click()
    expect(window.button("Edit tag kind tree")).to_be_visible()
    window.button("Remove tag kind").click()
    window.button("Undo").click()
    expect(window.button("Edit tag kind tree")).to_be_visible()
    window.button("Actions for the logged model").click()
    window.tab.get_by_role("menuitem", name="Delete").click()
    expect(window.tab.get_by_text("forest was deleted.")).to_be_visible()
    rows = window.tab.get_by_role("region", name="Table of logged models").get_by_role("row")
    expect(rows).to_have_count(2)
    window.button("Undo").last.click()
    expect(rows).to_have_count(3)
    assert window.tab.evaluate("window.hit") is None


def test_a_run_shows_what_was_measured_of_its_models(logged: Logged) -> None:
    window = logged.window
    child = new_run(window, logged.experiment, "below", tags={"mlflow.parentRunId": logged.runs[0]}, losses=[3.0, 0.5])
    window.open(f"/experiments/{logged.experiment}/runs/{logged.runs[0]}")
    models = window.tab.get_by_role("region", name="Logged models", exact=True)
    expect(models.get_by_role("row").filter(has_text="forest")).to_contain_text("0.12346")
    children = window.tab.get_by_role("region", name="Child runs", exact=True)
    expect(children.get_by_role("row").filter(has_text="below")).to_contain_text("0.5")
    assert problems(window) == []
    children.get_by_role("link", name="below").click()
    assert window.tab.url.endswith(child)
    about = window.tab.get_by_role("complementary", name="About the run")
    about.get_by_role("link", name="first").click()
    expect(window.heading("first")).to_be_visible()


def registered(window: Window, name: str, *runs: str, **tags: str) -> None:
    pairs = [{"key": key, "value": value} for key, value in tags.items()]
    window.ask("POST", "registered-models/create", name=name, tags=pairs)
    for run_id in runs:
        window.ask("POST", "model-versions/create", name=name, source=f"runs:/{run_id}/model", run_id=run_id)


def test_models_are_found_by_their_tags_and_put_in_order(logged: Logged) -> None:
    window = logged.window
    registered(window, "tagged a", team="growth")
    registered(window, "tagged b", team=PAYLOAD)
    window.open("/models")
    box = window.tab.get_by_role("searchbox", name="Search models by name")
    window.row("tagged b").get_by_role("button", name="team: ").click()
    expect(window.row("tagged b")).to_be_visible()
    expect(window.row("tagged a")).to_have_count(0)
    expect(box).to_have_value(f"tags.team = '{PAYLOAD}'")
    box.fill("tags.team = 'nobody'")
    expect(window.heading("No model matches")).to_be_visible()
    box.fill("tags.team = ")
    expect(window.tab.get_by_role("alert").or_(window.heading("No model matches")).first).to_be_visible()
    box.fill("tagged")
    window.tab.get_by_role("columnheader", name="Name").get_by_role("button").click()
    names = window.tab.get_by_role("row").get_by_role("rowheader")
    expect(names).to_have_text([re.compile("tagged b"), re.compile("tagged a")])
    assert problems(window) == []
    assert window.tab.evaluate("window.hit") is None


def test_a_version_is_copied_to_another_model(logged: Logged) -> None:
    window = logged.window
    registered(window, "dev", logged.runs[0])
    registered(window, "prod")
    registered(window, "a name that comes first")
    window.ask("PATCH", "model-versions/update", name="dev", version="1", description=f"tried {PAYLOAD}")
    window.ask("POST", "model-versions/set-tag", name="dev", version="1", key="checked", value="yes")
    window.open("/models/dev/versions/1")
    window.button("Copy to another model").click()
    dialog = window.tab.get_by_role("dialog", name="Copy version 1 of dev")
    expect(dialog.get_by_role("radio", name="dev becomes version 2 · used here before")).to_be_visible()
    used = [
        "used here before" in text
        for text in dialog.get_by_role("group", name="Model").locator("label").all_inner_texts()
    ]
    assert used == sorted(used, reverse=True)
    assert not all(used)
    dialog.get_by_role("textbox", name="Search models").fill("prod")
    dialog.get_by_role("radio", name="prod becomes version 1").check()
    assert problems(window) == []
    dialog.get_by_role("button", name="Copy", exact=True).click()
    window.button("Open").click()
    expect(window.tab.get_by_role("link", name="version 1 of dev")).to_be_visible()
    copy: Any = window.ask("GET", "model-versions/get", name="prod", version="1")["model_version"]
    assert copy["run_id"] == logged.runs[0]
    assert copy["description"] == f"tried {PAYLOAD}"
    assert copy["tags"] == [{"key": "checked", "value": "yes"}]
    assert window.tab.evaluate("window.hit") is None


def test_an_alias_is_taken_away_and_moved_back(logged: Logged) -> None:
    window = logged.window
    registered(window, "moving", *logged.runs)
    for version in ("1", "2"):
        window.ask("POST", "registered-models/alias", name="moving", alias="steady", version=version)

    def points_at() -> str:
        return window.ask("GET", "registered-models/alias", name="moving", alias="steady")["model_version"]["version"]

    window.open("/models/moving/versions/2")
    window.button("Remove alias steady").click()
    expect(window.tab.get_by_text("@steady was removed.")).to_be_visible()
    window.button("Undo").click()
    expect(window.button("Remove alias steady")).to_be_visible()
    assert points_at() == "2"

    window.open("/models/moving?tab=history&kind=alias")
    expect(window.tab.get_by_role("combobox", name="Which changes")).to_have_value("alias")
    window.button("Move @steady back to version 1").click()
    expect(window.tab.get_by_text("@steady points at version 1 again.")).to_be_visible()
    assert points_at() == "1"
    assert problems(window) == []
    as_of = window.tab.get_by_role("region", name="As of")
    as_of.get_by_label("Alias").fill("steady")
    as_of.get_by_label("At").fill("2999-01-01T00:00")
    expect(as_of.get_by_role("link", name="version 1")).to_be_visible()
    assert json.dumps("2999-01-01T00:00").strip('"') in window.tab.url.replace("%3A", ":")
    window.tab.reload()
    expect(as_of.get_by_role("link", name="version 1")).to_be_visible()
