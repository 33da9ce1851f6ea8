"""Models of PaddlePaddle: programs and tensors in its own format; a checkpoint to train on is a pickle."""

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowmill.errors import Invalid
from flowmill.models.flavor import Flavor, Saved, Stored, first_line, is_instance, no_more
from flowmill.models.folder import inside
from flowmill.models.functions import Calls, functions_of
from flowmill.models.infer import is_array, is_frame
from flowmill.models.modules import installed_version, modules_of

FLAVOR_NAME = "paddle"
DATA = "model"
PROGRAMS = (".json", ".pdmodel")
"""Endings of the graph's file: of version 3 and of those before it."""
CHECKPOINTS = (".pdparams", ".pdopt")


def is_paddle_model(value: object) -> bool:
    """Whether it is a layer or a high-level model of PaddlePaddle."""
    return is_instance(value, "paddle.nn.layer.layers", "Layer") or _is_high_level(value)


def _is_high_level(value: object) -> bool:
    return is_instance(value, "paddle.hapi.model", "Model")


def _save(model: Any, folder: Path, options: Mapping[str, Any]) -> Saved:
    FLAVOR.require_model(model)
    no_more(options.get("kwargs", {}), "save_model")
    training = bool(options.get("training"))
    if training and not _is_high_level(model):
        raise Invalid("training=True keeps a paddle.Model with its optimizer: pass one, or leave training out.")
    place = str(folder / DATA)
    try:
        if _is_high_level(model):
            model.save(place, training=training)
        else:
            _export(model, place, options.get("input_example"))
    except Exception as error:
        # What cannot be traced makes PaddlePaddle raise errors of many kinds.
        raise Invalid(
            f"PaddlePaddle cannot save this {type(model).__name__} ({first_line(error)}): pass an input_example, or "
            "decorate its forward with paddle.jit.to_static(input_spec=[…])."
        ) from error
    settings = {"pickled_model": DATA, "paddle_version": installed_version("paddlepaddle"), "code": None}
    pickles = [file.name for file in sorted(folder.iterdir()) if file.suffix in CHECKPOINTS]
    needs = modules_of(model) if training else set[str]()
    # The library imports setuptools without saying so in its own requirements.
    return Saved(settings, {"model_path": DATA}, pickles, needs | {"paddle"}, ["paddlepaddle", "setuptools"])


def _export(layer: Any, place: str, example: Any) -> None:
    """Write the graph; a layer that says nothing of its inputs takes those of the example, in any number of rows."""
    import paddle

    if example is None or is_instance(getattr(layer, "forward", None), *_TRACED):
        paddle.jit.save(layer, place)
        return
    array = _array(example)
    spec = paddle.static.InputSpec([None, *array.shape[1:]], str(array.dtype))
    was_training = layer.training
    layer.eval()
    try:
        paddle.jit.save(layer, place, input_spec=[spec])
    finally:
        if was_training:
            layer.train()


_TRACED = ("paddle.jit.dy2static.program_translator", "StaticFunction")


def _load(stored: Stored) -> Any:
    import paddle

    relative = str(stored.settings.get("pickled_model") or stored.settings.get("model_path") or DATA)
    place = inside(stored.folder, relative, "model")
    if any(place.with_name(place.name + end).is_file() for end in PROGRAMS):
        _require_tensors(stored, relative)
        try:
            layer = paddle.jit.load(str(place), **stored.options.get("kwargs", {}))
        except Exception as error:
            # A damaged file makes PaddlePaddle raise errors of many kinds.
            raise Invalid(
                f"The model's {relative} is no model of PaddlePaddle ({first_line(error)}): restore it."
            ) from error
        layer.eval()
        return layer
    checkpoints = [f"{relative}{end}" for end in CHECKPOINTS if (stored.folder / f"{relative}{end}").is_file()]
    if not checkpoints:
        stored.path(f"{relative}{PROGRAMS[0]}")
    for name in checkpoints:
        stored.sealed(name, "a pickle of PaddlePaddle")
    model = stored.options.get("model")
    if model is None:
        raise Invalid(
            "The model was saved with training=True: load it with flowmill.paddle.load_model(uri, model=…), giving the "
            "paddle.Model that takes its weights."
        )
    try:
        model.load(str(place))
    except Exception as error:
        # What does not fit the model makes PaddlePaddle raise errors of many kinds.
        raise Invalid(f"The model's {relative} does not fit the model given ({first_line(error)}).") from error
    return model


def _require_tensors(stored: Stored, relative: str) -> None:
    """NotFound or Invalid unless the weights are there: PaddlePaddle would end the process over some damages."""
    file = stored.path(f"{relative}.pdiparams")
    if not file.stat().st_size:
        raise Invalid(f"The model's {file.name} is empty: restore it.")


def _array(data: Any) -> Any:
    """Numbers as PaddlePaddle computes: doubles as floats."""
    if is_frame(data):
        data = data.to_numpy()
    if not is_array(data):
        raise Invalid(
            f"A model of PaddlePaddle predicts for a DataFrame or a numpy array, found {type(data).__name__}."
        )
    return data.astype("float32") if data.dtype.kind == "f" else data


def _predict(model: Any, settings: Mapping[str, Any], data: Any, params: dict[str, Any] | None) -> Any:
    """A DataFrame with a column an output; an array where the output has more dimensions than two."""
    import paddle
    import pandas

    array = _array(data)
    network = model.network if _is_high_level(model) else model
    was_training = getattr(network, "training", False)
    network.eval()
    try:
        with paddle.no_grad():
            answer: Any = network(paddle.to_tensor(array))
    except (ValueError, RuntimeError, TypeError) as error:
        raise Invalid(
            f"The model cannot predict for an array of {array.dtype}, shape {array.shape} ({first_line(error)})."
        ) from error
    finally:
        if was_training:
            network.train()
    if type(answer) in (list, tuple) and len(answer) == 1:
        answer = answer[0]
    if not hasattr(answer, "numpy"):
        raise Invalid(f"The model answers with a {type(answer).__name__}: expected one tensor, as forward's result.")
    found = answer.numpy()
    return pandas.DataFrame(found) if found.ndim <= 2 else found


FLAVOR = Flavor(
    name=FLAVOR_NAME,
    loader_module="mlflow.paddle",
    packages=("paddlepaddle",),
    detect=is_paddle_model,
    save=_save,
    load=_load,
    predict=_predict,
)

_functions = functions_of(
    FLAVOR,
    Calls(
        save="pd_model path training conda_env code_paths mlflow_model signature input_example pip_requirements "
        "extra_pip_requirements metadata extra_files **kwargs",
        log="pd_model artifact_path training conda_env code_paths registered_model_name signature input_example "
        "await_registration_for pip_requirements extra_pip_requirements metadata extra_files name params tags "
        "model_type step model_id **kwargs",
        own={"training": False},
        load={"model": None, "dst_path": None},
        load_takes_more=True,
    ),
)
save_model, log_model, load_model = _functions.save_model, _functions.log_model, _functions.load_model
get_default_pip_requirements = _functions.get_default_pip_requirements
get_default_conda_env = _functions.get_default_conda_env
