"""Digests of data: equal to MLflow's for the same data, so that a dataset is one, whoever logged it.

A digest is the first 8 hexadecimal digits of an MD5 over 64-bit hashes of the values, their number and shape.
At most `MAX_ROWS` values or rows are looked at; the number of all of them counts too.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from flowmill.errors import Invalid

MAX_ROWS = 10_000


def get_normalized_md5_digest(elements: Iterable[Any]) -> str:
    """The digest of bytes and buffers, in order."""
    md5 = hashlib.md5(usedforsecurity=False)
    is_empty = True
    for element in elements:
        md5.update(element)
        is_empty = False
    if is_empty:
        raise Invalid("Data without any content has no digest: pass digest= to name one yourself.")
    return md5.hexdigest()[:8]


def compute_pandas_digest(df: Any) -> str:
    """The digest of a frame: its columns of numbers and texts, its index and its column names.

    Columns of other types (dates, booleans, lists, texts with gaps) only count by their names.
    """
    import numpy

    hashed = _hash_rows(df[_columns_that_count(df)].head(MAX_ROWS))
    return get_normalized_md5_digest([hashed, numpy.int64(len(df)), *(_encoded(str(name)) for name in df.columns)])


def _columns_that_count(df: Any) -> Any:
    import numpy

    texts = df.columns[[_is_text(df.iloc[:, position]) for position in range(len(df.columns))]]
    numbers = df.select_dtypes(include=[numpy.number]).columns
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # names that have no order stay in the one they have
        return texts.union(numbers)


def _is_text(column: Any) -> bool:
    """Whether every value is a `str` (its subclasses are not) in the whole column, not only in its first rows."""
    if hasattr(column.dtype, "categories"):
        return not column.hasnans and _is_text(column.dtype.categories.to_series())
    return getattr(column.dtype, "kind", "O") == "O" and all(type(value) is str for value in column)


def _hash_rows(df: Any) -> Any:
    hash_pandas_object = hashing().hash_pandas_object

    try:
        return hash_pandas_object(df).values
    except UnicodeEncodeError:  # half of a surrogate pair, which no encoding knows
        return hash_pandas_object(df.map(_printable)).values


def _printable(cell: Any) -> Any:
    return _encoded(cell).decode() if isinstance(cell, str) else cell


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def compute_numpy_digest(features: Any, targets: Any = None) -> str:
    """The digest of one array or a dict of arrays, in the order of their keys; keys do not count."""
    return get_normalized_md5_digest([*_of_arrays(features), *_of_arrays(targets)])


def _of_arrays(data: Any) -> Iterable[Any]:
    import numpy

    if data is None:
        return
    if isinstance(data, Mapping):
        for key in sorted(data):
            yield from _of_arrays(data[key])
        return
    yield hashed_values(data.flatten()[:MAX_ROWS])
    for size in data.shape:
        yield numpy.int64(size)


def hashed_values(flat: Any) -> Any:
    """64-bit hashes of the values of a flat array; only their number where they cannot be hashed."""
    import numpy

    try:
        return hashing().hash_array(flat)
    except TypeError:
        return numpy.int64(flat.size)


def hashing() -> Any:
    """The functions of pandas that hash; its type hints do not know them."""
    import pandas

    return pandas.util  # pyright: ignore[reportAttributeAccessIssue]
