"""A report is one file: whoever makes it, it opens from a disk, asks for nothing and runs nothing of what is in it."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from flowmill.client import Client
from flowmill.entities.run import LoggedModelOutput
from tests.cli.conftest import FLOWMILL
from tests.e2e.conftest import new_context
from tests.e2e.test_accessibility import problems
from tests.e2e.test_run_page import PIXEL
from tests.e2e.test_runs_table import new_experiment, new_run
from tests.e2e.window import Window
from tests.story.story import Place, run_command, user_settings

PAYLOAD = "</script><script>window.hit=1</script><img src=x onerror=window.hit=1>"


def shown(tab: Page, file: Path) -> list[str]:
    """Open a file; what the browser asks for meanwhile."""
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(file.as_uri())
    expect(tab.get_by_role("heading", level=1)).to_be_visible()
    return asked


def exported(window: Window, folder: Path, *words: str) -> Path:
    """What the command writes."""
    file = folder / "report.html"
    settings = user_settings(MLFLOW_TRACKING_URI=window.address)
    done = run_command(FLOWMILL, "export", "--html", str(file), *words, folder=folder, settings=settings)
    assert done.returncode == 0, done.stderr
    return file


def test_a_comparison_is_saved_as_a_file_that_needs_nothing(window: Window, told: Place, tmp_path: Path) -> None:
    experiment = new_experiment(window, "reporting")
    names = [PAYLOAD, "plain"]
    ids = [
        new_run(window, experiment, name, params={"name": name}, losses=[3.0, 2.0, float(len(name))]) for name in names
    ]
    window.open("/compare-runs", runs=ids, experiments=[experiment])
    with window.tab.expect_download() as download:
        window.button("Save as HTML").click()
    file = tmp_path / "report.html"
    download.value.save_as(file)
    assert shown(window.tab, file) == [file.as_uri()]
    expect(window.heading("Comparison of 2 runs")).to_be_visible()
    expect(window.tab.get_by_role("img", name="Line chart of loss")).to_be_visible()
    expect(window.tab.get_by_role("columnheader", name=PAYLOAD)).to_be_visible()
    expect(window.link("plain")).to_have_attribute("href", f"{window.address}/#/experiments/{experiment}/runs/{ids[1]}")
    window.tab.get_by_role("switch", name="Only differences").check()
    expect(window.tab.get_by_role("rowheader", name="Status")).to_have_count(0)
    assert window.tab.evaluate("window.hit") is None


def test_the_command_writes_the_same_document(window: Window, told: Place, tmp_path: Path) -> None:
    experiment = new_experiment(window, f"exporting {PAYLOAD}")
    for number in range(12):
        name = PAYLOAD if number == 7 else f"run {number:02d}"
        new_run(window, experiment, name, params={"size": str(number), "same": "x"}, losses=[9.0, float(number)])
    file = exported(window, tmp_path, "-x", experiment, "--filter", "metrics.loss > 1")
    assert shown(window.tab, file) == [file.as_uri()]
    expect(window.heading(f"exporting {PAYLOAD}")).to_be_visible()
    expect(window.tab.get_by_text("10 runs of")).to_be_visible()
    table = window.tab.get_by_role("region", name="Table of runs")
    rows = table.get_by_role("row")
    expect(rows).to_have_count(11)
    table.get_by_role("button", name="loss").click()
    expect(rows.nth(1)).to_contain_text("run 11")
    table.get_by_role("button", name="loss").click()
    expect(rows.nth(1)).to_contain_text("run 02")
    window.tab.get_by_role("switch", name="Only differences").check()
    expect(table.get_by_role("columnheader", name="same")).to_have_count(0)
    window.tab.get_by_role("searchbox", name="Search runs").fill("<img")
    expect(rows).to_have_count(2)
    table.get_by_role("checkbox", name=f"Draw {PAYLOAD}").check()
    expect(window.tab.get_by_text("1 ticked run drawn")).to_be_visible()
    expect(window.tab.get_by_role("img", name=f"Line chart of loss: {PAYLOAD} ends at 7")).to_be_visible()
    assert window.tab.evaluate("window.hit") is None


@pytest.mark.parametrize("way", ["command", "page"])
def test_notes_models_and_files_go_with_it(window: Window, told: Place, tmp_path: Path, way: str) -> None:
    experiment = new_experiment(window, f"told by {way} {PAYLOAD}")
    note = {"mlflow.note.content": f"## Why\n\n**Because**. {PAYLOAD}"}
    ids = [new_run(window, experiment, name, tags=note, losses=[2.0, 1.0]) for name in ("one", PAYLOAD)]
    client = Client(window.address)
    (tmp_path / "plot.png").write_bytes(base64.b64decode(PIXEL))
    client.log_artifact(ids[0], str(tmp_path / "plot.png"), "plots")
    client.log_text(ids[0], f"print('{PAYLOAD}')", "code/train.py")
    client.log_text(ids[1], "x" * 30_000, "long.txt")
    model = client.create_logged_model(experiment, name="forest", source_run_id=ids[1])
    (tmp_path / "MLmodel").write_text(f"flavors: {PAYLOAD}\n")
    client.log_model_artifact(model.model_id, tmp_path / "MLmodel")
    client.log_outputs(ids[1], [LoggedModelOutput(model.model_id, 0)])
    client.flush()
    if way == "command":
        file = exported(window, tmp_path, "-x", experiment)
    else:
        window.open("/compare-runs", runs=ids, experiments=[experiment])
        with window.tab.expect_download() as download:
            window.button("Save as HTML").click()
        download.value.save_as(file := tmp_path / "report.html")
    assert [each for each in shown(window.tab, file) if not each.startswith("data:")] == [file.as_uri()]
    details = window.tab.get_by_role("region", name="Run by run")
    expect(details.get_by_role("heading", name="Why").first).to_be_visible()
    picture = details.get_by_role("img", name="plots/plot.png")
    expect(picture).to_be_visible()
    assert picture.evaluate("element => element.naturalWidth") == 1
    details.get_by_text("code/train.py").click()
    expect(details.get_by_role("region", name="code/train.py")).to_contain_text(PAYLOAD)
    expect(details.get_by_text("long.txt")).to_contain_text("30 kB")
    details.get_by_text("forest/MLmodel").click()
    expect(details.get_by_role("region", name="forest/MLmodel")).to_contain_text(PAYLOAD)
    expect(details.get_by_role("listitem")).to_have_count(4)
    assert window.tab.evaluate("window.hit") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_report_has_no_violation(browser: Browser, told: Place, tmp_path: Path, scheme: str) -> None:
    context = new_context(browser, color_scheme=scheme, bypass_csp=True)
    window = Window(context.new_page(), told.name)
    for words in (["-x", "1"], ["--run-id", told.runs[0]["run_id"]]):
        shown(window.tab, exported(window, tmp_path, *words))
        for layout in ("A row each", "Side by side"):
            window.tab.get_by_text(layout, exact=True).click()
            assert problems(window) == []
    window.button("Actions for the chart of accuracy").click()
    window.tab.get_by_role("menuitem", name="Full screen").click()
    assert problems(window) == []
    context.close()
