"""What goes on beside an open run and must be done before the run may end: uploads, samples of the machine."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

_lock = threading.Lock()
_beside: dict[str, list[Callable[[], None]]] = {}


def accompany(run_id: str, finish: Callable[[], None]) -> None:
    """Have ``finish`` called before the run of this id ends in this process."""
    with _lock:
        _beside.setdefault(run_id, []).append(finish)


def finish_companions(run_id: str) -> None:
    """Wait for all that goes on beside a run. What fails there is said, and does not keep the run from ending."""
    with _lock:
        found = _beside.pop(run_id, [])
    for finish in found:
        try:
            finish()
        except Exception as error:
            import logging  # costs milliseconds, and most runs never need it

            logging.getLogger("flowmill").warning("Run %s: %s", run_id, error)


def _forget() -> None:
    """In a forked child: what goes on beside the parent's runs goes on there."""
    global _lock
    _lock = threading.Lock()
    _beside.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
