"""Files of this field are shown as what they are: arrays, archives, tensors, maps, pages, pictures, sounds."""

from __future__ import annotations

import io
import json
import math
import struct
import wave
import zipfile
from pathlib import Path
from typing import Any

import numpy
import pytest
from playwright.sync_api import Request, expect

from flowmill.client import Client
from tests.e2e.test_accessibility import problems
from tests.e2e.test_files import filed, open_file
from tests.e2e.test_runs_table import PAYLOAD
from tests.e2e.window import Window

__all__ = ["filed"]

RED_PAGE = """%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R>>endobj
4 0 obj<</Length 33>>stream
1 0 0 rg 0 0 200 200 re f
endstream endobj
trailer<</Root 1 0 R>>
"""


def logged(window: Window, filed: tuple[str, str], folder: Path, name: str, data: bytes) -> None:
    (folder / name).write_bytes(data)
    Client(window.address).log_artifact(filed[1], str(folder / name))
    open_file(window, filed, name)


def as_npy(array: Any, **how: Any) -> bytes:
    data = io.BytesIO()
    numpy.save(data, array, **how)
    return data.getvalue()


def test_the_pages_of_a_document_are_drawn(window: Window, filed: tuple[str, str], tmp_path: Path) -> None:
    logged(window, filed, tmp_path, "page.pdf", RED_PAGE.encode())
    frame = window.tab.locator("iframe[title='page.pdf']")
    expect(frame).to_be_visible()
    image = pytest.importorskip("PIL.Image")
    for _ in range(40):
        window.tab.wait_for_timeout(250)
        colours = {
            colour[:3]: count
            for count, colour in image.open(io.BytesIO(frame.screenshot())).convert("RGB").getcolors(2**24)
        }
        if colours.get((255, 0, 0), 0) > 5000:
            return
    raise AssertionError("the page of the document is nowhere to be seen")


@pytest.mark.parametrize(
    ("array", "said", "first"),
    [
        (numpy.arange(6.0).reshape(2, 3) / 4, "Array of float64, 2 × 3.", ["0", "0.25", "0.5"]),
        (numpy.asfortranarray(numpy.arange(6).reshape(2, 3)), "Array of int64, 2 × 3.", ["0", "1", "2"]),
        (numpy.arange(24, dtype="u1").reshape(2, 3, 4), "Of its tables, [0, :, :] is shown.", ["0", "1", "2", "3"]),
        (numpy.array([True, False]), "Array of bool, 2.", ["True"]),
        (numpy.array(["x", PAYLOAD]), "Its values are no numbers", None),
    ],
)
def test_an_array_is_a_table(
    window: Window, filed: tuple[str, str], tmp_path: Path, array: Any, said: str, first: list[str] | None
) -> None:
    logged(window, filed, tmp_path, "array.npy", as_npy(array))
    expect(window.tab.get_by_role("region", name="Content").get_by_text(said)).to_be_visible()
    table = window.tab.get_by_role("region", name="Table")
    if first is None:
        expect(table).to_have_count(0)
    else:
        expect(table.get_by_role("row").nth(1).get_by_role("cell")).to_have_text(first)


def test_only_the_head_of_a_large_array_is_read(window: Window, filed: tuple[str, str], tmp_path: Path) -> None:
    sizes: list[int] = []

    def add(request: Request) -> None:
        if "get-artifact" in request.url and (answer := request.response()):
            sizes.append(int(answer.headers.get("content-length", "0")))

    window.tab.on("requestfinished", add)
    logged(window, filed, tmp_path, "large.npy", as_npy(numpy.zeros((200_000, 20))))
    expect(window.tab.get_by_text("Array of float64, 200,000 × 20.")).to_be_visible()
    expect(window.tab.get_by_text("The first 1,000 rows, 20 columns")).to_be_visible()
    assert 0 < sum(sizes) < 400_000


def test_an_archive_tells_what_it_holds(window: Window, filed: tuple[str, str], tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"in/{PAYLOAD}.txt", "1" * 2000)
        archive.writestr("weights.npy", as_npy(numpy.zeros((7, 5), "f4")))
    logged(window, filed, tmp_path, "model.zip", data.getvalue())
    expect(window.tab.get_by_text("2 entries")).to_be_visible()
    expect(window.row(PAYLOAD)).to_contain_text("2 kB")
    expect(window.row("weights.npy")).to_contain_text("float32, 7 × 5")
    assert problems(window) == []
    logged(window, filed, tmp_path, "broken.zip", data.getvalue()[:-40])
    expect(window.tab.get_by_text("it has no table of contents at its end")).to_be_visible()
    expect(window.link("Download broken.zip")).to_be_visible()
    assert window.tab.evaluate("window.hit") is None


def test_tensors_are_named(window: Window, filed: tuple[str, str], tmp_path: Path) -> None:
    head = json.dumps(
        {
            "__metadata__": {"format": PAYLOAD},
            "layer.weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
        }
    ).encode()
    logged(window, filed, tmp_path, "m.safetensors", struct.pack("<Q", len(head)) + head + bytes(24))
    expect(window.tab.get_by_text(f"1 tensor with 6 values; format: {PAYLOAD}.")).to_be_visible()
    expect(window.row("layer.weight")).to_contain_text("2 × 3")
    assert window.tab.evaluate("window.hit") is None


def test_shapes_are_drawn_without_a_request_elsewhere(window: Window, filed: tuple[str, str], tmp_path: Path) -> None:
    shapes = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"name": PAYLOAD, "size": 3},
                "geometry": {"type": "Point", "coordinates": [2.35, 48.85]},
            },
            {
                "type": "Feature",
                "properties": {"name": "field"},
                "geometry": {"type": "Polygon", "coordinates": [[[0, 45], [5, 45], [5, 50], [0, 45]]]},
            },
        ],
    }
    asked: list[str] = []
    window.tab.on("request", lambda request: asked.append(request.url))
    logged(window, filed, tmp_path, "places.geojson", json.dumps(shapes).encode())
    drawing = window.tab.get_by_role("img", name="Map of places.geojson: 2 features")
    expect(drawing).to_be_visible()
    expect(drawing.locator("circle")).to_have_count(1)
    expect(drawing.locator(".map-area")).to_have_count(1)
    expect(window.row("field")).to_be_visible()
    assert all(url.startswith((window.address, "about:")) for url in asked)
    assert problems(window) == []
    window.tab.get_by_text("Text", exact=True).click()
    expect(window.tab.get_by_role("region", name="places.geojson")).to_contain_text("FeatureCollection")
    logged(window, filed, tmp_path, "other.geojson", b'{"type": "Nothing"}')
    expect(window.tab.get_by_role("region", name="other.geojson")).to_contain_text("Nothing")
    assert window.tab.evaluate("window.hit") is None


def test_a_record_a_line_is_a_table(window: Window, filed: tuple[str, str], tmp_path: Path) -> None:
    logged(window, filed, tmp_path, "rows.jsonl", b'{"a": 1, "b": "x"}\n{"a": 2}\n')
    expect(window.tab.get_by_role("region", name="Table").get_by_role("row")).to_have_count(3)
    window.tab.get_by_text("JSON", exact=True).click()
    expect(window.tab.get_by_role("region", name="rows.jsonl")).to_contain_text('{"a": 2}')


def test_a_sound_is_played(window: Window, filed: tuple[str, str], tmp_path: Path) -> None:
    data = io.BytesIO()
    with wave.open(data, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
        sound.writeframes(b"".join(struct.pack("<h", int(20_000 * math.sin(at / 3))) for at in range(8000)))
    logged(window, filed, tmp_path, "tone.wav", data.getvalue())
    player = window.tab.locator("audio")
    expect(player).to_be_visible()
    window.until("document.querySelector('audio').duration > 0.9")
    assert player.evaluate("element => element.duration") == pytest.approx(1.0, abs=0.01)


RECORD = """async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 32, height: 24 });
    const pen = canvas.getContext('2d');
    const recorder = new MediaRecorder(canvas.captureStream(30), { mimeType: 'video/webm' });
    const parts = [];
    recorder.ondataavailable = (event) => parts.push(event.data);
    const ended = new Promise((resolve) => (recorder.onstop = resolve));
    recorder.start();
    for (let frame = 0; frame < 12; frame++) {
        pen.fillStyle = frame % 2 ? 'red' : 'blue';
        pen.fillRect(0, 0, 32, 24);
        await new Promise((resolve) => setTimeout(resolve, 40));
    }
    recorder.stop();
    await ended;
    return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
}"""


def test_a_film_is_played(window: Window, filed: tuple[str, str], tmp_path: Path) -> None:
    window.tab.goto("about:blank")
    film = bytes(window.tab.evaluate(RECORD))
    logged(window, filed, tmp_path, "film.webm", film)
    player = window.tab.locator("video")
    expect(player).to_have_attribute("aria-label", "film.webm")
    window.until("document.querySelector('video').videoWidth === 32")
    assert problems(window) == []
    player.evaluate("async (film) => { film.muted = true; await film.play(); }")
    window.until("document.querySelector('video').currentTime > 0")
    logged(window, filed, tmp_path, "broken.mp4", b"no film at all")
    expect(window.tab.get_by_text("This browser cannot play broken.mp4")).to_be_visible()
    expect(window.link("Download broken.mp4")).to_be_visible()


def test_files_follow_each_other_and_the_tree_is_as_wide_as_wanted(window: Window, filed: tuple[str, str]) -> None:
    client = Client(window.address)
    for name in ("a.txt", "b.txt", "c.txt"):
        client.log_text(filed[1], f"this is {name}", f"in/{name}")
    client.log_image(filed[1], numpy.zeros((4, 4, 3), "u1"), key="samples", step=5)
    open_file(window, filed, "in/b.txt")
    expect(window.tab.get_by_role("region", name="b.txt")).to_contain_text("this is b.txt")
    window.link("Next file").click()
    expect(window.tab.get_by_role("region", name="c.txt")).to_contain_text("this is c.txt")
    expect(window.link("Next file")).to_have_count(0)
    window.tab.go_back()
    window.link("Previous file").click()
    expect(window.tab.get_by_role("region", name="a.txt")).to_contain_text("this is a.txt")

    tree = window.tab.get_by_role("navigation", name="Files")
    tree.get_by_role("button", name="Open folder images").click()
    expect(tree.get_by_role("link", name="samples, step 5 ").first).to_be_visible()
    before = (tree.bounding_box() or {})["width"]
    window.tab.get_by_role("separator", name="Width of the tree").focus()
    for _ in range(5):
        window.tab.keyboard.press("ArrowRight")
    assert (tree.bounding_box() or {})["width"] == pytest.approx(before + 80, abs=1)
    window.tab.reload()
    expect(tree).to_be_visible()
    assert (tree.bounding_box() or {})["width"] == pytest.approx(before + 80, abs=1)


def test_a_picture_is_looked_at_closely(window: Window, filed: tuple[str, str]) -> None:
    Client(window.address).log_image(filed[1], numpy.zeros((30, 40, 3), "u1"), "dot.png")
    open_file(window, filed, "dot.png")
    picture = window.tab.get_by_role("img", name="dot.png")
    expect(window.tab.get_by_text("40 × 30")).to_be_visible()
    assert (picture.bounding_box() or {})["width"] == 40
    window.tab.get_by_text("400 %", exact=True).click()
    assert (picture.bounding_box() or {})["width"] == 160
