"""``requirements.lock``: everything that a model's environment has, each by its version and the SHA-256 of its files.

It stands beside requirements.txt and is of pip's own format, so that any installer can check it. It names no index:
where the files come from may change, what they are may not. It holds for every platform, and for the one minor version
of Python that the model was made with.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from flowmill.errors import Invalid
from flowmill.models.env import name_of
from flowmill.models.uv import run_uv
from flowmill.notices import say_once

LOCK_FILE = "requirements.lock"
_HEAD = "# Locked for requirements "
_HASH = re.compile(r"sha256:[0-9a-f]{64}")
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9._,-]+\])?"
_PINNED = re.compile(_NAME + r"(==[A-Za-z0-9._+!-]+| @ https://[^\s\\]+)( ; [^\\\r\n]{1,500})?")


class Pin(NamedTuple):
    """``name==version``, with a marker where it does not hold for all platforms, and the hashes of its files."""

    requirement: str
    hashes: tuple[str, ...]

    @property
    def release(self) -> str:
        """The requirement without its marker."""
        return self.requirement.partition(" ;")[0]

    def __str__(self) -> str:
        return " \\\n    --hash=".join((self.requirement, *self.hashes))


@dataclass(frozen=True)
class Lock:
    """The pins, and what they were found for (see `asked`)."""

    asked: str
    pins: tuple[Pin, ...]

    def __str__(self) -> str:
        return "".join(f"{line}\n" for line in (f"{_HEAD}{self.asked}", *map(str, self.pins)))

    def covers(self, needs: Iterable[str]) -> bool:
        """Whether every one of these requirements is met on this machine."""
        from packaging.requirements import Requirement

        releases = [pin.release.partition("==") for pin in self.pins]
        for line in needs:
            need = Requirement(line)
            if need.marker is not None and not need.marker.evaluate():
                continue
            here = [version for name, _, version in releases if name_of(name) == name_of(need.name)]
            if not here or not all(need.specifier.contains(version, prereleases=True) for version in here):
                return False
        return True


def asked(lines: Iterable[str], python: str) -> str:
    """What a lock is found for, as a text: requirement lines in any order, and a minor version of Python."""
    content = json.dumps([sorted(lines), python])
    return f"sha256:{hashlib.sha256(content.encode()).hexdigest()} and Python {python}"


def read_lock(text: str) -> Lock:
    """The lock that a file holds; Invalid unless it is made of pins alone, each with its hashes.

    A model is data of somebody's: its lock must neither choose an index nor leave anything unpinned.
    """
    first, _, rest = text.partition("\n")
    pins: list[Pin] = []
    for line in rest.replace("\\\n", " ").splitlines():
        requirement, *hashes = re.split(r"\s+--hash=", line.strip())
        if not hashes or not _PINNED.fullmatch(requirement) or not all(map(_HASH.fullmatch, hashes)):
            raise Invalid(
                f"The model's {LOCK_FILE} has the line {line[:200]!r}: expected name==version with --hash=sha256:…; "
                "lock the model again with `flowmill models lock`."
            )
        pins.append(Pin(requirement, tuple(hashes)))
    return Lock(first.removeprefix(_HEAD), tuple(pins))


def find(
    lines: list[str],
    needs: Iterable[str],
    python: str,
    known: Lock | None,
    *,
    wheels: bool,
    folder: Path | None = None,
    indexed: bool = True,
    hint: str = "",
) -> Lock:
    """Ask the index what these requirements come to, with all that they depend on.

    ``lines``: a model's, among them constraints (``-c name==1``); ``needs``: more requirements, Flowmill's own.
    ``known``: releases to prefer, whose hashes hold whatever the index says. ``wheels``: nothing that has to be
    built, because building runs code for which no hash stands. ``folder``: of wheels, which are for this platform
    alone; without ``indexed`` they are all there is. Raises FlowmillError with uv's words, and the ``hint``.
    """
    with tempfile.TemporaryDirectory(prefix="flowmill-lock-") as scratch:
        given, limits, found = (Path(scratch) / name for name in ("in.txt", "limits.txt", "found.txt"))
        wanted = [*(line for line in lines if not line.startswith("-c ")), *needs]
        given.write_text("\n".join(_for_python(line, python) for line in wanted), encoding="utf-8")
        limits.write_text(
            "\n".join(line.removeprefix("-c ") for line in lines if line.startswith("-c ")), encoding="utf-8"
        )
        if known is not None:
            found.write_text("".join(f"{pin}\n" for pin in known.pins), encoding="utf-8")
        run_uv(
            "pip", "compile", str(given), "--constraints", str(limits), "--output-file", str(found), "--quiet",
            "--python-version", python, "--generate-hashes", "--no-header", "--no-annotate",
            *(["--universal"] if folder is None else ["--find-links", str(folder)]),
            *(["--only-binary", ":all:"] if wheels else []), *([] if indexed else ["--no-index"]),
            what="The model's requirements cannot be resolved",
            hint=f"{hint}Correct them by update_model_requirements, or for one prediction by "
            "pip_requirements_override=[…].",
        )  # fmt: skip
        text = found.read_text(encoding="utf-8")
    hashes = {pin.release: pin.hashes for pin in known.pins} if known is not None else {}
    hashes |= _given_hashes(lines)
    pins = [_pin(line, hashes) for line in text.replace("\\\n", " ").splitlines() if line and line[0] not in "#-"]
    _say_builds(pins)
    return Lock(asked(lines, python), tuple(pins))


def _say_builds(pins: list[Pin]) -> None:
    """Say which releases are builds of somebody's (``2.13.0+cpu``): PyPI takes none, so that not every machine has
    them."""
    builds = sorted({pin.release for pin in pins if "+" in pin.release.partition("==")[2]})
    if builds:
        say_once(
            f"{LOCK_FILE} names {', '.join(builds)}, which PyPI does not have: it can be installed where the same "
            "index or folder of wheels is set up (UV_INDEX, UV_FIND_LINKS). Lock without for one that holds everywhere."
        )


def _pin(line: str, known: dict[str, tuple[str, ...]]) -> Pin:
    requirement, *hashes = re.split(r"\s+--hash=", line.strip())
    pin = Pin(requirement, tuple(hashes))
    return pin._replace(hashes=known.get(pin.release, pin.hashes))


def _given_hashes(lines: list[str]) -> dict[str, tuple[str, ...]]:
    """Hashes that stand in requirements already: ``name==1 --hash=sha256:…``."""
    split = [line.split(" --hash=") for line in lines if " --hash=" in line]
    return {requirement.replace(" ", ""): tuple(map(str.strip, hashes)) for requirement, *hashes in split}


def _for_python(line: str, python: str) -> str:
    """The requirement for this minor version alone: newer ones may lack what fits, and nobody asks for it there."""
    from packaging.markers import Marker
    from packaging.requirements import Requirement

    requirement = Requirement(line.partition(" --hash=")[0])
    only = f"python_version == '{python}'"
    requirement.marker = Marker(f"({requirement.marker}) and {only}" if requirement.marker is not None else only)
    return str(requirement)
