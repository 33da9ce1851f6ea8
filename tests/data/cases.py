"""Frames and arrays of every kind, and what MLflow's API says of them; also a script for the real MLflow."""

from __future__ import annotations

import datetime
import decimal
import json
import warnings
from typing import Any

import mlflow.data
import numpy as np
import pandas as pd
from mlflow.data.evaluation_dataset import EvaluationDataset

_TIMES = pd.to_datetime(["2020-01-01", "2021-01-01"])
_TWO_BY_TWO = np.arange(4.0).reshape(2, 2)

FRAMES: dict[str, pd.DataFrame] = {
    name: pd.DataFrame(columns)
    for name, columns in {
        "integers": {"a": [1, 2]},
        "small integers": {"a": np.array([1, 2], dtype="int8")},
        "gaps": {"a": [1.5, np.nan], "b": [0.0, -0.0], "c": [np.inf, -np.inf]},
        "texts": {"s": ["x", "y"], "ä ü": ["é", "\U0001f600"]},
        "texts as objects": {"s": pd.Series(["x", "y"], dtype=object)},
        "texts with gaps": {"s": ["x", None], "o": pd.Series(["x", None], dtype=object)},
        "mixed": {"s": pd.Series(["x", 1], dtype=object), "a": [1, 2]},
        "lists": {"s": [[1], [2, 3]], "n": [np.array([1, 2]), np.array([3])], "a": [1, 2]},
        "tuples": {"s": [(1, 2), (3, 4)], "x": ["a", "b"]},
        "times": {"d": _TIMES, "z": _TIMES.tz_localize("UTC"), "a": [1, 2]},
        "dates": {"d": [datetime.date(2020, 1, 1), datetime.date(2020, 1, 2)]},
        "durations": {"d": pd.to_timedelta([1, 2], unit="s"), "a": [1, 2]},
        "booleans": {"b": [True, False], "o": pd.Series([True, None], dtype=object)},
        "categories": {"c": pd.Categorical(["a", "b", "a"]), "z": [1, 2, 3]},
        "categories with gaps": {"c": pd.Categorical(["a", None, "a"]), "n": pd.Categorical([1, 2, 1])},
        "nullable": {"i": pd.array([1, None], dtype="Int64"), "b": pd.array([True, None], dtype="boolean")},
        "floats": {"f": np.array([1, 2], dtype="float32"), "u": np.array([1, 2], dtype="uint8")},
        "complex": {"i": np.array([1 + 2j, 2])},
        "unsigned": {"a": np.array([2**63], dtype="uint64")},
        "no rows": {"a": pd.Series([], dtype=float)},
        "decimals": {"a": [decimal.Decimal("1.5")]},
        "bytes": {"a": [b"x", b"y"]},
        "periods": {"a": pd.period_range("2020", "2021", freq="Y"), "i": pd.interval_range(0, 2)},
        "kinds of text": {
            "a": pd.array(["x", "y"], dtype="string"),
            "b": pd.Series([np.str_("x"), np.str_("y")], dtype=object),
        },
        "nothing": {"a": pd.Series([None, None], dtype=object), "i": pd.Series([1, 2], dtype=object)},
        "order": {"z": [1, 2], "a": ["x", "y"], "m": [1.0, 2.0]},
        "mixed names": {1: [1, 2], "b": ["x", "y"]},
        "long": {"a": np.arange(10_001)},
        "as long": {"a": np.r_[np.arange(10_000), 5]},
        "a text at the end": {"a": ["x"] * 10_000 + [1], "b": 1.0},
    }.items()
} | {
    "empty": pd.DataFrame(),
    "only rows": pd.DataFrame(index=[1, 2, 3]),
    "index": pd.DataFrame({"a": [1, 2]}, index=pd.Index(["x", "y"], name="q")),
    "two indexes": pd.DataFrame({"a": [1, 2]}, index=pd.MultiIndex.from_tuples([(1, "a"), (2, "b")])),
    "names twice": pd.DataFrame(_TWO_BY_TWO, columns=["a", "a"]),
    "numbers as names": pd.DataFrame(_TWO_BY_TWO),
    "tuples as names": pd.DataFrame(_TWO_BY_TWO, columns=pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")])),
}

_ROWS = np.arange(6.0).reshape(2, 3)
ARRAYS: dict[str, tuple[Any, Any]] = {
    "rows": (_ROWS, None),
    "labels": (_ROWS, np.arange(2)),
    "other shape": (_ROWS.reshape(3, 2), None),
    "columns first": (np.asfortranarray(_ROWS), None),
    "steps": (np.arange(12.0).reshape(3, 4)[:, ::2], None),
    "bytes of a number": (np.arange(6, dtype="int8"), None),
    "texts": (np.array(["a", "bc"]), None),
    "bytes": (np.array([b"a", b"bc"]), None),
    "objects": (np.array(["a", None, 1], dtype=object), None),
    "lists": (np.array([[1], [2, 3]], dtype=object), None),
    "booleans": (np.array([True, False]), None),
    "complex": (np.array([1 + 2j]), None),
    "days": (np.array(["2020-01-01"], dtype="datetime64[D]"), None),
    "durations": (np.array([5], dtype="timedelta64[s]"), None),
    "half": (np.arange(3, dtype="float16"), None),
    "gaps": (np.array([np.nan, 1.0]), None),
    "empty": (np.array([]), None),
    "no rows": (np.zeros((0, 3)), None),
    "one number": (np.array(3.0), None),
    "masked": (np.ma.array([1.0, 2.0], mask=[0, 1]), None),
    "long": (np.arange(20_000), None),
    "as long": (np.r_[np.arange(10_000), np.zeros(10_000, dtype=int)], None),
    "named": ({"v": np.arange(2), "u": _ROWS}, {"t": np.arange(2)}),
    "named in order": ({"u": _ROWS, "v": np.arange(2)}, np.arange(2)),
}


def facts() -> dict[str, Any]:
    """What a dataset of each says of itself."""
    found: dict[str, Any] = {}
    for name, frame in FRAMES.items():
        found[f"frame: {name}"] = mlflow.data.from_pandas(frame, source="/data").to_dict()
        found[f"hash: {name}"] = EvaluationDataset(frame).hash
    for name, (features, targets) in ARRAYS.items():
        found[f"array: {name}"] = mlflow.data.from_numpy(features, "/data", targets).to_dict()
    for size in (9, 10, 11, 1000):
        rows = np.arange(2.0 * size).reshape(size, 2)
        found[f"hash of {size} rows"] = EvaluationDataset(rows, targets=np.arange(size)).hash
    return found


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps(facts()))
