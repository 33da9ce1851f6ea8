"""Pipelines of transformers: weights as safetensors, tokenizers as JSON; by reference to a repository if wished."""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false

from __future__ import annotations

import importlib.util
import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowmill.errors import Invalid
from flowmill.models.flavor import Flavor, Saved, Stored, first_line, is_instance, no_more
from flowmill.models.flavors import transformer_files as files
from flowmill.models.flavors import transformer_tasks as tasks
from flowmill.models.flavors.python_function import config_of
from flowmill.models.flavors.transformer_forms import ask, default_signature, require_template
from flowmill.models.functions import Calls, functions_of, pinned
from flowmill.models.load import put_files, require_changeable
from flowmill.models.mlmodel import MLMODEL_FILE_NAME, Model
from flowmill.models.modules import installed_version, modules_of
from flowmill.models.signature import ModelSignature
from flowmill.models.uri import fetched, resolve

FLAVOR_NAME = "transformers"
RETURN_TYPES = ("pipeline", "components")
_PARTS = ("model", "tokenizer", "feature_extractor", "image_processor", "processor", "torch_dtype", "dtype")
_INFERENCE_TASK = "inference_task"
_DTYPES = ("float16", "bfloat16", "float32", "float64")

_log = logging.getLogger(__name__)


class FlavorKey:
    """The keys of the flavor's settings in an MLmodel file."""

    TASK = "task"
    INSTANCE_TYPE = "instance_type"
    TORCH_DTYPE = "torch_dtype"
    FRAMEWORK = "framework"
    MODEL = "model"
    MODEL_TYPE = "pipeline_model_type"
    MODEL_BINARY = "model_binary"
    MODEL_NAME = "source_model_name"
    MODEL_REVISION = "source_model_revision"
    MODEL_LOCAL_BASE = "local_base_model_path"
    PEFT = "peft_adaptor"
    COMPONENTS = "components"
    COMPONENT_NAME = "{}_name"
    COMPONENT_REVISION = "{}_revision"
    COMPONENT_TYPE = "{}_type"
    TOKENIZER = "tokenizer"
    FEATURE_EXTRACTOR = "feature_extractor"
    IMAGE_PROCESSOR = "image_processor"
    PROCESSOR = "processor"
    PROCESSOR_TYPE = "processor_type"
    PROMPT_TEMPLATE = "prompt_template"


def is_transformers_model(value: object) -> bool:
    """Whether it is a pipeline, or a dict of the parts of one."""
    if isinstance(value, dict):
        return is_instance(value.get("model"), "transformers.modeling_utils", "PreTrainedModel")
    return is_instance(value, "transformers.pipelines.base", "Pipeline")


def is_gpu_available() -> bool:
    """Whether PyTorch can compute on a GPU here."""
    import torch

    return bool(torch.cuda.is_available())


def _as_pipeline(model: Any, options: Mapping[str, Any]) -> Any:
    """The pipeline that a value of any of the three accepted kinds stands for."""
    task = options.get("task")
    if tasks.is_task(task):
        task = tasks.PIPELINES.get(str(task))
    if is_instance(model, "transformers.pipelines.base", "Pipeline"):
        return model
    if isinstance(model, str | Path):
        folder = Path(model)
        if not (folder / "config.json").is_file():
            raise Invalid(f"There is no config.json in {str(folder)!r}: expected the folder of a saved model.")
        if task is None:
            raise Invalid("task is missing: a folder does not say what the model is for.")
        return _piped(task, {"model": str(folder)}, {})
    FLAVOR.require_model(model)
    strange = sorted(set(model) - set(_PARTS))
    if strange:
        raise Invalid(f"The model's dict has {strange}: expected some of {', '.join(_PARTS)}.")
    parts = {name: part for name, part in model.items() if name not in ("torch_dtype", "dtype")}
    return _piped(task or _task_of(model["model"]), parts, {})


def _task_of(model: Any) -> str:
    """The one task that transformers knows for the model's class."""
    from transformers.pipelines import PIPELINE_REGISTRY

    name = type(model).__name__
    known: list[str] = []
    for task, about in PIPELINE_REGISTRY.supported_tasks.items():
        for automatic in about.get("pt") or ():
            if name in {str(each) for each in getattr(automatic._model_mapping, "_model_mapping", {}).values()}:
                known.append(task)
                break
    # One class fits several tasks; where one of them is asked the same way as the model was trained, it is that.
    (best,) = [task for task in known if task != "zero-shot-classification"][:1] or [None]
    if best is None:
        raise Invalid(f"No task is known for a {name}: pass task='…', or a pipeline.")
    return best


def _piped(task: str, parts: Mapping[str, Any], more: Mapping[str, Any]) -> Any:
    import transformers

    try:
        return transformers.pipeline(task, **parts, **more)
    except Exception as error:
        # What does not fit together makes transformers raise errors of many kinds.
        raise Invalid(f"No pipeline of {task!r} can be made of {sorted(parts)} ({first_line(error)}).") from error


def _components(pipeline: Any, processor: Any) -> dict[str, Any]:
    found = {name: getattr(pipeline, name, None) for name in files.COMPONENTS if name != "processor"}
    if processor is not None:
        found["processor"] = processor
    return {name: part for name, part in sorted(found.items()) if part is not None}


def _save(model: Any, folder: Path, options: Mapping[str, Any]) -> Saved:
    no_more(options.get("kwargs", {}), "save_model")
    pipeline = _as_pipeline(model, options)
    config = config_of(None, options.get("model_config"))
    metadata: dict[str, Any] = {}
    template = options.get("prompt_template")
    if template is not None:
        metadata[FlavorKey.PROMPT_TEMPLATE] = require_template(template, pipeline.task)
        if pipeline.task == "text-generation":
            config.setdefault("return_full_text", False)
    settings = _described(pipeline, options)
    signature = None
    if tasks.is_task(options.get("task")):
        task = tasks.require_task(options["task"], pipeline)
        settings[_INFERENCE_TASK] = metadata["task"] = task
        signature = tasks.signature_of(task)
    parts = _components(pipeline, options.get("processor"))
    base = options.get("base_model_path")
    if base is not None and not files.is_peft_model(pipeline.model):
        raise Invalid("base_model_path is for models with an adapter of PEFT, and this one has none: leave it out.")
    if base is not None:
        settings[FlavorKey.MODEL_LOCAL_BASE] = str(base)
        files.save_adapter(pipeline.model, folder)
        files.save_components(parts, folder)
    elif not options.get("save_pretrained", True) and files.repository_of(pipeline.model) is not None:
        settings |= _references(pipeline, parts)
        if files.is_peft_model(pipeline.model):
            files.save_adapter(pipeline.model, folder)
    else:
        settings[FlavorKey.MODEL_BINARY] = files.MODEL_FOLDER
        files.save_weights(pipeline.model, folder)
        files.save_components(parts, folder)
    if (folder / files.PEFT_FOLDER).exists():
        settings[FlavorKey.PEFT] = files.PEFT_FOLDER
    settings[FlavorKey.COMPONENTS] = [name for name in parts if name != FlavorKey.PROCESSOR]
    settings |= {FlavorKey.COMPONENT_TYPE.format(name): type(part).__name__ for name, part in parts.items()}
    _save_card(options.get("model_card"), folder)
    packages = ["transformers", "torch", *["peft"] * (FlavorKey.PEFT in settings)]
    return Saved(
        settings,
        {"config": config} if config else {},
        files.programs_in(folder),
        modules_of([pipeline.model, *parts.values()]) | {"transformers", "torch"},
        packages,
        metadata=metadata,
        signature=signature,
    )


def _described(pipeline: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    model = files.get_peft_base_model(pipeline.model) if files.is_peft_model(pipeline.model) else pipeline.model
    dtype = options.get("torch_dtype") or getattr(pipeline.model, "dtype", None)
    about: dict[str, Any] = {
        "code": None,
        "transformers_version": installed_version("transformers"),
        FlavorKey.TASK: pipeline.task,
        FlavorKey.INSTANCE_TYPE: type(pipeline).__name__,
        FlavorKey.MODEL_TYPE: type(model).__name__,
        FlavorKey.MODEL_NAME: files.repository_of(pipeline.model) or "",
    }
    if dtype is not None:
        about[FlavorKey.TORCH_DTYPE] = str(dtype)
    framework = getattr(pipeline, "framework", None)
    if isinstance(framework, str):
        about[FlavorKey.FRAMEWORK] = framework
    return about


def _references(pipeline: Any, parts: Mapping[str, Any]) -> dict[str, Any]:
    """Where the model's and its parts' files lie on the hub, at which revision."""
    name = files.repository_of(pipeline.model)
    assert name is not None
    found: dict[str, Any] = {FlavorKey.MODEL_NAME: name, FlavorKey.MODEL_REVISION: _revision(name)}
    for kind, part in parts.items():
        its = files.repository_of(part) or name
        found[FlavorKey.COMPONENT_NAME.format(kind)] = its
        found[FlavorKey.COMPONENT_REVISION.format(kind)] = (
            found[FlavorKey.MODEL_REVISION] if its == name else _revision(its)
        )
    return found


def _revision(repository: str) -> str:
    """The commit of the copy that is used here; that of the hub if there is none."""
    import huggingface_hub

    cached = huggingface_hub.try_to_load_from_cache(repository, "config.json")
    if isinstance(cached, str):
        return Path(cached).parent.name
    try:
        return str(huggingface_hub.HfApi().model_info(repository).sha)
    except Exception as error:
        # The network and the hub fail in many ways.
        raise Invalid(
            f"The revision of {repository!r} cannot be asked for ({first_line(error)}): leave save_pretrained out, and "
            "the weights are saved with the model."
        ) from error


def _save_card(card: Any, folder: Path) -> None:
    if card is None:
        return
    if not is_instance(card, "huggingface_hub.repocard", "ModelCard"):
        raise Invalid(f"model_card is {card!r}: expected a huggingface_hub.ModelCard.")
    (folder / "model_card.md").write_text(card.text, encoding="utf-8")
    (folder / "model_card_data.yaml").write_text(card.data.to_yaml(), encoding="utf-8")


def _load(stored: Stored) -> Any:
    options = stored.options
    return_type = options.get("return_type", "pipeline")
    if return_type not in RETURN_TYPES:
        raise Invalid(f"return_type is {return_type!r}: expected 'pipeline' or 'components'.")
    more = {name: value for name, value in options.items() if name not in ("return_type", "device", "base_model_path")}
    programs = bool(more.pop("trust_remote_code", False)) or files.may_run_programs(stored)
    dtype = more.pop("torch_dtype", more.pop("dtype", None)) or _dtype(stored.settings.get(FlavorKey.TORCH_DTYPE))
    trusted = {"trust_remote_code": True} if programs else {}
    model = _load_weights(stored, {**trusted, files.dtype_word(): dtype})
    parts = {kind: _load_part(stored, kind, trusted) for kind in _kinds(stored)}
    task = str(stored.settings.get(FlavorKey.TASK))
    if return_type == "components":
        return {"task": task, files.dtype_word(): dtype, "model": model, **parts}
    if options.get("device") is not None:
        more["device"] = options["device"]
    return _piped(task, {"model": model, **parts}, more)


def _kinds(stored: Stored) -> list[str]:
    named = stored.settings.get(FlavorKey.COMPONENTS) or []
    every = [*named, *[FlavorKey.PROCESSOR] * (FlavorKey.PROCESSOR_TYPE in stored.settings)]
    strange = [each for each in every if each not in files.COMPONENTS]
    if strange:
        raise Invalid(f"The MLmodel file names the component {strange[0]!r}: expected {', '.join(files.COMPONENTS)}.")
    return every


def _dtype(name: Any) -> Any:
    import torch

    word = str(name).removeprefix("torch.")
    return getattr(torch, word) if word in _DTYPES else None


def _load_weights(stored: Stored, more: Mapping[str, Any]) -> Any:
    settings = stored.settings
    name = str(settings.get(FlavorKey.MODEL_TYPE))
    base = stored.options.get("base_model_path") or settings.get(FlavorKey.MODEL_LOCAL_BASE)
    if FlavorKey.MODEL_BINARY in settings:
        folder = stored.path(settings[FlavorKey.MODEL_BINARY], "folder of weights")
        files.require_files(folder, ["config.json"])
        names = {"key_mapping": files.NAMES_OF_PEFT} if FlavorKey.PEFT in settings else {}
        model = files.load_model(stored, folder, name, {**more, **names, "local_files_only": True})
    elif base is not None:
        files.require_files(Path(base), ["config.json"])
        model = files.load_model(stored, str(base), name, {**more, "local_files_only": True})
    else:
        repository, revision = _reference(settings, FlavorKey.MODEL_NAME, FlavorKey.MODEL_REVISION)
        model = files.load_model(stored, repository, name, {**more, "revision": revision})
    if FlavorKey.PEFT in settings:
        return files.get_model_with_peft_adapter(model, stored.path(settings[FlavorKey.PEFT], "folder of the adapter"))
    return model


def _load_part(stored: Stored, kind: str, more: Mapping[str, Any]) -> Any:
    name = str(stored.settings.get(FlavorKey.COMPONENT_TYPE.format(kind)))
    words = FlavorKey.COMPONENT_NAME.format(kind), FlavorKey.COMPONENT_REVISION.format(kind)
    if words[0] in stored.settings:
        repository, revision = _reference(stored.settings, *words)
        return files.load_component(repository, kind, name, {**more, "revision": revision})
    folder = stored.path(f"{files.COMPONENTS_FOLDER}/{kind}", f"folder of the {kind}")
    files.require_component(folder, kind)
    return files.load_component(folder, kind, name, {**more, "local_files_only": True})


def _reference(settings: Mapping[str, Any], name: str, revision: str) -> tuple[str, Any]:
    found = settings.get(name)
    if not isinstance(found, str) or not files.REPOSITORY.fullmatch(found) or Path(found).exists():
        raise Invalid(f"The MLmodel file's {name} is {found!r}: expected the name of a repository of the hub.")
    return found, settings.get(revision)


def _ready(model: Any, settings: Mapping[str, Any]) -> Any:
    return model if hasattr(model, "task") else _as_pipeline(model, settings)


def _predict(pipeline: Any, settings: Mapping[str, Any], data: Any, params: dict[str, Any] | None) -> Any:
    """Texts, a DataFrame of labels and scores or an array, as the pipeline's kind has it; answers of a task."""
    config = settings.get("config") or {}
    template = (settings.get("metadata") or {}).get(FlavorKey.PROMPT_TEMPLATE)
    task = settings.get(_INFERENCE_TASK)
    if task is not None:
        name = str(settings.get(FlavorKey.MODEL_NAME) or "")
        given = {key: value for key, value in {**config, **(params or {})}.items() if key != "return_full_text"}
        return tasks.ask_as(tasks.require_task(str(task), pipeline), pipeline, data, given, template, name)
    return ask(pipeline, data, {**config, **(params or {})}, template)


def _default_signature(settings: Mapping[str, Any]) -> ModelSignature | None:
    return default_signature(str(settings.get(FlavorKey.INSTANCE_TYPE)))


def persist_pretrained_model(model_uri: str) -> None:
    """Fetch the weights of a model that was logged with ``save_pretrained=False``, and keep them with it.

    ``model_uri``: a logged model (``models:/m-…``, ``runs:/…``) or a folder. A registered version cannot be changed:
    persist the logged model, and register it.
    """
    require_changeable(model_uri, "files")
    location = resolve(model_uri)
    with fetched(location) as got, tempfile.TemporaryDirectory(prefix="flowmill-weights-") as scratch:
        model = Model.load(got.folder)
        settings = model.flavor(FLAVOR_NAME)
        if FlavorKey.MODEL_BINARY in settings:
            _log.info("The model %s has its weights already.", model_uri)
            return
        from flowmill.models.seal import Trust

        pipeline = FLAVOR.load(Stored(got.folder, settings, Trust(got.folder)))
        folder = Path(scratch)
        parts = _components(pipeline, getattr(pipeline, "processor", None) if "processor_type" in settings else None)
        files.save_weights(pipeline.model, folder)
        files.save_components(parts, folder)
        words = (FlavorKey.COMPONENT_NAME, FlavorKey.COMPONENT_REVISION)
        gone = {FlavorKey.MODEL_REVISION, *(word.format(kind) for kind in files.COMPONENTS for word in words)}
        kept = {name: value for name, value in settings.items() if name not in gone}
        model.flavors[FLAVOR_NAME] = {**kept, FlavorKey.MODEL_BINARY: files.MODEL_FOLDER}
        written = {
            file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()
        }
        put_files(location, {**written, MLMODEL_FILE_NAME: model.to_yaml().encode()})


FLAVOR = Flavor(
    name=FLAVOR_NAME,
    loader_module="mlflow.transformers",
    packages=("transformers", "torch"),
    detect=is_transformers_model,
    save=_save,
    load=_load,
    predict=_predict,
    ready=_ready,
    default_signature=_default_signature,
)


def _default_requirements(model: Any) -> list[str]:
    FLAVOR.require_model(model if not hasattr(model, "config") else {"model": model})
    more = [name for name in ("torchvision", "accelerate") if importlib.util.find_spec(name) is not None]
    return pinned("transformers", "torch", *more, *["peft"] * files.is_peft_model(getattr(model, "model", model)))


_functions = functions_of(
    FLAVOR,
    Calls(
        save="transformers_model path processor task torch_dtype model_card code_paths mlflow_model signature "
        "input_example pip_requirements extra_pip_requirements conda_env metadata model_config prompt_template "
        "save_pretrained base_model_path **kwargs",
        log="transformers_model artifact_path processor task torch_dtype model_card code_paths registered_model_name "
        "signature input_example await_registration_for pip_requirements extra_pip_requirements conda_env metadata "
        "model_config prompt_template save_pretrained prompts name params tags model_type step model_id "
        "base_model_path **kwargs",
        own={
            **dict.fromkeys(("processor", "task", "torch_dtype", "model_card", "model_config", "prompt_template")),
            "save_pretrained": True,
            "base_model_path": None,
        },
        load={"dst_path": None, "return_type": "pipeline", "device": None, "base_model_path": None},
        load_takes_more=True,
    ),
    _default_requirements,
)
save_model, log_model, load_model = _functions.save_model, _functions.log_model, _functions.load_model
get_default_pip_requirements = _functions.get_default_pip_requirements
get_default_conda_env = _functions.get_default_conda_env
is_peft_model = files.is_peft_model
get_peft_base_model = files.get_peft_base_model
get_model_with_peft_adapter = files.get_model_with_peft_adapter
