"""The names of ``flowmill.data``: its own ones, and constructors that plugins bring."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from flowmill.lazy import lazy_names


def lazy_names_and_constructors(
    module_name: str, targets: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """As `lazy_names`; a name beginning with ``from_`` or ``load_`` that is not ours is looked for among plugins."""
    own, dir_, names = lazy_names(module_name, targets)

    def getattr_(name: str) -> Any:
        if name not in targets and name.startswith(("from_", "load_")):
            from flowmill.data.dataset_registry import get_registered_constructors

            constructor = get_registered_constructors().get(name)
            if constructor is not None:
                setattr(sys.modules[module_name], name, constructor)
                return constructor
        return own(name)

    return getattr_, dir_, names
