"""What the code that runs has beside its commit: the uncommitted patch, stored in the background with the run.

It is found once a process, for that is the code which was loaded. Files that hold secrets by their name are left out,
what looks like a secret in the others is masked, and a patch that is too long ends at a whole file.
"""

from __future__ import annotations

import functools
import os
import re
from fnmatch import fnmatchcase
from pathlib import Path

from flowmill.background import store_later
from flowmill.client.logging import LoggingClient
from flowmill.redaction import HIDDEN, without_secrets

ARTIFACT = "source/uncommitted.patch"
MOST_BYTES = 1 << 20
_MOST_UNTRACKED = 500
_SECONDS = 5.0
"""How long git may take; the run's end waits for it."""

_SECRET_FILES = (
    ".env .env.* *.env .netrc .pgpass .pypirc .npmrc .htpasswd *.pem *.key *.p12 *.pfx *.jks *.keystore *.kdbx *.gpg "
    "*.asc id_rsa* id_dsa* id_ecdsa* id_ed25519* *secret* *credential* *password* *.tfvars *.tfstate"
).split()
_SECRET_FOLDERS = {".ssh", ".aws", ".gnupg", ".azure", ".kube", ".docker"}

_NAME = r"(?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|account[_-]?key|private[_-]?key|credential)"
_QUOTED = re.compile(rf"(?P<name>{_NAME}\w*[\"']?\]?\s*[:=]\s*)[rbfu]{{0,2}}(?P<quote>[\"'])[^\"'\n]+(?P=quote)", re.I)
_PLAIN = re.compile(
    rf"^(?P<name>[+ -]\s*(?:export\s+)?[\w.-]*{_NAME}[\w.-]*\s*[:=]\s*)(?![\"'\s(\[{{]|\w+[(.\[])\S+$", re.I | re.M
)
_KEY = re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S)


def store_patch(client: LoggingClient, run_id: str, top: Path) -> None:
    """Store the patch of the work tree at ``top`` as a file of the run, soon and before it ends; nothing if there is
    none."""
    store_later(run_id, "The uncommitted patch", lambda: _store(client, run_id, top))


def _store(client: LoggingClient, run_id: str, top: Path) -> None:
    text = uncommitted(top)
    if text:
        client.log_text(run_id, text, ARTIFACT)


@functools.cache
def uncommitted(top: Path) -> str:
    """The patch from the commit to the work tree at ``top``, and the names of files that git does not know; empty for
    a clean tree, and where git is not installed or takes too long."""
    patch = _git(top, "diff", "--no-ext-diff", "--no-textconv", "--no-color", "HEAD")
    names = _git(top, "ls-files", "--others", "--exclude-standard", "-z").split("\0")
    untracked = [name for name in names if name]
    if not patch and not untracked:
        return ""
    files = re.split(r"^(?=diff --git )", patch[:MOST_BYTES], flags=re.M)
    left_out: list[str] = []
    if len(patch) > MOST_BYTES and files:
        left_out.append(f"{_named(files.pop())} and what follows it: the patch is longer than {MOST_BYTES} bytes")
    kept: list[str] = []
    for part in files:
        if part and is_secret(_named(part)):
            left_out.append(f"{_named(part)}: it may hold secrets")
        elif part:
            kept.append(masked(part))
    head = [f"# Left out: {line}" for line in left_out]
    head += [f"# Untracked: {name}" for name in untracked[:_MOST_UNTRACKED]]
    if len(untracked) > _MOST_UNTRACKED:
        head.append(f"# Untracked: {len(untracked) - _MOST_UNTRACKED} more")
    return "\n".join(head) + "\n" * bool(head) + "".join(kept)


def is_secret(name: str) -> bool:
    """Whether a file holds secrets by its name."""
    path = Path(name.lower())
    return bool(_SECRET_FOLDERS & set(path.parts)) or any(fnmatchcase(path.name, each) for each in _SECRET_FILES)


def masked(text: str) -> str:
    """A part of a patch without what looks like a secret.

    >>> masked('+API_KEY = "abc"')
    '+API_KEY = "***"'
    """
    text = _KEY.sub(rf"\1{HIDDEN}\2", text)
    text = _QUOTED.sub(rf"\g<name>\g<quote>{HIDDEN}\g<quote>", text)
    return without_secrets(_PLAIN.sub(rf"\g<name>{HIDDEN}", text))


def _named(part: str) -> str:
    found = re.match(r'diff --git .* "?b/(.*?)"?$', part, re.M)
    return found[1] if found else ""


def _git(top: Path, *words: str) -> str:
    """What git says, at most a little more than is kept; empty if it cannot be asked."""
    import subprocess
    import threading

    # No lock, hook or program of the repository's own configuration.
    command = ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", *words]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        process = subprocess.Popen(
            command,
            cwd=top,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return ""
    late = threading.Timer(_SECONDS, process.kill)
    late.daemon = True
    late.start()
    try:
        with process:
            assert process.stdout is not None
            said = process.stdout.read(MOST_BYTES + 1)
            process.kill()  # what is longer is not kept
    finally:
        late.cancel()
    return said.decode("utf-8", "replace")
