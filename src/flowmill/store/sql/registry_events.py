"""The registry's history: written with every change, in its transaction, and never altered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from flowmill.entities.registry_event import RegistryEvent, RegistryEventKind, VersionOrigin
from flowmill.store.sql.transaction import Row, Transaction

MODEL, NAME, VERSION, ALIAS, TAG, STAGE, DESCRIPTION = RegistryEventKind

COLUMNS = "id, at, user_name, name, model, kind, version, key, before, after, origin"

_origin = msgspec.json.Decoder(VersionOrigin)


class Change(NamedTuple):
    """What an event says beside who, when and of which model."""

    kind: RegistryEventKind
    version: int | None = None
    key: str | None = None
    before: str | None = None
    after: str | None = None
    origin: VersionOrigin | None = None


def note(tx: Transaction, model: int, name: str, changes: Sequence[Change], at: int) -> None:
    """Append events of a model; ``name`` is what it is called after them. What changes nothing is left out."""
    _append(tx, [(model, name, change, at) for change in changes if change.before != change.after], tx.caller.name)


def event_of(row: Row) -> RegistryEvent:
    """The event in a row of `COLUMNS`."""
    number, at, user, name, model, kind, version, key, before, after, origin = row
    return RegistryEvent(
        event_id=number,
        time=at,
        user=user,
        name=name,
        model=model,
        kind=RegistryEventKind(kind),
        version=None if version is None else str(version),
        key=key,
        before=before,
        after=after,
        origin=_origin.decode(origin) if origin else None,
    )


def seed_events(tx: Transaction) -> None:
    """Begin the history of what was registered before there was one.

    Models and versions were made when their rows say; when an alias, tag, stage or description was set is
    not known, so they begin now. Who did it is not known either.
    """
    now = tx.now()
    names: dict[int, str] = {}
    events: list[tuple[int, str, Change, int]] = []
    for model, name, text, at in tx.all("SELECT id, name, description, created_at FROM registered_models ORDER BY id"):
        names[model] = name
        events.append((model, name, Change(MODEL, after=name), at))
        if text:
            events.append((model, name, Change(DESCRIPTION, after=text), now))
    versions: dict[int, tuple[int, int]] = {}
    for row in tx.all(
        "SELECT id, model, version, description, stage, source, run_id, model_id, run_link, created_at "
        "FROM model_versions ORDER BY id"
    ):
        key, model, version, text, stage, source, run_id, model_id, run_link, at = row
        if model not in names:
            continue
        versions[key] = model, version
        origin = VersionOrigin(source, run_id, model_id, run_link or None)
        events.append((model, names[model], Change(VERSION, version, after=str(version), origin=origin), at))
        if text:
            events.append((model, names[model], Change(DESCRIPTION, version, after=text), now))
        if stage != "None":
            events.append((model, names[model], Change(STAGE, version, before="None", after=stage), now))
    for model, key, value in tx.all("SELECT model, key, value FROM registered_model_tags ORDER BY model, key"):
        if model in names:
            events.append((model, names[model], Change(TAG, key=key, after=value), now))
    for owner, key, value in tx.all("SELECT version, key, value FROM model_version_tags ORDER BY version, key"):
        if owner in versions:
            model, version = versions[owner]
            events.append((model, names[model], Change(TAG, version, key, after=value), now))
    for model, alias, version in tx.all("SELECT model, alias, version FROM model_aliases ORDER BY model, alias"):
        if model in names:
            events.append((model, names[model], Change(ALIAS, version, alias, after=str(version)), now))
    _append(tx, events, "")


def _append(tx: Transaction, events: Iterable[tuple[int, str, Change, int]], user: str) -> None:
    rows = [
        (
            model,
            name,
            str(change.kind),
            change.version,
            change.key,
            change.before,
            change.after,
            msgspec.json.encode(change.origin).decode() if change.origin else None,
            user,
            at,
        )
        for model, name, change, at in events
    ]
    insert = (
        "INSERT INTO registry_events (model, name, kind, version, key, before, after, origin, user_name, at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    )
    if len(rows) == 1:
        tx.run(insert, rows[0])
    elif rows:
        tx.run_many(insert, rows)
