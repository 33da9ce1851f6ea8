"""Run by the real MLflow's side: load what Flowmill saved, save the same models, and say what they answer.

``python -m tests.flavors.there FLAVOR FOLDER``: models of ours lie in ``FOLDER/ours``; ``FOLDER/theirs`` and
``FOLDER/answers.json`` are written.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import sys
from pathlib import Path
from typing import Any

import mlflow

from tests.flavors.sheet import cases_of, plain


def main(flavor: str, folder: Path) -> None:
    os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "true"
    module = importlib.import_module(f"mlflow.{flavor}")
    save = module.save_model
    load = getattr(module, "load_model", None) or module.load_explainer
    found: dict[str, Any] = {"version": mlflow.__version__, "parameters": {}, "cases": {}}
    for name in ("save_model", "log_model", "load_model", "get_default_pip_requirements"):
        if hasattr(module, name):
            parameters = inspect.signature(getattr(module, name)).parameters.values()
            found["parameters"][name] = [each.name for each in parameters]
    found["requirements"] = _requirements(module)
    for case in cases_of(flavor):
        if case.there is not None:
            continue
        said: dict[str, Any] = {}
        try:
            ours = str(folder / "ours" / case.name)
            model = mlflow.pyfunc.load_model(ours)
            said["answer"] = plain(model.predict(case.data))
            said["signature"] = model.metadata.signature and model.metadata.signature.to_dict()
            said["native"] = type(load(ours)).__name__
            example = {"input_example": case.data} if case.example else {}
            if flavor == "keras":
                # It writes the example before it makes the folder.
                (folder / "theirs" / case.name).mkdir(parents=True)
            save(case.model, path=str(folder / "theirs" / case.name), pip_requirements=["x"], **example, **case.options)
        except Exception as error:
            said["error"] = f"{type(error).__name__}: {error}"
        found["cases"][case.name] = said
    (folder / "answers.json").write_text(json.dumps(found))


def _requirements(module: Any) -> list[str] | None:
    try:
        return module.get_default_pip_requirements()
    except TypeError:
        return None


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
