"""Inputs whose signatures Flowmill and MLflow must agree on. Run as a script, prints what MLflow finds."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
from scipy import sparse

CASES = {
    "tensor": np.zeros((2, 3), "int32"),
    "vector": np.arange(3),
    "texts": np.array(["a", "bb"]),
    "objects": np.array(["a", 1], dtype=object),
    "days": np.array(["2020-01-01"], dtype="datetime64[D]"),
    "bytes in an array": np.array([b"a"]),
    "number of numpy": np.float32(1),
    "named tensors": {"a": np.zeros((2, 3)), "b": np.arange(2)},
    "array and number": {"a": np.zeros((2, 3)), "b": 1},
    "dict": {"a": 1, "b": "x", "c": 1.5, "d": True, "e": None},
    "lists": {"a": [1, 2], "b": []},
    "nested": {"a": {"b": [{"c": 1}]}},
    "list of texts": ["a", "b"],
    "list of numbers": [1, None],
    "list of dicts": [{"a": 1}, {"a": 2, "b": "x"}],
    "list of lists": [[1, 2], [3]],
    "empty list": [],
    "text": "a",
    "number": 1.0,
    "flag": True,
    "bytes": b"x",
    "time": datetime.datetime(2020, 1, 1),
    "day": datetime.date(2020, 1, 1),
    "series": pd.Series([1, 2], name="q"),
    "series without a name": pd.Series([1.0, 2]),
    "integers": pd.DataFrame(
        {kind: np.array([1], kind) for kind in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32")}
    ),
    "floats": pd.DataFrame({"a": np.array([1], "float16"), "b": np.array([1], "float32"), "c": [1.0], "d": [np.nan]}),
    "nullable": pd.DataFrame(
        {
            "i": pd.array([1, pd.NA], dtype="Int64"),
            "j": pd.array([1, 2], dtype="Int32"),
            "f": pd.array([1.5, pd.NA], dtype="Float64"),
            "b": pd.array([True, pd.NA], dtype="boolean"),
            "s": pd.array(["a", pd.NA], dtype="string"),
        }
    ),
    "texts and flags": pd.DataFrame({"s": ["a", None], "t": ["a", "b"], "b": [True, False]}),
    "categories": pd.DataFrame({"a": pd.Categorical(["a", None]), "b": pd.Categorical([1, 2])}),
    "times": pd.DataFrame({"a": pd.to_datetime(["2020-01-01", None]), "b": [datetime.date(2020, 1, 1)] * 2}),
    "cells with more": pd.DataFrame(
        {"d": [{"a": 1}, {"a": 2, "b": [1.5]}], "l": [[1], [2, 3]], "n": [np.array([1.0]), np.array([2.0, 3])]}
    ),
    "objects in columns": pd.DataFrame(
        {"a": pd.Series([True, None], dtype=object), "b": pd.Series([1, None], dtype=object), "c": [None, None]}
    ),
    "numbered columns": pd.DataFrame(np.zeros((2, 2))),
    "two levels": pd.DataFrame(np.zeros((1, 2)), columns=pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")])),
    "sparse": sparse.csr_matrix(np.eye(2)),
}

PARAMETERS = {
    "a": 1,
    "b": 2.5,
    "c": "x",
    "d": True,
    "e": [1, 2],
    "f": datetime.datetime(2020, 1, 1),
    "g": {"x": 1},
    "h": np.array([1.0]),
    "i": np.int32(1),
}

if __name__ == "__main__":
    import json

    from mlflow.models import infer_signature

    found = {name: infer_signature(data, data).to_dict() for name, data in CASES.items()}
    found["parameters"] = infer_signature([1.0], params=PARAMETERS).to_dict()
    print(json.dumps(found))
