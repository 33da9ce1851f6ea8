"""Single values and their types: conversion that loses nothing, or a `Mismatch`."""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import datetime
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flowmill.models.datatypes import AnyType, Array, DataType, Map, Object, ValueType

INTEGER_RANGE = {"integer": (-(2**31), 2**31 - 1), "long": (-(2**63), 2**63 - 1)}


class Mismatch(Exception):
    """A value is not of the expected type; the text says ``found … instead of …``.

    ``place``: where in the value, as ``[0].role``. One that is `gathered` has several parts.
    """

    def __init__(self, expected: str, found: str, place: str = "") -> None:
        self.parts = [(expected, found, place)]
        super().__init__(f"found {found} instead of {expected}")

    @property
    def expected(self) -> str:
        """The type of the first part."""
        return self.parts[0][0]

    @property
    def found(self) -> str:
        """What was found in its place; then what else is wrong, and where."""
        first, *others = [f"{found} at {place}" if place else found for _, found, place in self.parts]
        rest = zip(self.parts[1:], others, strict=True)
        return "; ".join([first, *(f"expected {part[0]}, found {found}" for part, found in rest)])


def as_python(value: Any) -> Any:
    """numpy scalars and arrays, and pandas' missing values, as plain Python; anything else as it is."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        if isinstance(value, numpy.datetime64):
            if numpy.isnat(value):
                return None
            # Finer than microseconds, item() answers a bare integer.
            return value.astype("datetime64[us]").item() if value.dtype != "datetime64[D]" else value.item()
        if isinstance(value, numpy.ndarray):
            return [as_python(item) for item in value] if value.dtype.kind in "OM" else value.tolist()
        if isinstance(value, numpy.generic):
            return value.item()
    if is_missing(value):
        return None
    return value


def is_missing(value: Any) -> bool:
    """Whether it is None, ``pandas.NA`` or ``pandas.NaT``. NaN is a number, not a missing value."""
    if value is None:
        return True
    pandas = sys.modules.get("pandas")
    return pandas is not None and (value is pandas.NA or value is pandas.NaT)


def describe(value: Any) -> str:
    """A short text of a value for an error."""
    text = repr(value)
    return f"{text if len(text) <= 60 else text[:57] + '…'} ({type(value).__name__})"


def convert(value: Any, kind: ValueType) -> Any:
    """The value as this type, if nothing is lost by it; Mismatch otherwise."""
    if isinstance(kind, DataType):
        return _SCALARS[kind](as_python(value), kind)
    if isinstance(kind, Array) and _is_array_of(value, kind):
        return value
    value = as_python(value)
    if isinstance(kind, AnyType):
        return value
    if isinstance(kind, Array):
        if not isinstance(value, list | tuple):
            raise Mismatch(repr(kind), describe(value))
        try:
            return [_item(each, kind.dtype) for each in value]
        except Mismatch:
            parts = ((f"[{place}]", each) for place, each in enumerate(value))
            raise _gathered(parts, lambda each: _item(each, kind.dtype)) from None
    if not isinstance(value, Mapping):
        raise Mismatch(repr(kind), describe(value))
    if isinstance(kind, Map):
        try:
            return {str(name): convert(item, kind.value_type) for name, item in value.items()}
        except Mismatch:
            parts = ((f"[{name!r}]", item) for name, item in value.items())
            raise _gathered(parts, lambda item: convert(item, kind.value_type)) from None
    if isinstance(kind, Object):
        return _convert_object(value, kind)
    raise Mismatch(repr(kind), describe(value))


_MOST_PARTS = 5
"""Parts of a value that are named as wrong: who sends a thousand learns of the first."""


def _gathered(parts: Iterable[tuple[str, Any]], check: Callable[[Any], object]) -> Mismatch:
    """The one Mismatch of all parts, given with their places, that ``check`` refuses, of which there is one."""
    wrong: list[tuple[str, str, str]] = []
    for place, part in parts:
        try:
            check(part)
        except Mismatch as error:
            wrong += [(expected, found, f"{place}{inner}") for expected, found, inner in error.parts]
        if len(wrong) >= _MOST_PARTS:
            break
    whole = Mismatch(*wrong[0])
    whole.parts = wrong[:_MOST_PARTS]
    return whole


def _is_array_of(value: Any, kind: Array) -> bool:
    """Whether it is an array of numpy's that holds the very type already: a model may want to reckon with it."""
    numpy = sys.modules.get("numpy")
    item: ValueType = kind
    depth = 0
    while isinstance(item, Array):
        item, depth = item.dtype, depth + 1
    return (
        numpy is not None
        and isinstance(value, numpy.ndarray)
        and value.ndim == depth
        and isinstance(item, DataType)
        and value.dtype.kind in "biuf"
        and value.dtype == item.to_numpy()
    )


def _item(value: Any, kind: ValueType) -> Any:
    """An item of a list; a gap among numbers is NaN, which JSON writes as null."""
    gap = kind in (DataType.float, DataType.double) and is_missing(value)
    return float("nan") if gap else convert(value, kind)


def is_decimal(value: Any) -> bool:
    """Whether it is a number that is exact in base ten, as databases give them."""
    decimal = sys.modules.get("decimal")
    return decimal is not None and isinstance(value, decimal.Decimal)


def _convert_object(value: Mapping[str, Any], kind: Object) -> dict[str, Any]:
    members = {member.name: member for member in kind.properties}
    strange = [name for name in value if name not in members]
    if strange:
        raise Mismatch(repr(kind), f"the unknown key {', '.join(map(repr, strange[:_MOST_PARTS]))}")
    absent = [name for name, member in members.items() if member.required and is_missing(value.get(name))]
    if absent:
        raise Mismatch(repr(kind), f"no value for {', '.join(map(repr, absent))}")
    there = {name: value[name] for name in members if name in value}
    try:
        return {name: _member(given, members[name].dtype) for name, given in there.items()}
    except Mismatch:
        parts = ((f".{name}", (given, members[name].dtype)) for name, given in there.items())
        raise _gathered(parts, lambda part: _member(*part)) from None


def _member(value: Any, kind: ValueType) -> Any:
    return None if is_missing(value) else convert(value, kind)


def _boolean(value: Any, kind: DataType) -> bool:
    if isinstance(value, bool):
        return value
    raise Mismatch(kind.name, describe(value))


def _integer(value: Any, kind: DataType) -> int:
    low, high = INTEGER_RANGE[kind.name]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return value
    raise Mismatch(kind.name, describe(value))


def _number(value: Any, kind: DataType) -> float:
    if isinstance(value, float):
        return value
    if is_decimal(value):
        return float(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**1023 and int(float(value)) == value:
        return float(value)
    raise Mismatch(kind.name, describe(value))


def _text(value: Any, kind: DataType) -> str:
    if isinstance(value, str):
        return value
    raise Mismatch(kind.name, describe(value))


def _bytes(value: Any, kind: DataType) -> bytes:
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    raise Mismatch(kind.name, describe(value))


def _moment(value: Any, kind: DataType) -> datetime.date:
    if isinstance(value, datetime.date):
        return value
    if isinstance(value, str):
        try:
            return datetime.datetime.fromisoformat(value)
        except ValueError:
            pass
    raise Mismatch("datetime in ISO 8601", describe(value))


_SCALARS = {
    DataType.boolean: _boolean,
    DataType.integer: _integer,
    DataType.long: _integer,
    DataType.float: _number,
    DataType.double: _number,
    DataType.string: _text,
    DataType.binary: _bytes,
    DataType.datetime: _moment,
}
