"""LightGBM models: boosters in LightGBM's own text format, estimators as skops."""

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowmill.errors import Invalid
from flowmill.models.flavor import Flavor, Saved, Stored, first_line, is_instance, no_more
from flowmill.models.flavors.estimators import SERIALIZATION_FORMAT_SKOPS, read_estimator, write_estimator
from flowmill.models.functions import Calls, functions_of, pinned
from flowmill.models.modules import installed_version, modules_of

FLAVOR_NAME = "lightgbm"
BOOSTER_FILE = "model.lgb"
LONGEST_END = 2**26
"""Bytes of the file in which its last line must begin: categories of columns are few."""
HARMLESS = (
    "collections.OrderedDict",
    "collections.defaultdict",
    "lightgbm.basic.Booster",
    "lightgbm.sklearn.LGBMClassifier",
    "lightgbm.sklearn.LGBMRegressor",
    "lightgbm.sklearn.LGBMRanker",
    "lightgbm.sklearn.LGBMModel",
)
"""Types that skops does not know; LightGBM reads their state as text and numbers, so no program can hide in it."""


def is_lightgbm_model(value: object) -> bool:
    """Whether it is a booster or an estimator of LightGBM."""
    return is_instance(value, "lightgbm.basic", "Booster") or is_instance(value, "lightgbm.sklearn", "LGBMModel")


def _save(model: Any, folder: Path, options: Mapping[str, Any]) -> Saved:
    FLAVOR.require_model(model)
    no_more(options.get("kwargs", {}), "save_model")
    settings: dict[str, Any] = {
        "lgb_version": installed_version("lightgbm"),
        "model_class": f"{type(model).__module__}.{type(model).__qualname__}",
        "code": None,
    }
    wanted, named = options.get("serialization_format"), options.get("skops_trusted_types")
    if is_instance(model, "lightgbm.basic", "Booster"):
        model.save_model(str(folder / BOOSTER_FILE))
        settings |= {
            "data": BOOSTER_FILE,
            "serialization_format": wanted or SERIALIZATION_FORMAT_SKOPS,
            "skops_trusted_types": named,
        }
        return Saved(settings, {"data": BOOSTER_FILE}, modules=modules_of(model), packages=["lightgbm", "scipy"])
    written = write_estimator(model, folder, wanted, named, HARMLESS)
    settings |= {
        "data": written.file,
        "serialization_format": written.format,
        "skops_trusted_types": written.trusted_types,
    }
    return Saved(
        settings,
        {"data": written.file},
        written.runs_code,
        written.modules,
        ["lightgbm", "scipy", "scikit-learn", *written.packages],
    )


def _load(stored: Stored) -> Any:
    relative = stored.settings.get("data") or "model.pkl"
    if not str(relative).endswith(".lgb"):
        return read_estimator(stored, relative, stored.settings.get("serialization_format"), HARMLESS)
    import lightgbm

    file = stored.path(relative)
    _require_whole(file)
    try:
        return lightgbm.Booster(model_file=str(file))
    except lightgbm.basic.LightGBMError as error:
        raise Invalid(f"The model's {file.name} is no model of LightGBM ({first_line(error)}): restore it.") from error


def _require_whole(file: Path) -> None:
    """Invalid if the file ends early: LightGBM would predict with the trees that are left and say nothing."""
    with file.open("rb") as stream:
        stream.seek(max(0, file.stat().st_size - LONGEST_END))
        end = stream.read()
    # The last line, which the Python package writes, is JSON: the categories of the table's columns.
    _, found, categories = end.rpartition(b"\npandas_categorical:")
    try:
        json.loads(categories if found else b"")
    except ValueError:
        raise Invalid(f"The model's {file.name} ends too early for a model of LightGBM: restore it.") from None


def _predict(model: Any, settings: Mapping[str, Any], data: Any, params: dict[str, Any] | None) -> Any:
    return model.predict(data, **(params or {}))


FLAVOR = Flavor(
    name=FLAVOR_NAME,
    loader_module="mlflow.lightgbm",
    packages=("lightgbm",),
    detect=is_lightgbm_model,
    save=_save,
    load=_load,
    predict=_predict,
)


def _default_requirements(include_cloudpickle: bool = False, include_skops: bool = False) -> list[str]:
    return pinned("lightgbm", *["cloudpickle"] * include_cloudpickle, *["skops"] * include_skops)


_functions = functions_of(
    FLAVOR,
    Calls(
        save="lgb_model path conda_env code_paths mlflow_model signature input_example pip_requirements "
        "extra_pip_requirements metadata serialization_format skops_trusted_types extra_files **kwargs",
        log="lgb_model artifact_path conda_env code_paths registered_model_name signature input_example "
        "await_registration_for pip_requirements extra_pip_requirements metadata extra_files name params tags "
        "model_type step model_id serialization_format skops_trusted_types **kwargs",
        own={"serialization_format": None, "skops_trusted_types": None},
    ),
    _default_requirements,
)
save_model, log_model, load_model = _functions.save_model, _functions.log_model, _functions.load_model
get_default_pip_requirements = _functions.get_default_pip_requirements
get_default_conda_env = _functions.get_default_conda_env
