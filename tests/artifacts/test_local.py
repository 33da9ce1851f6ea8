"""What only the local store has to do: links, crashes and the machine's own complaints."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from flowmill.artifacts.local import LocalArtifacts
from flowmill.artifacts.store import ArtifactStore
from flowmill.entities.artifact import FileInfo
from flowmill.errors import Denied, Invalid, NotFound, Unavailable


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "passwd").write_text("secret")
    return folder


def test_planted_links_are_not_followed(root: Path, secret: Path, tmp_path: Path) -> None:
    (root / "x").symlink_to(secret)
    (root / "file").symlink_to(secret / "passwd")
    assert (root / "x" / "passwd").read_text() == "secret", "the canary can be read by this process"
    store: ArtifactStore = LocalArtifacts(root)
    for attempt in (
        lambda: store.read("x/passwd"),
        lambda: store.read("file"),
        lambda: store.open_stream("file"),
        lambda: store.get("x/passwd", tmp_path / "copy"),
        lambda: store.put("x/new", b"evil"),
        lambda: store.list("x"),
        lambda: store.stat("x/passwd"),
        lambda: store.delete("x/passwd"),
    ):
        with pytest.raises(Denied, match="symbolic link"):
            attempt()
    assert store.list() == []
    assert store.get_tree("", tmp_path / "whole").exists()
    assert not (tmp_path / "whole" / "x").exists()
    store.put("file", b"mine")
    store.delete("x")
    assert (secret / "passwd").read_text() == "secret"
    assert [entry.name for entry in secret.iterdir()] == ["passwd"]
    assert store.read("file") == b"mine"


def test_a_folder_that_turns_into_a_link_while_it_is_used_leads_nowhere(root: Path, secret: Path) -> None:
    """Swap a real folder and a link to the outside as fast as possible, and read all the while."""
    store = LocalArtifacts(root)
    (root / "real").mkdir()
    (root / "real" / "passwd").write_text("public")
    (root / "link").symlink_to(secret)
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            for name in ("real", "link"):
                os.rename(root / name, root / "x")  # noqa: PTH104
                os.rename(root / "x", root / name)  # noqa: PTH104

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        seen: set[bytes | str] = set()
        for _ in range(3000):
            try:
                seen.add(store.read("x/passwd"))
            except (NotFound, Denied) as error:
                seen.add(type(error).__name__)
    finally:
        stop.set()
        swapper.join()
    assert b"secret" not in seen


def test_the_root_itself_may_be_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "big disk").symlink_to(root)
    store = LocalArtifacts(tmp_path / "big disk")
    store.put("a", b"1")
    assert (root / "a").read_bytes() == b"1"


def test_pipes_and_devices_are_no_artifacts(root: Path) -> None:
    os.mkfifo(root / "pipe")
    store = LocalArtifacts(root)
    assert store.list() == []
    with pytest.raises(Invalid, match="no regular file"):
        store.read("pipe")


def test_a_failed_put_leaves_the_old_file_and_no_rest(root: Path) -> None:
    store = LocalArtifacts(root)
    store.put("a", b"old")

    class Broken:
        def read(self, size: int = -1) -> bytes:
            raise ConnectionResetError("gone")

    with pytest.raises(Unavailable):
        store.put("a", Broken())  # pyright: ignore[reportArgumentType]
    assert store.read("a") == b"old"
    assert [entry.name for entry in root.iterdir()] == ["a"]


def test_unfinished_files_of_a_killed_process_are_not_shown(root: Path) -> None:
    (root / ".flowmill-0123456789abcdef.part").write_bytes(b"half")
    store = LocalArtifacts(root)
    assert store.list() == []
    with pytest.raises(Invalid, match="reserved"):
        store.put(".flowmill-0123456789abcdef.part", b"x")


def test_complaints_name_the_artifact_and_not_the_machine(root: Path, tmp_path: Path) -> None:
    store = LocalArtifacts(root)
    store.put("a", b"1")
    with pytest.raises(Invalid, match="'a' in the path 'a/b' is a file") as refusal:
        store.put("a/b/c", b"2")
    assert str(tmp_path) not in refusal.value.message
    store.put("folder/x", b"1")
    with pytest.raises(Invalid, match="'folder' is a folder"):
        store.put("folder", b"2")
    with pytest.raises(Unavailable, match="The disk refused the artifact") as refusal:
        LocalArtifacts(Path("/proc/nothing")).put("x", b"1")
    assert "/proc" not in refusal.value.message


def test_the_place_of_an_artifact(root: Path) -> None:
    store = LocalArtifacts(root)
    store.put("model/MLmodel", b"1")
    assert store.place("model") == root / "model"
    assert store.place() == root
    with pytest.raises(NotFound):
        store.place("nothing")


def test_names_that_no_path_can_spell_are_not_handed_out(root: Path) -> None:
    (root / "a\\b").write_bytes(b"1")
    Path(os.fsdecode(os.fsencode(root) + b"/\xff")).write_bytes(b"1")
    assert LocalArtifacts(root).list() == []


def test_no_descriptor_is_left_open(root: Path, tmp_path: Path) -> None:
    store = LocalArtifacts(root)
    store.put("a/b/c", b"1" * 3_000_000)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        store.get_tree("", tmp_path / "out")
        store.stat("a/b")
        with store.open_stream("a/b/c") as stream:
            next(stream)
        with pytest.raises(NotFound):
            store.read("a/b/d")
        with pytest.raises(NotFound):
            store.read("a/b/c/d")
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert store.list("a/b") == [FileInfo(path="a/b/c", is_dir=False, file_size=3_000_000)]
