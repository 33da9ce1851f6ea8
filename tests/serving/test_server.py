"""The server as a process: it says where it is, drains on SIGTERM, and serves in the model's own environment."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.peer.server import answers, ended, free_port

SLOW = '''
import sys, time
import mlflow

class Slow(mlflow.pyfunc.PythonModel):
    """Takes as many seconds as it is told."""
    def predict(self, context, model_input, params=None):
        time.sleep(float(model_input[0]))
        return [float(model_input[0])]

mlflow.pyfunc.save_model(sys.argv[1], python_model=Slow(), pip_requirements=["cloudpickle"])
'''


@pytest.fixture(scope="module")
def slow(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that takes its time."""
    folder = tmp_path_factory.mktemp("slow") / "model"
    code = f"import flowmill\nflowmill.install_as_mlflow()\n{SLOW}"
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True, cwd=folder.parent)
    return folder


@contextmanager
def started(
    folder: Path, model: str | Path, *options: str, settings: Mapping[str, str] | None = None
) -> Generator[tuple[subprocess.Popen[bytes], str, Path]]:
    """A server process of its own group, its address, and the file with what it says."""
    port = free_port()
    said = folder / "said"
    command = [sys.executable, "-m", "flowmill", "models", "serve", "-m", str(model), "-p", str(port), *options]
    with said.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, stdout=output, stderr=output, start_new_session=True,
            env={**os.environ, **(settings or {})},
        )  # fmt: skip
    with ended(process):
        address = f"127.0.0.1:{port}"
        end = time.monotonic() + 60
        while not answers(f"http://{address}/ping"):
            assert process.poll() is None and time.monotonic() < end, said.read_text()
            time.sleep(0.02)
        yield process, address, said


def ask(address: str, body: dict[str, Any], seconds: float = 30) -> tuple[int, Any, dict[str, str]]:
    """One prediction on a connection of its own."""
    connection = http.client.HTTPConnection(address, timeout=seconds)
    connection.request("POST", "/invocations", json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = json.loads(answer.read())
    connection.close()
    return answer.status, content, dict(answer.getheaders())


@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["alone", "workers"])
def test_sigterm_answers_what_is_under_way_and_ends_well(slow: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    with started(tmp_path, slow, "--env-manager", "local", *options) as (process, address, said):
        found: list[tuple[int, Any, dict[str, str]]] = []
        asking = [threading.Thread(target=lambda: found.append(ask(address, {"inputs": [1.2]}))) for _ in range(4)]
        for thread in asking:
            thread.start()
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        for thread in asking:
            thread.join()
        assert process.wait(20) == 0, said.read_text()
    assert [(status, answer) for status, answer, _ in found] == [(200, {"predictions": [1.2]})] * 4
    assert said.read_text().startswith(f"Flowmill serves {slow} at http://{address}/invocations")


def test_a_prediction_that_never_ends_does_not_keep_the_server(slow: Path, tmp_path: Path) -> None:
    options = ("--env-manager", "local", "--drain-timeout", "1", "--timeout", "0.5")
    with started(tmp_path, slow, *options) as (process, address, said):
        status, answer, _ = ask(address, {"inputs": [600]})
        assert (status, answer["error_code"]) == (504, "DEADLINE_EXCEEDED")
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 1
        assert "1 predictions did not end within 1 s" in said.read_text()


def test_too_many_are_told_to_come_back(slow: Path, tmp_path: Path) -> None:
    options = ("--env-manager", "local", "--concurrency", "1", "--max-waiting", "1")
    with started(tmp_path, slow, *options) as (_, address, _):
        found: list[tuple[int, Any, dict[str, str]]] = []
        asking = [threading.Thread(target=lambda: found.append(ask(address, {"inputs": [0.7]}))) for _ in range(6)]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
    assert sorted(status for status, *_ in found) == [200, 200, 503, 503, 503, 503]
    refused = next(each for each in found if each[0] == 503)
    assert refused[2]["retry-after"] == "1"
    assert "come back" in refused[1]["message"] or "Try again" in refused[1]["message"]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where environments are kept: the tests of this file need one and the same."""
    return tmp_path_factory.mktemp("cache")


def test_the_models_own_environment(models: Path, tmp_path: Path, cache: Path) -> None:
    with started(tmp_path, models / "table", settings={"FLOWMILL_CACHE_DIR": str(cache)}) as (process, address, said):
        row = {"a": 1.5, "b": "x", "n": 1}
        status, answer, _ = ask(address, {"dataframe_records": [row]})
        assert status == 200 and answer["predictions"][0]["a"] == 1.5
        (python,) = (cache / "environments").glob("*/bin/python")
        # The environment's Python has taken the place of the one that was started.
        assert Path(f"/proc/{process.pid}/cmdline").read_bytes().split(b"\0")[0] == os.fsencode(python)
        listed = subprocess.run(
            [python, "-c", "import importlib.metadata as m; print(*sorted(d.name for d in m.distributions()))"],
            capture_output=True, text=True, check=True,
        ).stdout.split()  # fmt: skip
        assert "uvicorn" in listed and not {"mlflow", "psycopg", "fastapi", "obstore", "skops"} & set(listed)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
    assert said.read_text().splitlines()[-1].startswith(f"Flowmill serves {models / 'table'} at")


LOG = """
import mlflow

class Twice(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return [2 * each for each in model_input.tolist()]

mlflow.pyfunc.log_model(name="twice", python_model=Twice(), pip_requirements=["cloudpickle"],
    registered_model_name="twice")
mlflow.MlflowClient().set_registered_model_alias("twice", "best", 1)
"""


def test_a_registered_model_is_fetched_and_its_files_go_with_the_server(
    models: Path, server: str, tmp_path: Path, cache: Path
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    settings = {"MLFLOW_TRACKING_URI": server, "TMPDIR": str(scratch), "FLOWMILL_CACHE_DIR": str(cache)}
    code = f"import flowmill\nflowmill.install_as_mlflow()\n{LOG}"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, env={**os.environ, **settings})
    left = set(scratch.iterdir())
    with started(tmp_path, "models:/twice@best", settings=settings) as (process, address, said):
        assert ask(address, {"inputs": [1, 2.5]})[:2] == (200, {"predictions": [2.0, 5.0]})
        (fetched,) = set(scratch.iterdir()) - left
        assert fetched.stat().st_mode & 0o077 == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    assert "Flowmill serves models:/twice@best at" in said.read_text()
    assert set(scratch.iterdir()) == left


def test_what_cannot_start_says_why_in_one_line(models: Path, tmp_path: Path) -> None:
    def refused(*options: str) -> str:
        command = [sys.executable, "-m", "flowmill", "models", "serve", *options]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 1 and not done.stdout, done
        assert done.stderr.count("\n") == 1 and done.stderr.startswith("Error: ")
        return done.stderr

    assert "no model folder" in refused("-m", str(tmp_path / "none"))
    assert "no model folder" in refused("-m", str(tmp_path / "none"), "--env-manager", "local", "-p", "0")
    (tmp_path / "empty").mkdir()
    assert "MLmodel" in refused("-m", str(tmp_path / "empty"), "--env-manager", "local", "-p", "0")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port} on 127.0.0.1 is in use" in refused(
            "-m", str(models / "table"), "--env-manager", "local", "-p", str(port)
        )
