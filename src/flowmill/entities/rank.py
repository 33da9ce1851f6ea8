"""The processes that have a run open together, and how each of them ended."""

from __future__ import annotations

from flowmill.entities.base import Entity, Int64
from flowmill.entities.run import RunStatus


class RunRank(Entity, frozen=True):
    """One of ``size`` processes of a job: RUNNING while it has the run open, then as what it ended.

    ``job`` is the same in all of them, ``host`` the machine. ``opened_at``, ``ended_at``: ms since the epoch, UTC.
    ``how``: one line on an end that was no success; ``signal``: which one told the process to end.
    """

    job: str
    rank: int
    size: int
    opened_at: Int64
    status: RunStatus
    host: str = ""
    ended_at: Int64 | None = None
    how: str = ""
    signal: str = ""
