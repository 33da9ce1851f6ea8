"""Requests and answers are those of MLflow's scoring server: what the real one answered is recorded."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.serving.record import ASKED, RECORDED, ask

RECORD: dict[str, dict[str, Any]] = json.loads(RECORDED.read_text(encoding="utf-8"))

FITS_NOT = "SCHEMA_ENFORCEMENT_FAILED"
_ALL_COLUMNS = "one error of one kind names everything that does not fit the signature, wherever it is noticed"
_LOSS = "MLflow changes the number without a word; a model should never be asked something else than the client said"

REFUSED: dict[tuple[str, str], str] = {
    ("table", "wrong type"): _ALL_COLUMNS,
    ("echo tensor", "texts"): _ALL_COLUMNS,
    ("echo lists", "wrong"): _ALL_COLUMNS,
    ("echo kinds", "half for long"): _LOSS,
    ("echo kinds", "large for integer"): _LOSS,
    (
        "echo kinds",
        "number for text",
    ): "the signature says text, and a model that was trained on text fails on a number",
}
"""Where the signature refuses here, and why MLflow's answer is another."""

OTHER_CODE = {
    ("table", "params no object"): "the request cannot be read, as with every other part of the wrong type",
}
"""Refused by both, with another code."""

GIVES: dict[tuple[str, str], tuple[str, Any]] = {
    ("echo kinds", "csv"): (
        "MLflow cannot read a time from CSV",
        [["day", "datetime64", ["Timestamp: 2024-01-02 03:04:05"]]],
    ),
    ("echo kinds", "time with zone"): (
        "the time is the one that was sent",
        [["day", "datetime64", ["Timestamp: 2024-01-02 03:04:05+01:00"]]],
    ),
    **{
        ("echo kinds", label): (
            "JSON has no bytes, so they are base64 wherever they stand, as in dataframe_split",
            [["bytes", "object", ["bytes: b'abc'"]]],
        )
        for label in ("instances", "inputs", "inputs rows", "inputs object")
    },
}
"""Where the model gets something else: why, and the columns that differ."""

OWN_BODIES = {
    ("table", "wrong method"): "the same status; the body is an error like every other, and says what to do",
    ("table", "unknown path"): "the same status; the body is an error like every other, and says what to do",
}


@pytest.mark.parametrize(
    ("model", "label", "asked"),
    [pytest.param(model, label, asked, id=f"{model}-{label}") for model, all in ASKED.items() for label, *asked in all],
)
def test_answers_as_mlflow(served: Callable[[str], str], model: str, label: str, asked: list[Any]) -> None:
    """Equal answers are equal as JSON; refusals are equal in status and codes, and say it in words of their own."""
    theirs, ours = RECORD[model][label], ask(served(model), *asked)
    key = (model, label)
    if key in REFUSED:
        assert ours["status"] == 400
        assert json.loads(ours["body"])["error_class"] == FITS_NOT
        assert theirs["status"] == 200 or json.loads(theirs["body"])["error_class"] != FITS_NOT
        return
    if key in GIVES:
        assert ours["status"] == 200, ours["body"]
        columns = {name: (kind, values) for name, kind, values in json.loads(ours["body"])["predictions"]["frame"]}
        for name, kind, values in GIVES[key][1]:
            assert columns[name][0].startswith(kind) and columns[name][1] == values
        assert ours["body"] != theirs["body"]
        return
    assert (ours["status"], ours["type"]) == (theirs["status"], theirs["type"]), ours["body"]
    if theirs["type"] != "application/json" or theirs["status"] == 200:
        if theirs["status"] == 200 and "\n" not in theirs["body"] and label != "version":
            assert_same(json.loads(ours["body"]), json.loads(theirs["body"]))
        elif theirs["status"] == 200:
            assert ours["body"] == theirs["body"]
        return
    refusal, recorded = json.loads(ours["body"]), json.loads(theirs["body"])
    assert "Traceback" not in ours["body"] and "stack_trace" not in refusal and refusal["message"]
    if key not in OWN_BODIES | OTHER_CODE:
        codes = ("error_code", "sqlstate", "error_class")
        assert [refusal[code] for code in codes] == [recorded[code] for code in codes], refusal


def assert_same(ours: Any, theirs: Any) -> None:
    """Equal JSON; NaN is NaN, a time has the resolution that this pandas gives it, and 1 is 1."""
    texts = [json.dumps(each, sort_keys=True) for each in (ours, theirs)]
    for kind, plain in [(f"datetime64[{unit}]", "datetime64") for unit in ("ns", "us", "s")] + [("int64: ", "int: ")]:
        texts = [text.replace(kind, plain) for text in texts]
    assert texts[0] == texts[1]
