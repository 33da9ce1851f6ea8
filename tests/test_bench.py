"""The benches run and print what they promise; how fast things are is not a test's business."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.story.story import run_command

ROOT = Path(__file__).parents[1]


@pytest.mark.peer
def test_a_bench_shows_both_sides_and_the_ratio() -> None:
    done = run_command(sys.executable, "-m", "bench.run", "--rounds", "1", "import", folder=ROOT)
    assert done.returncode == 0, done.stderr
    for word in ("flowmill", "mlflow", "baseline", "target:", "ratio, MLflow to Flowmill:"):
        assert word in done.stdout


def test_an_unknown_bench_is_one_sentence() -> None:
    done = run_command(sys.executable, "-m", "bench.run", "flight", folder=ROOT)
    assert done.returncode == 2
    assert "There is no bench named flight; there are hello" in done.stderr
