"""Flowmill as a wheel made from what is running, for environments that score models.

The package folder is zipped as it is (without the page), so that a checkout, a wheel and an install from an index
all give the very code that runs now, in milliseconds, with no build backend and no network. Its only
dependencies are those of scoring.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import zipfile
from functools import cache
from importlib import metadata
from pathlib import Path

import flowmill
from flowmill.version import __version__

_NEEDS = ("msgspec", "urllib3", "PyYAML", "cloudpickle", "numpy", "pandas", "uvicorn", "httptools", "uvloop", "click")
"""What scoring and serving need."""
_ELSEWHERE = "; sys_platform != 'win32'"
_SKIPPED = ("__pycache__", "page")
_SUFFIXES = (".py", ".typed", ".json", ".pyi")


class OwnWheel:
    """The wheel at ``path``, and the hash of the code that is in it."""

    def __init__(self, folder: Path, key: str) -> None:
        # A version of its own for each content: installers keep what they have seen under a version.
        self.version = f"{__version__}+running.{key}"
        self.path = folder / f"flowmill-{self.version}-py3-none-any.whl"
        self.key = key

    def write(self) -> str:
        """Make the wheel, unless it lies there as it has to be; the SHA-256 of its bytes, in hexadecimal."""
        content = _content(self.version, _package_files(), needs())
        if not self.path.exists() or self.path.read_bytes() != content:
            draft = self.path.with_name(f"{self.path.name}.{os.getpid()}.tmp")
            draft.write_bytes(content)
            draft.replace(self.path)
        return hashlib.sha256(content).hexdigest()


def own_wheel(folder: Path) -> OwnWheel:
    """The wheel's place in ``folder``, which is made; `OwnWheel.write` makes the wheel."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = hashlib.sha256()
    for name, content in _package_files():
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    digest.update("\n".join(needs()).encode())
    return OwnWheel(folder, digest.hexdigest()[:16])


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


@cache
def needs() -> tuple[str, ...]:
    """What scoring and serving need, with the limits that Flowmill's own metadata sets."""
    try:
        stated = metadata.requires("flowmill") or []
    except metadata.PackageNotFoundError:
        stated = []
    limits: dict[str, str] = {}
    for line in stated:
        found = re.match(r"([A-Za-z0-9._-]+)\s*([^;]*)", line)
        if found is not None:
            limits.setdefault(found[1].lower(), found[2].strip())
    return tuple(f"{name}{limits.get(name.lower(), '')}{_ELSEWHERE if name == 'uvloop' else ''}" for name in _NEEDS)


def _content(version: str, files: list[tuple[str, bytes]], requirements: tuple[str, ...]) -> bytes:
    """The bytes of the wheel: the same ones for the same code, whenever and wherever they are made."""
    info = f"flowmill-{version}.dist-info"
    header = [
        "Metadata-Version: 2.1",
        "Name: flowmill",
        f"Version: {version}",
        "Summary: Flowmill as it ran where this environment was made.",
        "Requires-Python: >=3.11",
        *(f"Requires-Dist: {line}" for line in requirements),
    ]
    wheel = "Wheel-Version: 1.0\nGenerator: flowmill\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    members = [
        *files,
        (f"{info}/METADATA", ("\n".join(header) + "\n").encode()),
        (f"{info}/WHEEL", wheel.encode()),
    ]
    record = "".join(f"{name},sha256={_hash(content)},{len(content)}\n" for name, content in members)
    members.append((f"{info}/RECORD", f"{record}{info}/RECORD,,\n".encode()))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def _hash(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
