"""Asking the registry's history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from flowmill.entities.registry import ModelVersion, ModelVersionStatus, ModelVersionTag
from flowmill.entities.registry_event import RegistryEvent
from flowmill.errors import Invalid, NotFound
from flowmill.store.sql.handler import handles
from flowmill.store.sql.paging import check_page_size, decode_token, encode_token
from flowmill.store.sql.registry_events import ALIAS, COLUMNS, MODEL, NAME, event_of
from flowmill.store.sql.registry_past import PastModel, fold
from flowmill.store.sql.transaction import Row, Transaction
from flowmill.store.sql.versions import model_key
from flowmill.wire.history import GetRegistryEvents, GetVersionAsOf, RegistryEventPage

_LARGEST_PAGE = 1_000


@handles(GetRegistryEvents)
def get_registry_events(tx: Transaction, ask: GetRegistryEvents) -> RegistryEventPage:
    """A page of the history of a name."""
    size = check_page_size(ask.max_results, _LARGEST_PAGE)
    after = decode_token(ask.page_token, 1)
    if after is not None and not isinstance(after[0], int):
        raise Invalid("Invalid page_token: pass the next_page_token of the last page.")
    if not tx.first("SELECT 1 FROM registry_events WHERE name = ? LIMIT 1", (ask.name,)):
        model_key(tx, ask.name)  # raises the error
    condition, arguments = _wanted(ask)
    if after is not None:
        condition, arguments = f"{condition} AND id < ?", [*arguments, after[0]]

    def part(owner: str, value: Any) -> list[Row]:
        """The newest of one index's, in its order."""
        return tx.all(
            f"SELECT {COLUMNS} FROM registry_events WHERE {owner} = ? {condition} ORDER BY id DESC LIMIT ?",
            (value, *arguments, size + 1),
        )

    # What happened under the name, and before that to those that bear it, or bore it last.
    rows = part("name", ask.name)
    for model in _models_renamed_to(tx, ask.name):
        rows += part("model", model)
    rows = sorted({row[0]: row for row in rows}.values(), reverse=True)
    more = encode_token([rows[size - 1][0]]) if len(rows) > size else None
    return RegistryEventPage([event_of(row) for row in rows[:size]], more)


@handles(GetVersionAsOf)
def get_version_as_of(tx: Transaction, ask: GetVersionAsOf) -> ModelVersion:
    """The version that an alias pointed at then, folded from the events until then."""
    model = _model_then(tx, ask.name, ask.as_of)
    past = fold(_events_until(tx, model, ask.as_of)).get(model)
    if past is None:
        raise NotFound(f"There was no registered model {ask.name!r} at {_shown(ask.as_of)}.")
    number = past.aliases.get(ask.alias)
    if number is None or number not in past.versions:
        raise Invalid(_no_alias(past, ask))
    name_now = tx.value("SELECT name FROM registered_models WHERE id = ?", (model,))
    return _version(past, number, name_now or past.name)


def _wanted(ask: GetRegistryEvents) -> tuple[str, list[Any]]:
    condition, arguments = "", list[Any]()
    if ask.version:
        if not (ask.version.isascii() and ask.version.isdigit() and len(ask.version) < 19):
            raise Invalid(f"Invalid version {ask.version[:60]!r}: it must be a whole number such as 1.")
        # An alias that moved away is about the version that it left, too.
        condition += " AND (version = ? OR (kind = ? AND before = ?))"
        arguments += [int(ask.version), str(ALIAS), ask.version]
    if ask.alias:
        condition += " AND kind = ? AND key = ?"
        arguments += [str(ALIAS), ask.alias]
    if ask.kind is not None:
        condition += " AND kind = ?"
        arguments.append(str(ask.kind))
    return condition, arguments


def _models_renamed_to(tx: Transaction, name: str) -> list[int]:
    """Models whose last name this is, of those that had another one before."""
    return [
        row[0]
        for row in tx.all(
            "SELECT model FROM registry_events e WHERE name = ? AND kind = ? AND NOT EXISTS "
            "(SELECT 1 FROM registry_events later WHERE later.model = e.model AND later.kind = ? AND later.id > e.id)",
            (name, str(NAME), str(NAME)),
        )
    ]


def _model_then(tx: Transaction, name: str, at: int) -> int:
    """The model that bore the name then; if none did, the one that bears it now, or bore it last."""
    for until in (at, None):
        limit, arguments = ("AND at <= ?", (name, until)) if until is not None else ("", (name,))
        row = tx.first(f"SELECT model FROM registry_events WHERE name = ? {limit} ORDER BY id DESC LIMIT 1", arguments)
        if row is None:
            continue
        if until is None:
            return row[0]
        last = tx.first(
            "SELECT name, kind, after FROM registry_events WHERE model = ? AND at <= ? AND kind IN (?, ?) "
            "ORDER BY id DESC LIMIT 1",
            (row[0], until, str(NAME), str(MODEL)),
        )
        if last is not None and last[0] == name and last[2] is not None:
            return row[0]
    return model_key(tx, name)  # raises the error


def _events_until(tx: Transaction, model: int, at: int) -> list[RegistryEvent]:
    rows = tx.all(f"SELECT {COLUMNS} FROM registry_events WHERE model = ? AND at <= ? ORDER BY id", (model, at))
    return [event_of(row) for row in rows]


def _version(past: PastModel, number: int, name: str) -> ModelVersion:
    version = past.versions[number]
    return ModelVersion(
        name=name,
        version=str(number),
        creation_timestamp=version.created_at,
        last_updated_timestamp=version.updated_at,
        current_stage=version.stage,
        description=version.description,
        user_id=version.user or None,
        source=version.origin.source,
        run_id=version.origin.run_id,
        run_link=version.origin.run_link or "",
        model_id=version.origin.model_id,
        status=ModelVersionStatus.READY,
        tag_list=[ModelVersionTag(key, value) for key, value in sorted(version.tags.items())],
        aliases=sorted(alias for alias, pointed in past.aliases.items() if pointed == number),
    )


def _no_alias(past: PastModel, ask: GetVersionAsOf) -> str:
    known: Sequence[str] = sorted(past.aliases)
    hint = f"its aliases were {', '.join(known)}" if known else "it had no alias"
    return f"Registered model {ask.name!r} had no alias {ask.alias[:200]!r} at {_shown(ask.as_of)}; {hint}."


def _shown(at: int) -> str:
    try:
        return datetime.fromtimestamp(at / 1000, UTC).isoformat(" ", "seconds")
    except (ValueError, OverflowError, OSError):
        return f"{at} ms"
