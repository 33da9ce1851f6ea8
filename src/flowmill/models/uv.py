"""uv, which finds and installs what models need, and the indexes that it asks."""

from __future__ import annotations

import configparser
import contextlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from flowmill.errors import FlowmillError


def run_uv(*arguments: str, what: str, hint: str) -> None:
    """Run uv, with pip's indexes where it has none of its own.

    FlowmillError if it fails: what cannot be done, uv's own words, and the hint.
    """
    done = subprocess.run(
        [find_uv(), *arguments],
        env={**os.environ, **index_settings()},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        raise FlowmillError(f"{what}: {last_words(done.stderr)} {hint}")


def run_pip(python: str, *arguments: str, what: str, hint: str) -> None:
    """Run pip of this Python, with uv's indexes where pip has none of its own: it need not be installed, uv has it.

    ``python``: an interpreter or a version. FlowmillError if it fails: what cannot be done, pip's own words, the hint.
    """
    done = subprocess.run(
        [find_uv(), "tool", "run", "--quiet", "--python", python, "pip", *arguments],
        env={**os.environ, **index_settings(), **_pip_settings(), "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        # It warns of every place where it found nothing, in the order of its search; why it stopped comes last.
        said = "\n".join(line for line in done.stderr.splitlines() if not line.startswith("WARNING"))
        said = re.sub(r" \(from versions: [^)]{200,}\)", "", said)
        raise FlowmillError(f"{what}: {last_words(said)} {hint}")


def last_words(text: str) -> str:
    """What a program said in the end, in one line."""
    # For which Python a requirement is asked is our own addition, and in nobody's way but the reader's.
    text = re.sub(r"\{python_full_version[^}]*\}", "", text)
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


_ADDED = ("extra-index-url", "trusted-host", "find-links")
"""Places beside others; of the rest there is one, and pip's own holds."""


def _pip_settings() -> dict[str, str]:
    """uv's settings of the environment in pip's words, beside pip's own."""
    settings: dict[str, str] = {}
    files = _pip_files()
    for key, (variable, words) in _PIP_TO_UV.items():
        value = next((os.environ[word] for word in words if os.environ.get(word)), None)
        own = os.environ.get(variable) or files.get(key)
        if value and (own is None or key in _ADDED):
            # An index of uv's may have a name: internal=https://…
            each = (re.sub(r"^[A-Za-z0-9_.-]+=", "", part) for part in re.split(r"[\s,]+", value) if part)
            settings[variable] = " ".join([*each, *(own or "").split()])
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
