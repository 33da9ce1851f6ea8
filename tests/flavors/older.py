"""Run by MLflow 2.22: load what Flowmill saved, save the same models, and say what they answer.

``python -m tests.flavors.older FLAVOR FOLDER``: models of ours lie in ``FOLDER/ours``; ``FOLDER/older`` and
``FOLDER/older.json`` are written. What only MLflow 3 knows (skops outside of scikit-learn) is left out.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import mlflow

from tests.flavors.sheet import cases_of, plain

NEWER_OPTIONS = ("serialization_format", "skops_trusted_types")


def main(flavor: str, folder: Path) -> None:
    module = importlib.import_module(f"mlflow.{flavor}")
    said: dict[str, object] = {}
    for case in cases_of(flavor):
        ours = folder / "ours" / case.name
        options = {name: value for name, value in case.options.items() if name not in NEWER_OPTIONS}
        module.save_model(case.model, path=str(folder / "older" / case.name), pip_requirements=["x"], **options)
        if not list(ours.glob("*.skops")):
            said[case.name] = plain(mlflow.pyfunc.load_model(str(ours)).predict(case.data))
    (folder / "older.json").write_text(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
