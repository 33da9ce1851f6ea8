"""The ASGI application: gate, dispatch, answer; errors become JSON here and nowhere else."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from flowmill.artifacts.store import ServedStore
from flowmill.errors import FlowmillError, Internal, NoSuchEndpoint, TooMany, Unavailable
from flowmill.server.access_log import AccessLog
from flowmill.server.caller import caller_of
from flowmill.server.chores import Chore, Chores
from flowmill.server.deliveries import Deliveries
from flowmill.server.files import Files
from flowmill.server.forwarded import Proxies
from flowmill.server.gate import Gate
from flowmill.server.http import Incoming, Message, Outgoing, Receive, Scope, Send
from flowmill.server.limits import Budget, Limits, check_depth, check_extent
from flowmill.server.live import Live
from flowmill.server.metrics import Counters
from flowmill.server.routes import API_ROOTS, Route, Routes
from flowmill.server.static import Page
from flowmill.store.sql.documents import CHORE as DOCUMENTS
from flowmill.store.sql.documents import write_some
from flowmill.store.sql.engine import SqlStore
from flowmill.store.sql.handlers import handling_of
from flowmill.store.sql.outbox import CHORE as OUTBOX
from flowmill.version import MLFLOW_VERSION, __version__
from flowmill.wire.codec import decode_request, encode_answer
from flowmill.wire.contract import OPERATIONS
from flowmill.wire.operation import Request
from flowmill.wire.permission import OPEN_SERVER, READ_EXPERIMENT
from flowmill.wire.trash import PurgeTrash

_LONGEST_MESSAGE = 2000
_SECONDS_BETWEEN_WORDS = 10.0

_log = logging.getLogger("flowmill.server")

_OUTBOX_SECONDS = 2.0
"""Between looks into the outbox; what this server writes into it wakes the sender at once."""
_LOG_SECONDS = 3600.0
_TRASH_SECONDS = 3600.0
_DOCUMENT_SECONDS = 60.0

_FEATURES = {
    "store_type": "SqlStore",
    "workspaces_enabled": False,
    "trace_archival_enabled": False,
    "features_enabled": {"gateway": False},
}


PAGE, UNKNOWN = "page", "unknown"
"""What files of the page, and requests for what is not there, are counted as."""


class App:
    """Flowmill's server over one store and one artifact root.

    ``prefix``: where a proxy mounts it, if not at /. ``roots``: other places of artifacts that the operator chose,
    by the addresses that clients know them by. ``proxied``: whether artifacts pass through the server.
    ``tracking``: False for a server that only passes artifacts on. ``trash_retention``: ms after which what was
    deleted is freed for good, None for never. ``draining`` is set when the server is about to
    stop.
    """

    def __init__(
        self,
        store: SqlStore,
        artifacts: ServedStore,
        *,
        gate: Gate | None = None,
        prefix: str = "",
        roots: Mapping[str, ServedStore] | None = None,
        proxied: bool = True,
        tracking: bool = True,
        limits: Limits | None = None,
        proxies: Proxies | None = None,
        frames: str = "DENY",
        access_log: AccessLog | None = None,
        trash_retention: int | None = None,
    ) -> None:
        self._store = store
        store.hide_place()
        self._next_word = 0.0
        self._gate = gate or Gate()
        self._prefix = prefix.rstrip("/")
        self._tracking = tracking
        self._limits = limits or Limits()
        store.most_waiting_writes = self._limits.max_waiting_writes
        self._budget = Budget(self._limits)
        self._proxies = proxies or Proxies()
        self._access_log = access_log
        self._page = Page(frames=frames)
        self._files = Files(store, artifacts, roots=roots, prefix=self._prefix, proxied=proxied)
        self._in_files: dict[type[Request[Any]], Callable[[Any], Any]] = self._files.operations
        self._working = 0
        self._of_client: Counter[str] = Counter()
        self._looked_at_gauges = 0.0
        self.draining = False
        self.counters: Counters | None = None
        """Counts requests, and shows the counts at /metrics, if it is set before the first request."""
        deliveries = Deliveries(store, lambda: self.chores.wake(OUTBOX))
        chores = [
            Chore(OUTBOX, _OUTBOX_SECONDS, deliveries.work, deliveries.stop),
            Chore("webhook log", _LOG_SECONDS, deliveries.prune),
            Chore(DOCUMENTS, _DOCUMENT_SECONDS, lambda: store.write(write_some)),
        ]
        if trash_retention is not None and tracking:
            due = PurgeTrash(older_than=trash_retention)
            chores.append(Chore("trash", _TRASH_SECONDS, lambda: self._files.purge_some(due)))
        self.chores = Chores(chores)
        store.wake = self.chores.wake
        self._live_pages = Live(store, lambda: self.draining)
        self.routes = Routes()
        for operation in OPERATIONS.values():
            request = operation.request
            if request not in self._in_files:
                handling_of(request)  # is loaded before the first request asks for it
            self.routes.add_operation(operation, self._answer_operation)
        for method, path, needs, handler in self._files.routes:
            self.routes.add_files(method, path, needs, handler, self._answer_files)
        self.routes.add_files("GET", "flowmill/1/events", READ_EXPERIMENT, self._live_pages.events, self._answer_files)
        for path, handler in (
            ("/health", self._health),
            ("/ready", self._ready),
            ("/metrics", self._metrics),
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
        start = time.perf_counter()
        request = Incoming.of(scope, receive, scope["path"], self._budget, self._proxies)
        self._working += 1
        answer, name = Outgoing(status=499), UNKNOWN
        try:
            answer, name = await self._answer(request)
            answer = await answer.compressed_for(request.header(b"accept-encoding"))
            if self.draining:
                answer.headers["Connection"] = "close"
            answer.headers |= self._gate.headers_for(request)
            await _deliver(answer, request.method, receive, send)
        finally:
            self._working -= 1
            request.release()
            self._took(request, name, answer, time.perf_counter() - start)

    async def _answer(self, request: Incoming) -> tuple[Outgoing, str]:
        """The answer, and the name of what gave it."""
        name = UNKNOWN
        try:
            request.check_path()
            if moved := self._without_prefix(request):
                return moved, PAGE
            if request.method == "OPTIONS" and request.header(b"access-control-request-method"):
                return self._gate.preflight(request), name
            self._gate.check(request)
            method = "GET" if request.method == "HEAD" else request.method
            try:
                route, fields = self.routes.find(method, request.path)
            except NoSuchEndpoint:
                if self._tracking and method == "GET" and self._is_page(request.path):
                    return self._page.answer(request), PAGE
                raise
            name = route.name
            if not self._tracking and not route.proxies:
                raise Unavailable(
                    "This server only passes artifacts on, because it was started with --artifacts-only; "
                    "send this to the tracking server."
                )
            return await self._within_limits(request, route, fields), name
        except FlowmillError as error:
            if error.__cause__ is not None and isinstance(error, Unavailable):
                self._tell_operator(error)
            return _error(error), name
        except Exception:  # a defect: the client learns a number, the log the rest
            number = uuid.uuid4().hex[:8]
            _log.exception("defect %s: %s %s", number, request.method, request.path)
            return _error(Internal(f"Something is wrong in the server; its log has the details under {number}.")), name

    def _tell_operator(self, error: Unavailable) -> None:
        """Log why the database does not answer, which clients are not told: once in a while, not for each of them."""
        if time.monotonic() >= self._next_word:
            self._next_word = time.monotonic() + _SECONDS_BETWEEN_WORDS
            _log.warning("%s (%s)", error.message, str(error.__cause__).strip())

    def _without_prefix(self, request: Incoming) -> Outgoing | None:
        """Take the prefix off the path; an answer for the prefix itself, which has to end with a slash."""
        prefix = request.seen.prefix or self._prefix
        if not prefix:
            return None
        if request.path == prefix:
            # The page's files are relative to its address.
            return Outgoing(b"", "text/plain", 308, {"Location": f"{prefix}/"})
        if request.path.startswith(f"{prefix}/"):
            request.path = request.path[len(prefix) :]
        return None

    def _is_page(self, path: str) -> bool:
        return not path.startswith(API_ROOTS) and self._page.serves(path)

    async def _within_limits(self, request: Incoming, route: Route, fields: dict[str, str]) -> Outgoing:
        if request.path in ("/health", "/ready", "/metrics"):  # a busy server must still be seen to live
            return await route.answer(request, route, fields)
        limits, client = self._limits, request.seen.client
        if self._working > limits.max_requests:
            raise Unavailable("The server works on as many requests as it takes. Try again in a moment.")
        if not limits.max_client_requests:
            return await route.answer(request, route, fields)
        if self._of_client[client] >= limits.max_client_requests:
            raise TooMany(f"At most {limits.max_client_requests} requests of one client at once are accepted.")
        self._of_client[client] += 1
        try:
            return await route.answer(request, route, fields)
        finally:
            self._of_client[client] -= 1
            if not self._of_client[client]:
                del self._of_client[client]

    async def _answer_operation(self, request: Incoming, route: Route, fields: dict[str, str]) -> Outgoing:
        operation = route.operation
        assert operation is not None
        body = await request.body()
        check_depth(body, self._limits.max_json_depth)
        ask = decode_request(operation, body, () if body else request.query, fields)
        check_extent(ask, self._limits)
        try:
            async with asyncio.timeout(self._limits.request_timeout or None):
                if (in_files := self._in_files.get(operation.request)) is not None:
                    answer = encode_answer(operation, await asyncio.to_thread(in_files, ask))
                else:
                    answer = await self._store.answer(ask, caller_of(request))
        except TimeoutError:
            raise Unavailable(
                f"{operation.name} was not done within {self._limits.request_timeout:g} s, and may yet be: the "
                "database is busy or stuck. Try again."
            ) from None
        return Outgoing(answer, exact=operation.dense)

    async def _answer_files(self, request: Incoming, route: Route, fields: dict[str, str]) -> Outgoing:
        assert route.rest_of is not None
        return await route.rest_of(request, fields.get("rest", ""))

    def _took(self, request: Incoming, name: str, answer: Outgoing, seconds: float) -> None:
        if self.counters is not None:
            self.counters.count(name, answer.status, seconds)
            now = time.monotonic()
            if now - self._looked_at_gauges > 1:
                self._look_at_gauges(self.counters, now)
        if self._access_log is not None:
            self._access_log.write(request, name, answer.status, seconds, len(answer.body))

    def _look_at_gauges(self, counters: Counters, now: float) -> None:
        self._looked_at_gauges = now
        counters.set_gauges(
            [self._working, *self._store.waiting(), *self._store.connections(), self._budget.used],
        )

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

    async def _ready(self, request: Incoming, rest: str) -> Outgoing:
        """Whether requests should come here: not while the server stops or its database is away."""
        if self.draining:
            raise Unavailable("The server is stopping.")
        try:
            async with asyncio.timeout(5):
                await asyncio.to_thread(self._store.check)
        except TimeoutError:
            raise Unavailable("The database does not answer within 5 s.") from None
        return Outgoing(b"ready", "text/plain; charset=utf-8")

    async def _metrics(self, request: Incoming, rest: str) -> Outgoing:
        if self.counters is None:
            raise NoSuchEndpoint("Nothing is counted here; start the server with --metrics or --expose-prometheus.")
        self._look_at_gauges(self.counters, time.monotonic())
        text = self.counters.text(__version__)
        return Outgoing(text, "text/plain; version=0.0.4; charset=utf-8")

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
    if answer.events is not None:
        await _send_events(answer, answer.events, method, receive, send)
        return
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


async def _send_events(
    answer: Outgoing, events: AsyncIterator[bytes], method: str, receive: Receive, send: Send
) -> None:
    """Send events as they come, until the client leaves or there are no more."""
    await send(answer.start(None))
    gone = asyncio.ensure_future(_left(receive))
    coming: asyncio.Future[bytes] | None = None
    try:
        while method != "HEAD":
            coming = asyncio.ensure_future(anext(events))
            await asyncio.wait((gone, coming), return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                return
            try:
                event = coming.result()
            except StopAsyncIteration:
                break
            await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
        if coming is not None and not coming.done():
            coming.cancel()
            with suppress(BaseException):
                await coming
        if (close := getattr(events, "aclose", None)) is not None:
            await close()


async def _left(receive: Receive) -> None:
    """Return when the client has closed its connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
