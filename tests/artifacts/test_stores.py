"""What every artifact store does alike."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowmill.artifacts.store import ArtifactStore
from flowmill.entities.artifact import FileInfo
from flowmill.errors import Invalid, NotFound
from tests.artifacts.conftest import opened

BIG = bytes(range(256)) * 4096 * 3


def test_what_is_put_is_read(store: ArtifactStore, tmp_path: Path) -> None:
    file = tmp_path / "weights.bin"
    file.write_bytes(BIG)
    store.put("bytes.txt", b"hello")
    store.put("model/weights.bin", file)
    store.put("open.bin", BytesIO(b"from an open file"))
    store.put("empty", b"")
    assert store.read("bytes.txt") == b"hello"
    assert store.read("model/weights.bin") == BIG
    assert store.read("open.bin") == b"from an open file"
    assert store.read("empty") == b""


def test_an_open_file_is_taken_from_where_it_stands(store: ArtifactStore) -> None:
    source = BytesIO(b"header;body")
    source.seek(7)
    store.put("body", source)
    assert store.read("body") == b"body"
    assert not source.closed


def test_put_again_replaces(store: ArtifactStore) -> None:
    store.put("a/b.txt", b"a long first text")
    store.put("a/b.txt", b"second")
    assert store.read("a/b.txt") == b"second"
    assert store.list("a") == [FileInfo(path="a/b.txt", is_dir=False, file_size=6)]


@pytest.mark.parametrize("kind", ["local", "http", "s3", "azure", "memory"])
def test_replace_keeps_what_another_wrote_meanwhile(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Without Google's store, whose conditions no emulator here understands."""
    store = opened(kind, request, tmp_path)
    assert store.replace("log/lines", b"a", None)
    assert not store.replace("log/lines", b"b", None)
    with store.open_stream("log/lines") as stream:
        tag = stream.tag
        assert b"".join(stream) == b"a"
    assert tag is not None
    assert store.replace("log/lines", b"longer", tag)
    assert not store.replace("log/lines", b"late", tag)
    assert store.read("log/lines") == b"longer"
    assert not store.replace("log/gone", b"x", tag)


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        (0, None, b"0123456789"),
        (3, None, b"3456789"),
        (3, 4, b"3456"),
        (0, 0, b""),
        (8, 9, b"89"),
        (10, 1, b""),
        (99, None, b""),
    ],
)
def test_ranges(store: ArtifactStore, start: int, length: int | None, expected: bytes) -> None:
    store.put("digits", b"0123456789")
    assert store.read("digits", start, length) == expected
    with store.open_stream("digits", start, length) as stream:
        assert b"".join(stream) == expected


def test_a_stream_knows_its_size(store: ArtifactStore) -> None:
    store.put("big", BIG)
    with store.open_stream("big") as stream:
        assert stream.size == len(BIG)
        assert b"".join(stream) == BIG
    with store.open_stream("big", 5, 10) as stream:
        assert stream.size == 10
    with pytest.raises(Invalid):
        store.open_stream("big", -1)


def test_list_shows_direct_children_in_order(store: ArtifactStore) -> None:
    for name in ("b.txt", "model/MLmodel", "model/data/x.bin", "a.txt"):
        store.put(name, b"12")
    assert store.list() == [
        FileInfo(path="a.txt", is_dir=False, file_size=2),
        FileInfo(path="b.txt", is_dir=False, file_size=2),
        FileInfo(path="model", is_dir=True),
    ]
    below = [FileInfo(path="model/MLmodel", is_dir=False, file_size=2), FileInfo(path="model/data", is_dir=True)]
    assert store.list("model") == below
    assert store.list("model/") == below
    assert store.list("a.txt") == []
    assert store.list("nothing/there") == []


def test_an_empty_store_lists_nothing(store: ArtifactStore) -> None:
    assert store.list() == []
    assert store.stat("") == FileInfo(path="", is_dir=True)


def test_stat(store: ArtifactStore) -> None:
    store.put("model/MLmodel", b"123")
    assert store.stat("model/MLmodel") == FileInfo(path="model/MLmodel", is_dir=False, file_size=3)
    assert store.stat("model") == FileInfo(path="model", is_dir=True)
    assert store.stat("mod") is None
    assert store.stat("model/MLmodel/deeper") is None


def test_a_tree_goes_in_and_comes_out(store: ArtifactStore, tmp_path: Path) -> None:
    files = {"MLmodel": b"flavors", "data/model.bin": BIG, "data/deep/er/x.txt": b"x"}
    files |= {f"many/{number}.txt": str(number).encode() for number in range(20)}
    for name, content in files.items():
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(content)
    store.put_tree(tmp_path / "in", "a/model")
    place = store.get_tree("a/model", tmp_path / "out")
    assert place == tmp_path / "out" / "model"
    assert _files(place) == files
    whole = store.get_tree("", tmp_path / "whole")
    assert whole == tmp_path / "whole"
    assert _files(whole) == {f"a/model/{name}": content for name, content in files.items()}
    one = store.get_tree("a/model/data/deep/er/x.txt", tmp_path / "one")
    assert one == tmp_path / "one" / "x.txt"
    assert _files(tmp_path / "one") == {"x.txt": b"x"}


def test_links_in_a_logged_folder_are_followed_but_not_in_circles(store: ArtifactStore, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "elsewhere.txt").write_text("linked")
    (tmp_path / "in" / "link.txt").symlink_to(tmp_path / "elsewhere.txt")
    store.put_tree(tmp_path / "in")
    assert store.read("link.txt") == b"linked"
    (tmp_path / "in" / "circle").symlink_to(tmp_path / "in")
    with pytest.raises(Invalid, match="links back"):
        store.put_tree(tmp_path / "in")


def test_get_one_file(store: ArtifactStore, tmp_path: Path) -> None:
    store.put("a/b.bin", BIG)
    store.get("a/b.bin", tmp_path / "new" / "c.bin")
    assert _files(tmp_path / "new") == {"c.bin": BIG}


def test_what_is_not_there_is_not_found(store: ArtifactStore, tmp_path: Path) -> None:
    store.put("model/MLmodel", b"1")
    with pytest.raises(NotFound, match="no artifact 'model/nothing'"):
        store.read("model/nothing")
    with pytest.raises(NotFound):
        store.get("nothing", tmp_path / "x")
    with pytest.raises(NotFound):
        store.get_tree("model/nothing", tmp_path / "y")
    assert not (tmp_path / "x").exists()
    assert _files(tmp_path / "y") == {}


def test_a_folder_is_no_file(store: ArtifactStore) -> None:
    store.put("model/MLmodel", b"1")
    with pytest.raises(Invalid):
        store.read("model")
    with pytest.raises(Invalid):
        store.read("")
    with pytest.raises(Invalid):
        store.put("", b"")


def test_delete(store: ArtifactStore) -> None:
    for name in ("keep.txt", "model/MLmodel", "model/data/x.bin", "model2/y"):
        store.put(name, b"1")
    store.delete("model2/y")
    store.delete("model")
    store.delete("model")
    store.delete("never/was")
    assert store.stat("model") is None
    assert store.read("keep.txt") == b"1"
    store.delete("")
    assert store.list() == []


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc/x", "a//b", "..\\x", "%2e%2e/x", "C:/x", "a\0b", "./x"])
def test_no_path_leads_out(store: ArtifactStore, path: str, tmp_path: Path) -> None:
    for attempt in (
        lambda: store.put(path, b"evil"),
        lambda: store.read(path),
        lambda: store.get(path, tmp_path / "out"),
        lambda: store.get_tree(path, tmp_path / "out"),
        lambda: store.list(path),
        lambda: store.stat(path),
        lambda: store.delete(path),
        lambda: store.put_tree(tmp_path, path),
    ):
        with pytest.raises(Invalid, match="not allowed"):
            attempt()


def test_ordinary_names_are_kept(store: ArtifactStore) -> None:
    names = ["Größe 1.txt", "a+b;c.txt", "a&b=c.txt", ".hidden", "ключ/值.txt", "x~(1)[2]{3}'!$@,.txt", "model:v1.txt"]
    for name in names:
        store.put(name, name.encode())
        assert store.read(name) == name.encode()
        assert store.stat(name) is not None


def test_any_name_is_kept(faithful_store: ArtifactStore) -> None:
    for name in ["100%.txt", "a%20b.txt", "what?.txt", "c#.txt", "%41/b%2fc.txt", "a?b=c#d;e+f%25"]:
        faithful_store.put(name, name.encode())
        assert faithful_store.read(name) == name.encode()
        assert faithful_store.stat(name) == FileInfo(path=name, is_dir=False, file_size=len(name.encode()))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=st.text(min_size=1, max_size=12), content=st.binary(max_size=64))
def test_a_name_is_refused_or_kept_exactly(faithful_store: ArtifactStore, name: str, content: bytes) -> None:
    try:
        faithful_store.put(name, content)
    except Invalid:
        return
    assert faithful_store.read(name) == content
    faithful_store.delete(name)
    assert faithful_store.stat(name) is None
    faithful_store.delete("")


def _files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}
