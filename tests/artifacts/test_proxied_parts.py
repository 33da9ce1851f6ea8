"""Big files through a real server: in parts to the server itself, or past it to its bucket."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flowmill.artifacts import proxied_parts
from flowmill.artifacts.http import HttpArtifacts
from flowmill.artifacts.open import open_served
from flowmill.artifacts.store import ServedStore
from flowmill.errors import Unavailable
from flowmill.server.app import App
from flowmill.server.files import accept_location
from flowmill.settings import Settings
from flowmill.store.sql.engine import SqlStore
from flowmill.store.sql.places import Places
from flowmill.store.sql.sqlite import SqliteDatabase
from flowmill.testing.server import running

PART = 5 * 1024 * 1024  # S3 takes no smaller one, but for the last
SETTINGS = Settings(
    upload_parts_from=PART, upload_part_bytes=PART, download_parts_from=PART, download_part_bytes=PART, http_retries=1
)
PREFIX = "0/run/artifacts"


class Observed(HttpArtifacts):
    """Writes down what is asked and can lose requests on the way."""

    def __init__(self, address: str, settings: Settings = SETTINGS) -> None:
        super().__init__(address, PREFIX, settings=settings, retries=0)
        self.address = address
        self.asked: list[tuple[str, str]] = []
        self.lose_parts = 0

    def request(self, method: str, url: str, *rest: Any) -> Any:
        own = url.startswith(("/", self.address))
        self.asked.append((method, "bucket" if not own else url.partition("?")[0].removeprefix(self.address)))
        if method == "PUT" and (not own or "/artifact-uploads/" in url) and self.lose_parts > 0:
            self.lose_parts -= 1
            raise Unavailable("lost on the way")
        return super().request(method, url, *rest)

    def count(self, method: str, word: str) -> int:
        return sum(asked == method and word in url for asked, url in self.asked)


@pytest.fixture(params=["local", "memory", "s3", "azure"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, ServedStore, bool]]:
    """The address of a server, its store, and whether parts go past the server, into its bucket."""
    if request.param in ("s3", "azure"):
        request.getfixturevalue(request.param)
    places = {
        "local": str(tmp_path / "artifacts"),
        "memory": f"memory://{tmp_path.name}",
        "s3": f"s3://bucket/{tmp_path.name}",
        "azure": f"az://container/{tmp_path.name}",
    }
    store = SqlStore(SqliteDatabase(tmp_path / "flowmill.db"), Places("mlflow-artifacts:/", accept_location))
    artifacts = open_served(places[request.param])
    with running(App(store, artifacts)) as address:
        yield address, artifacts, request.param == "s3"


@pytest.fixture
def big(tmp_path: Path) -> Path:
    file = tmp_path / "big.bin"
    file.write_bytes(os.urandom(3 * PART - 1000))
    return file


def test_a_big_file_goes_up_and_down_in_parts(served: tuple[str, ServedStore, bool], big: Path, tmp_path: Path) -> None:
    address, artifacts, bucket = served
    store = Observed(address)
    store.lose_parts = 2
    store.put("model/big.bin", big)
    assert store.count("PUT", "bucket" if bucket else "/artifact-uploads/") == 5, "three parts, two of them again"
    assert store.count("PUT", "mlflow-artifacts/artifacts") == 0
    assert artifacts.read(f"{PREFIX}/model/big.bin") == big.read_bytes()
    store.asked.clear()
    store.get("model/big.bin", tmp_path / "down" / "big.bin")
    assert (tmp_path / "down" / "big.bin").read_bytes() == big.read_bytes()
    if artifacts.signs:
        assert store.count("GET", "mlflow-artifacts/artifacts") == 0, "the server sent none of it"
    assert [entry.name for entry in (tmp_path / "down").iterdir()] == ["big.bin"]
    tree = store.get_tree("", tmp_path / "tree")
    assert (tree / "model" / "big.bin").read_bytes() == big.read_bytes()


def test_one_piece_where_parts_are_not_wanted(served: tuple[str, ServedStore, bool], big: Path, tmp_path: Path) -> None:
    address, _, _ = served
    plain = Settings(
        upload_parts_from=PART, download_part_bytes=PART, proxy_multipart_upload=False, proxy_multipart_download=False
    )
    store = Observed(address, plain)
    store.put("big.bin", big)
    store.get("big.bin", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == big.read_bytes()
    assert {url.rpartition("/")[0] for _, url in store.asked} == {f"/api/2.0/mlflow-artifacts/artifacts/{PREFIX}"}


def test_a_bucket_that_cannot_be_reached_from_here(
    served: tuple[str, ServedStore, bool], big: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The upload is taken back, and the file goes through the server as before."""
    address, artifacts, _ = served
    monkeypatch.setattr(proxied_parts, "tried_again", lambda send: send())
    store = Observed(address)
    store.lose_parts = 99
    store.put("big.bin", big)
    assert artifacts.read(f"{PREFIX}/big.bin") == big.read_bytes()
    assert store.count("POST", "/mpu/abort/") == 1
    assert artifacts.multipart.sweep(-1) == 0, "nothing of it is left"


def test_an_empty_file_and_one_of_exactly_a_part(served: tuple[str, ServedStore, bool], tmp_path: Path) -> None:
    address, artifacts, _ = served
    for size in (0, PART, PART + 1):
        (tmp_path / "file").write_bytes(b"x" * size)
        store = Observed(address)
        store.put("file", tmp_path / "file")
        assert artifacts.read(f"{PREFIX}/file") == b"x" * size
        store.get("file", tmp_path / "back")
        assert (tmp_path / "back").read_bytes() == b"x" * size
