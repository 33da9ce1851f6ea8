"""Every public name of the table is there, under both names of its module, and nothing is loaded for it before."""

from __future__ import annotations

import importlib
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import flowmill
from flowmill.compat.table import MODULES, TOP


@pytest.mark.parametrize("name", sorted(TOP))
def test_top_level_name(name: str) -> None:
    assert getattr(flowmill, name) is not None


@pytest.mark.parametrize("path", sorted(MODULES))
def test_module_of_the_table(path: str) -> None:
    module = importlib.import_module(f"flowmill.{path}")
    for name in MODULES[path]:
        assert getattr(module, name) is not None, name
    assert importlib.import_module(f"mlflow.{path}") is module


def test_both_names_are_the_same_objects() -> None:
    import mlflow
    import mlflow.models.signature
    from mlflow.entities import Metric
    from mlflow.tracking import MlflowClient

    assert mlflow is flowmill
    assert mlflow.models.signature.infer_signature is flowmill.models.infer_signature
    assert MlflowClient is flowmill.MlflowClient
    metric = Metric("m", 1.0, 2, 3)
    assert pickle.loads(pickle.dumps(metric)) == metric  # noqa: S301
    assert pickle.loads(pickle.dumps(MlflowClient)) is MlflowClient  # noqa: S301


def test_unknown_names_are_errors() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = flowmill.nonsense  # type: ignore[attr-defined]
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("mlflow.nonsense")


def test_import_loads_nothing_else() -> None:
    script = """
import sys
before = set(sys.modules)
import flowmill
new = set(sys.modules) - before
print(*sorted(name for name in new if not name.startswith("flowmill")))
print(*sorted(name for name in new if name.startswith("flowmill")))
"""
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    others, ours = answer.splitlines()
    third_party = [name for name in others.split() if name.partition(".")[0] not in sys.stdlib_module_names]
    assert third_party == []
    assert set(ours.split()) <= {
        "flowmill",
        "flowmill.compat",
        "flowmill.compat.finder",
        "flowmill.compat.table",
        "flowmill.lazy",
    }


def test_a_script_that_logs_to_a_folder_loads_little_else(tmp_path: Path) -> None:
    script = """
import sys
import flowmill as mlflow
with mlflow.start_run():
    mlflow.log_metric("loss", 1.0)
print(*sys.modules)
"""
    settings = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    answer = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=settings, capture_output=True, text=True, check=True
    )
    modules = set(answer.stdout.split())
    ours = {name for name in modules if name.startswith("flowmill")}
    for area in ("search.parse", "store.sql.searches", "store.sql.registry", "store.sql.webhooks", "client.registry"):
        assert f"flowmill.{area}" not in ours
    assert not {"asyncio", "concurrent.futures", "hashlib", "logging", "socket", "ssl", "subprocess"} & modules
    third_party = {name.partition(".")[0] for name in modules - ours} - sys.stdlib_module_names - {"__main__"}
    assert third_party <= {"msgspec", "typing_extensions"}  # and what an environment loads with Python itself
    assert len(ours) < 115, len(ours)
    assert len(modules) < 250, len(modules)


def test_installing_as_mlflow_after_the_real_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import types

    monkeypatch.setitem(sys.modules, "mlflow", types.ModuleType("mlflow"))
    with pytest.raises(flowmill.MlflowException, match="call it first"):
        flowmill.install_as_mlflow()


def test_error_codes_are_those_of_the_wire() -> None:
    from mlflow.exceptions import MlflowException
    from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

    error = MlflowException("bad", error_code=INVALID_PARAMETER_VALUE)
    assert (error.error_code, error.get_http_status_code()) == ("INVALID_PARAMETER_VALUE", 400)


def test_names_that_are_still_missing_say_so() -> None:
    from flowmill.compat.not_yet import NOT_YET

    with pytest.raises(AttributeError, match=r"does not have mlflow\.genai yet"):
        _ = flowmill.genai
    assert not NOT_YET & (set(TOP) | set(MODULES))
    for name in NOT_YET:
        assert not hasattr(flowmill, name), f"{name} is there now: take it off the list"
