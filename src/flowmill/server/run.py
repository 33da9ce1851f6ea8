"""Start the server with what the operator chose, say where it is, and serve until it is stopped."""

from __future__ import annotations

import importlib.util
import itertools
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from flowmill.artifacts.local import LocalArtifacts
from flowmill.artifacts.open import open_served
from flowmill.artifacts.store import ServedStore
from flowmill.errors import FlowmillError, Invalid
from flowmill.server.access_log import AccessLog
from flowmill.server.app import PAGE, UNKNOWN, App
from flowmill.server.files import accept_location
from flowmill.server.forwarded import Proxies
from flowmill.server.gate import Gate
from flowmill.server.limits import Limits
from flowmill.server.listen import INHERITED, is_loopback, listen
from flowmill.server.metrics import Counters
from flowmill.store.open import (
    HOLDS_FILES,
    artifacts_beside,
    describe,
    import_command,
    open_sql_store,
    scheme_of,
)
from flowmill.store.sql.engine import SqlStore
from flowmill.store.sql.places import Places
from flowmill.store.sql.sqlite import SqliteDatabase
from flowmill.wire.transfer import GetImported, TransferKind

if TYPE_CHECKING:
    from flowmill.server.graceful import GracefulServer

_PROXIED_ROOT = "mlflow-artifacts:/"
_MOST_LOOKED_AT = 100


@dataclass(frozen=True)
class ServerSettings:
    """What the operator chose. ``store``: a folder or database URI; ``artifacts``: None for beside the store.

    ``artifact_root``: where experiments' files are for clients that reach them by themselves, such as
    ``s3://bucket/folder``; None for clients that come through the server.
    ``frames``: DENY, SAMEORIGIN or NONE; ``access_log``: a file, or ``-`` for standard output.
    """

    store: str = "./mlruns"
    replica: str | None = None
    artifacts: str | None = None
    artifact_root: str | None = None
    serve_artifacts: bool = True
    artifacts_only: bool = False
    host: str = "127.0.0.1"
    port: int = 5000
    workers: int = 1
    prefix: str = ""
    trash_retention: int | None = 30 * 24 * 3600 * 1000
    """ms that what was deleted can be restored; None for ever."""
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    check_callers: bool = True
    frames: str = "SAMEORIGIN"
    access_log: str | None = None
    metrics: bool = False
    metrics_folder: Path | None = None
    certificate: str | None = None
    certificate_key: str | None = None
    develop: bool = False
    limits: Limits = field(default_factory=Limits)


def serve(settings: ServerSettings) -> int:
    """Serve until stopped; the signal that stopped it.

    Raises before the first line is printed if the port or the store is not to be had.
    """
    if importlib.util.find_spec("uvicorn") is None:
        raise Invalid("The server is not installed: run `pip install 'flowmill[server]'` and try again.")
    if settings.develop:
        logging.basicConfig(level=logging.DEBUG, format="%(asctime)s %(name)s %(message)s")
    listener = listen(settings.host, settings.port)
    # Names of operations are known before a store is open; counts are shared by all workers.
    counters = _counters(settings)
    said = partial(_say_where, settings, listener)
    if settings.workers == 1 and not settings.develop:
        try:
            app = make_app(settings)
        except FlowmillError:
            listener.close()
            raise
        app.counters = counters
        server = _server(settings, app, listener, partial(_tell, said, settings, app))
        server.run_until_stopped()
        return server.stopped_by or 0

    if not hasattr(os, "fork"):
        raise Invalid("Several workers and --dev need a system that can fork, such as Linux or macOS; leave them out.")
    from flowmill.server.workers import Workers, is_at_end

    def work(number: int, ready: Callable[[list[str]], None], life: int) -> None:
        app = make_app(settings)
        app.counters = counters
        if counters is not None:
            counters.belong_to(number)
        server = _server(
            settings, app, listener, lambda: ready(notices(settings, app.store)), stop_on=(signal.SIGTERM,)
        )

        async def end_with_the_other() -> None:
            if is_at_end(life):
                server.handle_exit(signal.SIGTERM, None)

        server.config.callback_notify = end_with_the_other
        server.config.timeout_notify = 1
        server.run_until_stopped()

    watched = Path(__file__).parents[1] if settings.develop else None
    workers = Workers(
        settings.workers, work, let_go=listener.close, patience=settings.limits.drain_timeout + 5, watched=watched
    )
    try:
        stopped_by = workers.run(said)
    except FlowmillError:
        listener.close()
        raise
    if not stopped_by:
        os.set_inheritable(listener.fileno(), True)
        os.environ[INHERITED] = str(listener.fileno())
        os.execv(sys.executable, [sys.executable, "-m", "flowmill", *sys.argv[1:]])
    return stopped_by


def _tell(what: Callable[[list[str]], None], settings: ServerSettings, app: App) -> None:
    what(notices(settings, app.store))


def _server(
    settings: ServerSettings,
    app: App,
    listener: socket.socket,
    ready: Callable[[], None],
    stop_on: tuple[signal.Signals, ...] = (signal.SIGINT, signal.SIGTERM),
) -> GracefulServer:
    import uvicorn

    from flowmill.server.connection import Connection
    from flowmill.server.graceful import GracefulServer

    config = uvicorn.Config(
        app,
        http=partial(Connection, limits=settings.limits),  # type: ignore[arg-type]
        log_level="debug" if settings.develop else "error",
        access_log=False,
        lifespan="on",
        proxy_headers=False,  # uvicorn would believe everybody on this machine; `Proxies` decides
        server_header=False,
        date_header=False,
        timeout_keep_alive=int(settings.limits.keep_alive_timeout),
        timeout_graceful_shutdown=int(settings.limits.drain_timeout),
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.certificate_key,
        ws="none",
    )
    return GracefulServer(config, app, listener, stop_on=stop_on, when_ready=ready)


def _counters(settings: ServerSettings) -> Counters | None:
    if not settings.metrics and settings.metrics_folder is None:
        return None
    return Counters([*_route_names(), PAGE, UNKNOWN], settings.workers, settings.metrics_folder)


def _route_names() -> list[str]:
    """The names of all routes, from an application over nothing."""
    return App(_nothing(), LocalArtifacts(Path())).routes.names()


def _say_where(settings: ServerSettings, listener: socket.socket, found: list[str]) -> None:
    port = listener.getsockname()[1]
    shown = settings.host if ":" not in settings.host else f"[{settings.host}]"
    scheme = "https" if settings.certificate else "http"
    page = f"{scheme}://{shown}:{port}{settings.prefix}{'/' if settings.prefix else ''}"
    what = f"artifacts in {_destination(settings)}" if settings.artifacts_only else describe(settings.store)
    processes = f", {settings.workers} workers" if settings.workers > 1 else ""
    print(f"Flowmill serves {what} at {page}{processes} (Ctrl-C stops it)", flush=True)
    for notice in found:
        print(notice, flush=True)


def notices(settings: ServerSettings, store: SqlStore) -> list[str]:
    """What the operator should know before somebody asks."""
    found: list[str] = []
    if scheme_of(settings.store) == "" and _holds_more(Path(settings.store), store):
        command = import_command(settings.store, settings.store)
        found.append(f"{settings.store} {HOLDS_FILES}: {command} brings them.")
    if not is_loopback(settings.host):
        found.append("Everyone who reaches this address may read and change everything: it has no accounts.")
    if not settings.check_callers:
        found.append("Hosts and web origins are not checked: any web page can use this server through a browser.")
    root = _root(settings)
    if not settings.serve_artifacts and scheme_of(root) in ("", "file"):
        found.append(f"Clients write artifacts to {root} themselves, which works on this machine alone.")
    return found


def _holds_more(folder: Path, store: SqlStore) -> bool:
    """Whether MLflow's files in a folder hold runs that were not imported, as far as a few of them tell."""
    some = [meta.parent.name for meta in itertools.islice(folder.glob("*/*/meta.yaml"), _MOST_LOOKED_AT)]
    runs = [name for name in some if len(name) == 32]
    if not runs:
        return False
    known = store.send(GetImported(kind=TransferKind.RUN, origins=runs)).imported
    return len(known) < len(runs)


def make_app(settings: ServerSettings) -> App:
    """The application over the store and artifacts that the settings name."""
    if scheme_of(settings.store) in ("http", "https"):
        raise Invalid(
            f"A server cannot serve another server ({describe(settings.store)}): name a folder or a database."
        )
    root = _root(settings)
    artifacts = open_served(_destination(settings))
    roots = {} if _is_proxied(root) else {root: _reachable(root)}
    if settings.artifacts_only:
        store = _nothing()
    else:
        store = open_sql_store(
            settings.store,
            artifact_root=root,
            accept=partial(accept_location, roots=roots),
            replica_uri=settings.replica,
        )
    return App(
        store,
        artifacts,
        gate=Gate(
            (*settings.allowed_hosts, settings.host), settings.allowed_origins, open_to_all=not settings.check_callers
        ),
        prefix=settings.prefix,
        trash_retention=settings.trash_retention,
        roots={known: place for known, place in roots.items() if place is not None},
        proxied=settings.serve_artifacts,
        tracking=not settings.artifacts_only,
        limits=settings.limits,
        proxies=Proxies(settings.trusted_proxies),
        frames=settings.frames,
        access_log=AccessLog(settings.access_log) if settings.access_log else None,
    )


def _root(settings: ServerSettings) -> str:
    """The address of artifacts that clients are told."""
    if settings.artifact_root:
        if scheme_of(settings.artifact_root) == "":
            return Path(settings.artifact_root).expanduser().absolute().as_uri()
        return settings.artifact_root
    if settings.serve_artifacts:
        return _PROXIED_ROOT
    return Path(artifacts_beside(settings.store)).as_uri()


def _is_proxied(root: str) -> bool:
    return root.startswith(_PROXIED_ROOT)


def _destination(settings: ServerSettings) -> str:
    """Where artifacts go that pass through the server."""
    if settings.artifacts or not settings.artifacts_only:
        return settings.artifacts or artifacts_beside(settings.store)
    return str(Path("mlartifacts").absolute())


def _reachable(root: str) -> ServedStore | None:
    """The place that clients write to themselves; None if the server has no way to it, so that the page shows none."""
    try:
        return open_served(root)
    except Invalid:
        return None


def _nothing() -> SqlStore:
    """A store without anything in it, for a server without tracking."""
    return SqlStore(SqliteDatabase(None), Places(_PROXIED_ROOT, accept_location))
