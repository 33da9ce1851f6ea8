"""Start the server on a socket of its own, and say where it is."""

from __future__ import annotations

import errno
import itertools
import os
import socket
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from flowmill.artifacts.open import open_served
from flowmill.errors import FlowmillError, Invalid, Unavailable
from flowmill.server.app import App
from flowmill.server.files import accept_location
from flowmill.server.gate import Gate
from flowmill.store.open import (
    HOLDS_FILES,
    artifacts_beside,
    describe,
    import_command,
    open_sql_store,
    scheme_of,
)
from flowmill.store.sql.engine import SqlStore
from flowmill.wire.transfer import GetImported, TransferKind

_MOST_LOOKED_AT = 100


@dataclass(frozen=True)
class ServerSettings:
    """What the operator chose. ``store``: a folder or database URI; ``artifacts``: None for beside the store.

    ``artifact_root``: where experiments' files are for clients that reach them by themselves, such as
    ``s3://bucket/folder``; None for clients that come through the server.
    """

    store: str = "./mlruns"
    artifacts: str | None = None
    artifact_root: str | None = None
    host: str = "127.0.0.1"
    port: int = 5000
    prefix: str = ""
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()


def serve(settings: ServerSettings) -> None:
    """Serve until interrupted. Raises before the first line is printed if the port or the store is not to be had."""
    try:
        import uvicorn

        from flowmill.server.protocol import OnePieceProtocol
    except ImportError:
        raise Invalid("The server is not installed: run `pip install 'flowmill[server]'` and try again.") from None
    listener = _listen(settings.host, settings.port)
    try:
        app = make_app(settings)
    except FlowmillError:
        listener.close()
        raise
    port = listener.getsockname()[1]
    shown = settings.host if ":" not in settings.host else f"[{settings.host}]"
    page = f"http://{shown}:{port}{settings.prefix}{'/' if settings.prefix else ''}"
    print(f"Flowmill serves {describe(settings.store)} at {page} (Ctrl-C stops it)", flush=True)
    for notice in notices(settings, app.store):
        print(notice, flush=True)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        lifespan="on",
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
        ws="none",
        http=OnePieceProtocol,
    )
    uvicorn.Server(config).run(sockets=[listener])


def notices(settings: ServerSettings, store: SqlStore) -> list[str]:
    """What the operator should know before somebody asks."""
    found: list[str] = []
    if scheme_of(settings.store) == "" and _holds_more(Path(settings.store), store):
        command = import_command(settings.store, settings.store)
        found.append(f"{settings.store} {HOLDS_FILES}: {command} brings them.")
    if not _is_loopback(settings.host):
        found.append("Everyone who reaches this address may read and change everything: it has no accounts.")
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
    artifacts = open_served(settings.artifacts or artifacts_beside(settings.store))
    root = settings.artifact_root
    roots = {root: open_served(root)} if root is not None and scheme_of(root) != "mlflow-artifacts" else {}
    store = open_sql_store(
        settings.store, artifact_root=root or "mlflow-artifacts:/", accept=partial(accept_location, roots=roots)
    )
    gate = Gate((*settings.allowed_hosts, settings.host), settings.allowed_origins)
    return App(store, artifacts, gate=gate, prefix=settings.prefix, roots=roots)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if os.name == "posix":  # a port whose last owner just left may be taken at once
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        if isinstance(error, socket.gaierror):
            raise Invalid(f"The host {host!r} is not an address of this machine; use 127.0.0.1.") from None
        if error.errno == errno.EADDRNOTAVAIL:
            raise Invalid(f"The host {host!r} is not an address of this machine; use 127.0.0.1.") from None
        free = _free_port_after(host, family, port)
        hint = f"; add --port {free}" if free else ""
        if isinstance(error, PermissionError):
            raise Unavailable(f"Port {port} may not be opened by you{hint}.") from None
        raise Unavailable(f"Port {port} on {host} is in use{hint}.") from None
    listener.set_inheritable(True)
    return listener


def _free_port_after(host: str, family: int, port: int) -> int | None:
    for candidate in range(max(port, 1023) + 1, min(port + 100, 65535)):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return candidate
    return None


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")
