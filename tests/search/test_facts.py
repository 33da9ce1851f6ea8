"""What MLflow 3.17.2 answered to filters and orders, recorded by asking it; null stands for a refusal.

Whatever it accepts, we accept with the same meaning. What it refuses, we refuse too, unless it is listed
here as a sensible question that we answer.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from flowmill.errors import Invalid
from flowmill.search.match import Record, matches
from flowmill.search.order import parse_order
from flowmill.search.parse import parse_filter
from flowmill.search.subjects import EXPERIMENTS, LOGGED_MODELS, MODEL_VERSIONS, REGISTERED_MODELS, RUNS

FACTS: dict[str, list[tuple[str, list[str] | None]]] = json.loads(
    (Path(__file__).parent / "facts.json").read_text("utf-8")
)
SUBJECTS = {
    "runs": RUNS,
    "experiments": EXPERIMENTS,
    "registered_models": REGISTERED_MODELS,
    "model_versions": MODEL_VERSIONS,
    "logged_models": LOGGED_MODELS,
}
DIFFERENT = {
    "tags.`odd key` = 'it''s'": "a doubled quote is one quote here; MLflow cannot ask for a text with both kinds",
    "tags.`odd key` = 'it\\'s'": "a backslash is a character like any other",
    "metrics. > 0.5": "an empty key names nothing",
    "status = 'PENDING'": "MLflow compares a logged model's status with a number, so nothing is ever found",
}
"""Accepted by MLflow, answered differently here, and why."""


def _run(number: int, name: str, status: str, lr: str, accuracy: float, end: int | None) -> Record:
    tags = {"mlflow.user": "ann", "Group": f"A{number % 2}", "odd key": "it's", "q": 'say "hi"', "pct": "50%_x"}
    return Record(
        attributes={
            "run_id": f"run-{number}",
            "run_name": name,
            "status": status,
            "user_id": "ann",
            "start_time": 1000 + number,
            "end_time": end,
            "artifact_uri": f"/folder/{number}/artifacts",
        },
        metrics={"acc": accuracy, "my metric": number, "a.b/c-d": number},
        params={"lr": lr, "a.b": "z"},
        tags={**tags, "mlflow.runName": name},
        datasets=[{"name": "iris", "digest": "d1", "context": "train"}] if number == 0 else [],
    )


def _attributes(name: str, **more: Any) -> dict[str, Any]:
    times = ("creation_time", "last_update_time", "creation_timestamp", "last_updated_timestamp")
    return {"name": name, **dict.fromkeys(times, 1_000), **more}


RECORDS: dict[str, dict[str, Record]] = {
    "runs": {
        "alpha": _run(0, "alpha", "FAILED", "0.1", 0.9, 2000),
        "Beta": _run(1, "Beta", "FINISHED", "0.20", math.nan, 2001),
        "gamma": _run(2, "gamma", "FINISHED", "abc", math.inf, 2002),
        "delta": _run(3, "delta", "RUNNING", "1e-1", 0.5, None),
    },
    "experiments": {
        "Default": Record(_attributes("Default", experiment_id="0")),
        "E1": Record(_attributes("E1", experiment_id="1"), tags={"team": "Red", "x y": "q"}),
    },
    "registered_models": {"m1": Record(_attributes("m1"), tags={"k": "v"}), "M2": Record(_attributes("M2"))},
    "model_versions": {
        "m11": Record(_attributes("m1", version_number=1, run_id="run-0", source_path="/store/a/x"), tags={"vt": "1"}),
        "M21": Record(_attributes("M2", version_number=1, run_id="run-1", source_path="/y")),
    },
    "logged_models": {
        "lm1": Record(
            _attributes("lm1", model_id="model-0", model_type="agent", status="PENDING", source_run_id="run-0",
                        experiment_id="1", artifact_location="/a"),
            metrics={"lacc": 0.7}, params={"p": "5"}, tags={"lt": "1"},
        ),
        "LM2": Record(
            _attributes("LM2", model_id="model-1", status="PENDING", experiment_id="1", artifact_location="/b")
        ),
    },
}  # fmt: skip


def _cases(wanted: bool) -> list[Any]:
    return [
        pytest.param(kind, text, found, id=f"{kind}-{text}")
        for kind in SUBJECTS
        for text, found in FACTS[kind]
        if (found is not None) == wanted and (not wanted or text not in DIFFERENT)
    ]


@pytest.mark.parametrize(("kind", "text", "found"), _cases(wanted=True))
def test_what_mlflow_finds_is_found(kind: str, text: str, found: list[str]) -> None:
    term = parse_filter(text, SUBJECTS[kind])
    assert term is not None
    assert {name for name, record in RECORDS[kind].items() if matches(term, record)} == set(found)


def _superset(text: str) -> bool:
    words = (" OR ", "NOT ", "(metrics", "BETWEEN", "IS NULL", "IS NOT NULL", " IN (", " in (")
    return any(word in text for word in words) or text in {
        "metrics.acc < +1",
        "params.lr = 0.1",
        "metrics.1 > 0",
        "params.in = 'x'",
    }


@pytest.mark.parametrize(("kind", "text", "found"), _cases(wanted=False))
def test_what_mlflow_refuses_is_refused_or_makes_sense(kind: str, text: str, found: None) -> None:
    other_spelling = text.partition(".")[0] in ("attribute", "attributes", "metric", "param", "tag")
    try:
        parse_filter(text, SUBJECTS[kind])
    except Invalid:
        return
    on_data = kind == "logged_models" and text.startswith("dataset.")  # what a model was measured on
    assert _superset(text) or (kind != "runs" and other_spelling) or on_data


@pytest.mark.parametrize("kind", SUBJECTS)
def test_orders_that_mlflow_takes_are_taken(kind: str) -> None:
    more = {"`run name`", "`Run Name`", "start_time asc ", "  start_time  DESC", "creation_timestamp", "tags.vt",
            "tags.k", "tags.team", "tags.lt", "params.p", "attributes.name", "metric.lacc"}  # fmt: skip
    for text, found in FACTS[f"{kind}_order"]:
        try:
            parse_order(text, SUBJECTS[kind])
        except Invalid as refusal:
            assert found is None, refusal
        else:
            assert found is not None or text in more, text
