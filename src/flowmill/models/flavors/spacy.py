"""spaCy pipelines, saved as spaCy saves them, which holds data and no program. Text classifiers can be asked."""

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowmill.errors import Invalid
from flowmill.models.flavor import Flavor, Saved, Stored, first_line, is_instance
from flowmill.models.functions import Calls, functions_of
from flowmill.models.infer import is_frame
from flowmill.models.modules import installed_version, modules_of

FLAVOR_NAME = "spacy"
DATA_FOLDER = "model.spacy"
CLASSIFIERS = ("spacy.pipeline.textcat", "TextCategorizer")


def is_spacy_model(value: object) -> bool:
    """Whether it is a pipeline of spaCy."""
    return is_instance(value, "spacy.language", "Language")


def _save(model: Any, folder: Path, options: Mapping[str, Any]) -> Saved:
    FLAVOR.require_model(model)
    model.to_disk(str(folder / DATA_FOLDER))
    settings = {"spacy_version": installed_version("spacy"), "data": DATA_FOLDER, "code": None}
    classifies = any(is_instance(part, *CLASSIFIERS) for _, part in model.pipeline)
    own = modules_of([part for _, part in model.pipeline])
    return Saved(settings, {"data": DATA_FOLDER} if classifies else None, modules=own | {"spacy"}, packages=["spacy"])


def _load(stored: Stored) -> Any:
    import spacy

    folder = stored.path(stored.settings.get("data") or DATA_FOLDER)
    try:
        return spacy.load(str(folder))
    except Exception as error:
        # What is damaged or missing there makes spaCy and its parts raise errors of many kinds.
        raise Invalid(
            f"The model's {folder.name} is no pipeline of spaCy ({first_line(error)}): restore it."
        ) from error


def _predict(model: Any, settings: Mapping[str, Any], data: Any, params: dict[str, Any] | None) -> Any:
    """A column ``predictions`` with the categories' scores as a dict, a row a text."""
    import pandas

    if not is_frame(data) or len(data.columns) != 1:
        found = f"the columns {list(data.columns)}" if is_frame(data) else type(data).__name__
        raise Invalid(f"A model of spaCy classifies the texts in the one column of a DataFrame, found {found}.")
    texts = [str(text) for text in data.iloc[:, 0]]
    return pandas.DataFrame({"predictions": [each.cats for each in model.pipe(texts)]})


FLAVOR = Flavor(
    name=FLAVOR_NAME,
    loader_module="mlflow.spacy",
    packages=("spacy",),
    detect=is_spacy_model,
    save=_save,
    load=_load,
    predict=_predict,
)

_functions = functions_of(
    FLAVOR,
    Calls(
        save="spacy_model path conda_env code_paths mlflow_model signature input_example pip_requirements "
        "extra_pip_requirements metadata extra_files",
        log="spacy_model artifact_path conda_env code_paths registered_model_name signature input_example "
        "pip_requirements extra_pip_requirements metadata extra_files name params tags model_type step model_id "
        "**kwargs",
    ),
)
save_model, log_model, load_model = _functions.save_model, _functions.log_model, _functions.load_model
get_default_pip_requirements = _functions.get_default_pip_requirements
get_default_conda_env = _functions.get_default_conda_env
