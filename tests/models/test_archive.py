"""Archives of a folder: packed, unpacked, and refused where a stranger made them."""

from __future__ import annotations

import io
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import flowmill as mlflow
from flowmill.artifacts import archive as limits
from flowmill.pyfunc import archive_directory, extract_archive_to_dir


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "model"
    (made / "deep" / "er").mkdir(parents=True)
    (made / "MLmodel").write_text("flavors: {}\n")
    (made / "deep" / "er" / "weights 100%.bin").write_bytes(os.urandom(3_000_000))
    (made / "empty").mkdir()
    return made


def _content(folder: Path) -> dict[str, bytes | None]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes() if file.is_file() else None for file in folder.rglob("*")
    }


def test_a_folder_goes_there_and_back(folder: Path, tmp_path: Path) -> None:
    packed = archive_directory(folder, tmp_path / "model.tar.gz")
    assert packed == str(tmp_path / "model.tar.gz")
    unpacked = extract_archive_to_dir(packed, tmp_path / "there" / "again")
    assert unpacked == str(tmp_path / "there" / "again")
    assert _content(Path(unpacked)) == _content(folder)
    assert stat.S_IMODE(Path(unpacked).stat().st_mode) == 0o700
    with pytest.raises(mlflow.MlflowException, match="is there already"):
        extract_archive_to_dir(packed, unpacked)
    with pytest.raises(mlflow.MlflowException, match="no folder"):
        archive_directory(tmp_path / "nothing", tmp_path / "x.tar.gz")
    (folder / "link").symlink_to("/etc/passwd")
    with pytest.raises(mlflow.MlflowException, match="is a link"):
        archive_directory(folder, tmp_path / "y.tar.gz")


def test_a_zip_archive(folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "model.zip", "w") as packed:
        for file in sorted(folder.rglob("*")):
            packed.write(file, file.relative_to(folder).as_posix())
    unpacked = extract_archive_to_dir(tmp_path / "model.zip", tmp_path / "there")
    assert _content(Path(unpacked)) == _content(folder)


def _tar(*members: tuple[str, bytes | None, bytes]) -> Callable[[Path], None]:
    """An archive of members: name, type (None for a file), content or target."""

    def write(file: Path) -> None:
        with tarfile.open(file, "w:gz") as packed:
            for name, kind, content in members:
                info = tarfile.TarInfo(name)
                if kind is None:
                    info.size = len(content)
                    packed.addfile(info, io.BytesIO(content))
                else:
                    info.type, info.linkname = kind, content.decode()
                    packed.addfile(info)

    return write


def _zip(name: str, content: bytes, mode: int = 0) -> Callable[[Path], None]:
    def write(file: Path) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("good.txt", b"good")
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            packed.writestr(info, content, zipfile.ZIP_DEFLATED)

    return write


GOOD = ("good.txt", None, b"good")
HOSTILE: dict[str, tuple[Callable[[Path], None], str]] = {
    "up": (_tar(GOOD, ("../../planted", None, b"x")), "leads out"),
    "up in the middle": (_tar(GOOD, ("a/../../planted", None, b"x")), "leads out"),
    "absolute": (_tar(GOOD, ("/planted", None, b"x")), "leads out"),
    "backslashes": (_tar(GOOD, ("a\\..\\..\\planted", None, b"x")), "leads out"),
    "encoded": (_tar(GOOD, ("%2e%2e/planted", None, b"x")), "leads out"),
    "a drive": (_tar(GOOD, ("C:/planted", None, b"x")), "leads out"),
    "a link": (_tar(GOOD, ("a", tarfile.SYMTYPE, b"/"), ("a/tmp/planted", None, b"x")), "link"),
    "a hard link": (_tar(GOOD, ("a", tarfile.LNKTYPE, b"../../planted")), "link"),
    "a device": (_tar(GOOD, ("a", tarfile.CHRTYPE, b"")), "device"),
    "a pipe": (_tar(GOOD, ("a", tarfile.FIFOTYPE, b"")), "pipe"),
    "twice": (_tar(GOOD, ("good.txt", None, b"bad")), "twice"),
    "a file and below it": (_tar(("a", None, b"x"), ("a/b", None, b"x")), "no archive that can be unpacked"),
    "zip, up": (_zip("../planted", b"x"), "leads out"),
    "zip, a link": (_zip("a", b"/etc/passwd", 0o120777), "link"),
    "no archive": (lambda file: file.write_bytes(b"nothing of the kind"), "no archive"),
    "cut off": (lambda file: (_tar(GOOD, ("b", None, os.urandom(99_999)))(file), os.truncate(file, 5000))[1], "unpack"),
}


@pytest.mark.parametrize("what", sorted(HOSTILE))
def test_what_is_refused(what: str, tmp_path: Path) -> None:
    write, said = HOSTILE[what]
    hidden = tmp_path / "a" / "b"
    hidden.mkdir(parents=True)
    file = hidden / "strange"
    write(file)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(mlflow.MlflowException, match=said) as error:
        extract_archive_to_dir(file, hidden / "there")
    assert error.value.error_code == "INVALID_PARAMETER_VALUE"
    assert sorted(tmp_path.rglob("*")) == before


def test_a_link_that_is_there_already_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "sub").symlink_to(tmp_path / "elsewhere")
    _tar(("sub/planted", None, b"x"))(tmp_path / "strange")
    with pytest.raises(mlflow.MlflowException, match="through a link"):
        extract_archive_to_dir(tmp_path / "strange", tmp_path / "there")
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize("write", [_zip("bomb", bytes(80 << 20)), _tar(GOOD, ("bomb", None, bytes(80 << 20)))])
def test_bombs(write: Callable[[Path], None], tmp_path: Path) -> None:
    write(tmp_path / "strange")
    assert (tmp_path / "strange").stat().st_size < 1 << 20
    with pytest.raises(mlflow.MlflowException, match="far larger"):
        extract_archive_to_dir(tmp_path / "strange", tmp_path / "there")
    assert not (tmp_path / "there").exists()


def test_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_FILES", 3)
    _tar(*[(f"{number}", None, b"") for number in range(4)])(tmp_path / "strange")
    with pytest.raises(mlflow.MlflowException, match="more than 3 files"):
        extract_archive_to_dir(tmp_path / "strange", tmp_path / "there")
