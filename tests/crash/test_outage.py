"""Servers that die, networks that fail, disks that are full: a training goes on, and nothing is lost or doubled."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flowmill.store.rest import RestStore
from flowmill.wire.metrics import GetMetricHistory
from flowmill.wire.runs import GetRun
from tests.crash.proxy import failing_network
from tests.peer.server import answers, ended, free_port
from tests.story.story import user_settings

TRAINING = """
import json, sys, time
import flowmill as mlflow
mlflow.set_tracking_uri(sys.argv[1])
steps, pause = int(sys.argv[2]), float(sys.argv[3])
slowest = 0.0
with mlflow.start_run() as run:
    print(run.info.run_id, flush=True)
    mlflow.log_params({"lr": 0.1, "layers": 3})
    for step in range(steps):
        start = time.perf_counter()
        mlflow.log_metric("loss", step / 7, step=step)
        if step % 100 == 0:
            mlflow.log_metrics({"a": step, "b": float("nan")}, step=step)
            mlflow.set_tag("last", step)
        slowest = max(slowest, time.perf_counter() - start)
        if step % 20 == 0:
            time.sleep(pause)
print(json.dumps({"slowest": slowest}))
"""


class Server:
    """A server on one port that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "flowmill", "server", "--port", str(self.port)],
                cwd=self.folder, stdout=log, stderr=log, start_new_session=True, env=user_settings(),
            )  # fmt: skip
        end = time.monotonic() + 30
        while not answers(f"{self.address}/health"):
            assert time.monotonic() < end, (self.folder / "server.log").read_text()
            time.sleep(0.02)

    def kill(self) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def crashing_server(tmp_path: Path) -> Iterator[Server]:
    folder = tmp_path / "server"
    folder.mkdir()
    server = Server(folder)
    server.start()
    yield server
    if server.process is not None and server.process.poll() is None:
        server.kill()


@contextmanager
def training(address: str, tmp_path: Path, steps: int, pause: float) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-c", TRAINING, address, str(steps), str(pause)],
        cwd=tmp_path, env=user_settings(FLOWMILL_STATE_DIR=str(tmp_path / "state")),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    with ended(process):
        yield process


def finish(process: subprocess.Popen[bytes], seconds: float = 60) -> str:
    """The id of the run of a training that ended well; what it said on stderr is shown when it did not."""
    out, err = process.communicate(timeout=seconds)
    assert process.returncode == 0, err.decode()
    return out.decode().split()[0]


def check_whole(address: str, run_id: str, steps: int) -> None:
    """Everything that the training logged is there exactly once, and the run says how it ended."""
    store = RestStore(address)
    for key, expected in (
        ("loss", list(range(steps))),
        ("a", list(range(0, steps, 100))),
        ("b", list(range(0, steps, 100))),
    ):
        points = store.send(GetMetricHistory(run_id=run_id, metric_key=key)).metrics
        assert Counter(point.step for point in points) == Counter(expected), key
    run = store.send(GetRun(run_id=run_id))
    assert run.data.params == {"lr": "0.1", "layers": "3"}
    assert run.data.tags["last"] == str((steps - 1) // 100 * 100)
    assert run.info.status == "FINISHED"
    store.close()


def sync(tmp_path: Path, address: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flowmill", "sync", address],
        cwd=tmp_path, env=user_settings(FLOWMILL_STATE_DIR=str(tmp_path / "state")),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_server_killed_again_and_again(crashing_server: Server, tmp_path: Path) -> None:
    with training(crashing_server.address, tmp_path, 6000, 0.01) as process:
        for _ in range(3):
            time.sleep(0.5)
            crashing_server.kill()
            time.sleep(0.2)
            crashing_server.start()
        check_whole(crashing_server.address, finish(process), 6000)


def test_a_server_that_does_not_come_back_in_time(crashing_server: Server, tmp_path: Path) -> None:
    with training(crashing_server.address, tmp_path, 2000, 0.01) as process:
        assert process.stdout is not None
        run_id = process.stdout.readline().decode().strip()
        time.sleep(0.3)
        crashing_server.kill()
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err.decode()
        assert "flowmill sync" in err.decode()
    refused = sync(tmp_path, crashing_server.address)
    assert refused.returncode == 1
    assert "wait for" in refused.stderr
    crashing_server.start()
    delivered = sync(tmp_path, crashing_server.address)
    assert delivered.returncode == 0, delivered.stderr
    assert "Delivered" in delivered.stdout
    check_whole(crashing_server.address, run_id, 2000)
    assert "Nothing waits" in sync(tmp_path, crashing_server.address).stdout
    assert not list((tmp_path / "state").rglob("*.spool"))


@pytest.mark.parametrize("seed", range(2))
def test_a_network_that_fails(seed: int, crashing_server: Server, tmp_path: Path) -> None:
    with (
        failing_network(crashing_server.port, seed, 0.0) as proxy,
        training(proxy.address, tmp_path, 3000, 0.02) as process,
    ):
        assert process.stdout is not None
        run_id = process.stdout.readline().decode().strip()
        proxy.rate = 0.6
        time.sleep(2.0)
        proxy.rate = 0.0
        finish_quietly(process)
        sync(tmp_path, proxy.address)
        check_whole(crashing_server.address, run_id, 3000)
        assert sum(proxy.met.values()) > 0


def finish_quietly(process: subprocess.Popen[bytes]) -> None:
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err.decode()


def test_a_full_disk_costs_nothing_while_the_server_answers(crashing_server: Server, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", TRAINING, crashing_server.address, "1000", "0"],
        cwd=tmp_path, env=user_settings(FLOWMILL_STATE_DIR=str(tmp_path / "state")),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )  # fmt: skip
    with ended(process):
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err.decode()
        assert "kept in memory" in err.decode()
        check_whole(crashing_server.address, out.decode().split()[0], 1000)


def test_a_refused_part_does_not_hold_up_the_rest(crashing_server: Server, tmp_path: Path) -> None:
    code = """
import json, sys
import flowmill as mlflow
mlflow.set_tracking_uri(sys.argv[1])
with mlflow.start_run() as run:
    mlflow.log_param("p", 1)
    mlflow.MlflowClient().get_run(run.info.run_id)
    import subprocess
    # Another process writes the parameter first.
    other = "import sys, flowmill as m; m.MlflowClient(sys.argv[1]).log_param(sys.argv[2], 'q', 'theirs')"
    subprocess.run([sys.executable, "-c", other, sys.argv[1], run.info.run_id], check=True)
    mlflow.log_param("q", "ours")
    mlflow.log_metric("m", 1.5)
print(json.dumps(mlflow.get_run(run.info.run_id).data.params))
print(json.dumps(mlflow.get_run(run.info.run_id).data.metrics))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, crashing_server.address], cwd=tmp_path, capture_output=True, text=True,
        env=user_settings(FLOWMILL_STATE_DIR=str(tmp_path / "state")), timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    params, metrics = done.stdout.strip().splitlines()[-2:]
    assert json.loads(params) == {"p": "1", "q": "theirs"}
    assert json.loads(metrics) == {"m": 1.5}
    assert "'q'" in done.stderr
