"""Load the model, say where it is served, and serve until stopped: in this environment or in the model's own."""

from __future__ import annotations

import dataclasses
import importlib.util
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from flowmill.compat.finder import install_as_mlflow
from flowmill.errors import Invalid
from flowmill.models import environment
from flowmill.models.mlmodel import PYFUNC, Model
from flowmill.models.pyfunc import load_model
from flowmill.models.uri import fetched, resolve
from flowmill.server.access_log import AccessLog
from flowmill.server.gate import Gate
from flowmill.server.listen import is_loopback, listen
from flowmill.server.metrics import Counters
from flowmill.serving.app import GAUGES, OPERATIONS, ScoringApp
from flowmill.serving.predictor import Predictor
from flowmill.serving.settings import ServingSettings
from flowmill.serving.turns import Turns

if TYPE_CHECKING:
    from flowmill.server.graceful import GracefulServer


def serve_in_environment(settings: ServingSettings, manager: str = "uv") -> int:
    """Serve with the interpreter of an environment that has what the model asks for, which takes this one's place.

    ``manager``: what makes that environment, uv or conda.
    """
    got, scratch = _kept(settings.model_uri)
    python = environment.build(got, manager=manager)
    asked = dataclasses.replace(
        settings, model_uri=str(got), shown_uri=settings.model_uri, scratch=str(scratch) if scratch else None
    )
    command = [str(python), "-m", "flowmill.serving", msgspec.json.encode(asked).decode()]
    # Modules of this process must not shadow those of the environment.
    variables = {name: value for name, value in os.environ.items() if name not in _OF_THIS_PYTHON}
    sys.stdout.flush()
    if os.name == "posix":
        os.execve(command[0], command, variables)
    return subprocess.run(command, env=variables, check=False).returncode


_OF_THIS_PYTHON = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")


def _kept(model_uri: str) -> tuple[Path, Path | None]:
    """The model's folder, and the temporary folder to remove when it is served no more."""
    location = resolve(model_uri)
    local = location.local_folder() is not None
    scratch = None if local else Path(tempfile.mkdtemp(prefix="flowmill-serve-"))
    try:
        with fetched(location, scratch) as got:
            Model.load(got.folder).flavor(PYFUNC)
            return got.folder, scratch
    except BaseException:
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)
        raise


def serve(settings: ServingSettings) -> int:
    """Serve with this interpreter until stopped; the signal that stopped it.

    Raises before the first line is printed if the port or the model is not to be had.
    """
    if importlib.util.find_spec("uvicorn") is None:
        raise Invalid("The server is not installed: run `pip install 'flowmill[server]'` and try again.")
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    if settings.with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    install_as_mlflow()  # the user's own code in the model may say `import mlflow`
    try:
        listener = listen(settings.host, settings.port)
        try:
            return _serve(settings, listener)
        finally:
            listener.close()
    finally:
        if settings.scratch:
            shutil.rmtree(settings.scratch, ignore_errors=True)


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def _serve(settings: ServingSettings, listener: socket.socket) -> int:
    counters = Counters(OPERATIONS, settings.workers, gauges=GAUGES)
    said = partial(_say_where, settings, listener)
    if settings.workers == 1:
        return _serve_alone(settings, counters, listener, lambda: said([]))
    if not hasattr(os, "fork"):
        raise Invalid("Several workers need a system that can fork, such as Linux or macOS; leave --workers out.")
    from flowmill.server.workers import Workers, is_at_end

    def work(number: int, ready: Callable[[list[str]], None], life: int) -> None:
        counters.belong_to(number)
        turns = _turns(settings)
        server = _server(settings, turns, counters, listener, lambda: ready([]), (signal.SIGTERM,))

        async def end_with_the_other() -> None:
            if is_at_end(life):
                server.handle_exit(signal.SIGTERM, None)

        server.config.callback_notify = end_with_the_other
        server.config.timeout_notify = 1
        server.run_until_stopped()
        _give_up_what_runs(turns, settings)

    patience = settings.limits.drain_timeout + 5
    return Workers(settings.workers, work, let_go=listener.close, patience=patience).run(said)


def _serve_alone(
    settings: ServingSettings, counters: Counters, listener: socket.socket, ready: Callable[[], None]
) -> int:
    turns = _turns(settings)
    server = _server(settings, turns, counters, listener, ready, (signal.SIGINT, signal.SIGTERM))
    server.run_until_stopped()
    _give_up_what_runs(turns, settings)
    return server.stopped_by or 0


def _turns(settings: ServingSettings) -> Turns:
    return Turns(settings.concurrency, settings.most_waiting, settings.timeout)


def _give_up_what_runs(turns: Turns, settings: ServingSettings) -> None:
    """End the process although predictions go on: Python would wait for their threads for ever."""
    if not turns.running:
        return
    print(
        f"{turns.running} predictions did not end within {settings.limits.drain_timeout:g} s and are given up.",
        file=sys.stderr,
        flush=True,
    )
    if settings.scratch:
        shutil.rmtree(settings.scratch, ignore_errors=True)
    os._exit(1)


def _server(
    settings: ServingSettings,
    turns: Turns,
    counters: Counters,
    listener: socket.socket,
    ready: Callable[[], None],
    stop_on: tuple[signal.Signals, ...],
) -> GracefulServer:
    import uvicorn

    from flowmill.server.connection import Connection
    from flowmill.server.graceful import GracefulServer

    model = load_model(settings.model_uri)
    predictor = Predictor(
        model,
        turns,
        most_rows=settings.most_rows,
        most_unpacked=settings.limits.max_decompressed,
        batch_rows=settings.batch_rows,
        most_waiting=settings.most_waiting,
    )
    app = ScoringApp(
        model,
        predictor,
        settings.limits,
        gate=_gate(settings),
        counters=counters,
        access_log=AccessLog(settings.access_log) if settings.access_log else None,
    )
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


def _gate(settings: ServingSettings) -> Gate:
    """Beside what the operator allows, a server that is not for this machine alone goes by the machine's name."""
    own = () if is_loopback(settings.host) else (socket.gethostname(),)
    hosts = (*settings.allowed_hosts, settings.host, *own)
    return Gate(hosts, settings.allowed_origins, json_only=False)


def _say_where(settings: ServingSettings, listener: socket.socket, found: list[str]) -> None:
    shown = settings.host if ":" not in settings.host else f"[{settings.host}]"
    address = f"http://{shown}:{listener.getsockname()[1]}/invocations"
    processes = f", {settings.workers} workers" if settings.workers > 1 else ""
    name = settings.shown_uri or settings.model_uri
    print(f"Flowmill serves {name} at {address}{processes} (Ctrl-C stops it)", flush=True)
    if not is_loopback(settings.host):
        print("Everyone who reaches this address may ask the model: it has no accounts.", flush=True)
