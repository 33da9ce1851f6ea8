"""Fetching by address, from folders and from a server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from flowmill.artifacts.download import Downloads
from flowmill.artifacts.open import open_artifacts
from flowmill.entities.artifact import FileInfo
from flowmill.errors import Invalid, NotFound
from tests.artifacts.protocol_server import Faults

FILES = {"a/b/c.txt": b"hi", "d.json": b'{"x": 1}', "a b%/e#.txt": b"odd"}


@pytest.fixture(params=["folder", "file", "mlflow-artifacts", "http"])
def root(request: pytest.FixtureRequest, tmp_path: Path, server: tuple[str, Faults]) -> str:
    """The address of a run's artifacts, in each of the ways to write one."""
    place = tmp_path / "served" / "1" / "run" / "artifacts"
    for name, content in FILES.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
    match request.param:
        case "folder":
            return str(place)
        case "file":
            return place.as_uri()
        case "mlflow-artifacts":
            return "mlflow-artifacts:/1/run/artifacts"
        case _:
            return f"{server[0]}/api/2.0/mlflow-artifacts/artifacts/1/run/artifacts"


@pytest.fixture
def downloads(root: str, server: tuple[str, Faults]) -> Downloads:
    def resolve(uri: str) -> str:
        assert uri.startswith("runs:/run1/")
        return f"{root}/{uri.removeprefix('runs:/run1/')}"

    return Downloads(resolve, lambda uri: open_artifacts(uri, server[0]))


@pytest.mark.parametrize(
    ("path", "place", "files"),
    [
        ("a/b/c.txt", "c.txt", ["c.txt"]),
        ("a/b", "b", ["b/c.txt"]),
        ("a b%/e#.txt", "e#.txt", ["e#.txt"]),
        ("", ".", sorted(FILES)),
        (None, ".", sorted(FILES)),
    ],
)
def test_a_run_s_artifacts(
    downloads: Downloads, root: str, path: str | None, place: str, files: list[str], tmp_path: Path
) -> None:
    if path == "a b%/e#.txt" and ":" in root and not root.startswith("mlflow"):
        path = "a/b/c.txt"  # a resolver percent-encodes what it appends to a URI; this test's does not
        place, files = "c.txt", ["c.txt"]
    found = downloads.download_artifacts(run_id="run1", artifact_path=path, dst_path=tmp_path / "out")
    assert Path(found) == (tmp_path / "out" / place)
    assert _files(tmp_path / "out") == files


def test_an_address(downloads: Downloads, root: str, tmp_path: Path) -> None:
    assert Path(downloads.download_artifacts("runs:/run1/a/b", dst_path=tmp_path / "1")) == tmp_path / "1" / "b"
    assert downloads.download_artifacts(f"{root}/a", dst_path=str(tmp_path / "2")) == str(tmp_path / "2" / "a")
    assert _files(tmp_path / "2") == ["a/b/c.txt"]
    downloads.download_artifacts(f"{root}/a/", dst_path=tmp_path / "3")
    assert _files(tmp_path / "3") == ["b/c.txt"]
    found = Path(downloads.download_artifacts(f"{root}/a/b/c.txt"))
    assert (found.name, found.read_bytes()) == ("c.txt", b"hi")


def test_lists(downloads: Downloads, root: str) -> None:
    assert [info.path for info in downloads.list_artifacts(run_id="run1")] == ["a", "a b%", "d.json"]
    below = [FileInfo(path="a/b", is_dir=True)]
    assert downloads.list_artifacts(run_id="run1", artifact_path="a") == below
    assert downloads.list_artifacts("runs:/run1/a") == below
    assert downloads.list_artifacts(f"{root}/a") == below
    assert downloads.list_artifacts(f"{root}/a/b/c.txt") == []
    assert downloads.list_artifacts(f"{root}/nothing") == []


def test_loads(downloads: Downloads, root: str, tmp_path: Path) -> None:
    assert downloads.load_text("runs:/run1/a/b/c.txt") == "hi"
    assert downloads.load_dict(f"{root}/d.json") == {"x": 1}
    for attempt, says in (
        (lambda: downloads.load_dict(f"{root}/a/b/c.txt"), "no JSON file"),
        (lambda: downloads.load_image(f"{root}/a/b/c.txt"), "no image"),
    ):
        with pytest.raises(Invalid, match=says):
            attempt()


def test_an_image(downloads: Downloads, root: str, tmp_path: Path) -> None:
    from PIL import Image

    picture = Image.new("RGB", (3, 2), (1, 2, 3))
    picture.save(tmp_path / "served" / "1" / "run" / "artifacts" / "p.png")
    loaded = downloads.load_image(f"{root}/p.png")
    assert (loaded.size, loaded.getpixel((0, 0))) == ((3, 2), (1, 2, 3))


def test_what_is_missing_or_contradicts(downloads: Downloads, root: str, tmp_path: Path) -> None:
    for missing in (
        lambda: downloads.download_artifacts(f"{root}/nothing", dst_path=tmp_path / "out"),
        lambda: downloads.load_text(f"{root}/nothing"),
    ):
        with pytest.raises(NotFound):
            missing()
    wrong: list[Callable[[], object]] = [
        lambda: downloads.download_artifacts(),
        lambda: downloads.download_artifacts("x", "run1"),
        lambda: downloads.download_artifacts("x", artifact_path="y"),
        lambda: downloads.download_artifacts(""),
        lambda: downloads.download_artifacts(run_id="run1", artifact_path="../x"),
        lambda: downloads.list_artifacts(),
    ]
    for attempt in wrong:
        with pytest.raises(Invalid):
            attempt()


def _files(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
