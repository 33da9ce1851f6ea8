"""Explainers of SHAP and explanations: an explainer is a pickle whatever it is made of, sealed with the user's key."""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flowmill import session
from flowmill.errors import Invalid
from flowmill.models.flavor import Flavor, Saved, Stored, find, find_by_model, first_line, is_instance
from flowmill.models.functions import Calls, functions_of
from flowmill.models.infer import is_array, is_frame
from flowmill.models.mlmodel import Model
from flowmill.models.modules import installed_version, modules_of, top_levels
from flowmill.models.pickles import dump as dump_pickle
from flowmill.models.pickles import load as load_pickle

FLAVOR_NAME = "shap"
OWN_FILE = "explainer.shap"
PICKLE_FILE = "explainer.pkl"
UNDERLYING_FOLDER = "underlying_model"
EXPLANATIONS_FOLDER = "model_explanations_shap"
MOST_BACKGROUND_ROWS = 100
"""Rows that stand for all others as the background of an explanation."""
UNKNOWN = "unknown"
BROUGHT_ALONG = {"numba", "llvmlite", "slicer"}
"""Modules of SHAP's own requirements, which it limits itself as each system needs."""

_log = logging.getLogger(__name__)


def is_explainer(value: object) -> bool:
    """Whether it is an explainer of SHAP."""
    return is_instance(value, "shap.explainers._explainer", "Explainer")


def get_underlying_model_flavor(model: Any) -> str:
    """The flavor of the model that an explainer's ``model`` asks: of scikit-learn or PyTorch, else ``unknown``."""
    inner = getattr(model, "inner_model", model)
    found = find_by_model(getattr(inner, "__self__", inner))
    return found.name if found is not None and found.name in ("sklearn", "pytorch") else UNKNOWN


def _save(explainer: Any, folder: Path, options: Mapping[str, Any]) -> Saved:
    FLAVOR.require_model(explainer)
    modules = modules_of(explainer) | {"shap"}
    file = OWN_FILE
    try:
        content = _written(explainer)
        _read(content)
        (folder / OWN_FILE).write_bytes(content)
    except Exception as error:
        # SHAP writes some explainers so that it cannot read them again, and raises errors of many kinds.
        file = PICKLE_FILE
        _log.info("SHAP cannot read this %s again (%s): it is pickled.", type(explainer).__name__, first_line(error))
        modules |= top_levels(dump_pickle(explainer, folder / PICKLE_FILE))
    # MLflow's word for a model that is inside of the explainer: here all are, in one sealed file.
    inside = UNKNOWN if options.get("serialize_model_using_mlflow", True) else None
    settings = {
        "shap_version": installed_version("shap"),
        "serialized_explainer": file,
        "underlying_model_flavor": inside,
        "code": None,
    }
    pyfunc = {"model_path": file, "underlying_model_flavor": inside}
    return Saved(settings, pyfunc, [file], modules - BROUGHT_ALONG, ["shap", "cloudpickle"])


def _written(explainer: Any) -> bytes:
    stream = io.BytesIO()
    with contextlib.redirect_stdout(io.StringIO()):
        explainer.save(stream)
    return stream.getvalue()


def _read(content: bytes, model_loader: Callable[..., Any] | None = None) -> Any:
    """The explainer in bytes that may run code. SHAP prints the names of its parts; nobody wants to read them."""
    import shap

    more = {"model_loader": model_loader} if model_loader is not None else {}
    with contextlib.redirect_stdout(io.StringIO()):
        return shap.Explainer.load(io.BytesIO(content), **more)


def _load(stored: Stored) -> Any:
    relative = stored.settings.get("serialized_explainer") or OWN_FILE
    content = stored.sealed(relative)
    if str(relative).endswith(".pkl"):
        return load_pickle(str(relative), content)
    try:
        return _read(content, _underlying(stored))
    except Exception as error:
        # A damaged file, or one of another version, makes SHAP raise errors of many kinds.
        raise Invalid(f"The model's {relative} is no explainer of SHAP ({first_line(error)}): restore it.") from error


def _underlying(stored: Stored) -> Callable[..., Any] | None:
    """What gives the model that MLflow saved beside the explainer; None if it is inside."""
    name = stored.settings.get("underlying_model_flavor")
    if name in (None, UNKNOWN):
        return None
    folder = stored.path(UNDERLYING_FOLDER, "underlying model")
    flavor = find(str(name))
    flavor.require_library()
    settings = Model.load(folder).flavor(flavor.name)
    for file in folder.iterdir():
        stored.trust.require(file.relative_to(stored.folder).as_posix(), "part of an explainer")
    trust = type(stored.trust)(folder, allow_pickle=True)
    model = flavor.load(Stored(folder, settings, trust))
    asked = model.predict if flavor.name == "sklearn" else model

    def in_its_place(stream: Any) -> Any:
        return asked

    return in_its_place


def _predict(explainer: Any, settings: Mapping[str, Any], data: Any, params: dict[str, Any] | None) -> Any:
    """The SHAP values, an array: of a row, a feature and, if the model has several, an output."""
    return explainer(data, **(params or {})).values


FLAVOR = Flavor(
    name=FLAVOR_NAME,
    loader_module="mlflow.shap",
    packages=("shap",),
    detect=is_explainer,
    save=_save,
    load=_load,
    predict=_predict,
)

_functions = functions_of(
    FLAVOR,
    Calls(
        save="explainer path serialize_model_using_mlflow conda_env code_paths mlflow_model signature input_example "
        "pip_requirements extra_pip_requirements metadata",
        log="explainer artifact_path serialize_model_using_mlflow conda_env code_paths registered_model_name signature "
        "input_example await_registration_for pip_requirements extra_pip_requirements name metadata params tags "
        "model_type step model_id",
        own={"serialize_model_using_mlflow": True},
        load={},
        names=("save_explainer", "log_explainer", "load_explainer"),
    ),
)
save_explainer, log_explainer, load_explainer = _functions.save_model, _functions.log_model, _functions.load_model
save_model = save_explainer
get_default_pip_requirements = _functions.get_default_pip_requirements
get_default_conda_env = _functions.get_default_conda_env


def log_explanation(predict_function: Callable[[Any], Any], features: Any, artifact_path: str | None = None) -> str:
    """Explain what a function predicts for rows of features, and keep that among the run's artifacts.

    ``features``: a DataFrame or an array, shape (n, columns). The folder ``artifact_path`` (or model_explanations_shap)
    gets ``shap_values.npy`` (n, columns[, outputs]), ``base_values.npy`` and ``summary_bar_plot.png``; its URI is
    returned. Starts a run if none is active.
    """
    FLAVOR.require_library()
    if not is_frame(features) and not (is_array(features) and features.ndim == 2):
        raise Invalid(f"features is a {type(features).__name__}: expected a DataFrame or an array of two dimensions.")
    if not len(features):
        raise Invalid("features has no rows: pass some to explain.")
    import numpy
    import shap

    background = shap.kmeans(features, min(MOST_BACKGROUND_ROWS, len(features)))
    explainer = shap.KernelExplainer(predict_function, background)
    values = explainer.shap_values(features, silent=True)
    place = artifact_path or EXPLANATIONS_FOLDER
    run = session.ensure_run()
    with tempfile.TemporaryDirectory(prefix="flowmill-shap-") as scratch:
        folder = Path(scratch)
        numpy.save(folder / "base_values.npy", explainer.expected_value)
        numpy.save(folder / "shap_values.npy", values)
        _plot(values, features, folder / "summary_bar_plot.png")
        session.tracking_client().log_artifacts(run.info.run_id, folder, place)
    return f"{(run.info.artifact_uri or '').rstrip('/')}/{place}"


def _plot(values: Any, features: Any, file: Path) -> None:
    """The bars of the features' mean weights, drawn without a screen."""
    import matplotlib
    import shap
    from matplotlib import pyplot

    # Whoever shows figures of their own goes on with their own backend.
    with matplotlib.rc_context({"interactive": False}):
        figure = pyplot.figure()
        try:
            shap.summary_plot(values, features, plot_type="bar", show=False)
            figure.savefig(str(file), bbox_inches="tight")
        finally:
            pyplot.close(figure)
