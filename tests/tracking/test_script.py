"""``flowmill run``: a script, and the processes that it spawns, find Flowmill under the name of MLflow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import flowmill

SCRIPT = """
import multiprocessing, sys
import mlflow

def work(number):
    import mlflow
    return mlflow.__version__

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(work, [1]) == [mlflow.__version__]
    print(mlflow.__version__, *sys.argv[1:])
"""


def test_spawned_processes_too(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(SCRIPT)
    # -S leaves out the environment's packages, and with them the shim: only what `run` sets is there.
    paths = [path for path in sys.path if path.endswith("site-packages")]
    bare = tmp_path / "packages"
    bare.mkdir()
    for path in paths:
        for entry in Path(path).iterdir():
            if not entry.name.startswith(("mlflow", "_mlflow", "__editable__")) and not entry.name.endswith(".pth"):
                (bare / entry.name).symlink_to(entry)
    (bare / "flowmill").symlink_to(Path(flowmill.__file__).parent)
    done = subprocess.run(
        [sys.executable, "-S", "-m", "flowmill", "run", str(script), "--rate", "0.1"],
        env={"PYTHONPATH": str(bare), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.split() == [flowmill.__version__, "--rate", "0.1"], done.stderr
