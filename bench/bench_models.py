"""What models of many libraries cost: logging one, loading one, and asking it beside asking the library itself."""

from __future__ import annotations

from pathlib import Path

from tests.flavors.environments import ROOT, python_of

from bench.sides import Question, Sample, Side, reported

_CPU = """
import os, sys, time

def cpu():
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system

def told(wall, before, count=1):
    print()
    print((time.perf_counter() - wall) / count, (cpu() - before) / count)
    sys.stdout.flush()
    os._exit(0)
"""

_LOG = """
import sys
sys.path.insert(0, {source!r})
import numpy as np
import pandas as pd
import {module} as mlflow
import {module}.{flavor}

table = pd.DataFrame(np.random.default_rng(0).normal(size=(200, 4)), columns=list("abcd"))
target = table["a"] * 2 + table["b"]
example = table.head(5)
{make}
mlflow.set_tracking_uri({store!r})
with mlflow.start_run():
    mlflow.log_metric("accuracy", 1.0)
    wall, before = time.perf_counter(), cpu()
    mlflow.{flavor}.log_model(model, name="model", input_example=example)
    told(wall, before)
"""

_MAKE = {
    "xgboost": "import xgboost; model = xgboost.XGBRegressor(n_estimators=20).fit(table, target)",
    "lightgbm": "import lightgbm; model = lightgbm.LGBMRegressor(n_estimators=20, verbose=-1).fit(table, target)",
    "statsmodels": "import statsmodels.api as sm; model = sm.OLS(target, table).fit()",
    "catboost": "import catboost; model = catboost.CatBoostRegressor(iterations=20, verbose=0, "
    "allow_writing_files=False).fit(table, target)",
    "onnx": """
import onnxruntime  # which asks the model, on either side
from onnx import TensorProto, helper
numbers = helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 4])
doubled = helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 4])
graph = helper.make_graph([helper.make_node("Add", ["x", "x"], ["y"])], "graph", [numbers], [doubled])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
example = example.to_numpy("float32")
""",
    "pytorch": """
import torch
model = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1))
# A step of training, as there is before a model is logged: its optimizer imports half of what the export needs.
optimizer = torch.optim.Adam(model.parameters())
model(torch.zeros(5, 4)).sum().backward()
optimizer.step()
example = example.to_numpy("float32")
""",
}

_ASK = """
import numpy as np
import pandas as pd
import {module} as mlflow
import {module}.sklearn
import {module}.pyfunc
from sklearn.linear_model import LinearRegression

table = pd.DataFrame(np.random.default_rng(0).normal(size=({rows}, 4)), columns=list("abcd"))
library = LinearRegression().fit(table, table["a"])
mlflow.sklearn.save_model(library, "model", input_example=table.head(5), pip_requirements=["scikit-learn"])
model = mlflow.pyfunc.load_model("model")
{ask}
"""

_PREDICT = """
for each in (library, model):
    each.predict(table)
wall, before = time.perf_counter(), cpu()
for _ in range({count}):
    library.predict(table)
alone_wall, alone = time.perf_counter() - wall, cpu() - before
wall, before = time.perf_counter(), cpu()
for _ in range({count}):
    model.predict(table)
told(wall + alone_wall, before + alone, {count})
"""

_LOAD = """
wall, before = time.perf_counter(), cpu()
for _ in range({count}):
    mlflow.pyfunc.load_model("model")
told(wall, before, {count})
"""


def _log(flavor: str) -> Question:
    def measure(side: Side, folder: Path) -> Sample:
        beside = Side(side.name, python_of(flavor), side.module)
        code = _LOG.format(
            source=str(ROOT / "src"),
            module=side.module,
            flavor=flavor,
            make=_MAKE[flavor],
            store=side.local_store(folder),
        )
        return reported(beside, _CPU + code, folder)

    return Question(
        asks=f"{flavor}.log_model with an input example, first call, local folder",
        measure=measure,
        target="150 ms",
        rounds=3,
    )


def _ask(asks: str, rows: int, ask: str, count: int, target: str) -> Question:
    def measure(side: Side, folder: Path) -> Sample:
        code = _ASK.format(module=side.module, rows=rows, ask=ask.format(count=count))
        return reported(side, _CPU + code, folder)

    return Question(asks=asks, measure=measure, target=target, rounds=3)


QUESTIONS = {
    **{f"log_model_{flavor}": _log(flavor) for flavor in _MAKE},
    "load_model": _ask("pyfunc.load_model of a model of scikit-learn, one of 20", 200, _LOAD, 20, "10 ms"),
    **{
        f"predict_{rows}": _ask(
            f"what pyfunc's predict adds to the library's for {rows:,} rows of four doubles",
            rows,
            _PREDICT,
            count,
            target,
        )
        for rows, count, target in ((1, 300, "1 ms"), (150, 300, "1 ms"), (100_000, 20, "5 ms"))
    },
}
