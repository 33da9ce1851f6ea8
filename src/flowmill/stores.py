"""Which store is meant, and one open store a URI in this process."""

from __future__ import annotations

import atexit
import os
import threading
from pathlib import Path

from flowmill.context import user_name
from flowmill.entities.caller import Caller
from flowmill.errors import Invalid
from flowmill.offline import answers_within, begin_offline, deliver_in_background, go_offline, is_offline
from flowmill.settings import Settings
from flowmill.spool.folder import open_spooled, remove_if_empty
from flowmill.spool.store import SpooledStore
from flowmill.store.open import DEFAULT_FOLDER, scheme_of

_chosen: dict[str, str] = {}
_open: dict[str, SpooledStore] = {}
_reached: set[str] = set()
_left: list[SpooledStore] = []
"""Stores of servers that did not answer; clients made before that may hold them."""
_lock = threading.Lock()


def set_tracking_uri(uri: str | Path) -> None:
    """Log to this folder, database or server from now on, in this process and those it starts.

    ``./folder``, ``file:///folder``, ``sqlite:///file.db``, ``postgresql://…``, ``http://host:port``; an empty
    text goes back to the environment's MLFLOW_TRACKING_URI, else ``./mlruns``.
    """
    if not str(uri):
        _chosen.pop("tracking", None)
        os.environ.pop("MLFLOW_TRACKING_URI", None)
        return
    _chosen["tracking"] = absolute_uri(uri)
    # Worker processes of a training log to the same place.
    os.environ["MLFLOW_TRACKING_URI"] = _chosen["tracking"]


def get_tracking_uri() -> str:
    """Where runs are logged now."""
    return default_tracking_uri()


def is_tracking_uri_set() -> bool:
    """Whether a place was chosen, here or in the environment."""
    return "tracking" in _chosen or Settings.from_environment().tracking_uri is not None


def set_registry_uri(uri: str | Path) -> None:
    """Register models there from now on; an empty text goes back to the tracking URI."""
    if str(uri):
        _chosen["registry"] = absolute_uri(uri)
    else:
        _chosen.pop("registry", None)


def get_registry_uri() -> str:
    """Where models are registered now."""
    return default_registry_uri()


def default_tracking_uri() -> str:
    """The tracking URI that holds without an explicit one."""
    return _chosen.get("tracking") or absolute_uri(Settings.from_environment().tracking_uri or DEFAULT_FOLDER)


def default_registry_uri() -> str:
    """The registry URI that holds without an explicit one."""
    chosen = _chosen.get("registry") or Settings.from_environment().registry_uri
    return absolute_uri(chosen) if chosen else default_tracking_uri()


def store_at(uri: str | Path) -> SpooledStore:
    """The open store of a URI; every client of the process shares it."""
    uri = absolute_uri(uri)
    with _lock:
        if uri not in _open:
            if not _open:
                atexit.register(_close_all)
            name = user_name()
            caller = Caller("" if name == "unknown" else name)
            settings = Settings.from_environment()
            place = begin_offline(uri, settings) if is_offline(uri, settings) else uri
            _open[uri] = open_spooled(place, settings, caller)
        return _open[uri]


def reach(uri: str) -> None:
    """Before a run begins: see whether its server answers, and log without it if not. Each process asks once."""
    settings = Settings.from_environment()
    if scheme_of(uri) not in ("http", "https") or settings.mode != "auto" or uri in _reached:
        return
    _reached.add(uri)
    store = store_at(uri)
    if answers_within(store.spool.delivery, settings.offline_after):
        deliver_in_background(uri, settings)
        return
    leave(uri)


def may_leave(uri: str) -> bool:
    """Whether this process may go on without the server of this address when that does not answer."""
    return scheme_of(uri) in ("http", "https") and Settings.from_environment().mode == "auto"


def leave(uri: str) -> None:
    """Log without a server from now on; runs that are open are still delivered to it."""
    go_offline(uri, Settings.from_environment())
    with _lock:
        if uri in _open:
            _left.append(_open.pop(uri))


def logs_offline(uri: str) -> bool:
    """Whether what is logged to this address stays on this machine for now."""
    return is_offline(uri, Settings.from_environment())


def absolute_uri(uri: str | Path) -> str:
    """The URI as it stays right when the process changes its folder."""
    text = str(uri)
    if isinstance(uri, Path) or scheme_of(text) == "":
        return Path(text).expanduser().absolute().as_uri()
    if scheme_of(text) == "sqlite" and text[:10] == "sqlite:///" and text[10:11] not in ("/", ""):
        return f"sqlite:///{Path(text[10:]).absolute()}"
    if text in ("databricks", "databricks-uc"):
        raise Invalid("Databricks workspaces are not supported; use a folder, a database or a server's address.")
    return text.rstrip("/") if scheme_of(text) in ("http", "https") else text


def _renew_lock() -> None:
    """In a forked child: another thread of the parent may have held the lock."""
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


def _close_all() -> None:
    with _lock:
        for store in (*_open.values(), *_left):
            store.close()
            remove_if_empty(store.spool.folder)
        _open.clear()
        _left.clear()
