"""The registry's history: written with every change, in its transaction, and never altered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from flowmill.entities.registry_event import RegistryEvent, RegistryEventKind, VersionOrigin
from flowmill.store.sql.registry_past import PastModel, PastVersion
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
    who = tx.caller.name
    _append(tx, [(model, name, change, at, who) for change in changes if change.before != change.after])


def note_differences(tx: Transaction, model: int, before: PastModel | None) -> None:
    """Append what makes of the state ``before`` that of the tables now, for those who write many rows at once.

    Models and versions were made when their rows say, and by whom; all else is from now on.
    """
    after, now, who = state_of(tx, model), tx.now(), tx.caller.name
    if after is None:
        return
    events: list[tuple[int, str, Change, int, str]] = []

    def add(change: Change, at: int = now, user: str = who) -> None:
        if change.before != change.after:
            events.append((model, after.name, change, at, user))

    if before is None:
        add(Change(MODEL, after=after.name), after.created_at)
        before = PastModel(after.name, after.created_at)
    add(Change(DESCRIPTION, before=before.description or None, after=after.description or None))
    _add_tags(add, None, before.tags, after.tags)
    for number, version in sorted(after.versions.items()):
        old = before.versions.get(number)
        if old is None or (old.origin, old.created_at) != (version.origin, version.created_at):
            made = Change(VERSION, number, after=str(number), origin=version.origin)
            add(made, version.created_at, version.user or who)
            old = PastVersion(version.origin, version.user, version.created_at, version.created_at)
        add(Change(STAGE, number, before=old.stage, after=version.stage))
        add(Change(DESCRIPTION, number, before=old.description or None, after=version.description or None))
        _add_tags(add, number, old.tags, version.tags)
    for number in sorted(before.versions.keys() - after.versions.keys()):
        add(Change(VERSION, number, before=str(number), origin=before.versions[number].origin))
    for alias in sorted(before.aliases.keys() | after.aliases.keys()):
        was, number = before.aliases.get(alias), after.aliases.get(alias)
        change = Change(ALIAS, was if number is None else number, alias)
        add(change._replace(before=_text(was), after=_text(number)))
    _append(tx, events)


def state_of(tx: Transaction, model: int) -> PastModel | None:
    """What the tables say of a model now, in the shape of the past; None if there is no such model."""
    row = tx.first("SELECT name, description, created_at FROM registered_models WHERE id = ?", (model,))
    if row is None:
        return None
    found = PastModel(row[0], row[2], row[1])
    found.tags = dict(_pairs(tx.all("SELECT key, value FROM registered_model_tags WHERE model = ?", (model,))))
    found.aliases = dict(_pairs(tx.all("SELECT alias, version FROM model_aliases WHERE model = ?", (model,))))
    for version, text, user, stage, source, origin, run_id, model_id, run_link, made, changed in tx.all(
        "SELECT version, description, user_id, stage, source, origin, run_id, model_id, run_link, created_at, "
        "updated_at FROM model_versions WHERE model = ?",
        (model,),
    ):
        whence = VersionOrigin(origin or source, run_id, model_id, run_link or None)
        found.versions[version] = PastVersion(whence, user or "", made, changed, stage, text)
    for version, key, value in tx.all(
        "SELECT v.version, t.key, t.value FROM model_version_tags t JOIN model_versions v ON v.id = t.version "
        "WHERE v.model = ?",
        (model,),
    ):
        found.versions[version].tags[key] = value
    return found


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

    When an alias, tag, stage or description was set is not known, so they begin now. (A later step that changes
    what `state_of` reads has to keep a copy of it for this one.)
    """
    for (model,) in tx.all("SELECT id FROM registered_models ORDER BY id"):
        note_differences(tx, model, None)


def _add_tags(
    add: Callable[[Change], None], version: int | None, before: Mapping[str, str], after: Mapping[str, str]
) -> None:
    for key in sorted(before.keys() | after.keys()):
        add(Change(TAG, version, key, before.get(key), after.get(key)))


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _pairs(rows: Sequence[Row]) -> Iterable[tuple[str, Any]]:
    return ((row[0], row[1]) for row in rows)


def _append(tx: Transaction, events: Iterable[tuple[int, str, Change, int, str]]) -> None:
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
        for model, name, change, at, user in events
    ]
    insert = (
        "INSERT INTO registry_events (model, name, kind, version, key, before, after, origin, user_name, at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    )
    if len(rows) == 1:
        tx.run(insert, rows[0])
    elif rows:
        tx.run_many(insert, rows)
