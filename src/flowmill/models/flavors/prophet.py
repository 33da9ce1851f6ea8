"""Prophet's models, saved in Prophet's own JSON, which holds data and no program."""

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
from flowmill.models.infer import is_frame
from flowmill.models.modules import installed_version

FLAVOR_NAME = "prophet"
MODEL_FILE = "model.pr"


def is_prophet_model(value: object) -> bool:
    """Whether it is a ``Prophet``."""
    return is_instance(value, "prophet.forecaster", "Prophet")


def _save(model: Any, folder: Path, options: Mapping[str, Any]) -> Saved:
    from prophet.serialize import model_to_json

    FLAVOR.require_model(model)
    if model.history is None:
        raise Invalid("The Prophet is not fitted yet: call fit before it is saved.")
    # A JSON text within JSON, as MLflow has it.
    (folder / MODEL_FILE).write_text(json.dumps(model_to_json(model)), encoding="utf-8")
    settings = {
        "prophet_version": installed_version("prophet"),
        "data": MODEL_FILE,
        "model_type": type(model).__name__,
        "code": None,
    }
    return Saved(settings, {"data": MODEL_FILE}, modules={"prophet"}, packages=["prophet", "numpy", "pandas"])


def _load(stored: Stored) -> Any:
    from prophet.serialize import model_from_json

    file = stored.path(stored.settings.get("data") or MODEL_FILE)
    try:
        return model_from_json(json.loads(file.read_bytes()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Invalid(f"The model's {file.name} is no model of Prophet ({first_line(error)}): restore it.") from error


def _predict(model: Any, settings: Mapping[str, Any], data: Any, params: dict[str, Any] | None) -> Any:
    if not is_frame(data) or "ds" not in data.columns:
        found = f"the columns {list(data.columns)}" if is_frame(data) else type(data).__name__
        raise Invalid(f"A Prophet predicts for the dates in the column ds of a DataFrame, found {found}.")
    return model.predict(data)


FLAVOR = Flavor(
    name=FLAVOR_NAME,
    loader_module="mlflow.prophet",
    packages=("prophet",),
    detect=is_prophet_model,
    save=_save,
    load=_load,
    predict=_predict,
)

_functions = functions_of(
    FLAVOR,
    Calls(
        save="pr_model path conda_env code_paths mlflow_model signature input_example pip_requirements "
        "extra_pip_requirements metadata extra_files",
        log="pr_model artifact_path conda_env code_paths registered_model_name signature input_example "
        "await_registration_for pip_requirements extra_pip_requirements metadata extra_files name params tags "
        "model_type step model_id **kwargs",
    ),
)
save_model, log_model, load_model = _functions.save_model, _functions.log_model, _functions.load_model
get_default_pip_requirements = _functions.get_default_pip_requirements
get_default_conda_env = _functions.get_default_conda_env
