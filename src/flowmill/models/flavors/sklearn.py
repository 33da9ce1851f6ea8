"""scikit-learn models: saved as skops, which holds data and no program; as a pickle only where skops cannot."""

from __future__ import annotations

import logging
import pickle
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowmill.errors import Denied, FlowmillError, Invalid
from flowmill.models import load, save
from flowmill.models.flavor import Flavor, Saved
from flowmill.models.flavors import plain_skops
from flowmill.models.folder import inside
from flowmill.models.mlmodel import Model, ModelInfo
from flowmill.models.modules import installed_version, modules_of, top_levels
from flowmill.models.pickles import dump as dump_pickle
from flowmill.models.pickles import load as load_pickle
from flowmill.models.seal import ALLOW_VARIABLE, Trust
from flowmill.models.signature import ModelSignature

FLAVOR_NAME = "sklearn"
SERIALIZATION_FORMAT_SKOPS = "skops"
SERIALIZATION_FORMAT_PICKLE = "pickle"
SERIALIZATION_FORMAT_CLOUDPICKLE = "cloudpickle"
SUPPORTED_SERIALIZATION_FORMATS = [
    SERIALIZATION_FORMAT_SKOPS,
    SERIALIZATION_FORMAT_PICKLE,
    SERIALIZATION_FORMAT_CLOUDPICKLE,
]
PREDICT_FUNCTIONS = (
    "predict",
    "predict_proba",
    "predict_log_proba",
    "predict_joint_log_proba",
    "decision_function",
    "score",
    "transform",
)

_log = logging.getLogger(__name__)


def is_sklearn_model(value: object) -> bool:
    """Whether it is a scikit-learn estimator; scikit-learn is not imported to find out."""
    base = sys.modules.get("sklearn.base")
    return base is not None and isinstance(value, base.BaseEstimator)


def _save(model: Any, folder: Path, options: Mapping[str, Any]) -> Saved:
    wanted = options.get("serialization_format")
    if wanted is not None and wanted not in SUPPORTED_SERIALIZATION_FORMATS:
        raise Invalid(
            f"serialization_format is {wanted!r}: expected one of {', '.join(SUPPORTED_SERIALIZATION_FORMATS)}."
        )
    predict_fn = options.get("pyfunc_predict_fn") or "predict"
    if not isinstance(predict_fn, str):
        raise Invalid(f"pyfunc_predict_fn is {predict_fn!r}: expected the name of one of the model's methods.")
    runs_code: list[str] = []
    needs: set[str] = set()
    unusual: list[str] | None = None
    used = wanted or SERIALIZATION_FORMAT_SKOPS
    if used == SERIALIZATION_FORMAT_SKOPS:
        try:
            unusual = _save_skops(model, folder / "model.skops") or None
        except Exception as error:
            # skops raises errors of many kinds for what it cannot hold: a lambda, an open file, a class of __main__.
            (folder / "model.skops").unlink(missing_ok=True)
            if wanted is not None:
                raise Invalid(
                    f"skops cannot hold this {type(model).__name__} ({error}): leave serialization_format out, or pass "
                    "serialization_format='cloudpickle'."
                ) from error
            _log.warning(
                "This %s holds more than data (%s): it is saved as a pickle, sealed with your key.",
                type(model).__name__,
                error,
            )
            used = SERIALIZATION_FORMAT_CLOUDPICKLE
    file = "model.skops" if used == SERIALIZATION_FORMAT_SKOPS else "model.pkl"
    if used == SERIALIZATION_FORMAT_PICKLE:
        (folder / file).write_bytes(pickle.dumps(model))
    elif used == SERIALIZATION_FORMAT_CLOUDPICKLE:
        needs = top_levels(dump_pickle(model, folder / file))
    if used != SERIALIZATION_FORMAT_SKOPS or unusual:
        runs_code.append(file)
    settings = {
        "pickled_model": file,
        "sklearn_version": installed_version("scikit-learn"),
        "serialization_format": used,
        "code": None,
        "skops_trusted_types": _merged(unusual, options.get("skops_trusted_types")),
    }
    formats = {SERIALIZATION_FORMAT_SKOPS: ["skops"], SERIALIZATION_FORMAT_CLOUDPICKLE: ["cloudpickle"]}
    return Saved(
        settings,
        {"model_path": file, "predict_fn": predict_fn},
        runs_code,
        needs if used == SERIALIZATION_FORMAT_CLOUDPICKLE else modules_of(model),
        ["numpy", "scipy", "scikit-learn", *formats.get(used, [])],
    )


def _merged(unusual: list[str] | None, named: Any) -> list[str] | None:
    """The types that other readers must be told to trust."""
    if named is not None and not (isinstance(named, list) and all(isinstance(item, str) for item in named)):
        raise Invalid(f"skops_trusted_types is {named!r}: expected a list of type names.")
    every: list[str] = [*(named or []), *(unusual or [])]
    return list(dict.fromkeys(every)) or None


def _save_skops(model: Any, file: Path) -> list[str]:
    """Write the file; returns the types in it that a reader does not trust by itself."""
    try:
        plain_skops.dump(model, file)
        return []
    except plain_skops.NotPlain:
        pass
    import skops.io

    skops.io.dump(model, file)
    unusual = [str(name) for name in skops.io.get_untrusted_types(file=file)]
    homeless = [name for name in unusual if not _can_be_imported(name)]
    if homeless:
        raise Invalid(f"{homeless[0]} cannot be imported by that name elsewhere")
    return unusual


def _can_be_imported(name: str) -> bool:
    """Whether another process finds the object of this dotted name."""
    if name.partition(".")[0] in ("__main__", "__mp_main__"):
        return False
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        found: Any = sys.modules.get(".".join(parts[:cut]))
        if found is not None:
            for part in parts[cut:]:
                found = getattr(found, part, None)
            return found is not None
    return False


def _load(folder: Path, settings: Mapping[str, Any], trust: Trust) -> Any:
    relative = settings.get("pickled_model") or settings.get("model_path") or "model.pkl"
    file = inside(folder, relative, "model file")
    if not file.is_file():
        raise FlowmillError(f"The model's file {relative!r} is missing in {folder}.", "RESOURCE_DOES_NOT_EXIST")
    if str(relative).endswith(".skops") or settings.get("serialization_format") == SERIALIZATION_FORMAT_SKOPS:
        return _load_skops(file, str(relative), trust)
    return load_pickle(file.name, trust.read(str(relative), "a pickle"))


def _load_skops(file: Path, relative: str, trust: Trust) -> Any:
    try:
        try:
            return plain_skops.load(file)
        except plain_skops.NotPlain:
            pass
        import skops.io

        unusual = [str(name) for name in skops.io.get_untrusted_types(file=file)]
        if unusual and not trust.covers(relative):
            raise Denied(
                f"The model's {relative} holds the types {unusual}, which can do harm when they are loaded, and no key "
                "that you trust has sealed it: if you trust who made it, pass allow_pickle=True or set "
                f"{ALLOW_VARIABLE}=true."
            )
        return skops.io.load(file, trusted=unusual)
    except (ValueError, KeyError, OSError, ModuleNotFoundError, zipfile.BadZipFile) as error:
        raise FlowmillError(f"The model's {relative} cannot be loaded ({error}).") from error


def _predict(model: Any, settings: Mapping[str, Any], data: Any, params: dict[str, Any] | None) -> Any:
    name = settings.get("predict_fn") or "predict"
    function = getattr(model, name, None)
    if function is None:
        raise Invalid(f"{type(model).__name__} has no {name}, which the model was saved to predict with.")
    return function(data, **(params or {}))


FLAVOR = Flavor(
    name=FLAVOR_NAME,
    loader_module="mlflow.sklearn",
    packages=("scikit-learn",),
    detect=is_sklearn_model,
    save=_save,
    load=_load,
    predict=_predict,
)


def get_default_pip_requirements(include_cloudpickle: bool = False, include_skops: bool = False) -> list[str]:
    """Pinned requirements of a scikit-learn model in the versions installed here."""
    names = ["scikit-learn"] + ["cloudpickle"] * include_cloudpickle + ["skops"] * include_skops
    return [f"{name}=={version}" for name in names if (version := installed_version(name))]


def get_default_conda_env(include_cloudpickle: bool = False, include_skops: bool = False) -> dict[str, Any]:
    """`get_default_pip_requirements` as a conda environment."""
    return save.conda_of(get_default_pip_requirements(include_cloudpickle, include_skops))


def save_model(
    sk_model: Any,
    path: str | Path,
    conda_env: Any = None,
    code_paths: list[str] | None = None,
    mlflow_model: Model | None = None,
    serialization_format: str | None = None,
    signature: ModelSignature | None = None,
    input_example: Any = None,
    pip_requirements: Any = None,
    extra_pip_requirements: Any = None,
    pyfunc_predict_fn: str = "predict",
    metadata: dict[str, Any] | None = None,
    skops_trusted_types: list[str] | None = None,
    extra_files: list[str] | None = None,
) -> None:
    """Save a scikit-learn model in a new folder ``path``."""
    save.save_model(
        FLAVOR,
        sk_model,
        path,
        model=mlflow_model,
        details=save.Details(
            conda_env=conda_env,
            code_paths=code_paths,
            signature=signature,
            input_example=input_example,
            pip_requirements=pip_requirements,
            extra_pip_requirements=extra_pip_requirements,
            metadata=metadata,
            extra_files=extra_files,
            options={
                "serialization_format": serialization_format,
                "pyfunc_predict_fn": pyfunc_predict_fn,
                "skops_trusted_types": skops_trusted_types,
            },
        ),
    )


def log_model(
    sk_model: Any,
    artifact_path: str | None = None,
    conda_env: Any = None,
    code_paths: list[str] | None = None,
    serialization_format: str | None = None,
    registered_model_name: str | None = None,
    signature: ModelSignature | None = None,
    input_example: Any = None,
    await_registration_for: int | None = 300,
    pip_requirements: Any = None,
    extra_pip_requirements: Any = None,
    pyfunc_predict_fn: str = "predict",
    metadata: dict[str, Any] | None = None,
    extra_files: list[str] | None = None,
    params: dict[str, Any] | None = None,
    tags: dict[str, Any] | None = None,
    model_type: str | None = None,
    step: int = 0,
    model_id: str | None = None,
    name: str | None = None,
    skops_trusted_types: list[str] | None = None,
    **kwargs: Any,
) -> ModelInfo:
    """Log a scikit-learn model to the active run and, with ``registered_model_name``, register it."""
    if kwargs:
        raise TypeError(f"log_model() got unexpected arguments: {', '.join(sorted(kwargs))}.")
    return save.log_model(
        FLAVOR,
        sk_model,
        save.Destination(
            name=name,
            artifact_path=artifact_path,
            registered_model_name=registered_model_name,
            await_registration_for=await_registration_for,
            params=params,
            tags=tags,
            model_type=model_type,
            step=step,
            model_id=model_id,
        ),
        save.Details(
            conda_env=conda_env,
            code_paths=code_paths,
            signature=signature,
            input_example=input_example,
            pip_requirements=pip_requirements,
            extra_pip_requirements=extra_pip_requirements,
            metadata=metadata,
            extra_files=extra_files,
            options={
                "serialization_format": serialization_format,
                "pyfunc_predict_fn": pyfunc_predict_fn,
                "skops_trusted_types": skops_trusted_types,
            },
        ),
    )


def load_model(model_uri: str, dst_path: str | None = None, *, allow_pickle: bool = False) -> Any:
    """The scikit-learn model at a URI (``models:/…``, ``runs:/…``) or in a folder.

    ``dst_path``: where to keep the downloaded files. ``allow_pickle``: load it though it is a pickle that no
    trusted key has sealed.
    """
    return load.load_flavor(FLAVOR, model_uri, dst_path, allow_pickle)
