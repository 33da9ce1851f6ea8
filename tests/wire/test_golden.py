"""The wire, held to recordings of real traffic.

A scenario is replayed in its order against a fresh server; each golden file is then a test of its own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from flowmill.wire.contract import OPERATIONS
from tests.peer.server import flowmill_server
from tests.wire.differences import DIFFERENCES, Difference, difference_of
from tests.wire.golden_files import Golden, read_goldens
from tests.wire.replay import Answer, Replay

GOLDENS = read_goldens()
Outcomes = dict[str, list[str]]


@pytest.fixture(scope="module")
def outcomes() -> Iterator[Outcomes]:
    """What is wrong with each golden file's answer, after every scenario was replayed in order."""
    found: Outcomes = {}
    for scenario in sorted({golden.scenario for golden in GOLDENS}):
        with tempfile.TemporaryDirectory() as folder, flowmill_server(Path(folder)) as address:
            replay = Replay(address)
            for golden in GOLDENS:
                if golden.scenario == scenario:
                    answer = replay.ask(golden)
                    expected_difference = difference_of(golden.name)
                    if expected_difference is None:
                        found[golden.name] = replay.differences(golden, answer)
                    else:
                        found[golden.name] = list(_own(expected_difference, answer))
                    replay.learn(golden, answer)
    yield found


def _own(difference: Difference, answer: Answer) -> Iterator[str]:
    if difference.status is not None and answer.status != difference.status:
        yield f"status {answer.status}, ours should be {difference.status}: {answer.body[:200]!r}"
    value = answer.value
    if difference.code is not None and (not isinstance(value, dict) or value.get("error_code") != difference.code):
        yield f"answer {answer.body[:200]!r}, its code should be {difference.code}"
    if answer.status >= 500:
        yield f"status {answer.status}: {answer.body[:200]!r}"


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.name)
def test_answers_like_mlflow(golden: Golden, outcomes: Outcomes) -> None:
    assert not outcomes[golden.name], "\n".join(outcomes[golden.name])


def test_every_operation_has_a_golden_file() -> None:
    """An operation of MLflow's contract that nobody recorded is an operation that nobody knows to be right."""
    recorded = {golden.operation for golden in GOLDENS}
    missing = [
        f"{method} {path}"
        for operation in OPERATIONS.values()
        for method in operation.methods
        for path in operation.paths
        # MLflow's own server does not answer at the paths with a slash less.
        if not path.startswith(("flowmill/", "2.0mlflow/"))
        and f"{method} {path.removeprefix('2.0/mlflow/').removeprefix('2.0/')}" not in recorded
    ]
    assert not missing, f"Record these with `python -m tests.wire.record`: {missing}"


def test_every_deliberate_difference_is_about_something() -> None:
    names = [golden.name for golden in GOLDENS]
    idle = [each.golden for each in DIFFERENCES if not any(difference_of(name) is each for name in names)]
    assert not idle, f"No golden file is covered by {idle}"
