"""The environments of the flavors: libraries that go together, the real MLflow and what Flowmill needs, all pinned."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.peer.environment import made

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".cache" / "flavors"
PINS = Path(__file__).parent / "pins"

QUICK = ("xgboost", "lightgbm", "onnx", "statsmodels")
"""Those that the whole suite checks too, because their libraries are small and start quickly."""
OLDER = ("xgboost", "lightgbm", "catboost", "onnx")
"""Those that are checked with MLflow 2.22 as well: their files need no version of pandas in common."""
ENVIRONMENTS: Mapping[str, tuple[str, ...]] = {
    "light": (*QUICK, "catboost", "prophet", "pmdarima"),
    "torch": ("pytorch",),
    "tensorflow": ("keras", "tensorflow"),
    "spacy": ("spacy",),
}
"""Which flavors each environment, a file of `PINS`, has the libraries of."""


def python_of(flavor: str) -> Path:
    """The Python of the environment that has this flavor's library and the real MLflow; made on first use."""
    (name,) = [name for name, flavors in ENVIRONMENTS.items() if flavor in flavors]
    return made(HOME / name, (PINS / f"{name}.txt").read_text(encoding="utf-8").split())


def check(flavor: str) -> subprocess.CompletedProcess[str]:
    """Run the one check of flavors on this one, and its own where it has one, beside its library."""
    names = ["flavor", flavor, *["older"] * (flavor in OLDER)]
    checks = [Path(f"tests/flavors/check_{name}.py") for name in names]
    # Only this folder: what other tests need, databases and browsers, is not in the environment.
    options = ["-q", "-p", "no:cacheprovider", "-p", "tests.flavors.plugin", "--confcutdir", "tests/flavors"]
    # Libraries warn of one another; what Flowmill warns of is a failure.
    options += ["-W", "ignore", "-W", "error:The model"]
    return subprocess.run(
        [
            *(str(python_of(flavor)), "-m", "pytest", *options, "--flavor", flavor),
            *(str(file) for file in checks if (ROOT / file).exists()),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1800,
        check=False,
    )
