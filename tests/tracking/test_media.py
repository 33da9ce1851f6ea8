"""Pictures, tables, figures and streams of a run."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy
import pandas
import PIL.Image
import pytest

import flowmill as mlflow
from flowmill.errors import Invalid, NotFound
from tests.peer.peer import Peer

RANDOM = numpy.random.default_rng(7)
RGB = RANDOM.integers(0, 256, (40, 60, 3), dtype=numpy.uint8)


def artifact(run: mlflow.ActiveRun, path: str) -> bytes:
    return Path(mlflow.MlflowClient().download_artifacts(run.info.run_id, path)).read_bytes()


def picture(run: mlflow.ActiveRun, path: str) -> PIL.Image.Image:
    return PIL.Image.open(io.BytesIO(artifact(run, path)))


@pytest.mark.parametrize(
    ("pixels", "mode", "values"),
    [
        (RGB[:, :, 0], "L", RGB[:, :, 0]),
        (RGB[:, :, :1], "L", RGB[:, :, 0]),
        (RGB, "RGB", RGB),
        (numpy.dstack([RGB, RGB[:, :, 0]]), "RGBA", numpy.dstack([RGB, RGB[:, :, 0]])),
        (RGB.astype(numpy.int64), "RGB", RGB),
        (numpy.array([[0.0, 0.5, 1.0]], dtype=numpy.float16), "L", [[0, 127, 255]]),
        (numpy.array([[True, False]]), "L", [[255, 0]]),
        (PIL.Image.new("RGB", (2, 1), (1, 2, 3)), "RGB", [[[1, 2, 3], [1, 2, 3]]]),
        (mlflow.Image([[0, 255]]), "L", [[0, 255]]),
        (RGB[::2, ::-1], "RGB", RGB[::2, ::-1]),
    ],
)
def test_pictures_of_all_kinds(pixels: Any, mode: str, values: Any) -> None:
    with mlflow.start_run() as run:
        mlflow.log_image(pixels, "plots/p.png")
    found = picture(run, "plots/p.png")
    assert (found.format, found.mode) == ("PNG", mode)
    assert numpy.array_equal(numpy.array(found), numpy.asarray(values))


def test_floats_outside_of_their_range_are_scaled_and_said() -> None:
    with mlflow.start_run() as run:
        with pytest.warns(UserWarning, match=r"lie in -1\.\.3"):
            mlflow.log_image(numpy.array([[-1.0, 1.0, 3.0]]), "p.png")
        with pytest.warns(UserWarning, match="1 pixels are NaN"):
            mlflow.log_image(numpy.array([[numpy.nan, 1.0]]), "n.png")
    assert numpy.array(picture(run, "p.png")).tolist() == [[0, 127, 255]]
    assert numpy.array(picture(run, "n.png")).tolist() == [[0, 255]]


@pytest.mark.parametrize(
    ("image", "arguments", "said"),
    [
        ("x", {"artifact_file": "a.png"}, "of a str"),
        (RGB, {}, "either artifact_file"),
        (RGB, {"artifact_file": "a.png", "key": "k"}, "either artifact_file"),
        (RGB, {"artifact_file": "a.png", "step": 1}, "belong to a series"),
        (RGB, {"artifact_file": "../a.png"}, r"\.\."),
        (RGB, {"artifact_file": "a", "synchronous": True}, "needs an ending"),
        (RGB, {"artifact_file": "a.xyz", "synchronous": True}, "no format that Pillow writes"),
        (RGB, {"key": "a%b"}, "'a%b'"),
        (RGB, {"key": "k", "step": 1.5}, "whole number"),
        (numpy.zeros((2, 2, 2), "u1"), {"key": "k"}, "1, 3 or 4 channels, not 2"),
        (numpy.zeros(4, "u1"), {"key": "k"}, "height, width"),
        (numpy.zeros((0, 4), "u1"), {"key": "k"}, "at least one pixel"),
        (numpy.array([[256]]), {"key": "k"}, r"0\.\.255"),
        (numpy.ones((2, 2), complex), {"key": "k"}, "complex128"),
    ],
)
def test_what_is_no_picture_is_refused(image: Any, arguments: dict[str, Any], said: str) -> None:
    with mlflow.start_run() as run:
        with pytest.raises(Invalid, match=said):
            mlflow.log_image(image, **arguments)
        mlflow.flush_artifact_async_logging()
    assert mlflow.MlflowClient().list_artifacts(run.info.run_id) == []


def test_a_series_of_pictures_is_named_as_mlflows_page_expects() -> None:
    with mlflow.start_run() as run:
        mlflow.log_image(RGB, key="val/dogs", step=3, timestamp=1234567890123)
        mlflow.log_image(PIL.Image.new("CMYK", (500, 20)), key="wide")
    files = [each.path for each in mlflow.MlflowClient().list_artifacts(run.info.run_id, "images")]
    dogs = [name for name in files if name.startswith("images/val~dogs+step+3+timestamp+1234567890123+")]
    assert [name[-16:] for name in dogs] == ["+compressed.webp", f"{dogs[1][-16:-4]}.png"]
    assert dogs[0].removesuffix("+compressed.webp") == dogs[1].removesuffix(".png")
    small = picture(run, dogs[0])
    assert (small.format, small.mode, small.size) == ("WEBP", "RGB", (256, 170))
    (wide,) = [name for name in files if name.startswith("images/wide+step+0") and name.endswith(".png")]
    assert picture(run, wide).mode == "RGB"
    assert mlflow.get_run(run.info.run_id).data.tags["mlflow.loggedImages"] == "True"


def test_a_picture_is_taken_as_it_is_at_the_call() -> None:
    canvas = numpy.zeros((400, 400, 3), numpy.uint8)
    drawing = PIL.Image.new("L", (300, 300))
    with mlflow.start_run() as run:
        for step in range(5):
            canvas[:] = step
            drawing.paste(step, (0, 0, 300, 300))
            mlflow.log_image(canvas, key="canvas", step=step)
            mlflow.log_image(drawing, key="drawing", step=step)
    files = [each.path for each in mlflow.MlflowClient().list_artifacts(run.info.run_id, "images")]
    originals = [name for name in files if name.endswith(".png")]
    assert len(originals) == 10
    for name in originals:
        step = int(name.split("+step+")[1].split("+")[0])
        assert set(numpy.array(picture(run, name)).ravel().tolist()) == {step}


def test_the_image_class() -> None:
    image = mlflow.Image(RGB)
    assert image.size == (60, 40) and image.to_list() == RGB.tolist()
    assert image.resize((30, 20)).to_array().shape == (20, 30, 3)
    image.save("small.png")
    assert mlflow.Image("small.png").to_list() == image.to_list()


def test_a_picture_that_cannot_be_stored_does_not_fail_the_run(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with mlflow.start_run() as run:
        mlflow.log_image(RGB, "a.xyz")
        with pytest.raises(Invalid, match="Pillow"):
            mlflow.flush_artifact_async_logging()
        mlflow.flush_artifact_async_logging()
    assert "'a.xyz' could not be stored" in caplog.text
    assert mlflow.get_run(run.info.run_id).info.status == "FINISHED"


def test_pictures_logged_by_a_client_are_there_when_the_script_ends(folder: Path) -> None:
    with mlflow.start_run() as run:
        pass
    script = f"""
import numpy, flowmill as mlflow
client = mlflow.MlflowClient({folder.as_uri()!r})
for step in range(3):
    client.log_image({run.info.run_id!r}, numpy.zeros((300, 300)), key="k", step=step, synchronous=False)
"""
    subprocess.run([sys.executable, "-c", script], check=True)
    assert len(mlflow.MlflowClient().list_artifacts(run.info.run_id, "images")) == 6


def rows(run: mlflow.ActiveRun, path: str) -> Any:
    return json.loads(artifact(run, path))


def test_tables_grow_by_rows_and_columns() -> None:
    with mlflow.start_run() as run:
        mlflow.log_table({"inputs": ["a", "b"], "n": [1, 2]}, "t/d.json")
        mlflow.log_table({"n": [3], "inputs": ["c"]}, "t/d.json")
        mlflow.log_table({"inputs": "d", "m": 2**70}, "t/d.json")
        mlflow.log_table({"x": ["c", "d"], "y": [3]}, "uneven.json")
        mlflow.log_table({}, "empty.json")
    assert rows(run, "t/d.json") == {
        "columns": ["inputs", "n", "m"],
        "data": [["a", 1, None], ["b", 2, None], ["c", 3, None], ["d", None, 2**70]],
    }
    assert rows(run, "uneven.json") == {"columns": ["x", "y"], "data": [[["c", "d"], [3]]]}
    assert rows(run, "empty.json") == {"columns": [], "data": []}
    tag = json.loads(mlflow.get_run(run.info.run_id).data.tags["mlflow.loggedArtifacts"])
    assert tag[0] == {"path": "t/d.json", "type": "table"} and len(tag) == 3


def test_cells_of_all_kinds() -> None:
    frame = pandas.DataFrame(
        {
            "f": [1.5, float("inf")],
            "i": pandas.array([1, None], dtype="Int64"),
            "s": ["ü", None],
            "b": [True, False],
            "t": pd_times(),
            "z": pd_times().tz_localize("Europe/Berlin"),
            "o": [{"x": numpy.arange(2)}, (1, numpy.float32(0.5))],
        },
        index=[5, 7],
    )
    with mlflow.start_run() as run:
        mlflow.log_table(frame, "t.json")
        mlflow.log_table({"a": numpy.array([1, 2]), "d": [datetime(2020, 1, 1), {1}]}, "u.json")
    assert rows(run, "t.json")["data"] == [
        [1.5, 1, "ü", True, "2020-01-01T00:00:00.000", "2019-12-31T23:00:00.000Z", {"x": [0, 1]}],
        [None, None, None, False, None, None, [1, 0.5]],
    ]
    assert rows(run, "u.json")["data"] == [[1, "2020-01-01T00:00:00.000"], [2, [1]]]


def pd_times() -> pandas.DatetimeIndex:
    return pandas.DatetimeIndex(["2020-01-01", None])


def test_pictures_in_cells() -> None:
    image = mlflow.Image(RGB)
    with mlflow.start_run() as run:
        mlflow.log_table({"n": [1, 2], "image": [image, PIL.Image.new("L", (4, 4))]}, "t/img.json")
        mlflow.log_table({"n": 3, "image": image}, "t/img.json")
        with pytest.raises(Invalid, match="'image' mixes images"):
            mlflow.log_table({"image": [image, "x"]}, "t/img.json")
    cells = [row[1] for row in rows(run, "t/img.json")["data"]]
    assert len({cell["filepath"] for cell in cells}) == 3
    for cell in cells:
        assert cell["type"] == "image" and cell["filepath"].startswith("table_images/t/img/")
        assert picture(run, cell["compressed_filepath"]).format == "WEBP"
    assert numpy.array_equal(numpy.array(picture(run, cells[0]["filepath"])), RGB)


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        ({"a": [1]}, "x.csv", r"'\.json' or '\.parquet'"),
        ([1], "x.json", "not a list"),
        (pandas.Series([1]), "x.json", "not a Series"),
        ({"a": [1]}, "../x.json", r"\.\."),
        ({"a": [1]}, "text.json", "'text.json' is no table"),
    ],
)
def test_what_is_no_table_is_refused(data: Any, name: str, said: str) -> None:
    with mlflow.start_run() as run:
        mlflow.log_text("{}", "text.json")
        with pytest.raises(Invalid, match=said):
            mlflow.log_table(data, name)
    assert artifact(run, "text.json") == b"{}"


def test_loading_tables() -> None:
    with mlflow.start_run() as first:
        mlflow.log_param("lr", 0.1)
        mlflow.log_table({"n": [1, 2]}, "t's.json")
    with mlflow.start_run(run_name="second") as second:
        mlflow.log_table({"n": [3], "m": ["x"]}, "t's.json")
    frame = mlflow.load_table("t's.json", extra_columns=["run_id", "run_name", "params.lr", "start_time"])
    assert frame["n"].tolist() == [3, 1, 2]
    assert frame["run_id"].tolist() == [second.info.run_id, *[first.info.run_id] * 2]
    assert frame["run_name"][0] == "second" and frame["params.lr"].tolist()[1:] == ["0.1", "0.1"]
    assert frame["start_time"].dt.tz is not None
    assert mlflow.load_table("t's.json", run_ids=[first.info.run_id])["n"].tolist() == [1, 2]
    with pytest.raises(NotFound, match=r"'none\.json'"):
        mlflow.load_table("none.json")
    with pytest.raises(Invalid, match="'nope'"):
        mlflow.load_table("t's.json", extra_columns=["nope"])


def test_appending_at_once_loses_no_row(server: str) -> None:
    """Threads and processes, to a server; conditions of the other stores are tested with the stores."""
    mlflow.set_tracking_uri(server)
    with mlflow.start_run() as run:
        run_id = run.info.run_id
        script = f"""
import flowmill as mlflow
client = mlflow.MlflowClient({server!r})
for number in range(10):
    client.log_table({run_id!r}, {{"n": [number]}}, "t.json")
"""
        others = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(2)]
        client = mlflow.MlflowClient()
        threads = [threading.Thread(target=client.log_table, args=(run_id, {"n": [99]}, "t.json")) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [other.wait(60) for other in others] == [0, 0]
    found = [row[0] for row in rows(run, "t.json")["data"]]
    assert sorted(found) == sorted([*range(10), *range(10), *[99] * 10])


def test_streams() -> None:
    with mlflow.start_run() as run:
        stream = io.BytesIO(b"header;body")
        stream.seek(7)
        mlflow.log_stream(stream, "s/x.bin")
        assert not stream.closed
        with pytest.raises(Invalid, match="must give bytes"):
            mlflow.log_stream(io.StringIO("text"), "y.bin")  # type: ignore[arg-type]
    assert artifact(run, "s/x.bin") == b"body"


def test_figures_texts_and_dicts() -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import plotly.graph_objects as graphs

    figure = plt.figure()
    plotly = graphs.Figure(graphs.Scatter(x=[1, 2], y=[3, 4]))
    with mlflow.start_run() as run:
        mlflow.log_figure(figure, "f.svg", save_kwargs={"bbox_inches": "tight"})
        mlflow.log_figure(figure, "f.png", save_kwargs={"dpi": 10})
        mlflow.log_figure(plotly, "p.html", save_kwargs={"full_html": False})
        with pytest.raises(Invalid, match="Matplotlib cannot draw"):
            mlflow.log_figure(figure, "f.html")
        with pytest.raises(Invalid, match=r"Plotly cannot draw 'p.png'.*\.html"):
            mlflow.log_figure(plotly, "p.png")
        with pytest.raises(Invalid, match="needs an ending"):
            mlflow.log_figure(figure, "f")
        with pytest.raises(Invalid, match="stores a str, not bytes"):
            mlflow.log_text(b"x", "x.txt")  # type: ignore[arg-type]
        mlflow.log_dict({"ü": numpy.float32(3), "t": datetime(2020, 1, 1)}, "d.yaml")
        mlflow.log_dict({"ü": numpy.float32(3)}, "d")
    plt.close(figure)
    assert b"<svg" in artifact(run, "f.svg")
    page = artifact(run, "p.html")
    assert page.startswith(b"<div") and b"cdn" not in page[:1000]
    assert artifact(run, "d.yaml").decode() == "ü: '3.0'\nt: '2020-01-01 00:00:00'\n"
    assert json.loads(artifact(run, "d")) == {"ü": "3.0"}


@pytest.mark.peer
def test_the_real_mlflow_reads_our_tables_and_we_read_its(peer: Peer, server: str, tmp_path: Path) -> None:
    mlflow.set_tracking_uri(server)
    with mlflow.start_run() as run:
        mlflow.log_table({"n": [1, 2], "s": ["a", None]}, "t.json")
        mlflow.log_table({"n": [3], "x": [0.5]}, "t.json")
    told = peer.run(
        f"""
import json, mlflow
mlflow.set_tracking_uri({server!r})
print(mlflow.load_table("t.json", extra_columns=["run_id"]).to_json(orient="split"))
mlflow.MlflowClient().log_table({run.info.run_id!r}, {{"n": [4], "y": [True]}}, "t.json")
""",
        folder=tmp_path,
    )
    seen = json.loads(told.splitlines()[-1])
    assert seen["columns"] == ["n", "s", "x", "run_id"]
    assert [row[:3] for row in seen["data"]] == [[1, "a", None], [2, None, None], [3, None, 0.5]]
    frame = mlflow.load_table("t.json")
    assert frame["n"].tolist() == [1, 2, 3, 4] and frame["y"].tolist()[3] in (True, 1.0)
