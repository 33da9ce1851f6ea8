"""How long does the story's log_model take: iris, signature, input example?"""

from __future__ import annotations

from pathlib import Path

from bench.sides import Question, Sample, Side, reported

CODE = """
import os, time
import {module} as mlflow
import {module}.sklearn
from {module}.models import infer_signature
from sklearn import datasets
from sklearn.linear_model import LogisticRegression

mlflow.set_tracking_uri({store!r})
X, y = datasets.load_iris(return_X_y=True)
lr = LogisticRegression(max_iter=1000).fit(X, y)
with mlflow.start_run():
    mlflow.log_metric("accuracy", 1.0)
    signature = infer_signature(X, lr.predict(X))

    def cpu():
        used = os.times()
        return used.user + used.system + used.children_user + used.children_system

    wall, cpu_before = time.perf_counter(), cpu()
    mlflow.sklearn.log_model(lr, name="iris_model", signature=signature, input_example=X)
    print()
    print(time.perf_counter() - wall, cpu() - cpu_before)
    import sys; sys.stdout.flush(); os._exit(0)
"""


def measure(side: Side, folder: Path) -> Sample:
    """The first call in a process, imports of the library itself done; subprocesses count."""
    return reported(side, CODE.format(module=side.module, store=side.local_store(folder)), folder)


QUESTION = Question(
    asks="sklearn.log_model of iris with signature and input example, first call, local folder",
    measure=measure,
    target="150 ms",
    rounds=3,
)
