"""Parameters of a prediction: named values with a type and a default, given beside the input."""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import datetime
import json
from typing import Any, TypedDict

from flowmill.errors import Invalid
from flowmill.models.datatypes import DataType, Object, as_type, type_from_dict, type_to_dict
from flowmill.models.values import Mismatch, as_python, convert


class ParamSpec:
    """A parameter. ``shape`` is None for a scalar or dict and ``(-1,)`` for a list."""

    class ParamSpecTypedDict(TypedDict):
        """The JSON form of a parameter of scalars."""

        name: str
        type: str
        default: Any
        shape: tuple[int, ...] | None

    def __init__(
        self, name: str, dtype: DataType | Object | str, default: Any, shape: tuple[int, ...] | None = None
    ) -> None:
        kind = as_type(dtype, f"parameter {name!r}") if isinstance(dtype, str) else dtype
        if not isinstance(kind, DataType | Object):
            raise TypeError(f"Parameter {name!r} must be a scalar or an Object, not {kind!r}.")
        if kind is DataType.binary:
            raise Invalid(f"Parameter {name!r} cannot be binary: parameters travel as JSON.")
        if shape is not None and tuple(shape) != (-1,):
            raise Invalid(
                f"Parameter {name!r} has shape {shape!r}: expected None for a single value, (-1,) for a list."
            )
        self._name = name
        self._dtype = kind
        self._shape = None if shape is None else (-1,)
        self._default = self.validate_param_spec(default, self)

    @property
    def name(self) -> str:
        """What the caller names it."""
        return self._name

    @property
    def dtype(self) -> DataType | Object:
        """The type of the value, or of each item of a list."""
        return self._dtype

    @property
    def default(self) -> Any:
        """What holds when the caller does not give it."""
        return self._default

    @property
    def shape(self) -> tuple[int, ...] | None:
        """None for a single value, ``(-1,)`` for a list."""
        return self._shape

    @classmethod
    def validate_param_spec(cls, value: Any, param_spec: ParamSpec) -> Any:
        """The value converted without loss to the parameter's type; Invalid if that cannot be."""
        return cls.validate_type_and_shape(param_spec._name, value, param_spec._dtype, param_spec._shape)

    @classmethod
    def validate_type_and_shape(
        cls, spec: str, value: Any, value_type: DataType | Object, shape: tuple[int, ...] | None
    ) -> Any:
        """`validate_param_spec` for a type and shape without a spec; ``spec`` names it in errors."""
        if value is None:
            return None
        value = as_python(value)
        try:
            if shape is None:
                if isinstance(value, list):
                    raise Mismatch("one value", "a list")
                return convert(value, value_type)
            if not isinstance(value, list):
                raise Mismatch("a list", type(value).__name__)
            return [convert(item, value_type) for item in value]
        except Mismatch as error:
            kind = repr(value_type) if shape is None else f"list of {value_type!r}"
            raise Invalid(f"Parameter {spec!r} is {value!r}: expected {kind} ({error}).") from None

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; a date or time is written in ISO 8601."""
        return {
            "name": self._name,
            "default": _json_value(self._default),
            "shape": self._shape,
            **type_to_dict(self._dtype),
        }

    @classmethod
    def from_json_dict(cls, **kwargs: Any) -> ParamSpec:
        """The parameter with this JSON form; early MLflow wrote ``dtype`` for ``type``."""
        form = dict(kwargs)
        if "dtype" in form:
            form.setdefault("type", form.pop("dtype"))
        if not {"name", "type", "default"} <= set(form):
            raise Invalid(f'{kwargs!r} is no parameter: expected the keys "name", "type" and "default".')
        kind = type_from_dict(form)
        if not isinstance(kind, DataType | Object):
            raise Invalid(f"Parameter {form['name']!r} must be a scalar or an object, not {kind!r}.")
        shape = form.get("shape")
        return cls(form["name"], kind, form["default"], None if shape is None else tuple(shape))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ParamSpec) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shape = "" if self._shape is None else f" (shape: {self._shape})"
        return f"{self._name!r}: {self._dtype!r} (default: {self._default}){shape}"


class ParamSchema:
    """All parameters of a model."""

    def __init__(self, params: list[ParamSpec]) -> None:
        if not isinstance(params, list) or not all(isinstance(item, ParamSpec) for item in params):
            raise Invalid(f"A ParamSchema is made from a list of ParamSpec, not from {params!r}.")
        names = [item.name for item in params]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise Invalid(f"Parameters must have different names; these are there twice: {twice}.")
        self._params = params

    @property
    def params(self) -> list[ParamSpec]:
        """The parameters in order."""
        return self._params

    def __iter__(self) -> Any:
        return iter(self._params)

    def to_dict(self) -> list[dict[str, Any]]:
        """The JSON form."""
        return [item.to_dict() for item in self._params]

    def to_json(self) -> str:
        """The JSON text, as in an MLmodel file."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, json_str: str) -> ParamSchema:
        """The parameters of this JSON text."""
        return cls([ParamSpec.from_json_dict(**form) for form in json.loads(json_str)])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ParamSchema) and self._params == other._params

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self._params)


def enforce_params(given: dict[str, Any] | None, schema: ParamSchema | None) -> dict[str, Any]:
    """Values for all parameters: those given, converted, and defaults for the rest.

    Names that the schema does not know are left out, as MLflow does. One error lists every wrong value.
    """
    if given is not None and not isinstance(given, dict):
        raise Invalid(f"params must be a dict of names and values, not {type(given).__name__}.")
    if schema is None:
        return {}
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for spec in schema.params:
        try:
            known = (given or {}).get(spec.name, spec.default)
            values[spec.name] = ParamSpec.validate_param_spec(known, spec)
        except Invalid as error:
            wrong.append(str(error))
    if wrong:
        raise Invalid(" ".join(wrong))
    return values


def _json_value(value: Any) -> Any:
    if isinstance(value, list):
        return [_json_value(item) for item in value]
    return value.isoformat() if isinstance(value, datetime.date) else value
