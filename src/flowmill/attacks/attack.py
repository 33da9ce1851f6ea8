"""An attack as a value: an id, a sentence, and what is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flowmill.attacks.target import Target


class Breach(Exception):
    """What an attack achieved, in a sentence."""


@dataclass(frozen=True)
class Attack:
    """One row. ``run`` raises `Breach` if the server gives way."""

    id: str
    what: str
    run: Callable[[Target], None]
