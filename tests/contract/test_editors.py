"""What editors and type checkers know of ``import mlflow``, by their default settings."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.contract.lookup import NAMES

PROGRAM = Path(__file__).parent / "program.py"
TYPES = {
    "run": "ActiveRun",
    "info": "ModelInfo",
    "mlflow.pyfunc.load_model(info.model_uri)": "PyFuncModel",
    'mlflow.register_model(info.model_uri, "name")': "ModelVersion",
    "client.get_run(run.info.run_id)": "Run",
    'client.search_runs(["0"], "metrics.loss < 1", ViewType.ACTIVE_ONLY)': "PagedList[Run]",
    "mlflow.__version__": "str",
    "mlflow.models.signature.infer_signature(frame)": "ModelSignature",
}


def told_of(program: str, folder: Path) -> list[dict[str, Any]]:
    """What pyright says of a program, with the packages as they are installed."""
    (folder / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "standard"}))
    (folder / "program.py").write_text(program)
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, "-p", str(folder)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)["generalDiagnostics"]


def test_a_program_is_understood(tmp_path: Path) -> None:
    told = told_of(PROGRAM.read_text(), tmp_path)
    wrong = [each for each in told if each["severity"] != "information"]
    assert not wrong, [(each["range"]["start"]["line"] + 1, each["message"]) for each in wrong]
    types = dict(re.findall(r'^Type of "(.*)" is "(.*)"$', "\n".join(each["message"] for each in told), re.MULTILINE))
    assert types == TYPES


def test_every_public_name_is_known(tmp_path: Path) -> None:
    """All names that are here for programs are there for editors, wherever MLflow has them."""
    lines: dict[str, None] = {}
    for row in NAMES:
        module, _, name = row["name"].rpartition(".")
        if module and row["kind"] != "module" and importable(module, name):
            lines[f"from {module} import {name} as {name}"] = None
    assert len(lines) > 500
    wrong = [each["message"] for each in told_of("\n".join(lines), tmp_path)]
    assert not wrong, "\n".join(wrong)


def importable(module: str, name: str) -> bool:
    """Whether the name is an attribute of a module that can be imported."""
    try:
        return hasattr(importlib.import_module(module), name)
    except ImportError:
        return False
