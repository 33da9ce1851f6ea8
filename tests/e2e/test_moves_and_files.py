"""Runs that are moved, experiments that are looked at together, and files of runs beside one another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Request, expect

from flowmill import MlflowClient
from flowmill.entities import Dataset, DatasetInput, InputTag, LoggedModelOutput
from tests.e2e.conftest import new_context
from tests.e2e.test_accessibility import problems
from tests.e2e.test_runs_table import new_experiment, new_run, table
from tests.e2e.window import Window
from tests.story.story import Place

PAYLOAD = "<img src=x onerror=window.hit=1>"


def home_of(window: Window, run_id: str) -> str:
    return str(window.ask("GET", "runs/get", run_id=run_id)["run"]["info"]["experiment_id"])


def test_ticked_runs_are_moved_and_the_move_is_undone(window: Window, told: Place) -> None:
    old, new = new_experiment(window, "moved from"), new_experiment(window, f"moved to {PAYLOAD}")
    one, two = new_run(window, old, "one", losses=[1.0]), new_run(window, old, "two")
    child = new_run(window, old, "child", tags={"mlflow.parentRunId": one})
    new_run(window, old, "stays")
    window.open(f"/experiments/{old}", runs=[one, two])
    window.button("Move").click()
    dialog = window.tab.get_by_role("dialog", name="Move 2 runs")
    expect(dialog.get_by_role("button", name="Move")).to_be_disabled()
    dialog.get_by_label("To the experiment").fill("moved ")
    expect(dialog.get_by_role("radio", name="moved from")).to_have_count(0)
    # With the keyboard alone: from the search to the one that is found, which Enter confirms.
    window.tab.keyboard.press("Tab")
    window.tab.keyboard.press("Space")
    window.tab.keyboard.press("Enter")
    expect(window.tab.get_by_text(f"3 runs moved to moved to {PAYLOAD}.")).to_be_visible()
    expect(window.tab.get_by_text("1 run", exact=True)).to_be_visible()
    assert [home_of(window, each) for each in (one, two, child)] == [new] * 3
    # A link from before leads to the run.
    link = window.tab.context.new_page()
    link.goto(f"{told.name}/#/experiments/{old}/runs/{one}")
    expect(link.get_by_role("heading", name="one", exact=True)).to_be_visible()
    link.close()
    window.button("Undo").click()
    expect(window.tab.get_by_text("4 runs", exact=True)).to_be_visible()
    assert [home_of(window, each) for each in (one, two, child)] == [old] * 3
    assert window.tab.evaluate("window.hit") is None


def test_a_move_that_fails_says_so_and_can_be_tried_again(window: Window) -> None:
    old, new = new_experiment(window, "fails from"), new_experiment(window, "fails to")
    run_id = new_run(window, old, "one")
    window.open(f"/experiments/{old}", runs=[run_id])
    window.button("Move").click()
    dialog = window.tab.get_by_role("dialog", name="Move 1 run")
    dialog.get_by_label("To the experiment").fill("fails to")
    dialog.get_by_role("radio", name="fails to").check()
    window.ask("POST", "experiments/delete", experiment_id=new)
    dialog.get_by_role("button", name="Move").click()
    expect(dialog.get_by_role("alert")).to_contain_text("is deleted; restore it first")
    window.ask("POST", "experiments/restore", experiment_id=new)
    dialog.get_by_role("button", name="Move").click()
    expect(dialog).to_have_count(0)
    assert home_of(window, run_id) == new


def test_runs_of_several_experiments_are_one_table(window: Window) -> None:
    ids = [new_experiment(window, f"together {name}") for name in "ab"]
    for at, experiment in enumerate(ids):
        new_run(window, experiment, f"run of {at}", params={"lr": str(at)}, losses=[float(at)])
    window.open("/experiments", q="together")
    for name in "ab":
        window.tab.get_by_role("checkbox", name=f"Tick together {name}").check()
    window.link("Compare runs").click()
    expect(window.heading("Runs of 2 experiments")).to_be_visible()
    for at, name in enumerate("ab"):
        expect(table(window).get_by_role("row").filter(has_text=f"run of {at}")).to_contain_text(f"together {name}")
    window.tab.get_by_label("Filter runs").fill("metrics.loss > 0.5")
    window.tab.keyboard.press("Enter")
    expect(window.tab.get_by_text("1 run", exact=True)).to_be_visible()
    window.tab.go_back()
    expect(window.tab.get_by_text("2 runs", exact=True)).to_be_visible()
    window.tab.get_by_role("navigation", name="Views of the experiments").get_by_role("link", name="Charts").click()
    expect(window.tab.locator(".chart-title").get_by_text("loss", exact=True)).to_be_visible()


def test_an_address_without_experiments_says_what_to_do(window: Window) -> None:
    window.open("/compare-experiments/s")
    expect(window.tab.get_by_text("Tick two or more experiments in the list")).to_be_visible()


def test_experiments_are_sorted_by_a_column(window: Window) -> None:
    for name in ("b", "a", "c"):
        new_experiment(window, f"sorted {name}")
    window.open("/experiments", q="sorted ")

    shown = window.tab.get_by_role("rowheader").get_by_role("link")

    def names() -> list[str]:
        return shown.all_inner_texts()

    window.tab.get_by_role("button", name="Name", exact=True).click()
    expect(window.tab.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "ascending")
    expect(shown.first).to_have_text("sorted a")
    assert names() == ["sorted a", "sorted b", "sorted c"]
    window.tab.get_by_role("button", name="Created").click()
    expect(shown.first).to_have_text("sorted c")
    window.tab.reload()
    expect(shown.first).to_have_text("sorted c")
    assert names() == ["sorted c", "sorted a", "sorted b"]


@pytest.fixture(scope="module")
def filed(told: Place) -> tuple[str, list[str]]:
    """Three runs with code, settings, a table and pictures that differ: their experiment and their ids."""
    import numpy

    window = Window(None, told.name)  # pyright: ignore[reportArgumentType] -- only its REST API is used
    client = MlflowClient(told.name)
    experiment = new_experiment(window, "files to compare")
    tags = {"mlflow.source.git.commit": "0a1b2c3d4e5f"}
    ids = [new_run(window, experiment, f"file {at}", tags=tags, losses=[1.0, 0.5 + at]) for at in range(3)]
    for at, run_id in enumerate(ids):
        code = ["import torch", *(f"x{line} = {line}" for line in range(20)), f"width = {at}", f"# {PAYLOAD}"]
        client.log_text(run_id, "\n".join(code), "source/train.py")
        client.log_text(run_id, json.dumps({"lr": at, "layers": [1, 2]}), "config.json")
        client.log_table(run_id, {"prompt": ["a", "b"], "answer": [str(at), PAYLOAD]}, "answers.json")
        pixels: Any = numpy.full((8, 8, 3), 40 * at, dtype=numpy.uint8)
        client.log_image(run_id, pixels, "picture.png")
        client.log_image(run_id, pixels, key="sample", step=1, synchronous=True)
    client.log_text(ids[0], "alone", "alone.txt")
    return experiment, ids


def test_code_is_compared_line_by_line(window: Window, filed: tuple[str, list[str]]) -> None:
    experiment, ids = filed
    window.open("/compare-runs", runs=ids, experiments=[experiment])
    window.link("Files").click()
    files = window.tab.get_by_role("navigation", name="Files of the runs")
    expect(files.get_by_role("button", name="alone.txt")).to_contain_text("1 of 3")
    files.get_by_role("button", name="source").click()
    files.get_by_role("button", name="train.py").click()
    expect(window.tab.get_by_text("Both on commit 0a1b2c3d4e")).to_be_visible()
    lines = window.tab.get_by_role("region", name="source/train.py").get_by_role("row")
    expect(lines.filter(has_text="width =")).to_contain_text("width = 0")
    expect(lines.filter(has_text="width =")).to_contain_text("width = 1")
    expect(lines.filter(has_text="import torch")).to_have_count(0)
    window.tab.get_by_label("Right").select_option(label="file 2")
    expect(lines.filter(has_text="width =")).to_contain_text("width = 2")
    window.tab.reload()
    expect(lines.filter(has_text="width =")).to_contain_text("width = 2")
    files.get_by_role("button", name="all files").click()
    files.get_by_role("button", name="config.json").click()
    expect(
        window.tab.get_by_role("region", name="config.json").get_by_role("row").filter(has_text='"lr"')
    ).to_contain_text('"lr": 2')
    files.get_by_role("button", name="alone.txt").click()
    expect(window.tab.get_by_text("Only file 0 has this file.")).to_be_visible()
    assert window.tab.evaluate("window.hit") is None


def test_data_code_and_environments_are_compared(window: Window, told: Place, tmp_path: Path) -> None:
    client = MlflowClient(told.name)
    experiment = new_experiment(window, "environments to compare")
    ids: list[str] = []
    for name, version, digest in (("old", "1.5.0", "d1"), ("new", "1.6.0", "d2")):
        run_id = new_run(window, experiment, name, tags={"mlflow.source.git.commit": f"{name}0a1b2c3d4e5f"})
        data = DatasetInput(Dataset("rows", digest, "local", "{}"), [InputTag("mlflow.data.context", "training")])
        client.log_inputs(run_id, [data])
        model = client.create_logged_model(experiment, "net", run_id).model_id
        (tmp_path / "requirements.txt").write_text(f"scikit-learn=={version}\nnumpy==2.0 # {PAYLOAD}\n")
        (tmp_path / "python_env.yaml").write_text("python: 3.11.9\n")
        client.log_model_artifacts(model, tmp_path)
        client.finalize_logged_model(model, "READY")
        client.log_outputs(run_id, [LoggedModelOutput(model, 0)])
        ids.append(run_id)
    assert client.flush()  # an output is delivered in the background
    window.open("/compare-runs", runs=ids, experiments=[experiment], tab="table")
    side_by_side = window.tab.get_by_role("region", name="Runs side by side")
    expect(side_by_side.get_by_role("row", name="scikit-learn (differs) 1.5.0 1.6.0")).to_be_visible()
    expect(side_by_side.get_by_role("row", name="training (differs) rows (d1) rows (d2)")).to_be_visible()
    expect(side_by_side.get_by_role("row", name="Python 3.11.9 3.11.9")).to_be_visible()
    window.tab.get_by_role("switch", name="Only differences").check()
    assert side_by_side.locator("th[scope=row]").all_inner_texts() == [
        f"{key}\n(differs)" for key in ("training", "Commit", "scikit-learn")
    ]
    side_by_side.get_by_role("link", name="Commit").click()
    files = window.tab.get_by_role("navigation", name="Files of the runs")
    files.get_by_role("button", name="all files").click()
    files.get_by_role("button", name="net").click()
    files.get_by_role("button", name="requirements.txt").click()
    lines = window.tab.get_by_role("region", name="net/requirements.txt").get_by_role("row")
    expect(lines.filter(has_text="scikit-learn")).to_contain_text("1.5.0")
    expect(lines.filter(has_text="scikit-learn")).to_contain_text("1.6.0")
    assert window.tab.evaluate("window.hit") is None


def test_tables_of_runs_are_one(window: Window, filed: tuple[str, list[str]]) -> None:
    experiment, ids = filed
    window.open("/compare-runs", runs=ids, experiments=[experiment], tab="files", file="answers.json")
    joined = window.tab.get_by_role("region", name="Tables side by side")
    expect(joined.get_by_role("row")).to_have_count(3)
    assert joined.get_by_role("columnheader").all_inner_texts() == ["prompt", *(f"answer file {at}" for at in range(3))]
    assert joined.get_by_role("row").nth(1).get_by_role("cell").all_inner_texts() == ["a", "0", "1", "2"]
    window.button("Show only those").click()
    expect(joined.get_by_role("row")).to_have_count(2)
    assert window.tab.evaluate("window.hit") is None


@pytest.mark.parametrize("search", [{"tab": "files", "file": "picture.png"}, {"tab": "images"}])
def test_pictures_are_laid_over_one_another(
    window: Window, filed: tuple[str, list[str]], search: dict[str, str]
) -> None:
    experiment, ids = filed
    window.open("/compare-runs", runs=ids, experiments=[experiment], **search)
    expect(window.tab.get_by_role("figure")).to_have_count(3)
    window.tab.get_by_text("Swipe", exact=True).click()
    pairs = window.tab.locator(".image-pair")
    expect(pairs).to_have_count(2)
    expect(pairs.first.get_by_role("img")).to_have_count(2)
    pairs.first.hover(position={"x": 2, "y": 10})
    expect(window.tab.get_by_role("slider", name="Edge")).not_to_have_value("0.5")
    window.tab.get_by_role("slider", name="Edge").focus()
    window.tab.keyboard.press("End")
    expect(window.tab.get_by_role("slider", name="Edge")).to_have_value("1")
    window.tab.get_by_text("Difference", exact=True).click()
    window.tab.get_by_label("Over").select_option(label="file 2")
    window.tab.reload()
    expect(pairs).to_have_count(2)
    expect(pairs.first.get_by_role("img").first).to_have_attribute(
        "alt", "picture.png of file 2" if "file" in search else "sample of file 2 at step 1"
    )
    assert pairs.first.locator(".image-above").evaluate("each => getComputedStyle(each).mixBlendMode") == "difference"


def test_hidden_branches_are_drawn_faintly_on_wish(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "hidden branches")
    run_id = new_run(window, experiment, "taken up", losses=[1.0, 0.9, 0.8, 0.7])
    client = MlflowClient(told.name)
    client.update_run(run_id, status="RUNNING")
    assert client.rewind_run(run_id, 1) is not None
    for step in (2, 3):
        client.log_metric(run_id, "loss", 0.5, step=step)
    client.flush()
    client.set_terminated(run_id)
    asked: list[bool] = []

    def note(request: Request) -> None:
        if request.url.endswith("metrics/series"):
            asked.append('"hidden"' in (request.post_data or ""))

    window.tab.on("request", note)
    window.open(f"/experiments/{experiment}", tab="charts")
    chart = window.tab.get_by_role("img", name="Line chart of loss")
    expect(chart).to_have_accessible_name("Line chart of loss: taken up ends at 0.5")
    window.button("More").click()
    window.tab.get_by_role("switch", name="Hidden branches").check()
    expect(chart).to_have_accessible_name("Line chart of loss: taken up ends at 0.5, taken up, hidden ends at 0.7")
    assert asked == [False, True]
    window.tab.keyboard.press("Escape")
    window.tab.reload()
    expect(chart).to_have_accessible_name("Line chart of loss: taken up ends at 0.5, taken up, hidden ends at 0.7")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_none_of_it_has_a_violation(browser: Browser, told: Place, filed: tuple[str, list[str]], scheme: str) -> None:
    experiment, ids = filed
    context = new_context(browser, color_scheme=scheme, reduced_motion="reduce")
    window = Window(context.new_page(), told.name)
    compare: dict[str, Any] = {"runs": ids, "experiments": [experiment]}
    found: dict[str, list[str]] = {}
    for name, search in {
        "files": {"tab": "files"},
        "lines": {"tab": "files", "dir": "source", "file": "source/train.py"},
        "table": {"tab": "files", "file": "answers.json"},
        "swipe": {"tab": "files", "file": "picture.png", "overlay": "swipe"},
        "difference": {"tab": "images", "overlay": "difference"},
        **{tab: {"tab": tab} for tab in ("table", "scatter", "box", "contour", "parallel")},
    }.items():
        window.open("/compare-runs", **compare, **search)
        expect(window.heading("Compare 3 runs")).to_be_visible()
        found[name] = problems(window)
    window.open("/compare-experiments/s", experiments=[experiment, "1"])
    expect(table(window)).to_be_visible()
    found["several"] = problems(window)
    window.open(f"/experiments/{experiment}", runs=ids)
    window.button("Move").click()
    expect(window.tab.get_by_role("dialog").get_by_role("radio").first).to_be_attached()
    found["move"] = problems(window)
    window.tab.keyboard.press("Escape")
    for popover in ("Group", "Views"):
        window.button(popover).click()
        expect(window.tab.get_by_role("dialog", name=popover)).to_be_visible()
        found[popover] = problems(window)
        window.tab.keyboard.press("Escape")
    window.open(f"/experiments/{experiment}", tab="charts")
    window.button("More").click()
    found["more"] = problems(window)
    context.close()
    assert {name: said for name, said in found.items() if said} == {}


def test_a_phone_shows_it_all(browser: Browser, told: Place, filed: tuple[str, list[str]], tmp_path: Path) -> None:
    experiment, ids = filed
    context = new_context(browser)
    window = Window(context.new_page(), told.name)
    window.tab.set_viewport_size({"width": 360, "height": 760})
    for search in ({"tab": "files", "dir": "source", "file": "source/train.py"}, {"tab": "images", "overlay": "swipe"}):
        window.open("/compare-runs", runs=ids, experiments=[experiment], **search)
        expect(window.heading("Compare 3 runs")).to_be_visible()
        assert window.tab.evaluate("document.documentElement.scrollWidth") <= 360
    window.open(f"/experiments/{experiment}", runs=ids)
    # Words go, names stay.
    expect(window.button("Move")).to_be_visible()
    width = window.button("Move").bounding_box()
    assert width is not None and width["width"] < 60
    assert window.tab.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_of_many_columns_only_those_in_view_are_drawn(window: Window) -> None:
    experiment = new_experiment(window, "many columns")
    keys = [f"p{number:03}" for number in range(120)]
    new_run(window, experiment, "wide", params={key: key.upper() for key in (*keys[:10], *keys[30:])})
    columns = [f"params.{key}" for key in keys]
    window.open(f"/experiments/{experiment}", cols=columns, pinned=["params.p090"])
    grid = table(window)
    row = grid.get_by_role("row").filter(has_text="wide")
    expect(row.get_by_role("gridcell").filter(has_text="P000")).to_have_attribute("aria-colindex", "4")
    expect(row.get_by_role("gridcell").filter(has_text="P090")).to_have_attribute("aria-colindex", "3")
    expect(grid).to_have_attribute("aria-colcount", "122")
    assert row.get_by_role("gridcell").count() < 40
    grid.evaluate("grid => grid.scrollLeft = grid.scrollWidth")
    last = grid.get_by_role("columnheader", name="p119")
    expect(last).to_be_in_viewport()
    expect(last).to_have_attribute("aria-colindex", "122")
    expect(row.get_by_role("gridcell").filter(has_text="P000")).to_have_count(0)
    expect(row.get_by_role("gridcell").filter(has_text="P090")).to_be_in_viewport()
    # The head of a column stands over its values.
    head, cell = grid.get_by_role("columnheader", name="p118").bounding_box(), row.get_by_text("P118").bounding_box()
    assert head is not None and cell is not None
    assert head["x"] <= cell["x"] < head["x"] + head["width"]
