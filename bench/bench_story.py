"""How long does a beginner's whole script take, talking to a server?"""

from __future__ import annotations

from pathlib import Path

from tests.peer.server import free_port, server_process

from bench.sides import Question, Sample, Side, timed

CODE = """
import {module} as mlflow
import {module}.sklearn, {module}.pyfunc
from {module}.models import infer_signature
from sklearn import datasets
from sklearn.linear_model import LogisticRegression

mlflow.set_tracking_uri({address!r})
mlflow.set_experiment("MLFLOW Quickstart")
X, y = datasets.load_iris(return_X_y=True)
for max_iter in (1000, 5):
    params = dict(solver="lbfgs", max_iter=max_iter, random_state=8888)
    lr = LogisticRegression(**params).fit(X, y)
    with mlflow.start_run():
        mlflow.log_params(params)
        mlflow.log_metric("accuracy", lr.score(X, y))
        mlflow.set_tag("Training Info", "Basic LR model for iris data")
        info = mlflow.sklearn.log_model(
            sk_model=lr, name="iris_model", signature=infer_signature(X, lr.predict(X)),
            input_example=X, registered_model_name="tracking-quickstart",
        )
mlflow.pyfunc.load_model(info.model_uri).predict(X)
mlflow.sklearn.load_model("models:/tracking-quickstart/latest")
"""


def measure(side: Side, folder: Path) -> Sample:
    """Two runs with a registered model each, then two loads; the client's process, import included."""
    port = free_port()
    command = side.server_command(port, folder)
    with server_process(command, port=port, folder=folder, settings=side.settings(folder)) as address:
        code = CODE.format(module=side.module, address=address)
        return timed([side.python, "-c", code], folder, side.settings(folder))


QUESTION = Question(
    asks="the story's script against a server: two runs, two registered models, two loads; the client's process",
    measure=measure,
    target="2 s",
    rounds=3,
)
