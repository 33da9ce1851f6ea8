"""What a run measured and hides: the part of its history that a later start took back."""

from __future__ import annotations

from flowmill.entities.base import Entity, Int64


class Branch(Entity, frozen=True):
    """Points of a run later than ``step`` that were hidden at ``created_at``, ms since the epoch, UTC.

    ``keys``: the metrics that it has points of, ``points`` how many in all, ``last_step`` the highest step of them.
    ``base``: the branch in which it begins, because a start from an earlier step hid what was before it, too.
    """

    branch_id: str
    run_id: str
    step: Int64
    created_at: Int64
    keys: list[str] = []
    points: int = 0
    last_step: Int64 | None = None
    base: str = ""
