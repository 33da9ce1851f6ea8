"""What the scoring server answers instead of a prediction: MLflow's codes, one sentence, and no trace."""

from __future__ import annotations

from typing import Any

import msgspec

from flowmill.errors import FlowmillError, Invalid
from flowmill.models.enforce import DoesNotFit
from flowmill.server.http import Outgoing

_TEXT = "text/plain; charset=utf-8"
_LONGEST_MESSAGE = 2000
_SUPPORTED = "text/csv, application/json, application/vnd.apache.parquet or application/vnd.apache.arrow.stream"


class Unreadable(FlowmillError):
    """The body holds no input; MLflow's code for that is another than for an input that does not fit."""

    code = "BAD_REQUEST"
    status = 400


class UnsupportedType(Invalid):
    """The body is of a kind that is not read here."""

    status = 415

    @classmethod
    def of(cls, kind: str) -> UnsupportedType:
        """The error for a body of this Content-Type."""
        return cls(f"The Content-Type {kind[:80]!r} is not read here: expected {_SUPPORTED}.")

    def get_http_status_code(self) -> int:
        """415, whatever the code says."""
        return self.status


class ModelFailed(FlowmillError):
    """The model itself raised an error: the log has it, the client a number."""

    code = "BAD_REQUEST"
    status = 400


class TooSlow(FlowmillError):
    """The model took longer than the operator allows."""

    code = "DEADLINE_EXCEEDED"
    status = 504


def answer_of(error: FlowmillError) -> Outgoing:
    """An error as the client gets it."""
    message = error.message
    if len(message) > _LONGEST_MESSAGE:  # it repeats a value that was not expected to be so long
        message = f"{message[:_LONGEST_MESSAGE]}…"
    status = error.get_http_status_code()
    if isinstance(error, UnsupportedType):  # MLflow answers this one in plain text
        return Outgoing(message.encode(), _TEXT, status)
    body: dict[str, Any] = {"error_code": error.error_code, "message": message}
    if status == 400:
        # Two more names for the same, by which other products' clients sort errors.
        refused = isinstance(error, DoesNotFit)
        body["sqlstate"] = "KAM01" if refused else "KAM00"
        body["error_class"] = "SCHEMA_ENFORCEMENT_FAILED" if refused else "INVALID_PARAMETER_VALUE"
    return Outgoing(
        msgspec.json.encode(body), status=status, headers={"Retry-After": "1"} if status in (429, 503) else {}
    )
