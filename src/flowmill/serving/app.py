"""The ASGI application over one loaded model: read, check, predict, write; errors become JSON here."""

from __future__ import annotations

import logging
import time
import uuid
from typing import Any

import msgspec

from flowmill.errors import FlowmillError, Internal, Invalid, NoSuchEndpoint, TooLarge, WrongMethod
from flowmill.models.formats import read_csv, read_json, write_answer
from flowmill.models.infer import is_frame
from flowmill.models.pyfunc import PyFuncModel
from flowmill.server.http import Incoming, Outgoing, Receive, Scope, Send
from flowmill.server.limits import Budget, Limits, check_depth
from flowmill.server.metrics import Counters
from flowmill.serving.turns import Turns
from flowmill.version import MLFLOW_VERSION, __version__

OPERATIONS = ("invocations", "other")
"""What requests are counted as."""

_TEXT = "text/plain; charset=utf-8"
_LONGEST_MESSAGE = 2000
_log = logging.getLogger("flowmill.serving")


class Unreadable(FlowmillError):
    """The body holds no input; MLflow's code for that is another than for an input that does not fit."""

    code = "BAD_REQUEST"
    status = 400


class UnsupportedType(Invalid):
    """The body is of a kind that is not read here."""

    status = 415

    def get_http_status_code(self) -> int:
        """415, whatever the code says."""
        return self.status


class ModelFailed(FlowmillError):
    """The model itself raised an error: the log has it, the client a number."""

    code = "BAD_REQUEST"
    status = 400


class ScoringApp:
    """Answers ``/invocations`` with one model; ``most_rows``: rows of one request, 0 for any number."""

    def __init__(
        self, model: PyFuncModel, turns: Turns, limits: Limits, *, most_rows: int = 0, counters: Counters | None = None
    ) -> None:
        self._model = model
        self._schema = model.metadata.get_input_schema()
        self._turns = turns
        self._limits = limits
        self._budget = Budget(limits)
        self._most_rows = most_rows
        self._counters = counters
        self.draining = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's entry."""
        if scope["type"] == "lifespan":
            for what in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{what}.complete"})
            return
        if scope["type"] != "http":
            return
        start = time.perf_counter()
        request = Incoming.of(scope, receive, scope["path"], self._budget)
        try:
            answer = await self._answer(request)
            answer = answer.compressed_for(request.header(b"accept-encoding"))
            if self.draining:
                answer.headers["Connection"] = "close"
            await send(answer.start(len(answer.body)))
            await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else answer.body})
        finally:
            request.release()
        if self._counters is not None:
            name = "invocations" if request.path == "/invocations" else "other"
            self._counters.count(name, answer.status, time.perf_counter() - start)

    async def _answer(self, request: Incoming) -> Outgoing:
        try:
            if request.path == "/invocations":
                if request.method != "POST":
                    raise WrongMethod("/invocations takes POST alone.")
                return await self._invocations(request)
            if request.method not in ("GET", "HEAD"):
                raise WrongMethod(f"{request.path[:200]} takes GET alone.")
            return self._state(request.path)
        except FlowmillError as error:
            return _error(error)
        except Exception:  # a defect: the client learns a number, the log the rest
            number = uuid.uuid4().hex[:8]
            _log.exception("defect %s", number)
            return _error(Internal(f"Something is wrong in the server; its log has the details under {number}."))

    def _state(self, path: str) -> Outgoing:
        if path in ("/ping", "/health"):
            return Outgoing(b"\n", "application/json")
        if path == "/version":
            return Outgoing(MLFLOW_VERSION.encode(), _TEXT)
        if path == "/metrics" and self._counters is not None:
            self._counters.set_gauges([self._turns.taken, 0, 0, 0, 0, 0, self._budget.used])
            return Outgoing(self._counters.text(__version__), "text/plain; version=0.0.4; charset=utf-8")
        raise NoSuchEndpoint("There is no such path: POST to /invocations, or GET /ping, /health, /version, /metrics.")

    async def _invocations(self, request: Incoming) -> Outgoing:
        kind, _, rest = request.header(b"content-type").partition(";")
        kind, charset = kind.strip().lower(), rest.strip().lower()
        if kind not in ("application/json", "text/csv"):
            raise UnsupportedType(f"The Content-Type {kind[:80]!r} is not read: expected application/json or text/csv.")
        if charset.startswith("charset=") and charset[8:].strip('"') not in ("utf-8", "utf8"):
            raise UnsupportedType(f"The {charset[:80]} is not read: expected utf-8.")
        body = await request.body()
        if kind == "application/json":
            check_depth(body, self._limits.max_json_depth)
        text = await self._turns.run(lambda: self._predict(kind, body))
        return Outgoing(text.encode())

    def _predict(self, kind: str, body: bytes) -> str:
        """Runs in a thread: bytes to a table, checked by the signature, to the text of the answer."""
        try:
            data, params = (read_csv(body, self._schema), None) if kind == "text/csv" else read_json(body, self._schema)
        except Invalid as error:
            raise Unreadable(error.message) from None
        self._check_rows(data)
        try:
            return write_answer(self._model.predict(data, params=params))
        except FlowmillError:
            raise
        except Exception:  # whatever the user's model raises; its words may hold paths and data
            number = uuid.uuid4().hex[:8]
            _log.exception("the model failed (%s)", number)
            raise ModelFailed(
                f"The model could not predict from this input; the server's log has the reason under {number}."
            ) from None

    def _check_rows(self, data: Any) -> None:
        rows = len(data) if is_frame(data) or isinstance(data, list) else 0
        if self._most_rows and rows > self._most_rows:
            raise TooLarge(f"The input has {rows:,} rows; at most {self._most_rows:,} are accepted.")


def _error(error: FlowmillError) -> Outgoing:
    message = error.message
    if len(message) > _LONGEST_MESSAGE:  # it repeats a value that was not expected to be so long
        message = f"{message[:_LONGEST_MESSAGE]}…"
    status = error.get_http_status_code()
    if isinstance(error, UnsupportedType):  # MLflow answers this one in plain text
        return Outgoing(message.encode(), _TEXT, status)
    body = msgspec.json.encode({"error_code": error.error_code, "message": message})
    return Outgoing(body, status=status, headers={"Retry-After": "1"} if status in (429, 503) else {})
