"""Clients that write under fire and remember what was acknowledged, and the server process that they write to."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.peer.server import answers, free_port


class ServerProcess:
    """``flowmill server`` on one port, started again as often as a test wants."""

    def __init__(self, folder: Path, *options: str, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._options = options
        self._settings = {**os.environ, **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._process is not None
        return self._process.pid

    @property
    def process_is_gone(self) -> bool:
        """Whether it was ended and not started again."""
        return self._process is None

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "flowmill", "server", "--port", str(self.port), *self._options]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self.folder, env=self._settings, stdout=log, stderr=log)
        end = time.monotonic() + 60
        while not answers(f"{self.address}/health"):
            assert self._process.poll() is None and time.monotonic() < end, self.log
            time.sleep(0.02)

    def end(self, number: int = signal.SIGTERM) -> None:
        """Send it a signal and wait for its end."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(30)
            self._process = None

    @property
    def log(self) -> str:
        """All that it printed."""
        return (self.folder / "server.log").read_text(errors="replace")


@dataclass
class Client:
    """Writes points into a run of its own, each until it is acknowledged, and reads its run back."""

    server: ServerProcess
    seconds: float = 60.0
    acknowledged: list[int] = field(default_factory=list[int])
    runs: list[str] = field(default_factory=list[str])
    refusals: set[int] = field(default_factory=set[int])
    wrong: list[str] = field(default_factory=list[str])
    slowest: float = 0.0

    def work(self, stop: threading.Event) -> None:
        """Write until told to stop; then read everything back."""
        run_id = self.create_run()
        step = 0
        while not stop.is_set():
            point = {"run_id": run_id, "key": "m", "value": float(step), "timestamp": step, "step": step}
            self.ask("POST", "runs/log-metric", point)
            self.acknowledged.append(step)
            if step % 5 == 0:
                latest = self.ask("GET", f"runs/get?run_id={run_id}")["run"]["data"]["metrics"]
                if latest[0]["step"] != step:
                    self.wrong.append(f"step {step} was acknowledged, {latest} was read")
            if step % 7 == 0:
                self.ask("POST", "runs/log-parameter", {"run_id": run_id, "key": f"p{step}", "value": str(step)})
                self.create_run()
            step += 1
        history = self.ask("GET", f"metrics/get-history?run_id={run_id}&metric_key=m")["metrics"]
        if [point["step"] for point in history] != self.acknowledged:
            self.wrong.append(f"acknowledged {len(self.acknowledged)} points, read {len(history)}")
        params = {each["key"] for each in self.ask("GET", f"runs/get?run_id={run_id}")["run"]["data"]["params"]}
        if params != {f"p{step}" for step in range(0, len(self.acknowledged), 7)}:
            self.wrong.append(f"parameters are {sorted(params)}")
        for created in self.runs:
            self.ask("GET", f"runs/get?run_id={created}")

    def create_run(self) -> str:
        """A run whose creation was acknowledged."""
        run_id = self.ask("POST", "runs/create", {"experiment_id": "0"})["run"]["info"]["run_id"]
        self.runs.append(run_id)
        return run_id

    def ask(self, method: str, path: str, fields: dict[str, Any] | None = None) -> Any:
        """Ask until it is answered with 200. A server that is away or says 503 is asked again."""
        end = time.monotonic() + self.seconds
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
            start = time.monotonic()
            try:
                body = None if fields is None else json.dumps(fields)
                connection.request(method, f"/api/2.0/mlflow/{path}", body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                content = answer.read()
            except (OSError, http.client.HTTPException) as error:
                status, content = 0, str(error).encode()
            else:
                status = answer.status
            finally:
                connection.close()
            self.slowest = max(self.slowest, time.monotonic() - start)
            if status == 200:
                return json.loads(content)
            self.refusals.add(status)
            if status == 503:
                said = json.loads(content)
                if answer.headers["Retry-After"] != "1" or said["error_code"] != "TEMPORARILY_UNAVAILABLE":
                    self.wrong.append(f"a 503 without its form: {content!r}")
            elif status:
                raise AssertionError(f"{method} {path}: {status} {content!r}")
            if time.monotonic() > end:
                raise AssertionError(f"{method} {path}: never answered, last {status} {content!r}")
            time.sleep(0.05)


def under_fire(server: ServerProcess, fire: Callable[[], None], clients: int = 8) -> list[Client]:
    """Clients that work while `fire` runs and a moment longer; what they found wrong fails the test."""
    stop = threading.Event()
    all_ = [Client(server) for _ in range(clients)]
    failures: list[BaseException] = []

    def guarded(client: Client) -> None:
        try:
            client.work(stop)
        except BaseException as error:
            failures.append(error)
            stop.set()

    threads = [threading.Thread(target=guarded, args=(client,)) for client in all_]
    for thread in threads:
        thread.start()
    try:
        time.sleep(0.5)
        fire()
        before = [len(client.acknowledged) for client in all_]
        end = time.monotonic() + 30
        # Everybody goes on by himself.
        while not stop.is_set() and any(
            len(client.acknowledged) < count + 3 for client, count in zip(all_, before, strict=True)
        ):
            assert time.monotonic() < end, f"clients do not go on\n{server.log}"
            time.sleep(0.05)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]
    assert [problem for client in all_ for problem in client.wrong] == []
    assert "Traceback" not in server.log
    return all_
