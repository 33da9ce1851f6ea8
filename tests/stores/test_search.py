"""Searching finds the same in every store, in every order, page by page."""

from __future__ import annotations

import itertools
import math

import pytest

from flowmill.entities.dataset import Dataset, DatasetInput, InputTag
from flowmill.entities.experiment import ExperimentTag
from flowmill.entities.metric import Metric
from flowmill.entities.model import LoggedModelParameter, LoggedModelTag, UploadStatus
from flowmill.entities.registry import ModelVersionTag, RegisteredModelTag
from flowmill.entities.run import LoggedModelInput, LoggedModelOutput, Param, RunStatus, RunTag
from flowmill.errors import Invalid
from flowmill.store.base import Store
from flowmill.store.sql import model_groups
from flowmill.wire.experiments import CreateExperiment, SearchExperiments
from flowmill.wire.models import (
    CreateLoggedModel,
    FinalizeLoggedModel,
    GetModelColumns,
    GetModelGroups,
    ModelDataset,
    ModelOrder,
    SearchLoggedModels,
)
from flowmill.wire.registry import (
    CreateModelVersion,
    CreateRegisteredModel,
    SearchModelVersions,
    SearchRegisteredModels,
)
from flowmill.wire.runs import CreateRun, LogBatch, LogInputs, LogOutputs, SearchRuns, UpdateRun
from flowmill.wire.table import GetRunGroups, GetRunRows, RowVersion

ACCURACY = {"a": 0.9, "b": 0.5, "c": math.nan, "d": None, "e": -math.inf}


@pytest.fixture
def runs(store: Store) -> dict[str, str]:
    """Runs a…e, in the order of their start."""
    made: dict[str, str] = {}
    for number, (name, accuracy) in enumerate(ACCURACY.items()):
        run_id = store.send(CreateRun(run_name=name, start_time=1000 + number, user_id="ada")).info.run_id
        metrics = [] if accuracy is None else [Metric("val acc", accuracy, 1, 0)]
        params = [Param("lr", ["0.1", "10", "1e-2", "high", "0.5"][number])]
        tags = [RunTag("colour", ["Red", "blue"][number % 2])] if number < 4 else []
        store.send(LogBatch(run_id=run_id, metrics=metrics, params=params, tags=tags))
        made[name] = run_id
    store.send(UpdateRun(run_id=made["a"], status=RunStatus.FINISHED, end_time=5000))
    data = DatasetInput(Dataset("iris", "d1", "local", "{}"), [InputTag("mlflow.data.context", "train")])
    store.send(LogInputs(run_id=made["b"], datasets=[data]))
    return made


def names(store: Store, text: str, order_by: list[str] | None = None) -> str:
    page = store.send(SearchRuns(experiment_ids=["0"], filter=text, order_by=order_by or ["attributes.start_time ASC"]))
    return "".join(run.info.run_name for run in page.runs)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "abcde"),
        ("metrics.`val acc` > 0.6", "a"),
        ('metrics."val acc" <= 0.5', "be"),
        ("metrics.`val acc` != 0.9", "bce"),
        ("params.lr = '10'", "b"),
        ("params.lr > 0.09", "abe"),
        ("params.lr LIKE '1%'", "bc"),
        ("tags.colour = 'Red'", "ac"),
        ("tags.colour != 'Red'", "bd"),
        ("tags.colour LIKE 'r%'", ""),
        ("tags.colour ILIKE 'r%'", "ac"),
        ("tags.colour IN ('Red', 'x')", "ac"),
        ("tags.colour IS NULL", "e"),
        ("NOT (tags.colour = 'Red' OR params.lr = 'high')", "be"),
        ("attributes.status = 'FINISHED'", "a"),
        ("attributes.run_name = 'b' OR attributes.run_name = 'c'", "bc"),
        ("start_time >= 1003", "de"),
        ("end_time IS NULL", "bcde"),
        ("dataset.name = 'iris' AND dataset.context = 'train'", "b"),
        ("tags.colour = 'Red' AND metrics.`val acc` > 0", "a"),
        ("user_id = 'ada' AND params.lr BETWEEN 0.05 AND 0.7", "ae"),
        ("tags.`mlflow.runName` = 'd'", "d"),
    ],
)
def test_filters(store: Store, runs: dict[str, str], text: str, found: str) -> None:
    assert names(store, text) == found


def test_datasets_and_versions_are_met_as_pairs(store: Store, runs: dict[str, str]) -> None:
    """What one of them is named and the digest or number that it has, also where others have the two apart."""
    used = {"a": [("iris", "d1"), ("wine", "d2")], "c": [("iris", "d2")], "d": [("wine", "d1")]}
    for name, datasets in used.items():
        inputs = [DatasetInput(Dataset(each, digest, "local", "{}"), []) for each, digest in datasets]
        store.send(LogInputs(run_id=runs[name], datasets=inputs))
    iris, wine = "datasets(name = 'iris' AND digest = 'd1')", "datasets(digest IN ('d1') AND name = 'wine')"
    assert names(store, iris) == "ab"
    assert names(store, f"{iris} OR {wine}") == "abd"
    assert names(store, "datasets(name = 'iris' AND digest = 'd1' AND context = 'train')") == "b"
    assert names(store, "datasets.name IN ('iris', 'wine') AND datasets.digest = 'd1'") == "abd"  # as MLflow has it

    for model, name in [("churn", "a"), ("churn", "c"), ("fraud", "c"), ("churn", "b")]:
        if not store.send(SearchRegisteredModels(filter=f"name = '{model}'")).registered_models:
            store.send(CreateRegisteredModel(name=model))
        if name == "b":  # of a logged model its run is known
            logged = store.send(CreateLoggedModel(experiment_id="0", name="m", source_run_id=runs["b"])).info.model_id
            store.send(CreateModelVersion(name=model, source=f"models:/{logged}", model_id=logged))
        else:
            store.send(CreateModelVersion(name=model, source=f"runs:/{runs[name]}/model"))
    assert names(store, "versions.name = 'churn'") == "abc"
    assert names(store, "versions(name = 'churn' AND version = '3')") == "b"
    assert names(store, "versions(name = 'churn' AND version >= 2) AND params.lr = '10'") == "b"
    found = store.send(SearchModelVersions(filter="name = 'churn' AND version_number = 3")).model_versions
    store.send(LogOutputs(run_id=runs["d"], models=[LoggedModelOutput(found[0].model_id or "", 0)]))
    store.send(LogInputs(run_id=runs["e"], models=[LoggedModelInput(found[0].model_id or "")]))  # made no model
    assert names(store, "versions(name = 'churn' AND version = '3')") == "bd"
    assert names(store, "NOT versions(name = 'churn' AND version = '3')") == "ace"
    rows = store.send(GetRunRows(experiment_ids=["0"], filter="versions(name = 'churn' AND version = 3)")).rows
    assert {row.run_name: row.versions for row in rows} == {name: [RowVersion("churn", "3")] for name in "bd"}
    assert names(store, "versions(name = 'fraud' AND version = 2)") == ""
    assert names(store, "versions.name IS NULL") == "e"
    assert names(store, "versions.name IS NOT NULL", ["metrics.`val acc` DESC"]) == "abdc"
    groups = store.send(GetRunGroups(experiment_ids=["0"], filter="versions.name = 'churn'", by=["tags.colour"]))
    assert groups.runs == 4


@pytest.mark.parametrize(
    ("order_by", "order"),
    [
        (["metrics.`val acc` DESC"], "abedc"),  # what has no number comes last, newest first
        (["metrics.`val acc` ASC"], "ebadc"),
        (["params.lr ASC"], "aebcd"),
        (["tags.colour DESC", "start_time ASC"], "bdace"),
        (["attributes.end_time ASC"], "aedcb"),
        (["run_name DESC"], "edcba"),
    ],
)
def test_order_and_pages(store: Store, runs: dict[str, str], order_by: list[str], order: str) -> None:
    if order_by == ["tags.colour DESC", "start_time ASC"]:
        # databases may put upper-case letters before or after lower-case ones
        assert set(names(store, "", order_by)) == set("abcde")
        assert names(store, "", order_by)[-1] == "e"
    else:
        assert names(store, "", order_by) == order
    found, token = "", ""
    while True:
        page = store.send(SearchRuns(experiment_ids=["0"], order_by=order_by, max_results=2, page_token=token))
        found += "".join(run.info.run_name for run in page.runs)
        token = page.next_page_token or ""
        if not token:
            break
    assert found == names(store, "", order_by)


def test_place_of_a_run(store: Store, runs: dict[str, str]) -> None:
    page = store.send(SearchRuns(experiment_ids=["0"], filter=f"run_id = '{runs['a']}'"))
    place = page.runs[0].info.artifact_uri
    assert names(store, f"artifact_uri = '{place}'") == "a"
    assert set(names(store, "", ["artifact_uri ASC"])) == set("abcde")


@pytest.mark.parametrize(
    "text",
    [
        "metrics.acc > 'x'",
        "versions = 'a'",
        "datasets(tags.a = 'b')",
        "nonsense = 1",
        "params. lr",
        "AND",
        "tags.a = b",
        "((a = 1)",
    ],
)
def test_nonsense_is_refused(store: Store, text: str) -> None:
    with pytest.raises(Invalid):
        store.send(SearchRuns(experiment_ids=["0"], filter=text))
    with pytest.raises(Invalid):
        store.send(SearchRuns(experiment_ids=["0"], order_by=[text]))


def test_injection_is_only_text(store: Store, runs: dict[str, str]) -> None:
    for text in ("tags.colour = 'x'' OR 1=1 --'", "params.`a` = '%s ? %'", "tags.`x'; DROP TABLE runs; --` = 'y'"):
        try:
            assert names(store, text) == ""
        except Invalid:
            continue
    assert names(store, "") == "abcde"


def test_experiments(store: Store) -> None:
    for name in ("alpha", "beta"):
        store.send(CreateExperiment(name=name, tags=[ExperimentTag("team", name[0])]))

    def found(text: str, *order: str) -> list[str]:
        page = store.send(SearchExperiments(filter=text, order_by=list(order)))
        return [each.name for each in page.experiments]

    assert found("name LIKE '%eta'") == ["beta"]
    assert found("tags.team = 'a'") == ["alpha"]
    assert found("", "name ASC") == ["Default", "alpha", "beta"]
    assert found("", "experiment_id DESC")[-1] == "Default"


def test_logged_models(store: Store) -> None:
    run_id = store.send(CreateRun()).info.run_id
    made: list[str] = []
    for number in range(3):
        model = store.send(
            CreateLoggedModel(
                experiment_id="0",
                name=f"m{number}",
                params=[LoggedModelParameter("depth", str(number))],
                tags=[LoggedModelTag("kind", "tree")],
            )
        ).model_id
        made.append(model)
        points = [Metric("acc", number / 10 + step, 1, step, model_id=model) for step in range(2)]
        store.send(LogBatch(run_id=run_id, metrics=points))

    def found(text: str, *order: ModelOrder) -> list[str]:
        page = store.send(SearchLoggedModels(experiment_ids=["0"], filter=text, order_by=list(order)))
        return [each.name for each in page.models]

    assert found("") == ["m2", "m1", "m0"]
    assert found("name = 'm1'") == ["m1"]
    assert found("params.depth > 0") == ["m2", "m1"]
    assert found("metrics.acc > 1.15 AND tags.kind = 'tree'") == ["m2"]
    assert found("", ModelOrder("metrics.acc", ascending=True)) == ["m0", "m1", "m2"]
    assert found("", ModelOrder("name", ascending=False)) == ["m2", "m1", "m0"]


def test_registry(store: Store) -> None:
    source = store.send(CreateLoggedModel(experiment_id="0", name="m")).model_uri
    for name in ("alpha", "beta"):
        store.send(CreateRegisteredModel(name=name, tags=[RegisteredModelTag("team", name[0])]))
        for number in range(2):
            tags = [ModelVersionTag("stage", str(number))]
            store.send(CreateModelVersion(name=name, source=source, tags=tags))

    def models(text: str, *order: str) -> list[str]:
        page = store.send(SearchRegisteredModels(filter=text, order_by=list(order)))
        return [each.name for each in page.registered_models]

    def versions(text: str, *order: str) -> list[str]:
        page = store.send(SearchModelVersions(filter=text, order_by=list(order)))
        return [f"{each.name} {each.version}" for each in page.model_versions]

    assert models("name LIKE 'al%'") == ["alpha"]
    assert models("tags.team != 'a'") == ["beta"]
    assert models("tag.`mlflow.prompt.is_prompt` != 'true'") == ["alpha", "beta"]
    assert models("", "name DESC") == ["beta", "alpha"]
    assert versions("name = 'beta'") == ["beta 2", "beta 1"]
    assert versions("tags.stage = '0'", "name ASC") == ["alpha 1", "beta 1"]
    assert versions("version_number > 1", "name ASC") == ["alpha 2", "beta 2"]


def test_groups_of_logged_models_are_of_all_that_match(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted and summed up by the server; the last value of each model counts, by dataset that on the dataset."""
    made: list[str] = []
    for depth, auc in (("2", 0.5), ("3", 0.75), ("2", 0.25), (None, math.nan)):
        run = store.send(CreateRun()).info.run_id
        params = [] if depth is None else [LoggedModelParameter("depth", depth)]
        model = store.send(CreateLoggedModel(experiment_id="0", name="m", source_run_id=run, params=params)).info
        made.append(model.model_id)
        data = ("iris", "d1") if depth else (None, None)
        points = [("auc", 9.0, 1, 5), ("auc", auc, 2, 0), ("other", 1.0, 1, 0)]
        store.send(LogBatch(run_id=run, metrics=[Metric(*point, model.model_id, *data) for point in points]))
    extra = Metric("auc", 1.0, 3, 0, model_id=made[0], dataset_name="wine", dataset_digest="d2")
    store.send(LogBatch(run_id=run, metrics=[extra]))
    store.send(FinalizeLoggedModel(model_id=made[1], status=UploadStatus.READY))

    def groups(by: str, text: str = "") -> list[tuple[str | None, int, float | None]]:
        asked = GetModelGroups(experiment_ids=["0"], by=by, filter=text, metrics=["auc"])
        found = store.send(asked)
        assert found.total == len(found.groups)
        return [
            (each.value, each.models, (each.numbers["auc"].mean if each.numbers else None)) for each in found.groups
        ]

    assert groups("params.depth") == [("2", 2, 0.625), ("3", 1, 0.75), (None, 1, None)]
    assert groups("params.depth", "params.depth = '2'") == [("2", 2, 0.625)]
    assert sorted(groups("datasets.name"), key=str) == [("iris", 3, 0.5), ("wine", 1, 1.0), (None, 1, None)]
    assert groups("attributes.status") == [("PENDING", 3, 0.625), ("READY", 1, 0.75)]
    assert len(groups("attributes.source_run_id")) == 4
    assert groups("tags.nothing") == [(None, 4, 2 / 3)]
    (both,) = store.send(GetModelGroups(experiment_ids=["0"], by="tags.x", metrics=["auc"])).groups
    assert (both.numbers["auc"].runs, both.numbers["auc"].maximum) == (3, 1.0)
    assert store.send(GetModelGroups(experiment_ids=["0"], filter="params.depth = '2'")).models == 2
    for text, found in (("datasets.name = 'wine'", 1), ("datasets(name = 'iris' AND digest = 'd1')", 3)):
        assert len(store.send(SearchLoggedModels(experiment_ids=["0"], filter=text)).models) == found
    assert len(store.send(SearchLoggedModels(experiment_ids=["0"], filter="datasets.name IS NULL")).models) == 1
    columns = store.send(GetModelColumns(experiment_ids=["0"]))
    assert [(each.key, each.runs, each.distinct) for each in columns.params] == [("depth", 3, 2)]
    assert [each.key for each in columns.metrics] == ["auc", "other"]
    monkeypatch.setattr(model_groups, "_SAMPLE", 1)
    sampled = store.send(GetModelColumns(experiment_ids=["0"]))
    for kind in ("metrics", "params", "tags"):
        assert [each.key for each in getattr(sampled, kind)] == [each.key for each in getattr(columns, kind)]
    assert (columns.sample, sampled.sample, sampled.params[0].runs) == (None, 1, 0)
    for by in ("metrics.auc", "params.", "attributes.name", "x"):
        with pytest.raises(Invalid):
            groups(by)


def test_logged_models_by_dataset(store: Store) -> None:
    """What MLflow 3.17.2 answered to the same models and questions."""
    run_id = store.send(CreateRun()).info.run_id
    times = itertools.count(1000)
    for number in range(4):
        model = store.send(CreateLoggedModel(experiment_id="0", name=f"m{number}")).model_id
        points = [("plain", float(number), 0, None, None)]
        if number < 3:
            points += [("acc", [0.1, 0.2, 0.3][number], 0, "train", "d1")]
            points += [("acc", [0.9, 0.5, 0.1][number], 1, "test", "d2")]
            points += [("acc", [0.05, 0.06, 0.07][number], 0, "test", "d3")]
        if number == 1:
            points += [("acc", 0.99, 5, None, None)]
        metrics = [
            Metric(key, value, next(times), step, model, name, digest) for key, value, step, name, digest in points
        ]
        store.send(LogBatch(run_id=run_id, metrics=metrics))

    def found(text: str, *datasets: tuple[str, str | None]) -> str:
        named = [ModelDataset(*each) for each in datasets]
        page = store.send(SearchLoggedModels(experiment_ids=["0"], filter=text, datasets=named))
        return " ".join(each.name for each in page.models)

    def ordered(*order: ModelOrder, size: int = 50) -> str:
        names: list[str] = []
        token = ""
        while True:
            ask = SearchLoggedModels(experiment_ids=["0"], order_by=list(order), max_results=size, page_token=token)
            page = store.send(ask)
            names += [each.name for each in page.models]
            token = page.next_page_token or ""
            if not token:
                return " ".join(names)

    assert found("metrics.acc > 0.4") == "m1 m0"
    assert found("metrics.acc > 0.4", ("train", None)) == ""
    assert found("metrics.acc > 0.4", ("test", None)) == "m1 m0"
    assert found("metrics.acc > 0.4", ("test", "d2")) == "m1 m0"
    assert found("metrics.acc > 0.4", ("test", "d3")) == ""
    assert found("metrics.acc > 0.15", ("train", None), ("nope", None)) == "m2 m1"
    assert found("", ("train", None)) == "m2 m1 m0"
    assert found("metrics.plain > 0", ("train", None)) == ""
    assert found("metrics.acc > 0.15 AND metrics.acc < 0.25", ("train", None)) == "m1"
    assert found("metrics.acc > 0.15 AND metrics.acc < 0.25") == "m2 m1 m0"
    assert ordered(ModelOrder("metrics.acc")) == "m0 m2 m1 m3"
    assert ordered(ModelOrder("metrics.acc", ascending=False)) == "m1 m2 m0 m3"
    assert ordered(ModelOrder("metrics.acc", ascending=False, dataset_name="train"), size=1) == "m2 m1 m0 m3"
    assert ordered(ModelOrder("metrics.acc", dataset_name="test", dataset_digest="d2"), size=2) == "m2 m1 m0 m3"
    assert ordered(ModelOrder("metrics.acc", False, None, "d2")) == "m0 m1 m2 m3"
    with pytest.raises(Invalid, match="dataset_name"):
        found("", ("", "d1"))
