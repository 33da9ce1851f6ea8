"""Joined or alone, read quickly or the long way: to every request the same answer."""

from __future__ import annotations

import http.client
import json
import math
import sys
import threading
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    BaggingClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_selection import VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, PolynomialFeatures, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import flowmill
from flowmill.errors import FlowmillError
from flowmill.models import infer_signature
from flowmill.models.enforce import enforce_schema
from flowmill.models.formats import input_of
from flowmill.models.mlmodel import Model
from flowmill.models.pyfunc import load_model
from flowmill.models.pyfunc_model import PyFuncModel
from flowmill.models.quick_frames import QuickFrames, TooWide
from flowmill.serving.batches import parts_of
from flowmill.serving.predictor import JSON, Predictor
from flowmill.serving.quick_model import array_predictor
from flowmill.serving.turns import Turns
from flowmill.testing.serving import serving

KINDS = pd.DataFrame(
    {
        "integer": np.array([1], dtype="int32"), "long": [1], "float": np.array([0.5], dtype="float32"),
        "double": [0.5], "text": ["x"], "flag": [True],
    }
)  # fmt: skip
SCHEMA = infer_signature(KINDS).inputs
assert SCHEMA is not None

VALUES = some.one_of(
    some.integers(-(2**70), 2**70), some.integers(-5, 5), some.floats(), some.text(max_size=3), some.booleans(),
    some.none(), some.just([1]),
)  # fmt: skip
FITTING = some.fixed_dictionaries(
    {
        "integer": some.integers(-(2**31), 2**31 - 1), "long": some.integers(-(2**63), 2**63 - 1),
        "float": some.floats(width=32), "double": some.one_of(some.floats(), some.integers(-(2**53), 2**53)),
        "text": some.text(max_size=5), "flag": some.booleans(),
    }
)  # fmt: skip
ROW = FITTING | some.fixed_dictionaries({name: some.one_of(VALUES) for name in KINDS})


def bodies(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows in every form that a client may send."""
    names = list(KINDS)
    split = {"columns": names, "data": [[row[name] for name in names] for row in rows]}
    turned = {"columns": names[::-1], "data": [[row[name] for name in reversed(names)] for row in rows]}
    return [
        {"dataframe_records": rows}, {"instances": rows}, {"inputs": rows},
        {"inputs": {name: [row[name] for row in rows] for name in names}},
        {"dataframe_split": split}, {"dataframe_split": {**split, "index": list(range(len(rows)))}},
        {"dataframe_split": turned},
    ]  # fmt: skip


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@settings(max_examples=150, deadline=None)
@given(some.lists(ROW, min_size=1, max_size=3))
def test_the_quick_way_gives_what_the_long_way_gives(rows: list[dict[str, Any]]) -> None:
    quick = QuickFrames(SCHEMA)
    for body in bodies(rows):
        columns = quick.columns_of(body)
        if columns is None:
            continue
        try:
            frame = quick.frame(columns)
        except TooWide:
            with pytest.raises(FlowmillError):
                enforce_schema(input_of(body, SCHEMA)[0], SCHEMA)
            continue
        pd.testing.assert_frame_equal(frame, enforce_schema(input_of(body, SCHEMA)[0], SCHEMA), check_index_type=False)


@settings(max_examples=50, deadline=None)
@given(some.lists(FITTING, min_size=1, max_size=3))
def test_what_fits_is_read_quickly(rows: list[dict[str, Any]]) -> None:
    quick = QuickFrames(SCHEMA)
    finite = all(math.isfinite(row[name]) or isinstance(row[name], float) for row in rows for name in ("double",))
    for body in bodies(rows):
        columns = quick.columns_of(body)
        assert columns is None or len(columns) == len(KINDS.columns)
        mixed = {type(row["double"]) for row in rows} == {int, float}
        assert columns is not None or mixed or not finite


def test_what_does_not_fit_takes_the_long_way() -> None:
    quick = QuickFrames(SCHEMA)
    row = {name: KINDS[name].tolist()[0] for name in KINDS}
    (first, *_) = bodies([row])
    assert quick.columns_of(first) is not None
    for other in (
        {**first, "params": {}}, {"dataframe_records": []}, {"dataframe_records": [{**row, "long": "1"}]},
        {"dataframe_records": [{**row, "flag": 1}]}, {"dataframe_records": [{**row, "long": True}]},
        {"dataframe_records": [{**row, "double": None}]}, {"dataframe_records": [{"long": 1}]},
        {"dataframe_split": {"columns": ["a"], "data": [[1], [1, 2]]}}, {"dataframe_records": [row, 5]},
        {"dataframe_split": {"columns": list(row), "data": [list(row.values())], "index": ["x"]}}, {"inputs": row},
    ):  # fmt: skip
        assert quick.columns_of(other) is None
    for none in (None, infer_signature(np.eye(2)).inputs, infer_signature(["x"]).inputs):
        assert not QuickFrames(none).applies
    assert not QuickFrames(infer_signature(KINDS.assign(day=pd.Timestamp("2024-01-01"))).inputs).applies


def test_an_answer_falls_into_the_rows_of_its_requests() -> None:
    quick = QuickFrames(infer_signature(KINDS[["long", "text"]]).inputs)
    assert quick.joined([[[1], ["a"]], [[2, 3], ["b", "c"]]]) == [[1, 2, 3], ["a", "b", "c"]]
    frame = pd.DataFrame({"a": [1, 2, 3]})
    for answer in (np.arange(3), np.eye(3), frame, frame["a"], [1, 2, 3]):
        parts = parts_of(answer, [1, 2])
        assert parts is not None and [len(part) for part in parts] == [1, 2]
    for answer in (np.arange(2), frame.head(2), [1], 5, "abc", {"a": [1, 2, 3]}, None, np.array(1)):
        assert parts_of(answer, [1, 2]) is None


class Odd(flowmill.pyfunc.PythonModel):
    """Fails for a row with a negative number, whatever else it is asked."""

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> Any:
        """Twice the number."""
        if (model_input["x"] < 0).any():
            raise ValueError("negative")
        return model_input * 2


class Whole(flowmill.pyfunc.PythonModel):
    """Answers with one number for all rows."""

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> Any:
        """The sum."""
        return [float(model_input["x"].sum())]


def saved(folder: Path, model: Any) -> str:
    """A model of one column x."""
    signature = infer_signature(pd.DataFrame({"x": [1.0]}))
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    try:
        flowmill.pyfunc.save_model(folder, python_model=model, pip_requirements=["cloudpickle"], signature=signature)
    finally:
        cloudpickle.unregister_pickle_by_value(sys.modules[__name__])
    return str(folder)


@pytest.mark.filterwarnings("ignore:The model uses your own modules")
@pytest.mark.parametrize("model", [Odd(), Whole()], ids=["a row that fails", "not a row for a row"])
def test_a_batch_that_cannot_be_joined_is_asked_one_by_one(tmp_path: Path, model: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("FLOWMILL_CONFIG_DIR", str(tmp_path / "config"))
    predictor = Predictor(load_model(saved(tmp_path / "model", model)), Turns(1, 10, 60), batch_rows=100)
    batch = [[[1.0, 2.0]], [[-1.0]], [[3.0]]]
    answers = predictor._predict_batch(batch)
    for columns, answer in zip(batch, answers, strict=True):
        body = json.dumps({"inputs": {"x": columns[0]}}).encode()
        try:
            assert predictor._answer(JSON, body) == answer
        except FlowmillError as error:
            assert isinstance(answer, FlowmillError) and answer.error_code == error.error_code
    assert sum(isinstance(answer, str) for answer in answers) >= 2


def test_rows_that_the_model_never_saw_are_not_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWMILL_CONFIG_DIR", str(tmp_path / "config"))
    flowmill.pyfunc.save_model(
        tmp_path / "model",
        python_model=lambda model_input: model_input,
        signature=infer_signature(pd.DataFrame({"x": np.array([1], "int32"), "s": ["a"]})),
    )
    predictor = Predictor(load_model(str(tmp_path / "model")), Turns(1, 10, 60), most_rows=3)

    def ask(*numbers: Any) -> None:
        body = {"inputs": {"x": list(numbers), "s": ["b"] * len(numbers)}}
        predictor._answer(JSON, json.dumps(body).encode())

    for numbers in ((1, 2**40), ("a",), (1, 2, 3, 4)):  # too wide, of no fitting type, too many
        with pytest.raises(FlowmillError):
            ask(*numbers)
    assert (predictor.rows, predictor.calls) == (0, 0)
    ask(1, 2, 3)
    assert (predictor.rows, predictor.calls) == (3, 1)


def test_many_clients_get_their_own_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """32 connections at once, with and without batches: every answer is that for its rows, in far fewer calls."""
    monkeypatch.setenv("FLOWMILL_CONFIG_DIR", str(tmp_path / "config"))
    random = np.random.default_rng(1)
    rows = pd.DataFrame(random.normal(size=(640, 3)), columns=["a", "b", "c"])
    labels = (rows.sum(axis=1) > 0).map({True: "up", False: "down"})
    model = RandomForestClassifier(10, random_state=1).fit(rows, labels)
    flowmill.sklearn.save_model(model, tmp_path / "forest", signature=infer_signature(rows, labels))
    expected = model.predict(rows).tolist()
    found: dict[str, list[Any]] = {}
    calls: dict[str, int] = {}
    for label, options in {"alone": (), "joined": ("--batch-rows", "1000")}.items():
        with serving(tmp_path / "forest", options) as address:
            found[label] = _ask_at_once(address.removeprefix("http://"), rows, 32)
            calls[label] = _calls(address.removeprefix("http://"))
    assert found["alone"] == found["joined"] == expected
    assert calls["alone"] == 640
    assert calls["joined"] < 320


NAMED = ("HistGradient", "Bagging", "passthrough", "ColumnTransformer", "FunctionTransformer")


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64])
@pytest.mark.parametrize(
    "estimator",
    [
        LinearRegression(), LogisticRegression(max_iter=2000), DecisionTreeClassifier(), RandomForestRegressor(5),
        GradientBoostingClassifier(n_estimators=5), SVC(), KNeighborsClassifier(), GaussianNB(),
        LinearDiscriminantAnalysis(), MLPClassifier((4,), max_iter=20), make_pipeline(StandardScaler(), Ridge()),
        make_pipeline(SimpleImputer(), PolynomialFeatures(), PCA(2), "passthrough", SVC()),
        make_pipeline(make_pipeline(MinMaxScaler(), VarianceThreshold()), LogisticRegression()),
        make_pipeline(StandardScaler(), PolynomialFeatures(), Ridge()).set_output(transform="pandas"),
        make_pipeline(StandardScaler().set_output(transform="pandas"), Ridge()),
        make_pipeline(ColumnTransformer([("a", StandardScaler(), ["a", "b"])]), Ridge()),
        make_pipeline(FunctionTransformer(lambda frame: frame[["c", "a"]]), Ridge()), make_pipeline(Ridge()),
        Pipeline([("scale", StandardScaler()), ("fit", BaggingClassifier(n_estimators=2))]),
        HistGradientBoostingClassifier(max_iter=5), BaggingClassifier(n_estimators=3),
    ],
    ids=lambda each: "-".join(type(step).__name__ for step in getattr(each, "named_steps", {"": each}).values()),
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_an_array_gives_what_the_frame_gives(tmp_path: Path, estimator: Any, kind: Any) -> None:
    """Bit for bit; and no estimator is asked with an array that looks at names."""
    random = np.random.default_rng(1)
    rows = pd.DataFrame((random.normal(size=(60, 3)) * 9).astype(kind), columns=["a", "b", "c"])
    model = clone(estimator).fit(rows, (rows.sum(axis=1) > 0).astype(int))
    meta = Model(signature=infer_signature(rows), flavors={"python_function": {"loader_module": "mlflow.sklearn"}})
    loaded = PyFuncModel(meta, _Raw(model))
    quick = QuickFrames(loaded.metadata.get_input_schema())
    ask = array_predictor(loaded, quick)
    frames = any(hasattr(step, "_sklearn_output_config") for step in getattr(estimator, "named_steps", {}).values())
    assert (ask is None) == (frames or any(word in repr(estimator) for word in NAMED))
    if ask is not None:
        for part in (rows, rows.head(1)):
            columns = [part[name].tolist() for name in part]
            np.testing.assert_array_equal(ask(columns), model.predict(quick.frame(columns)))
        assert hasattr(model, "feature_names_in_")
    assert array_predictor(loaded, QuickFrames(infer_signature(rows[["b", "a", "c"]]).inputs)) is None


class _Raw:
    """A scikit-learn model as the flavor gives it."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def predict(self, data: Any, params: Any = None) -> Any:
        """Its answer."""
        return self.model.predict(data)

    def get_raw_model(self) -> Any:
        """The model itself."""
        return self.model


def _ask_at_once(host: str, rows: pd.DataFrame, clients: int) -> list[Any]:
    """A row a request, each client on a connection of its own."""
    answers: list[Any] = [None] * len(rows)
    records = rows.to_dict(orient="records")

    def ask(client: int) -> None:
        connection = http.client.HTTPConnection(host, timeout=60)
        for place in range(client, len(rows), clients):
            body = json.dumps({"dataframe_records": [records[place]]})
            connection.request("POST", "/invocations", body, {"Content-Type": "application/json"})
            answers[place] = json.loads(connection.getresponse().read())["predictions"][0]
        connection.close()

    threads = [threading.Thread(target=ask, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _calls(host: str) -> int:
    connection = http.client.HTTPConnection(host, timeout=60)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    (line,) = [line for line in text.splitlines() if line.startswith('flowmill_model_calls{worker="0"}')]
    return int(line.split()[1])
