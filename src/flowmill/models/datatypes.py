"""The types that a model's columns can have: scalars, and arrays, objects and maps made from them.

Each type knows its JSON form, as it stands in an MLmodel file::

    long                 {"type": "long"}
    Array(long)          {"type": "array", "items": {"type": "long"}}
    {a: long (required)} {"type": "object", "properties": {"a": {"type": "long", "required": true}}}
    Map(str -> long)     {"type": "map", "values": {"type": "long"}}
    Any                  {"type": "any"}
"""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import datetime
import importlib
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import Enum
from typing import Any

from flowmill.errors import FlowmillError, Invalid

ARRAY_TYPE = "array"
OBJECT_TYPE = "object"
MAP_TYPE = "map"
ANY_TYPE = "any"
SPARKML_VECTOR_TYPE = "sparkml_vector"


class DataType(Enum):
    """A scalar type. ``integer`` has 32 bits, ``long`` 64; ``float`` has 32, ``double`` 64."""

    boolean = 1
    integer = 2
    long = 3
    float = 4
    double = 5
    string = 6
    binary = 7
    datetime = 8

    def __repr__(self) -> str:
        return self.name

    def to_numpy(self) -> Any:
        """The numpy dtype of this type's values."""
        import numpy

        return numpy.dtype(_NUMPY_NAMES[self.name])

    def to_pandas(self) -> Any:
        """The dtype of a pandas column of this type: numpy's, or ``object`` for text and bytes."""
        if self.name in ("string", "binary"):
            import numpy

            return numpy.dtype(object)
        return self.to_numpy()

    def to_python(self) -> type:
        """The Python type of a single value."""
        return _PYTHON_TYPES[self.name]

    def to_spark(self) -> Any:
        """An instance of Spark's type of a column of such values."""
        return getattr(_spark_types(), _SPARK_NAMES[self.name])()

    @classmethod
    def get_spark_types(cls) -> list[Any]:
        """Instances of Spark's types of all scalar types."""
        return [kind.to_spark() for kind in cls]

    @classmethod
    def from_numpy_type(cls, np_type: Any) -> DataType | None:
        """The type with exactly this numpy dtype, or None."""
        return next((kind for kind in cls if kind.to_numpy() == np_type), None)

    @classmethod
    def check_type(cls, data_type: DataType, value: Any) -> bool:
        """Whether a single value is of this type, without conversion."""
        numpy = sys.modules.get("numpy")
        if numpy is not None and isinstance(value, numpy.generic):
            if data_type is cls.datetime:
                return isinstance(value, numpy.datetime64)
            return value.dtype == data_type.to_numpy() or value.dtype.kind == data_type.to_numpy().kind == "U"
        if isinstance(value, bool):
            return data_type is cls.boolean
        return isinstance(value, data_type.to_python())

    @classmethod
    def all_types(cls) -> list[DataType]:
        """Every scalar type."""
        return list(cls)


_NUMPY_NAMES = {
    "boolean": "bool",
    "integer": "int32",
    "long": "int64",
    "float": "float32",
    "double": "float64",
    "string": "str",
    "binary": "bytes",
    "datetime": "datetime64[ns]",
}
_PYTHON_TYPES: dict[str, type] = {
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": float,
    "double": float,
    "string": str,
    "binary": bytes,
    "datetime": datetime.date,
}


_SPARK_NAMES = {
    "boolean": "BooleanType",
    "integer": "IntegerType",
    "long": "LongType",
    "float": "FloatType",
    "double": "DoubleType",
    "string": "StringType",
    "binary": "BinaryType",
    "datetime": "TimestampType",
}


def _spark_types() -> Any:
    """The module of Spark's types; Invalid says how to get it."""
    try:
        return importlib.import_module("pyspark.sql.types")
    except ImportError:
        raise Invalid("Types of Spark need pyspark: run pip install pyspark.") from None


def spark_type(kind: ValueType) -> Any:
    """Spark's type of such values: arrays, maps of texts and structs for types made from others."""
    if isinstance(kind, DataType):
        return kind.to_spark()
    types = _spark_types()
    if isinstance(kind, Array):
        return types.ArrayType(spark_type(kind.dtype))
    if isinstance(kind, Map):
        return types.MapType(types.StringType(), spark_type(kind.value_type))
    if isinstance(kind, Object):
        return spark_struct([(each.name, spark_type(each.dtype), not each.required) for each in kind.properties])
    raise Invalid(f"There is no type of Spark's for {kind!r}.")


def spark_struct(fields: list[tuple[str, Any, bool]]) -> Any:
    """Spark's struct of fields: name, type, and whether it may be missing."""
    types = _spark_types()
    return types.StructType([types.StructField(name, kind, nullable) for name, kind, nullable in fields])


class BaseType(ABC):
    """A type made from other types."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.to_dict() == other.to_dict()  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash(repr(self))


ValueType = DataType | BaseType


COLSPEC_TYPES: Any = DataType | BaseType
"""What a column can be of."""
ALLOWED_DTYPES: Any = DataType | BaseType | str
"""What the type of a column can be given as."""
EXPECTED_TYPE_MESSAGE = (
    "Unsupported type {passed_type} for {arg_name}: expected the name of a scalar type, a DataType, or an Array, "
    "Object, Map or AnyType."
)


def as_type(value: object, where: str = "a column") -> ValueType:
    """A type given as itself or by the name of a scalar (``"long"``)."""
    if isinstance(value, DataType | BaseType):
        return value
    if isinstance(value, str):
        if value in DataType.__members__:
            return DataType[value]
        if value == ANY_TYPE:
            return AnyType()
    if isinstance(value, str):
        raise Invalid(
            f"Unsupported type {value!r} for {where}: expected one of {[kind.name for kind in DataType]}, "
            "or an Array, Object, Map or AnyType."
        )
    raise Invalid(EXPECTED_TYPE_MESSAGE.format(passed_type=repr(value), arg_name=where))


def type_to_dict(kind: ValueType) -> dict[str, Any]:
    """The JSON form of any type."""
    return {"type": kind.name} if isinstance(kind, DataType) else kind.to_dict()


def type_from_dict(form: object) -> ValueType:
    """The type with this JSON form."""
    if not isinstance(form, Mapping) or "type" not in form:
        raise Invalid(f'{form!r} is no type of a schema: expected an object with the key "type".')
    name = form["type"]
    made_of = {
        ARRAY_TYPE: Array,
        OBJECT_TYPE: Object,
        MAP_TYPE: Map,
        ANY_TYPE: AnyType,
        SPARKML_VECTOR_TYPE: SparkMLVector,
    }.get(name)
    if made_of is not None:
        return made_of.from_json_dict(**form)
    return as_type(name)


def _part(kind: str, form: Mapping[str, Any], key: str) -> Any:
    if form.get("type", kind) != kind or key not in form:
        raise FlowmillError(f'{dict(form)!r} is no {kind} type: expected "type": "{kind}" and the key "{key}".')
    return form[key]


class Array(BaseType):
    """A list whose items all have one type."""

    def __init__(self, dtype: ValueType | str) -> None:
        self._dtype = as_type(dtype, "the items of an Array")

    @property
    def dtype(self) -> ValueType:
        """The type of the items."""
        return self._dtype

    def to_dict(self) -> dict[str, Any]:
        return {"type": ARRAY_TYPE, "items": type_to_dict(self._dtype)}

    @classmethod
    def from_json_dict(cls, **kwargs: Any) -> Array:
        """The array type with this JSON form."""
        return cls(type_from_dict(_part(ARRAY_TYPE, kwargs, "items")))

    def __repr__(self) -> str:
        return f"Array({self._dtype!r})"


class SparkMLVector(Array):
    """A vector of Spark's machine learning: a list of doubles."""

    def __init__(self) -> None:
        super().__init__(DataType.double)

    def to_dict(self) -> dict[str, Any]:
        return {"type": SPARKML_VECTOR_TYPE}

    @classmethod
    def from_json_dict(cls, **kwargs: Any) -> SparkMLVector:
        """The vector type; its JSON form has nothing but its name."""
        return cls()

    def __repr__(self) -> str:
        return "SparkML vector"


class Property(BaseType):
    """A named member of an Object."""

    def __init__(self, name: str, dtype: ValueType | str, required: bool = True) -> None:
        if not isinstance(name, str):
            raise Invalid(f"A property's name must be a text, not {name!r} ({type(name).__name__}).")
        self._name = name
        self._dtype = as_type(dtype, f"property {name!r}")
        self._required = required

    @property
    def name(self) -> str:
        """The member's key."""
        return self._name

    @property
    def dtype(self) -> ValueType:
        """The member's type."""
        return self._dtype

    @property
    def required(self) -> bool:
        """Whether every object must have it."""
        return self._required

    def to_dict(self) -> dict[str, Any]:
        return {self._name: {**type_to_dict(self._dtype), "required": self._required}}

    @classmethod
    def from_json_dict(cls, **kwargs: Any) -> Property:
        """The property with this JSON form: one key, its name."""
        if len(kwargs) != 1:
            raise Invalid(f"{kwargs!r} is no property: expected exactly one key, its name.")
        ((name, form),) = kwargs.items()
        return cls(name, type_from_dict(form), bool(form.get("required", False)))

    def __repr__(self) -> str:
        return f"{self._name}: {self._dtype!r} ({'required' if self._required else 'optional'})"


class Object(BaseType):
    """A dict with known keys."""

    def __init__(self, properties: list[Property]) -> None:
        if not isinstance(properties, list) or not all(isinstance(member, Property) for member in properties):
            raise Invalid(f"An Object is made from a list of Property, not from {properties!r}.")
        if not properties:
            raise Invalid("An Object needs at least one property.")
        names = [member.name for member in properties]
        if len(set(names)) != len(names):
            raise Invalid(f"An Object's properties must have different names, got {names}.")
        self._properties = sorted(properties, key=lambda member: member.name)

    @property
    def properties(self) -> list[Property]:
        """The members, by name."""
        return self._properties

    def to_dict(self) -> dict[str, Any]:
        members: dict[str, Any] = {}
        for member in self._properties:
            members.update(member.to_dict())
        return {"type": OBJECT_TYPE, "properties": members}

    @classmethod
    def from_json_dict(cls, **kwargs: Any) -> Object:
        """The object type with this JSON form."""
        members = _part(OBJECT_TYPE, kwargs, "properties")
        return cls([Property.from_json_dict(**{name: form}) for name, form in members.items()])

    def __repr__(self) -> str:
        return "{" + ", ".join(map(repr, self._properties)) + "}"


class Map(BaseType):
    """A dict with any text keys, whose values all have one type."""

    def __init__(self, value_type: ValueType | str) -> None:
        self._value_type = as_type(value_type, "the values of a Map")

    @property
    def value_type(self) -> ValueType:
        """The type of the values."""
        return self._value_type

    def to_dict(self) -> dict[str, Any]:
        return {"type": MAP_TYPE, "values": type_to_dict(self._value_type)}

    @classmethod
    def from_json_dict(cls, **kwargs: Any) -> Map:
        """The map type with this JSON form."""
        return cls(type_from_dict(_part(MAP_TYPE, kwargs, "values")))

    def __repr__(self) -> str:
        kind = self._value_type
        return f"Map(str -> {kind if isinstance(kind, DataType) else repr(kind)})"


class AnyType(BaseType):
    """Values of any kind; they are not checked."""

    def to_dict(self) -> dict[str, Any]:
        return {"type": ANY_TYPE}

    @classmethod
    def from_json_dict(cls, **kwargs: Any) -> AnyType:
        """The type that takes anything."""
        return cls()

    def __repr__(self) -> str:
        return "Any"
