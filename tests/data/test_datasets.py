"""Datasets of pandas, NumPy, Polars and Hugging Face, and those of which only the place is known."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse

import flowmill
from flowmill.data.dataset import Dataset
from flowmill.data.evaluation_dataset import EvaluationDataset, convert_data_to_mlflow_dataset
from flowmill.data.http_dataset_source import HTTPDatasetSource
from flowmill.data.huggingface_dataset_source import HuggingFaceDatasetSource
from flowmill.data.meta_dataset import MetaDataset
from flowmill.data.polars_dataset import CLOSE_MAP, TYPE_MAP, infer_dtype  # type: ignore[attr-defined]
from flowmill.data.schema import TensorDatasetSchema
from flowmill.errors import Invalid
from flowmill.models.schema import ColSpec, Schema

FRAME = pd.DataFrame({"a": [1.0, 2.0], "y": [0, 1], "p": [1, 1]})


def test_a_frame_with_targets_and_predictions() -> None:
    dataset = flowmill.data.from_pandas(FRAME, "/data.csv", targets="y", name="rows", predictions="p")
    assert (dataset.name, dataset.targets, dataset.predictions) == ("rows", "y", "p")
    assert json.loads(dataset.to_json()) == dataset.to_dict()
    assert dataset.df is FRAME
    taken = dataset.to_pyfunc()
    assert list(taken.inputs.columns) == ["a", "p"]
    assert list(taken.outputs) == [0, 1]
    measured = dataset.to_evaluation_dataset(path="/data.csv")
    assert list(measured.features_data.columns) == measured.feature_names == ["a"]
    assert (list(measured.labels_data), list(measured.predictions_data)) == ([0, 1], [1, 1])
    assert (measured.name, measured.path, measured.digest) == ("rows", "/data.csv", dataset.digest)


def test_a_dataset_without_a_source_says_which_code_made_it() -> None:
    source = flowmill.data.from_pandas(FRAME).source
    assert source.to_dict()["tags"].keys() >= {"mlflow.user", "mlflow.source.name", "mlflow.source.type"}
    assert flowmill.data.from_pandas(FRAME).name == "dataset"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: flowmill.data.from_pandas(FRAME, targets="z"), "no column 'z' for its targets.*'a', 'y', 'p'"),
        (lambda: flowmill.data.from_pandas(FRAME, predictions="z"), "no column 'z' for its predictions"),
        (lambda: flowmill.data.from_pandas([1]), "not from a list"),
        (lambda: flowmill.data.from_numpy([1]), "numpy.asarray"),
        (lambda: flowmill.data.from_numpy(scipy.sparse.csr_matrix(np.eye(2))), "toarray"),
        (lambda: flowmill.data.from_numpy(np.eye(2), targets={"t": [1]}), "targets of a NumPy dataset"),
        (lambda: flowmill.data.from_polars(pl.DataFrame({"a": [1]}).lazy()), "collect"),
        (lambda: flowmill.data.from_spark(FRAME), "pyspark DataFrame"),
        (lambda: flowmill.data.from_spark(FRAME, path="/x", sql="select 1"), "at most one"),
        (lambda: flowmill.data.load_delta(), "exactly one"),
        (lambda: flowmill.data.from_tensorflow(np.eye(2)), "pip install tensorflow"),
        (lambda: MetaDataset("/x"), "DatasetSource"),  # type: ignore[arg-type]
        (lambda: EvaluationDataset(FRAME, targets=[0, 1]), "name of a column"),
        (lambda: EvaluationDataset(FRAME, targets="z"), "no column 'z'"),
        (lambda: EvaluationDataset(FRAME, feature_names=["z"]), "no column 'z'"),
        (lambda: EvaluationDataset(np.eye(2), targets="y"), "array or list of labels"),
        (lambda: EvaluationDataset(np.eye(2), targets=[1]), "2 rows, but 1 targets"),
        (lambda: EvaluationDataset(np.eye(2), feature_names=["a"]), "2 features"),
        (lambda: EvaluationDataset([[1], [2, 3]]), "equally long"),
        (lambda: EvaluationDataset({"a": [1]}), "not on a dict"),
        (lambda: EvaluationDataset(FRAME, name='a"b'), "without double quotes"),
        (lambda: EvaluationDataset(FRAME, feature_names=["a", "a"]), "twice"),
    ],
)
def test_what_is_no_data_is_refused(make: Any, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        make()


def test_arrays_with_names() -> None:
    dataset = flowmill.data.from_numpy({"u": np.eye(2), "v": np.zeros(2)}, targets=np.zeros(2))
    assert dataset.profile["features_shape"] == {"u": (2, 2), "v": (2,)}
    schema = dataset.schema
    assert schema is not None
    assert TensorDatasetSchema.from_dict(json.loads(dataset.to_dict()["schema"])) == schema
    assert dataset.to_pyfunc().inputs is dataset.features
    assert flowmill.data.from_numpy(np.eye(2)).to_evaluation_dataset().feature_names == ["feature_1", "feature_2"]


def test_rows_that_are_measured() -> None:
    wide = EvaluationDataset(np.zeros((2, 12)), targets=[0, 1])
    assert wide.feature_names[0] == "feature_01"
    assert wide.has_targets and not wide.has_predictions
    assert wide.name == wide.hash
    assert wide == EvaluationDataset(np.zeros((2, 12)), targets=np.array([0, 1]))
    assert wide != EvaluationDataset(np.ones((2, 12)), targets=[0, 1])


def test_only_the_place_is_known() -> None:
    plain = MetaDataset(HTTPDatasetSource("http://x"))
    columns = MetaDataset(HTTPDatasetSource("http://x"), name="n", schema=Schema([ColSpec("long", "a")]))
    # The digests that MLflow 3.17.2 gives these two.
    assert [plain.digest, columns.digest] == ["fa151249", "c2654288"]
    assert plain.to_dict().keys() == {"name", "digest", "source", "source_type"}
    assert json.loads(columns.to_dict()["schema"]) == {
        "mlflow_colspec": [{"type": "long", "name": "a", "required": True}]
    }
    assert plain.profile is None


def test_polars() -> None:
    frame = pl.DataFrame(
        {
            "i": [1, None],
            "s": ["x", "y"],
            "d": [datetime.date(2020, 1, 1)] * 2,
            "l": [[1], [2, 3]],
            "o": [{"a": 1.5, "b": "x"}] * 2,
            "t": [datetime.time(1)] * 2,
            "y": [0, 1],
        }
    )
    dataset = flowmill.data.from_polars(frame, "/data", targets="y")
    assert dataset.digest == str(frame.hash_rows().sum())
    assert dataset.digest == flowmill.data.from_polars(frame.reverse()).digest
    assert dataset.profile == {"num_rows": 2, "num_elements": 14}
    assert repr(dataset.schema) == (
        "['i': long (required), 's': string (required), 'd': datetime (required), 'l': Array(long) (required), "
        "'o': {a: double (required), b: string (required)} (required), 't': Any (required), 'y': long (required)]"
    )
    taken = dataset.to_pyfunc()
    assert list(taken.inputs[0].columns) == ["i", "s", "d", "l", "o", "t"]
    assert taken.inputs[0]["i"].isna().tolist() == [False, True]
    assert list(taken.outputs[0]) == [0, 1]
    assert list(dataset.to_evaluation_dataset().labels_data) == [0, 1]
    assert json.loads(flowmill.data.from_polars(pl.DataFrame()).to_dict()["schema"]) is None
    assert repr(TYPE_MAP[pl.Int64]) == "long"
    assert pl.Date in CLOSE_MAP
    with pytest.raises(Invalid, match="Column 't' has the type Time"):
        infer_dtype(pl.Time(), "t", allow_unknown=False)


def test_hugging_face(tmp_path: Path) -> None:
    """In a process of its own, since the library changes much of the one that imports it."""
    script = """
import sys, datasets, flowmill
from flowmill.errors import Invalid
rows = datasets.Dataset.from_dict({"t": ["a", "b", "c"], "y": [0, 1, 1], "v": [[1.0, 2.0], [3.0], [4.0]]})
dataset = flowmill.data.from_huggingface(rows, path="rt", targets="y")
assert dataset.digest == "51f55bda", dataset.digest  # that of MLflow 3.17.2
assert repr(dataset.schema) == "['t': string (required), 'y': long (required), 'v': Array(double) (required)]"
assert dataset.profile == {"num_rows": 3, "dataset_size": None, "size_in_bytes": None}
assert list(dataset.to_pyfunc().outputs) == [0, 1, 1]
assert flowmill.data.from_huggingface(rows).source.to_dict().keys() == {"tags"}
try:
    flowmill.data.from_huggingface(datasets.DatasetDict({"train": rows}))
except Invalid as error:
    assert "choose a split" in str(error)
open("rows.csv", "w").write("a,b\\n1,x\\n2,y\\n")
loaded = datasets.load_dataset("csv", data_files="rows.csv", split="train", cache_dir="cache")
again = flowmill.data.from_huggingface(loaded, path="csv", data_files="rows.csv")
source = flowmill.data.get_dataset_source_from_json(again.source.to_json(), "hugging_face")
assert source.load(cache_dir="cache")["b"][:] == ["x", "y"]
try:
    source.load(split="test")
except Invalid as error:
    assert "split" in str(error)
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def test_the_source_of_hugging_face_trusts_nobody_by_itself() -> None:
    source = HuggingFaceDatasetSource("p", trust_remote_code=True)
    assert "trust_remote_code" not in source.to_dict()
    assert HuggingFaceDatasetSource.from_json(source.to_json()).trust_remote_code is None


def test_whatever_is_given_becomes_a_dataset() -> None:
    kinds = [
        type(convert_data_to_mlflow_dataset(data)).__name__
        for data in (FRAME, np.eye(2), [1, 2], [[1, 2]], pl.DataFrame({"a": [1]}), "text")
    ]
    assert kinds == ["PandasDataset", "NumpyDataset", "NumpyDataset", "NumpyDataset", "PolarsDataset", "str"]
    dataset: Dataset = flowmill.data.from_pandas(FRAME)
    assert convert_data_to_mlflow_dataset(dataset) is dataset


def test_the_names_load_no_library_before_they_are_used() -> None:
    script = """
import sys, flowmill, flowmill.data
from flowmill.data import Dataset, from_pandas, from_polars, from_spark, from_huggingface, get_source
from mlflow.data.sources import HTTPDatasetSource
print(*({"pandas", "polars", "numpy", "pyspark", "datasets", "tensorflow", "pyarrow"} & set(sys.modules)))
"""
    script = script.replace("from mlflow.data", "from flowmill.data")
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "\n"
