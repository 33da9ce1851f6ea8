"""What users pass, as the wire has it."""

from __future__ import annotations

import operator
import time
from collections.abc import Callable, Sequence
from typing import Any

from flowmill.entities.model import LoggedModelStatus, UploadStatus
from flowmill.entities.run import RunStatus, ViewType
from flowmill.errors import Invalid

_VIEWS = {1: ViewType.ACTIVE_ONLY, 2: ViewType.DELETED_ONLY, 3: ViewType.ALL}


def metric_value(key: str, value: Any) -> float:
    """A number, numpy scalar or one-element tensor as a float; Invalid for anything else."""
    if isinstance(value, float):
        return float(value)
    item: Callable[[], Any] | None = getattr(value, "item", None)
    try:
        if item is not None and not isinstance(value, str | bytes):
            return float(item())
        if hasattr(value, "__float__"):
            return float(value)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        pass
    raise Invalid(
        f"Metric {key!r} must be a number, got {type(value).__name__} {str(value)[:60]!r}; "
        "log text as a param or a tag."
    )


def whole_number(what: str, value: Any) -> int:
    """A step or time as an int: an int, a numpy integer, or a float without a fraction; Invalid otherwise."""
    try:
        return operator.index(value)
    except TypeError:
        pass
    number = metric_value(what, value)
    if not number.is_integer():
        raise Invalid(f"The {what} must be a whole number, got {value!r}.")
    return int(number)


def now() -> int:
    return time.time_ns() // 1_000_000


def view_of(view: ViewType | int) -> ViewType:
    return _VIEWS[view] if isinstance(view, int) else ViewType(view)


def listed(ids: Sequence[str] | str) -> Sequence[str]:
    return [ids] if isinstance(ids, str | int) else ids


def model_status(status: LoggedModelStatus | str) -> UploadStatus:
    try:
        return UploadStatus[str(status)]
    except KeyError:
        raise Invalid(f"Invalid status {status!r}: a model is finalized as READY or FAILED.") from None


def run_status(status: str) -> RunStatus:
    try:
        return RunStatus(status)
    except ValueError:
        raise Invalid(f"Invalid run status {status!r}: expected one of {', '.join(RunStatus)}.") from None
