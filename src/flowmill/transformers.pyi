# Written by `make schema` from the tables of lazily resolved names; do not edit.

from pathlib import Path
from typing import Any

from flowmill.models.mlmodel import Model, ModelInfo
from flowmill.models.signature import ModelSignature
from flowmill.autologging.transformers import autolog as autolog
from flowmill.models.flavors.transformers import FLAVOR_NAME as FLAVOR_NAME
from flowmill.models.flavors.transformers import FlavorKey as FlavorKey
from flowmill.models.flavors.transformers import get_model_with_peft_adapter as get_model_with_peft_adapter
from flowmill.models.flavors.transformers import get_peft_base_model as get_peft_base_model
from flowmill.models.flavors.transformers import is_gpu_available as is_gpu_available
from flowmill.models.flavors.transformers import is_peft_model as is_peft_model
from flowmill.models.flavors.transformers import persist_pretrained_model as persist_pretrained_model

def get_default_conda_env(model: Any) -> dict[str, Any]: ...
def get_default_pip_requirements(model: Any) -> list[str]: ...
def load_model(model_uri: str | Path, dst_path: str | None = ..., return_type: Any = ..., device: Any = ..., base_model_path: Any = ..., *, allow_pickle: bool = ..., **kwargs: Any) -> Any: ...
def log_model(transformers_model: Any, artifact_path: str | None = ..., processor: Any = ..., task: Any = ..., torch_dtype: Any = ..., model_card: Any = ..., code_paths: list[str] | None = ..., registered_model_name: str | None = ..., signature: ModelSignature | bool | None = ..., input_example: Any = ..., await_registration_for: int | None = ..., pip_requirements: str | Path | list[str] | None = ..., extra_pip_requirements: str | Path | list[str] | None = ..., conda_env: str | Path | dict[str, Any] | None = ..., metadata: dict[str, Any] | None = ..., model_config: Any = ..., prompt_template: Any = ..., save_pretrained: Any = ..., prompts: list[Any] | None = ..., name: str | None = ..., params: dict[str, Any] | None = ..., tags: dict[str, Any] | None = ..., model_type: str | None = ..., step: int = ..., model_id: str | None = ..., base_model_path: Any = ..., **kwargs: Any) -> ModelInfo: ...
def save_model(transformers_model: Any, path: str | Path, processor: Any = ..., task: Any = ..., torch_dtype: Any = ..., model_card: Any = ..., code_paths: list[str] | None = ..., mlflow_model: Model | None = ..., signature: ModelSignature | bool | None = ..., input_example: Any = ..., pip_requirements: str | Path | list[str] | None = ..., extra_pip_requirements: str | Path | list[str] | None = ..., conda_env: str | Path | dict[str, Any] | None = ..., metadata: dict[str, Any] | None = ..., model_config: Any = ..., prompt_template: Any = ..., save_pretrained: Any = ..., base_model_path: Any = ..., **kwargs: Any) -> None: ...
