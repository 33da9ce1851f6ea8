"""Downloads: ranges, clients that leave, folders as archives."""

from __future__ import annotations

import io
import os
import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from flowmill.artifacts.local import LocalArtifacts
from flowmill.artifacts.store import ArtifactStream
from flowmill.server.app import App
from flowmill.server.files import accept_location
from flowmill.server.ranges import Range, parse_range
from flowmill.store.sql.engine import SqlStore
from flowmill.store.sql.places import Places
from flowmill.store.sql.sqlite import SqliteDatabase
from flowmill.testing.server import running
from tests.server.conftest import Http

PROXY = "/api/2.0/mlflow-artifacts/artifacts"


@pytest.fixture(params=["local", "s3"])
def any_client(request: pytest.FixtureRequest) -> Http:
    """A client of a server with a folder, and of one with a bucket."""
    return request.getfixturevalue("http_client" if request.param == "local" else "s3_client")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", Range(0, 1)),
        ("bytes=5-", Range(5, None)),
        ("Bytes=-7", Range(None, 7)),
        ("", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=9-3", None),
        ("bytes=0-1,3-4", None),
        ("items=0-1", None),
        ("bytes=a-b", None),
        ("bytes=99999999999999999999-", None),
    ],
)
def test_range_headers(header: str, expected: Range | None) -> None:
    assert parse_range(header) == expected


def test_ranges(any_client: Http) -> None:
    place = f"{PROXY}/0/run/artifacts/digits"
    assert any_client.send("PUT", place, b"0123456789").status == 200
    whole = any_client.send("GET", place)
    assert (whole.status, whole.headers["accept-ranges"]) == (200, "bytes")
    tag = whole.headers["etag"]
    for header, status, body, said in (
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=7-99", 206, b"789", "bytes 7-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=-99", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=50-60", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=0-1,5-6", 200, b"0123456789", None),
        ("nonsense", 200, b"0123456789", None),
    ):
        answer = any_client.send("GET", place, Range=header)
        assert (answer.status, answer.body, answer.headers.get("content-range")) == (status, body, said), header
        assert answer.headers["content-length"] == str(len(body))
    assert any_client.send("GET", place, Range="bytes=1-2", If_Range=tag).body == b"12"
    any_client.send("PUT", place, b"changed")
    assert any_client.send("GET", place, Range="bytes=1-2", If_Range=tag).body == b"changed"
    head = any_client.send("HEAD", place)
    assert (head.status, head.headers["content-length"], head.body) == (200, "7", b"")
    any_client.send("PUT", place, b"")
    assert any_client.send("GET", place, Range="bytes=0-5").status == 416
    assert any_client.send("GET", f"{PROXY}/0/run/artifacts/nothing", Range="bytes=0-5").status == 404


def test_a_text_is_sent_as_it_is(any_client: Http) -> None:
    """A file's length and ranges are those of the file, whatever the client could decompress."""
    place = f"{PROXY}/0/run/artifacts/a.txt"
    any_client.send("PUT", place, b"a" * 100_000)
    answer = any_client.send("GET", place, Accept_Encoding="gzip")
    assert (answer.body, answer.headers.get("content-encoding")) == (b"a" * 100_000, None)


def test_a_client_that_leaves_ends_its_download(tmp_path: Path) -> None:
    sent: list[int] = []

    class Counting(LocalArtifacts):
        def open_stream(self, path: str, start: int = 0, length: int | None = None) -> ArtifactStream:
            stream = super().open_stream(path, start, length)

            def counted() -> Iterator[bytes]:
                for chunk in stream:
                    sent.append(len(chunk))
                    time.sleep(0.002)
                    yield chunk
                sent.append(-1)

            return ArtifactStream(stream.size, counted(), stream.close, stream.total, stream.tag)

    store = SqlStore(SqliteDatabase(tmp_path / "flowmill.db"), Places("mlflow-artifacts:/", accept_location))
    artifacts = Counting(tmp_path / "artifacts")
    artifacts.put("0/run/artifacts/big", b"")
    os.truncate(tmp_path / "artifacts/0/run/artifacts/big", 2_000_000_000)
    before = threading.active_count()
    with running(App(store, artifacts)) as address:
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(f"GET {PROXY}/0/run/artifacts/big HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        time.sleep(0.5)
        seen = len(sent)
        time.sleep(0.3)
        assert len(sent) == seen < 200, "the server goes on reading"
    assert -1 not in sent
    assert threading.active_count() <= before + 8


def test_a_folder_comes_as_an_archive(any_client: Http) -> None:
    run = any_client.post("runs/create", experiment_id="0")["run"]["info"]["run_id"]
    files = {"a.txt": b"a", "model/MLmodel": b"flavors: {}", "model/data/w.bin": os.urandom(3_000_000), "ü/ö": b"x"}
    for name, content in files.items():
        assert any_client.send("PUT", quoted(f"{PROXY}/0/{run}/artifacts/{name}"), content).status == 200
    address = f"/api/flowmill/1/artifacts/zip?run_id={run}"
    answer = any_client.send("GET", address)
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{run}.zip"
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert unzipped(answer.body) == files
    inner = any_client.send("GET", f"{address}&path=model")
    assert unzipped(inner.body) == {"MLmodel": files["model/MLmodel"], "data/w.bin": files["model/data/w.bin"]}
    assert inner.headers["content-disposition"].endswith("model.zip")
    assert any_client.send("GET", f"{address}&path=a.txt").status == 404
    assert any_client.send("GET", f"{address}&path=nothing").status == 404
    assert any_client.send("GET", "/api/flowmill/1/artifacts/zip").status == 400
    model = any_client.post("logged-models", experiment_id="0", name="x")["model"]["info"]["model_id"]
    any_client.send("PUT", f"{PROXY}/0/models/{model}/artifacts/MLmodel", b"m")
    assert unzipped(any_client.send("GET", f"/api/flowmill/1/artifacts/zip?model_id={model}").body) == {"MLmodel": b"m"}


def quoted(path: str) -> str:
    from urllib.parse import quote

    return quote(path)


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}
