"""Webhooks in the database."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from flowmill.entities.caller import Caller
from flowmill.entities.names import check_text
from flowmill.entities.webhook import (
    WebhookAction,
    WebhookEntity,
    WebhookEvent,
    WebhookStatus,
    WebhookTestResult,
)
from flowmill.errors import FlowmillError, Invalid, NotFound
from flowmill.settings import WebhookSettings
from flowmill.store.sql.handler import handles, reaches_out
from flowmill.store.sql.outbox import CHORE, body_of, new_delivery_id
from flowmill.store.sql.paging import check_page_size, decode_token, encode_token
from flowmill.store.sql.transaction import Row, Transaction
from flowmill.webhooks.address import Destinations, Resolver
from flowmill.webhooks.signature import signed_headers
from flowmill.webhooks.types import get_example_payload_for_event
from flowmill.wire.webhooks import (
    CreateWebhook,
    DeleteWebhook,
    EventAction,
    EventEntity,
    EventName,
    GetWebhook,
    ListWebhooks,
    TestWebhook,
    UpdateWebhook,
    WebhookInfo,
    WebhookPage,
)

if TYPE_CHECKING:
    from flowmill.store.sql.engine import SqlStore

_COLUMNS = "id, webhook_id, name, description, url, status, created_at, updated_at, secret"

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_LONGEST_TEXT = 10_000
_RESOLVER = Resolver()
"""One for all: it bounds how many names are looked up at once."""
_MOST_WEBHOOKS = 1_000
"""Each event costs a row for each webhook that wants it."""


@reaches_out(CreateWebhook)
def create_webhook(store: SqlStore, ask: CreateWebhook, caller: Caller | None) -> WebhookInfo:
    """Tell an address of events from now on."""
    events = _checked(ask.name, ask.description, ask.secret, ask.events)
    if not events:
        raise Invalid("The webhook's events are empty: name at least one.")
    destinations().check(ask.url)
    secret = store.secrets.encrypt(ask.secret) if ask.secret else None

    def make(tx: Transaction) -> WebhookInfo:
        if tx.value("SELECT COUNT(*) FROM webhooks") >= _MOST_WEBHOOKS:
            raise Invalid(f"There are {_MOST_WEBHOOKS:,} webhooks already: delete some first.")
        now, webhook_id = tx.now(), str(uuid.UUID(tx.new_id()))
        hook = tx.value(
            "INSERT INTO webhooks (webhook_id, name, description, url, secret, status, created_at, updated_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (webhook_id, ask.name, ask.description or None, ask.url, secret, str(ask.status), now, now),
        )
        _put_events(tx, hook, events)
        return _load(tx, [_row(tx, webhook_id)])[0]

    return store.write(make, caller)


@reaches_out(UpdateWebhook)
def update_webhook(store: SqlStore, ask: UpdateWebhook, caller: Caller | None) -> WebhookInfo:
    """Change what is given."""
    store.read(lambda tx: _row(tx, ask.webhook_id))
    events = _checked(ask.name, ask.description, ask.secret, ask.events)
    if ask.url:
        destinations().check(ask.url)
    secret = store.secrets.encrypt(ask.secret) if ask.secret else None

    def change(tx: Transaction) -> WebhookInfo:
        row = _row(tx, ask.webhook_id)
        description = row[3] if ask.description is None else ask.description or None
        tx.run(
            "UPDATE webhooks SET name = ?, description = ?, url = ?, status = ?, secret = ?, updated_at = ? "
            "WHERE id = ?",
            (
                ask.name or row[2],
                description,
                ask.url or row[4],
                str(ask.status or row[5]),
                secret or row[8],
                tx.now(),
                row[0],
            ),
        )
        if events:
            tx.run("DELETE FROM webhook_events WHERE webhook = ?", (row[0],))
            _put_events(tx, row[0], events)
        tx.wakes.add(CHORE)  # what waited for it to be active
        return _load(tx, [_row(tx, ask.webhook_id)])[0]

    return store.write(change, caller)


@reaches_out(TestWebhook)
def test_webhook(store: SqlStore, ask: TestWebhook, caller: Caller | None) -> WebhookTestResult:
    """Send an example once; the answer's text is never told, it may be that of anything."""

    def read(tx: Transaction) -> tuple[Row, WebhookEvent, str, int]:
        row = _row(tx, ask.webhook_id)
        event = event_of(ask.event or _load(tx, [row])[0].events[0])
        return row, event, new_delivery_id(tx), tx.now()

    from flowmill.webhooks.post import post  # with its TLS it costs a script milliseconds

    row, event, delivery_id, now = store.read(read)
    settings = WebhookSettings.from_environment()
    body = body_of(event, get_example_payload_for_event(event), now).encode()
    try:
        secret = store.secrets.decrypt(row[8]) if row[8] else None
        headers = signed_headers(secret, delivery_id, body, now / 1000)
        answer = post(row[4], body, headers, destinations(), seconds=settings.timeout)
    except FlowmillError as error:
        return WebhookTestResult(success=False, error_message=error.message)
    if 300 <= answer.status < 400:
        told = f"The receiver answered {answer.status}; redirects are not followed."
        return WebhookTestResult(False, answer.status, None, told)
    return WebhookTestResult(answer.is_success, answer.status)


@handles(GetWebhook)
def get_webhook(tx: Transaction, ask: GetWebhook) -> WebhookInfo:
    """The webhook with this id."""
    return _load(tx, [_row(tx, ask.webhook_id)])[0]


@handles(ListWebhooks)
def list_webhooks(tx: Transaction, ask: ListWebhooks) -> WebhookPage:
    """All webhooks, newest first."""
    size = check_page_size(ask.max_results or 100, 1_000)
    after = decode_token(ask.page_token, 1)
    if after is not None and not isinstance(after[0], int):
        raise Invalid("Invalid page_token: pass the next_page_token of the last page.")
    condition, arguments = ("WHERE id < ?", (after[0], size + 1)) if after else ("", (size + 1,))
    rows = tx.all(f"SELECT {_COLUMNS} FROM webhooks {condition} ORDER BY id DESC LIMIT ?", arguments)
    more = encode_token([rows[size - 1][0]]) if len(rows) > size else None
    return WebhookPage(_load(tx, rows[:size]), more)


@handles(DeleteWebhook)
def delete_webhook(tx: Transaction, ask: DeleteWebhook) -> None:
    """Remove a webhook and its deliveries."""
    hook = _row(tx, ask.webhook_id)[0]
    for table in ("webhook_events", "webhook_deliveries"):
        tx.run(f"DELETE FROM {table} WHERE webhook = ?", (hook,))
    tx.run("DELETE FROM webhooks WHERE id = ?", (hook,))


def destinations() -> Destinations:
    """Where webhooks may go, as the operator has it."""
    settings = WebhookSettings.from_environment()
    return Destinations(settings.schemes, settings.allowed_hosts, settings.allow_private, _RESOLVER)


def event_of(name: EventName) -> WebhookEvent:
    """The event that the wire names in capitals; Invalid if there is none."""
    return WebhookEvent(WebhookEntity[name.entity], WebhookAction[name.action])


def webhook_key(tx: Transaction, webhook_id: str) -> int:
    """The integer key of a webhook."""
    return _row(tx, webhook_id)[0]


def _row(tx: Transaction, webhook_id: str) -> Row:
    row = tx.first(f"SELECT {_COLUMNS} FROM webhooks WHERE webhook_id = ?", (webhook_id,))
    if row is None:
        raise NotFound(f"There is no webhook with id {webhook_id[:60]!r}.")
    return row


def _checked(name: str, description: str | None, secret: str, events: Sequence[EventName]) -> list[WebhookEvent]:
    if name and not _NAME.fullmatch(name):
        raise Invalid(
            f"Invalid webhook name {name[:80]!r}: use letters, digits, . _ and -, at most 63, beginning and ending "
            "with a letter or digit."
        )
    for what, text in (("description", description or ""), ("secret", secret)):
        if len(text) > _LONGEST_TEXT:
            raise Invalid(f"The webhook's {what} has {len(text)} characters; at most {_LONGEST_TEXT:,} are allowed.")
        check_text(f"webhook's {what}", text)
    return sorted({event_of(each) for each in events})


def _put_events(tx: Transaction, hook: int, events: Sequence[WebhookEvent]) -> None:
    tx.run_many(
        "INSERT INTO webhook_events (entity, action, webhook) VALUES (?, ?, ?)",
        [(str(event.entity), str(event.action), hook) for event in events],
    )


def _load(tx: Transaction, rows: Sequence[Row]) -> list[WebhookInfo]:
    events: dict[int, list[EventName]] = defaultdict(list)
    for hook, entity, action in tx.all_in(
        "SELECT webhook, entity, action FROM webhook_events WHERE webhook IN (...) ORDER BY webhook, entity, action",
        [row[0] for row in rows],
    ):
        name = EventName(EventEntity[WebhookEntity(entity).name], EventAction[WebhookAction(action).name])
        events[hook].append(name)
    return [
        WebhookInfo(
            webhook_id=row[1],
            name=row[2],
            description=row[3],
            url=row[4],
            events=events[row[0]],
            status=WebhookStatus(row[5]),
            creation_timestamp=row[6],
            last_updated_timestamp=row[7],
        )
        for row in rows
    ]
