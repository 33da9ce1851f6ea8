"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Caller:
    """Who sent a request, as history tells it.

    ``name`` is what the caller says of itself: the system's user in a folder, a login or a header over HTTP;
    empty when it says nothing. Nobody has checked it.
    """

    name: str = ""


NOBODY = Caller()
