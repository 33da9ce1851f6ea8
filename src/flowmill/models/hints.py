"""Schemas from type hints: dataclasses as columns, and what ``predict(self, model_input: list[T])`` says.

pydantic is only looked at where a hint is a model of it.
"""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import dataclasses
import datetime
import functools
import importlib
import logging
import types
import typing
from typing import Any, NamedTuple, TypeVar

from flowmill.errors import Invalid
from flowmill.models.datatypes import AnyType, Array, DataType, Map, Object, Property, ValueType
from flowmill.models.infer import is_frame
from flowmill.models.schema import ColSpec, Schema
from flowmill.models.values import Mismatch, convert, is_missing

_log = logging.getLogger("flowmill.models")

_SCALARS: dict[Any, DataType] = {
    bool: DataType.boolean,
    int: DataType.long,
    float: DataType.double,
    str: DataType.string,
    bytes: DataType.binary,
    datetime.datetime: DataType.datetime,
    datetime.date: DataType.datetime,
}
TYPE_HINTS_TO_DATATYPE_MAPPING = {hint: kind for hint, kind in _SCALARS.items() if hint is not datetime.date}
"""The hints that stand for one value."""
TypeFromExample = TypeVar("TypeFromExample")
"""The hint of an input that is what the model's input example is: a list or a DataFrame."""
NONE_TYPE = type(None)
UNION_TYPES: tuple[Any, ...] = (typing.Union, types.UnionType)
SUPPORTED_TYPE_HINT_MSG = (
    "expected bool, int, float, str, bytes, datetime, list[…], dict[str, …], a dataclass, a pydantic model or Any."
)
OPTIONAL_INPUT_MSG = "An input cannot be None: make a field of a pydantic model or dataclass optional, not the input."


class UnsupportedTypeHintException(Invalid):
    """A hint that stands for no type of a column."""

    def __init__(self, type_hint: Any) -> None:
        super().__init__(f"{_shown(type_hint)} is no type of a column: {SUPPORTED_TYPE_HINT_MSG}")


class InvalidTypeHintException(Invalid):
    """A hint that lacks something, such as the type of a list's items."""

    def __init__(self, *, message: str) -> None:
        super().__init__(message)


class ColSpecType(NamedTuple):
    """The type that a hint stands for, and whether a value must be there (False for ``T | None``)."""

    dtype: ValueType
    required: bool


class ValidationResult(NamedTuple):
    """A value as its hint asks for it, or why it is none."""

    value: Any | None = None
    error_message: str | None = None


def _shown(hint: Any) -> str:
    return hint.__name__ if isinstance(hint, type) and not typing.get_args(hint) else str(hint)


def model_fields(model: Any) -> dict[str, Any]:
    """The fields of a pydantic model by name; Invalid if it is none."""
    fields = getattr(model, "model_fields", None)
    if not isinstance(fields, dict):
        raise Invalid(f"{_shown(model)} is no model of pydantic 2: expected a class that derives from BaseModel.")
    return fields


def model_validate(model: Any, values: Any) -> None:
    """Nothing if the values fit a pydantic model; pydantic's own error says what does not."""
    model.model_validate(values)


def field_required(field: Any) -> bool:
    """Whether a field of a pydantic model must be given."""
    return field.is_required()


@functools.cache
def type_hints_no_signature_inference() -> tuple[type, ...]:
    """The hints that are fine for an input and say nothing of its columns: frames, series, arrays, sparse matrices.

    Only those whose library is installed; it is imported to say so.
    """
    found: list[type] = []
    for name, kinds in (
        ("pandas", "DataFrame Series"),
        ("numpy", "ndarray"),
        ("scipy.sparse", "csc_matrix csr_matrix"),
    ):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        found += [getattr(module, kind) for kind in kinds.split()]
    return tuple(found)


def schema_of_dataclass(dataclass: type) -> Schema:
    """A column for each field of the dataclass, given itself or as an instance."""
    kind = dataclass if isinstance(dataclass, type) else type(dataclass)
    hints = typing.get_type_hints(kind)
    columns = [(field.name, type_of_hint(hints[field.name])) for field in dataclasses.fields(kind)]
    return Schema([ColSpec(column.dtype, name, column.required) for name, column in columns])


def type_of_hint(hint: Any) -> ColSpecType:
    """The type that a hint stands for; UnsupportedTypeHintException if there is none."""
    return ColSpecType(*_type_of_hint(hint))


def _type_of_hint(hint: Any) -> tuple[ValueType, bool]:
    if hint in _SCALARS:
        return _SCALARS[hint], True
    if hint is Any:
        return AnyType(), False
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in UNION_TYPES:
        rest = [item for item in arguments if item is not NONE_TYPE]
        if len(rest) == 1:
            return type_of_hint(rest[0])[0], len(rest) == len(arguments)
        return AnyType(), len(rest) == len(arguments)
    if origin is list and len(arguments) == 1:
        return Array(type_of_hint(arguments[0])[0]), True
    if origin is dict and len(arguments) == 2:
        if arguments[0] is not str:
            raise InvalidTypeHintException(message=f"{hint} is no type of a column: the keys of a dict must be texts.")
        return Map(type_of_hint(arguments[1])[0]), True
    if dataclasses.is_dataclass(hint):
        members = typing.get_type_hints(hint)
        return Object(
            [Property(field.name, *type_of_hint(members[field.name])) for field in dataclasses.fields(hint)]
        ), True
    if hasattr(hint, "model_fields"):
        return _type_of_pydantic(hint), True
    if hint in (list, dict):
        return AnyType(), True
    raise UnsupportedTypeHintException(hint)


def _type_of_pydantic(model: Any) -> Object:
    members: list[Property] = []
    for name, field in model_fields(model).items():
        kind, required = type_of_hint(field.annotation)
        members.append(Property(name, kind, required))
    return Object(members)


def return_hint(predict: Any) -> Any:
    """The type hint of what a function returns, or None."""
    try:
        return typing.get_type_hints(predict).get("return")
    except (NameError, TypeError):
        return None


def schema_of_list(hint: Any) -> Schema | None:
    """The schema of ``list[T]``; None for any other hint, and with a warning if T is no type of a column."""
    if typing.get_origin(hint) is not list or not typing.get_args(hint):
        return None
    try:
        return Schema([ColSpec(type_of_hint(typing.get_args(hint)[0])[0])])
    except UnsupportedTypeHintException as error:
        _log.warning("predict's hint says nothing of the input, which is not checked: %s", error.message)
        return None


def schema_of_answer(hint: Any) -> Schema:
    """The schema of what a function returns, an item of it for ``list[T]``; anything where the hint says no type."""
    if typing.get_origin(hint) is list and typing.get_args(hint):
        (hint,) = typing.get_args(hint)
    try:
        kind, required = (AnyType(), True) if hint is None else type_of_hint(hint)
    except Invalid:
        kind, required = AnyType(), True
    return Schema([ColSpec(kind if required else AnyType())])


def like_example(data: Any, example: str | None, *, named: bool) -> Any:
    """An input that fits the schema as the kind that the example was: ``example`` is its type in the MLmodel file.

    ``named``: whether the schema's columns have names, so that an item of a list is a dict.
    """
    if example == "dataframe" or not is_frame(data):
        return data
    return data.to_dict("records") if named else data.iloc[:, 0].tolist()


def is_checked(hint: Any) -> bool:
    """Whether an input with this hint is checked: it is a ``list[T]`` of a T that is a type of a column."""
    if typing.get_origin(hint) is not list or len(typing.get_args(hint)) != 1:
        return False
    try:
        type_of_hint(typing.get_args(hint)[0])
    except Invalid:
        return False
    return True


def convert_input(data: Any, hint: Any) -> Any:
    """An input as the list that a hint ``list[T]`` asks for; one error lists every item that is no T.

    A frame of one column, and one of several where T is a dict or class, is taken as a list of its rows.
    """
    if not is_checked(hint):
        return data
    (item_hint,) = typing.get_args(hint)
    if is_frame(data):
        data = data.iloc[:, 0].tolist() if len(data.columns) == 1 and item_hint in _SCALARS else data.to_dict("records")
    if not isinstance(data, list):
        raise Invalid(f"The input is {type(data).__name__}: expected a list, as predict's type hint says ({hint}).")
    items: list[Any] = []
    wrong: list[str] = []
    for place, item in enumerate(data):
        result = validated(item, item_hint)
        if result.error_message is None:
            items.append(result.value)
        else:
            wrong.append(f"item {place}: {result.error_message}")
    if wrong:
        raise Invalid(f"The input does not fit predict's type hint {hint}: {'; '.join(wrong)}.")
    return items


def validated(item: Any, hint: Any) -> ValidationResult:
    """A value as its hint asks for it, or why it cannot be that."""
    try:
        return ValidationResult(_convert_item(item, hint))
    except (Mismatch, ValueError, TypeError) as error:
        return ValidationResult(error_message=str(error))


def _convert_item(item: Any, hint: Any) -> Any:
    if hasattr(hint, "model_validate"):
        return hint.model_validate(item.model_dump() if hasattr(item, "model_dump") else item)
    kind, required = type_of_hint(hint)
    if is_missing(item) and not required:
        return None
    converted = convert(item, kind)
    return hint(**converted) if dataclasses.is_dataclass(hint) and isinstance(hint, type) else converted
