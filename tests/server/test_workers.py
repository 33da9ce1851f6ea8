"""The server as processes: it starts, drains, replaces its workers, and no accepted request is lost."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flowmill.client import Client
from tests.peer.server import answers, ended, free_port

CLIENTS = 8


@contextmanager
def started(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], str, Path]]:
    """A server process of its own group, its address, and the file with what it says."""
    port = free_port()
    said = folder / "said"
    command = [sys.executable, "-m", "flowmill", "server", "--port", str(port), *options]
    with said.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output, start_new_session=True)
    with ended(process):
        address = f"http://127.0.0.1:{port}"
        end = time.monotonic() + 30
        while not answers(f"{address}/health"):
            assert process.poll() is None and time.monotonic() < end, said.read_text()
            time.sleep(0.02)
        yield process, address, said


class Load:
    """Clients that write points one after the other on connections that they keep, until nobody listens."""

    def __init__(self, address: str, run_id: str) -> None:
        self.host = address.removeprefix("http://")
        self.run_id = run_id
        self.acknowledged: set[int] = set()
        self.lost: list[str] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def wait(self, *, stop: bool = False) -> None:
        """Until every client has found the server gone, or has been told to stop."""
        if stop:
            self._stop.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()

    def _write(self, number: int) -> None:
        with contextlib.ExitStack() as closing:
            self._write_until_told(number, closing)

    def _write_until_told(self, number: int, closing: contextlib.ExitStack) -> None:
        connection: http.client.HTTPConnection | None = None
        step = number
        while not self._stop.is_set():
            if connection is None:
                connection = http.client.HTTPConnection(self.host, timeout=30)
                closing.callback(connection.close)
                try:
                    connection.connect()
                except OSError:
                    return  # nobody listens: the server is gone, and no request was sent
            step += CLIENTS
            point = {"run_id": self.run_id, "key": "m", "value": step, "timestamp": 1, "step": step}
            try:
                connection.request(
                    "POST", "/api/2.0/mlflow/runs/log-metric", json.dumps(point), {"Content-Type": "application/json"}
                )
                answer = connection.getresponse()
                body = answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.lost.append(f"{type(error).__name__}: {error}")
                return
            if answer.status == 200:
                self.acknowledged.add(step)
            else:
                self.lost.append(body.decode())
            if answer.headers.get("Connection") == "close":
                connection.close()
                connection = None


@pytest.fixture(params=["one process", "workers", "workers over postgres"])
def options(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """How the server is started."""
    if request.param == "one process":
        return ()
    if request.param == "workers":
        return ("--workers", "3")
    return ("--workers", "2", "--backend-store-uri", request.getfixturevalue("postgres_uri"))


def test_a_stop_under_load_loses_nothing(options: tuple[str, ...], tmp_path: Path) -> None:
    with started(tmp_path, *options) as (process, address, said):
        run_id = Client(address).create_run("0").info.run_id
        load = Load(address, run_id)
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        load.wait()
        assert process.wait(30) == 0
        assert not load.lost, load.lost
        assert len(load.acknowledged) > CLIENTS
        assert len(said.read_text().splitlines()) == 1
    store = options[-1] if "--backend-store-uri" in options else str(tmp_path / "mlruns")
    stored = {point.step for point in Client(store).get_metric_history(run_id, "m")}
    assert stored == load.acknowledged


def test_workers_are_replaced_while_the_service_goes_on(tmp_path: Path) -> None:
    with started(tmp_path, "--workers", "2") as (process, address, said):
        run_id = Client(address).create_run("0").info.run_id
        before = children(process.pid)
        assert len(before) == 2
        load = Load(address, run_id)
        time.sleep(0.3)
        process.send_signal(signal.SIGHUP)
        wait_for(lambda: len(children(process.pid)) == 2 and not children(process.pid) & before)
        load.wait(stop=True)
        assert not load.lost, load.lost
        os.kill(children(process.pid).pop(), signal.SIGKILL)
        wait_for(lambda: "starting another" in said.read_text() and len(children(process.pid)) == 2)
        assert answers(f"{address}/health")
        workers = children(process.pid)
        process.kill()  # whoever looks after them is gone
        process.wait()
        wait_for(lambda: not any(Path(f"/proc/{worker}/cmdline").is_file() for worker in workers))


def test_a_store_that_is_not_to_be_had_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "mlruns").write_text("a file in the way")
    for workers in ("1", "2"):
        command = [sys.executable, "-m", "flowmill", "server", "--port", str(free_port()), "--workers", workers]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("Error: Cannot use") and len(done.stderr.splitlines()) == 1


def test_ctrl_c_ends_all_of_it(tmp_path: Path) -> None:
    with started(tmp_path, "--workers", "2") as (process, address, said):
        os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to every process
        assert process.wait(20) == 130
        assert not answers(f"{address}/health")
        assert "Traceback" not in said.read_text()


def test_changed_code_starts_the_server_anew(tmp_path: Path) -> None:
    import flowmill

    with started(tmp_path, "--dev") as (process, address, said):
        before = children(process.pid)
        (Path(flowmill.__file__).parent / "version.py").touch()
        wait_for(lambda: bool(children(process.pid)) and not children(process.pid) & before)
        wait_for(lambda: answers(f"{address}/health"))
        assert "Files have changed" in said.read_text()


def test_start_and_memory(tmp_path: Path) -> None:
    with started(tmp_path) as (process, address, _):
        assert Client(address).search_experiments()
        assert children(process.pid) == set()  # one process
        status = Path(f"/proc/{process.pid}/status").read_text()
        resident = int(status.partition("VmRSS:")[2].split()[0])
        assert resident < 120 * 1024, f"{resident} KiB"


def children(pid: int) -> set[int]:
    """The processes that a process started and that still run."""
    return {int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def wait_for(condition: object, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.05)
