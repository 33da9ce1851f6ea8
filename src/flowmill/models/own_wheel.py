"""Flowmill as a wheel made from what is running, for environments that score models.

The package folder is zipped as it is (without the page), so that a checkout, a wheel and an install from an index
all give the very code that runs now, in milliseconds, with no build backend and no network. Its only
dependencies are those of scoring.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import zipfile
from functools import cache
from importlib import metadata
from pathlib import Path

import flowmill
from flowmill.version import __version__

_SCORING = ("msgspec", "urllib3", "PyYAML", "cloudpickle", "numpy", "pandas")
_SERVING = ("uvicorn", "httptools", "uvloop", "click")
"""What the extra ``serving`` adds, by which a model's environment can serve it."""
_SKIPPED = ("__pycache__", "page")
_SUFFIXES = (".py", ".typed", ".json", ".pyi")


def own_wheel(folder: Path) -> tuple[Path, str]:
    """The wheel's path beneath ``folder``, where it is made unless it is there; and the hash of what is in it."""
    files = _package_files()
    digest = hashlib.sha256()
    for name, content in files:
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    requirements = _requirements()
    digest.update("\n".join(requirements).encode())
    key = digest.hexdigest()[:16]
    # A version of its own for each content: installers keep what they have seen under a version.
    version = f"{__version__}+running.{key}"
    wheel = folder / f"flowmill-{version}-py3-none-any.whl"
    if not wheel.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = folder / f"{wheel.name}.{os.getpid()}.tmp"
        _write(draft, version, files, requirements)
        draft.replace(wheel)
    return wheel, key


@cache
def _package_files() -> list[tuple[str, bytes]]:
    """(name, content) of what is running; read once, because what runs does not change while it runs."""
    package = Path(flowmill.__path__[0])
    found: list[tuple[str, bytes]] = []
    for folder, below, names in os.walk(package):
        below[:] = sorted(name for name in below if name not in _SKIPPED)
        for name in sorted(names):
            if name.endswith(_SUFFIXES):
                file = Path(folder) / name
                found.append((f"flowmill/{file.relative_to(package).as_posix()}", file.read_bytes()))
    return found


def _requirements() -> list[str]:
    """The scoring dependencies with the limits that Flowmill's own metadata sets."""
    try:
        stated = metadata.requires("flowmill") or []
    except metadata.PackageNotFoundError:
        stated = []
    limits: dict[str, str] = {}
    for line in stated:
        found = re.match(r"([A-Za-z0-9._-]+)\s*([^;]*)", line)
        if found is not None:
            limits.setdefault(found[1].lower(), found[2].strip())
    needed = [f"{name}{limits.get(name.lower(), '')}" for name in _SCORING]
    for name in _SERVING:
        elsewhere = " and sys_platform != 'win32'" if name == "uvloop" else ""
        needed.append(f"{name}{limits.get(name.lower(), '')}; extra == 'serving'{elsewhere}")
    return needed


def _write(file: Path, version: str, files: list[tuple[str, bytes]], requirements: list[str]) -> None:
    info = f"flowmill-{version}.dist-info"
    header = [
        "Metadata-Version: 2.1",
        "Name: flowmill",
        f"Version: {version}",
        "Summary: Flowmill as it ran where this environment was made.",
        "Requires-Python: >=3.11",
        *(f"Requires-Dist: {line}" for line in requirements),
        "Provides-Extra: serving",
    ]
    wheel = "Wheel-Version: 1.0\nGenerator: flowmill\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    members = [
        *files,
        (f"{info}/METADATA", ("\n".join(header) + "\n").encode()),
        (f"{info}/WHEEL", wheel.encode()),
    ]
    record = "".join(f"{name},sha256={_hash(content)},{len(content)}\n" for name, content in members)
    members.append((f"{info}/RECORD", f"{record}{info}/RECORD,,\n".encode()))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content)


def _hash(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
