"""What others logged is shown and never run."""

from __future__ import annotations

import io
import struct
import urllib.request
import zlib
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.e2e.window import Window
from tests.story.story import Place

PAYLOAD = "<img src=x onerror=\"window.hit='payload'\">"
NOTE = f"{PAYLOAD}\n\n[link](javascript:window.hit='link') <script>window.hit='script'</script>\n\n<xmp>{PAYLOAD}</xmp>"
HTML = "<p>seen</p><script>try { parent.hit = 'frame' } catch (e) {} document.title = 'frame'</script>"
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40" onload="parent.hit=\'svg\'">'
    '<rect width="60" height="40"/></svg>'
)
MLMODEL = """flavors:
  python_function:
    loader_module: !!js/function 'function () { window.hit = "yaml" }'
    python_version: !!python/object/apply:os.system ["true"]
utc_time_created: !!js/function 'function () { window.hit = "yaml" }'
"""


TURNED = "report\u202egnp.exe"
"""Reads as ``reportexe.png`` where nothing stops the turn of direction."""

UNGUARDED = """name => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const parent = texts.currentNode.parentElement;
    const style = getComputedStyle(parent);
    const alone = !style.display.startsWith("inline") && parent.childNodes.length === 1;
    const guarded = alone || style.unicodeBidi === "isolate";
    if (texts.currentNode.data.includes(name) && !guarded) found.push(parent.outerHTML);
  }
  return found;
}"""
"""Elements in which a name could turn the direction of what stands beside it."""


def put(window: Window, run: dict[str, str], path: str, content: str | bytes) -> None:
    """Store a file among the artifacts of a run, as a client does."""
    below = run["artifact_uri"].removeprefix("mlflow-artifacts:/")
    url = f"{window.address}/api/2.0/mlflow-artifacts/artifacts/{quote(f'{below}/{path}')}"
    with urllib.request.urlopen(
        urllib.request.Request(
            url, io.BytesIO(content.encode() if isinstance(content, str) else content), method="PUT"
        ),
        timeout=30,
    ):
        pass


@pytest.fixture
def hostile(window: Window, told: Place) -> dict[str, str]:
    """The run of somebody who tries everything."""
    found = window.ask("POST", "experiments/search", max_results=100, filter=f"name LIKE '%{PAYLOAD[:8]}%'")
    if experiments := found.get("experiments"):
        experiment_id = experiments[0]["experiment_id"]
    else:
        experiment_id = window.ask("POST", "experiments/create", name=PAYLOAD)["experiment_id"]
    run = window.ask("POST", "runs/create", experiment_id=experiment_id, run_name=PAYLOAD, start_time=1000)["run"]
    info: dict[str, str] = run["info"]
    run_id = info["run_id"]
    window.ask("POST", "runs/log-parameter", run_id=run_id, key="p", value=PAYLOAD)
    for key, value in (
        ("t", PAYLOAD),
        ("mlflow.note.content", NOTE),
        ("mlflow.source.name", "javascript:window.hit='source'"),
        ("mlflow.source.git.commit", "abc"),
        ("mlflow.source.git.repoURL", "javascript:window.hit='commit'//"),
    ):
        window.ask("POST", "runs/set-tag", run_id=run_id, key=key, value=value)
    for path, text in (
        ("page.html", HTML),
        ("drawing.svg", SVG),
        ("note.md", NOTE),
        ("model/MLmodel", MLMODEL),
    ):
        put(window, info, path, text)
    return info


def assert_inert(window: Window) -> None:
    window.tab.wait_for_timeout(300)
    assert window.tab.evaluate("window.hit") is None
    assert "Flowmill" in window.tab.title()


def test_names_and_values_are_text_everywhere(window: Window, hostile: dict[str, str]) -> None:
    place = f"/experiments/{hostile['experiment_id']}"
    window.open("/experiments")
    expect(window.link(PAYLOAD)).to_be_visible()
    assert_inert(window)
    window.open(place)
    expect(window.link(PAYLOAD).first).to_be_visible()
    assert_inert(window)
    window.open(f"{place}/runs/{hostile['run_id']}")
    expect(window.heading(PAYLOAD)).to_be_visible()
    expect(window.row(PAYLOAD)).to_be_visible()
    assert window.tab.locator("a[href^='javascript']").count() == 0
    assert_inert(window)
    window.open("/compare-runs", runs=[hostile["run_id"], hostile["run_id"] + "x"], experiments=[PAYLOAD, "1"])
    assert_inert(window)


def test_names_of_models_and_files_are_text_too(window: Window, hostile: dict[str, str]) -> None:
    name = f"{PAYLOAD.replace('/', '')} {TURNED} {'x' * 150}"
    window.ask("POST", "registered-models/create", name=name, description=NOTE, tags=[{"key": "t", "value": PAYLOAD}])
    window.ask("POST", "model-versions/create", name=name, source=hostile["artifact_uri"], run_id=hostile["run_id"])
    put(window, hostile, f"{TURNED}{PAYLOAD.replace('/', '')}.txt", PAYLOAD)
    for place, heading in (
        ("/models", "Models"),
        (f"/models/{quote(name)}", name),
        (f"/models/{quote(name)}/versions/1", None),
        (f"/experiments/{hostile['experiment_id']}/runs/{hostile['run_id']}/artifacts", None),
    ):
        window.open(place)
        if heading:
            expect(window.heading(heading)).to_be_visible()
        expect(window.tab.get_by_text(TURNED).first).to_be_visible()
        assert window.tab.evaluate(UNGUARDED, TURNED) == [], place
        assert window.tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), place
        assert_inert(window)


def test_a_notes_html_and_links_are_inert(window: Window, hostile: dict[str, str]) -> None:
    window.open(f"/experiments/{hostile['experiment_id']}/runs/{hostile['run_id']}")
    note = window.tab.get_by_role("region", name="Description")
    expect(note).to_contain_text("<script>")
    assert note.locator("img, script, xmp, a").count() == 0
    note.get_by_text("link", exact=True).click()
    assert_inert(window)


@pytest.mark.parametrize("file", ["page.html", "drawing.svg", "note.md"])
def test_files_are_shown_but_do_not_act(window: Window, hostile: dict[str, str], file: str) -> None:
    window.open(f"/experiments/{hostile['experiment_id']}/runs/{hostile['run_id']}/artifacts/{file}")
    shown = {
        "page.html": window.tab.frame_locator("iframe").get_by_text("seen"),
        "drawing.svg": window.tab.get_by_role("img", name="drawing.svg"),
        "note.md": window.tab.get_by_text("<script>").first,
    }[file]
    expect(shown).to_be_visible()
    assert_inert(window)


APART = """<p id="said">still</p><script>
const said = [];
const tried = (what, attempt) => { try { attempt(); said.push(what); } catch { said.push(`no ${what}`); } };
tried("parent", () => { parent.document.title = "hit"; });
tried("storage", () => localStorage.setItem("hit", "1"));
fetch("ADDRESS/api/2.0/mlflow/experiments/search?max_results=1", { mode: "no-cors" })
  .then(() => said.push("answer"), () => said.push("no answer"))
  .then(() => { document.getElementById("said").textContent = said.join(", "); });
</script>"""


def test_scripts_of_a_file_run_when_asked_and_reach_nothing(window: Window, hostile: dict[str, str]) -> None:
    put(window, hostile, "apart.html", APART.replace("ADDRESS", window.address).encode())
    window.open(f"/experiments/{hostile['experiment_id']}/runs/{hostile['run_id']}/artifacts/apart.html")
    said = window.tab.frame_locator("iframe").locator("#said")
    expect(said).to_have_text("still")
    window.button("Run scripts").click()
    expect(said).to_have_text("no parent, no storage, no answer")
    window.tab.reload()
    expect(said).to_have_text("no parent, no storage, no answer")
    window.button("Show without scripts").click()
    expect(said).to_have_text("still")
    assert_inert(window)


def test_an_image_that_asks_for_gigabytes_is_not_drawn(window: Window, hostile: dict[str, str]) -> None:
    place = f"/experiments/{hostile['experiment_id']}/runs/{hostile['run_id']}/artifacts"
    put(window, hostile, "small.png", png(40, 30))
    put(window, hostile, "bomb.png", png(50_000, 50_000))
    window.open(f"{place}/small.png")
    expect(window.tab.get_by_role("img", name="small.png")).to_be_visible()
    window.open(f"{place}/bomb.png")
    expect(window.tab.get_by_text("50000 × 50000 points")).to_be_visible()
    assert window.tab.get_by_role("img", name="bomb.png").count() == 0


def png(width: int, height: int) -> bytes:
    """A black image, of which a megapixel takes 128 bytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    packed = zlib.compressobj()
    row = bytes(1 + (width + 7) // 8)
    rows = b"".join(packed.compress(row) for _ in range(height)) + packed.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_tags_of_an_mlmodel_make_plain_values(window: Window, hostile: dict[str, str]) -> None:
    window.open(f"/experiments/{hostile['experiment_id']}/runs/{hostile['run_id']}/artifacts/model")
    expect(window.heading("Use the model")).to_be_visible()
    assert_inert(window)


def test_the_page_itself_allows_nothing_from_elsewhere(window: Window, told: Place) -> None:
    with urllib.request.urlopen(f"{window.address}/", timeout=30) as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
    outside: list[str] = []
    window.tab.on("request", lambda request: outside.append(request.url))
    window.open("/experiments/1")
    expect(window.tab.get_by_text("2 runs", exact=True)).to_be_visible()
    assert [url for url in outside if not url.startswith((window.address, "blob:", "data:"))] == []
