"""Charts look as they did: each picture is compared with one that a person has looked at.

``FLOWMILL_DRAW=1`` draws them anew; look at what changed before it is committed. Fonts and edges differ a little from
machine to machine, so few points may differ much, and none of it may move.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageFilter
from playwright.sync_api import Browser, Locator, expect

from tests.e2e.conftest import new_context
from tests.e2e.test_charts import log
from tests.e2e.test_runs_table import new_experiment, new_run
from tests.e2e.window import Window
from tests.story.story import Place

PICTURES = Path(__file__).parent / "pictures"
MUCH = 60
"""Of 255: more than another way to smooth an edge makes."""
FEW = 0.02


@pytest.fixture(scope="module")
def drawn(told: Place) -> tuple[str, list[str]]:
    """Twelve runs whose charts are the same every time: their experiment and their ids."""
    window = Window(None, told.name)  # pyright: ignore[reportArgumentType] -- only its REST API is used
    experiment = new_experiment(window, "pictures of charts")
    ids: list[str] = []
    for number in range(12):
        lr, size = (0.1, 0.01)[number % 2], number // 2
        params = {"lr": str(lr), "size": str(size), "kind": "abc"[number % 3]}
        run_id = new_run(window, experiment, f"run {number:02d}", params=params)
        wave = [math.exp(-step * lr) + 0.05 * number + 0.05 * math.sin(step / 3 + number) for step in range(100)]
        log(window, run_id, "loss", [*wave[:60], "NaN", *wave[61:]])
        log(window, run_id, "score", [size * 0.3 - (size - 2.5) ** 2 * lr + number % 2])
        ids.append(run_id)
    return experiment, ids


@pytest.fixture(params=["light", "dark"])
def view(request: pytest.FixtureRequest, browser: Browser, told: Place) -> Iterator[tuple[Window, str]]:
    """The page in a theme, and which."""
    context = new_context(browser, color_scheme=request.param, reduced_motion="reduce")
    yield Window(context.new_page(), told.name), request.param
    context.close()


def looks(chart: Locator, name: str, folder: Path) -> None:
    """Compare what is shown with the picture of this name."""
    expect(chart).to_be_visible()
    chart.page.mouse.move(0, 0)
    chart.page.wait_for_timeout(400)
    now, kept = folder / f"{name}.png", PICTURES / f"{name}.png"
    chart.screenshot(path=now, scale="css", animations="disabled")
    if os.environ.get("FLOWMILL_DRAW"):
        PICTURES.mkdir(exist_ok=True)
        Image.open(now).convert("RGB").quantize(64).save(kept, optimize=True)
        return
    assert kept.is_file(), f"There is no {kept.name}: draw it with FLOWMILL_DRAW=1 and look at it."
    share = unlike(Image.open(now).convert("RGB"), Image.open(kept).convert("RGB"))
    assert share < FEW, f"{share:.1%} of {name} looks different: {now} is now what {kept} was."


def unlike(now: Image.Image, kept: Image.Image) -> float:
    """The share of points that differ much; sizes may differ by a few points, as fonts do."""
    if abs(now.width - kept.width) > 4 or abs(now.height - kept.height) > 4:
        return 1.0
    size = (min(now.width, kept.width), min(now.height, kept.height))
    blurred = [each.crop((0, 0, *size)).filter(ImageFilter.GaussianBlur(2)) for each in (now, kept)]
    bands = ImageChops.difference(*blurred).split()
    most = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    return sum(most.histogram()[MUCH:]) / (size[0] * size[1])


def test_curves_and_bars_of_groups(view: tuple[Window, str], drawn: tuple[str, list[str]], tmp_path: Path) -> None:
    window, theme = view
    window.open(f"/experiments/{drawn[0]}", tab="charts", group=["params.lr"])
    cards = window.tab.locator("figure")
    expect(window.tab.get_by_role("img", name="Line chart of loss")).to_be_visible()
    looks(cards.nth(0), f"curves-{theme}", tmp_path)
    looks(cards.nth(1), f"bars-{theme}", tmp_path)
    window.open(f"/experiments/{drawn[0]}", tab="charts", group=["params.lr"], smooth=0.9, log=True, band="range")
    expect(window.tab.get_by_role("img", name="Line chart of loss")).to_be_visible()
    looks(cards.nth(0), f"curves-smooth-log-{theme}", tmp_path)


@pytest.mark.parametrize("tab", ["parallel", "scatter", "box", "contour"])
def test_plots_of_many_runs(view: tuple[Window, str], drawn: tuple[str, list[str]], tmp_path: Path, tab: str) -> None:
    window, theme = view
    asked = {"x": "params.size", "y": "metrics.score", "colour": "metrics.score"}
    if tab == "contour":
        asked["y"] = "params.lr"
    window.open("/compare-runs", runs=drawn[1], experiments=[drawn[0]], tab=tab, **asked)
    looks(window.tab.locator("figure"), f"{tab}-{theme}", tmp_path)


def test_added_charts(view: tuple[Window, str], drawn: tuple[str, list[str]], tmp_path: Path) -> None:
    window, theme = view
    cards = [
        {"id": "//1", "kind": "lines", "metrics": ["loss", "score"], "look": {"points": "off"}},
        {"id": "//2", "kind": "scatter", "x": "params.size", "y": "metrics.score", "colour": "params.kind"},
        {"id": "//3", "kind": "box", "x": "params.kind", "y": "metrics.score"},
    ]
    cards = [{**card, "section": "Charts"} for card in cards]
    window.open(f"/experiments/{drawn[0]}", tab="charts", cards=cards, own=["Charts"], group=["params.lr"])
    expect(window.tab.get_by_role("img", name="Line chart of loss, score")).to_be_visible()
    expect(window.tab.get_by_role("img", name="Scatter plot of score over size")).to_be_visible()
    looks(window.tab.get_by_role("region", name="Charts", exact=True), f"cards-{theme}", tmp_path)


def test_a_change_is_seen() -> None:
    """A curve that moved is more than is let through, another smoothing is not."""
    kept = Image.new("RGB", (200, 100), "white")
    moved = kept.copy()
    for x in range(200):
        for y in range(4):
            kept.putpixel((x, 40 + y), (0, 114, 178))
            moved.putpixel((x, 60 + y), (0, 114, 178))
    assert unlike(moved, kept) > FEW
    assert unlike(kept.filter(ImageFilter.GaussianBlur(0.5)), kept) < FEW
