"""Nothing sticks out of the card that it belongs to, however narrow the window."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.window import Window
from tests.story.story import Place

STICKING_OUT = """() => {
    const edge = document.querySelector(".model-card").parentElement.getBoundingClientRect().right;
    return [...document.querySelectorAll(".model-card *")]
        .filter((each) => each.matches("pre, .section-end, .table-wrap"))
        .filter((each) => each.getBoundingClientRect().right > edge + 0.5)
        .map((each) => each.outerHTML.slice(0, 80));
}"""


@pytest.mark.parametrize("width", [390, 800, 1100, 1300, 1440])
def test_a_models_code_stays_in_its_card(window: Window, told: Place, width: int) -> None:
    run, model = told.runs[0]["run_id"], told.runs[0]["model_id"]
    window.tab.set_viewport_size({"width": width, "height": 850})
    for place in (f"/experiments/1/models/{model}", f"/experiments/1/runs/{run}/artifacts/iris_model"):
        window.open(place)
        expect(window.tab.get_by_role("heading", name="Use the model")).to_be_visible()
        assert window.tab.evaluate(STICKING_OUT) == []


WIDER = """() => {
    const content = document.querySelector("#content");
    return [document.documentElement.scrollWidth > innerWidth, content.scrollWidth > content.clientWidth + 1];
}"""


@pytest.mark.parametrize("width", [360, 768])
def test_no_page_is_wider_than_its_window(window: Window, told: Place, width: int) -> None:
    run, model = told.runs[0]["run_id"], told.runs[0]["model_id"]
    window.ask("POST", "registered-models/create", name=f"without versions {width}")
    pages = {
        "/experiments": "Experiments",
        "/experiments/0": "No run yet",
        "/experiments/0/models": "No run of this experiment has logged a model",
        "/experiments/1/models": "MLFLOW Quickstart",
        f"/experiments/1/runs/{run}": "Parameters",
        f"/experiments/1/runs/{run}/artifacts/iris_model": "Use the model",
        f"/experiments/1/models/{model}": "Signature",
        "/models": "Models",
        f"/models/without versions {width}": "This model has no versions yet",
        "/models/tracking-quickstart": "Versions",
        "/models/tracking-quickstart/versions/1": "Signature",
        "/models/tracking-quickstart?tab=history": "As of",
        '/compare-model-versions?name=tracking-quickstart&versions=["1","2"]': "Compare 2 versions",
        "/trash": "Trash",
        "/settings": "Webhooks",
    }
    window.tab.set_viewport_size({"width": width, "height": 850})
    wider: list[str] = []
    for place, heading in pages.items():
        window.open(place)
        expect(window.heading(heading).first).to_be_visible()
        expect(window.tab.get_by_role("status", name="Loading")).to_have_count(0)
        if any(window.tab.evaluate(WIDER)):
            wider.append(place)
    assert wider == []
