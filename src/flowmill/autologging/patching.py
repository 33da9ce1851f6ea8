"""Standing around functions of other libraries without being noticed: same names, same results, same errors."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

from flowmill.autologging.configuration import is_on, is_silent
from flowmill.notices import say_once

T = TypeVar("T")

Around = Callable[[Callable[..., Any], Any, tuple[Any, ...], dict[str, Any]], Any]
"""Called as ``around(original, owner, args, kwargs)``; what it gives back is what the caller gets."""

_MARK = "__flowmill_autologging__"
_owners: dict[int, int] = {}
"""How many calls are being watched in each thread."""
_lock = threading.Lock()


class _Method:
    """Stands around a descriptor that decides for itself whether the method is there (``available_if``)."""

    def __init__(self, inner: Any, around: Around) -> None:
        self._inner = inner
        self._around = around
        setattr(self, _MARK, True)

    def __get__(self, owner: Any, kind: type | None = None) -> Any:
        found = self._inner.__get__(owner, kind)
        if owner is None:
            return found

        @functools.wraps(found)
        def call(*args: Any, **kwargs: Any) -> Any:
            return self._around(found, owner, args, kwargs)

        return call


def stand_around(place: Any, name: str, around: Around) -> None:
    """Let ``around`` be called in place of a function that a module or class defines; once, however often asked."""
    original = vars(place).get(name)
    if (
        original is None
        or getattr(original, _MARK, False)
        or isinstance(original, staticmethod | classmethod | property)
    ):
        return
    if isinstance(place, type):
        if not callable(original):
            if hasattr(original, "__get__"):
                setattr(place, name, _Method(original, around))
            return

        @functools.wraps(original)
        def method(owner: Any, /, *args: Any, **kwargs: Any) -> Any:
            return around(functools.partial(original, owner), owner, args, kwargs)

        setattr(method, _MARK, True)
        setattr(place, name, method)
        return
    if not callable(original):
        return

    @functools.wraps(original)
    def function(*args: Any, **kwargs: Any) -> Any:
        return around(original, None, args, kwargs)

    setattr(function, _MARK, True)
    setattr(place, name, function)


def is_watched() -> bool:
    """Whether this call is part of one that is watched already: a search fits its candidates, a score predicts."""
    thread: Any = threading.current_thread()
    while thread is not None:
        if _owners.get(thread.ident):
            return True
        thread = getattr(thread, "_parent", None)  # a thread of a pool works for the one that made the pool
    return False


@contextmanager
def watching() -> Generator[None]:
    """While the block lasts, what is called in it is part of one call."""
    ident = threading.get_ident()
    with _lock:
        _owners[ident] = _owners.get(ident, 0) + 1
    try:
        yield
    finally:
        with _lock:
            _owners[ident] -= 1
            if not _owners[ident]:
                del _owners[ident]


def safely(integration: str, act: Callable[[], T]) -> T | None:
    """What ``act`` gives; None if it fails, which is said once and disturbs nobody."""
    try:
        return act()
    except Exception as error:
        if not is_silent(integration):
            say_once(f"Autologging of {integration}: {type(error).__name__}: {error}")
        return None


def applies(integration: str) -> bool:
    """Whether a call that begins now is one to watch."""
    return is_on(integration) and not is_watched()
