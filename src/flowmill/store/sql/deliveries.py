"""Deliveries of webhooks: claimed by one server at a time, noted with their outcome, kept as a log."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from flowmill.entities.webhook import DeliveryState, WebhookDelivery, WebhookStatus
from flowmill.errors import Invalid, NotFound
from flowmill.store.sql.handler import handles
from flowmill.store.sql.outbox import CHORE
from flowmill.store.sql.paging import check_page_size, decode_token, encode_token
from flowmill.store.sql.transaction import Transaction
from flowmill.store.sql.webhooks import webhook_key
from flowmill.wire.webhooks import DeliveryPage, ListDeliveries, RetryDelivery

_DAY = 86_400_000
_KEPT_DELIVERED = 7 * _DAY
_KEPT_DEAD = 30 * _DAY
_MOST_KEPT = 100_000
_AT_ONCE = 1_000


@dataclass(frozen=True)
class Claim:
    """A delivery that this server is to try now; ``secret`` is encrypted."""

    delivery: int
    delivery_id: str
    webhook: int
    url: str
    secret: str | None
    payload: str
    tries: int


def claim(tx: Transaction, *, busy: Collection[int], most: int, lease: int) -> list[Claim]:
    """Deliveries that are due, at most one of each webhook that is not ``busy``.

    They are due again in ``lease`` ms, so that those of a server that died are tried by another one.
    """
    now = tx.now()
    due = [delivery for webhook, delivery in _due(tx, now) if webhook not in busy][:most]
    if not due:
        return []
    claimed = tx.all_in(
        # Of two servers that chose the same row, the second finds it not due any more.
        "UPDATE webhook_deliveries SET due_at = ?, tried_at = ?, tries = tries + 1 "
        "WHERE due_at <= ? AND id IN (...) RETURNING id, delivery_id, webhook, payload, tries",
        due,
        (now + lease, now, now),
    )
    hooks = {
        hook: (url, secret)
        for hook, url, secret in tx.all_in(
            "SELECT id, url, secret FROM webhooks WHERE id IN (...)", [webhook for _, _, webhook, *_ in claimed]
        )
    }
    return [
        Claim(delivery, delivery_id, webhook, *hooks[webhook], payload, tries)
        for delivery, delivery_id, webhook, payload, tries in claimed
        if webhook in hooks
    ]


def is_any_due(tx: Transaction) -> bool:
    """Whether there is something to claim, asked without writing."""
    found = tx.first(
        "SELECT 1 FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook "
        "WHERE d.due_at <= ? AND w.status = ? LIMIT 1",
        (tx.now(), str(WebhookStatus.ACTIVE)),
    )
    return found is not None


def note_delivered(tx: Transaction, delivery: int, status: int) -> None:
    """The receiver took it."""
    tx.run(
        "UPDATE webhook_deliveries SET state = ?, due_at = NULL, status = ?, error = NULL WHERE id = ?",
        (str(DeliveryState.DELIVERED), status, delivery),
    )


def note_failed(tx: Transaction, delivery: int, status: int | None, error: str, again_in: int | None) -> None:
    """It was not taken; it is tried again in so many ms, or never (None)."""
    state = DeliveryState.DEAD if again_in is None else DeliveryState.WAITING
    due = None if again_in is None else tx.now() + again_in
    tx.run(
        "UPDATE webhook_deliveries SET state = ?, due_at = ?, status = ?, error = ? WHERE id = ?",
        (str(state), due, status, error, delivery),
    )


def prune(tx: Transaction) -> int:
    """Forget old entries of the log, some at a time; how many."""
    now = tx.now()
    newest = tx.value("SELECT MAX(id) FROM webhook_deliveries") or 0
    return tx.run(
        "DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries WHERE due_at IS NULL AND "
        f"(created_at < ? OR (state = ? AND created_at < ?) OR id < ?) LIMIT {_AT_ONCE})",
        (now - _KEPT_DEAD, str(DeliveryState.DELIVERED), now - _KEPT_DELIVERED, newest - _MOST_KEPT),
    )


@handles(ListDeliveries)
def list_deliveries(tx: Transaction, ask: ListDeliveries) -> DeliveryPage:
    """The log, newest first."""
    size = check_page_size(ask.max_results, 1_000)
    conditions: list[str] = []
    arguments: list[object] = []
    if ask.webhook_id:
        conditions.append("d.webhook = ?")
        arguments.append(webhook_key(tx, ask.webhook_id))
    if ask.state is not None:
        conditions.append("d.state = ?")
        arguments.append(str(ask.state))
    if (after := decode_token(ask.page_token, 1)) is not None:
        if not isinstance(after[0], int):
            raise Invalid("Invalid page_token: pass the next_page_token of the last page.")
        conditions.append("d.id < ?")
        arguments.append(after[0])
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = tx.all(
        "SELECT d.id, d.delivery_id, w.webhook_id, d.event, d.state, d.tries, d.created_at, d.tried_at, d.due_at, "
        "d.status, d.error FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook "
        f"{where} ORDER BY d.id DESC LIMIT ?",
        (*arguments, size + 1),
    )
    page = [
        WebhookDelivery(
            delivery_id=row[1],
            webhook_id=row[2],
            event=row[3],
            state=DeliveryState(row[4]),
            tries=row[5],
            created=row[6],
            last_try=row[7],
            next_try=row[8],
            response_status=row[9],
            error=row[10],
        )
        for row in rows[:size]
    ]
    return DeliveryPage(page, encode_token([rows[size - 1][0]]) if len(rows) > size else None)


@handles(RetryDelivery)
def retry_delivery(tx: Transaction, ask: RetryDelivery) -> None:
    """Make it due now, with all its tries."""
    changed = tx.run(
        "UPDATE webhook_deliveries SET state = ?, tries = 0, due_at = ? WHERE delivery_id = ?",
        (str(DeliveryState.WAITING), tx.now(), ask.delivery_id),
    )
    if not changed:
        raise NotFound(f"There is no delivery with id {ask.delivery_id[:60]!r}; the log forgets old ones.")
    tx.wakes.add(CHORE)


def _due(tx: Transaction, now: int) -> list[tuple[int, int]]:
    """(webhook, its oldest delivery that is due) of every active webhook."""
    return [
        (webhook, delivery)
        for webhook, delivery in tx.all(
            "SELECT d.webhook, MIN(d.id) FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook "
            "WHERE d.due_at <= ? AND w.status = ? GROUP BY d.webhook ORDER BY MIN(d.id)",
            (now, str(WebhookStatus.ACTIVE)),
        )
    ]
