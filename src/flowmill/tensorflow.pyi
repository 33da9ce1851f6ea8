# Written by `make schema` from the tables of lazily resolved names; do not edit.

from pathlib import Path
from typing import Any

from flowmill.models.mlmodel import Model, ModelInfo
from flowmill.models.signature import ModelSignature
from flowmill.autologging.keras_callbacks import MlflowCallback as MlflowCallback
from flowmill.autologging.keras_callbacks import MlflowModelCheckpointCallback as MlflowModelCheckpointCallback
from flowmill.autologging.loading import load_keras_checkpoint as _load_checkpoint
load_checkpoint = _load_checkpoint
from flowmill.autologging.tensorflow import autolog as autolog
from flowmill.models.flavors.keras import get_global_custom_objects as get_global_custom_objects
from flowmill.models.flavors.tensorflow import FLAVOR_NAME as FLAVOR_NAME

def get_default_conda_env(include_cloudpickle: bool = ...) -> dict[str, Any]: ...
def get_default_pip_requirements(include_cloudpickle: bool = ...) -> list[str]: ...
def load_model(model_uri: str | Path, dst_path: str | None = ..., saved_model_kwargs: Any = ..., keras_model_kwargs: Any = ..., *, allow_pickle: bool = ...) -> Any: ...
def log_model(model: Any, artifact_path: str | None = ..., custom_objects: Any = ..., conda_env: str | Path | dict[str, Any] | None = ..., code_paths: list[str] | None = ..., signature: ModelSignature | bool | None = ..., input_example: Any = ..., registered_model_name: str | None = ..., await_registration_for: int | None = ..., pip_requirements: str | Path | list[str] | None = ..., extra_pip_requirements: str | Path | list[str] | None = ..., saved_model_kwargs: Any = ..., keras_model_kwargs: Any = ..., metadata: dict[str, Any] | None = ..., extra_files: list[str] | None = ..., name: str | None = ..., params: dict[str, Any] | None = ..., tags: dict[str, Any] | None = ..., model_type: str | None = ..., step: int = ..., model_id: str | None = ..., **kwargs: Any) -> ModelInfo: ...
def save_model(model: Any, path: str | Path, conda_env: str | Path | dict[str, Any] | None = ..., code_paths: list[str] | None = ..., mlflow_model: Model | None = ..., custom_objects: Any = ..., signature: ModelSignature | bool | None = ..., input_example: Any = ..., pip_requirements: str | Path | list[str] | None = ..., extra_pip_requirements: str | Path | list[str] | None = ..., saved_model_kwargs: Any = ..., keras_model_kwargs: Any = ..., metadata: dict[str, Any] | None = ..., extra_files: list[str] | None = ...) -> None: ...
