"""`infer_signature`, and the schemas it is made of."""

from __future__ import annotations

import dataclasses
import datetime
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flowmill
from flowmill.errors import FlowmillError, Invalid
from flowmill.models import ModelSignature, infer_signature
from flowmill.models.datatypes import AnyType, Array, DataType, Map, Object, Property, ValueType
from flowmill.models.params import ParamSchema, ParamSpec, enforce_params
from flowmill.models.schema import ColSpec, Schema, TensorSpec
from tests.models import signature_cases
from tests.peer.peer import Peer


@pytest.mark.peer
def test_signatures_are_those_of_mlflow(peer: Peer, tmp_path: Path) -> None:
    theirs = json.loads(peer.run(Path(signature_cases.__file__), folder=tmp_path).splitlines()[-1])
    ours = {name: infer_signature(data, data).to_dict() for name, data in signature_cases.CASES.items()}
    ours["parameters"] = infer_signature([1.0], params=signature_cases.PARAMETERS).to_dict()
    assert ours == theirs


def test_the_signature_of_arrays() -> None:
    signature = infer_signature(np.zeros((5, 4)), np.array([1, 2]))
    assert repr(signature) == (
        "inputs: \n  [Tensor('float64', (-1, 4))]\noutputs: \n  [Tensor('int64', (-1,))]\nparams: \n  None\n"
    )
    assert ModelSignature.from_dict(signature.to_dict()) == signature


def test_a_dataclass_is_a_schema() -> None:
    signature = ModelSignature(inputs=_flower())
    assert repr(signature.inputs) == (
        "['sepal': double (required), 'kind': string (optional), 'petals': Array(double) (required)]"
    )


def _flower() -> type:
    return dataclasses.make_dataclass("Flower", [("sepal", float), ("kind", str | None), ("petals", list[float])])


def test_what_a_signature_refuses() -> None:
    with pytest.raises(ValueError, match="all three are missing"):
        ModelSignature()
    with pytest.raises(TypeError, match="must be a Schema or a dataclass"):
        ModelSignature(inputs=[1])
    with pytest.raises(Invalid, match="cannot be read"):
        ModelSignature.from_dict({"inputs": "[{]"})


TYPES: st.SearchStrategy[ValueType] = st.recursive(
    st.one_of(st.sampled_from(list(DataType)), st.just(AnyType())),
    lambda inner: st.one_of(
        inner.map(Array),
        inner.map(Map),
        st.dictionaries(st.text(min_size=1, max_size=4), st.tuples(inner, st.booleans()), min_size=1, max_size=3).map(
            lambda members: Object([Property(name, kind, need) for name, (kind, need) in members.items()])
        ),
    ),
    max_leaves=4,
)


@given(st.dictionaries(st.text(min_size=1), st.tuples(TYPES, st.booleans()), min_size=1, max_size=4))
def test_columns_survive_json(columns: dict[str, tuple[ValueType, bool]]) -> None:
    schema = Schema([ColSpec(kind, name, required) for name, (kind, required) in columns.items()])
    assert Schema.from_json(schema.to_json()) == schema


@given(
    st.sampled_from(["f4", "f8", "i8", "u1", "bool", "str", "bytes", "O", "datetime64[ns]"]),
    st.lists(st.integers(-1, 9), max_size=4),
)
def test_tensors_survive_json(dtype: str, shape: list[int]) -> None:
    schema = Schema([TensorSpec(np.dtype(dtype), tuple(shape), "x")])
    assert Schema.from_json(schema.to_json()) == schema


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=5),
        st.one_of(
            st.integers(-(2**63), 2**63 - 1),
            st.floats(allow_nan=False),
            st.text(),
            st.booleans(),
            st.datetimes(),
            st.lists(st.integers(-5, 5), min_size=1),
        ),
        min_size=1,
    )
)
def test_parameters_survive_json(values: dict[str, object]) -> None:
    params = infer_signature(params=values).params
    assert params is not None
    assert ParamSchema.from_json(params.to_json()) == params
    assert enforce_params(values, params) == values


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "at least one column"),
        ("{}", "a JSON list of objects"),
        ('[{"type": "bogus"}]', "Unsupported type 'bogus'"),
        ('[{"name": "a"}]', 'expected the key "type"'),
        ('[{"type": "array", "name": "a"}]', 'the key "items"'),
        ('[{"type": "tensor"}]', '"tensor-spec"'),
        ('[{"type": "tensor", "tensor-spec": {"dtype": "wide", "shape": [1]}}]', "'wide' is no numpy dtype"),
        ('[{"type": "long", "name": "a"}, {"type": "long"}]', "Either all columns"),
        ('[{"type": "long", "required": false}]', "cannot be optional"),
    ],
)
def test_a_broken_schema_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(FlowmillError, match=message):
        Schema.from_json(text)


def test_schemas_know_their_columns() -> None:
    schema = Schema([ColSpec("long", "a"), ColSpec("datetime", "b", required=False)])
    assert schema.input_names() == ["a", "b"]
    assert schema.required_input_names() == ["a"]
    assert schema.optional_input_names() == ["b"]
    assert schema.input_types_dict() == {"a": DataType.long, "b": DataType.datetime}
    assert [str(kind) for kind in schema.numpy_types()] == ["int64", "datetime64[ns]"]
    assert repr(schema) == "['a': long (required), 'b': datetime (optional)]"
    old = ColSpec.from_json_dict(type="long", name="a", optional=True)
    assert not old.required


@pytest.mark.parametrize(
    ("given_value", "spec", "expected"),
    [
        (1, ParamSpec("a", "double", 0.5), 1.0),
        (1.0, ParamSpec("a", "long", 1), 1),
        (np.float32(0.25), ParamSpec("a", "double", 0.5), 0.25),
        ([1, 2], ParamSpec("a", "double", [0.5], (-1,)), [1.0, 2.0]),
        ("2020-01-02T00:00:00", ParamSpec("a", "datetime", "2020-01-01T00:00:00"), datetime.datetime(2020, 1, 2)),
        (None, ParamSpec("a", "long", 1), None),
        ({"x": 2.0}, ParamSpec("a", Object([Property("x", "long")]), {"x": 1}), {"x": 2}),
    ],
)
def test_parameters_are_converted_without_loss(given_value: object, spec: ParamSpec, expected: object) -> None:
    assert enforce_params({"a": given_value}, ParamSchema([spec])) == {"a": expected}


def test_one_error_lists_every_wrong_parameter() -> None:
    params = ParamSchema([ParamSpec("a", "long", 1), ParamSpec("b", "string", "x"), ParamSpec("c", "long", [1], (-1,))])
    with pytest.raises(Invalid) as caught:
        enforce_params({"a": 1.5, "b": 1, "c": 2, "unknown": 0}, params)
    assert str(caught.value) == (
        "Parameter 'a' is 1.5: expected long (found 1.5 (float) instead of long). "
        "Parameter 'b' is 1: expected string (found 1 (int) instead of string). "
        "Parameter 'c' is 2: expected list of long (found int instead of a list)."
    )
    assert enforce_params({"unknown": 0}, params) == {"a": 1, "b": "x", "c": [1]}


def test_names_are_found_where_mlflow_has_them() -> None:
    assert flowmill.models.infer_signature is infer_signature
    assert flowmill.models.signature.ModelSignature is ModelSignature
