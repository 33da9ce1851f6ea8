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
