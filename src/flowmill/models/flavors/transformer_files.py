"""The files of a transformers model: weights as safetensors, tokenizers and their like as JSON, adapters of PEFT.

All of that is data. A model with Python files of its own brings programs along: they are sealed with the user's key
and imported only under a seal that the reader trusts.
"""

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from flowmill.errors import Denied, FlowmillError, Invalid
from flowmill.models.flavor import Stored, first_line, is_instance
from flowmill.models.modules import installed_version
from flowmill.models.seal import ALLOW_VARIABLE

MODEL_FOLDER = "model"
COMPONENTS_FOLDER = "components"
PEFT_FOLDER = "peft"
FOLDERS = (MODEL_FOLDER, COMPONENTS_FOLDER, PEFT_FOLDER)
COMPONENTS = ("feature_extractor", "image_processor", "processor", "tokenizer")
_AUTO_CLASSES = {
    "feature_extractor": "AutoFeatureExtractor",
    "image_processor": "AutoImageProcessor",
    "processor": "AutoProcessor",
    "tokenizer": "AutoTokenizer",
}
_BASES = {
    "feature_extractor": ("transformers.feature_extraction_utils", "FeatureExtractionMixin"),
    "image_processor": ("transformers.image_processing_base", "ImageProcessingMixin"),
    "processor": ("transformers.processing_utils", "ProcessorMixin"),
    "tokenizer": ("transformers.tokenization_utils_base", "PreTrainedTokenizerBase"),
}
_DATA = (".json", ".txt", ".safetensors", ".model", ".jinja", ".md", ".tiktoken", ".vocab", ".bpe", ".spm")
"""Endings of files that hold numbers and texts; whatever ends otherwise may be a program or a pickle."""
REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")


def dtype_word() -> str:
    """What ``from_pretrained`` calls the numbers' type in the installed version."""
    major, minor = (int(part) for part in (installed_version("transformers") or "0.0").split(".")[:2])
    return "dtype" if (major, minor) >= (4, 56) else "torch_dtype"


def repository_of(part: Any) -> str | None:
    """The repository of the hub that a model or tokenizer came from; None for a folder of one's own."""
    name = getattr(part, "name_or_path", None)
    if not isinstance(name, str) or not REPOSITORY.fullmatch(name) or Path(name).exists():
        return None
    return name


def programs_in(folder: Path, parts: Iterable[str] = FOLDERS) -> list[str]:
    """Paths below these parts of the folder of files that may run code."""
    inner = [folder / name for name in parts]
    files = sorted(file for each in inner for file in each.rglob("*") if file.is_file())
    return [file.relative_to(folder).as_posix() for file in files if file.suffix not in _DATA]


def save_weights(model: Any, folder: Path) -> None:
    """Write the model's weights and configuration; an adapter of PEFT beside the weights of its base."""
    if not is_peft_model(model):
        model.save_pretrained(str(folder / MODEL_FOLDER))
        return
    save_adapter(model, folder)
    model.get_base_model().save_pretrained(str(folder / MODEL_FOLDER), state_dict=_weights_of_base(model))


def save_adapter(model: Any, folder: Path) -> None:
    """Write what PEFT has learned, without the base."""
    model.save_pretrained(str(folder / PEFT_FOLDER))


def _weights_of_base(model: Any) -> dict[str, Any]:
    """The base's own weights under their own names: PEFT has put its layers around and beside them."""
    adapters = [f".{name}." for name in model.peft_config]
    marks = ("lora_", "modules_to_save", *adapters)
    weights: dict[str, Any] = {}
    for name, value in model.get_base_model().state_dict().items():
        if not any(mark in f"{name}." for mark in marks):
            weights[name.replace(".base_layer.", ".").replace(".original_module.", ".")] = value
    return weights


def save_components(components: Mapping[str, Any], folder: Path) -> None:
    """Write tokenizers and their like, each in a folder of its kind."""
    for name, component in components.items():
        component.save_pretrained(str(folder / COMPONENTS_FOLDER / name))


def is_peft_model(model: object) -> bool:
    """Whether a model is one with an adapter of PEFT."""
    return is_instance(model, "peft.peft_model", "PeftModel")


def get_peft_base_model(model: Any) -> Any:
    """The model below an adapter of PEFT."""
    base = model.get_base_model()
    return getattr(base, "model", base) if is_peft_model(base) else base


def get_model_with_peft_adapter(base_model: Any, peft_adapter_path: str | Path) -> Any:
    """The model with the adapter in a folder."""
    try:
        import peft
    except ImportError:
        raise FlowmillError("This model has an adapter of PEFT, which is not installed: pip install peft.") from None
    return peft.PeftModel.from_pretrained(base_model, str(peft_adapter_path))


def may_run_programs(stored: Stored, parts: Iterable[str] = FOLDERS) -> bool:
    """Whether programs in the model may run; Denied if there are some that no trusted key has sealed.

    Besides files, a configuration can ask for programs: of another repository (``auto_map`` with ``--``), or for the
    arithmetic (``attn_implementation`` with the name of a repository of kernels).
    """
    programs = programs_in(stored.folder, parts)
    for relative in programs:
        stored.trust.require(relative, "a file that is not known to be data")
    if stored.trust.all:
        return True
    for file in sorted(stored.folder.rglob("*.json")):
        if file.is_file() and (asked := _program_elsewhere(_json(file))) is not None:
            raise Denied(
                f"The model's {file.relative_to(stored.folder).as_posix()} asks for a program of somebody else's "
                f"({asked!r}): if you trust it, pass allow_pickle=True or set {ALLOW_VARIABLE}=true."
            )
    return bool(programs)


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return None  # the library says what is wrong with it


def _program_elsewhere(value: Any, key: str = "") -> str | None:
    """The repository that a configuration would take a program from; None if it asks for none."""
    if isinstance(value, Mapping):
        found = (_program_elsewhere(item, f"{key}.{name}") for name, item in value.items())
        return next((each for each in found if each is not None), None)
    if isinstance(value, list):
        found = (_program_elsewhere(item, key) for item in value)
        return next((each for each in found if each is not None), None)
    if value is True and key.endswith(".trust_remote_code"):
        return "trust_remote_code"
    if not isinstance(value, str):
        return None
    elsewhere = ("auto_map" in key and "--" in value) or ("implementation" in key and "/" in value)
    return value if elsewhere else None


def load_model(stored: Stored, place: str | Path, name: str, more: Mapping[str, Any]) -> Any:
    """The model whose weights lie in a folder or a repository of the hub, of the class of this name.

    Invalid if weights are missing: the library would make them up.
    """
    options = {**more, "use_safetensors": _safe(stored, place), "output_loading_info": True}
    model, about = _made(_model_class(name, place, more), place, "weights", options)
    if missing := sorted(about.get("missing_keys") or ()):
        raise Invalid(f"The model's weights lack {missing[0]!r} and {len(missing) - 1} more: log the model again.")
    return model


def _safe(stored: Stored, place: str | Path) -> bool | None:
    """Only safetensors, unless other files were found to be trusted."""
    if stored.trust.all:
        return None
    folder = Path(place)
    others = folder.is_dir() and any(file.suffix not in _DATA for file in folder.iterdir())
    return None if others else True


def _model_class(name: str, place: str | Path, more: Mapping[str, Any]) -> Any:
    import transformers
    from transformers import PreTrainedModel

    kind: Any = getattr(transformers, name, None) if name.isidentifier() else None
    if isinstance(kind, type) and issubclass(kind, PreTrainedModel):
        return kind
    own = (_json(Path(place) / "config.json") or {}).get("auto_map") if Path(place).is_dir() else None
    automatic = [each for each in own or {} if each.startswith("AutoModel") and hasattr(transformers, each)]
    if automatic and more.get("trust_remote_code"):
        return getattr(transformers, automatic[0])
    raise Invalid(
        f"The model's class is {name!r}: expected a model of transformers; update it, or log the model again."
    )


def load_component(place: str | Path, kind: str, name: str, more: Mapping[str, Any]) -> Any:
    """A tokenizer or its like, of the class of this name or of that which its own configuration names."""
    import importlib

    import transformers

    module, base = _BASES[kind]
    wanted: Any = getattr(transformers, name, None) if name.isidentifier() else None
    expected = getattr(importlib.import_module(module), base)
    if not (isinstance(wanted, type) and issubclass(wanted, expected)):
        wanted = getattr(transformers, _AUTO_CLASSES[kind])
    return _made(wanted, place, kind, more)


def _made(kind: Any, place: str | Path, what: str, more: Mapping[str, Any]) -> Any:
    given = {name: value for name, value in more.items() if value is not None}
    try:
        return kind.from_pretrained(str(place), **given)
    except Exception as error:
        # What is damaged or missing there makes transformers and its parts raise errors of many kinds.
        where = f"folder {Path(place).name}" if Path(place).is_dir() else f"repository {place}"
        raise Invalid(
            f"The model's {what} in the {where} cannot be loaded ({first_line(error)}): restore it."
        ) from error


_NO_WORDS = ("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "chat_template.jinja")
_SETTINGS = {
    "feature_extractor": "preprocessor_config.json",
    "image_processor": "preprocessor_config.json",
    "tokenizer": "tokenizer_config.json",
}


NAMES_OF_PEFT = {r"\.base_layer\.": ".", r"\.original_module\.": "."}
"""How weights are called that were saved from within an adapter, and should be called: MLflow saves them so."""


def require_component(folder: Path, kind: str) -> None:
    """Invalid if files are missing without which the library would make a component that is another."""
    require_files(folder, [_SETTINGS[kind]] if kind in _SETTINGS else [])
    if kind == "tokenizer" and not any(file.name not in _NO_WORDS for file in folder.iterdir()):
        raise Invalid(f"The model's vocabulary is missing in {folder}: log or copy the model again.")


def require_files(folder: Path, names: Iterable[str]) -> None:
    """Invalid unless these files are there: the library would look for them on the hub."""
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise Invalid(f"The model's {missing[0]} is missing in {folder}: log or copy the model again.")
