"""A model's signature: the schema of its input, of its output, and of its parameters."""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from flowmill.errors import Invalid
from flowmill.lazy import lazy_names
from flowmill.models.hints import return_hint, schema_of_answer, schema_of_dataclass, schema_of_list
from flowmill.models.infer import infer_param_schema, infer_schema, is_frame, is_series
from flowmill.models.params import ParamSchema
from flowmill.models.python_model import input_hint
from flowmill.models.schema import Schema

# MLflow has `set_signature` here; it needs what is loaded, which needs this module.
__getattr__, __dir__, _ = lazy_names(__name__, {"set_signature": "flowmill.models.load:set_signature"})
if TYPE_CHECKING:
    from flowmill.models.load import set_signature as set_signature


_log = logging.getLogger("flowmill.models")


class ModelSignature:
    """What a model takes and gives. A schema may be given as a dataclass whose fields are the columns."""

    def __init__(
        self, inputs: Schema | Any = None, outputs: Schema | Any = None, params: ParamSchema | None = None
    ) -> None:
        if inputs is None and outputs is None and params is None:
            raise ValueError("A signature needs inputs, outputs or params; all three are missing.")
        if params is not None and not isinstance(params, ParamSchema):
            raise TypeError(f"params must be a ParamSchema, not {type(params).__name__}.")
        self.inputs = _schema(inputs, "inputs")
        self.outputs = _schema(outputs, "outputs")
        self.params = params
        self.is_from_type_hint = False
        self.is_type_hint_from_example = False

    def to_dict(self) -> dict[str, Any]:
        """The form in an MLmodel file: JSON texts."""
        return {
            "inputs": self.inputs.to_json() if self.inputs else None,
            "outputs": self.outputs.to_json() if self.outputs else None,
            "params": self.params.to_json() if self.params else None,
        }

    @classmethod
    def from_dict(cls, signature_dict: dict[str, Any]) -> ModelSignature:
        """The signature of an MLmodel file."""
        try:
            inputs, outputs, params = (signature_dict.get(key) for key in ("inputs", "outputs", "params"))
            return cls(
                Schema.from_json(inputs) if inputs else None,
                Schema.from_json(outputs) if outputs else None,
                ParamSchema.from_json(params) if params else None,
            )
        except (ValueError, TypeError, AttributeError) as error:
            raise Invalid(f"The signature {signature_dict!r} cannot be read: {error}") from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ModelSignature) and (self.inputs, self.outputs, self.params) == (
            other.inputs,
            other.outputs,
            other.params,
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"inputs: \n  {self.inputs}\noutputs: \n  {self.outputs}\nparams: \n  {self.params}\n"


def _schema(given: Any, name: str) -> Schema | None:
    if given is None or isinstance(given, Schema):
        return given
    if isinstance(given, type) and hasattr(given, "__dataclass_fields__"):
        return schema_of_dataclass(given)
    raise TypeError(f"{name} must be a Schema or a dataclass, not {given!r} ({type(given).__name__}).")


def infer_signature(
    model_input: Any = None, model_output: Any = None, params: dict[str, Any] | None = None
) -> ModelSignature:
    """The signature of a model that takes data like this and answers like that.

    ``model_input`` and ``model_output`` may be a numpy array, a sparse matrix, a DataFrame, a Series, a dict, a
    list or a single value; ``params`` are the parameters of ``predict`` with their defaults.
    """
    return ModelSignature(
        infer_schema(model_input) if model_input is not None else None,
        infer_schema(model_output) if model_output is not None else None,
        infer_param_schema(params) if params else None,
    )


def update_signature_for_type_hint_from_example(input_example: Any, signature: ModelSignature) -> None:
    """Note in a signature that the model's hint is `TypeFromExample`, and the input becomes what the example is.

    A warning, and nothing else, for an example that is no DataFrame, Series or list.
    """
    if is_frame(input_example) or is_series(input_example) or isinstance(input_example, list):
        signature.is_type_hint_from_example = True
        return
    _log.warning(
        "predict's hint is TypeFromExample and the input_example is of type %s: with a DataFrame or a list the input "
        "would be made that.",
        type(input_example).__name__,
    )


def signature_of_hints(predict: Any) -> ModelSignature | None:
    """The signature that ``predict``'s hints state, if its input is hinted as ``list[T]``; else None."""
    inputs = schema_of_list(input_hint(predict))
    if inputs is None:
        return None
    signature = ModelSignature(inputs=inputs, outputs=schema_of_answer(return_hint(predict)))
    signature.is_from_type_hint = True
    return signature
