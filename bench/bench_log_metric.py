"""What does a log_metric call cost a training loop that stores in a local folder?"""

from __future__ import annotations

from pathlib import Path

from bench.sides import Question, Sample, Side, reported

CALLS = 500
CODE = """
import time
import {module} as mlflow
mlflow.set_tracking_uri({store!r})
with mlflow.start_run():
    mlflow.log_metric("warm", 0)
    wall, cpu = time.perf_counter(), time.process_time()
    for step in range({calls}):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
print(wall / {calls}, cpu / {calls})
"""


def measure(side: Side, folder: Path) -> Sample:
    """The mean of one call."""
    return reported(side, CODE.format(module=side.module, store=side.local_store(folder), calls=CALLS), folder)


QUESTION = Question(
    asks=f"one log_metric call, mean of {CALLS}, SQLite in a local folder",
    measure=measure,
    target="5 µs (0.005 ms) when it goes through the spool",
    rounds=3,
)
