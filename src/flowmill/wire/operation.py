"""How an operation is declared: ``@operation("POST runs/create", needs=…)`` over a request class.

Route, REST client, permission, TypeScript types, reference page and conformance tests follow from the
declaration.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

import msgspec

from flowmill.wire.permission import Permission

T = TypeVar("T")
R = TypeVar("R", bound="type[Request[Any]]")


class Request(msgspec.Struct, Generic[T], frozen=True, kw_only=True, omit_defaults=True):
    """A question or an order, answered with a ``T``."""


@dataclass(frozen=True)
class Operation:
    """A declared operation.

    ``paths`` are relative to the API's root (``2.0/mlflow/runs/create``) and may hold ``{field}`` segments;
    the client uses the first method and path, the server answers all. ``answer`` is the JSON key that the
    result is wrapped in; without one the result is the body itself.
    """

    request: type[Request[Any]]
    methods: tuple[str, ...]
    paths: tuple[str, ...]
    needs: Permission
    answer: str | None
    dense: bool = False
    """Whether the answer is so dense that compressing it costs more than it saves."""

    @property
    def name(self) -> str:
        """The request's class name."""
        return self.request.__name__

    @property
    def writes(self) -> bool:
        """Whether carrying it out may change anything."""
        return self.needs.level != "read"

    @cached_property
    def result(self) -> Any:
        """The type of the answer: the ``T`` of ``Request[T]``; None for an empty one."""
        bases = self.request.__dict__["__orig_bases__"]  # types.get_original_bases, from Python 3.12
        base = next(base for base in bases if typing.get_origin(base) is Request)
        (result,) = typing.get_args(base)
        return None if result is type(None) else result

    @cached_property
    def reads_one(self) -> bool:
        """Whether it reads a single thing by its name, which is quick; a page or a list may take long."""
        fields = {field.name for field in msgspec.structs.fields(self.request)}
        return not self.writes and not self.list_fields and "max_results" not in fields

    @cached_property
    def list_fields(self) -> frozenset[str]:
        """Wire names of the fields that hold lists; a query string repeats their key."""
        fields = msgspec.structs.fields(self.request)
        return frozenset(f.encode_name for f in fields if _holds_list(f.type))


def _holds_list(annotation: Any) -> bool:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return any(_holds_list(part) for part in typing.get_args(annotation))
    return typing.get_origin(annotation) is list


OPERATIONS: dict[type[Request[Any]], Operation] = {}
"""Every declared operation by its request class; `flowmill.wire.contract` imports all of them."""


def operation(
    route: str, *, needs: Permission, answer: str | None = None, also: tuple[str, ...] = (), dense: bool = False
) -> Callable[[R], R]:
    """Declare a request class as an operation.

    ``route``: ``"POST runs/create"``; a path without a version stands below ``2.0/mlflow/``.
    ``also``: further routes with the same meaning.
    """

    def declare(request: R) -> R:
        routes = [each.split(" ", 1) for each in (route, *also)]
        methods = tuple(dict.fromkeys(method for method, _ in routes))
        paths = tuple(dict.fromkeys(_full_path(path) for _, path in routes))
        OPERATIONS[request] = Operation(request, methods, paths, needs, answer, dense)
        return request

    return declare


def _full_path(path: str) -> str:
    return path if path[0].isdigit() or path.startswith("flowmill/") else f"2.0/mlflow/{path}"
