"""Chromium on a real server: what a person clicks, and what they then see."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from flowmill.server.static import PAGE
from tests.e2e.window import Window
from tests.peer.server import flowmill_server
from tests.story.story import SAY, WHO, Place, named, other_parameters, snippet

ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"]
PATIENCE = 15_000
"""ms; the machine that runs the tests may be busy with others."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure also says what the page showed then."""
    report = yield
    page = item.funcargs.get("tab") if isinstance(item, pytest.Function) else None
    if report.when == "call" and report.failed and isinstance(page, Page):
        report.sections.append(("page", f"{page.url}\n{page.locator('body').inner_text()[:4000]}"))
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    if not (PAGE / "index.html").is_file():
        raise RuntimeError(f"The page is not built: there is no {PAGE / 'index.html'}. Run npm run build in ui/.")
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        raise RuntimeError("The tests of the page need Chromium; .ci/browser installs it.")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield chromium
        chromium.close()


def new_context(browser: Browser, **settings: object) -> BrowserContext:
    """A browser that has never been here before."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, permissions=["clipboard-read", "clipboard-write"], **settings
    )  # pyright: ignore[reportArgumentType]
    context.set_default_timeout(PATIENCE)
    return context


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """An empty tab of a browser that has never been here before; the page's own errors fail the test."""
    context = new_context(browser)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server on which the story's two runs were logged, as a beginner types it."""
    folder = tmp_path_factory.mktemp("story")
    with flowmill_server(folder) as address:
        place = Place(address, folder, f'mlflow.set_tracking_uri(uri="{address}")\n')
        data, log = snippet("data"), snippet("log")
        place.runs.append(place.run(data, log, SAY, WHO))
        place.runs.append(place.run(other_parameters(data), named(log), SAY, WHO))
        yield place


@pytest.fixture
def window(tab: Page, told: Place) -> Window:
    """The page of the story's server."""
    return Window(tab, told.name)
