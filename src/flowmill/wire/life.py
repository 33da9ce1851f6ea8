"""Operations on the life of runs: signs of life, and runs that give none."""

from __future__ import annotations

from flowmill.entities.base import Int64
from flowmill.entities.run import RunStatus, RunTag
from flowmill.wire.operation import Request, operation
from flowmill.wire.permission import EDIT_EXPERIMENT

LOST_AFTER = 3
"""Signs of life that a run must miss to count as lost."""


@operation("POST flowmill/1/runs/heartbeat", needs=EDIT_EXPERIMENT)
class Heartbeat(Request[None], frozen=True, kw_only=True):
    """The processes that log to these runs are alive, and will say so again within ``every`` ms.

    A run that is RUNNING and was silent for three times as long is shown as lost, until it is heard of again.
    Runs that are not there, or have ended, are passed over.
    """

    run_ids: list[str]
    every: int = 30_000


@operation("POST flowmill/1/runs/end", needs=EDIT_EXPERIMENT)
class EndRun(Request[None], frozen=True, kw_only=True):
    """End a run and say in tags how; ``end_time`` is ms since the epoch, UTC, now if absent.

    ``unless_ended``: a run that is not open any more stays as it is.
    """

    run_id: str
    status: RunStatus
    end_time: Int64 | None = None
    tags: list[RunTag] = []
    unless_ended: bool = False
