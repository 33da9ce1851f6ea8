"""What is known of a run before its first line is logged: who started it, from which file and commit."""

from __future__ import annotations

import contextlib
import getpass
import re
import sys
from pathlib import Path

USER = "mlflow.user"
SOURCE_NAME = "mlflow.source.name"
SOURCE_TYPE = "mlflow.source.type"
GIT_COMMIT = "mlflow.source.git.commit"
GIT_BRANCH = "mlflow.source.git.branch"


def context_tags() -> dict[str, str]:
    """Tags of user, source and git commit, as MLflow's page and clients know them."""
    source = _source()
    tags = {USER: user_name(), SOURCE_NAME: str(source), SOURCE_TYPE: "NOTEBOOK" if _in_notebook() else "LOCAL"}
    commit, branch = _git_state(source.parent if source.is_absolute() else Path.cwd())
    if commit:
        tags[GIT_COMMIT] = commit
    if branch:
        tags[GIT_BRANCH] = branch
    return tags


def user_name() -> str:
    """The user's login name, ``unknown`` where the system does not say."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container without an entry for its user id
        return "unknown"


def _source() -> Path:
    main = sys.modules.get("__main__")
    file = getattr(main, "__file__", None)
    if file:
        return Path(file).absolute()
    return Path(sys.argv[0] or "<console>") if not _in_notebook() else Path("notebook")


def _in_notebook() -> bool:
    # IPython can only be running if it was imported.
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell"


def _git_state(folder: Path) -> tuple[str | None, str | None]:
    """Commit and branch, read from git's own files: a subprocess would cost more than the whole start of a run."""
    for parent in (folder, *folder.parents):
        git = parent / ".git"
        try:
            if git.is_file():  # a worktree or submodule points at its real folder
                git = (parent / git.read_text().partition("gitdir:")[2].strip()).resolve()
            head = (git / "HEAD").read_text().strip()
        except OSError:
            continue
        if not head.startswith("ref: "):
            return (head, None) if re.fullmatch(r"[0-9a-f]{40,64}", head) else (None, None)
        ref = head.removeprefix("ref: ")
        return _commit_of(git, ref), ref.removeprefix("refs/heads/")
    return None, None


def _commit_of(git: Path, ref: str) -> str | None:
    common = git
    with contextlib.suppress(OSError):
        common = (git / (git / "commondir").read_text().strip()).resolve()
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
