"""Operations on the life of runs: signs of life, and runs that give none."""

from __future__ import annotations

from flowmill.entities.base import Entity, Int64
from flowmill.entities.rank import RunRank
from flowmill.entities.run import RunStatus, RunTag
from flowmill.wire.operation import Request, operation
from flowmill.wire.permission import EDIT_EXPERIMENT, READ_EXPERIMENT

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


class RankList(Entity, frozen=True):
    """Ranks by their number."""

    ranks: list[RunRank] = []


@operation("POST flowmill/1/runs/join", needs=EDIT_EXPERIMENT)
class JoinRun(Request[None], frozen=True, kw_only=True):
    """One of many processes of a job has the run open, since ``opened_at``, ms since the epoch, UTC.

    Ranks of an earlier job are forgotten: the run was taken up again. A run that ended only because all ranks had
    left, or with an earlier life of this rank, is open again.
    """

    run_id: str
    job: str
    rank: int
    size: int
    opened_at: Int64
    host: str = ""


@operation("POST flowmill/1/runs/leave", needs=EDIT_EXPERIMENT)
class LeaveRun(Request[None], frozen=True, kw_only=True):
    """One of many processes of a job has done its part of the run, or ended otherwise, at ``end_time``.

    ``opened_at`` tells which life of the rank that was. The run ends as FINISHED with rank 0, or when all who had it
    open have left it; as FAILED or KILLED with the first rank that does. One that was told to end by a signal
    counts as the first only if no other ended: launchers end all ranks when one has died.
    """

    run_id: str
    job: str
    rank: int
    size: int
    opened_at: Int64
    status: RunStatus
    end_time: Int64
    tags: list[RunTag] = []


@operation("GET flowmill/1/runs/ranks", needs=READ_EXPERIMENT)
class ListRanks(Request[RankList], frozen=True, kw_only=True):
    """The processes that have a run open together, or had; none of a run that one process logs to."""

    run_id: str
