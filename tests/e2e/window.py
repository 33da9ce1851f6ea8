"""A tab on a server's page, and the server's REST API beside it."""

from __future__ import annotations

import json
import time
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from playwright.sync_api import Locator, Page, expect


def ask(address: str, method: str, operation: str, fields: dict[str, Any] | None = None) -> Any:
    """What the server answers to an operation of MLflow's REST API."""
    url = f"{address}/api/2.0/mlflow/{operation}"
    body = None
    if method == "GET":
        url += f"?{urlencode(fields or {})}"
    else:
        body = json.dumps(fields or {}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@dataclass(frozen=True)
class Window:
    """`tab` shows the page of the server at `address`."""

    tab: Page
    address: str

    def open(self, place: str, **search: object) -> None:
        """Go to an address of the page, such as ``/experiments/1``, as a link from elsewhere does."""
        query = "&".join(f"{key}={quote(json.dumps(value))}" for key, value in search.items())
        self.tab.goto("about:blank")
        self.tab.goto(f"{self.address}/#{place}{'?' + query if query else ''}")

    def ask(self, method: str, operation: str, **fields: Any) -> Any:
        """What the server says, to compare with what the page shows."""
        return ask(self.address, method, operation, fields)

    def heading(self, text: str) -> Locator:
        return self.tab.get_by_role("heading", name=text, exact=True)

    def button(self, name: str) -> Locator:
        return self.tab.get_by_role("button", name=name, exact=True)

    def link(self, name: str) -> Locator:
        return self.tab.get_by_role("link", name=name, exact=True)

    def row(self, text: str) -> Locator:
        """The rows of a table that contain the text."""
        return self.tab.get_by_role("row").filter(has_text=text)

    def until(self, condition: str) -> None:
        """Wait until an expression is true on the page. Playwright's own way needs `eval`, which the page forbids."""
        deadline = time.monotonic() + 15
        while not self.tab.evaluate(condition):
            assert time.monotonic() < deadline, f"never became true: {condition}"
            self.tab.wait_for_timeout(50)

    def copied(self, label: str) -> str:
        """What lies on the clipboard after a click on a copy button."""
        self.tab.get_by_role("button", name=label, exact=True).click()
        expect(self.tab.get_by_role("button", name="Copied", exact=True).first).to_be_visible()
        return str(self.tab.evaluate("navigator.clipboard.readText()"))
