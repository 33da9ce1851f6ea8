"""What models of many libraries cost: logging one, loading one, and asking it beside asking the library itself, in this
process or in an environment of the model's own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.flavors.environments import ENVIRONMENTS, ROOT, python_of

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
sys.path[:0] = [{source!r}, {root!r}]
import {module} as mlflow
import {module}.{flavor}
from tests.flavors.sheet import cases_of

case = next(case for case in cases_of({flavor!r}) if case.there is None)
options = {{"name": "model", **case.options, **({{"input_example": case.data}} if case.example else {{}})}}
{before}
mlflow.set_tracking_uri({store!r})
log = getattr(mlflow.{flavor}, "log_model", None) or mlflow.{flavor}.log_explainer
with mlflow.start_run():
    mlflow.log_metric("accuracy", 1.0)
    wall, before = time.perf_counter(), cpu()
    log(case.model, **options)
    told(wall, before)
"""

_BEFORE = {
    "pytorch": """
import torch
# A step of training, as there is before a model is logged: its optimizer imports half of what the export needs.
optimizer = torch.optim.Adam(case.model.parameters())
case.model(torch.as_tensor(case.data)).sum().backward()
optimizer.step()
""",
    # What the real MLflow fails at is left out on both sides: an example, and a look for what a model needs.
    "keras": 'del options["input_example"]',
    "transformers": 'options["pip_requirements"] = ["transformers", "torch"]',
}

_NOT = ("spark",)
"""Flavors whose log_model ends the process of the real MLflow in the environment of the tests."""

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


_AWAY = """
import os, sys, time
import {module} as mlflow
import {module}.sklearn
import {module}.models
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

X, y = load_iris(return_X_y=True, as_frame=True)
if not os.path.exists("model"):
    mlflow.sklearn.save_model(LogisticRegression(max_iter=500).fit(X, y), "model", input_example=X.head())

def ask():
    mlflow.models.predict("model", input_data=X.head(), output_path="answer.json", env_manager="uv")

{first}
wall, before = time.perf_counter(), cpu()
ask()
told(wall, before)
"""


def _log(flavor: str) -> Question:
    def measure(side: Side, folder: Path) -> Sample:
        beside = Side(side.name, python_of(flavor), side.module)
        code = _LOG.format(
            source=str(ROOT / "src"),
            root=str(ROOT),
            module=side.module,
            flavor=flavor,
            before=_BEFORE.get(flavor, ""),
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


def _away(asks: str, target: str, first: str = "", processes: int = 1) -> Question:
    def measure(side: Side, folder: Path) -> Sample:
        code = _CPU + _AWAY.format(module=side.module, first=first)
        (folder / "bin").mkdir()
        (folder / "bin" / "uv").symlink_to(Path(sys.executable).with_name("uv"))
        # What is downloaded is kept for both, as on every machine that has done this before.
        cache = {
            "UV_CACHE_DIR": str(ROOT / ".cache" / "uv"),
            "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        }
        return [reported(side, code, folder, cache) for _ in range(processes)][-1]

    return Question(asks=asks, measure=measure, target=target, rounds=2)


QUESTIONS = {
    **{
        f"log_model_{flavor}": _log(flavor)
        for flavors in ENVIRONMENTS.values()
        for flavor in flavors
        if flavor not in _NOT
    },
    "load_model": _ask("pyfunc.load_model of a model of scikit-learn, one of 20", 200, _LOAD, 20, "10 ms"),
    "predict_uv": _away("models.predict in a new uv environment, wheels already downloaded", "5 s"),
    "predict_uv_again": _away("models.predict in a uv environment, the second of a process", "1 s", first="ask()"),
    "predict_uv_new": _away("models.predict in a uv environment that is there, a new process", "2 s", processes=2),
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
