"""How long does a script take that opens a run and logs one metric to a folder?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.bench_import import bare_python
from bench.sides import Question, Sample, Side, timed

_SCRIPT = """
import {module} as mlflow

mlflow.set_tracking_uri({store!r})
with mlflow.start_run():
    mlflow.log_metric("loss", 1.0)
"""


def _measure(again: bool) -> Callable[[Side, Path], Sample]:
    def measure(side: Side, folder: Path) -> Sample:
        """The whole process; what it imports was read and compiled before, as on any day but the first."""
        store = side.local_store(folder / "store")
        (folder / "store").mkdir()
        command = [side.python, "-c", _SCRIPT.format(module=side.module, store=store)]
        if again:
            timed(command, folder, side.settings(folder))
        return timed(command, folder, side.settings(folder))

    return measure


def _question(asks: str, again: bool) -> Question:
    return Question(
        asks, _measure(again), target="150 ms of CPU", rounds=7 if again else 5, others={"baseline": bare_python}
    )


QUESTIONS = {
    "hello": _question("a script that logs one metric, to a folder with runs", again=True),
    "hello_first": _question("a script that logs one metric, to a new folder", again=False),
}
