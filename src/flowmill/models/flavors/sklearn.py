"""scikit-learn models: saved as skops, which holds data and no program; as a pickle only where skops cannot."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowmill.errors import Invalid
from flowmill.models.flavor import Flavor, Saved, Stored, no_more
from flowmill.models.flavors.estimators import (
    SERIALIZATION_FORMAT_CLOUDPICKLE,
    SERIALIZATION_FORMAT_PICKLE,
    SERIALIZATION_FORMAT_SKOPS,
    SUPPORTED_SERIALIZATION_FORMATS,
    read_estimator,
    write_estimator,
)
from flowmill.models.functions import Calls, functions_of, pinned
from flowmill.models.modules import installed_version

FLAVOR_NAME = "sklearn"
PREDICT_FUNCTIONS = (
    "predict",
    "predict_proba",
    "predict_log_proba",
    "predict_joint_log_proba",
    "decision_function",
    "score",
    "transform",
)


def is_sklearn_model(value: object) -> bool:
    """Whether it is a scikit-learn estimator; scikit-learn is not imported to find out."""
    base = sys.modules.get("sklearn.base")
    return base is not None and isinstance(value, base.BaseEstimator)


def _save(model: Any, folder: Path, options: Mapping[str, Any]) -> Saved:
    no_more(options.get("kwargs", {}), "log_model")
    predict_fn = options.get("pyfunc_predict_fn") or "predict"
    if not isinstance(predict_fn, str):
        raise Invalid(f"pyfunc_predict_fn is {predict_fn!r}: expected the name of one of the model's methods.")
    written = write_estimator(model, folder, options.get("serialization_format"), options.get("skops_trusted_types"))
    settings = {
        "pickled_model": written.file,
        "sklearn_version": installed_version("scikit-learn"),
        "serialization_format": written.format,
        "code": None,
        "skops_trusted_types": written.trusted_types,
    }
    return Saved(
        settings,
        {"model_path": written.file, "predict_fn": predict_fn},
        written.runs_code,
        written.modules,
        ["numpy", "scipy", "scikit-learn", *written.packages],
    )


def _load(stored: Stored) -> Any:
    settings = stored.settings
    relative = settings.get("pickled_model") or settings.get("model_path") or "model.pkl"
    return read_estimator(stored, relative, settings.get("serialization_format"))


def _predict(model: Any, settings: Mapping[str, Any], data: Any, params: dict[str, Any] | None) -> Any:
    name = settings.get("predict_fn") or "predict"
    function = getattr(model, str(name), None)
    if function is None:
        raise Invalid(f"{type(model).__name__} has no {name}, which the model was saved to predict with.")
    return function(data, **(params or {}))


FLAVOR = Flavor(
    name=FLAVOR_NAME,
    loader_module="mlflow.sklearn",
    packages=("scikit-learn",),
    detect=is_sklearn_model,
    save=_save,
    load=_load,
    predict=_predict,
)


def _default_requirements(include_cloudpickle: bool = False, include_skops: bool = False) -> list[str]:
    return pinned("scikit-learn", *["cloudpickle"] * include_cloudpickle, *["skops"] * include_skops)


_functions = functions_of(
    FLAVOR,
    Calls(
        save="sk_model path conda_env code_paths mlflow_model serialization_format signature input_example "
        "pip_requirements extra_pip_requirements pyfunc_predict_fn metadata skops_trusted_types extra_files",
        log="sk_model artifact_path conda_env code_paths serialization_format registered_model_name signature "
        "input_example await_registration_for pip_requirements extra_pip_requirements pyfunc_predict_fn metadata "
        "extra_files params tags model_type step model_id name skops_trusted_types **kwargs",
        own={"serialization_format": None, "pyfunc_predict_fn": "predict", "skops_trusted_types": None},
    ),
    _default_requirements,
)
save_model, log_model, load_model = _functions.save_model, _functions.log_model, _functions.load_model
get_default_pip_requirements = _functions.get_default_pip_requirements
get_default_conda_env = _functions.get_default_conda_env

__all__ = [
    "FLAVOR",
    "FLAVOR_NAME",
    "SERIALIZATION_FORMAT_CLOUDPICKLE",
    "SERIALIZATION_FORMAT_PICKLE",
    "SERIALIZATION_FORMAT_SKOPS",
    "SUPPORTED_SERIALIZATION_FORMATS",
    "get_default_conda_env",
    "get_default_pip_requirements",
    "load_model",
    "log_model",
    "save_model",
]
