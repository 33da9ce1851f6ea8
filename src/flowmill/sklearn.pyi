# Written by `make schema` from the tables of lazily resolved names; do not edit.

from pathlib import Path
from typing import Any

from flowmill.models.mlmodel import Model, ModelInfo
from flowmill.models.signature import ModelSignature
from flowmill.autologging.sklearn import autolog as autolog
from flowmill.models.flavors.sklearn import FLAVOR_NAME as FLAVOR_NAME
from flowmill.models.flavors.sklearn import SERIALIZATION_FORMAT_CLOUDPICKLE as SERIALIZATION_FORMAT_CLOUDPICKLE
from flowmill.models.flavors.sklearn import SERIALIZATION_FORMAT_PICKLE as SERIALIZATION_FORMAT_PICKLE
from flowmill.models.flavors.sklearn import SERIALIZATION_FORMAT_SKOPS as SERIALIZATION_FORMAT_SKOPS
from flowmill.models.flavors.sklearn import SUPPORTED_SERIALIZATION_FORMATS as SUPPORTED_SERIALIZATION_FORMATS

def get_default_conda_env(include_cloudpickle: bool = ..., include_skops: bool = ...) -> dict[str, Any]: ...
def get_default_pip_requirements(include_cloudpickle: bool = ..., include_skops: bool = ...) -> list[str]: ...
def load_model(model_uri: str | Path, dst_path: str | None = ..., *, allow_pickle: bool = ...) -> Any: ...
def log_model(sk_model: Any, artifact_path: str | None = ..., conda_env: str | Path | dict[str, Any] | None = ..., code_paths: list[str] | None = ..., serialization_format: Any = ..., registered_model_name: str | None = ..., signature: ModelSignature | bool | None = ..., input_example: Any = ..., await_registration_for: int | None = ..., pip_requirements: str | Path | list[str] | None = ..., extra_pip_requirements: str | Path | list[str] | None = ..., pyfunc_predict_fn: Any = ..., metadata: dict[str, Any] | None = ..., extra_files: list[str] | None = ..., params: dict[str, Any] | None = ..., tags: dict[str, Any] | None = ..., model_type: str | None = ..., step: int = ..., model_id: str | None = ..., name: str | None = ..., skops_trusted_types: Any = ..., **kwargs: Any) -> ModelInfo: ...
def save_model(sk_model: Any, path: str | Path, conda_env: str | Path | dict[str, Any] | None = ..., code_paths: list[str] | None = ..., mlflow_model: Model | None = ..., serialization_format: Any = ..., signature: ModelSignature | bool | None = ..., input_example: Any = ..., pip_requirements: str | Path | list[str] | None = ..., extra_pip_requirements: str | Path | list[str] | None = ..., pyfunc_predict_fn: Any = ..., metadata: dict[str, Any] | None = ..., skops_trusted_types: Any = ..., extra_files: list[str] | None = ...) -> None: ...
