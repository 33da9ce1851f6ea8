"""Environments of models, built by uv: once for each set of requirements, then found again by its hash."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import platform
import re
import shutil
import sys
import time
from collections.abc import Generator
from pathlib import Path

from flowmill.errors import FlowmillError, Invalid
from flowmill.models.compiled import take_over
from flowmill.models.conda import conda_file
from flowmill.models.conda import make as make_with_conda
from flowmill.models.env import CONSTRAINTS_FILE, REQUIREMENTS_FILE, is_own_line, name_of, python_of
from flowmill.models.folder import own_folder, read_text
from flowmill.models.lock import LOCK_FILE, Lock, asked, find, read_lock
from flowmill.models.modules import installed_version
from flowmill.models.own_wheel import OwnWheel, needs, own_wheel
from flowmill.models.uv import run_uv
from flowmill.models.wheels import ORIGINAL_REQUIREMENTS_FILE, wheel_lines, wheels_of
from flowmill.settings import Settings

_log = logging.getLogger("flowmill.models")

FORMAT = 2
OLDEST_MINOR = 11
"""Flowmill itself, which loads the model, needs Python 3.11."""
READY = "flowmill-environment.json"
UNUSED_SECONDS = 30 * 24 * 3600


def cache_folder() -> Path:
    """The folder of the environments, as the settings have it."""
    return Settings.from_environment().cache_folder


MANAGERS = ("uv", "virtualenv", "conda")
"""What makes environments; the first two are the same."""


def build(model_folder: Path, override: list[str] | None = None, manager: str = "uv") -> Path:
    """The Python of an environment with the model's requirements and Flowmill itself, which can serve it, too.

    ``override``: requirement lines that replace those of the same name and join the others; ``manager``: one of
    `MANAGERS`, of which conda takes Python and what conda.yaml names beside pip's requirements from its channels.
    What is installed is what the model's lock has, or the wheels that it brings along; without them, what the index
    has when these requirements are installed for the first time, which is kept. Raises Invalid for a line that is no
    plain requirement and for a lock of other requirements, Denied for wheels of somebody you do not trust,
    FlowmillError with uv's or conda's own words if the environment cannot be made.
    """
    lines = requirements_of(model_folder)
    extra = [plain_requirement(line) for line in override or ()]
    names = {name_of(line) for line in extra}
    lines = [line for line in lines if name_of(line) not in names] + extra
    lines = [line for line in lines if not is_own_line(line)]
    cache = own_folder(cache_folder())
    wheel = own_wheel(own_folder(cache / "wheels"))
    python = python_for(python_of(model_folder))
    minor = _minor(python)
    wheels = wheels_of(model_folder)
    lock = _lock_of(model_folder, None if override else lines, minor) if wheels is None else None
    about: dict[str, object] = {
        "format": FORMAT,
        "python": python,
        "platform": [platform.system(), platform.machine(), platform.libc_ver()[0]],
        "requirements": sorted(lines),
        "lock": _digest(str(lock)) if lock is not None else None,
        "flowmill": wheel.key,
    }
    if wheels is not None:
        about["wheels"] = _digest("\n".join(sorted(map(str, wheels.pins.values()))))
    conda = conda_file(model_folder, minor) if manager == "conda" else None
    if conda is not None:
        if lock is not None or wheels is not None:
            raise Invalid(
                "What the model is made of is fixed by its lock or its wheels, and conda's packages are in neither: "
                "use env_manager='uv'."
            )
        about["conda"] = conda
    target = own_folder(cache / "environments") / _digest(json.dumps(about, sort_keys=True))
    if not (target / READY).exists():
        with _locked(target.with_suffix(".lock")):
            if not (target / READY).exists():
                if conda is not None:
                    _make_with_conda(target, conda, lines, wheel, about)
                elif wheels is not None:
                    wheels.require_trust()
                    found = wheels.lock(lines, needs(), minor, names)
                    _make(target, python, str(found), wheel, about, True, wheels.options(found))
                else:
                    complete = _complete(lock, lines, minor, checked=not override)
                    _make(target, python, complete, wheel, about, lock is not None and not override, [])
                _remove_unused(target.parent)
    (target / READY).touch()
    return _python_in(target)


def complete_lock(model_folder: Path) -> Lock | None:
    """The model's lock, with what Flowmill needs beside it if it was locked by a release that needed less; or what it
    has of its wheels.

    None for a model that has neither; Invalid for a lock that was made for other requirements, Denied for wheels of
    somebody you do not trust.
    """
    lines = [line for line in requirements_of(model_folder) if not is_own_line(line)]
    minor = _minor(python_for(python_of(model_folder)))
    wheels = wheels_of(model_folder)
    if wheels is not None:
        wheels.require_trust()
        return wheels.lock(lines, needs(), minor)
    lock = _lock_of(model_folder, lines, minor)
    return None if lock is None else read_lock(_complete(lock, lines, minor, checked=True))


def new_lock(model_folder: Path) -> Lock:
    """A lock for the model's requirements as they are now, as the index has them.

    Raises Invalid naming every requirement that has no hash, FlowmillError with uv's words.
    """
    lines = [line for line in requirements_of(model_folder) if not is_own_line(line)]
    minor = _minor(python_for(python_of(model_folder)))
    lock = find(lines, needs(), minor, None, wheels=True)
    unhashed = [pin.requirement for pin in lock.pins if not pin.hashes]
    if unhashed:
        raise Invalid(f"These requirements have no hash to lock: {', '.join(unhashed)}. Name releases in their place.")
    return lock


def lock_as_set(model_folder: Path) -> None:
    """Lock a model that is being saved, where the settings say so."""
    try:
        (model_folder / LOCK_FILE).write_text(str(new_lock(model_folder)), encoding="utf-8")
    except FlowmillError as error:
        # A model that was trained for days is not lost because an index is away.
        _log.warning("The model is saved without a lock. %s Lock it later: `flowmill models lock`.", error.message)


def _lock_of(folder: Path, lines: list[str] | None, minor: str) -> Lock | None:
    """The model's lock; Invalid if it was made for other requirements than these ``lines``."""
    file = folder / LOCK_FILE
    if not file.is_file():
        return None
    lock = read_lock(file.read_text(encoding="utf-8"))
    if lines is not None and lock.asked != asked(lines, minor):
        raise Invalid(
            f"The model's {LOCK_FILE} was made for other requirements than its {REQUIREMENTS_FILE} has: lock it again "
            "with `flowmill models lock`."
        )
    return lock


def _complete(lock: Lock | None, lines: list[str], minor: str, *, checked: bool) -> str:
    """What to install, as the text of a lock: the model's own, or what was found the first time and kept."""
    own = needs()
    if lock is not None and checked and lock.covers(own):
        return str(lock)
    key = _digest(json.dumps([asked(lines, minor), own, str(lock)]))
    kept = own_folder(cache_folder() / "locks") / f"{key}.txt"
    if not kept.exists():
        draft = kept.with_suffix(f".{os.getpid()}.tmp")
        draft.write_text(str(find(lines, own, minor, lock, wheels=lock is not None and checked)), encoding="utf-8")
        draft.replace(kept)
    return kept.read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _remove_unused(folder: Path) -> None:
    """Removes environments that nobody has used for a month."""
    for ready in folder.glob(f"*/{READY}"):
        if time.time() - ready.stat().st_mtime > UNUSED_SECONDS:
            shutil.rmtree(ready.parent, ignore_errors=True)


def requirements_of(folder: Path) -> list[str]:
    """The requirement lines of a model, each checked to be a plain requirement; constraints as ``name==…`` lines.

    In place of wheels that the model brings along stands what they were found for.
    """
    if not (folder / REQUIREMENTS_FILE).is_file():
        raise Invalid(f"The model has no {REQUIREMENTS_FILE}: pass env_manager='local', or log the model again.")
    wheels, rest = wheel_lines(read_text(folder, REQUIREMENTS_FILE, "requirements file"))
    if wheels:
        rest += read_text(folder, ORIGINAL_REQUIREMENTS_FILE, "requirements file").splitlines()
    lines: list[str] = []
    for raw in rest:
        line = raw.partition(" #")[0].strip()
        if not line or line.startswith("#"):
            continue
        option, _, argument = line.partition(" ")
        if option in ("-c", "--constraint"):
            limits = read_text(folder, argument.strip(), "constraints file").splitlines()
            lines += [f"-c {plain_requirement(limit)}" for limit in limits if limit.strip() and limit[0] != "#"]
        else:
            lines.append(plain_requirement(line))
    return lines


def missing_here(folder: Path) -> list[str]:
    """What this Python lacks of the model's requirements: ``name==1 (found 2)``."""
    from packaging.requirements import Requirement

    found: list[str] = []
    for line in requirements_of(folder):
        if line.startswith("-c ") or is_own_line(line):
            continue
        wanted = Requirement(line.partition(" --hash=")[0])
        if wanted.marker is not None and not wanted.marker.evaluate():
            continue
        here = installed_version(wanted.name)
        if here is None or not wanted.specifier.contains(here, prereleases=True):
            found.append(f"{wanted} (found {here or 'none'})")
    return found


def plain_requirement(line: str) -> str:
    """The line, if it is a requirement (PEP 508) and no option, local file or editable install; else Invalid.

    A model is data of somebody's: its lines must not choose another index or run a file of this machine.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    text, _, hashes = line.strip().partition(" --hash=")
    try:
        requirement = Requirement(text.strip())
    except InvalidRequirement:
        raise Invalid(
            f"The requirement {line!r} is not of the form name==version: pass pip_requirements_override=[…] without "
            "it; an index is chosen by UV_DEFAULT_INDEX or PIP_INDEX_URL in your environment."
        ) from None
    if requirement.url is not None and not requirement.url.startswith(("https://", "git+https://")):
        raise Invalid(
            f"The requirement {line!r} names the place {requirement.url!r}: expected https:// or git+https://; pass "
            "pip_requirements_override=[…] with another."
        )
    return f"{text.strip()} --hash={hashes}" if hashes else text.strip()


def python_for(wanted: str | None) -> str:
    """This interpreter if its minor version is the model's, else that version for uv to find."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    minor = ".".join((wanted or here).split(".")[:2])
    if not re.fullmatch(r"3\.\d+", minor):
        raise Invalid(f"The model's python_env.yaml asks for Python {wanted!r}: expected a version such as 3.11.5.")
    if int(minor.removeprefix("3.")) < OLDEST_MINOR:
        print(f"The model was made with Python {wanted}; it is asked with Python {here}.", file=sys.stderr)
        minor = here
    if minor != here:
        return minor
    return getattr(sys, "_base_executable", None) or sys.executable


def _minor(python: str) -> str:
    """The minor version of what `_python_for` found: it names a version, or is this interpreter."""
    return python if _is_version(python) else f"3.{sys.version_info.minor}"


def _is_version(python: str) -> bool:
    return re.fullmatch(r"3\.\d+", python) is not None


def _make(
    target: Path, python: str, lock: str, wheel: OwnWheel, about: dict[str, object], checked: bool, options: list[str]
) -> None:
    started = time.perf_counter()
    print(
        f"Building the model's environment ({lock.count('==')} distributions), once for all like it …", file=sys.stderr
    )
    draft = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        _uv("venv", "--quiet", "--relocatable", "--no-project", "--python", python, str(draft))
        locked = draft / LOCK_FILE
        own = f"flowmill @ {wheel.path.as_uri()} --hash=sha256:{wheel.write()}"
        locked.write_text(f"{lock}{own}\n", encoding="utf-8")
        # A locked environment is of wheels alone: building one runs code for which no hash stands.
        strict = ["--require-hashes", "--no-build"] if checked else []
        _uv(
            "pip",
            "install",
            "--quiet",
            *strict,
            *options,
            "--python",
            str(_python_in(draft)),
            "--requirements",
            str(locked),
        )
        if not _is_version(python):
            # Without them it works as well, a few seconds later.
            with contextlib.suppress(OSError):
                take_over(draft)
        (draft / READY).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
        # Renamed when it is whole: a process that is killed half-way leaves nothing that looks ready.
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    print(f"The environment is ready after {time.perf_counter() - started:.1f} s; next time at once.", file=sys.stderr)


def _make_with_conda(target: Path, conda: str, lines: list[str], wheel: OwnWheel, about: dict[str, object]) -> None:
    print("Building the model's environment with conda, once for all like it …", file=sys.stderr)
    # Made in its place, because conda writes that into it; it is not ready before it says so.
    shutil.rmtree(target, ignore_errors=True)
    try:
        make_with_conda(target, conda)
        files = {
            REQUIREMENTS_FILE: [line for line in lines if not line.startswith("-c ")],
            CONSTRAINTS_FILE: [line.removeprefix("-c ") for line in lines if line.startswith("-c ")],
        }
        files[REQUIREMENTS_FILE].append(f"flowmill @ {wheel.path.as_uri()} --hash=sha256:{wheel.write()}")
        for name, content in files.items():
            (target / name).write_text("\n".join(content), encoding="utf-8")
        given = [f"--requirements={target / REQUIREMENTS_FILE}", f"--constraints={target / CONSTRAINTS_FILE}"]
        # What conda installed stays where it meets the requirements.
        _uv("pip", "install", "--quiet", "--python", str(_python_in(target)), *given)
        (target / READY).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise


def _uv(*arguments: str) -> None:
    run_uv(
        *arguments,
        what="The model's environment cannot be built",
        hint="Correct it by pip_requirements_override=[…], or use env_manager='local'.",
    )


@contextlib.contextmanager
def _locked(file: Path) -> Generator[None]:
    """One process at a time builds an environment; the others wait for it."""
    with file.open("w", encoding="ascii") as stream:
        if os.name == "posix":
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX)
        else:
            import msvcrt

            msvcrt.locking(stream.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
        yield


def _python_in(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
