"""Files of a run are shown as what they are: Parquet by its parts, patches side by side, documents by the browser."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pandas
import pyarrow
import pyarrow.parquet
import pytest
from playwright.sync_api import Response, expect

from flowmill.client import Client
from tests.e2e.test_accessibility import problems
from tests.e2e.test_runs_table import PAYLOAD, new_experiment, new_run
from tests.e2e.window import Window
from tests.story.story import Place

PATCH = f"""# Left out: .env: it may hold secrets
# Untracked: {PAYLOAD}
diff --git a/train.py b/train.py
--- a/train.py
+++ b/train.py
@@ -1,2 +1,3 @@
 import os
-lr = 0.1
+lr = 0.2
+name = "{PAYLOAD}"
diff --git a/model.bin b/model.bin
new file mode 100644
Binary files /dev/null and b/model.bin differ
"""
PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj
trailer<</Root 1 0 R>>
"""


@pytest.fixture
def filed(window: Window, told: Place, request: pytest.FixtureRequest) -> tuple[str, str]:
    """A run to which files are logged: its experiment and its id."""
    experiment = new_experiment(window, f"files of {request.node.name}")
    return experiment, new_run(window, experiment, "files")


def open_file(window: Window, filed: tuple[str, str], path: str) -> None:
    window.open(f"/experiments/{filed[0]}/runs/{filed[1]}/artifacts/{path}")


def test_a_folder_of_thousands_of_files_is_gone_through(window: Window, filed: tuple[str, str], tmp_path: Path) -> None:
    for number in range(3000):
        (tmp_path / f"{number}.txt").write_text(f"this is {number}")
    Client(window.address).log_artifacts(filed[1], str(tmp_path), "many")
    open_file(window, filed, "many/2000.txt")
    tree = window.tab.get_by_role("navigation", name="Files")
    expect(tree.get_by_role("link", name="2000.txt")).to_be_in_viewport()
    assert tree.get_by_role("link").count() < 200
    tree.get_by_role("link", name="2000.txt").focus()
    window.tab.keyboard.press("ArrowDown")
    expect(tree.get_by_role("link", name="2001.txt")).to_be_focused()
    window.tab.keyboard.press("End")
    expect(tree.get_by_role("link", name="2999.txt")).to_be_focused()
    window.tab.keyboard.press("Enter")
    expect(window.tab.get_by_role("region", name="2999.txt")).to_contain_text("this is 2999")
    assert problems(window) == []
    window.tab.get_by_role("region", name="Content").get_by_role("link", name="many").click()
    expect(window.tab.get_by_text("3,000 entries")).to_be_visible()
    window.tab.get_by_role("searchbox", name="Find in this folder").fill("1234")
    window.tab.get_by_role("region", name="Content").get_by_role("link", name="1234.txt").click()
    expect(window.tab.get_by_role("region", name="1234.txt")).to_contain_text("this is 1234")


def test_any_part_of_a_long_file_is_read(window: Window, filed: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text("".join(f"epoch {number}: all is well\n" for number in range(200_000)))
    (tmp_path / "rows.csv").write_text("number,word\n" + "".join(f"{number},word\n" for number in range(100_000)))
    (tmp_path / "rows.jsonl").write_text("".join(f'{{"number": {number}}}\n' for number in range(100_000)))
    (tmp_path / "empty.txt").touch()
    Client(window.address).log_artifacts(filed[1], str(tmp_path))
    open_file(window, filed, "train.log")
    text = window.tab.get_by_role("region", name="train.log")
    expect(text).to_contain_text("epoch 0: all is well")
    window.button("End").click()
    expect(text).to_contain_text("epoch 199999: all is well")
    window.tab.get_by_role("textbox", name="Part").fill("3")
    window.tab.keyboard.press("Enter")
    expect(text).to_contain_text(re.compile(r"^epoch \d+: all is well\n"))
    window.button("Start").click()
    expect(text).to_contain_text("epoch 0: all is well")

    table = window.tab.get_by_role("region", name="Table")
    for file, count in (("rows.csv", 2), ("rows.jsonl", 1)):
        open_file(window, filed, file)
        expect(table.get_by_role("row").nth(1)).to_contain_text("0")
        window.button("End").click()
        expect(table.get_by_role("columnheader")).to_have_count(count)
        window.tab.get_by_role("button", name="number").click(click_count=2, delay=50)
        expect(table.get_by_role("row").nth(1)).to_contain_text("99999")
    assert problems(window) == []
    open_file(window, filed, "empty.txt")
    expect(window.heading("This file is empty")).to_be_visible()


@pytest.mark.parametrize("codec", ["snappy", "zstd", "gzip", "brotli", "lz4", "none"])
def test_a_parquet_file_is_a_table(window: Window, filed: tuple[str, str], tmp_path: Path, codec: str) -> None:
    frame = pandas.DataFrame(
        {
            "id": range(5000),
            "name": [PAYLOAD, None] * 2500,
            "at": pandas.date_range("2024-01-01", periods=5000, freq="s"),
            "parts": [[1, 2]] * 5000,
        }
    )
    file = tmp_path / "rows.parquet"
    pyarrow.parquet.write_table(pyarrow.Table.from_pandas(frame), file, compression=codec)
    Client(window.address).log_artifact(filed[1], str(file))
    open_file(window, filed, "rows.parquet")
    expect(window.tab.get_by_text("5,000 rows and 4 columns in the file.")).to_be_visible()
    expect(window.tab.get_by_text("The first 1,000 rows, 4 columns")).to_be_visible()
    first = window.tab.get_by_role("region", name="Table").get_by_role("row").nth(1)
    expect(first).to_contain_text(PAYLOAD)
    expect(first).to_contain_text("2024-01-01T00:00:00.000Z")
    expect(first).to_contain_text("[1,2]")
    assert window.tab.evaluate("window.hit") is None


def test_only_the_parts_of_a_parquet_file_are_read(window: Window, filed: tuple[str, str], tmp_path: Path) -> None:
    file = tmp_path / "long.parquet"
    frame = pandas.DataFrame({"x": [math.sin(number) for number in range(400_000)]})
    frame.to_parquet(file, row_group_size=20_000)
    assert file.stat().st_size > 3_000_000
    Client(window.address).log_artifact(filed[1], str(file))
    sizes: list[int] = []

    def add(answer: Response) -> None:
        if "get-artifact" in answer.url:
            sizes.append(int(answer.headers.get("content-length", "0")))

    window.tab.on("response", add)
    open_file(window, filed, "long.parquet")
    expect(window.tab.get_by_text("400,000 rows and 1 column in the file.")).to_be_visible()
    assert 0 < sum(sizes) < 1_000_000
    assert problems(window) == []


def test_a_broken_parquet_file_says_so(window: Window, filed: tuple[str, str]) -> None:
    Client(window.address).log_text(filed[1], "PAR1 this is none, and not at all PAR1", "broken.parquet")
    open_file(window, filed, "broken.parquet")
    expect(window.tab.get_by_text("This Parquet file cannot be shown")).to_be_visible()
    expect(window.link("Download broken.parquet")).to_be_visible()


def test_a_patch_is_shown_side_by_side(window: Window, filed: tuple[str, str]) -> None:
    client = Client(window.address)
    client.set_tag(filed[1], "mlflow.source.git.commit", "0123456789abcdef")
    client.log_text(filed[1], PATCH, "source/uncommitted.patch")
    assert client.flush()
    window.open(f"/experiments/{filed[0]}/runs/{filed[1]}")
    window.link("and uncommitted changes").click()
    expect(window.tab.get_by_text("Left out: .env: it may hold secrets")).to_be_visible()
    expect(window.tab.get_by_text("added, binary")).to_be_visible()
    lines = window.tab.get_by_role("region", name="train.py").get_by_role("row")
    expect(lines.nth(3).get_by_role("cell")).to_have_text(["2", "removed: lr = 0.1", "2", "added: lr = 0.2"])
    expect(lines.nth(4).get_by_role("cell")).to_have_text(["", "", "3", f'added: name = "{PAYLOAD}"'])
    assert problems(window) == []
    window.tab.get_by_text("Text", exact=True).click()
    expect(window.tab.get_by_role("region", name="uncommitted.patch")).to_contain_text("diff --git")
    assert window.tab.evaluate("window.hit") is None


def test_a_document_is_drawn_by_the_browser(window: Window, filed: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "paper.pdf").write_bytes(PDF)
    (tmp_path / "no.pdf").write_bytes(b"<script>window.hit=1</script>")
    for name in ("paper.pdf", "no.pdf"):
        Client(window.address).log_artifact(filed[1], str(tmp_path / name))
    # Chromium without a window has no viewer for PDF; the page is told that it has.
    window.tab.add_init_script(
        """Object.defineProperty(navigator, 'pdfViewerEnabled', { value: true });
        const make = URL.createObjectURL;
        window.kinds = [];
        URL.createObjectURL = blob => (window.kinds.push(blob.type), make(blob));"""
    )
    open_file(window, filed, "paper.pdf")
    frame = window.tab.locator("iframe[title='paper.pdf']")
    expect(frame).to_be_visible()
    address = frame.get_attribute("src") or ""
    assert address.startswith(f"blob:{window.address}/")
    assert set(window.tab.evaluate("window.kinds")) == {"application/pdf"}
    open_file(window, filed, "no.pdf")
    expect(window.tab.get_by_text("This file is no PDF.")).to_be_visible()
    assert window.tab.evaluate("window.hit") is None


def test_runs_are_exported_as_parquet(window: Window, told: Place, tmp_path: Path) -> None:
    experiment = new_experiment(window, "parquet")
    new_run(window, experiment, "bare", params={"lr": ""})
    new_run(window, experiment, PAYLOAD, params={"lr": "0.1", "size": "3"}, losses=[2.0, 0.1])
    broken = new_run(window, experiment, "broken", params={"size": "4"})
    point = {"run_id": broken, "key": "loss", "value": "NaN", "timestamp": 1, "step": 0}
    window.ask("POST", "runs/log-metric", **point)
    window.open(f"/experiments/{experiment}")
    window.button("Export").click()
    with window.tab.expect_download() as download:
        window.tab.get_by_role("menuitem", name="Parquet").click()
    file = tmp_path / "runs.parquet"
    download.value.save_as(file)
    assert download.value.suggested_filename == "parquet runs.parquet"
    table = pyarrow.parquet.read_table(file)
    found = {row["run_name"]: row for row in table.to_pylist()}
    assert math.isnan(found["broken"]["metrics.loss"])
    assert found[PAYLOAD]["metrics.loss"] == 0.1
    assert found[PAYLOAD]["duration_s"] == 1.0
    assert found[PAYLOAD]["start_time"].timestamp() == 1.0
    assert found["bare"]["metrics.loss"] is None
    assert found["bare"]["params.lr"] == ""
    assert found["broken"]["params.lr"] is None


def test_what_a_run_hides_is_brought_back(window: Window, told: Place) -> None:
    experiment = new_experiment(window, "resumed")
    run_id = new_run(window, experiment, "resumed", losses=[float(step) for step in range(20)])
    client = Client(window.address)
    client.rewind_run(run_id, 9)
    window.open(f"/experiments/{experiment}/runs/{run_id}/metrics")
    hidden = window.tab.get_by_role("region", name="Hidden branches")
    expect(hidden).to_contain_text("10 points up to step 19")
    expect(window.tab.get_by_role("img", name="Line chart of loss: resumed ends at 9")).to_be_visible()
    assert problems(window) == []
    window.button("Bring back the points after step 9").click()
    expect(window.tab.get_by_text("The points after step 9 are back.")).to_be_visible()
    expect(window.tab.get_by_role("img", name="Line chart of loss: resumed ends at 19")).to_be_visible()
    expect(hidden).to_have_count(0)


def test_the_trash_names_experiments(window: Window, told: Place) -> None:
    experiment = new_experiment(window, f"named {PAYLOAD}")
    run_id = new_run(window, experiment, "gone")
    window.ask("POST", "runs/delete", run_id=run_id)
    window.open("/trash")
    expect(window.row("gone").get_by_role("link", name=f"named {PAYLOAD}")).to_be_visible()
    assert window.tab.evaluate("window.hit") is None
