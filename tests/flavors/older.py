"""Run by MLflow 2.22: load what Flowmill saved, save the same models, and say what they answer.

``python -m tests.flavors.older FLAVOR FOLDER``: models of ours lie in ``FOLDER/ours``; ``FOLDER/older`` and
``FOLDER/older.json`` are written. What only MLflow 3 reads is left out: skops outside of scikit-learn, exported graphs
of PyTorch.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import mlflow

from tests.flavors.sheet import cases_of, plain

NEWER_OPTIONS = ("serialization_format", "skops_trusted_types", "export_model")
NEWER_FILES = ("*.skops", "*.pt2")


def main(flavor: str, folder: Path) -> None:
    os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "true"
    module = importlib.import_module(f"mlflow.{flavor}")
    save = getattr(module, "save_model", None) or module.save_explainer
    load = getattr(module, "load_model", None) or module.load_explainer
    said: dict[str, Any] = {}
    for case in cases_of(flavor):
        if case.there is not None:
            continue
        ours, theirs = folder / "ours" / case.name, folder / "older" / case.name
        options = {name: value for name, value in case.options.items() if name not in NEWER_OPTIONS}
        found: dict[str, Any] = {}
        try:
            if flavor in ("keras", "tensorflow"):
                theirs.mkdir(parents=True)
            save(case.model, path=str(theirs), pip_requirements=["x"], **options)
        except Exception as error:
            found["unsaved"] = f"{type(error).__name__}: {error}"
        if not any(file for ending in NEWER_FILES for file in ours.rglob(ending)):
            try:
                if case.older is None:
                    found["answer"] = plain(mlflow.pyfunc.load_model(str(ours)).predict(case.data))
                else:
                    assert case.native is not None
                    found["answer"] = plain(case.native(load(str(ours)), case.data))
            except Exception as error:
                found["unread"] = f"{type(error).__name__}: {error}"
        said[case.name] = found
    (folder / "older.json").write_text(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
