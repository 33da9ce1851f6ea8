"""From (method, path) to what answers: one dict, made from the wire's declarations.

A route without a permission cannot be made, so that there is none.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from flowmill.errors import NoSuchEndpoint, WrongMethod
from flowmill.server.http import Incoming, Outgoing
from flowmill.wire.operation import Operation
from flowmill.wire.permission import Permission

API_ROOTS = ("/api/", "/ajax-api/")

_OF_RUNS = ("/get-artifact", "/model-versions/get-artifact")

Answer = Callable[[Incoming, "Route", dict[str, str]], Awaitable[Outgoing]]


@dataclass(frozen=True)
class Route:
    """What answers at a path: an operation, or a handler of files."""

    needs: Permission
    answer: Answer
    operation: Operation | None = None
    rest_of: Callable[[Incoming, str], Awaitable[Outgoing]] | None = None
    proxies: bool = False
    """Whether it passes artifacts on, which a server for artifacts alone does too."""

    @property
    def name(self) -> str:
        """The operation's name; for files and the server's own answers that of the handler."""
        if self.operation is not None:
            return self.operation.name
        return getattr(self.rest_of, "__name__", "files").strip("_")


class Routes:
    """Every route of the server under all of its names."""

    def __init__(self) -> None:
        self.exact: dict[tuple[str, str], Route] = {}
        self.patterns: list[tuple[str, re.Pattern[str], Route]] = []

    def add_operation(self, operation: Operation, answer: Answer) -> None:
        """Route an operation under every prefix that MLflow's clients use."""
        route = Route(operation.needs, answer, operation, proxies=_passes_artifacts(operation.paths[0]))
        for path in operation.paths:
            for full in _all_names(path):
                for method in operation.methods:
                    if "{" not in full:
                        self.exact[method, full] = route
                    else:
                        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(full))
                        self.patterns.append((method, re.compile(pattern), route))

    def add_files(
        self,
        method: str,
        path: str,
        needs: Permission,
        handler: Callable[[Incoming, str], Awaitable[Outgoing]],
        answer: Answer,
    ) -> None:
        """Route a handler of files; ``*`` at the end of the path is what the handler gets."""
        route = Route(needs, answer, rest_of=handler, proxies=_passes_artifacts(path))
        for full in _all_names(path):
            if full.endswith("*"):
                pattern = re.compile(re.escape(full[:-1]) + "(?P<rest>.+)", re.DOTALL)
                self.patterns.append((method, pattern, route))
            else:
                self.exact[method, full] = route

    def names(self) -> list[str]:
        """What can be counted: every route's name."""
        routes = [*self.exact.values(), *(route for _, _, route in self.patterns)]
        return sorted({route.name for route in routes})

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route and the fields in its path; NoSuchEndpoint if there is none."""
        route = self.exact.get((method, path))
        if route is not None:
            return route, {}
        for known_method, pattern, route in self.patterns:
            if known_method == method and (found := pattern.fullmatch(path)):
                return route, found.groupdict()
        others = self._methods_of(path)
        if others:
            raise WrongMethod(f"{path[:200]!r} takes {' or '.join(sorted(others))}, not {method}.")
        raise NoSuchEndpoint(f"There is no endpoint {method} {path[:200]!r}.")

    def _methods_of(self, path: str) -> set[str]:
        found = {method for method, known in self.exact if known == path}
        return found | {method for method, pattern, _ in self.patterns if pattern.fullmatch(path)}


def _passes_artifacts(path: str) -> bool:
    return path.startswith(("2.0/mlflow-artifacts/", "3.0/mlflow/server-info", "/")) and path not in _OF_RUNS


def _all_names(path: str) -> list[str]:
    if path.startswith("/"):
        return [path]
    names = [root + path for root in API_ROOTS]
    version, _, rest = path.partition("/")
    if version == "2.0":  # the name that clients before MLflow 1.0 used
        names += [f"{root}2.0/preview/{rest}" for root in API_ROOTS]
    return names
