"""The model registry behaves the same in every store."""

from __future__ import annotations

import pytest

from flowmill.entities.registry import ModelVersionTag, RegisteredModelTag
from flowmill.entities.run import LoggedModelOutput
from flowmill.errors import AlreadyExists, FlowmillError, Invalid, NotFound
from flowmill.store.base import Store
from flowmill.wire.models import CreateLoggedModel
from flowmill.wire.registry import (
    CreateModelVersion,
    CreateRegisteredModel,
    DeleteAlias,
    DeleteModelVersion,
    DeleteModelVersionTag,
    DeleteRegisteredModel,
    DeleteRegisteredModelTag,
    GetLatestVersions,
    GetModelVersion,
    GetRegisteredModel,
    GetVersionByAlias,
    GetVersionDownloadUri,
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
from flowmill.wire.runs import CreateRun, LogOutputs


@pytest.fixture
def source(store: Store) -> str:
    """The URI of a logged model."""
    return store.send(CreateLoggedModel(experiment_id="0", name="m")).model_uri


def test_versions_count_up_and_never_come_back(store: Store, source: str) -> None:
    store.send(CreateRegisteredModel(name="prod", tags=[RegisteredModelTag("a", "1")], description="d"))
    made = [store.send(CreateModelVersion(name="prod", source=source)).version for _ in range(3)]
    assert made == ["1", "2", "3"]
    store.send(DeleteModelVersion(name="prod", version="3"))
    assert store.send(CreateModelVersion(name="prod", source=source)).version == "4"
    model = store.send(GetRegisteredModel(name="prod"))
    assert (model.description, model.tags) == ("d", {"a": "1"})
    assert [each.version for each in model.latest_versions] == ["4"]


def test_a_version_knows_where_it_comes_from(store: Store) -> None:
    run_id = store.send(CreateRun()).info.run_id
    model = store.send(CreateLoggedModel(experiment_id="0", name="m", source_run_id=run_id))
    store.send(CreateRegisteredModel(name="prod"))
    made = store.send(
        CreateModelVersion(name="prod", source=model.model_uri, tags=[ModelVersionTag("k", "v")], description="x")
    )
    assert (made.run_id, made.model_id, made.status, made.current_stage) == (run_id, model.model_id, "READY", "None")
    assert (made.tags, made.description) == ({"k": "v"}, "x")
    assert store.send(GetVersionDownloadUri(name="prod", version="1")) == model.artifact_location
    in_run = store.send(CreateModelVersion(name="prod", source=f"runs:/{run_id}/model"))
    assert in_run.run_id == run_id
    assert store.send(GetVersionDownloadUri(name="prod", version="2")).endswith(f"{run_id}/artifacts/model")
    copied = store.send(CreateModelVersion(name="prod", source="models:/prod/1"))
    assert (copied.version, copied.model_id) == ("3", model.model_id)


def test_a_path_of_a_run_that_names_its_logged_model_is_that_model(store: Store) -> None:
    run_id = store.send(CreateRun()).info.run_id
    model = store.send(CreateLoggedModel(experiment_id="0", name="m", source_run_id=run_id))
    store.send(LogOutputs(run_id=run_id, models=[LoggedModelOutput(model.model_id, 0)]))
    store.send(CreateRegisteredModel(name="prod"))
    made = store.send(CreateModelVersion(name="prod", source=f"runs:/{run_id}/m"))
    assert (made.source, made.run_id, made.model_id) == (f"runs:/{run_id}/m", run_id, model.model_id)
    assert store.send(GetVersionDownloadUri(name="prod", version="1")) == model.artifact_location
    other = store.send(CreateModelVersion(name="prod", source=f"runs:/{run_id}/n"))
    assert other.model_id is None


def test_aliases_move(store: Store, source: str) -> None:
    store.send(CreateRegisteredModel(name="prod"))
    for _ in range(2):
        store.send(CreateModelVersion(name="prod", source=source))
    store.send(SetAlias(name="prod", alias="champion", version="1"))
    store.send(SetAlias(name="prod", alias="champion", version="2"))
    store.send(SetAlias(name="prod", alias="best", version="2"))
    assert store.send(GetVersionByAlias(name="prod", alias="champion")).version == "2"
    assert store.send(GetModelVersion(name="prod", version="2")).aliases == ["best", "champion"]
    assert store.send(GetModelVersion(name="prod", version="1")).aliases == []
    assert [each.aliases for each in store.send(SearchModelVersions()).model_versions] == [[], []]
    assert store.send(GetRegisteredModel(name="prod")).aliases == {"best": "2", "champion": "2"}
    store.send(DeleteAlias(name="prod", alias="best"))
    store.send(DeleteModelVersion(name="prod", version="2"))
    with pytest.raises(FlowmillError, match="no alias 'champion'; it has no alias yet"):
        store.send(GetVersionByAlias(name="prod", alias="champion"))


@pytest.mark.parametrize("alias", ["latest", "Latest", "3", "v3", "", "a b", "a/b", "x" * 256])
def test_bad_aliases_are_refused(store: Store, source: str, alias: str) -> None:
    store.send(CreateRegisteredModel(name="prod"))
    store.send(CreateModelVersion(name="prod", source=source))
    with pytest.raises(Invalid, match="alias"):
        store.send(SetAlias(name="prod", alias=alias, version="1"))


@pytest.mark.parametrize("name", ["", " ", "a/b", "a:b", "a%2fb", "a@b", "e\u0301", "a\nb", "x" * 501])
def test_bad_names_are_refused(store: Store, name: str) -> None:
    with pytest.raises(Invalid, match="registered model name"):
        store.send(CreateRegisteredModel(name=name))


def test_stages(store: Store, source: str) -> None:
    store.send(CreateRegisteredModel(name="prod"))
    for _ in range(3):
        store.send(CreateModelVersion(name="prod", source=source))
    store.send(TransitionStage(name="prod", version="1", stage="production"))
    moved = store.send(TransitionStage(name="prod", version="2", stage="Production", archive_existing_versions=True))
    assert moved.current_stage == "Production"
    assert store.send(GetModelVersion(name="prod", version="1")).current_stage == "Archived"
    latest = store.send(GetLatestVersions(name="prod")).model_versions
    assert [(each.version, each.current_stage) for each in latest] == [
        ("1", "Archived"),
        ("2", "Production"),
        ("3", "None"),
    ]
    only = store.send(GetLatestVersions(name="prod", stages=["Production"])).model_versions
    assert [each.version for each in only] == ["2"]
    with pytest.raises(Invalid, match="'Best'"):
        store.send(TransitionStage(name="prod", version="1", stage="Best"))


def test_tags_and_descriptions(store: Store, source: str) -> None:
    store.send(CreateRegisteredModel(name="prod"))
    store.send(CreateModelVersion(name="prod", source=source))
    store.send(SetRegisteredModelTag(name="prod", key="a", value="1"))
    store.send(SetModelVersionTag(name="prod", version="1", key="b", value="2"))
    store.send(UpdateRegisteredModel(name="prod", description="about"))
    store.send(UpdateModelVersion(name="prod", version="1", description="first"))
    model, version = store.send(GetRegisteredModel(name="prod")), store.send(GetModelVersion(name="prod", version="1"))
    assert (model.tags, model.description) == ({"a": "1"}, "about")
    assert (version.tags, version.description) == ({"b": "2"}, "first")
    for _ in range(2):  # removing what is not there is no error, as with MLflow
        store.send(DeleteRegisteredModelTag(name="prod", key="a"))
        store.send(DeleteModelVersionTag(name="prod", version="1", key="b"))
    assert store.send(GetRegisteredModel(name="prod")).tags == {}


def test_rename_and_delete(store: Store, source: str) -> None:
    store.send(CreateRegisteredModel(name="prod"))
    store.send(CreateRegisteredModel(name="other"))
    store.send(CreateModelVersion(name="prod", source=source))
    with pytest.raises(AlreadyExists):
        store.send(RenameRegisteredModel(name="prod", new_name="other"))
    store.send(RenameRegisteredModel(name="prod", new_name="production"))
    assert store.send(GetModelVersion(name="production", version="1")).name == "production"
    with pytest.raises(NotFound, match="'productoin'; did you mean 'production'"):
        store.send(GetRegisteredModel(name="productoin"))
    store.send(DeleteRegisteredModel(name="production"))
    store.send(CreateRegisteredModel(name="production"))
    assert store.send(CreateModelVersion(name="production", source=source)).version == "1"


def test_searches_page(store: Store, source: str) -> None:
    for name in ("b", "a", "c"):
        store.send(CreateRegisteredModel(name=name))
        store.send(CreateModelVersion(name=name, source=source))
    page = store.send(SearchRegisteredModels(max_results=2))
    assert [each.name for each in page.registered_models] == ["a", "b"]
    rest = store.send(SearchRegisteredModels(max_results=2, page_token=page.next_page_token or ""))
    assert ([each.name for each in rest.registered_models], rest.next_page_token) == (["c"], None)
    assert len(store.send(SearchModelVersions()).model_versions) == 3


def test_mistakes(store: Store, source: str) -> None:
    store.send(CreateRegisteredModel(name="prod"))
    with pytest.raises(AlreadyExists, match="add a version"):
        store.send(CreateRegisteredModel(name="prod"))
    with pytest.raises(NotFound, match="version 7; it has no version yet"):
        store.send(GetModelVersion(name="prod", version="7"))
    with pytest.raises(Invalid, match="'latest'"):
        store.send(GetModelVersion(name="prod", version="latest"))
    with pytest.raises(NotFound, match="no registered model named 'nope'"):
        store.send(CreateModelVersion(name="nope", source=source))
    for bad in ("models:/m-unknown", "runs:/unknown/model", "models:/prod/9"):
        with pytest.raises(NotFound):
            store.send(CreateModelVersion(name="prod", source=bad))
    run_id = store.send(CreateRun()).info.run_id
    with pytest.raises(Invalid, match=r"empty, \. or \.\. parts"):
        store.send(CreateModelVersion(name="prod", source=f"runs:/{run_id}/../../etc"))
