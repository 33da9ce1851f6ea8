"""axe finds nothing on any page, in either theme, nor in what opens over them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import new_context
from tests.e2e.window import Window
from tests.story.story import Place

AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(params=["light", "dark"])
def themed(request: pytest.FixtureRequest, browser: Browser, told: Place) -> Iterator[Window]:
    """The story's page in a theme."""
    context = new_context(browser, color_scheme=request.param)
    yield Window(context.new_page(), told.name)
    context.close()


def problems(window: Window) -> list[str]:
    """What axe says about what is shown now."""
    if not AXE.is_file():
        raise RuntimeError(f"axe-core is not installed: there is no {AXE}. Run npm ci in ui/.")
    expect(window.tab.get_by_role("status", name="Loading")).to_have_count(0)
    window.tab.evaluate(AXE.read_text(encoding="utf-8"))
    # What has just opened may still be fading in, or about to: half a colour has half the contrast.
    return _seen(window, 250) and _seen(window, 1500)


def _seen(window: Window, pause: int) -> list[str]:
    window.tab.wait_for_timeout(pause)
    window.until(
        "document.getAnimations().every((each) => each.playState !== 'running' "
        "|| each.effect.getComputedTiming().endTime === Infinity)"
    )
    found = window.tab.evaluate("axe.run({ iframes: false })")
    return [
        f"{violation['id']}: {node['html'][:200]} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def test_no_page_has_a_violation(themed: Window, told: Place) -> None:
    run, model = told.runs[0]["run_id"], told.runs[0]["model_id"]
    ids = f'["{run}","{told.runs[1]["run_id"]}"]'
    in_run = f"/experiments/1/runs/{run}"
    compare = f'/compare-runs?runs={ids}&experiments=["1"]'
    pages = {
        "/experiments": "Experiments",
        "/experiments?deleted=true": "Nothing was deleted",
        "/experiments/0": "No run yet",
        "/experiments/1?tab=charts": "MLFLOW Quickstart",
        in_run: "Parameters",
        f"{in_run}/metrics": None,
        f"{in_run}/artifacts": "Choose a file to see it",
        f"{in_run}/artifacts/iris_model": "Use the model",
        f"{in_run}/artifacts/iris_model/MLmodel": None,
        f"/experiments/1/models/{model}": "Signature",
        f"/experiments/1/models/{model}/artifacts/MLmodel": None,
        "/experiments/1/models": None,
        "/experiments/1/models?view=charts": None,
        "/experiments/0/models": "No run of this experiment has logged a model",
        compare: "Side by side",
        f"{compare}&tab=parallel": "Parallel coordinates",
        f"{compare}&tab=curves": None,
        "/models": "Models",
        "/models/tracking-quickstart?tab=history": "As of",
        '/compare-model-versions?name=tracking-quickstart&versions=["1","2"]': "Compare 2 versions",
        "/trash": "Trash",
        "/settings": "Webhooks",
        '/experiments/1?group=["params.max_iter"]': "MLFLOW Quickstart",
        "/models?q=nothing": "No model is called “nothing”",
        "/models/tracking-quickstart": "Versions",
        "/models/tracking-quickstart/versions/1": "Signature",
        "/experiments/424242": "No experiment 424242",
    }
    found: dict[str, list[str]] = {}
    for place, heading in pages.items():
        themed.open(place)
        if heading is not None:
            expect(themed.heading(heading).first).to_be_visible()
        if said := problems(themed):
            found[place] = said
    assert found == {}


def test_nothing_that_opens_has_a_violation(themed: Window, told: Place) -> None:
    themed.open("/experiments/1")
    row = themed.tab.get_by_role("grid", name="Runs").get_by_role("row").nth(1)
    row.get_by_role("checkbox").check()
    expect(themed.button("Clear")).to_be_visible()
    found = {"table": problems(themed)}
    themed.button("Columns").click()
    expect(themed.tab.get_by_role("dialog", name="Columns")).to_be_visible()
    found["columns"] = problems(themed)
    themed.tab.keyboard.press("Escape")
    themed.tab.keyboard.press("Control+k")
    expect(themed.tab.get_by_role("option").first).to_be_visible()
    found["palette"] = problems(themed)
    themed.tab.keyboard.press("Escape")
    themed.open(f"/experiments/1/runs/{told.runs[0]['run_id']}")
    themed.button("Register model").click()
    expect(themed.tab.get_by_role("dialog", name="Register model").get_by_role("radio").first).to_be_attached()
    found["register"] = problems(themed)
    themed.tab.keyboard.press("Escape")
    themed.button("Add tag").click()
    found["tag form"] = problems(themed)
    themed.button("Edit description" if themed.button("Edit description").count() else "Add description").click()
    found["note"] = problems(themed)
    assert {name: said for name, said in found.items() if said} == {}
