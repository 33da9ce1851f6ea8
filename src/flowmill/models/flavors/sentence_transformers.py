"""sentence-transformers: texts to vectors, saved as the library saves them, weights as safetensors."""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowmill.errors import Denied, Invalid
from flowmill.models.flavor import Flavor, Saved, Stored, first_line, is_instance, no_more
from flowmill.models.flavors.python_function import config_of
from flowmill.models.flavors.transformer_files import may_run_programs, programs_in, repository_of
from flowmill.models.flavors.transformer_tasks import EMBEDDINGS, embeddings_of, requests_of, signature_of
from flowmill.models.functions import Calls, functions_of, pinned
from flowmill.models.infer import is_array, is_frame
from flowmill.models.modules import installed_version, modules_of
from flowmill.models.schema import ColSpec, Schema, TensorSpec
from flowmill.models.seal import ALLOW_VARIABLE
from flowmill.models.signature import ModelSignature

FLAVOR_NAME = "sentence_transformers"
SENTENCE_TRANSFORMERS_DATA_PATH = "model.sentence_transformer"
INFERENCE_CONFIG = "inference_config"
"""The file, JSON, in which MLflow keeps arguments of ``encode``."""
LIBRARIES = ("sentence_transformers.", "transformers.")
"""Where the classes of a model's modules come from; others run code that the model names."""


def is_sentence_transformer(value: object) -> bool:
    """Whether it is a model of sentence-transformers."""
    return is_instance(value, "sentence_transformers", "SentenceTransformer")


def _save(model: Any, folder: Path, options: Mapping[str, Any]) -> Saved:
    FLAVOR.require_model(model)
    no_more(options.get("kwargs", {}), "save_model")
    task = options.get("task")
    if task not in (None, EMBEDDINGS):
        raise Invalid(f"The task is {task!r}: expected {EMBEDDINGS!r}, or none.")
    model.save(str(folder / SENTENCE_TRANSFORMERS_DATA_PATH))
    inner = getattr(model[0], "auto_model", None)
    settings = {
        "sentence_transformers_version": installed_version("sentence-transformers"),
        "pipeline_model_type": type(inner).__name__,
        "source_model_name": repository_of(inner) or "",
        "code": None,
    }
    pyfunc: dict[str, Any] = {"data": SENTENCE_TRANSFORMERS_DATA_PATH}
    config = config_of(None, options.get("inference_config"))
    if config:
        (folder / INFERENCE_CONFIG).write_text(json.dumps(config), encoding="utf-8")
    config |= {"task": task} if task else {}
    if config:
        pyfunc["config"] = config
    programs = programs_in(folder, [SENTENCE_TRANSFORMERS_DATA_PATH])
    if _strange_classes(folder / SENTENCE_TRANSFORMERS_DATA_PATH):
        programs.append(f"{SENTENCE_TRANSFORMERS_DATA_PATH}/modules.json")
    own = modules_of(list(model)) | {"sentence_transformers", "transformers", "torch"}
    return Saved(
        settings,
        pyfunc,
        programs,
        own,
        ["sentence-transformers", "transformers", "torch"],
        metadata={"task": task} if task else {},
        signature=signature_of(task) if task else None,
    )


def _strange_classes(folder: Path) -> list[str]:
    """The classes in the list of a model's modules that are not of the library."""
    try:
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        names = [str(module["type"]) for module in modules]
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise Invalid(f"The model's modules.json is no list of modules ({first_line(error)}): restore it.") from error
    return [name for name in names if not name.startswith(LIBRARIES)]


def _load(stored: Stored) -> Any:
    import sentence_transformers

    relative = str(stored.settings.get("data") or SENTENCE_TRANSFORMERS_DATA_PATH)
    folder = stored.path(relative, "folder of the model")
    programs = may_run_programs(stored, [relative])
    strange = _strange_classes(folder)
    if strange and not stored.trust.covers(f"{relative}/modules.json"):
        raise Denied(
            f"The model is made of {strange[0]}, which can run any code, and no key that you trust has sealed that: if "
            f"you trust who made the model, pass allow_pickle=True or set {ALLOW_VARIABLE}=true."
        )
    try:
        return sentence_transformers.SentenceTransformer(
            str(folder), trust_remote_code=programs or bool(strange), local_files_only=True
        )
    except Exception as error:
        # What is damaged or missing there makes the libraries raise errors of many kinds.
        raise Invalid(
            f"The model's {relative} is no model of sentence-transformers ({first_line(error)}): restore it."
        ) from error


def _texts(data: Any) -> list[str]:
    if is_frame(data):
        if len(data.columns) != 1:
            raise Invalid(f"The input has the columns {list(data.columns)}: expected one of texts.")
        data = data.iloc[:, 0].tolist()
    elif is_array(data):
        data = data.ravel().tolist()
    elif isinstance(data, Mapping) and len(data) == 1:
        (data,) = data.values()
    if isinstance(data, str):
        return [data]
    if not isinstance(data, list) or not all(isinstance(text, str) for text in data):
        raise Invalid(f"The input is a {type(data).__name__}: expected a text or a list, an array, a column of texts.")
    return data


@dataclass(frozen=True)
class _Asked:
    """A model and what MLflow wrote beside it of how it is to be asked."""

    model: Any
    config: dict[str, Any]


def _ready(model: Any, settings: Mapping[str, Any]) -> _Asked:
    file = Path(str(settings.get("folder"))) / INFERENCE_CONFIG
    if not file.is_file():
        return _Asked(model, {})
    try:
        return _Asked(model, dict(json.loads(file.read_text(encoding="utf-8"))))
    except (ValueError, TypeError, RecursionError) as error:
        raise Invalid(f"The model's {INFERENCE_CONFIG} is no JSON object ({first_line(error)}): restore it.") from error


def _predict(asked: _Asked, settings: Mapping[str, Any], data: Any, params: dict[str, Any] | None) -> Any:
    """The vectors of the texts: float32, shape (texts, dimensions); as the answer of a task if the model has one."""
    given = {**asked.config, **(settings.get("config") or {}), **(params or {})}
    task = given.pop("task", None)
    texts = _texts(data) if task is None else [each["input"] for each in requests_of(data, "input")]
    try:
        vectors = asked.model.encode(texts, **{"show_progress_bar": False, **given})
    except (TypeError, ValueError) as error:
        raise Invalid(f"The model cannot encode with the parameters {sorted(given)} ({first_line(error)}).") from error
    return vectors if task is None else embeddings_of(list(vectors), texts, asked.model.tokenizer)


def _default_signature(settings: Mapping[str, Any]) -> ModelSignature:
    import numpy

    return ModelSignature(Schema([ColSpec("string")]), Schema([TensorSpec(numpy.dtype("float64"), (-1,))]))


FLAVOR = Flavor(
    name=FLAVOR_NAME,
    loader_module="mlflow.sentence_transformers",
    packages=("sentence-transformers", "transformers", "torch"),
    detect=is_sentence_transformer,
    save=_save,
    load=_load,
    predict=_predict,
    ready=_ready,
    default_signature=_default_signature,
)


def _default_requirements() -> list[str]:
    return pinned("sentence-transformers", "transformers", "torch")


_functions = functions_of(
    FLAVOR,
    Calls(
        save="model path task inference_config code_paths mlflow_model signature input_example pip_requirements "
        "extra_pip_requirements conda_env metadata extra_files **kwargs",
        log="model artifact_path task inference_config code_paths registered_model_name signature input_example "
        "await_registration_for pip_requirements extra_pip_requirements conda_env metadata extra_files prompts name "
        "params tags model_type step model_id **kwargs",
        own={"task": None, "inference_config": None},
    ),
    _default_requirements,
)
save_model, log_model, load_model = _functions.save_model, _functions.log_model, _functions.load_model
get_default_pip_requirements = _functions.get_default_pip_requirements
get_default_conda_env = _functions.get_default_conda_env
