"""However a process ends, its run says how."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import flowmill
from flowmill.entities.run import Run
from tests.story.story import user_settings

BEGIN = """
import os, signal, sys, threading, time
import flowmill as mlflow
mlflow.set_tracking_uri(sys.argv[1])
run = mlflow.start_run()
mlflow.log_metric("m", 1.5)
print(run.info.run_id, flush=True)
"""


def die(folder: Path, ending: str, send: int | None = None) -> tuple[str, int]:
    """Run a script with this ending; the id of its run and its exit code."""
    process = subprocess.Popen(
        [sys.executable, "-c", BEGIN + ending, str(folder)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=user_settings(), text=True,
    )  # fmt: skip
    assert process.stdout is not None
    run_id = process.stdout.readline().strip()
    if send is not None:
        time.sleep(0.1)
        os.kill(process.pid, send)
    process.communicate(timeout=60)
    return run_id, process.returncode


def read(folder: Path, run_id: str) -> Run:
    run = flowmill.MlflowClient(str(folder)).get_run(run_id)
    assert run.data.metrics == {"m": 1.5}
    assert run.info.end_time
    return run


@pytest.mark.parametrize(
    ("ending", "code", "status", "how"),
    [
        ("", 0, "FINISHED", None),
        ("sys.exit()", 0, "FINISHED", None),
        ("sys.exit(3)", 3, "FAILED", "The script left with exit code 3."),
        ("sys.exit('no data')", 1, "FAILED", "The script left with exit code 1: no data"),
        ("raise ValueError('too hot')", 1, "FAILED", "ValueError: too hot"),
        ("raise KeyboardInterrupt", 130, "KILLED", "Stopped by SIGINT."),
    ],
    ids=["return", "exit", "exit code", "exit text", "exception", "interrupt"],
)
def test_told_by_the_process_itself(ending: str, code: int, status: str, how: str | None, tmp_path: Path) -> None:
    run_id, left_with = die(tmp_path / "runs", ending)
    assert left_with in (code, -signal.SIGINT)
    run = read(tmp_path / "runs", run_id)
    assert run.info.status == status
    assert run.data.tags.get("flowmill.end") == how
    if how and "ValueError" in how:
        assert "Traceback" in run.data.tags["flowmill.traceback"]
        assert "raise ValueError" not in run.data.tags["flowmill.end"]
    if code == 3:
        assert run.data.tags["flowmill.exitCode"] == "3"


@pytest.mark.parametrize(("number", "name"), [(signal.SIGTERM, "SIGTERM"), (signal.SIGINT, "SIGINT")])
def test_stopped_from_outside(number: int, name: str, tmp_path: Path) -> None:
    run_id, code = die(tmp_path / "runs", "time.sleep(30)", send=number)
    assert code != 0
    run = read(tmp_path / "runs", run_id)
    assert (run.info.status, run.data.tags["flowmill.signal"]) == ("KILLED", name)


@pytest.mark.parametrize(
    ("ending", "send"),
    [
        ("time.sleep(30)", signal.SIGKILL),
        ("os._exit(3)", None),
        ("os.kill(os.getpid(), signal.SIGSEGV)", None),
        ("import ctypes; ctypes.string_at(0)", None),
    ],
    ids=["SIGKILL", "os._exit", "SIGSEGV", "crash"],
)
def test_died_without_a_word(ending: str, send: int | None, tmp_path: Path) -> None:
    """The next process that logs there, or ``flowmill sync``, delivers what is left and says that it died."""
    run_id, _ = die(tmp_path / "runs", ending, send)
    done = subprocess.run(
        [sys.executable, "-m", "flowmill", "sync", str(tmp_path / "runs")],
        capture_output=True, text=True, check=False, env=user_settings(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    run = read(tmp_path / "runs", run_id)
    assert run.info.status == "KILLED"
    assert "died without a word" in run.data.tags["flowmill.end"]


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
assert mlflow.get_run(run.info.run_id).info.status == "RUNNING"
"""
    run_id, code = die(tmp_path / "runs", ending)
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
    run_id, _ = die(tmp_path / "runs", ending)
    sync = [sys.executable, "-m", "flowmill", "sync", str(tmp_path / "runs")]
    subprocess.run(sync, check=True, env=user_settings())
    assert flowmill.MlflowClient(str(tmp_path / "runs")).get_run(run_id).info.status == "RUNNING"
