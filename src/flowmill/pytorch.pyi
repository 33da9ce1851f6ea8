# Written by `make schema` from the tables of lazily resolved names; do not edit.

from pathlib import Path
from typing import Any

from flowmill.models.mlmodel import Model, ModelInfo
from flowmill.models.signature import ModelSignature
from flowmill.autologging.loading import load_lightning_checkpoint as _load_checkpoint
load_checkpoint = _load_checkpoint
from flowmill.autologging.pytorch import autolog as autolog
from flowmill.models.flavors.pytorch import FLAVOR_NAME as FLAVOR_NAME

def get_default_conda_env() -> dict[str, Any]: ...
def get_default_pip_requirements() -> list[str]: ...
def load_model(model_uri: str | Path, dst_path: str | None = ..., *, allow_pickle: bool = ..., **kwargs: Any) -> Any: ...
def log_model(pytorch_model: Any, artifact_path: str | None = ..., conda_env: str | Path | dict[str, Any] | None = ..., code_paths: list[str] | None = ..., pickle_module: Any = ..., registered_model_name: str | None = ..., signature: ModelSignature | bool | None = ..., input_example: Any = ..., await_registration_for: int | None = ..., extra_files: list[str] | None = ..., pip_requirements: str | Path | list[str] | None = ..., extra_pip_requirements: str | Path | list[str] | None = ..., metadata: dict[str, Any] | None = ..., name: str | None = ..., params: dict[str, Any] | None = ..., tags: dict[str, Any] | None = ..., model_type: str | None = ..., step: int = ..., model_id: str | None = ..., export_model: Any = ..., serialization_format: Any = ..., **kwargs: Any) -> ModelInfo: ...
def save_model(pytorch_model: Any, path: str | Path, conda_env: str | Path | dict[str, Any] | None = ..., mlflow_model: Model | None = ..., code_paths: list[str] | None = ..., pickle_module: Any = ..., signature: ModelSignature | bool | None = ..., input_example: Any = ..., extra_files: list[str] | None = ..., pip_requirements: str | Path | list[str] | None = ..., extra_pip_requirements: str | Path | list[str] | None = ..., metadata: dict[str, Any] | None = ..., export_model: Any = ..., serialization_format: Any = ..., **kwargs: Any) -> None: ...
