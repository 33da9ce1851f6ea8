"""Logging a model loads no library that the model does not need."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
from lightgbm import LGBMClassifier
from numpy.typing import NDArray

import flowmill

LOGS = """
import json, sys
import numpy
from {library} import {kind}
x = numpy.arange(80.0).reshape(20, 4)
model = {kind}(**{options}).fit(x, (x[:, 0] > 40).astype(int))
import flowmill
before = set(sys.modules)
with flowmill.start_run():
    flowmill.{flavor}.log_model(model, name="m", input_example=x[:2], signature=flowmill.models.infer_signature(x))
print(json.dumps(sorted({{name.partition(".")[0] for name in set(sys.modules) - before}})))
print(json.dumps(sorted(name for name in sys.modules if name.startswith("flowmill.models."))))
"""


@pytest.mark.parametrize(
    ("flavor", "library", "kind", "options"),
    [
        ("sklearn", "sklearn.linear_model", "LogisticRegression", {}),
        ("xgboost", "xgboost", "XGBClassifier", {"n_estimators": 2}),
        ("lightgbm", "lightgbm", "LGBMClassifier", {"n_estimators": 2, "verbose": -1}),
    ],
)
def test_what_is_loaded_to_log_a_model(
    flavor: str, library: str, kind: str, options: dict[str, int], tmp_path: Path
) -> None:
    script = LOGS.format(flavor=flavor, library=library, kind=kind, options=options)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    libraries, own = map(json.loads, done.stdout.splitlines()[-2:])
    assert not {"skops", "pydantic", "pytest", "cloudpickle", "packaging", "sklearn", "uvicorn"} & set(libraries)
    unused = ("llm", "chat_model", "chat_agent", "responses_agent", "pyfunc", "predictions", "libraries", "docker")
    assert not {f"flowmill.models.{name}" for name in unused} & set(own)


@pytest.mark.parametrize(
    "labels", [np.array([3, 7]), np.array([1.0, 2.0]), np.array(["no", "yes"]), np.array([False, True])]
)
def test_labels_of_every_kind_are_read_by_skops_and_here(labels: NDArray[np.generic], tmp_path: Path) -> None:
    """LightGBM keeps the labels as the keys of a dict."""
    x = pd.DataFrame(np.arange(80.0).reshape(20, 4), columns=list("abcd"))
    model = LGBMClassifier(n_estimators=2, min_child_samples=2, verbose=-1).fit(x, labels[(x["a"] > 40).astype(int)])
    flowmill.lightgbm.save_model(model, tmp_path / "m")
    expected = model.predict(x)
    back = flowmill.lightgbm.load_model(str(tmp_path / "m"))
    file = tmp_path / "m" / "model.skops"
    theirs = skops.io.load(file, trusted=skops.io.get_untrusted_types(file=file))
    for read in (back, theirs):
        assert read.predict(x).tolist() == expected.tolist() and read.predict(x).dtype == expected.dtype
        if labels.dtype.kind != "b":
            assert read._class_map == model._class_map
