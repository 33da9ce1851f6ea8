"""The environments of the flavors: libraries that go together, the real MLflow and what Flowmill needs, all pinned."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.peer.environment import made, wheels_on_disk

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".cache" / "flavors"
PINS = Path(__file__).parent / "pins"

QUICK = ("xgboost", "lightgbm", "onnx", "statsmodels")
"""Those that the whole suite checks too, because their libraries are small and start quickly."""
OLDER: Mapping[str, tuple[str, ...]] = {
    "older": (*QUICK, "catboost", "prophet", "pmdarima"),
    "older-spacy": ("spacy",),
    "older-paddle": ("paddle",),
    "older-tensorflow": ("keras", "tensorflow"),
    "older-torch": ("pytorch", "pytorch@older", "transformers", "sentence_transformers"),
    "older-torch-older": ("transformers@older", "sentence_transformers@older"),
    "older-shap": ("shap", "shap@older"),
    "older-spark": ("spark", "spark@older"),
    "older-h2o": ("h2o",),
    "older-h2o-older": ("h2o@older",),
}
"""Which checks go both ways with MLflow 2.22 as well, in which of its environments (with pandas 2)."""
ENVIRONMENTS: Mapping[str, tuple[str, ...]] = {
    "light": (*QUICK, "catboost", "prophet", "pmdarima", "shap"),
    "paddle": ("paddle",),
    "spark": ("spark",),
    "h2o": ("h2o",),
    "torch": ("pytorch", "transformers", "sentence_transformers"),
    "tensorflow": ("keras", "tensorflow"),
    "spacy": ("spacy",),
}
"""Which flavors each environment, a file of `PINS`, has the newest libraries of."""
OLDER_LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "light-older": (*QUICK, "catboost", "prophet", "pmdarima", "shap"),
    "paddle-older": ("paddle",),
    "spark-older": ("spark",),
    "h2o-older": ("h2o",),
    "torch-older": ("pytorch", "transformers", "sentence_transformers"),
    "tensorflow-older": ("keras", "tensorflow"),
    "spacy-older": ("spacy",),
}
"""The same with older releases of the libraries, as people still have them."""
OLDER_MARK = "@older"
"""What stands behind a flavor's name where its older library is meant."""


def every_check() -> list[str]:
    """The names of all checks: each flavor with its newest library, and with an older one."""
    newest = [flavor for flavors in ENVIRONMENTS.values() for flavor in flavors]
    return [*newest, *(f"{flavor}{OLDER_MARK}" for flavors in OLDER_LIBRARIES.values() for flavor in flavors)]


def python_of(name: str) -> Path:
    """The Python of the environment that has a flavor's library and the real MLflow; made on first use."""
    flavor, older, _ = name.partition(OLDER_MARK)
    places = OLDER_LIBRARIES if older else ENVIRONMENTS
    (place,) = [place for place, flavors in places.items() if flavor in flavors]
    return made(HOME / place, (PINS / f"{place}.txt").read_text(encoding="utf-8").split())


def older_python(name: str) -> Path:
    """The Python that has MLflow 2.22 and the library of a check; made on first use."""
    (place,) = [place for place, names in OLDER.items() if name in names]
    return made(HOME / place, (PINS / f"{place}.txt").read_text(encoding="utf-8").split())


def check(name: str) -> subprocess.CompletedProcess[str]:
    """Run the one check of flavors on this one, and its own where it has one, beside its library."""
    flavor = name.removesuffix(OLDER_MARK)
    parts = ["flavor", flavor, f"{flavor}_tasks", *["older"] * any(name in names for names in OLDER.values())]
    checks = [Path(f"tests/flavors/check_{part}.py") for part in parts]
    # Only this folder: what other tests need, databases and browsers, is not in the environment.
    options = ["-q", "-p", "no:cacheprovider", "-p", "tests.flavors.plugin", "--confcutdir", "tests/flavors"]
    # Libraries warn of one another; what Flowmill warns of is a failure.
    options += ["-W", "ignore", "-W", "error:The model"]
    if name.endswith(OLDER_MARK):
        # The newest libraries show that requirements are enough; older ones would be fetched for it once more.
        options += ["--deselect", "tests/flavors/check_flavor.py::test_its_requirements_are_enough"]
    return subprocess.run(
        [
            *(str(python_of(name)), "-m", "pytest", *options, "--flavor", name),
            *(str(file) for file in checks if (ROOT / file).exists()),
        ],
        cwd=ROOT,
        env={**os.environ, **wheels_on_disk(), "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1800,
        check=False,
    )
