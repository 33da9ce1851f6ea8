"""What `predict` accepts, converts and refuses."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import sparse

from flowmill.errors import Invalid
from flowmill.models.datatypes import AnyType, Array, DataType
from flowmill.models.enforce import enforce_schema
from flowmill.models.infer import infer_schema
from flowmill.models.schema import ColSpec, Schema, TensorSpec


def columns(**kinds: str) -> Schema:
    return Schema([ColSpec(kind.rstrip("?"), name, not kind.endswith("?")) for name, kind in kinds.items()])


FRAMES = {
    "integers": pd.DataFrame({"a": [1, 2], "b": np.array([1, 2], "int8"), "c": np.array([1, 2], "uint32")}),
    "unsigned 64": pd.DataFrame({"a": np.array([1, 2], "uint64")}),
    "large unsigned 64": pd.DataFrame({"a": np.array([1, 2**63], "uint64")}),
    "floats": pd.DataFrame({"a": [0.1, np.nan], "b": np.array([0.1, np.inf], "float32")}),
    "half": pd.DataFrame({"a": np.array([1.5, 2], "float16")}),
    "nullable": pd.DataFrame(
        {
            "i": pd.array([1, pd.NA], dtype="Int64"),
            "i8": pd.array([1, pd.NA], dtype="Int8"),
            "f": pd.array([1.5, pd.NA], dtype="Float64"),
            "b": pd.array([True, pd.NA], dtype="boolean"),
            "s": pd.array(["x", pd.NA], dtype="string"),
        }
    ),
    "nullable without gaps": pd.DataFrame({"i": pd.array([1, 2], dtype="Int64")}),
    "categories": pd.DataFrame(
        {"c": pd.Categorical(["u", "v"]), "n": pd.Categorical([1, 2]), "g": pd.Categorical(["u", None])}
    ),
    "times": pd.DataFrame(
        {
            "t": pd.to_datetime(["2020-01-01", None]),
            "z": pd.to_datetime(["2020-01-01", "2021-01-01"], utc=True),
        }
    ),
    "text": pd.DataFrame({"s": ["a", None], "b": [b"x", b"y"], "t": [True, False]}),
    "objects": pd.DataFrame(
        {
            "o": pd.Series([True, None], dtype=object),
            "n": pd.Series([1, None], dtype=object),
            "m": pd.Series([1, "a"], dtype=object),
            "l": [[1], [2, 3]],
            "d": [{"a": 1}, {"a": 2, "b": [1.5]}],
            "e": [None, None],
        }
    ),
    "durations": pd.DataFrame({"t": pd.to_timedelta([1, 2])}),
    "numbered columns": pd.DataFrame(np.eye(2)),
    "two levels": pd.DataFrame(np.eye(2), columns=pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")])),
    "same name twice": pd.DataFrame(np.eye(2), columns=["a", "a"]),
    "empty": pd.DataFrame({"a": []}),
    "sparse": pd.DataFrame({"a": pd.arrays.SparseArray([0.0, 1.0])}),
    "own index": pd.DataFrame({"a": [1, 2]}, index=["x", "y"]),
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_a_frame_fits_the_schema_inferred_from_it(frame: pd.DataFrame) -> None:
    schema = infer_schema(frame)
    enforced = enforce_schema(frame, schema)
    pd.testing.assert_frame_equal(enforced, frame, check_dtype=False, check_exact=True)
    assert Schema.from_json(schema.to_json()) == schema


TWO_TENSORS = Schema([TensorSpec(np.dtype("f8"), (-1,), name) for name in "ab"])


@settings(deadline=None, max_examples=150)
@given(
    st.dictionaries(
        st.text(min_size=1, max_size=5),
        st.sampled_from(["int8", "uint16", "int64", "uint64", "float32", "float64", "bool", "U3", "datetime64[ns]"]),
        min_size=1,
        max_size=4,
    ),
    st.data(),
)
def test_any_frame_fits_the_schema_inferred_from_it(kinds: dict[str, str], data: st.DataObject) -> None:
    # pandas refuses halves of characters itself.
    texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=3)
    frame = pd.DataFrame(
        {name: data.draw(hnp.arrays(kind, 3, elements=texts if kind == "U3" else None)) for name, kind in kinds.items()}
    )
    schema = infer_schema(frame)
    pd.testing.assert_frame_equal(enforce_schema(frame, schema), frame, check_dtype=False)
    assert Schema.from_json(schema.to_json()) == schema


@settings(deadline=None, max_examples=100)
@given(st.lists(st.one_of(st.none(), st.integers(-5, 2**53)), min_size=1), st.sampled_from(["Int64", "object"]))
def test_nullable_integers_fit(values: list[int | None], dtype: str) -> None:
    frame = pd.DataFrame({"a": pd.Series(values, dtype=dtype)})
    enforced = enforce_schema(frame, infer_schema(frame))
    kept = [None if pd.isna(value) else value for value in enforced["a"]]
    if dtype == "Int64" or None not in values:
        assert kept == values
    else:
        assert kept == [None if value is None else float(value) for value in values]


@settings(deadline=None, max_examples=100)
@given(hnp.arrays(st.sampled_from(["f4", "f8", "i4", "u1", "bool"]), hnp.array_shapes(max_dims=3)))
def test_any_array_fits_the_schema_inferred_from_it(array: np.ndarray) -> None:
    assert enforce_schema(array, infer_schema(array)) is array


@pytest.mark.parametrize(
    ("schema", "given_data", "expected"),
    [
        (columns(a="double", b="long"), pd.DataFrame({"b": [2], "a": [1], "z": [0]}), {"a": [1.0], "b": [2]}),
        (columns(a="long"), pd.DataFrame({"a": [1.0, 2.0]}), {"a": [1, 2]}),
        (columns(a="float"), pd.DataFrame({"a": [1.0, 0.5]}), {"a": [1.0, 0.5]}),
        (columns(a="float", i="integer"), pd.DataFrame({"a": [1], "i": [5]}), {"a": [1.0], "i": [5]}),
        (columns(a="double"), {"a": [1.0, 2.0]}, {"a": [1.0, 2.0]}),
        (columns(a="double", b="string"), {"a": 1.0, "b": "x"}, {"a": [1.0], "b": ["x"]}),
        (columns(a="double"), [{"a": 1.0}, {"a": 2.0}], {"a": [1.0, 2.0]}),
        (columns(a="double?", b="long"), pd.DataFrame({"b": [1]}), {"b": [1]}),
        (columns(d="datetime"), pd.DataFrame({"d": ["2020-01-02"]}), {"d": [pd.Timestamp("2020-01-02")]}),
        (Schema([ColSpec("string")]), ["a", "b"], {0: ["a", "b"]}),
        (Schema([ColSpec("string")]), "a", {0: ["a"]}),
        (Schema([ColSpec("double"), ColSpec("double")]), [[1, 2]], {0: [1.0], 1: [2.0]}),
        (Schema([ColSpec(Array("long"), "a")]), {"a": [1, 2]}, {"a": [[1, 2]]}),
        (Schema([ColSpec(Array("double"), "a")]), pd.DataFrame({"a": [[1, 2.5]]}), {"a": [[1.0, 2.5]]}),
        (Schema([ColSpec("double", 0), ColSpec("double", 1)]), np.eye(2), {0: [1.0, 0.0], 1: [0.0, 1.0]}),
        (Schema([ColSpec("double", 0)]), pd.DataFrame({"0": [1.0]}), {0: [1.0]}),
        (Schema([ColSpec(AnyType())]), [1, "a"], {0: [1, "a"]}),
    ],
)  # fmt: skip
def test_lossless_conversions_pass(schema: Schema, given_data: object, expected: dict[object, list[object]]) -> None:
    assert enforce_schema(given_data, schema).to_dict("list") == expected


def test_a_missing_integer_stays_missing() -> None:
    enforced = enforce_schema(pd.DataFrame({"a": [1.0, np.nan]}), columns(a="long?"))
    assert enforced["a"].dtype == "Int64"
    assert enforced["a"].isna().tolist() == [False, True]


def test_one_error_lists_every_column() -> None:
    schema = columns(a="double", b="long", c="string", d="datetime", e="boolean", f="integer")
    frame = pd.DataFrame({"a": ["x"], "b": [2.5], "c": [1], "d": ["yesterday"], "f": [2**40]})
    with pytest.raises(Invalid) as caught:
        enforce_schema(frame, schema)
    assert str(caught.value) == (
        "The input does not fit the model's signature: "
        "column 'a': expected double, found 'x' (str) in row 0; "
        "column 'b': expected long, found 2.5 (float64); "
        "column 'c': expected string, found 1 (int) in row 0; "
        "column 'd': expected datetime in ISO 8601, found 'yesterday' (str) in row 0; "
        "column 'e' (boolean) is missing; "
        "column 'f': expected integer, found values out of its range (int64)."
    )


@pytest.mark.parametrize(
    ("schema", "given_data", "message"),
    [
        (columns(a="long"), pd.DataFrame({"a": pd.array([None], dtype="Int64")}), "no value in 1 of 1 rows"),
        (columns(a="float"), pd.DataFrame({"a": [0.1]}), "values that float32 cannot hold"),
        (columns(a="double"), pd.DataFrame({"a": [2**53 + 1]}), "values that float64 cannot hold"),
        (columns(a="boolean"), pd.DataFrame({"a": [1]}), "expected boolean, found 1 (int)"),
        (columns(a="long"), pd.DataFrame({"a": [True]}), "expected long"),
        (columns(a="double", b="double"), np.eye(2), "columns that the signature does not know: [0, 1]"),
        (columns(a="double"), sparse.csr_matrix(np.eye(2)), "sparse matrix"),
        (columns(a="double", b="double"), {"a": [1.0], "b": [1.0, 2.0]}, "different lengths"),
        (Schema([ColSpec("double")]), np.eye(2), "expected 1 columns, found 2"),
        (Schema([ColSpec(Array("long"), "a")]), {"a": [1.5]}, "column 'a': expected long, found 1.5 (float)"),
        (Schema([TensorSpec(np.dtype("f8"), (-1, 2))]), np.zeros((1, 3)), "found shape (1, 3)"),
        (Schema([TensorSpec(np.dtype("f8"), (-1, 2))]), [[1, 2], [3]], "lists of different lengths"),
        (Schema([TensorSpec(np.dtype("f8"), (-1, 2))]), np.array([["a", "b"]]), "found <U1"),
        (Schema([TensorSpec(np.dtype("i8"), (-1,))]), np.array([1.5]), "values that int64 cannot hold"),
        (TWO_TENSORS, {"a": [1.0]}, "tensor 'b' is missing"),
    ],
)  # fmt: skip
def test_what_cannot_be_converted_is_refused(schema: Schema, given_data: object, message: str) -> None:
    with pytest.raises(Invalid, match=re.escape(message)):
        enforce_schema(given_data, schema)


@pytest.mark.parametrize(
    ("spec", "given_data"),
    [
        (TensorSpec(np.dtype("f8"), (-1, 2)), np.eye(2, dtype="f4")),
        (TensorSpec(np.dtype("f8"), (-1, 2)), np.eye(2, dtype=int)),
        (TensorSpec(np.dtype("f8"), (-1, 2)), [[1, 0], [0.0, 1]]),
        (TensorSpec(np.dtype("f4"), (-1, 2)), [[1, 0], [0.0, 1]]),
        (TensorSpec(np.dtype("f4"), (-1, 2)), np.eye(2)),
        (TensorSpec(np.dtype("f8"), (-1, 2)), pd.DataFrame({"a": [1, 0], "b": [0, 1]})),
    ],
)
def test_tensors_are_converted_without_loss(spec: TensorSpec, given_data: object) -> None:
    tensor = enforce_schema(given_data, Schema([spec]))
    assert tensor.dtype == spec.type
    assert tensor.tolist() == [[1, 0], [0, 1]]


def test_a_sparse_matrix_stays_sparse() -> None:
    matrix = sparse.csr_matrix(np.eye(2))
    assert enforce_schema(matrix, infer_schema(matrix)) is matrix
    converted = enforce_schema(sparse.csr_matrix(np.eye(2, dtype="f4")), infer_schema(matrix))
    assert sparse.issparse(converted)
    assert converted.dtype == np.float64


def test_named_tensors_come_from_dicts_and_frames() -> None:
    schema = Schema([TensorSpec(np.dtype("f8"), (-1, 2), "a"), TensorSpec(np.dtype("i8"), (-1,), "b")])
    for given_data in ({"a": [[1.0, 2.0]], "b": [1]}, pd.DataFrame({"a": [[1.0, 2.0]], "b": [1]})):
        tensors = enforce_schema(given_data, schema)
        assert tensors["a"].tolist() == [[1.0, 2.0]]
        assert tensors["b"].tolist() == [1]


def test_data_types_know_their_kin() -> None:
    assert DataType.from_numpy_type(np.dtype("int64")) is DataType.long
    assert DataType.check_type(DataType.long, np.int64(1))
    assert not DataType.check_type(DataType.long, True)
