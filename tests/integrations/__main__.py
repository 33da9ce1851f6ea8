"""Runs every script of this folder in an environment that has the libraries; ``make test-integrations``.

They are large, so they are kept out of the environment of the other tests. The environment is made on first use.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from tests.peer.environment import made

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def main() -> int:
    """1 if a script failed."""
    python = made(ROOT / ".cache" / "integrations" / "callbacks", (HERE / "pins.txt").read_text("utf-8").split())
    failed: list[str] = []
    for script in sorted((HERE / "scripts").glob("*.py")):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [str(python), str(script)],
                cwd=folder, env=_settings(Path(folder)), timeout=600, check=False,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
        print(f"{script.stem}: {'ok' if done.returncode == 0 else 'FAILED'}", flush=True)
        if done.returncode != 0:
            failed.append(script.stem)
            print(done.stdout)
    return 1 if failed else 0


def _settings(folder: Path) -> dict[str, str]:
    """The environment of a script: the shim is installed, as far as anybody can tell."""
    version = tomllib.loads((ROOT / "shim" / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    metadata = folder / "site" / f"mlflow-{version}.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text(f"Metadata-Version: 2.1\nName: mlflow\nVersion: {version}\n", "utf-8")
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "shim" / "src"), str(folder / "site")])
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "FLOWMILL_"))}
    return {**kept, "PYTHONPATH": path, "MLFLOW_TRACKING_URI": str(folder / "runs"), "CUDA_VISIBLE_DEVICES": ""}


if __name__ == "__main__":
    sys.exit(main())
