"""Runs that begin without their server are there in the end, whole and once, under the ids that they had."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flowmill.client import Client
from flowmill.version import MLFLOW_VERSION
from tests.crash.clients import ServerProcess
from tests.peer.environment import peer_python
from tests.peer.server import free_port, mlflow_server
from tests.story.story import user_settings

TRAINING = """
import os, sys
import flowmill as mlflow
mlflow.set_tracking_uri(sys.argv[1])
mlflow.set_experiment("churn")
with mlflow.start_run(run_name="night") as run:
    print(run.info.run_id, flush=True)
    mlflow.log_params({"lr": 0.1})
    mlflow.set_tag("who", "ada")
    for step in range(2000):
        mlflow.log_metric("loss", step / 7, step=step)
    mlflow.log_text("all of it", "notes/a.txt")
    if "again" in sys.argv:
        mlflow.end_run()
        mlflow.start_run(run_id=run.info.run_id, resume_from_step=1500)
        for step in range(1501, 2000):
            mlflow.log_metric("loss", step / 7, step=step)
    if "model" in sys.argv:
        from sklearn.linear_model import LogisticRegression
        model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
        print(mlflow.sklearn.log_model(model, name="m").model_id, flush=True)
    if "die" in sys.argv:
        os.kill(os.getpid(), 9)
"""


RESUMED = """
import sys
import flowmill as mlflow
mlflow.set_tracking_uri(sys.argv[1])
with mlflow.start_run(run_id=sys.argv[2], resume_from_step=1900):
    mlflow.log_metric("loss", 0.0, step=1901)
"""


class Script:
    """A training with settings of its own, and `flowmill sync` with the same."""

    def __init__(self, folder: Path, address: str, **settings: str) -> None:
        self.address = address
        self.state = folder / "state"
        self._env = user_settings(FLOWMILL_STATE_DIR=str(self.state), **settings)

    def train(self, *words: str) -> tuple[list[str], subprocess.CompletedProcess[str]]:
        """What the training printed first, and its end."""
        done = subprocess.run(
            [sys.executable, "-c", TRAINING, self.address, *words],
            capture_output=True, text=True, check=False, env=self._env, timeout=120,
        )  # fmt: skip
        return done.stdout.splitlines(), done

    def sync(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "flowmill", "sync", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=self._env, timeout=120)

    def waiting(self) -> list[Path]:
        return list((self.state / "offline").glob("*"))


@pytest.fixture
def server(tmp_path: Path) -> ServerProcess:
    folder = tmp_path / "server"
    folder.mkdir()
    return ServerProcess(folder)


def check(client: Client, run_id: str, status: str) -> None:
    run = client.get_run(run_id)
    assert (run.info.status, run.info.run_name, run.data.params["lr"]) == (status, "night", "0.1")
    assert run.data.tags["who"] == "ada"
    assert [point.step for point in client.get_metric_history(run_id, "loss")] == list(range(2000))
    assert client.download_artifacts(run_id, "notes/a.txt")


def test_a_whole_night_offline(server: ServerProcess, tmp_path: Path) -> None:
    script = Script(tmp_path, server.address, FLOWMILL_MODE="offline")
    (first, model, last, *_), done = script.train("model")
    assert done.returncode == 0, done.stderr
    assert "flowmill sync" in last
    (second, *_), done = script.train("again")
    assert done.returncode == 0, done.stderr
    refused = script.sync()
    assert refused.returncode == 1
    assert "does not answer" in refused.stderr
    server.start()
    try:
        client = Client(server.address)
        joined = client.create_experiment("churn")
        done = script.sync()
        assert done.returncode == 0, done.stdout + done.stderr
        assert script.waiting() == []
        assert "Nothing waits" in script.sync(server.address).stdout
        for run_id in (first, second):
            check(client, run_id, "FINISHED")
            assert client.get_run(run_id).info.experiment_id == joined
        assert len(client.search_runs([joined])) == 2
        assert client.get_logged_model(model).source_run_id == first
        (branch,) = client.list_branches(second)
        assert (branch.step, branch.points, branch.last_step) == (1500, 499, 1999)
    finally:
        server.end()


def test_a_server_that_is_away_at_the_start(server: ServerProcess, tmp_path: Path) -> None:
    """Two begin without it, one of them is killed; the next one finds it back and delivers theirs."""
    script = Script(tmp_path, server.address, FLOWMILL_OFFLINE_AFTER="0.2")
    (killed, *_), done = script.train("die")
    assert done.returncode == -9
    assert done.stderr.count("does not answer") == 1
    (first, *_), done = script.train()
    assert done.returncode == 0, done.stderr
    server.start()
    try:
        (second, *_), done = script.train()
        assert done.returncode == 0, done.stderr
        assert "does not answer" not in done.stderr
        end = time.monotonic() + 60
        while script.waiting():
            assert time.monotonic() < end
            time.sleep(0.1)
        client = Client(server.address)
        for run_id, status in ((killed, "KILLED"), (first, "FINISHED"), (second, "FINISHED")):
            check(client, run_id, status)
    finally:
        server.end()


def test_the_server_can_be_insisted_on(tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    settings = {"FLOWMILL_MODE": "online", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}
    _, done = Script(tmp_path, address, **settings).train()
    assert done.returncode == 1
    assert "does not answer" in done.stderr


def test_a_run_that_goes_on_is_delivered_when_it_has_ended(server: ServerProcess, tmp_path: Path) -> None:
    script = Script(tmp_path, server.address, FLOWMILL_MODE="offline")
    going = """
import sys
import flowmill as mlflow
mlflow.set_tracking_uri(sys.argv[1])
with mlflow.start_run() as run:
    mlflow.log_metric("m", 1)
    print(run.info.run_id, flush=True)
    sys.stdin.readline()
    mlflow.log_metric("m", 2)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", going, server.address],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**user_settings(FLOWMILL_STATE_DIR=str(script.state)), "FLOWMILL_MODE": "offline"},
    )  # fmt: skip
    assert process.stdout is not None
    run_id = process.stdout.readline().strip()
    server.start()
    try:
        early = script.sync(server.address)
        assert early.returncode == 1
        assert "still go on" in early.stderr
        process.communicate("\n", timeout=60)
        assert script.sync(server.address).returncode == 0
        assert [point.value for point in Client(server.address).get_metric_history(run_id, "m")] == [1, 2]
    finally:
        server.end()


@pytest.mark.peer
def test_offline_for_a_server_of_mlflow(tmp_path: Path) -> None:
    """It gives ids of its own; a tag holds ours, by which delivering again is known."""
    folder = tmp_path / "real"
    folder.mkdir()
    with mlflow_server(peer_python(MLFLOW_VERSION), folder) as address:
        script = Script(tmp_path, address, FLOWMILL_MODE="offline")
        (run_id, *_), done = script.train("again")
        assert done.returncode == 0, done.stderr
        (kept,) = script.waiting()
        copy = tmp_path / "copy"
        shutil.copytree(kept, copy)
        assert Client(address).get_experiment_by_name("churn") is None
        done = script.sync(address)
        assert done.returncode == 0, done.stdout + done.stderr
        copy.rename(kept)  # as if it had been killed before the folder was removed
        assert script.sync(address).returncode == 0
        client = Client(address)
        experiment = client.get_experiment_by_name("churn")
        assert experiment is not None
        (run,) = client.search_runs([experiment.experiment_id])
        assert run.data.tags["flowmill.copied_from"] == run_id
        check(client, run.info.run_id, "FINISHED")
        (file,) = client.list_artifacts(run.info.run_id, "hidden_points")
        hidden = Path(client.download_artifacts(run.info.run_id, file.path)).read_text().splitlines()
        assert hidden[:2] == ["metric,step,timestamp,value", hidden[1]]
        assert [line.split(",")[:2] for line in hidden[1:]] == [["loss", str(step)] for step in range(1501, 2000)]

        resumed = subprocess.run(
            [sys.executable, "-c", RESUMED, address, run.info.run_id],
            capture_output=True, text=True, check=True, env=user_settings(), timeout=120,
        )  # fmt: skip
        (sentence,) = [line for line in resumed.stderr.splitlines() if "cannot hide points" in line]
        assert "later than step 1900 stay beside the new ones" in sentence
        assert client.get_run(run.info.run_id).data.tags["flowmill.resumedFromStep"] == "1900"
        assert len(client.get_metric_history(run.info.run_id, "loss")) == 2001


DIES_IN_BETWEEN = """
import sys
import flowmill as mlflow
import flowmill.spool.store
flowmill.spool.store.START_SECONDS = 0.5
mlflow.set_tracking_uri(sys.argv[1])
mlflow.set_experiment("churn")
print("set", flush=True)
input()
with mlflow.start_run(run_name="night") as run:
    mlflow.log_metric("loss", 0.5)
print(run.info.run_id)
"""


def test_a_server_that_dies_between_the_experiment_and_the_run(server: ServerProcess, tmp_path: Path) -> None:
    server.start()
    script = Script(tmp_path, server.address)
    training = subprocess.Popen(
        [sys.executable, "-c", DIES_IN_BETWEEN, server.address],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=script._env,
    )  # fmt: skip
    assert training.stdout is not None and training.stdout.readline() == "set\n"
    server.end(signal.SIGKILL)
    said, warned = training.communicate("go\n", timeout=120)
    assert training.returncode == 0, warned
    assert "does not answer: this process logs without it" in warned
    server.start()
    try:
        done = script.sync(server.address)
        assert done.returncode == 0, done.stdout + done.stderr
        client = Client(server.address)
        run = client.get_run(said.split()[-1])
        assert (run.data.metrics, run.info.status) == ({"loss": 0.5}, "FINISHED")
        assert client.get_experiment(run.info.experiment_id).name == "churn"
        assert script.waiting() == []
    finally:
        server.end()
