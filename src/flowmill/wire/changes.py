"""Operations on what became of runs after they were logged."""

from __future__ import annotations

from flowmill.entities.base import Entity
from flowmill.entities.run_change import RunChange
from flowmill.wire.operation import Request, operation
from flowmill.wire.permission import READ_EXPERIMENT


class RunChangePage(Entity, frozen=True):
    """A page of changes; without a token it is the last one."""

    changes: list[RunChange] = []
    next_page_token: str | None = None


@operation("GET flowmill/1/runs/changes", needs=READ_EXPERIMENT)
class ListRunChanges(Request[RunChangePage], frozen=True, kw_only=True):
    """What was changed of a run, newest first: by whom, when, from what to what.

    These are its name, description and own tags, that it was deleted, restored or moved, and a status that changed
    after it had ended. What a run sets for the first time while it goes on is part of it and no change; what one
    caller changes again and again in the meantime is one change, from the first value to the last.
    """

    run_id: str
    max_results: int = 100
    page_token: str = ""
