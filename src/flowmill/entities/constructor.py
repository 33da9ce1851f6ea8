"""Values that people make with the constructor that MLflow documents, although their fields are those of the wire."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec


class WithConstructor(msgspec.StructMeta):
    """Kind of the structs that have a static method ``_fields_of``, whose parameters are those of MLflow's constructor.

    All fields by name make a value as ever, and so does decoding, which never comes here; whatever else is given is
    read as MLflow's parameters.
    """

    _fields_of: Callable[..., dict[str, Any]]

    if not TYPE_CHECKING:  # our own code names fields, and that is what is checked

        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            if not args:
                try:
                    return super().__call__(**kwargs)
                except TypeError:
                    pass
            try:
                fields = cls._fields_of(*args, **kwargs)
            except TypeError as error:
                raise TypeError(str(error).replace(cls._fields_of.__qualname__, cls.__name__)) from None
            return super().__call__(**fields)

    @property
    def __signature__(cls) -> inspect.Signature:
        return inspect.signature(cls._fields_of)
