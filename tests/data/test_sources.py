"""Where datasets come from: found from what a user passes, stored as JSON, loaded again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import flowmill
from flowmill.data import dataset_registry, dataset_source_registry
from flowmill.data.dataset_source import DatasetSource
from flowmill.data.dataset_source_registry import register_dataset_source, resolve_dataset_source
from flowmill.data.delta_dataset_source import DeltaDatasetSource
from flowmill.data.http_dataset_source import HTTPDatasetSource
from flowmill.data.spark_dataset_source import SparkDatasetSource
from flowmill.data.uc_volume_dataset_source import UCVolumeDatasetSource
from flowmill.errors import Invalid, NotFound, NotSupported, Unavailable


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Registries that are filled anew, and forgotten after the test."""
    monkeypatch.setattr(dataset_source_registry, "_registry", None)
    monkeypatch.setattr(dataset_registry, "_registry", None)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ("./rows.csv", "local"), (Path("/rows.csv"), "local"), ("file:///rows.csv", "local"), ("s3://b/k", "s3"),
        ("gs://b/k", "gs"), ("abfss://c@h/p", "abfss"), ("wasbs://c@h/p", "wasbs"), ("hdfs://h/p", "hdfs"),
        ("viewfs://h/p", "viewfs"), ("ftp://h/p", "ftp"), ("sftp://h/p", "sftp"), ("r2://b@h/p", "r2"),
        ("b2://b/k", "b2"), ("https://h/rows.csv", "http"),
    ],
)  # fmt: skip
def test_an_address_becomes_a_source(given: Any, kind: str) -> None:
    dataset = flowmill.data.from_numpy(np.eye(2), source=given)
    assert dataset.to_dict()["source_type"] == kind
    again = flowmill.data.get_dataset_source_from_json(dataset.source.to_json(), kind)
    assert (type(again), again.to_dict()) == (type(dataset.source), dataset.source.to_dict())
    assert list(again.to_dict().values()) == [str(given)]


@pytest.mark.parametrize("given", [12, {"a": 1}, "runs:/1/rows", "zz://a"])
def test_what_is_no_source_is_refused(given: Any) -> None:
    with pytest.raises(NotFound, match="is no source of a dataset"):
        resolve_dataset_source(given)


def test_stored_sources_that_cannot_be_read_say_why() -> None:
    read = flowmill.data.get_dataset_source_from_json
    with pytest.raises(NotFound, match="source type 'zz'"):
        read("{}", "zz")
    for text in ("{", "[]", "{}", '{"uri": null}'):
        with pytest.raises(Invalid):
            read(text, "local")
    with pytest.raises(Invalid, match="has no source"):
        flowmill.data.get_source(3)  # type: ignore[arg-type]


def test_sources_of_engines() -> None:
    table = DeltaDatasetSource(delta_table_name="c.s.t", delta_table_version=1, delta_table_id="i")
    assert DeltaDatasetSource.from_json(table.to_json()).to_dict() == table.to_dict() == {
        "delta_table_name": "c.s.t", "delta_table_version": 1, "is_databricks_uc_table": True, "delta_table_id": "i",
    }  # fmt: skip
    assert DeltaDatasetSource(path="/p").to_dict() == {"path": "/p"}
    assert SparkDatasetSource.from_dict({"sql": "select 1"}).to_dict() == {"sql": "select 1"}
    for make in (SparkDatasetSource, DeltaDatasetSource):
        with pytest.raises(Invalid, match="exactly one"):
            make()
    with pytest.raises(Invalid, match="pip install pyspark"):
        SparkDatasetSource(path="/p").load()
    with pytest.raises(NotSupported, match="Databricks"):
        UCVolumeDatasetSource("/Volumes/a/b/c/d").load()
    with pytest.raises(NotSupported, match="code"):
        flowmill.data.from_numpy(np.eye(2)).source.load()


def test_a_local_file_stays_where_it_is_unless_asked(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("a\n1\n")
    source = resolve_dataset_source(str(file))
    assert source.load() == str(file)
    copied = source.load(dst_path=tmp_path / "copy")  # type: ignore[call-arg]
    assert Path(copied).read_text() == "a\n1\n"
    assert Path(copied).parent == tmp_path / "copy"
    with pytest.raises(NotFound, match=r"nope\.csv"):
        resolve_dataset_source(str(tmp_path / "nope.csv")).load()


@contextmanager
def web(disposition: str | None, status: int = 200) -> Iterator[str]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            if disposition:
                self.send_header("Content-Disposition", disposition)
            self.send_header("Content-Length", "3")
            self.end_headers()
            self.wfile.write(b"abc")

        def log_message(self, *_: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("disposition", "path", "name"),
    [
        (None, "/data/rows.csv?x=1", "rows.csv"),
        (None, "/", "dataset_source"),
        (None, "/a/%2e%2e", "dataset_source"),
        (None, "/a/..%2f..%2fevil", "evil"),
        ('attachment; filename="table.csv"', "/rows.csv", "table.csv"),
        ('attachment; filename="../../../../tmp/evil"', "/rows.csv", "evil"),
        ('attachment; filename="..\\\\..\\\\evil"', "/rows.csv", "evil"),
        ("attachment; filename*=UTF-8''..%2F..%2Fevil", "/rows.csv", "evil"),
        ('attachment; filename=".."', "/rows.csv", "rows.csv"),
        ('attachment; filename="/"', "/rows.csv", "rows.csv"),
    ],
)
def test_a_file_of_the_web_is_put_nowhere_else(disposition: str | None, path: str, name: str, tmp_path: Path) -> None:
    """The name that a server gives may be an attack."""
    with web(disposition) as address:
        got = Path(HTTPDatasetSource(address + path).load(tmp_path / "in" / "here"))
    assert got == tmp_path / "in" / "here" / name
    assert got.read_bytes() == b"abc"
    assert [each.name for each in tmp_path.rglob("*") if each.is_file()] == [name]


def test_what_the_web_does_not_give() -> None:
    for status, kind in ((404, NotFound), (500, Unavailable)):
        with web(None, status) as address, pytest.raises(kind, match=str(status)):
            HTTPDatasetSource(f"{address}/rows.csv").load()
    with pytest.raises(Unavailable, match="could not be fetched"):
        HTTPDatasetSource("http://127.0.0.1:1/rows.csv").load()
    with pytest.raises(Invalid, match="no web address"):
        HTTPDatasetSource("http:/rows.csv").load()


PLUGIN = """
import flowmill
from flowmill.data.dataset import Dataset
from flowmill.data.dataset_source import DatasetSource

class Shelf(DatasetSource):
    def __init__(self, name):
        self.name = name
    @staticmethod
    def _get_source_type():
        return "shelf"
    def load(self):
        return f"book {self.name}"
    @staticmethod
    def _can_resolve(raw_source):
        return isinstance(raw_source, str) and raw_source.startswith("shelf:")
    @classmethod
    def _resolve(cls, raw_source):
        return cls(raw_source[6:])
    def to_dict(self):
        return {"name": self.name}
    @classmethod
    def from_dict(cls, source_dict):
        return cls(source_dict["name"])

class Book(Dataset):
    def _compute_digest(self):
        return "d"
    profile = schema = None

def from_book(name: str = None, digest: str = None) -> Book:
    return Book(Shelf(name), name, digest)
"""


def test_plugins_bring_sources_and_constructors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh: None) -> None:
    (tmp_path / "shelf_plugin.py").write_text(PLUGIN)
    info = tmp_path / "shelf_plugin-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shelf-plugin\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[mlflow.dataset_source]\nshelf = shelf_plugin:Shelf\nbroken = nowhere_at_all:Source\n"
        "[mlflow.dataset_constructor]\nfrom_book = shelf_plugin:from_book\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.warns(UserWarning, match="broken"):
        source = resolve_dataset_source("shelf:A")
    assert source.load() == "book A"
    book = flowmill.data.from_book(name="B")
    monkeypatch.delattr(flowmill.data, "from_book")
    with flowmill.start_run() as run:
        flowmill.log_input(book, "reading")
    (used,) = flowmill.get_run(run.info.run_id).inputs.dataset_inputs
    assert (used.dataset.name, used.dataset.digest, used.dataset.source_type) == ("B", "d", "shelf")
    assert flowmill.data.get_source(used).load() == "book B"


def test_a_source_that_has_to_be_named_says_so() -> None:
    with pytest.raises(Invalid, match="make a SparkDatasetSource of it yourself"):
        SparkDatasetSource._resolve("/rows.csv")


def test_the_last_registered_source_is_asked_first(fresh: None) -> None:
    def kind(name: str, fails: bool) -> type[DatasetSource]:
        def resolve(cls: Any, raw: Any) -> Any:
            if fails:
                raise ValueError("not today")
            return cls()

        methods = {
            **dict.fromkeys(("load", "to_dict", "from_dict"), lambda *_: None),
            "_get_source_type": staticmethod(lambda: name),
            "_can_resolve": staticmethod(lambda raw: isinstance(raw, str)),
            "_resolve": classmethod(resolve),
        }
        return type(name, (DatasetSource,), methods)

    register_dataset_source(kind("First", fails=False))
    register_dataset_source(kind("Second", fails=True))
    with pytest.warns(UserWarning) as warned:
        assert type(resolve_dataset_source("/rows.csv")).__name__ == "First"
    texts = [str(each.message) for each in warned]
    assert "LocalArtifactDatasetSource, First, Second" in texts[0]
    assert "not today" in texts[1]
    with pytest.raises(NotFound):
        resolve_dataset_source("/rows.csv", candidate_sources=[HTTPDatasetSource])


def test_constructors_are_checked(fresh: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from flowmill.data.dataset_registry import get_registered_constructors, register_constructor
    from flowmill.data.numpy_dataset import NumpyDataset

    def from_shelf(name: str | None = None, digest: str | None = None) -> NumpyDataset:
        return flowmill.data.from_numpy(np.eye(2), name=name, digest=digest)

    def from_nothing(name: str | None = None) -> NumpyDataset:
        raise AssertionError

    def from_untold(name: Any = None, digest: Any = None) -> int:
        raise AssertionError

    with pytest.raises(Invalid, match="from_… or load_…"):
        register_constructor(from_shelf, "shelf")
    with pytest.raises(Invalid, match="'digest'"):
        register_constructor(from_nothing)  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="returns a Dataset"):
        register_constructor(from_untold)  # type: ignore[arg-type]
    assert register_constructor(from_shelf, "load_shelf") == "load_shelf"
    assert flowmill.data.load_shelf(name="n").name == "n"
    monkeypatch.delattr(flowmill.data, "load_shelf")
    assert "load_shelf" in get_registered_constructors()
    with pytest.raises(AttributeError):
        _ = flowmill.data.from_nowhere
