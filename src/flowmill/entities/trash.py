"""What lies in the trash, and what became of it."""

from __future__ import annotations

from typing import Literal

from flowmill.entities.base import Entity

TrashKind = Literal["experiment", "run", "logged_model"]

RETENTION_TAG = "flowmill.trashRetention"
"""Tag of an experiment: how long what was deleted in it stays in the trash, such as ``90d``, or ``never``."""
NEVER = "never"


class TrashItem(Entity, frozen=True):
    """Something deleted that can be restored; ``deleted_at`` is ms since the epoch, UTC.

    ``moved_from``: the experiment from which it was brought into its own before; None if it never was.
    """

    kind: TrashKind
    id: str
    name: str
    experiment_id: str
    deleted_at: int
    moved_from: str | None = None


class KeptItem(Entity, frozen=True):
    """Something due that stays, because a registered version was made from it."""

    kind: TrashKind
    id: str
    model: str
    version: str


class PurgeReport(Entity, frozen=True, kw_only=True):
    """What was freed for good, or would be.

    ``items``: what went, the first ones if there is no end of it; ``runs``, ``experiments``, ``logged_models``:
    how many of each. ``files`` and ``bytes``: artifacts that were freed. ``places``: where artifacts are still
    to be freed. ``more``: whether there is more to do.
    """

    experiments: int
    runs: int
    logged_models: int
    files: int = 0
    bytes: int = 0
    items: list[TrashItem] = []
    kept: list[KeptItem] = []
    places: list[str] = []
    more: bool = False
