"""What the user wants of each integration: the arguments of its last ``autolog()``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flowmill.models.modules import installed_version
from flowmill.notices import say_once

AUTOLOGGING_TAG = "mlflow.autologging"


@dataclass(frozen=True)
class _Chosen:
    options: Mapping[str, Any]
    by_name: bool
    """Whether the integration's own function was called, which counts for more than ``mlflow.autolog()``."""


_chosen: dict[str, _Chosen] = {}


def configure(integration: str, options: Mapping[str, Any], by_name: bool = True) -> None:
    """Note what ``autolog()`` of an integration was called with; a call for all does not change what its own said."""
    before = _chosen.get(integration)
    if by_name or before is None or not before.by_name:
        _chosen[integration] = _Chosen(dict(options), by_name)


def option(integration: str, name: str, default: Any = None) -> Any:
    """What was said of one option."""
    chosen = _chosen.get(integration)
    return chosen.options.get(name, default) if chosen else default


def is_on(integration: str) -> bool:
    """Whether trainings of a library log themselves."""
    chosen = _chosen.get(integration)
    return chosen is not None and not chosen.options.get("disable", False)


def was_named(integration: str) -> bool:
    """Whether the integration's own ``autolog()`` was called, rather than the one for all."""
    chosen = _chosen.get(integration)
    return chosen is not None and chosen.by_name


def is_silent(integration: str) -> bool:
    """Whether nothing is to be said of what is logged."""
    return bool(option(integration, "silent", False))


def is_supported(integration: str, distribution: str, first: int, last: int) -> bool:
    """Whether an installed major version is one of ``first``..``last``, which this was tried with; others are said
    once, and refused where the user wants that."""
    installed = installed_version(distribution) or ""
    try:
        major = int(installed.partition(".")[0])
    except ValueError:
        return True
    if first <= major <= last:
        return True
    refuses = bool(option(integration, "disable_for_unsupported_versions", False))
    if not is_silent(integration):
        tried = f"{first}" if first == last else f"{first} to {last}"
        end = "it does not log itself" if refuses else "what it logs may be incomplete"
        say_once(f"Autologging was tried with {distribution} {tried}, and {installed} is installed: {end}.")
    return not refuses
