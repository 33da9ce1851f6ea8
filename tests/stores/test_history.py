"""The registry's history is the same in every store, and the state is a fold of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowmill.entities.caller import Caller
from flowmill.entities.registry import (
    ModelVersion,
    ModelVersionStatus,
    ModelVersionTag,
    RegisteredModel,
    RegisteredModelAlias,
    RegisteredModelTag,
)
from flowmill.entities.registry_event import RegistryEvent
from flowmill.errors import AlreadyExists, FlowmillError, Invalid, NotFound
from flowmill.store.base import Store
from flowmill.store.sql.engine import SqlStore
from flowmill.store.sql.migrations import STEPS
from flowmill.store.sql.places import Places
from flowmill.store.sql.postgres import PostgresDatabase
from flowmill.store.sql.registry_events import note_differences, seed_events, state_of
from flowmill.store.sql.registry_past import fold
from flowmill.store.sql.sqlite import SqliteDatabase
from flowmill.testing.memory import counting_clock, memory_store
from flowmill.wire import registry
from flowmill.wire.history import GetRegistryEvents, GetVersionAsOf
from flowmill.wire.models import CreateLoggedModel
from flowmill.wire.registry import (
    CreateModelVersion,
    CreateRegisteredModel,
    DeleteAlias,
    DeleteModelVersion,
    DeleteRegisteredModel,
    GetModelVersion,
    GetVersionByAlias,
    RenameRegisteredModel,
    SearchModelVersions,
    SearchRegisteredModels,
    SetAlias,
    SetModelVersionTag,
    SetRegisteredModelTag,
    TransitionStage,
    UpdateModelVersion,
    UpdateRegisteredModel,
)
from flowmill.wire.transfer import ImportRegisteredModel

PLACES = Places("memory:/artifacts", accept=lambda location: location)


def history(store: Store, name: str, **wanted: Any) -> list[RegistryEvent]:
    """All events, oldest first, page by page."""
    found: list[RegistryEvent] = []
    token: str | None = ""
    while token is not None:
        page = store.send(GetRegistryEvents(name=name, page_token=token, max_results=3, **wanted))
        found += page.events
        token = page.next_page_token
    return found[::-1]


def told(store: Store, name: str, **wanted: Any) -> list[str]:
    """The same as sentences."""
    return [str(event) for event in history(store, name, **wanted)]


@pytest.fixture
def source(store: Store) -> str:
    """The URI of a logged model."""
    return store.send(CreateLoggedModel(experiment_id="0", name="m")).model_uri


def test_each_change_is_told_with_before_and_after(store: Store, source: str) -> None:
    store.send(CreateRegisteredModel(name="prod", description="d", tags=[RegisteredModelTag("a", "1")]))
    store.send(CreateModelVersion(name="prod", source=source, tags=[ModelVersionTag("k", "v")]))
    store.send(CreateModelVersion(name="prod", source=source))
    store.send(SetAlias(name="prod", alias="champion", version="1"))
    store.send(SetAlias(name="prod", alias="champion", version="2"))
    store.send(TransitionStage(name="prod", version="1", stage="Production"))
    store.send(TransitionStage(name="prod", version="2", stage="Production", archive_existing_versions=True))
    store.send(UpdateModelVersion(name="prod", version="1", description="first"))
    store.send(UpdateRegisteredModel(name="prod", description=""))
    store.send(SetRegisteredModelTag(name="prod", key="a", value="2"))
    store.send(SetRegisteredModelTag(name="prod", key="a", value="2"))  # changes nothing
    store.send(registry.DeleteRegisteredModelTag(name="prod", key="a"))
    store.send(registry.DeleteModelVersionTag(name="prod", version="1", key="k"))
    store.send(DeleteModelVersion(name="prod", version="2"))
    assert told(store, "prod") == [
        "model created",
        "model description = d",
        "model tag a = 1",
        "version 1 created",
        "version 1 tag k = v",
        "version 2 created",
        "alias champion = 1",
        "alias champion: 1 → 2",
        "version 1 stage: None → Production",
        "version 1 stage: Production → Archived",
        "version 2 stage: None → Production",
        "version 1 description = first",
        "model description removed (was d)",
        "model tag a: 1 → 2",
        "model tag a removed (was 2)",
        "version 1 tag k removed (was v)",
        "alias champion removed (was 2)",
        "version 2 deleted",
    ]
    assert told(store, "prod", alias="champion") == [
        "alias champion = 1",
        "alias champion: 1 → 2",
        "alias champion removed (was 2)",
    ]
    assert told(store, "prod", kind="stage", version="2") == ["version 2 stage: None → Production"]
    assert "alias champion: 1 → 2" in told(store, "prod", version="1")  # it left version 1
    deleted = history(store, "prod", kind="version")[-1]
    assert deleted.origin is not None
    assert deleted.origin.source == source


def test_history_outlives_names_and_deletions(store: Store, source: str) -> None:
    store.send(CreateRegisteredModel(name="prod"))
    store.send(CreateModelVersion(name="prod", source=source))
    store.send(SetAlias(name="prod", alias="best", version="1"))
    store.send(RenameRegisteredModel(name="prod", new_name="production"))
    store.send(DeleteRegisteredModel(name="production"))
    whole = ["model created", "version 1 created", "alias best = 1", "model name: prod → production"]
    whole += ["alias best removed (was 1)", "model deleted"]
    assert told(store, "production") == whole
    assert told(store, "prod") == whole[:3]  # while it was called so
    store.send(CreateRegisteredModel(name="production"))
    assert told(store, "production") == [*whole, "model created"]
    assert len({event.model for event in history(store, "production")}) == 2
    with pytest.raises(NotFound, match="no registered model named 'never'"):
        history(store, "never")


def test_an_alias_as_of_a_time(store: Store, source: str) -> None:
    store.send(CreateRegisteredModel(name="prod"))
    for text in ("one", "two"):
        store.send(CreateModelVersion(name="prod", source=source, description=text))
    store.send(SetAlias(name="prod", alias="champion", version="1"))
    first = _later(store, "prod")
    store.send(SetAlias(name="prod", alias="champion", version="2"))
    store.send(TransitionStage(name="prod", version="2", stage="Staging"))
    second = _later(store, "prod")
    store.send(UpdateModelVersion(name="prod", version="2", description="changed"))
    store.send(DeleteAlias(name="prod", alias="champion"))
    store.send(DeleteModelVersion(name="prod", version="2"))
    third = _later(store, "prod")
    store.send(RenameRegisteredModel(name="prod", new_name="production"))

    then = store.send(GetVersionAsOf(name="prod", alias="champion", as_of=first))
    assert (then.version, then.description, then.aliases, then.source) == ("1", "one", ["champion"], source)
    then = store.send(GetVersionAsOf(name="prod", alias="champion", as_of=second))
    assert (then.version, then.description, then.current_stage) == ("2", "two", "Staging")
    assert then.name == "production"  # it is called so now
    # By its name of now, too.
    assert store.send(GetVersionAsOf(name="production", alias="champion", as_of=first)).version == "1"
    with pytest.raises(Invalid, match=r"had no alias 'champion' at .*; it had no alias"):
        store.send(GetVersionAsOf(name="prod", alias="champion", as_of=third))
    with pytest.raises(NotFound, match="no registered model 'prod' at 1970"):
        store.send(GetVersionAsOf(name="prod", alias="champion", as_of=5))
    with pytest.raises(NotFound, match="'never'"):
        store.send(GetVersionAsOf(name="never", alias="champion", as_of=first))
    # Another model takes the name: then is told from now.
    store.send(CreateRegisteredModel(name="prod"))
    store.send(CreateModelVersion(name="prod", source=source))
    store.send(SetAlias(name="prod", alias="champion", version="1"))
    assert store.send(GetVersionAsOf(name="prod", alias="champion", as_of=second)).version == "2"
    assert store.send(GetVersionAsOf(name="prod", alias="champion", as_of=_later(store, "prod"))).name == "prod"


def test_an_import_is_told_too(store: Store) -> None:
    def bring(version: str, text: str, *more: ModelVersion) -> None:
        made = ModelVersion(
            name="brought", version="1", creation_timestamp=1500, last_updated_timestamp=1600, user_id="ada",
            current_stage="Production", description=text, source="models:/m-1", status=ModelVersionStatus.READY,
            tag_list=[ModelVersionTag("k", "v")],
        )  # fmt: skip
        model = RegisteredModel(
            name="brought",
            creation_timestamp=1000,
            last_updated_timestamp=2000,
            description="about",
            alias_list=[RegisteredModelAlias("best", version)],
        )
        store.send(ImportRegisteredModel(model=model, versions=[made, *more]))

    bring("1", "first")
    assert told(store, "brought") == [
        "model created",
        "model description = about",
        "version 1 created",
        "version 1 stage: None → Production",
        "version 1 description = first",
        "version 1 tag k = v",
        "alias best = 1",
    ]
    created = history(store, "brought", kind="version")[0]
    assert (created.time, created.user) == (1500, "ada")
    bring("1", "changed")
    assert told(store, "brought")[7:] == ["version 1 description: first → changed"]
    bring("1", "changed")
    assert len(told(store, "brought")) == 8  # again, and nothing is new


def _later(store: Store, name: str) -> int:
    """A time at which all that was done is done and nothing that comes."""
    last = history(store, name)[-1].time
    value = "x"
    while history(store, name)[-1].time <= last:
        value += "x"
        store.send(SetRegisteredModelTag(name=name, key="clock", value=value))
    return history(store, name)[-1].time - 1


def test_mistakes(store: Store) -> None:
    store.send(CreateRegisteredModel(name="prod"))
    with pytest.raises(Invalid, match="page_token"):
        store.send(GetRegistryEvents(name="prod", page_token="bm8="))
    with pytest.raises(Invalid, match="page_token"):
        store.send(GetRegistryEvents(name="prod", page_token="WyJ4Il0="))
    with pytest.raises(Invalid, match="max_results"):
        store.send(GetRegistryEvents(name="prod", max_results=5000))
    with pytest.raises(Invalid, match="version 'one'"):
        store.send(GetRegistryEvents(name="prod", version="one"))


def test_who_did_it_is_kept_as_claimed() -> None:
    store = memory_store(clock=counting_clock())
    store.send(CreateRegisteredModel(name="prod"), Caller("ada"))
    futures = [
        store.submit(SetRegisteredModelTag(name="prod", key="k", value=who), Caller(who)) for who in ("bob", "eve")
    ]
    for future in futures:
        future.result(10)
    store.send(SetRegisteredModelTag(name="prod", key="k", value="x"))
    assert [event.user for event in history(store, "prod")] == ["ada", "bob", "eve", ""]
    source = store.send(CreateLoggedModel(experiment_id="0", name="m")).model_uri
    assert store.send(CreateModelVersion(name="prod", source=source), Caller("ada")).user_id == "ada"
    store.close()


NAMES = st.sampled_from(["a", "b", "c"])
WORDS = st.sampled_from(["", "x", "y"])
VERSIONS = st.sampled_from(["1", "2", "3"])
KEYS = st.sampled_from(["k", "l"])
STAGES = st.sampled_from(["None", "Staging", "Production", "Archived"])
MODEL_TAGS = st.lists(st.builds(RegisteredModelTag, KEYS, WORDS))
TAGS = st.lists(st.builds(ModelVersionTag, KEYS, WORDS))
PLACE = st.just("memory:/artifacts/x")
OPERATIONS = st.one_of(
    st.builds(CreateRegisteredModel, name=NAMES, description=WORDS, tags=MODEL_TAGS),
    st.builds(CreateModelVersion, name=NAMES, source=PLACE, description=WORDS, tags=TAGS),
    st.builds(CreateModelVersion, name=NAMES, source=st.builds("models:/{}/{}".format, NAMES, VERSIONS)),
    st.builds(RenameRegisteredModel, name=NAMES, new_name=NAMES),
    st.builds(UpdateRegisteredModel, name=NAMES, description=WORDS),
    st.builds(UpdateModelVersion, name=NAMES, version=VERSIONS, description=WORDS),
    st.builds(SetAlias, name=NAMES, alias=KEYS, version=VERSIONS),
    st.builds(DeleteAlias, name=NAMES, alias=KEYS),
    st.builds(SetRegisteredModelTag, name=NAMES, key=KEYS, value=WORDS),
    st.builds(registry.DeleteRegisteredModelTag, name=NAMES, key=KEYS),
    st.builds(SetModelVersionTag, name=NAMES, version=VERSIONS, key=KEYS, value=WORDS),
    st.builds(registry.DeleteModelVersionTag, name=NAMES, version=VERSIONS, key=KEYS),
    st.builds(TransitionStage, name=NAMES, version=VERSIONS, stage=STAGES, archive_existing_versions=st.booleans()),
    st.builds(DeleteModelVersion, name=NAMES, version=VERSIONS),
    st.builds(DeleteRegisteredModel, name=NAMES),
)  # fmt: skip


def state(store: SqlStore) -> dict[str, Any]:
    """What the tables say, in the shape of `folded`."""
    found: dict[str, Any] = {}
    for model in store.send(SearchRegisteredModels(max_results=1000)).registered_models:
        versions = {
            each.version: (each.current_stage, each.description, each.tags, each.run_id, each.creation_timestamp)
            for each in store.send(SearchModelVersions(filter=f"name = '{model.name}'")).model_versions
        }
        about = (model.description, model.tags, model.aliases, model.creation_timestamp)
        found[model.name] = (about, versions)
    return found


def folded(events: list[RegistryEvent]) -> dict[str, Any]:
    """What the events say."""
    found: dict[str, Any] = {}
    for model in fold(events).values():
        versions = {
            str(number): (each.stage, each.description, each.tags, each.origin.run_id, each.created_at)
            for number, each in model.versions.items()
        }
        aliases = {alias: str(number) for alias, number in model.aliases.items()}
        found[model.name] = ((model.description, model.tags, aliases, model.created_at), versions)
    return found


def events_of(store: SqlStore) -> list[RegistryEvent]:
    """Every event there is, oldest first."""
    found: dict[int, RegistryEvent] = {}
    for name in ("a", "b", "c"):
        try:
            found |= {event.event_id: event for event in history(store, name)}
        except NotFound:
            continue
    return [found[number] for number in sorted(found)]


def carry_out(store: SqlStore, operations: list[Any]) -> None:
    """What is refused changes nothing."""
    begin = [CreateRegisteredModel(name="a"), *[CreateModelVersion(name="a", source="memory:/artifacts/x")] * 2]
    for operation in [*begin, *operations]:
        try:
            store.send(operation)
        except (NotFound, Invalid, AlreadyExists):
            continue


@settings(max_examples=120, deadline=None)
@given(st.lists(OPERATIONS, max_size=25))
def test_the_state_is_a_fold_of_the_events(operations: list[Any]) -> None:
    store = memory_store(clock=counting_clock())
    carry_out(store, operations)
    assert folded(events_of(store)) == state(store)
    store.close()


@settings(max_examples=40, deadline=None)
@given(st.lists(OPERATIONS, max_size=15))
def test_history_begins_with_what_was_there_before_it(operations: list[Any]) -> None:
    store = memory_store(clock=counting_clock())
    carry_out(store, operations)

    def forget(tx: Any) -> None:
        tx.run("DELETE FROM registry_events")
        seed_events(tx)

    store.write(forget)
    assert folded(events_of(store)) == state(store)
    store.close()


@settings(max_examples=60, deadline=None)
@given(st.lists(OPERATIONS, max_size=12), st.lists(OPERATIONS, max_size=12))
def test_differences_make_of_one_state_the_other(first: list[Any], second: list[Any]) -> None:
    """What an import writes at once is told as if it had been done step by step."""
    store = memory_store(clock=counting_clock())
    carry_out(store, first)
    models = [row[0] for row in store.read(lambda tx: tx.all("SELECT id FROM registered_models"))]
    before = {model: store.read(lambda tx, model=model: state_of(tx, model)) for model in models}
    last = max((event.event_id for event in events_of(store)), default=0)
    kept = [each for each in second if not isinstance(each, RenameRegisteredModel | DeleteRegisteredModel)]
    carry_out(store, kept)

    def tell(tx: Any) -> None:
        tx.run("DELETE FROM registry_events WHERE id > ?", (last,))
        for (model,) in tx.all("SELECT id FROM registered_models"):
            note_differences(tx, model, before.get(model))

    store.write(tell)
    assert folded(events_of(store)) == state(store)
    store.close()


@pytest.fixture
def postgres_store(postgres_uri: str) -> Iterator[SqlStore]:
    """A store in PostgreSQL."""
    opened = SqlStore(PostgresDatabase(postgres_uri), PLACES, clock=counting_clock())
    yield opened
    opened.close()


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(OPERATIONS, max_size=15))
def test_the_state_is_a_fold_of_the_events_in_postgres(postgres_store: SqlStore, operations: list[Any]) -> None:
    for name in ("a", "b", "c"):
        try:
            postgres_store.send(DeleteRegisteredModel(name=name))
        except NotFound:
            continue
    carry_out(postgres_store, operations)
    assert folded(events_of(postgres_store)) == state(postgres_store)


def test_a_database_of_the_release_before_gets_a_history(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from flowmill.store.sql import migrations

    path = tmp_path / "flowmill.db"
    monkeypatch.setattr(migrations, "STEPS", STEPS[:2])
    old = SqlStore(SqliteDatabase(path), PLACES)

    def fill(tx: Any) -> None:
        tx.run("INSERT INTO registered_models VALUES (7, 'a', 'about', 2, 1000, 2000)")
        tx.run(
            "INSERT INTO model_versions VALUES (9, 7, 2, '', NULL, 'Production', 'models:/m-1', 'r', 'm-1', '', "
            "'READY', NULL, 1500, 1600)"
        )
        tx.run("INSERT INTO model_version_tags VALUES (9, 'k', 'v')")
        tx.run("INSERT INTO model_aliases VALUES (7, 'champion', 2)")

    old.write(fill)
    old.close()
    monkeypatch.undo()
    store = SqlStore(SqliteDatabase(path), PLACES)
    events = history(store, "a")
    assert [str(event) for event in events] == [
        "model created",
        "model description = about",
        "version 2 created",
        "version 2 stage: None → Production",
        "version 2 tag k = v",
        "alias champion = 2",
    ]
    assert [event.time for event in events][:3:2] == [1000, 1500]
    assert store.send(GetVersionByAlias(name="a", alias="champion")).version == "2"
    with pytest.raises(Invalid, match="had no alias"):  # since when it pointed there is not known
        store.send(GetVersionAsOf(name="a", alias="champion", as_of=1700))
    store.close()


def test_how_many_statements(source_store: SqlStore) -> None:
    """The hot ones: finding a version by alias, and registering one."""
    source = source_store.send(CreateLoggedModel(experiment_id="0", name="m")).model_uri
    source_store.send(CreateRegisteredModel(name="prod"))
    made = statements(source_store, CreateModelVersion(name="prod", source=source))
    assert made <= 14
    assert statements(source_store, SetAlias(name="prod", alias="best", version="1")) <= 5
    assert statements(source_store, GetVersionByAlias(name="prod", alias="best")) <= 3
    assert statements(source_store, GetModelVersion(name="prod", version="1")) <= 3


@pytest.fixture
def source_store() -> Iterator[SqlStore]:
    """A store in memory."""
    opened = memory_store()
    yield opened
    opened.close()


def statements(store: SqlStore, request: Any) -> int:
    """How many statements an operation takes."""
    from flowmill.store.sql.handlers import handling_of

    def count(tx: Any) -> int:
        handling_of(type(request)).alone(tx, request)
        return tx.statements

    return store.write(count)


def test_errors_of_the_history_are_ours() -> None:
    store = memory_store()
    with pytest.raises(FlowmillError):
        store.send(GetRegistryEvents(name=""))
    store.close()
