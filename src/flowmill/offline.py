"""Runs without their server: they go to a folder of this machine, which `flowmill sync` later delivers.

The folder is a store like any other, so everything works there: experiments, runs, artifacts, models. Each process
that logs to it holds a lock, so that it is never removed under one.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Generator
from pathlib import Path

from flowmill.errors import Unavailable
from flowmill.settings import Settings
from flowmill.spool.delivery import Away, Delivery
from flowmill.spool.folder import TARGET, folder_name
from flowmill.store.open import DATABASE_NAME, describe, scheme_of

try:
    import fcntl
except ImportError:  # Windows: open files cannot be removed there anyway
    fcntl = None

_IN_USE = "in-use"
_DELIVERING = "delivering"
_held: dict[Path, int] = {}
"""The lock file of each folder that this process logs to."""


def offline_folder(uri: str, settings: Settings) -> Path:
    """Where the runs of a server wait that is not asked."""
    return settings.state_folder / "offline" / folder_name(uri)


def offline_folders(settings: Settings) -> list[str]:
    """The addresses of the servers for which runs wait."""
    found: list[str] = []
    for file in sorted((settings.state_folder / "offline").glob(f"*/{TARGET}")):
        with contextlib.suppress(OSError):
            found.append(file.read_text(encoding="utf-8").strip())
    return found


def is_offline(uri: str, settings: Settings) -> bool:
    """Whether what is logged to this address stays on this machine for now."""
    return settings.mode == "offline" and scheme_of(uri) in ("http", "https")


def begin_offline(uri: str, settings: Settings) -> str:
    """The URI of the folder that stands for a server, made if it is not there."""
    folder = offline_folder(uri, settings)
    try:
        while folder not in _held or not _is_there(folder, _held[folder]):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            (folder / TARGET).write_text(f"{describe(uri)}\n", encoding="utf-8")
            _held[folder] = os.open(folder / _IN_USE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            if fcntl is not None:
                fcntl.flock(_held[folder], fcntl.LOCK_SH)
    except OSError as error:
        raise Unavailable(
            f"Cannot keep runs in {folder}: {error.strerror or error}. Name another folder in FLOWMILL_STATE_DIR."
        ) from None
    return folder.absolute().as_uri()


@contextlib.contextmanager
def delivering(folder: Path) -> Generator[bool]:
    """Whether this process is the one that delivers the folder, as long as the block lasts."""
    with _locked(folder / _DELIVERING) as ours:
        yield ours


@contextlib.contextmanager
def unused(folder: Path) -> Generator[bool]:
    """Whether no process logs to the folder; those that begin to meanwhile wait for the end of the block."""
    with _locked(folder / _IN_USE) as ours:
        yield ours


@contextlib.contextmanager
def _locked(file: Path) -> Generator[bool]:
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        ours = True
        if fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                ours = False
        yield ours
    finally:
        os.close(handle)


def _is_there(folder: Path, handle: int) -> bool:
    """Whether a lock file is still the one of the folder, which may have been delivered and removed."""
    try:
        return os.path.samestat(os.fstat(handle), (folder / _IN_USE).stat())
    except OSError:
        return False


def answers_within(delivery: Delivery, seconds: float) -> bool:
    """Whether a server says anything at all in this time, be it a refusal."""
    end = time.monotonic() + seconds
    pause = 0.1
    while True:
        try:
            delivery.is_flowmill()
        except Away as away:
            if not isinstance(away.__cause__, Unavailable):
                return True
            if time.monotonic() + pause > end:
                return False
        else:
            return True
        time.sleep(pause)
        pause = min(pause * 2, 2.0)


def go_offline(uri: str, settings: Settings) -> None:
    """From here on this process, and those that it starts, log without the server."""
    import logging

    os.environ["FLOWMILL_MODE"] = "offline"
    shown = describe(uri)
    logging.getLogger("flowmill").warning(
        f"The server {shown} does not answer: this process logs without it, to {offline_folder(uri, settings)}. "
        f"The next run that reaches the server delivers it, or `flowmill sync {shown}`. "
        "FLOWMILL_MODE=online makes this an error."
    )


def deliver_in_background(uri: str, settings: Settings) -> None:
    """Let a process of its own deliver what earlier runs have left, if they have left anything."""
    if (offline_folder(uri, settings) / DATABASE_NAME).exists():
        import subprocess  # costs milliseconds, and few processes have anything to deliver

        with contextlib.suppress(OSError):
            subprocess.Popen(
                [sys.executable, "-m", "flowmill", "sync", uri],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
