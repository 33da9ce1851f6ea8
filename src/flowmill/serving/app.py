"""The ASGI application over one loaded model: who asks, what is asked, and the answer; errors become JSON here."""

from __future__ import annotations

import logging
import time
import uuid

import msgspec

from flowmill.errors import FlowmillError, Internal, NoSuchEndpoint, WrongMethod
from flowmill.models.pyfunc_model import PyFuncModel
from flowmill.server.access_log import AccessLog
from flowmill.server.gate import Gate
from flowmill.server.http import Incoming, Outgoing, Receive, Scope, Send
from flowmill.server.limits import Budget, Limits, check_depth
from flowmill.server.metrics import Counters
from flowmill.serving.errors import UnsupportedType, answer_of
from flowmill.serving.openapi import describe
from flowmill.serving.predictor import JSON, KINDS, Predictor
from flowmill.version import MLFLOW_VERSION, __version__

INVOCATIONS, OTHER = "invocations", "other"
OPERATIONS = (INVOCATIONS, OTHER)
"""What requests are counted as."""

GAUGES = (
    ("flowmill_predictions_in_progress", "Predictions that are worked on now."),
    ("flowmill_predictions_waiting", "Predictions that wait for a thread."),
    ("flowmill_body_bytes", "Bytes of request bodies that are held now."),
    ("flowmill_rows", "Rows that the model was given since the start."),
    ("flowmill_model_calls", "Calls of the model since the start; fewer than requests where these are batched."),
)
"""What `/metrics` says beside counts and times, for each worker."""

_TEXT = "text/plain; charset=utf-8"
_log = logging.getLogger("flowmill.serving")


class ScoringApp:
    """Answers ``/invocations`` with one model."""

    def __init__(
        self,
        model: PyFuncModel,
        predictor: Predictor,
        limits: Limits,
        *,
        gate: Gate,
        counters: Counters | None = None,
        access_log: AccessLog | None = None,
    ) -> None:
        self._model = model
        self._about = _info(model)
        self._predictor = predictor
        self._limits = limits
        self._budget = Budget(limits)
        self._gate = gate
        self._counters = counters
        self._access_log = access_log
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
        finally:
            request.release()
        answer = await answer.compressed_for(request.header(b"accept-encoding"))
        answer.headers.update(self._gate.headers_for(request))
        if self.draining:
            answer.headers["Connection"] = "close"
        await send(answer.start(len(answer.body)))
        await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else answer.body})
        seconds = time.perf_counter() - start
        name = INVOCATIONS if request.path == "/invocations" else OTHER
        if self._counters is not None:
            self._counters.count(name, answer.status, seconds)
        if self._access_log is not None:
            self._access_log.write(request, name, answer.status, seconds, len(answer.body))

    async def _answer(self, request: Incoming) -> Outgoing:
        try:
            self._gate.check(request)
            if request.path == "/invocations":
                if request.method == "OPTIONS":
                    return self._gate.preflight(request)
                if request.method != "POST":
                    raise WrongMethod("/invocations takes POST alone.")
                return await self._invocations(request)
            if request.method not in ("GET", "HEAD"):
                raise WrongMethod(f"{request.path[:200]} takes GET alone.")
            return self._state(request.path)
        except FlowmillError as error:
            return answer_of(error)
        except Exception:  # a defect: the client learns a number, the log the rest
            number = uuid.uuid4().hex[:8]
            _log.exception("defect %s", number)
            return answer_of(Internal(f"Something is wrong in the server; its log has the details under {number}."))

    def _state(self, path: str) -> Outgoing:
        if path in ("/ping", "/health"):
            return Outgoing(b"\n")
        if path == "/version":
            return Outgoing(MLFLOW_VERSION.encode())
        if path == "/openapi.json":
            return Outgoing(msgspec.json.encode(describe(self._model.metadata)))
        if path == "/metrics" and self._counters is not None:
            state = self._predictor
            self._counters.set_gauges([state.turns.running, state.waiting, self._budget.used, state.rows, state.calls])
            text = self._counters.text(__version__) + self._about
            return Outgoing(text, "text/plain; version=0.0.4; charset=utf-8")
        raise NoSuchEndpoint(
            "There is no such path: POST to /invocations, or GET /ping, /health, /version, /openapi.json, /metrics."
        )

    async def _invocations(self, request: Incoming) -> Outgoing:
        kind, _, rest = request.header(b"content-type").partition(";")
        kind, charset = kind.strip().lower(), rest.strip().lower()
        if kind not in KINDS:
            raise UnsupportedType.of(kind)
        if charset.startswith("charset=") and charset[8:].strip('"') not in ("utf-8", "utf8"):
            raise UnsupportedType(f"The {charset[:80]} is not read here: expected utf-8.")
        body = await request.body()
        if kind == JSON:
            check_depth(body, self._limits.max_json_depth)
        return Outgoing((await self._predictor.answer(kind, body)).encode())


def _info(model: PyFuncModel) -> bytes:
    """Which model it is, in Prometheus' text format."""
    labels = {"model_id": model.model_id, "run_id": model.metadata.run_id, "loader": model.loader_module}
    # JSON escapes in a text what Prometheus wants to be escaped.
    shown = ",".join(f"{name}={msgspec.json.encode(str(value or '')).decode()}" for name, value in labels.items())
    return f"# TYPE flowmill_model_info gauge\nflowmill_model_info{{{shown}}} 1\n".encode()
