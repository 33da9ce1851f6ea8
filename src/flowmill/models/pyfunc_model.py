"""A loaded model of any flavor, behind one ``predict`` that checks its input."""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flowmill.errors import Invalid
from flowmill.models.enforce import DoesNotFit, enforce_schema
from flowmill.models.hints import convert_input, like_example
from flowmill.models.mlmodel import PYFUNC, Model
from flowmill.models.params import enforce_params

MAIN = "loader_module"


class PyFuncModel:
    """A loaded model of any flavor. ``predict`` checks the input against the model's signature."""

    def __init__(
        self,
        model_meta: Model,
        model_impl: Any,
        predict_fn: str = "predict",
        predict_stream_fn: str | None = None,
        model_id: str | None = None,
    ) -> None:
        if not hasattr(model_impl, predict_fn):
            raise Invalid(f"{type(model_impl).__name__} has no {predict_fn}: a model needs one.")
        self._model_meta = model_meta
        self._model_impl = model_impl
        self._predict_fn = predict_fn
        self._predict_stream_fn = predict_stream_fn or "predict_stream"
        self._model_id = model_id if model_id is not None else model_meta.model_id
        self._input_example: Any = None

    @property
    def model_id(self) -> str | None:
        """``m-`` and 32 hexadecimal digits, for a logged model."""
        return self._model_id

    @property
    def metadata(self) -> Model:
        """What the MLmodel file says."""
        return self._model_meta

    @property
    def input_example(self) -> Any:
        """The input example logged with the model, as the kind it was; None without one."""
        return self._input_example

    @input_example.setter
    def input_example(self, value: Any) -> None:
        self._input_example = value

    @property
    def model_config(self) -> dict[str, Any]:
        """The configuration that the model runs with."""
        return self._model_meta.flavors.get(PYFUNC, {}).get("config") or {}

    @property
    def loader_module(self) -> str | None:
        """The module that loads the model, by MLflow's name."""
        return self._model_meta.flavors.get(PYFUNC, {}).get(MAIN)

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """The model's answer for ``data``: a DataFrame, array, list, dict or single value as its signature says.

        Raises Invalid, naming every offending column and parameter, if the input does not fit the signature.
        """
        data, params = self._checked(data, params)
        return getattr(self._model_impl, self._predict_fn)(data, params=params)

    def predict_fitting(self, data: Any) -> Any:
        """The answer for data that was made to fit the signature, with the parameters that are its defaults."""
        signature = self._model_meta.signature
        params = enforce_params(None, signature.params) if signature is not None and signature.params else None
        return getattr(self._model_impl, self._predict_fn)(data, params=params)

    def predict_stream(self, data: Any, params: dict[str, Any] | None = None) -> Iterator[Any]:
        """The parts of the model's answer, one after the other, for models that stream."""
        data, params = self._checked(data, params)
        stream = getattr(self._model_impl, self._predict_stream_fn, None)
        if stream is None:
            raise Invalid(f"This model ({self.loader_module}) does not stream: use predict.")
        return stream(data, params=params)

    def _checked(self, data: Any, params: dict[str, Any] | None) -> tuple[Any, dict[str, Any] | None]:
        signature = self._model_meta.signature
        if signature is None:
            if params is not None and not isinstance(params, dict):
                raise Invalid(f"params must be a dict of names and values, not {type(params).__name__}.")
            return data, params
        checked, wrong = None, None
        try:
            checked = enforce_params(params, signature.params) if params or signature.params else None
        except Invalid as error:
            wrong = error  # what is wrong with the data belongs into the same answer
        hint = getattr(self._model_impl, "input_hint", None)
        if signature.is_from_type_hint and hint is not None:
            data = convert_input(data, hint)
        elif signature.inputs is not None:
            try:
                data = enforce_schema(data, signature.inputs)
            except DoesNotFit as error:
                raise (error if wrong is None else DoesNotFit(f"{error.message} {wrong.message}")) from None
            if signature.is_type_hint_from_example:
                kind = (self._model_meta.saved_input_example_info or {}).get("type")
                data = like_example(data, kind, named=signature.inputs.has_input_names())
        if wrong is not None:
            raise wrong
        return data, checked

    def unwrap_python_model(self) -> Any:
        """The user's `PythonModel` inside."""
        model = getattr(self._model_impl, "python_model", None)
        if model is None:
            raise Invalid(
                f"There is no PythonModel inside: this model is loaded by {self.loader_module}; use get_raw_model()."
            )
        return model

    def get_raw_model(self) -> Any:
        """The model as its own library knows it."""
        raw = getattr(self._model_impl, "get_raw_model", None)
        if raw is None:
            raise NotImplementedError(f"A model loaded by {self.loader_module} has no other form.")
        return raw()

    def __repr__(self) -> str:
        shown = {
            "artifact_path": self._model_meta.artifact_path,
            "flavor": self.loader_module,
            "run_id": self._model_meta.run_id,
        }
        lines = [f"  {name}: {value}" for name, value in shown.items() if value is not None]
        return "\n".join(["mlflow.pyfunc.loaded_model:", *lines, ""])
