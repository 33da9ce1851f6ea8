"""Who has a run open, and how it ends."""

from __future__ import annotations

from collections.abc import Mapping

from flowmill.client.base import Connected
from flowmill.client.values import now, run_status
from flowmill.entities.rank import RunRank
from flowmill.entities.run import Run, RunTag
from flowmill.ranks import Rank
from flowmill.spool.cut import leave_request
from flowmill.wire.life import EndRun, JoinRun, ListRanks


class LifeClient(Connected):
    """Operations on the life of runs."""

    def set_terminated(
        self,
        run_id: str,
        status: str | None = None,
        end_time: int | None = None,
        tags: Mapping[str, str] | None = None,
        unless_ended: bool = False,
    ) -> None:
        """End a run, FINISHED unless said otherwise, once all that was logged to it is delivered.

        ``tags`` say how it ended. ``unless_ended``: a run that has ended already stays as it is. With the store
        away the end is left to whoever delivers the rest.
        """
        self._store.end(
            EndRun(
                run_id=run_id,
                status=run_status(status or "FINISHED"),
                end_time=now() if end_time is None else end_time,
                tags=[RunTag(key, value) for key, value in (tags or {}).items()],
                unless_ended=unless_ended,
            )
        )

    def answer_for(self, run: Run) -> None:
        """This process has the run open: it gives signs of life, and its death without a word ends the run."""
        self._store.opened(run)

    def join_run(self, run: Run, rank: Rank) -> JoinRun:
        """This process has the run open as one of many; `leave_run` takes the answer.

        It gives signs of life, and its death without a word is told of the run.
        """
        from socket import gethostname  # a script that is alone does not pay for it

        joined = JoinRun(
            run_id=run.info.run_id, job=rank.key, rank=rank.rank, size=rank.size, opened_at=now(),
            host=gethostname()[:255],
        )  # fmt: skip
        self._store.opened(run, joined)
        return joined

    def leave_run(self, joined: JoinRun, status: str = "FINISHED", tags: Mapping[str, str] | None = None) -> None:
        """This process has done its part of a run, or failed; once all that it logged is delivered.

        The run ends with rank 0, when all have left it, or when one of them fails. ``tags`` say how it ended.
        """
        said = [RunTag(key, value) for key, value in (tags or {}).items()]
        self._store.end(leave_request(joined, run_status(status), now(), said))

    def list_ranks(self, run_id: str) -> list[RunRank]:
        """The processes that have a run open together, or had, and how each ended; none of a run of one process."""
        return self._store.send(ListRanks(run_id=run_id)).ranks
