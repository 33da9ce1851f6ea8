"""Models go both ways between Flowmill and MLflow 2.22, too."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

import flowmill
from tests.flavors.check_flavor import same
from tests.flavors.environments import ROOT, older_python
from tests.flavors.plugin import BothWays
from tests.flavors.sheet import cases_of


def test_mlflow_2_goes_both_ways(flavor: str, both: BothWays, request: pytest.FixtureRequest) -> None:
    folder: Path = both.ours.parent
    python = older_python(request.config.getoption("--flavor"))
    command = [str(python), "-m", "tests.flavors.older", flavor, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-6000:]
    said = json.loads((folder / "older.json").read_text())
    assert any("answer" in found for found in said.values())
    for case in cases_of(flavor):
        found = said.get(case.name, {})
        wrong = found.get("unread") or found.get("unsaved")
        assert not wrong, f"{case.name}: {wrong}"
        if "answer" in found:
            same(found["answer"], case.answer, case.close)
        if case.name in said:
            model = flowmill.pyfunc.load_model(str(folder / "older" / case.name), allow_pickle=True)
            same(model.predict(case.data), case.answer, case.close)
