"""Libraries that a model brings along: the wheels of all that it needs, in a folder beside it.

requirements.txt names the files, ``original_requirements.txt`` has the requirements that they were found for. An
environment is made of them without an index.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from flowmill.errors import Denied, Invalid, NotFound
from flowmill.models.env import REQUIREMENTS_FILE
from flowmill.models.folder import inside, read_text
from flowmill.models.lock import Lock, Pin, find
from flowmill.models.mlmodel import MLMODEL_FILE_NAME
from flowmill.models.seal import ALLOW_VARIABLE, Trust
from flowmill.models.yaml_files import read_yaml

WHEELS_FOLDER = "wheels"
ORIGINAL_REQUIREMENTS_FILE = "original_requirements.txt"


def wheel_lines(requirements: str) -> tuple[list[str], list[str]]:
    """The lines of requirements.txt that are paths of wheels in the model's folder, and the others."""
    lines = [line.strip() for line in requirements.splitlines()]
    wheels = [line for line in lines if line.startswith(f"{WHEELS_FOLDER}/") and line.endswith(".whl")]
    return wheels, [line for line in lines if line not in wheels]


@dataclass(frozen=True)
class Wheels:
    """The wheels of a model: ``pins`` by normalised name, each with the SHA-256 of the file that is there."""

    model_folder: Path
    files: tuple[str, ...]
    pins: dict[str, Pin]

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self.model_folder / WHEELS_FOLDER

    def require_trust(self) -> None:
        """Denied unless every wheel is sealed by a trusted key, or the operator allows what is not.

        What an index has is somebody's whom the requirement names; a file beside a model may be anything.
        """
        trust = Trust(self.model_folder)
        doubtful = [name for name in self.files if not trust.covers(name)]
        if doubtful:
            raise Denied(
                f"The model brings its libraries along, which can run any code, and no key that you trust has sealed "
                f"{doubtful[0]}{f' and {len(doubtful) - 1} more' if len(doubtful) > 1 else ''}: if you trust who made "
                f"it, set {ALLOW_VARIABLE}=true; else ask for the version of the model that has no wheels."
            )

    def lock(self, lines: list[str], own: Iterable[str], python: str, others: Collection[str] = ()) -> Lock:
        """What these requirement lines and Flowmill's ``own`` come to, on this platform, each by its hash.

        Only what the wheels lack is asked of an index; releases of the ``others`` may be other ones than theirs.
        """
        kept = [pin for name, pin in self.pins.items() if name not in others]
        lock = find(
            [*lines, *(f"-c {pin.requirement}" for pin in kept)],
            own,
            python,
            None,
            wheels=True,
            folder=self.folder,
            indexed=bool(others) or not Lock("", tuple(kept)).covers(own),
            hint=self._made_for(),
        )
        by_release = {pin.requirement: pin for pin in kept}
        # The hashes of these very files: no other of the same name is taken.
        return Lock(lock.asked, tuple(by_release.get(pin.release, pin) for pin in lock.pins))

    def options(self, lock: Lock, folder: Path | str | None = None) -> list[str]:
        """What pip and uv are told to install the lock: where the wheels are, and that nothing else is needed, if so.

        ``folder``: where they lie then, if elsewhere.
        """
        own = {pin.requirement for pin in self.pins.values()}
        alone = all(pin.release in own for pin in lock.pins)
        return ["--find-links", str(folder or self.folder), *(["--no-index"] if alone else [])]

    def _made_for(self) -> str:
        """A sentence about another machine than this one; empty if they were made for one like it."""
        stated = read_yaml(self.model_folder / MLMODEL_FILE_NAME).get("wheels")
        there = str(stated.get("platform")) if isinstance(stated, dict) else None
        here = platform.platform()
        return f"Its wheels were made on {there}; here is {here}. " if there and there != here else ""


def wheels_of(model_folder: Path) -> Wheels | None:
    """The wheels that a model's requirements name; None if they name none.

    Raises NotFound for one that is not there and Invalid for a file name that is no wheel's.
    """
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    files, _ = wheel_lines(read_text(model_folder, REQUIREMENTS_FILE, "requirements file"))
    pins: dict[str, Pin] = {}
    for file in files:
        path = inside(model_folder, file, "wheel")
        try:
            name, version, _, _ = parse_wheel_filename(path.name)
        except InvalidWheelFilename as error:
            raise Invalid(f"The model's requirements name the wheel {file!r}: {error}") from None
        if not path.is_file():
            raise NotFound(f"The model's wheel {file!r} is missing in {model_folder}: log or copy the model again.")
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        pins[name] = Pin(f"{name}=={version}", (f"sha256:{digest}",))
    return Wheels(model_folder, tuple(files), pins) if pins else None
