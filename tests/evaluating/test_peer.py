"""The real MLflow measures the same models and predictions: same names, same numbers, same files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.peer.peer import Peer

SCRIPT = """
import json, sys, warnings
warnings.simplefilter("ignore")
import numpy as np, pandas as pd
if sys.argv[1] == "flowmill":
    import flowmill
    flowmill.install_as_mlflow()
import mlflow
from mlflow.metrics import MetricValue
from mlflow.models import make_metric
from sklearn.datasets import make_classification, make_regression
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.svm import SVC

mlflow.set_tracking_uri(sys.argv[2])

def frame(X, y):
    return pd.DataFrame(X, columns=[f"f{i}" for i in range(X.shape[1])]).assign(y=y)

X, y = make_classification(200, 5, random_state=0)
XM, YM = make_classification(200, 8, n_informative=5, n_classes=4, random_state=0)
XR, YR = make_regression(200, 5, noise=3, random_state=0)
weights = np.linspace(0.1, 1, 200)
models = {
    "binary": (LogisticRegression(), frame(X, y), "classifier"),
    "multi": (LogisticRegression(), frame(XM, YM), "classifier"),
    "words": (LogisticRegression(), frame(XM, np.array(["a", "b", "c", "d"])[YM]), "classifier"),
    "unsure": (SVC(), frame(X, y), "classifier"),
    "numbers": (LinearRegression(), frame(XR, YR), "regressor"),
}
configs = {
    "plain": None,
    "weights": {"sample_weights": weights},
    "macro": {"average": "macro"},
    "first": {"pos_label": 0},
    "prefix": {"metric_prefix": "p_"},
}

def rows(predictions, f0):
    return MetricValue(scores=list(f0))

def total(predictions, targets, metrics):
    return float(len(predictions) + metrics["example_count"].aggregate_results["example_count"])

extra = [
    make_metric(eval_fn=rows, greater_is_better=True, version="v1"),
    make_metric(eval_fn=total, greater_is_better=True),
]
answers = {}

def note(name, result):
    client = mlflow.MlflowClient()
    run = client.get_run(result.run_id)
    tables = {
        key: artifact.content.to_dict("list")
        for key, artifact in result.artifacts.items() if artifact.uri.endswith(".csv")
    }
    answers[name] = {
        "metrics": {key: float(value) for key, value in result.metrics.items()},
        "stored": {key: float(value) for key, value in run.data.metrics.items()},
        "files": sorted(each.path for each in client.list_artifacts(result.run_id)),
        "artifacts": {key: type(artifact).__name__ for key, artifact in sorted(result.artifacts.items())},
        "tables": tables,
        "scores": {key: list(table.columns) for key, table in result.tables.items()},
        "datasets": [
            [each.dataset.name, each.dataset.digest, sorted([tag.key, tag.value] for tag in each.tags)]
            for each in run.inputs.dataset_inputs
        ],
        "models": len(run.inputs.model_inputs),
        "noted": [[each["name"], each["hash"]] for each in json.loads(run.data.tags.get("mlflow.datasets", "[]"))],
    }

for name, (model, data, kind) in models.items():
    features = data.drop(columns="y")
    model.fit(features, data["y"])
    with mlflow.start_run():
        info = mlflow.sklearn.log_model(model, name="model", serialization_format="skops")
    for config, given in configs.items():
        if (config == "first" and name != "binary") or (config == "macro" and kind == "regressor"):
            continue
        if config != "plain" and name in ("words", "unsure"):
            continue
        result = mlflow.models.evaluate(info.model_uri, data, targets="y", model_type=kind, evaluator_config=given)
        note(f"{name}-{config}", result)
        seen = {each.key: [each.value, each.dataset_digest] for each in mlflow.get_logged_model(info.model_id).metrics}
        answers[f"{name}-{config}"]["seen"] = seen
    said = data.assign(said=model.predict(features))
    note(f"{name}-said", mlflow.evaluate(
        data=said, targets="y", predictions="said", model_type=kind, extra_metrics=extra,
    ))
    note(f"{name}-function", mlflow.evaluate(model.predict, data, targets="y", model_type=kind))
    if len(sys.argv) > 3 and name == "multi":
        result.save(sys.argv[3])
print("ANSWERS" + json.dumps(answers))
"""


def _answers(text: str) -> dict[str, Any]:
    return json.loads(text.partition("ANSWERS")[2])


@pytest.mark.peer
def test_the_real_mlflow_finds_the_same(peer: Peer, tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "ours").mkdir()
    theirs = _answers(
        peer.run(SCRIPT, "mlflow", "sqlite:///runs.db", str(tmp_path / "saved"), folder=tmp_path / "theirs")
    )
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, "flowmill", "runs", str(tmp_path / "kept")],
        cwd=tmp_path / "ours",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    ours = _answers(done.stdout)
    assert ours.keys() == theirs.keys()
    for name, expected in theirs.items():
        found = ours[name]
        for part in ("metrics", "stored"):
            assert found[part] == pytest.approx(expected[part], rel=1e-9, abs=1e-9), (name, part)
        # A prefix is of all files: there the real MLflow lets the table of one evaluation replace another's.
        assert sorted(file.replace("p_per_class", "per_class") for file in found["files"]) == expected["files"], name
        for part in ("artifacts", "scores", "datasets", "models", "noted"):
            assert found[part] == expected[part], (name, part)
        for table, columns in expected["tables"].items():
            assert found["tables"][table].keys() == columns.keys(), name
            for column, values in columns.items():
                assert found["tables"][table][column] == pytest.approx(values), (name, table, column)
        for key, (value, digest) in expected.get("seen", {}).items():
            assert found["seen"][key] == [pytest.approx(value), digest], (name, key)

    # And each reads what the other saved.
    import flowmill

    read = flowmill.models.EvaluationResult.load(tmp_path / "saved")
    assert read.artifacts["per_class_metrics"].content.shape[0] == 4
    assert read.artifacts["confusion_matrix"].content.size > (100, 100)
    shown = peer.run(
        "import sys; from mlflow.models import EvaluationResult; r = EvaluationResult.load(sys.argv[1]);"
        "print(sorted(r.metrics), r.artifacts['per_class_metrics'].content.shape[0])",
        str(tmp_path / "kept"),
        folder=tmp_path,
    )
    assert shown.split()[-1] == "4"
