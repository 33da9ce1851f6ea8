"""Numbers are read from the bytes of a request as they are read the long way, and short predictions need no thread."""

from __future__ import annotations

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from sklearn.linear_model import LinearRegression

import flowmill
from flowmill.errors import FlowmillError
from flowmill.models import infer_signature
from flowmill.models.enforce import enforce_schema
from flowmill.models.formats import object_of, read_json, write_answer
from flowmill.models.pyfunc import load_model
from flowmill.models.quick_frames import QuickFrames
from flowmill.serving.predictor import JSON, Predictor
from flowmill.serving.quickness import LONGEST, Quickness
from flowmill.serving.turns import Turns

KINDS = {kind: infer_signature(pd.DataFrame({"b": [1], "a": [1]}, dtype=kind)).inputs for kind in
         ("int32", "int64", "float32", "float64")}  # fmt: skip

NUMBERS = some.one_of(
    some.integers(-5, 5), some.integers(-(2**70), 2**70), some.floats(allow_nan=False, width=32),
    some.sampled_from([2**31, 2**31 - 1, -(2**31), 2**63, 2**53 + 1, -(2**53), 1e300, -0.0]),
)  # fmt: skip
ODD = some.one_of(NUMBERS, NUMBERS, NUMBERS, some.sampled_from([None, True, "1", [1], {}, float("nan"), float("inf")]))


@some.composite
def bodies(draw: Any) -> bytes:
    """Requests that fit nearly always, in every form."""
    rows = draw(some.lists(some.lists(ODD, min_size=2, max_size=2), max_size=3))
    if draw(some.integers(0, 9)) == 0:
        rows.append(draw(some.lists(NUMBERS, max_size=3)))
    names = draw(some.sampled_from([["b", "a"], ["a", "b"], ["b", "b"], ["b"], ["b", "c"], ["b", "a", "c"]]))
    records = [dict(zip(names, row, strict=False)) for row in rows]
    form = draw(some.sampled_from(["split", "index", "dataframe_records", "instances", "inputs", "columns"]))
    body: dict[str, Any] = {form: records}
    if form == "split":
        body = {"dataframe_split": {"columns": names, "data": rows}}
    elif form == "index":
        body = {"dataframe_split": {"columns": names, "data": rows, "index": list(range(draw(some.integers(0, 3))))}}
    elif form == "columns":
        body = {"inputs": {name: [row[place] for row in rows if len(row) > place] for place, name in enumerate(names)}}
    if draw(some.integers(0, 9)) == 0:
        body["params"] = {}
    return json.dumps(body).encode()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@settings(max_examples=400, deadline=None)
@given(bodies(), some.sampled_from(list(KINDS)))
def test_numbers_are_those_of_the_long_way(body: bytes, kind: str) -> None:
    schema = KINDS[kind]
    assert schema is not None
    quick = QuickFrames(schema)
    array = quick.read(body)
    if array is None:
        return
    expected = enforce_schema(read_json(body, schema)[0], schema)
    assert array.dtype == kind and array.flags.f_contiguous
    pd.testing.assert_frame_equal(quick.frame(array), expected, check_index_type=False)
    # The two quick ways meet in a batch.
    columns = quick.columns_of(object_of(body))
    if columns is not None:
        np.testing.assert_array_equal(quick.joined([array, columns]), np.concatenate([array, array]))


@pytest.mark.parametrize("kind", list(KINDS))
def test_what_fits_is_read_from_the_bytes(kind: str) -> None:
    quick = QuickFrames(KINDS[kind])
    for body in (
        {"dataframe_split": {"columns": ["a", "b"], "data": [[1, 2], [3, 4]]}},
        {"dataframe_split": {"columns": ["b", "a"], "data": [[2, 1], [4, 3]], "index": [0, 1]}},
        {"dataframe_records": [{"a": 1, "b": 2, "more": 0}, {"b": 4, "a": 3}]},
        {"inputs": {"a": [1, 3], "b": [2, 4]}},
        {"instances": [{"a": 1, "b": 2}, {"a": 3, "b": 4}]},
    ):
        found = quick.read(json.dumps(body).encode())
        assert found is not None and found.tolist() == [[2, 1], [4, 3]]
    for other in ({}, {"inputs": []}, {"inputs": {}}, {"instances": None}, {"inputs": {"a": [], "b": []}}):
        assert quick.read(json.dumps(other).encode()) is None


@pytest.fixture
def predictor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Predictor:
    """A linear model of two whole numbers of 32 bits."""
    monkeypatch.setenv("FLOWMILL_CONFIG_DIR", str(tmp_path / "config"))
    frame = pd.DataFrame({"a": [1, 2, 3], "b": [1, 0, 1]}, dtype="int32")
    model = LinearRegression().fit(frame, [1.0, 2.0, 3.0])
    flowmill.sklearn.save_model(model, tmp_path / "model", signature=infer_signature(frame))
    return Predictor(load_model(str(tmp_path / "model")), Turns(1, 10, 60))


def test_short_predictions_are_made_at_once(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    in_threads: list[Any] = []
    run = predictor.turns.run

    async def counted(work: Any) -> Any:
        in_threads.append(work)
        return await run(work)

    monkeypatch.setattr(predictor.turns, "run", counted)
    body = b'{"dataframe_records": [{"a": 4, "b": 1}]}'
    wide = b'{"dataframe_records": [{"a": 99999999999, "b": 1}]}'

    async def ask() -> list[str]:
        answers = [await predictor.answer(JSON, body) for _ in range(20)]
        with pytest.raises(FlowmillError, match="column 'a'"):
            await predictor.answer(JSON, wide)
        with pytest.raises(FlowmillError, match=r"column 'b' .* is missing"):
            await predictor.answer(JSON, b'{"dataframe_records": [{"a": 4}]}')
        return answers

    with ThreadPoolExecutor(1) as thread:  # this one may have a loop of a browser's
        answers = thread.submit(lambda: asyncio.run(ask())).result()
    assert set(answers) == {predictor._answer(JSON, body)}
    assert len(in_threads) < 20  # the first of a size is measured in a thread, and what does not fit is read there


def test_long_predictions_are_not() -> None:
    quickness = Quickness(True)
    assert not quickness.suffices(1)
    with quickness.measured(1):
        pass
    assert quickness.suffices(1) and not quickness.suffices(2)
    with quickness.measured(3):
        end = time.thread_time() + LONGEST
        while time.thread_time() < end:
            pass
    assert quickness.is_known and not quickness.suffices(2)
    other = Quickness(False)
    with other.measured(1):
        pass
    assert not other.is_known and not other.suffices(1)


@given(some.lists(some.lists(some.integers(-(2**63), 2**63 - 1), min_size=2, max_size=2), max_size=4))
def test_whole_numbers_are_written_as_ever(rows: list[list[int]]) -> None:
    array = np.array(rows, dtype="int64")
    assert write_answer(array) == json.dumps({"predictions": array.tolist()})
    assert write_answer(array.astype("uint8")) == json.dumps({"predictions": array.astype("uint8").tolist()})
