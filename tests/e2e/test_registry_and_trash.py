"""The trash, the registry's history, versions side by side, and webhooks with what became of their messages."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from flowmill.client import Client
from tests.e2e.test_runs_table import new_experiment, new_run
from tests.e2e.window import Window
from tests.peer.server import flowmill_server
from tests.story.story import Place

PAYLOAD = "<img src=x onerror=window.hit=1>"


def test_what_was_deleted_is_restored_or_freed(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "thrown away")
    back, gone = (new_run(window, experiment, name) for name in ("comes back", PAYLOAD))
    elsewhere = new_experiment(window, "brought here")
    Client(window.address).move_runs([back], elsewhere)
    for run_id in (back, gone):
        window.ask("POST", "runs/delete", run_id=run_id)
    window.open("/experiments")
    window.link("Trash").click()
    expect(window.heading("Trash")).to_be_visible()
    expect(window.row("comes back")).to_contain_text("brought here moved from thrown away")
    window.button("Restore comes back").click()
    expect(window.tab.get_by_text("comes back is back.")).to_be_visible()
    assert window.ask("GET", "runs/get", run_id=back)["run"]["info"]["lifecycle_stage"] == "active"

    window.tab.get_by_role("checkbox", name=f"Tick {PAYLOAD}").check()
    window.button("Delete for good").click()
    dialog = window.tab.get_by_role("dialog", name="Delete 1 thing for good?")
    expect(dialog).to_contain_text("This frees 1 run")
    dialog.get_by_role("button", name="Delete for good").click()
    expect(window.tab.get_by_text("Freed 1 run.")).to_be_visible()
    expect(window.heading("The trash is empty")).to_be_visible()
    assert window.tab.evaluate("window.hit") is None


def test_what_a_version_was_made_from_stays(window: Window, told: Place) -> None:
    window.ask("DELETE", f"logged-models/{told.runs[0]['model_id']}")
    window.open("/trash")
    window.button("Empty the trash").click()
    dialog = window.tab.get_by_role("dialog", name="Empty the trash?")
    expect(dialog).to_contain_text("version 1 of tracking-quickstart")
    expect(dialog.get_by_role("button", name="Delete for good")).to_be_disabled()
    dialog.get_by_role("button", name="Cancel").click()
    window.button("Restore iris_model").click()
    expect(window.heading("The trash is empty")).to_be_visible()


def test_history_tells_every_change_and_what_an_alias_meant(window: Window, told: Place) -> None:
    name = "tracking-quickstart"
    for version in ("1", "2"):
        window.ask("POST", "registered-models/alias", name=name, alias="steady", version=version)
    window.open(f"/models/{name}")
    window.link("History").click()
    changes = window.tab.get_by_role("region", name="Changes")
    expect(changes).to_contain_text("@steady moved from version 1 to 2")
    expect(changes).to_contain_text("Version 1 was registered")
    window.tab.get_by_role("combobox", name="Which changes").select_option("Aliases")
    expect(changes).not_to_contain_text("was registered")

    as_of = window.tab.get_by_role("region", name="As of")
    as_of.get_by_label("Alias").fill("steady")
    as_of.get_by_label("At").fill("2999-01-01T00:00")
    expect(as_of.get_by_role("link", name="version 2")).to_be_visible()
    as_of.get_by_label("At").fill("2001-01-01T00:00")
    expect(as_of.locator(".as-of-none")).to_contain_text("There was no registered model")
    expect(as_of.get_by_role("link")).to_have_count(0)


def test_versions_are_compared(window: Window, told: Place) -> None:
    window.open("/models/tracking-quickstart")
    for version in ("1", "2"):
        window.tab.get_by_role("checkbox", name=f"Tick version {version}", exact=True).check()
    window.link("Compare 2 versions").click()
    table = window.tab.get_by_role("region", name="Versions side by side")
    expect(table.get_by_role("row").filter(has_text="max_iter (differs)")).to_be_visible()
    expect(table.get_by_role("row").filter(has_text="input 1")).to_be_visible()
    window.tab.get_by_role("switch", name="Only differences").check()
    expect(table.get_by_role("row").filter(has_text="input 1")).to_have_count(0)


class _Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(int(self.path.removeprefix("/")))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def receiver() -> Iterator[str]:
    """The address of a service that answers ``/500`` with 500."""
    server = HTTPServer(("127.0.0.1", 0), _Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def telling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server that may tell services of this machine."""
    monkeypatch.setenv("FLOWMILL_WEBHOOK_ALLOWED_HOSTS", "127.0.0.1")
    monkeypatch.setenv("MLFLOW_WEBHOOK_ALLOWED_SCHEMES", "http,https")
    with flowmill_server(tmp_path) as address:
        yield address


def test_a_webhook_is_made_tested_and_its_failures_are_told(tab: Page, telling: str, receiver: str) -> None:
    window = Window(tab, telling)
    window.open("/settings")
    window.button("New webhook").click()
    dialog = window.tab.get_by_role("dialog", name="New webhook")
    dialog.get_by_label("Name").fill("deployer")
    dialog.get_by_label("Address").fill("ftp://127.0.0.1/")
    dialog.get_by_role("checkbox", name="A model is created").check()
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_role("alert")).to_contain_text("ftp")
    dialog.get_by_label("Address").fill(f"{receiver}/500")
    dialog.get_by_role("button", name="Create").click()
    row = window.tab.get_by_role("row").filter(has_text="deployer")
    expect(row).to_contain_text("A version is registered, A model is created")

    window.button("Actions for deployer").click()
    window.tab.get_by_role("menuitem", name="Send a test").click()
    expect(window.tab.get_by_text("deployer could not be told")).to_be_visible()
    window.ask("POST", "registered-models/create", name="told of")
    row.get_by_role("button", name="Deliveries").click()
    log = window.tab.get_by_role("region", name="Deliveries of deployer")
    expect(log.get_by_role("row").nth(1)).to_contain_text("500")
    expect(log.get_by_role("row").nth(1)).to_contain_text("Waiting")

    window.button("Actions for deployer").click()
    window.tab.get_by_role("menuitem", name="Edit").click()
    edit = window.tab.get_by_role("dialog", name="Edit deployer")
    edit.get_by_label("Address").fill(f"{receiver}/200")
    edit.get_by_role("button", name="Save").click()
    log.get_by_role("button", name="Send again").click()
    expect(log.get_by_role("row").nth(1)).to_contain_text("Delivered")

    row.get_by_role("switch").click()
    expect(row).to_contain_text("Off")
    window.button("Actions for deployer").click()
    window.tab.get_by_role("menuitem", name="Delete").click()
    window.tab.get_by_role("dialog", name="Delete the webhook deployer?").get_by_role("button", name="Delete").click()
    expect(window.heading("No webhook yet")).to_be_visible()
