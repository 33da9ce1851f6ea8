"""Archives of strangers: one way to unpack them, which lets nothing out of the folder that they are unpacked into.

Refused as a whole, before anything of it is there: names that lead out of the folder or stand there twice, links,
devices, pipes, more files than `MOST_FILES`, and more bytes than `MOST_BYTES` or than a small archive can honestly hold
(`MOST_RATIO`). Sizes are counted while bytes come, not believed.
"""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from zlib import error as zlib_error

from flowmill.artifacts.path import SafePath
from flowmill.errors import Invalid

MOST_FILES = 100_000
MOST_BYTES = 64 << 30
MOST_RATIO = 200
"""Unpacked bytes for one of the archive, once there are more than `_HARMLESS`."""
_HARMLESS = 64 << 20
_CHUNK = 1 << 20
_BROKEN = (tarfile.TarError, zipfile.BadZipFile, zlib_error, EOFError, OSError, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class _Member:
    name: str
    is_folder: bool
    open: Callable[[], IO[bytes]]


def pack(folder: str | Path, archive: str | Path) -> Path:
    """A new ``.tar.gz`` of what is in a folder; links in it are refused. The archive's path."""
    source, target = Path(folder), Path(archive)
    if not source.is_dir():
        raise Invalid(f"There is no folder {str(source)!r} to pack.")
    links = [str(each) for each in source.rglob("*") if each.is_symlink()]
    if links:
        raise Invalid(f"{links[0]} is a link, which would not be unpacked again: replace it by what it points at.")
    files = sorted(source.rglob("*"))
    with tarfile.open(target, "w:gz") as packed:
        for file in files:
            if file != target:
                packed.add(file, file.relative_to(source).as_posix(), recursive=False)
    return target


def unpack(archive: str | Path, folder: str | Path) -> Path:
    """Unpack a tar archive (plain, gz, bz2 or xz) or a zip archive into a folder, made if need be; its path.

    Files that are in the folder already are not replaced. Invalid, and nothing of it there, if the archive is broken
    or holds what is refused.
    """
    source, target = Path(archive), Path(folder)
    if not source.is_file():
        raise Invalid(f"There is no archive {str(source)!r}.")
    try:
        if zipfile.is_zipfile(source):
            with zipfile.ZipFile(source) as packed:
                return _written(list(_in_zip(packed)), source, target)
        with tarfile.open(source) as packed:
            return _written(list(_in_tar(packed)), source, target)
    except _BROKEN as error:
        raise Invalid(f"{source.name} is no archive that can be unpacked ({error or type(error).__name__}).") from None


def _in_tar(packed: tarfile.TarFile) -> Iterator[_Member]:
    for count, member in enumerate(packed):
        _refuse_more_than(count)
        if not (member.isfile() or member.isdir()):
            raise Invalid(f"The archive's {member.name!r} is a link, device or pipe: only files and folders unpack.")

        def opened(member: tarfile.TarInfo = member) -> IO[bytes]:
            content = packed.extractfile(member)
            assert content is not None  # it is a file
            return content

        yield _Member(member.name, member.isdir(), opened)


def _in_zip(packed: zipfile.ZipFile) -> Iterator[_Member]:
    for count, member in enumerate(packed.infolist()):
        _refuse_more_than(count)
        kind = member.external_attr >> 16 & 0o170000
        if kind not in (0, 0o100000, 0o040000):
            raise Invalid(f"The archive's {member.filename!r} is a link or device: only files and folders unpack.")
        yield _Member(member.filename, member.is_dir(), lambda member=member: packed.open(member))


def _refuse_more_than(count: int) -> None:
    if count >= MOST_FILES:
        raise Invalid(f"The archive holds more than {MOST_FILES} files: it is not unpacked.")


def _written(members: list[_Member], source: Path, target: Path) -> Path:
    places: dict[Path, _Member] = {}
    for member in members:
        if member.is_folder and member.name.strip("./") == "":
            continue
        place = _place(target, member.name)
        if place in places and not (member.is_folder and places[place].is_folder):
            raise Invalid(f"The archive holds {member.name!r} twice.")
        places[place] = member
    there = next((place for place, member in places.items() if place.exists() and not member.is_folder), None)
    if there is not None:
        raise Invalid(f"{there} is there already: unpack into a new folder.")
    made: list[Path] = []
    left = _Allowance(source.stat().st_size)
    try:
        _make(target, made)
        for place, member in places.items():
            _make(place if member.is_folder else place.parent, made)
            if not place.resolve().is_relative_to(target.resolve()):
                raise Invalid(f"The archive's {member.name!r} would be written through a link out of {target}.")
            if not member.is_folder:
                made.append(place)
                with member.open() as content, place.open("xb") as file:
                    while chunk := content.read(_CHUNK):
                        left.take(len(chunk))
                        file.write(chunk)
    except BaseException:
        for path in reversed(made):
            with suppress(OSError):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise
    return target


def _place(target: Path, name: str) -> Path:
    try:
        parts = SafePath.parse(name.removeprefix("./").rstrip("/")).parts
    except Invalid as error:
        raise Invalid(f"The archive's {name!r} leads out of the folder: {error.message}") from None
    return target.joinpath(*parts)


def _make(folder: Path, made: list[Path]) -> None:
    """Make a folder that only this user sees; note what was not there."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700)
        made.append(each)


class _Allowance:
    """The bytes that an archive of this size may become."""

    def __init__(self, size: int) -> None:
        self._left = min(MOST_BYTES, max(_HARMLESS, size * MOST_RATIO))

    def take(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise Invalid("The archive becomes far larger than it is: it is not unpacked.")
