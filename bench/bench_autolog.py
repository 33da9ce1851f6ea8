"""What does autologging add to a fit of scikit-learn without the model: the first of a process, and later ones?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.sides import Question, Sample, Side, reported

_CODE = """
import os, time
import {module} as mlflow
import {module}.sklearn
from sklearn import datasets
from sklearn.linear_model import LogisticRegression

mlflow.set_tracking_uri({store!r})
X, y = datasets.load_iris(return_X_y=True)

def cpu():
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system

def measured(fits):
    wall, before = time.perf_counter(), cpu()
    for _ in range(fits):
        LogisticRegression(max_iter=1000).fit(X, y)
    wall = time.perf_counter() - wall
    mlflow.flush_async_logging()
    mlflow.flush_artifact_async_logging()
    return wall / fits, (cpu() - before) / fits

measured(3)
plain = measured(10)
mlflow.sklearn.autolog(log_models=False, silent=True)
first = measured(1)
later = measured(10)
print()
print({which}[0] - plain[0], {which}[1] - plain[1])
import sys; sys.stdout.flush(); os._exit(0)
"""


def _measure(which: str) -> Callable[[Side, Path], Sample]:
    def measure(side: Side, folder: Path) -> Sample:
        """Seconds of one fit, by the clock until it returns, and of CPU until all that it logs is stored."""
        code = _CODE.format(module=side.module, store=side.local_store(folder), which=which)
        return reported(side, code, folder)

    return measure


QUESTIONS = {
    "autolog_first": Question(
        "what autologging adds to the first fit of a process (iris, no model), local folder",
        _measure("first"),
        target="100 ms",
        rounds=5,
    ),
    "autolog": Question("what autologging adds to each fit after that", _measure("later"), target="10 ms", rounds=5),
}
