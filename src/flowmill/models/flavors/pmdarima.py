"""pmdarima's models of time series: pmdarima knows no format but pickles, so the file is sealed with the user's key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowmill.errors import Invalid
from flowmill.models.flavor import Flavor, Saved, Stored, is_instance
from flowmill.models.functions import Calls, functions_of
from flowmill.models.infer import is_frame
from flowmill.models.modules import installed_version, top_levels
from flowmill.models.pickles import dump as dump_pickle
from flowmill.models.pickles import load as load_pickle

FLAVOR_NAME = "pmdarima"
MODEL_FILE = "model.pmd"
_FUTURE_VALUES = "X"


def is_pmdarima_model(value: object) -> bool:
    """Whether it is an ARIMA, an AutoARIMA or a pipeline of pmdarima."""
    return is_instance(value, "pmdarima.base", "BaseARIMA") or is_instance(value, "pmdarima.pipeline", "Pipeline")


def _save(model: Any, folder: Path, options: Mapping[str, Any]) -> Saved:
    FLAVOR.require_model(model)
    modules = top_levels(dump_pickle(model, folder / MODEL_FILE))
    settings = {
        "pmdarima_version": installed_version("pmdarima"),
        "data": MODEL_FILE,
        "model_type": type(model).__name__,
        "code": None,
    }
    packages = ["pmdarima", "scikit-learn", "scipy", "statsmodels"]
    return Saved(settings, {"data": MODEL_FILE}, [MODEL_FILE], modules, packages)


def _load(stored: Stored) -> Any:
    relative = stored.settings.get("data") or MODEL_FILE
    return load_pickle(str(relative), stored.sealed(relative))


def _predict(model: Any, settings: Mapping[str, Any], data: Any, params: dict[str, Any] | None) -> Any:
    """A column ``yhat``, with ``yhat_lower`` and ``yhat_upper`` beside it if ``return_conf_int`` is asked for."""
    import pandas

    if not is_frame(data) or len(data) != 1 or "n_periods" not in data.columns:
        found = f"{len(data)} rows of {list(data.columns)}" if is_frame(data) else type(data).__name__
        raise Invalid(
            f"A model of pmdarima predicts from one row with the column n_periods, found {found}: pass "
            'pandas.DataFrame({"n_periods": [3]}), beside it return_conf_int and alpha if you want them.'
        )
    asked = {**{str(name): data[name].iloc[0] for name in data.columns}, **(params or {})}
    unknown = sorted(set(asked) - {"n_periods", "return_conf_int", "alpha", _FUTURE_VALUES})
    if unknown:
        raise Invalid(f"The columns {unknown} are unknown: expected n_periods, return_conf_int, alpha and X.")
    arguments: dict[str, Any] = {
        "n_periods": _whole_number(asked["n_periods"]),
        "return_conf_int": bool(asked.get("return_conf_int", False)),
        "alpha": float(asked.get("alpha", 0.05)),
    }
    if asked.get(_FUTURE_VALUES) is not None:
        arguments[_FUTURE_VALUES] = pandas.DataFrame(asked[_FUTURE_VALUES])
    answer = model.predict(**arguments)
    if not arguments["return_conf_int"]:
        return pandas.DataFrame({"yhat": list(answer)})
    middle, bounds = answer
    return pandas.DataFrame({"yhat": list(middle), "yhat_lower": bounds[:, 0], "yhat_upper": bounds[:, 1]})


def _whole_number(value: Any) -> int:
    if int(value) != value or value < 1:
        raise Invalid(f"n_periods is {value!r}: expected how many periods to predict, 1 or more.")
    return int(value)


FLAVOR = Flavor(
    name=FLAVOR_NAME,
    loader_module="mlflow.pmdarima",
    packages=("pmdarima",),
    detect=is_pmdarima_model,
    save=_save,
    load=_load,
    predict=_predict,
)

_functions = functions_of(
    FLAVOR,
    Calls(
        save="pmdarima_model path conda_env code_paths mlflow_model signature input_example pip_requirements "
        "extra_pip_requirements metadata extra_files",
        log="pmdarima_model artifact_path conda_env code_paths registered_model_name signature input_example "
        "await_registration_for pip_requirements extra_pip_requirements metadata extra_files name params tags "
        "model_type step model_id **kwargs",
    ),
)
save_model, log_model, load_model = _functions.save_model, _functions.log_model, _functions.load_model
get_default_pip_requirements = _functions.get_default_pip_requirements
get_default_conda_env = _functions.get_default_conda_env
