"""A model's inputs or outputs: named columns (`ColSpec`) or tensors (`TensorSpec`) in a `Schema`."""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from typing import Any

from flowmill.errors import FlowmillError, Invalid
from flowmill.models.datatypes import (
    BaseType,
    DataType,
    ValueType,
    as_type,
    spark_struct,
    spark_type,
    type_from_dict,
    type_to_dict,
)

ColumnName = str | int | tuple[Hashable, ...]
"""pandas also names columns by numbers and by tuples (a MultiIndex)."""


class ColSpec:
    """A column: its type, its name if it has one, and whether it must be there."""

    def __init__(self, type: ValueType | str, name: ColumnName | None = None, required: bool = True) -> None:
        self._type = as_type(type, "a column" if name is None else f"column {name!r}")
        self._name = name
        self._required = required

    @property
    def type(self) -> ValueType:
        """The type of the column's values."""
        return self._type

    @type.setter
    def type(self, kind: ValueType | str) -> None:
        self._type = as_type(kind)

    @property
    def name(self) -> ColumnName | None:
        """The column's name, or None when columns go by position."""
        return self._name

    @name.setter
    def name(self, name: ColumnName | None) -> None:
        self._name = name

    @property
    def required(self) -> bool:
        """Whether the column must be there and, where its type has no missing value, be filled."""
        return self._required

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; an unnamed column has no ``name``."""
        form = type_to_dict(self._type)
        if self._name is not None:
            form["name"] = self._name
        form["required"] = self._required
        return form

    @classmethod
    def from_json_dict(cls, **kwargs: Any) -> ColSpec:
        """The column with this JSON form. Files from before MLflow 2.6 say ``optional`` for ``not required``."""
        if "type" not in kwargs:
            raise FlowmillError(f'{kwargs!r} is no column of a schema: expected the key "type".')
        required = kwargs.get("required")
        if required is None:
            required = not kwargs.get("optional", False)
        name = kwargs.get("name")
        return cls(type_from_dict(kwargs), tuple(name) if isinstance(name, list) else name, bool(required))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ColSpec) and (self._type, self._name, self._required) == (
            other._type,
            other._name,
            other._required,
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        need = "required" if self._required else "optional"
        kind = f"{self._type!r} ({need})"
        return kind if self._name is None else f"{self._name!r}: {kind}"


class TensorInfo:
    """A tensor's dtype and shape; -1 stands for any size."""

    def __init__(self, dtype: Any, shape: tuple[int, ...] | list[int]) -> None:
        import numpy

        if not isinstance(dtype, numpy.dtype):
            raise TypeError(f"A tensor's type must be a numpy.dtype, not {dtype!r}: write numpy.dtype({dtype!r}).")
        if not isinstance(shape, tuple | list):
            raise TypeError(f"A tensor's shape must be a tuple or list of numbers, not {shape!r}.")
        if dtype.kind in "US" and dtype.itemsize:
            raise FlowmillError(
                f"A tensor's type cannot fix the length of its texts ({dtype}): "
                f'write numpy.dtype("{"str" if dtype.kind == "U" else "bytes"}").'
            )
        self._dtype = dtype
        self._shape = tuple(int(size) for size in shape)

    @property
    def dtype(self) -> Any:
        """The numpy dtype of the elements."""
        return self._dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes by axis, -1 for any."""
        return self._shape

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"dtype": _dtype_name(self._dtype), "shape": self._shape}

    @classmethod
    def from_json_dict(cls, **kwargs: Any) -> TensorInfo:
        """The dtype and shape with this JSON form."""
        import numpy

        if not {"dtype", "shape"} <= set(kwargs):
            raise FlowmillError(f'{kwargs!r} is no tensor-spec: expected the keys "dtype" and "shape".')
        try:
            dtype = numpy.dtype(kwargs["dtype"])
        except TypeError as error:
            raise Invalid(f"{kwargs['dtype']!r} is no numpy dtype ({error}).") from None
        return cls(dtype, kwargs["shape"])

    def __repr__(self) -> str:
        return f"Tensor({_dtype_name(self._dtype)!r}, {self._shape})"


class TensorSpec:
    """A numpy array: its dtype, its shape with -1 for any size, and its name if there are several."""

    def __init__(self, type: Any, shape: tuple[int, ...] | list[int], name: str | None = None) -> None:
        self._name = name
        self._tensor = TensorInfo(type, shape)

    @property
    def type(self) -> Any:
        """The numpy dtype of the elements."""
        return self._tensor.dtype

    @property
    def name(self) -> str | None:
        """The tensor's name, or None for the only one."""
        return self._name

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes by axis, -1 for any."""
        return self._tensor.shape

    @property
    def required(self) -> bool:
        """Always: a tensor cannot be left out."""
        return True

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        form: dict[str, Any] = {} if self._name is None else {"name": self._name}
        return {**form, "type": "tensor", "tensor-spec": self._tensor.to_dict()}

    @classmethod
    def from_json_dict(cls, **kwargs: Any) -> TensorSpec:
        """The tensor with this JSON form."""
        if kwargs.get("type") != "tensor" or not isinstance(kwargs.get("tensor-spec"), Mapping):
            raise FlowmillError(f'{kwargs!r} is no tensor of a schema: expected "type": "tensor" and "tensor-spec".')
        tensor = TensorInfo.from_json_dict(**kwargs["tensor-spec"])
        return cls(tensor.dtype, tensor.shape, kwargs.get("name"))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TensorSpec) and (self.type, self.shape, self.name) == (
            other.type,
            other.shape,
            other.name,
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self._tensor) if self._name is None else f"{self._name!r}: {self._tensor!r}"


class Schema:
    """A list of columns, or of tensors: all named, or all by position."""

    def __init__(self, inputs: list[ColSpec | TensorSpec]) -> None:
        if not inputs:
            raise Invalid("A schema needs at least one column or tensor.")
        strangers = [item for item in inputs if not isinstance(item, ColSpec | TensorSpec)]
        if strangers:
            raise Invalid(f"A schema is made from ColSpec or TensorSpec, not from {strangers[0]!r}.")
        if len({type(item) for item in inputs}) > 1:
            raise Invalid("A schema is made from columns or from tensors, not from both.")
        names = [item.name for item in inputs]
        if None in names and any(name is not None for name in names):
            raise Invalid(f"Either all columns of a schema have names or none has, got {names}.")
        if None in names and isinstance(inputs[0], TensorSpec) and len(inputs) > 1:
            raise Invalid(f"{len(inputs)} tensors need names to be told apart.")
        if None in names and not all(item.required for item in inputs):
            raise Invalid("A column without a name cannot be optional: name all columns.")
        self._inputs = list(inputs)

    @property
    def inputs(self) -> list[ColSpec | TensorSpec]:
        """The columns or tensors, in order."""
        return self._inputs

    def __iter__(self) -> Any:
        return iter(self._inputs)

    def is_tensor_spec(self) -> bool:
        """Whether it is made from tensors."""
        return isinstance(self._inputs[0], TensorSpec)

    def has_input_names(self) -> bool:
        """Whether its columns or tensors have names."""
        return self._inputs[0].name is not None

    def input_names(self) -> list[Any]:
        """Names, or positions where there are none."""
        return [position if item.name is None else item.name for position, item in enumerate(self._inputs)]

    def required_input_names(self) -> list[Any]:
        """Names (or positions) that must be there."""
        return [name for name, item in zip(self.input_names(), self._inputs, strict=True) if item.required]

    def optional_input_names(self) -> list[Any]:
        """Names that may be missing."""
        return [item.name for item in self._inputs if item.name is not None and not item.required]

    def input_types(self) -> list[Any]:
        """Column types, or numpy dtypes of tensors, in order."""
        return [item.type for item in self._inputs]

    def input_types_dict(self) -> dict[Any, Any]:
        """Types by name."""
        return {name: item.type for name, item in self.input_dict().items()}

    def input_dict(self) -> dict[Any, ColSpec | TensorSpec]:
        """Columns or tensors by name."""
        if not self.has_input_names():
            raise FlowmillError("A schema without names has no columns by name: use .inputs.")
        return {item.name: item for item in self._inputs}

    def numpy_types(self) -> list[Any]:
        """numpy dtypes in order."""
        if self.is_tensor_spec():
            return self.input_types()
        return [kind.to_numpy() for kind in self._scalar_types("numpy")]

    def pandas_types(self) -> list[Any]:
        """dtypes of pandas columns in order."""
        if self.is_tensor_spec():
            raise FlowmillError("Tensors have no pandas types: use numpy_types().")
        return [kind.to_pandas() for kind in self._scalar_types("pandas")]

    def as_spark_schema(self) -> Any:
        """Spark's type of a row: a struct of the columns, or the type itself of one without a name."""
        if self.is_tensor_spec():
            raise FlowmillError("Tensors have no Spark schema: it is made of columns.")
        columns: list[Any] = self._inputs
        kinds = [spark_type(item.type) for item in columns]
        if len(kinds) == 1 and not self.has_input_names():
            return kinds[0]
        named = zip(self.input_names(), kinds, columns, strict=True)
        return spark_struct([(str(name), kind, not item.required) for name, kind, item in named])

    def _scalar_types(self, library: str) -> list[DataType]:
        kinds: list[Any] = [item.type for item in self._inputs]
        if any(isinstance(kind, BaseType) for kind in kinds):
            raise FlowmillError(f"There is no {library} type for {self!r}: it holds more than scalars.")
        return kinds

    def to_dict(self) -> list[dict[str, Any]]:
        """The JSON form."""
        return [item.to_dict() for item in self._inputs]

    def to_json(self) -> str:
        """The JSON text, as in an MLmodel file."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, json_str: str) -> Schema:
        """The schema of this JSON text."""
        forms = json.loads(json_str)
        if not isinstance(forms, list) or not all(isinstance(form, dict) for form in forms):
            raise Invalid(f"A schema is a JSON list of objects, not {json_str[:100]!r}.")
        return cls([(TensorSpec if form.get("type") == "tensor" else ColSpec).from_json_dict(**form) for form in forms])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schema) and self._inputs == other._inputs

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self._inputs)


def _dtype_name(dtype: Any) -> str:
    return {"U": "str", "S": "bytes", "O": "object"}.get(dtype.kind, str(dtype))
