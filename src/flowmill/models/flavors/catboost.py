"""CatBoost models, saved in CatBoost's own formats: cbm, json, onnx and others, which hold data and no program."""

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowmill.errors import Invalid
from flowmill.models.flavor import Flavor, Saved, Stored, first_line, is_instance
from flowmill.models.functions import Calls, functions_of
from flowmill.models.modules import installed_version, modules_of

FLAVOR_NAME = "catboost"
MODEL_FILE = "model.cb"
_READABLE = ("cbm", "json", "onnx", "coreml")


def is_catboost_model(value: object) -> bool:
    """Whether it is a model of CatBoost."""
    return is_instance(value, "catboost.core", "CatBoost")


def _save(model: Any, folder: Path, options: Mapping[str, Any]) -> Saved:
    FLAVOR.require_model(model)
    # What else is given goes to CatBoost's own save_model, as with MLflow (`format="json"`, `pool=…`).
    given = dict(options.get("kwargs", {}))
    form = given.get("format", "cbm")
    if form not in _READABLE:
        raise Invalid(f"format is {form!r}: expected one of {', '.join(_READABLE)}, which CatBoost reads back.")
    if not model.is_fitted():
        raise Invalid(f"The {type(model).__name__} is not trained yet: call fit before it is saved.")
    model.save_model(str(folder / MODEL_FILE), **given)
    settings = {
        "catboost_version": installed_version("catboost"),
        "data": MODEL_FILE,
        "model_type": _public_class(model),
        "save_format": form,
        "code": None,
    }
    return Saved(settings, {"data": MODEL_FILE}, modules=modules_of(model), packages=["catboost"])


def _public_class(model: Any) -> str:
    """The name of CatBoost's own class: a class derived from it reads and writes the same file."""
    return next(base.__name__ for base in type(model).__mro__ if base.__module__ == "catboost.core")


def _load(stored: Stored) -> Any:
    import catboost

    name = str(stored.settings.get("model_type") or "CatBoost")
    kind = getattr(catboost, name, None)
    if not isinstance(kind, type) or not issubclass(kind, catboost.CatBoost):
        raise Invalid(f"The model's model_type is {name!r}: expected a class of CatBoost such as CatBoostClassifier.")
    file = stored.path(stored.settings.get("data") or MODEL_FILE)
    form = stored.settings.get("save_format") or "cbm"
    model: Any = kind()
    try:
        if form == "json":
            # Of a file that is cut off CatBoost makes a model without trees, and says nothing.
            json.loads(file.read_bytes())
        model.load_model(str(file), form)
    except (catboost.CatBoostError, ValueError) as error:
        raise Invalid(f"The model's {file.name} is no model of CatBoost ({first_line(error)}): restore it.") from error
    return model


def _predict(model: Any, settings: Mapping[str, Any], data: Any, params: dict[str, Any] | None) -> Any:
    return model.predict(data, **(params or {}))


FLAVOR = Flavor(
    name=FLAVOR_NAME,
    loader_module="mlflow.catboost",
    packages=("catboost",),
    detect=is_catboost_model,
    save=_save,
    load=_load,
    predict=_predict,
)

_functions = functions_of(
    FLAVOR,
    Calls(
        save="cb_model path conda_env code_paths mlflow_model signature input_example pip_requirements "
        "extra_pip_requirements metadata extra_files **kwargs",
        log="cb_model artifact_path conda_env code_paths registered_model_name signature input_example "
        "await_registration_for pip_requirements extra_pip_requirements metadata extra_files name params tags "
        "model_type step model_id **kwargs",
    ),
)
save_model, log_model, load_model = _functions.save_model, _functions.log_model, _functions.load_model
get_default_pip_requirements = _functions.get_default_pip_requirements
get_default_conda_env = _functions.get_default_conda_env
