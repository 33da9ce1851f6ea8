"""Environments of models, built by uv: once for each set of requirements, then found again by its hash."""

from __future__ import annotations

import configparser
import contextlib
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

from flowmill.errors import FlowmillError, Invalid
from flowmill.models.env import REQUIREMENTS_FILE, is_own_line, name_of, python_of
from flowmill.models.folder import inside, own_folder
from flowmill.models.modules import installed_version
from flowmill.models.own_wheel import own_wheel
from flowmill.settings import Settings

FORMAT = 1
OLDEST_MINOR = 11
"""Flowmill itself, which loads the model, needs Python 3.11."""
READY = "flowmill-environment.json"
UNUSED_SECONDS = 30 * 24 * 3600


def cache_folder() -> Path:
    """The folder of the environments, as the settings have it."""
    return Settings.from_environment().cache_folder


def build(model_folder: Path, override: list[str] | None = None, *, serving: bool = False) -> Path:
    """The Python of an environment with the model's requirements and Flowmill itself.

    ``override``: requirement lines that replace those of the same name and join the others; ``serving``: with
    what a scoring server needs. Raises Invalid for a
    line that is no plain requirement, FlowmillError with uv's own words if the environment cannot be made.
    """
    lines = requirements_of(model_folder)
    if override:
        extra = [plain_requirement(line) for line in override]
        names = {name_of(line) for line in extra}
        lines = [line for line in lines if name_of(line) not in names] + extra
    lines = [line for line in lines if not is_own_line(line)]
    cache = own_folder(cache_folder())
    wheel, code = own_wheel(own_folder(cache / "wheels"))
    python = _python_for(python_of(model_folder))
    about: dict[str, object] = {
        "format": FORMAT,
        "python": python,
        "platform": [platform.system(), platform.machine(), platform.libc_ver()[0]],
        "requirements": sorted(lines),
        "flowmill": code,
        **({"serving": True} if serving else {}),
    }
    key = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:32]
    target = own_folder(cache / "environments") / key
    if not (target / READY).exists():
        with _locked(target.with_suffix(".lock")):
            if not (target / READY).exists():
                _make(target, python, lines, wheel, about, serving)
                _remove_unused(target.parent)
    (target / READY).touch()
    return _python_in(target)


def _remove_unused(folder: Path) -> None:
    """Removes environments that nobody has used for a month."""
    for ready in folder.glob(f"*/{READY}"):
        if time.time() - ready.stat().st_mtime > UNUSED_SECONDS:
            shutil.rmtree(ready.parent, ignore_errors=True)


def requirements_of(folder: Path) -> list[str]:
    """The requirement lines of a model, each checked to be a plain requirement; constraints as ``name==…`` lines."""
    file = folder / REQUIREMENTS_FILE
    if not file.is_file():
        raise Invalid(f"The model has no {REQUIREMENTS_FILE}: pass env_manager='local', or log the model again.")
    lines: list[str] = []
    for raw in file.read_text(encoding="utf-8").splitlines():
        line = raw.partition(" #")[0].strip()
        if not line or line.startswith("#"):
            continue
        option, _, argument = line.partition(" ")
        if option in ("-c", "--constraint"):
            limits = inside(folder, argument.strip(), "constraints file").read_text(encoding="utf-8").splitlines()
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


def _python_for(wanted: str | None) -> str:
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


def _make(target: Path, python: str, lines: list[str], wheel: Path, about: dict[str, object], serving: bool) -> None:
    uv = find_uv()
    started = time.perf_counter()
    count = sum(not line.startswith("-c ") for line in lines)
    print(f"Building the model's environment ({count} requirements), once for all models like it …", file=sys.stderr)
    draft = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        _uv(uv, "venv", "--quiet", "--relocatable", "--no-project", "--python", python, str(draft))
        requirements = draft / "requirements.txt"
        constraints = draft / "constraints.txt"
        requirements.write_text("\n".join(line for line in lines if not line.startswith("-c ")), encoding="utf-8")
        limits = [line.removeprefix("-c ") for line in lines if line.startswith("-c ")]
        constraints.write_text("\n".join(limits), encoding="utf-8")
        _uv(
            uv,
            "pip",
            "install",
            "--quiet",
            "--python",
            str(_python_in(draft)),
            "--requirements",
            str(requirements),
            "--constraints",
            str(constraints),
            f"flowmill[serving] @ {wheel.as_uri()}" if serving else str(wheel),
        )
        (draft / READY).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
        # Renamed when it is whole: a process that is killed half-way leaves nothing that looks ready.
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    print(f"The environment is ready after {time.perf_counter() - started:.1f} s; next time at once.", file=sys.stderr)


def _uv(uv: str, *arguments: str) -> None:
    done = subprocess.run(
        [uv, *arguments],
        env={**os.environ, **index_settings()},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        raise FlowmillError(
            f"The model's environment cannot be built: {_last_words(done.stderr)} Correct it by "
            "pip_requirements_override=[…], or use env_manager='local'."
        )


def _last_words(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(lines[-6:])[-1500:]


def find_uv() -> str:
    """The uv program: of the Python package, else of the PATH."""
    try:
        import uv
    except ImportError:
        found = shutil.which("uv")
        if found is None:
            raise FlowmillError(
                "Building a model's environment needs uv, which is not installed: run pip install uv, or use "
                "env_manager='local'."
            ) from None
        return found
    return uv.find_uv_bin()


_PIP_TO_UV = {
    "index-url": ("PIP_INDEX_URL", ("UV_DEFAULT_INDEX", "UV_INDEX_URL")),
    "extra-index-url": ("PIP_EXTRA_INDEX_URL", ("UV_INDEX", "UV_EXTRA_INDEX_URL")),
    "trusted-host": ("PIP_TRUSTED_HOST", ("UV_INSECURE_HOST",)),
    "find-links": ("PIP_FIND_LINKS", ("UV_FIND_LINKS",)),
    "cert": ("PIP_CERT", ("SSL_CERT_FILE",)),
}


def index_settings() -> dict[str, str]:
    """pip's settings of the environment and of its files in uv's words; where uv has its own, they hold."""
    settings: dict[str, str] = {}
    files = _pip_files()
    for key, (variable, words) in _PIP_TO_UV.items():
        value = os.environ.get(variable) or files.get(key)
        if value and not any(os.environ.get(word) for word in words):
            separator = "," if key == "find-links" else " "
            settings[words[0]] = separator.join(value.split())
    if "UV_INDEX" in settings and not os.environ.get("UV_INDEX_STRATEGY"):
        # pip looks in all indexes alike; uv would stop at the first that knows a name.
        settings["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return settings


def _pip_files() -> dict[str, str]:
    config = configparser.RawConfigParser()
    home = Path.home()
    places = [
        Path("/etc/pip.conf"),
        home / ".pip" / "pip.conf",
        Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf",
        Path(os.environ.get("PIP_CONFIG_FILE") or os.devnull),
    ]
    with contextlib.suppress(configparser.Error, OSError, UnicodeDecodeError):
        config.read([place for place in places if str(place) != os.devnull])
    return {
        key: value for part in ("global", "install") if config.has_section(part) for key, value in config.items(part)
    }


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
