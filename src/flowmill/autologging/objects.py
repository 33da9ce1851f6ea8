"""Objects of the user's that are known again, and the names by which the user knows them."""

from __future__ import annotations

import weakref
from types import FrameType
from typing import Any


def remember(kept: dict[int, tuple[Any, Any]], thing: Any, what: Any) -> None:
    """Keep something about an object as long as it lives."""
    number = id(thing)
    try:
        reference = weakref.ref(thing, lambda _: kept.pop(number, None))
    except TypeError:
        return
    kept[number] = (reference, what)


def recalled(kept: dict[int, tuple[Any, Any]], thing: Any) -> Any:
    """What was kept about an object; None if nothing was."""
    known = kept.get(id(thing))
    return known[1] if known is not None and known[0]() is thing else None


def name_in(frame: FrameType, value: Any, library: str) -> str | None:
    """The variable by which a caller knows a value: the nearest that is the user's, else one of the library's."""
    theirs: str | None = None
    outer: FrameType | None = frame
    while value is not None and outer is not None:
        names = outer.f_locals
        found = next((name for name, each in names.items() if each is value and not name.startswith("_")), None)
        if found is not None and not str(outer.f_globals.get("__name__")).startswith(f"{library}."):
            return found
        theirs = theirs or found
        outer = outer.f_back
    return theirs
