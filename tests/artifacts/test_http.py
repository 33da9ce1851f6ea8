"""What only the proxied store has to do: a network that fails and a server that lies."""

from __future__ import annotations

import os
from contextlib import suppress
from io import RawIOBase
from pathlib import Path
from typing import Any

import pytest

from flowmill.artifacts.http import HttpArtifacts
from flowmill.errors import NotFound, Unavailable
from flowmill.settings import Settings
from tests.artifacts.protocol_server import Faults
from tests.peer.server import free_port

Server = tuple[str, Faults]


def test_a_busy_server_is_asked_again(server: Server) -> None:
    address, faults = server
    store = HttpArtifacts(address, "p")
    for ask in (lambda: store.put("a", b"1" * 100_000), lambda: store.read("a"), store.list, lambda: store.delete("a")):
        faults.busy = 2
        ask()
        assert faults.busy == 0
    faults.busy = 99
    with pytest.raises(Unavailable, match="HTTP status 503"):
        HttpArtifacts(address, retries=1).read("a")


@pytest.mark.parametrize("ranges", [True, False])
def test_a_download_that_breaks_half_way_is_taken_up(server: Server, tmp_path: Path, ranges: bool) -> None:
    address, faults = server
    faults.ranges = ranges
    store = HttpArtifacts(address)
    content = os.urandom(3_000_000)
    store.put("big", content)
    faults.broken_downloads = 2
    store.get("big", tmp_path / "big")
    assert (tmp_path / "big").read_bytes() == content
    faults.broken_downloads = 99
    if not ranges:
        with pytest.raises(Unavailable, match="does not answer"):
            HttpArtifacts(address, retries=1).get("big", tmp_path / "new")
        assert [entry.name for entry in tmp_path.glob("*") if entry.is_file()] == ["big"]


def test_a_download_that_was_given_up_is_continued_by_the_next(server: Server, tmp_path: Path) -> None:
    """Each attempt is a process that is killed after some requests; what arrived before is not asked for again."""
    address, faults = server
    content = os.urandom(2_000_000)
    settings = Settings(download_part_bytes=100_000)
    store = HttpArtifacts(address, settings=settings, retries=0)
    store.put("big", content)

    class Killed(BaseException):
        pass

    attempts = 0
    asked: list[int] = []
    while not (tmp_path / "big").exists():
        attempts += 1
        assert attempts < 30
        left = [5]
        faults.requests.clear()

        class Dying(HttpArtifacts):
            def _open_part(self, safe: Any, tag: Any, start: int, length: int, left: list[int] = left) -> Any:
                left[0] -= 1
                if left[0] < 0:
                    raise Killed
                return super()._open_part(safe, tag, start, length)

        with suppress(Killed):
            Dying(address, settings=settings, retries=0).get("big", tmp_path / "big")
        asked.append(sum("GET" in request and "/big" in request for request in faults.requests))
    assert (tmp_path / "big").read_bytes() == content
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_file()] == ["big"]
    assert attempts > 2
    assert sum(asked) <= 20 + 2 * attempts  # 20 parts, and the range by which each attempt begins


def test_a_changed_file_is_not_mixed_with_the_old_one(server: Server, tmp_path: Path) -> None:
    address, _ = server
    settings = Settings(download_part_bytes=100_000)
    store = HttpArtifacts(address, settings=settings, retries=0)
    store.put("big", b"a" * 1_000_000)

    class Changing(HttpArtifacts):
        def _open_part(self, safe: Any, tag: Any, start: int, length: int) -> Any:
            if start == 500_000:
                store.put("big", b"b" * 1_000_000)
            return super()._open_part(safe, tag, start, length)

    with pytest.raises(Unavailable, match="was changed while it was fetched"):
        Changing(address, settings=settings, retries=0).get("big", tmp_path / "big")
    store.get("big", tmp_path / "big")
    assert (tmp_path / "big").read_bytes() == b"b" * 1_000_000


def test_a_server_that_is_away() -> None:
    address = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(Unavailable, match=f"The tracking server at {address} does not answer") as refusal:
        HttpArtifacts(address, retries=0).read("a")
    assert "check that it runs" in refusal.value.message


@pytest.mark.parametrize("name", ["../evil", "/abs/evil", "a/b", "..\\evil", "%2e%2e/evil", "", "C:evil", "a\0b"])
@pytest.mark.parametrize("is_dir", [True, False])
def test_a_listing_that_leads_out_is_refused(server: Server, tmp_path: Path, name: str, is_dir: bool) -> None:
    address, faults = server
    faults.listing = {"files": [{"path": "good", "is_dir": False, "file_size": 1}, {"path": name, "is_dir": is_dir}]}
    store = HttpArtifacts(address, "p")
    with pytest.raises(Unavailable, match="The server listed"):
        store.get_tree("", tmp_path / "in" / "out")
    assert not (tmp_path / "in").exists()
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("listing", [[], {"files": 3}, {"files": [{"path": 3}]}, {"files": [{}]}, "text"])
def test_an_answer_that_is_no_listing(server: Server, listing: Any) -> None:
    address, faults = server
    faults.listing = listing
    with pytest.raises(Unavailable, match="sent no list of artifacts"):
        HttpArtifacts(address).list()


def test_credentials_go_into_a_header_and_never_into_a_message(server: Server) -> None:
    address, faults = server
    login = address.replace("http://", "http://ada:s3cret%21@")
    store = HttpArtifacts(login)
    store.put("a", b"1")
    assert faults.headers[-1]["Authorization"] == "Basic YWRhOnMzY3JldCE="
    with pytest.raises(NotFound) as refusal:
        store.read("b")
    assert "s3cret" not in refusal.value.message
    HttpArtifacts(address, headers={"Authorization": "Bearer token"}).list()
    assert faults.headers[-1]["Authorization"] == "Bearer token"


def test_a_source_that_cannot_be_measured(server: Server) -> None:
    class Pipe(RawIOBase):
        rest = 2_500_000

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            size = min(size, self.rest)
            self.rest -= size
            return b"x" * size

    store = HttpArtifacts(server[0])
    store.put("piped", Pipe())  # pyright: ignore[reportArgumentType]
    assert store.read("piped") == b"x" * 2_500_000


def test_connections_are_used_again(server: Server, tmp_path: Path) -> None:
    store = HttpArtifacts(server[0])
    for number in range(30):
        store.put(f"many/{number}", b"x")
    before = len(list(Path("/proc/self/fd").iterdir()))
    store.get_tree("", tmp_path / "out")
    store.get_tree("", tmp_path / "out")
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 16  # both ends of eight connections
