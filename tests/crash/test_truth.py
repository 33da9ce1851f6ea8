"""However a process ends, its run says how."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import flowmill
from tests.crash.clients import ServerProcess
from tests.story.story import user_settings

BEGIN = """
import os, signal, sys, threading, time
import flowmill as mlflow
mlflow.set_tracking_uri(sys.argv[1])
run = mlflow.start_run()
mlflow.log_metric("m", 1.5)
print(run.info.run_id, flush=True)
"""


def die(uri: str, ending: str, send: int | None = None) -> tuple[str, int]:
    """Run a script with this ending; the id of its run and its exit code."""
    process = subprocess.Popen(
        [sys.executable, "-c", BEGIN + ending, uri],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=user_settings(), text=True,
    )  # fmt: skip
    assert process.stdout is not None
    run_id = process.stdout.readline().strip()
    if send is not None:
        time.sleep(0.1)
        os.kill(process.pid, send)
    with process:
        try:
            process.communicate(timeout=60)
        finally:
            process.kill()
    return run_id, process.returncode


def sync(uri: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flowmill", "sync", uri],
        capture_output=True, text=True, check=False, env=user_settings(), timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    process = ServerProcess(tmp_path_factory.mktemp("server"))
    process.start()
    yield process.address
    process.end()


@pytest.fixture(params=["folder", "server"])
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A folder, and a server."""
    return request.getfixturevalue("server") if request.param == "server" else str(tmp_path / "runs")


TOO_MUCH = """
import resource
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 10_000_000, -1))
x = bytearray(2 * 10**9)
"""
DIED = "died without a word"


@dataclass(frozen=True)
class Death:
    """A way to end, and what the run has to say of it: status, a part of its one line, and its tags."""

    ending: str
    status: str
    how: str | None = None
    tags: dict[str, str] = field(default_factory=dict[str, str])
    send: int | None = None
    code: int | None = None


DEATHS = {
    "return": Death("", "FINISHED", code=0),
    "exit": Death("sys.exit(0)", "FINISHED", code=0),
    "exit code": Death("sys.exit(3)", "FAILED", "left with exit code 3.", {"flowmill.exitCode": "3"}, code=3),
    "exit text": Death("sys.exit('no data')", "FAILED", "exit code 1: no data", {"flowmill.exitCode": "1"}, code=1),
    "exception": Death("raise ValueError('too hot')", "FAILED", "ValueError: too hot", code=1),
    "long exit text": Death(
        "sys.exit('x' * 2_000_000)", "FAILED", "exit code 1: xxx", {"flowmill.exitCode": "1"}, code=1
    ),
    "unspeakable": Death(
        "raise ValueError('half \\ud800 and \\0')", "FAILED", "ValueError: half \\ud800 and \\0", code=1
    ),
    "interrupt": Death("raise KeyboardInterrupt", "KILLED", "Stopped by SIGINT.", {"flowmill.signal": "SIGINT"}),
    "SIGINT": Death("time.sleep(30)", "KILLED", "SIGINT", {"flowmill.signal": "SIGINT"}, signal.SIGINT),
    "SIGTERM": Death("time.sleep(30)", "KILLED", "SIGTERM", {"flowmill.signal": "SIGTERM"}, signal.SIGTERM, 143),
    "out of memory": Death(TOO_MUCH, "FAILED", "MemoryError", {"flowmill.exitCode": "1"}, code=1),
    "SIGKILL, as by the kernel out of memory": Death("time.sleep(30)", "KILLED", DIED, {}, signal.SIGKILL, -9),
    "os._exit": Death("os._exit(3)", "KILLED", DIED, code=3),
    "SIGSEGV": Death("import ctypes; ctypes.string_at(0)", "KILLED", DIED, code=-signal.SIGSEGV),
    "SIGABRT": Death("os.abort()", "KILLED", DIED, code=-signal.SIGABRT),
}


@pytest.mark.parametrize("name", DEATHS)
def test_however_it_ends(name: str, uri: str) -> None:
    """A process that dies without a word cannot tell; whoever delivers what it has left tells for it."""
    death = DEATHS[name]
    run_id, code = die(uri, death.ending, death.send)
    if death.code is not None:
        assert code == death.code
    if death.how == DIED:
        sync(uri)
    run = flowmill.MlflowClient(uri).get_run(run_id)
    assert (run.info.status, run.data.metrics) == (death.status, {"m": 1.5})
    assert run.info.end_time
    said = run.data.tags.get("flowmill.end")
    assert (said is None) if death.how is None else (said is not None and death.how in said)
    assert death.tags.items() <= run.data.tags.items()
    assert ("flowmill.traceback" in run.data.tags) == (name in ("exception", "unspeakable", "out of memory"))


def test_a_notebook_whose_kernel_is_restarted(uri: str) -> None:
    """A restart shuts the kernel down, by a signal if it does not listen: Python ends as it does otherwise."""
    from jupyter_client.manager import start_new_kernel

    manager, kernel = start_new_kernel(env=user_settings())
    try:
        output: list[str] = []
        kernel.execute_interactive(
            f"import sys\nsys.argv = ['', {uri!r}]\n{BEGIN}", timeout=60,
            output_hook=lambda message: output.append(message["content"].get("text", "")),
        )  # fmt: skip
        run_id = "".join(output).strip()
        manager.restart_kernel()
        kernel.wait_for_ready(timeout=60)
    finally:
        kernel.stop_channels()
        manager.shutdown_kernel(now=True)
    sync(uri)
    run = flowmill.MlflowClient(uri).get_run(run_id)
    assert run.data.metrics == {"m": 1.5}
    assert run.info.status in ("FINISHED", "KILLED")


def test_died_before_it_logged_anything(uri: str) -> None:
    script = BEGIN.replace('mlflow.log_metric("m", 1.5)\n', "") + "os._exit(0)"
    done = subprocess.run(
        [sys.executable, "-c", script, uri], capture_output=True, text=True, check=True, env=user_settings()
    )
    sync(uri)
    run = flowmill.MlflowClient(uri).get_run(done.stdout.strip())
    assert (run.info.status, run.data.metrics) == ("KILLED", {})


def test_a_child_that_ends_does_not_end_the_run_of_its_parent(tmp_path: Path) -> None:
    ending = """
import multiprocessing
def work(run_id):
    mlflow.MlflowClient().log_metric(run_id, "child", 2.0)
child = multiprocessing.get_context("fork").Process(target=work, args=(run.info.run_id,))
child.start(); child.join()
assert child.exitcode == 0
pid = os.fork()
if pid == 0:
    mlflow.log_metric("grandchild", 3.0)
    os._exit(0)
os.waitpid(pid, 0)
pid = os.fork()
if pid == 0:
    sys.exit(0)
os.waitpid(pid, 0)
assert mlflow.get_run(run.info.run_id).info.status == "RUNNING"
"""
    run_id, code = die(str(tmp_path / "runs"), ending)
    assert code == 0
    client = flowmill.MlflowClient(str(tmp_path / "runs"))
    # What a child that left by os._exit had not delivered, the next one delivers.
    subprocess.run([sys.executable, "-m", "flowmill", "sync", str(tmp_path / "runs")], check=True, env=user_settings())
    run = client.get_run(run_id)
    assert run.data.metrics == {"m": 1.5, "child": 2.0, "grandchild": 3.0}
    assert run.info.status == "FINISHED"


def test_a_process_that_goes_on_with_a_run_keeps_it_open(tmp_path: Path) -> None:
    ending = """
if os.fork() == 0:
    for step in range(40):
        mlflow.log_metric("m2", step, step=step)
        time.sleep(0.05)
    os._exit(0)
time.sleep(0.3)
os._exit(0)
"""
    run_id, _ = die(str(tmp_path / "runs"), ending)
    sync = [sys.executable, "-m", "flowmill", "sync", str(tmp_path / "runs")]
    subprocess.run(sync, check=True, env=user_settings())
    assert flowmill.MlflowClient(str(tmp_path / "runs")).get_run(run_id).info.status == "RUNNING"
