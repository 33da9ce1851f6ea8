"""A real server process, Flowmill's or MLflow's, started for a test and ended after it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.peer.environment import peer_settings


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    """Whether a GET of `url` is answered with 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def server_process(
    command: Sequence[str],
    *,
    port: int,
    folder: Path,
    seconds: float = 180.0,
    settings: dict[str, str] | None = None,
) -> Iterator[str]:
    """Run `command` in `folder` until it answers ``/health`` on `port`; end its whole process group after.

    Yields the server's address. Output goes to ``server.log`` in `folder`; it is part of the error when
    the server does not start within `seconds`.
    """
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(command), cwd=folder, env=settings, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    with ended(process):
        address = f"http://127.0.0.1:{port}"
        end = time.monotonic() + seconds
        while not answers(f"{address}/health"):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{command[0]} did not start:\n{log.read_text(errors='replace')[-4000:]}")
            time.sleep(0.05)
        yield address


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End the process group that `process` leads, politely and then surely, when the block is left."""
    try:
        yield
    finally:
        for number, patience in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
            try:
                os.killpg(process.pid, number)
            except ProcessLookupError:
                break
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                continue
        process.wait()


@contextmanager
def mlflow_server(python: Path, folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """The real MLflow server of the environment of `python`, storing under `folder`; yields its address."""
    port = free_port()
    command = [
        str(python.parent / "mlflow"), "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
        "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}",
        "--artifacts-destination", str(folder / "artifacts"),
    ]  # fmt: skip
    # Its queue of evaluation jobs, five more processes of which nothing is asked here, doubles the time of a start.
    own = {**peer_settings(folder), "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", **(settings or {})}
    with server_process(command, port=port, folder=folder, settings=own) as address:
        yield address


@contextmanager
def flowmill_server(folder: Path, *options: str) -> Iterator[str]:
    """Flowmill's own server of this environment, storing under `folder`/mlruns; yields its address."""
    port = free_port()
    command = [sys.executable, "-m", "flowmill", "server", "--host", "127.0.0.1", "--port", str(port), *options]
    with server_process(command, port=port, folder=folder, seconds=60) as address:
        yield address
