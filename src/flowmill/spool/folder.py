"""Where spools are, and delivering what processes that have died left in them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from flowmill.entities.caller import NOBODY, Caller
from flowmill.settings import Settings
from flowmill.spool.delivery import Delivery, refusals_file
from flowmill.spool.spool import SUFFIX, Spool
from flowmill.spool.store import SpooledStore
from flowmill.store.base import Store
from flowmill.store.open import database_path, describe, open_store, scheme_of

TARGET = "target"
"""A file in a spool's folder that names its store."""


def open_spooled(uri: str, settings: Settings, caller: Caller) -> SpooledStore:
    """The store at a URI behind the spool of this process."""
    store = open_store(uri, caller)
    return SpooledStore(store, open_spool(uri, settings, store, caller))


def open_spool(uri: str, settings: Settings, store: Store | None = None, caller: Caller = NOBODY) -> Spool:
    """The spool of a store; ``store`` is one that is open already, for a database of this machine."""
    folder = spool_folder(uri, settings)
    if scheme_of(uri) in ("http", "https"):
        # Waiting is the spool's business: one attempt at a time, and the loop goes on.
        impatient = replace(settings, http_retries=0, http_timeout=min(settings.http_timeout, 60.0))
        opener: Callable[[], Store] = lambda: _rest_store(uri, impatient, caller)  # noqa: E731
    else:
        opener = lambda: store or open_store(uri, caller)  # noqa: E731
    delivery = Delivery(describe(uri), opener, refusals_file(folder))
    return Spool(folder, delivery, limit=settings.spool_limit * 1024 * 1024, prepare=lambda: _note_target(folder, uri))


def spool_folder(uri: str, settings: Settings) -> Path:
    """The folder of a store's spool: beside a local database, so that both move together, else among the user's."""
    if settings.spool is None and scheme_of(uri) in ("", "file"):
        return database_path(uri).with_name("spool")
    if settings.spool is None and scheme_of(uri) == "sqlite":
        path = database_path(uri)
        return path.with_name(f"{path.name}-spool")
    return (settings.spool or settings.state_folder / "spool") / folder_name(uri)


def folder_name(uri: str) -> str:
    """The name of a folder for a store: a person knows it again, and no two stores share one."""
    import hashlib  # loads OpenSSL, and a folder's store has its spool beside it

    shown = describe(uri)
    name = re.sub(r"[^A-Za-z0-9.]+", "-", shown.partition("://")[2] or shown).strip("-")[-60:]
    return f"{name}-{hashlib.sha256(shown.encode()).hexdigest()[:12]}"


def spools_of_user(settings: Settings) -> list[tuple[str, Path]]:
    """(address of the store, folder) of every spool among the user's that holds something."""
    root = settings.spool or settings.state_folder / "spool"
    found: list[tuple[str, Path]] = []
    for folder in sorted(root.glob("*")) if root.is_dir() else ():
        with contextlib.suppress(OSError):
            if any(folder.glob(f"*{SUFFIX}")):
                found.append(((folder / TARGET).read_text(encoding="utf-8").strip(), folder))
    return found


def remove_if_empty(folder: Path | None) -> None:
    """Leave nothing behind when nothing waits."""
    if folder is not None:
        with contextlib.suppress(OSError):
            if all(file.name == TARGET for file in folder.iterdir()):
                (folder / TARGET).unlink(missing_ok=True)
                folder.rmdir()


def _note_target(folder: Path, uri: str) -> None:
    (folder / TARGET).write_text(f"{describe(uri)}\n", encoding="utf-8")


def _rest_store(uri: str, settings: Settings, caller: Caller) -> Store:
    from flowmill.store.rest import RestStore

    return RestStore(uri, settings, caller)
