"""Values of Spark's columns as a model's signature has them."""

from __future__ import annotations

from typing import Any


def convert_complex_types_pyspark_to_pandas(value: Any, dataType: Any) -> Any:
    """A value of a Spark type as pandas, numpy and JSON have it; ``dataType``: the type from ``pyspark.sql.types``.

    Rows become dicts, whole numbers and floats of 32 bits or less numpy's own, binaries ``numpy.bytes_``, dates and
    times texts (``2020-01-31``, ``2020-01-31 12:00:00.000000``). Keys and values of maps stay as they are.
    """
    import numpy

    if value is None:
        return None
    kind = dataType.typeName()
    if kind == "array":
        return [convert_complex_types_pyspark_to_pandas(item, dataType.elementType) for item in value]
    if kind == "struct":
        return {
            member.name: convert_complex_types_pyspark_to_pandas(value[member.name], member.dataType)
            for member in dataType.fields
        }
    if kind in _NUMPY:
        return getattr(numpy, _NUMPY[kind])(bytes(value) if kind == "binary" else value)
    if kind in _TIMES:
        return value.strftime(_TIMES[kind])
    return value


_NUMPY = {"integer": "int32", "short": "int16", "float": "float32", "binary": "bytes_"}
_TIMES = {"timestamp": "%Y-%m-%d %H:%M:%S.%f", "date": "%Y-%m-%d"}
