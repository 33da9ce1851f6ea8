"""Trainings of PaddlePaddle that log themselves, beside the real MLflow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).parent / "scripts" / "paddle_autolog.py"


def seen(folder: Path, *command: str) -> list[dict[str, Any]]:
    """What the script's trainings logged, run by the real MLflow or by Flowmill."""
    settings = {**os.environ, "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/{len(command)}.db"}
    done = subprocess.run(
        [sys.executable, *command, str(SCRIPT)], cwd=folder, env=settings, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_trainings_log_what_mlflow_logs(tmp_path: Path) -> None:
    theirs, ours = seen(tmp_path), seen(tmp_path, "-m", "flowmill", "run")
    scheduled, plain = 0, 1
    # MLflow shows the object of a scheduler, which says nothing, and logs some evaluations twice at one epoch.
    assert "StepDecay object" in theirs[scheduled]["params"].pop("learning_rate")
    assert ours[scheduled]["params"].pop("learning_rate") == "0.01"
    assert ours[scheduled]["params"].pop("learning_rate_scheduler") == "StepDecay"
    for key in [key for key in theirs[plain]["metrics"] if key.startswith("eval_")]:
        assert [step for step, _ in theirs[plain]["metrics"].pop(key)] == [0, 0, 2, 2, 4]
        assert [step for step, _ in ours[plain]["metrics"].pop(key)] == [0, 2, 4]
    assert ours == theirs
