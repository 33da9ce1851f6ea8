"""Models logged through servers: our client with the real server, the real client with ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import flowmill
from flowmill import session
from flowmill.models import infer_signature
from tests.peer.peer import Peer

pytestmark = pytest.mark.peer


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = flowmill.get_tracking_uri()
    monkeypatch.setattr(session, "_experiment", None)
    yield
    flowmill.set_tracking_uri(before)


ASK = """
import json, sys, mlflow
mlflow.set_tracking_uri(sys.argv[1])
answers = []
for uri in sys.argv[2:]:
    model = mlflow.pyfunc.load_model(uri)
    answers.append([model.predict(model.input_example[:5]).tolist(), model.model_id, model.metadata.run_id])
print(json.dumps(answers))
"""

LOG = """
import json, sys, mlflow
from mlflow.models import infer_signature
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
mlflow.set_tracking_uri(sys.argv[1])
X, y = load_iris(return_X_y=True)
lr = LogisticRegression(max_iter=500).fit(X, y)
with mlflow.start_run() as run:
    info = mlflow.sklearn.log_model(sk_model=lr, artifact_path="iris_model", input_example=X,
                                    signature=infer_signature(X, lr.predict(X)),
                                    registered_model_name="flowers", pip_requirements=["scikit-learn"])
print(json.dumps([info.model_uri, run.info.run_id, info.registered_model_version]))
"""


def test_our_models_on_a_real_server(
    peer: Peer, tmp_path: Path, iris: tuple[np.ndarray, np.ndarray], classifier: LogisticRegression
) -> None:
    measures, kinds = iris
    with peer.server(tmp_path) as address:
        flowmill.set_tracking_uri(address)
        flowmill.set_experiment("models")
        with flowmill.start_run() as run:
            info = flowmill.sklearn.log_model(
                classifier,
                name="iris_model",
                signature=infer_signature(measures, kinds),
                input_example=measures,
                registered_model_name="flowers",
            )
        in_run = f"runs:/{run.info.run_id}/iris_model"
        names = [info.model_uri, in_run, "models:/flowers/1", "models:/flowers/latest"]
        said = peer.run(ASK, address, *names, folder=tmp_path, seconds=120).splitlines()[-1]
        assert json.loads(said) == [[kinds[:5].tolist(), info.model_id, run.info.run_id]] * len(names)
        for name in names:
            model = flowmill.pyfunc.load_model(name)
            assert np.array_equal(model.predict(measures), classifier.predict(measures))
            assert model.model_id == info.model_id


def test_real_models_on_our_server(
    peer: Peer, server: str, tmp_path: Path, iris: tuple[np.ndarray, np.ndarray], classifier: LogisticRegression
) -> None:
    measures, _ = iris
    said = peer.run(LOG, server, folder=tmp_path, seconds=180).splitlines()[-1]
    uri, run_id, version = json.loads(said)
    assert int(version) == 1
    flowmill.set_tracking_uri(server)
    for name in (uri, f"runs:/{run_id}/iris_model", "models:/flowers/1", "models:/flowers/latest"):
        model = flowmill.pyfunc.load_model(name)
        assert np.array_equal(model.predict(measures), classifier.predict(measures))
        assert model.metadata.run_id == run_id
        assert f"models:/{model.model_id}" == uri
        assert np.array_equal(model.input_example, measures)
