"""Models go both ways between Flowmill and MLflow 2.22, too."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import flowmill
from tests.flavors.check_flavor import same
from tests.flavors.environments import HOME, PINS, ROOT
from tests.flavors.plugin import BothWays
from tests.flavors.sheet import cases_of
from tests.peer.environment import made


def test_mlflow_2_goes_both_ways(flavor: str, both: BothWays) -> None:
    folder: Path = both.ours.parent
    python = made(HOME / "older", (PINS / "older.txt").read_text(encoding="utf-8").split())
    command = [str(python), "-m", "tests.flavors.older", flavor, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-6000:]
    answers = json.loads((folder / "older.json").read_text())
    assert answers
    for case in cases_of(flavor):
        if case.name in answers:
            same(answers[case.name], case.answer, case.close)
        model = flowmill.pyfunc.load_model(str(folder / "older" / case.name), allow_pickle=True)
        same(model.predict(case.data), case.answer, case.close)
