"""What git knows of the code that runs: read from its own files where that is enough, for a process costs more."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class GitState(NamedTuple):
    """Where a work tree stands; None for what is not known."""

    top: Path | None = None
    commit: str | None = None
    branch: str | None = None
    remote: str | None = None
    """The address of ``origin``, else of the first remote, as its configuration has it."""


def git_state(folder: Path) -> GitState:
    """The work tree that a folder is in, empty if it is in none."""
    for parent in (folder, *folder.parents):
        git = parent / ".git"
        try:
            if git.is_file():  # a worktree or submodule points at its real folder
                git = (parent / git.read_text().partition("gitdir:")[2].strip()).resolve()
            head = (git / "HEAD").read_text().strip()
        except (OSError, UnicodeDecodeError):
            continue
        common = _common(git)
        remote = _remote(common)
        if not head.startswith("ref: "):
            return GitState(parent, head if re.fullmatch(r"[0-9a-f]{40,64}", head) else None, None, remote)
        ref = head.removeprefix("ref: ")
        return GitState(parent, _commit_of(git, common, ref), ref.removeprefix("refs/heads/"), remote)
    return GitState()


def _common(git: Path) -> Path:
    """The folder that all work trees of a repository share."""
    with contextlib.suppress(OSError):
        return (git / (git / "commondir").read_text().strip()).resolve()
    return git


def _commit_of(git: Path, common: Path, ref: str) -> str | None:
    for folder in (git, common):
        try:
            return (folder / ref).read_text().strip()
        except OSError:
            continue
    try:
        packed = (common / "packed-refs").read_text()
    except OSError:
        return None
    found = re.search(rf"^([0-9a-f]+) {re.escape(ref)}$", packed, re.MULTILINE)
    return found[1] if found else None


def _remote(common: Path) -> str | None:
    try:
        remotes = dict(_remotes((common / "config").read_text(encoding="utf-8", errors="replace")))
    except OSError:
        return None
    return remotes.get("origin") or next(iter(remotes.values()), None)


def _remotes(config: str) -> Iterator[tuple[str, str]]:
    """(name, address) of each remote of a configuration; the first address of one that has several."""
    name: str | None = None
    for line in config.splitlines():
        section = re.match(r'\s*\[\s*(\w+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]', line)
        if section:
            name = section[2] if section[1].lower() == "remote" else None
        elif name is not None and (found := re.match(r"\s*url\s*=\s*(.*?)\s*$", line, re.IGNORECASE)):
            yield name, found[1].strip('"')
            name = None
