"""statsmodels' results: statsmodels knows no format but pickles, so the file is sealed with the user's key."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowmill.errors import Invalid
from flowmill.models.flavor import Flavor, Saved, Stored, is_instance
from flowmill.models.functions import Calls, functions_of
from flowmill.models.infer import is_frame
from flowmill.models.modules import installed_version
from flowmill.models.pickles import load as load_pickle
from flowmill.models.pickles import modules_in

FLAVOR_NAME = "statsmodels"
STATSMODELS_DATA_SUBPATH = "model.statsmodels"


def is_statsmodels_model(value: object) -> bool:
    """Whether it is what ``fit`` of a model of statsmodels gives."""
    return is_instance(value, "statsmodels.base.wrapper", "ResultsWrapper") or is_instance(
        value, "statsmodels.base.model", "Results"
    )


def _save(model: Any, folder: Path, options: Mapping[str, Any]) -> Saved:
    FLAVOR.require_model(model)
    model.save(str(folder / STATSMODELS_DATA_SUBPATH), remove_data=bool(options.get("remove_data")))
    modules = modules_in((folder / STATSMODELS_DATA_SUBPATH).read_bytes())
    settings = {
        "statsmodels_version": installed_version("statsmodels"),
        "data": STATSMODELS_DATA_SUBPATH,
        "code": None,
    }
    # The pickle holds a formula as text; one of these two reads it again, and which one changes the design matrix.
    formulas = ["patsy", "formulaic"] if hasattr(getattr(model, "model", None), "formula") else []
    return Saved(
        settings,
        {"data": STATSMODELS_DATA_SUBPATH},
        [STATSMODELS_DATA_SUBPATH],
        modules,
        ["statsmodels", "scipy", *formulas],
    )


def _load(stored: Stored) -> Any:
    relative = stored.settings.get("data") or STATSMODELS_DATA_SUBPATH
    return load_pickle(str(relative), stored.sealed(relative))


def _is_time_series(model: Any) -> bool:
    base: Any = sys.modules.get("statsmodels.tsa.base.tsa_model")
    return base is not None and isinstance(getattr(model, "model", None), base.TimeSeriesModel)


def _predict(model: Any, settings: Mapping[str, Any], data: Any, params: dict[str, Any] | None) -> Any:
    if not _is_time_series(model):
        return model.predict(data, **(params or {}))
    if not is_frame(data) or len(data) != 1 or not {"start", "end"} <= set(data.columns):
        found = f"{len(data)} rows of {list(data.columns)}" if is_frame(data) else type(data).__name__
        raise Invalid(
            f"A model of a time series predicts from one row with the columns start and end, found {found}: pass "
            'pandas.DataFrame({"start": [first], "end": [last]}).'
        )
    return model.predict(start=data["start"].iloc[0], end=data["end"].iloc[0], **(params or {}))


FLAVOR = Flavor(
    name=FLAVOR_NAME,
    loader_module="mlflow.statsmodels",
    packages=("statsmodels",),
    detect=is_statsmodels_model,
    save=_save,
    load=_load,
    predict=_predict,
)

_functions = functions_of(
    FLAVOR,
    Calls(
        save="statsmodels_model path conda_env code_paths mlflow_model remove_data signature input_example "
        "pip_requirements extra_pip_requirements metadata extra_files",
        log="statsmodels_model artifact_path conda_env code_paths registered_model_name remove_data signature "
        "input_example await_registration_for pip_requirements extra_pip_requirements metadata extra_files name params "
        "tags model_type step model_id **kwargs",
        own={"remove_data": False},
    ),
)
save_model, log_model, load_model = _functions.save_model, _functions.log_model, _functions.load_model
get_default_pip_requirements = _functions.get_default_pip_requirements
get_default_conda_env = _functions.get_default_conda_env
