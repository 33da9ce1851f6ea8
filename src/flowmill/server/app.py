"""The ASGI application: gate, dispatch, answer; errors become JSON here and nowhere else."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from flowmill.artifacts.store import ServedStore
from flowmill.errors import FlowmillError, Internal, NoSuchEndpoint, Unavailable
from flowmill.server.caller import caller_of
from flowmill.server.chores import Chore, Chores
from flowmill.server.deliveries import Deliveries
from flowmill.server.files import Files
from flowmill.server.gate import Gate
from flowmill.server.http import Incoming, Message, Outgoing, Receive, Scope, Send
from flowmill.server.routes import API_ROOTS, Route, Routes
from flowmill.server.static import Page
from flowmill.store.sql.engine import SqlStore
from flowmill.store.sql.handlers import HANDLERS, REACHING
from flowmill.store.sql.outbox import CHORE as OUTBOX
from flowmill.version import MLFLOW_VERSION
from flowmill.wire.codec import decode_request, encode_answer
from flowmill.wire.contract import OPERATIONS
from flowmill.wire.operation import Request
from flowmill.wire.permission import OPEN_SERVER

_PATIENCE = 90.0
"""Seconds for an operation, whatever hangs below; clients of MLflow's kind wait 120."""

_LONGEST_MESSAGE = 2000
_SECONDS_BETWEEN_WORDS = 10.0

_log = logging.getLogger("flowmill.server")

_OUTBOX_SECONDS = 2.0
"""Between looks into the outbox; what this server writes into it wakes the sender at once."""
_LOG_SECONDS = 3600.0

_FEATURES = {
    "store_type": "SqlStore",
    "workspaces_enabled": False,
    "trace_archival_enabled": False,
}


class App:
    """Flowmill's server over one store and one artifact root. ``prefix``: where a proxy mounts it, if not at /.
    ``roots``: other places of artifacts that the operator chose, by the addresses that clients know them by."""

    def __init__(
        self,
        store: SqlStore,
        artifacts: ServedStore,
        *,
        gate: Gate | None = None,
        prefix: str = "",
        roots: Mapping[str, ServedStore] | None = None,
    ) -> None:
        self._store = store
        store.hide_place()
        self._next_word = 0.0
        self._gate = gate or Gate()
        self._prefix = prefix.rstrip("/")
        self._page = Page()
        self._files = Files(store, artifacts, roots=roots, prefix=self._prefix)
        self._in_files: dict[type[Request[Any]], Callable[[Any], Any]] = self._files.operations
        deliveries = Deliveries(store, lambda: self.chores.wake(OUTBOX))
        self.chores = Chores(
            [
                Chore(OUTBOX, _OUTBOX_SECONDS, deliveries.work, deliveries.stop),
                Chore("webhook log", _LOG_SECONDS, deliveries.prune),
            ]
        )
        store.wake = self.chores.wake
        self.routes = Routes()
        for operation in OPERATIONS.values():
            request = operation.request
            if request not in HANDLERS and request not in REACHING and request not in self._in_files:
                raise Internal(f"Nothing carries out the operation {operation.name}.")
            self.routes.add_operation(operation, self._answer_operation)
        for method, path, needs, handler in self._files.routes:
            self.routes.add_files(method, path, needs, handler, self._answer_files)
        for path, handler in (
            ("/health", self._health),
            ("/version", self._version),
            ("3.0/mlflow/server-info", self._features),
        ):
            self.routes.add_files("GET", path, OPEN_SERVER, handler, self._answer_files)

    @property
    def store(self) -> SqlStore:
        """What it serves."""
        return self._store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's entry."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            return
        path: str = scope["path"]
        if self._prefix and path.startswith(f"{self._prefix}/"):
            path = path[len(self._prefix) :]
        request = Incoming.of(scope, receive, path)
        if self._prefix and path == self._prefix:
            # The page's files are relative to its address, which has to end with a slash.
            moved = Outgoing(b"", "text/plain", 308, {"Location": f"{self._prefix}/"})
            await _deliver(moved, request.method, receive, send)
            return
        try:
            self._gate.check(request)
            answer = await self._answer(request)
        except FlowmillError as error:
            if error.__cause__ is not None and isinstance(error, Unavailable):
                self._tell_operator(error)
            answer = _error(error)
        except Exception:  # a defect: the client learns a number, the log the rest
            number = uuid.uuid4().hex[:8]
            _log.exception("defect %s: %s %s", number, request.method, request.path)
            answer = _error(Internal(f"Something is wrong in the server; its log has the details under {number}."))
        answer = answer.compressed_for(request.header(b"accept-encoding"))
        await _deliver(answer, request.method, receive, send)

    def _tell_operator(self, error: Unavailable) -> None:
        """Log why the database does not answer, which clients are not told: once in a while, not for each of them."""
        if time.monotonic() >= self._next_word:
            self._next_word = time.monotonic() + _SECONDS_BETWEEN_WORDS
            _log.warning("%s (%s)", error.message, str(error.__cause__).strip())

    async def _answer(self, request: Incoming) -> Outgoing:
        method = "GET" if request.method == "HEAD" else request.method
        try:
            route, fields = self.routes.find(method, request.path)
        except NoSuchEndpoint:
            if method == "GET" and not request.path.startswith(API_ROOTS) and self._page.serves(request.path):
                return self._page.answer(request)
            raise
        return await route.answer(request, route, fields)

    async def _answer_operation(self, request: Incoming, route: Route, fields: dict[str, str]) -> Outgoing:
        operation = route.operation
        assert operation is not None
        body = await request.body()
        ask = decode_request(operation, body, () if body else request.query, fields)
        try:
            async with asyncio.timeout(_PATIENCE):
                if (in_files := self._in_files.get(operation.request)) is not None:
                    result = await asyncio.to_thread(in_files, ask)
                else:
                    result = await self._store.ask(ask, caller_of(request))
        except TimeoutError:
            raise Unavailable(
                f"{operation.name} was not done within {_PATIENCE:g} s, and may yet be: the database is busy or "
                "stuck. Try again."
            ) from None
        return Outgoing(encode_answer(operation, result), exact=operation.dense)

    async def _answer_files(self, request: Incoming, route: Route, fields: dict[str, str]) -> Outgoing:
        assert route.rest_of is not None
        return await route.rest_of(request, fields.get("rest", ""))

    async def _live(self, receive: Receive, send: Send) -> None:
        sweeping = asyncio.ensure_future(self._files.keep_swept())
        while True:
            message: Message = await receive()
            if message["type"] == "lifespan.startup":
                self.chores.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                sweeping.cancel()
                await asyncio.to_thread(self._end)
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _end(self) -> None:
        self.chores.stop()
        self._store.close()

    async def _health(self, request: Incoming, rest: str) -> Outgoing:
        return Outgoing(b"OK", "text/plain; charset=utf-8")

    async def _version(self, request: Incoming, rest: str) -> Outgoing:
        return Outgoing(MLFLOW_VERSION.encode(), "text/plain; charset=utf-8")

    async def _features(self, request: Incoming, rest: str) -> Outgoing:
        return Outgoing(msgspec.json.encode({**_FEATURES, **self._files.features}))


def _error(error: FlowmillError) -> Outgoing:
    message = error.message
    if len(message) > _LONGEST_MESSAGE:  # it repeats a value that was not expected to be so long
        message = f"{message[:_LONGEST_MESSAGE]}…"
    body = msgspec.json.encode({"error_code": error.error_code, "message": message})
    status = error.get_http_status_code()
    # Clients that retry, MLflow's among them, wait as long as they are told.
    return Outgoing(body, status=status, headers={"Retry-After": "1"} if status in (429, 503) else {})


async def _deliver(answer: Outgoing, method: str, receive: Receive, send: Send) -> None:
    if answer.chunks is None:
        await send(answer.start(len(answer.body)))
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else answer.body})
        return
    try:
        await send(answer.start(None))
        if method == "HEAD" or await _send_chunks(answer.chunks, receive, send):
            await send({"type": "http.response.body", "body": b""})
    except FlowmillError as error:
        # The status is sent; a body that ends too early is the only way left to say it.
        _log.warning("a download ended early: %s", error.message)
    finally:
        if (close := getattr(answer.chunks, "close", None)) is not None:
            await asyncio.shield(asyncio.to_thread(close))


async def _send_chunks(chunks: Iterator[bytes], receive: Receive, send: Send) -> bool:
    """Send what a blocking iterator gives, reading one chunk ahead; False when the client left before the end."""
    gone = asyncio.ensure_future(_left(receive))
    coming = asyncio.ensure_future(asyncio.to_thread(next, chunks, None))
    try:
        while not gone.done():
            chunk = await coming
            if chunk is None:
                return True
            coming = asyncio.ensure_future(asyncio.to_thread(next, chunks, None))
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        return False
    finally:
        gone.cancel()
        with suppress(BaseException):
            await coming  # the iterator may not be closed while it runs


async def _left(receive: Receive) -> None:
    """Return when the client has closed its connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
