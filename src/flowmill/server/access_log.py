"""The access log: a JSON object a line, a line a request, written in one piece so that workers do not mix."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from flowmill.errors import Unavailable
from flowmill.server.http import Incoming

_encode = msgspec.json.Encoder().encode


class AccessLog:
    """Appends to a file, or to standard output for ``-``. Query strings, which may hold secrets, are left out."""

    def __init__(self, target: str) -> None:
        if target == "-":
            self._file = os.dup(1)
            return
        try:
            self._file = os.open(
                Path(target).expanduser(), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640
            )
        except OSError as error:
            raise Unavailable(f"Cannot write the access log {target}: {error.strerror}; choose another file.") from None

    def write(self, request: Incoming, operation: str, status: int, seconds: float, sent: int) -> None:
        """One answered request; ``sent``: bytes of the answer's body."""
        line = {
            "time": datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds"),
            "client": request.seen.client,
            "method": request.method,
            "path": request.path[:1000],
            "operation": operation,
            "status": status,
            "ms": round(seconds * 1000, 2),
            "bytes": sent,
            "agent": request.header(b"user-agent")[:200],
        }
        os.write(self._file, _encode(line) + b"\n")
