"""`flowmill models prepare-env` and `update-pip-requirements` in a shell."""

from __future__ import annotations

import subprocess
from pathlib import Path

import flowmill
from tests.cli.conftest import Shell


def test_an_environment_is_prepared_and_its_requirements_corrected(shell: Shell, tmp_path: Path) -> None:
    flowmill.pyfunc.save_model(tmp_path / "m", python_model=len, pip_requirements=["cloudpickle"])
    model = str(tmp_path / "m")
    done = shell.run("models", "prepare-env", "-m", model)
    assert done.returncode == 0, done.stderr
    python = done.stdout.strip()
    said = subprocess.run([python, "-c", "import flowmill, cloudpickle"], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert shell.text("models", "update-pip-requirements", "-m", model, "add", "absent-package==1").split() == [
        "mlflow==3.17.2",
        "cloudpickle",
        "absent-package==1",
    ]
    refusal = shell.refusal("models", "prepare-env", "-m", model, "--env-manager", "local")
    assert "absent-package==1 (found none)" in refusal
    refusal = shell.refusal("models", "update-pip-requirements", "-m", model, "add", "!!")
    assert "These are no requirements: '!!'" in refusal
