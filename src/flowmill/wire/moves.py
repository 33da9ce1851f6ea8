"""Operations that bring runs from one experiment into another."""

from __future__ import annotations

from flowmill.entities.base import Entity
from flowmill.entities.move import Move
from flowmill.wire.operation import Request, operation
from flowmill.wire.permission import EDIT_EXPERIMENT, READ_EXPERIMENT


class MoveList(Entity, frozen=True):
    """Moves, the last first."""

    moves: list[Move] = []


@operation("POST flowmill/1/runs/move", needs=EDIT_EXPERIMENT)
class MoveRuns(Request[MoveList], frozen=True, kw_only=True):
    """Bring active runs into another active experiment: all of them or, on an error, none.

    Needs to edit both experiments. What lies below a run in its experiment goes with it, as do the models that a run
    logged. Ids, histories, links and the places of files stay as they are. The answer says what was moved from where,
    so that it can be undone; a run that is in the experiment already is not among it.
    """

    run_ids: list[str]
    experiment_id: str


@operation("GET flowmill/1/runs/moves", needs=READ_EXPERIMENT)
class ListMoves(Request[MoveList], frozen=True, kw_only=True):
    """From where a run was moved, by whom and when."""

    run_id: str
