"""XGBoost models, saved in XGBoost's own format: UBJ or JSON, which hold data and no program."""

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowmill.errors import Invalid
from flowmill.models.flavor import Flavor, Saved, Stored, first_line, is_instance, library_class, no_more
from flowmill.models.flavors.ubjson import check_whole
from flowmill.models.functions import Calls, functions_of
from flowmill.models.infer import is_array, is_frame, is_sparse
from flowmill.models.modules import installed_version, modules_of

FLAVOR_NAME = "xgboost"
FORMATS = ("ubj", "json")


def is_xgboost_model(value: object) -> bool:
    """Whether it is a booster or an estimator of XGBoost."""
    return is_instance(value, "xgboost.core", "Booster") or is_instance(value, "xgboost.sklearn", "XGBModel")


def _save(model: Any, folder: Path, options: Mapping[str, Any]) -> Saved:
    FLAVOR.require_model(model)
    no_more(options.get("kwargs", {}), "save_model")
    form = options.get("model_format", "ubj")
    if form not in FORMATS:
        raise Invalid(f"model_format is {form!r}: expected 'ubj' or 'json'.")
    file = f"model.{form}"
    model.save_model(str(folder / file))
    kind = f"{type(model).__module__}.{type(model).__qualname__}"
    settings = {
        "xgb_version": installed_version("xgboost"),
        "data": file,
        "model_class": kind,
        "model_format": form,
        "code": None,
    }
    # A class of the user's own is found by its name: who loads it must trust that name.
    loader = None if kind.startswith("xgboost.") else kind
    packages = ["xgboost", "scipy", *["scikit-learn"] * is_instance(model, "xgboost.sklearn", "XGBModel")]
    return Saved(settings, {"data": file}, modules=modules_of(model), packages=packages, loader=loader)


def _load(stored: Stored) -> Any:
    name = stored.settings.get("model_class") or "xgboost.core.Booster"
    file = stored.path(stored.settings.get("data") or "model.xgb")
    model = library_class(stored, str(name), "xgboost", is_xgboost_class)()
    content = file.read_bytes()
    try:
        if content[:1] == b"{" and content[1:2].isalpha():  # XGBoost knows UBJSON from JSON by its content, too
            check_whole(content)
        model.load_model(str(file))
    except Exception as error:
        raise Invalid(f"The model's {file.name} is no model of XGBoost ({first_line(error)}): restore it.") from error
    return model


def is_xgboost_class(kind: type) -> bool:
    """Whether its instances are models."""
    import xgboost

    return issubclass(kind, xgboost.Booster | xgboost.XGBModel)


def _predict(model: Any, settings: Mapping[str, Any], data: Any, params: dict[str, Any] | None) -> Any:
    import numpy
    import xgboost

    if not isinstance(model, xgboost.Booster):
        return model.predict(data, **(params or {}))
    if not isinstance(data, xgboost.DMatrix):
        known = is_frame(data) or is_array(data) or is_sparse(data)
        data = xgboost.DMatrix(data if known else numpy.asarray(data))
    return model.predict(data, **(params or {}))


FLAVOR = Flavor(
    name=FLAVOR_NAME,
    loader_module="mlflow.xgboost",
    packages=("xgboost",),
    detect=is_xgboost_model,
    save=_save,
    load=_load,
    predict=_predict,
)

_functions = functions_of(
    FLAVOR,
    Calls(
        save="xgb_model path conda_env code_paths mlflow_model signature input_example pip_requirements "
        "extra_pip_requirements model_format metadata extra_files **kwargs",
        log="xgb_model artifact_path conda_env code_paths registered_model_name signature input_example "
        "await_registration_for pip_requirements extra_pip_requirements model_format metadata extra_files name params "
        "tags model_type step model_id **kwargs",
        own={"model_format": "ubj"},
    ),
)
save_model, log_model, load_model = _functions.save_model, _functions.log_model, _functions.load_model
get_default_pip_requirements = _functions.get_default_pip_requirements
get_default_conda_env = _functions.get_default_conda_env
