"""What is known of a run that was brought into another experiment."""

from __future__ import annotations

from flowmill.entities.base import Entity, Int64


class Move(Entity, frozen=True):
    """A run went from one experiment to another at ``moved_at``, ms since the epoch, UTC.

    ``user_id`` is who asked for it, as far as they said.
    """

    run_id: str
    from_experiment_id: str
    to_experiment_id: str
    moved_at: Int64
    user_id: str = ""
