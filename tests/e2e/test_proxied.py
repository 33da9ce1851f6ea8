"""The page below nginx at a prefix, and in a notebook's frame through jupyter-server-proxy."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Frame, Page, expect

from flowmill.client import Client
from tests.e2e.conftest import PATIENCE
from tests.peer.environment import environment, peer_settings
from tests.peer.server import answers, ended, flowmill_server, free_port
from tests.server.test_proxy import FORWARD, SITES, nginx

RUNS = "document.querySelector('p').textContent = 'ran'"
JUPYTER = "jupyter-server-2.21.1"

LISTENER = """
const Source = window.EventSource;
window.heard = { ready: 0, changed: 0 };
window.EventSource = class extends Source {
    constructor(...words) {
        super(...words);
        for (const name of ['ready', 'changed']) this.addEventListener(name, () => window.heard[name]++);
    }
};
"""


@contextmanager
def jupyter(folder: Path) -> Generator[str]:
    """A Jupyter server with its proxy, without a token; yields its address."""
    folder.mkdir()
    port = free_port()
    command = [
        str(environment(JUPYTER).parent / "jupyter-server"),
        *("--no-browser", "--ip=127.0.0.1", f"--port={port}", "--allow-root", "--IdentityProvider.token="),
    ]
    # Some containers cannot make a file that only its owner may write.
    settings = {**peer_settings(folder), "JUPYTER_ALLOW_INSECURE_WRITES": "1"}
    with (folder / "output.log").open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=settings, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    with ended(process):
        end = time.monotonic() + 60
        while not answers(f"http://127.0.0.1:{port}/api"):
            assert process.poll() is None and time.monotonic() < end, (folder / "output.log").read_text()
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"


def wait_for(view: Page | Frame, event: str) -> None:
    """Until the page has heard this from the server."""
    end = time.monotonic() + PATIENCE / 1000
    while view.evaluate(f"window.heard.{event}") == 0:
        assert time.monotonic() < end, f"no {event} came through the proxy"
        view.wait_for_timeout(50)


def follow(view: Page | Frame, address: str, home: str) -> None:
    """Look at a run that goes on: what is logged appears, what is written is kept, files open, links stay below."""
    client = Client(address)
    experiment = client.create_experiment("proxied")
    run_id = client.create_run(experiment, run_name="going on").info.run_id
    client.log_metric(run_id, "loss", 3.0, step=0)
    client.log_metric(run_id, "loss", 2.0, step=1)
    client.log_text(run_id, "seen through a proxy", "notes/a.txt")
    client.log_text(run_id, f"<p>still</p><script>{RUNS}</script>", "notes/b.html")
    assert client.flush()
    view.goto(f"{home}/#/experiments/{experiment}/runs/{run_id}/metrics")
    expect(view.get_by_role("img", name="Line chart of loss: going on ends at 2")).to_be_visible()
    wait_for(view, "ready")
    client.log_metric(run_id, "loss", 1.5, step=2)
    assert client.flush()
    # Without the stream the page would ask again only now and then.
    wait_for(view, "changed")
    expect(view.get_by_role("img", name="Line chart of loss: going on ends at 1.5")).to_be_visible()

    view.get_by_role("link", name="Overview", exact=True).click()
    view.get_by_role("button", name="Add description").click()
    view.get_by_role("textbox", name="Description").fill("## Written through")
    view.get_by_role("button", name="Save", exact=True).click()
    expect(view.get_by_role("heading", name="Written through")).to_be_visible()
    assert client.get_run(run_id).data.tags["mlflow.note.content"] == "## Written through"
    view.get_by_role("link", name="Artifacts", exact=True).click()
    view.get_by_role("link", name="notes").click()
    view.get_by_role("link", name="a.txt").first.click()
    expect(view.get_by_text("seen through a proxy")).to_be_visible()
    download = view.get_by_role("link", name="Download", exact=True)
    assert str(download.evaluate("link => link.href")).startswith(f"{home}/get-artifact?")
    view.get_by_role("link", name="b.html").first.click()
    said = view.frame_locator("iframe").locator("p")
    expect(said).to_have_text("still")
    view.get_by_role("button", name="Run scripts").click()
    expect(said).to_have_text("ran")
    assert view.url.startswith(f"{home}/#/")


def refused(tab: Page) -> list[str]:
    """Every answer that is a refusal, as they come."""
    found: list[str] = []

    def add(answer: Any) -> None:
        if answer.status >= 400:
            found.append(f"{answer.status} {answer.url}")

    tab.on("response", add)
    return found


@pytest.mark.parametrize("site", SITES)
def test_the_page_below_nginx(tab: Page, tmp_path: Path, site: str) -> None:
    prefix, location, options = SITES[site]
    folder = tmp_path / "server"
    folder.mkdir()
    with (
        flowmill_server(folder, "--trusted-proxies", "127.0.0.1", *options) as upstream,
        nginx(tmp_path / "nginx", upstream, location.replace("FORWARD", FORWARD)) as address,
    ):
        tab.add_init_script(LISTENER)
        bad = refused(tab)
        follow(tab, f"{address}{prefix}", f"{address}{prefix}")
        assert bad == []


def test_the_page_in_a_frame_of_a_notebook(tab: Page, tmp_path: Path) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    with (
        flowmill_server(folder, "--x-frame-options", "SAMEORIGIN") as upstream,
        jupyter(tmp_path / "jupyter") as notebook,
    ):
        home = f"{notebook}/proxy/{upstream.rpartition(':')[2]}"
        frame = f'<iframe src="{home}/" style="width: 1200px; height: 800px"></iframe>'
        tab.route("**/notebook.html", lambda route: route.fulfill(content_type="text/html", body=frame))
        tab.add_init_script(LISTENER)
        bad = refused(tab)
        tab.goto(f"{notebook}/notebook.html")
        expect(tab.frame_locator("iframe").get_by_role("heading", name="Experiments")).to_be_visible()
        follow(tab.frames[1], upstream, home)
        assert [each for each in bad if not each.endswith("/favicon.ico")] == []
