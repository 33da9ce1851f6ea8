"""Trainings of Spark ML that log themselves, and studies of Optuna on Spark, beside the real MLflow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).parent / "scripts"


def seen(folder: Path, script: str, *command: str) -> dict[str, Any]:
    """What the script says, run by the real MLflow or by Flowmill."""
    settings = {
        **os.environ,
        "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/{len(command)}.db",
        "PYSPARK_PYTHON": sys.executable,
    }
    done = subprocess.run(
        [sys.executable, *command, str(SCRIPTS / script)], cwd=folder, env=settings, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_trainings_log_what_mlflow_logs(tmp_path: Path) -> None:
    theirs, ours = (seen(tmp_path, "spark_autolog.py", *command) for command in ((), ("-m", "flowmill", "run")))
    # What a training has told of itself, which MLflow leaves out.
    for name, steps in (("pipeline", 4), ("evaluated", 5)):
        assert len(ours[name]["metrics"].pop("training_objective")) == steps
        assert ours[name]["metrics"].pop("training_iterations") == [[0, steps - 1.0]]
    assert ours["pipelines"]["metrics"].pop("training_cost")[0][1] > 0
    assert ours["pipelines"]["metrics"].pop("training_iterations")
    assert ours == theirs


def test_a_study_on_spark_is_kept_as_mlflow_keeps_it(tmp_path: Path) -> None:
    theirs, ours = (seen(tmp_path, "spark_study.py", *command) for command in ((), ("-m", "flowmill", "run")))
    # A study whose trials have failed says so; MLflow leaves it FINISHED or KILLED.
    assert theirs["after failures"].pop("run") != ours["after failures"].pop("run") == "FAILED"
    assert ours == theirs
