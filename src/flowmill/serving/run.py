"""Load the model, say where it is served, and serve until stopped."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from flowmill.compat.finder import install_as_mlflow
from flowmill.errors import FlowmillError, Invalid
from flowmill.models.pyfunc import load_model
from flowmill.server.limits import Limits
from flowmill.server.listen import listen
from flowmill.server.metrics import Counters
from flowmill.serving.app import OPERATIONS, ScoringApp
from flowmill.serving.turns import Turns

if TYPE_CHECKING:
    from flowmill.server.graceful import GracefulServer


@dataclass(frozen=True)
class ServingSettings:
    """What the operator chose. ``timeout``: seconds for an answer; ``concurrency``: predictions at once in a worker."""

    model_uri: str
    host: str = "127.0.0.1"
    port: int = 5000
    timeout: float = 60.0
    workers: int = 1
    concurrency: int = 1
    most_waiting: int = 100
    most_rows: int = 0
    limits: Limits = field(default_factory=Limits)


def serve(settings: ServingSettings) -> int:
    """Serve with this interpreter until stopped; the signal that stopped it."""
    install_as_mlflow()  # the user's own code in the model may say `import mlflow`
    listener = listen(settings.host, settings.port)
    counters = Counters(OPERATIONS, settings.workers)
    said = partial(_say_where, settings, listener)
    if settings.workers == 1:
        try:
            server = _server(settings, counters, listener, lambda: said([]))
        except FlowmillError:
            listener.close()
            raise
        server.run_until_stopped()
        return server.stopped_by or 0
    if not hasattr(os, "fork"):
        raise Invalid("Several workers need a system that can fork, such as Linux or macOS; leave --workers out.")
    from flowmill.server.workers import Workers, is_at_end

    def work(number: int, ready: Callable[[list[str]], None], life: int) -> None:
        counters.belong_to(number)
        server = _server(settings, counters, listener, lambda: ready([]), (signal.SIGTERM,))

        async def end_with_the_other() -> None:
            if is_at_end(life):
                server.handle_exit(signal.SIGTERM, None)

        server.config.callback_notify = end_with_the_other
        server.config.timeout_notify = 1
        server.run_until_stopped()

    workers = Workers(settings.workers, work, let_go=listener.close, patience=settings.limits.drain_timeout + 5)
    try:
        return workers.run(said)
    except FlowmillError:
        listener.close()
        raise


def _server(
    settings: ServingSettings,
    counters: Counters,
    listener: socket.socket,
    ready: Callable[[], None],
    stop_on: tuple[signal.Signals, ...] = (signal.SIGINT, signal.SIGTERM),
) -> GracefulServer:
    import uvicorn

    from flowmill.server.connection import Connection
    from flowmill.server.graceful import GracefulServer

    turns = Turns(settings.concurrency, settings.most_waiting, settings.timeout)
    model = load_model(settings.model_uri)
    app = ScoringApp(model, turns, settings.limits, most_rows=settings.most_rows, counters=counters)
    config = uvicorn.Config(
        app,
        http=partial(Connection, limits=settings.limits),  # type: ignore[arg-type]
        log_level="error",
        access_log=False,
        lifespan="on",
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=int(settings.limits.keep_alive_timeout),
        timeout_graceful_shutdown=int(settings.limits.drain_timeout),
        ws="none",
    )
    return GracefulServer(config, app, listener, stop_on=stop_on, when_ready=ready)


def _say_where(settings: ServingSettings, listener: socket.socket, found: list[str]) -> None:
    shown = settings.host if ":" not in settings.host else f"[{settings.host}]"
    address = f"http://{shown}:{listener.getsockname()[1]}/invocations"
    print(f"Flowmill serves {settings.model_uri} at {address} (Ctrl-C stops it)", flush=True)
