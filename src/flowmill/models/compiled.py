"""Compiled modules for a new environment, taken from this one where the same source is installed here.

An installer writes sources alone, and compiling those that a model imports takes most of its first prediction. What
this Python compiled of the very same bytes is what it would compile there.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import sysconfig
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import flowmill

_CACHE = "__pycache__"
_ENDING = f".{sys.implementation.cache_tag}.pyc"
_HEADER = 16
_THREADS = 4
_BY_TIME = importlib.util.MAGIC_NUMBER + bytes(4)
"""How a compiled module begins that holds for a source of a certain time and size (PEP 552)."""


def take_over(environment: Path) -> int:
    """Give an environment of this very Python what is compiled here; how many modules there were.

    Python compares each with its source before it runs it, as it does with its own.
    """
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(environment)}))
    here = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), str(Path(flowmill.__path__[0]).parent)}
    folders = [folders for place in here for folders in _shared(Path(place), packages)]
    # Nearly all of it is the system's work with files, which threads do side by side.
    with ThreadPoolExecutor(_THREADS) as threads:
        return sum(threads.map(_take, *zip(*folders, strict=True)))


def _shared(ours: Path, theirs: Path) -> Generator[tuple[Path, Path]]:
    """The folders that are in both, with what is below them."""
    yield ours, theirs
    for entry in os.scandir(theirs):
        if entry.is_dir(follow_symlinks=False) and entry.name != _CACHE and (ours / entry.name).is_dir():
            yield from _shared(ours / entry.name, theirs / entry.name)


def _take(ours: Path, theirs: Path) -> int:
    """Give the modules of one folder what is compiled of ours; how many there were."""
    taken = 0
    for compiled in (ours / _CACHE).glob(f"*{_ENDING}"):
        source = f"{compiled.name.removesuffix(_ENDING)}.py"
        if (theirs / source).is_file() and (ours / source).is_file():
            (theirs / _CACHE).mkdir(exist_ok=True)
            taken += _take_one(compiled, ours / source, theirs / source, theirs / _CACHE / compiled.name)
    return taken


def _take_one(compiled: Path, ours: Path, theirs: Path, target: Path) -> bool:
    """Whether what is compiled of our source holds for theirs; then it is there as well."""
    content = compiled.read_bytes()
    if not content.startswith(_header(ours)):
        return False
    if ours.samefile(theirs):
        # Installed by links to one file: so is this.
        target.hardlink_to(compiled)
        return True
    if ours.read_bytes() != theirs.read_bytes():
        return False
    target.write_bytes(_header(theirs) + content[_HEADER:])
    return True


def _header(source: Path) -> bytes:
    about = source.stat()
    return _BY_TIME + b"".join(
        (number & 0xFFFFFFFF).to_bytes(4, "little") for number in (int(about.st_mtime), about.st_size)
    )
