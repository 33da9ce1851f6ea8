"""Many processes of one training log to one run."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

import flowmill as mlflow
from flowmill.errors import Invalid
from flowmill.ranks import current_rank
from tests.crash.clients import ServerProcess
from tests.peer.environment import peer_python
from tests.peer.server import mlflow_server
from tests.story.story import user_settings

TRAINING = """
import sys
import flowmill as mlflow
mlflow.set_tracking_uri(sys.argv[1])
rank = int(sys.argv[2])
with mlflow.start_run(run_name="together") as run:
    mlflow.log_param("lr", 0.1)
    for step in range(20):
        mlflow.log_metric("loss", step + rank, step=step)
    mlflow.log_metrics({"acc": rank})
    if rank == int(sys.argv[3]):
        raise RuntimeError("rank is out")
with mlflow.start_run(run_name="second"):
    mlflow.log_metric("x", rank)
"""


def train(folder: Path, size: int, job: str, failing: int = -1) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", TRAINING, str(folder), str(rank), str(failing)], stderr=subprocess.DEVNULL,
            env=user_settings(FLOWMILL_JOB=job, FLOWMILL_RANK=str(rank), FLOWMILL_WORLD_SIZE=str(size)),
        )
        for rank in range(size)
    ]  # fmt: skip
    for rank, process in enumerate(processes):
        assert process.wait(60) == (1 if rank == failing else 0)


def test_one_run_with_a_label_for_each_rank(folder: Path) -> None:
    train(folder, 4, "a")
    second, together = mlflow.search_runs(["0"], output_format="list", order_by=["attributes.start_time DESC"])
    assert (together.info.run_name, together.info.status) == ("together", "FINISHED")
    assert together.data.metrics == {
        "loss": 19.0, "acc": 0.0,
        **{f"rank_{rank}/{key}": value for rank in (1, 2, 3) for key, value in (("loss", 19.0 + rank), ("acc", rank))},
    }  # fmt: skip
    assert together.data.tags["flowmill.worldSize"] == "4"
    history = mlflow.MlflowClient().get_metric_history(together.info.run_id, "rank_2/loss")
    assert [point.value for point in history] == [step + 2 for step in range(20)]
    assert second.data.metrics == {"x": 0.0, "rank_1/x": 1.0, "rank_2/x": 2.0, "rank_3/x": 3.0}
    train(folder, 2, "b")
    assert len(mlflow.search_runs(["0"], output_format="list")) == 4


def test_a_rank_that_fails_fails_the_run(folder: Path) -> None:
    train(folder, 3, "c", failing=2)
    runs = mlflow.search_runs(["0"], output_format="list")
    failed = next(run for run in runs if run.info.run_name == "together")
    assert failed.info.status == "FAILED"
    assert failed.data.tags["flowmill.rank"] == "2"
    assert failed.data.tags["flowmill.end"] == "Rank 2: RuntimeError: rank is out"


TORCH = {"MASTER_ADDR": "10.0.0.1", "MASTER_PORT": "29500", "TORCHELASTIC_RUN_ID": "abc", "WORLD_SIZE": "8"}


def test_launchers_are_understood() -> None:
    first, last = (current_rank({**TORCH, "RANK": rank}) for rank in ("0", "7"))
    assert first is not None
    assert last is not None
    assert (first.key, first.size, last.rank) == (last.key, 8, 7)
    assert first.run_id(0) == last.run_id(0) != last.run_id(1)
    slurm = current_rank({"SLURM_PROCID": "1", "SLURM_JOB_ID": "77", "SLURM_STEP_ID": "0", "SLURM_NTASKS": "2"})
    assert slurm is not None
    assert (slurm.rank, slurm.size) == (1, 2)
    alone = {"SLURM_PROCID": "0", "SLURM_JOB_ID": "77", "SLURM_NTASKS": "1"}
    assert current_rank(alone) is None
    assert current_rank({**TORCH, "RANK": "x"}) is None
    assert current_rank({}) is None
    # Two launches on one machine without an id of their own are two jobs.
    local = {**TORCH, "TORCHELASTIC_RUN_ID": "none", "LOCAL_WORLD_SIZE": "8", "RANK": "3"}
    found = current_rank(local)
    assert found is not None
    assert found.key != first.key


def test_launches_on_several_machines_without_an_id_are_told_apart_by_their_scheduler() -> None:
    several = {**TORCH, "TORCHELASTIC_RUN_ID": "none", "LOCAL_WORLD_SIZE": "4", "RANK": "3"}
    found = [current_rank({**several, "SLURM_JOB_ID": job}) for job in ("7", "7", "8")]
    assert all(found)
    assert found[0] == found[1] != found[2]
    # One process a task, which the script has named for torch: what SLURM says is right on every machine.
    task = {"SLURM_PROCID": "3", "SLURM_JOB_ID": "7", "SLURM_NTASKS": "8", "SLURM_STEP_ID": "0"}
    named = current_rank({"RANK": "3", "WORLD_SIZE": "8", "MASTER_ADDR": "a", "MASTER_PORT": "1", **task})
    assert named == current_rank(task)


def test_each_rank_may_have_a_run_of_its_own() -> None:
    assert current_rank({**TORCH, "RANK": "1", "FLOWMILL_RANKS": "separate"}) is None
    with pytest.raises(Invalid, match="FLOWMILL_RANKS"):
        current_rank({"FLOWMILL_RANKS": "often"})


SLURM = {"SLURM_JOB_ID": "812", "SLURM_STEP_ID": "0", "SLURM_NTASKS": "2"}


def start(folder: Path | str, rank: int, **settings: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TRAINING, str(folder), str(rank), "-1"],
        check=False, capture_output=True, text=True, env=user_settings(**settings), timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_what_slurm_starts_logs_to_one_run(folder: Path) -> None:
    for rank in (1, 0):
        start(folder, rank, **SLURM, SLURM_PROCID=str(rank))
    runs = mlflow.search_runs(["0"], output_format="list")
    assert sorted(run.info.run_name for run in runs) == ["second", "together"]
    assert {run.info.status for run in runs} == {"FINISHED"}


def test_ranks_that_are_given_a_run_are_labelled_in_it(folder: Path) -> None:
    run_id = mlflow.MlflowClient().create_run("0").info.run_id
    one = TRAINING.partition('with mlflow.start_run(run_name="second")')[0]
    for rank in (0, 1, 2):
        subprocess.run(
            [sys.executable, "-c", one, str(folder), str(rank), "-1"], check=True, timeout=60,
            env=user_settings(**SLURM, SLURM_PROCID=str(rank), MLFLOW_RUN_ID=run_id) | {"SLURM_NTASKS": "3"},
        )  # fmt: skip
    run = mlflow.get_run(run_id)
    assert run.data.metrics["loss"] == 19.0
    assert (run.data.metrics["rank_1/loss"], run.data.metrics["rank_2/acc"]) == (20.0, 2.0)
    (only,) = mlflow.search_runs(["0"], output_format="list")
    assert only.info.run_id == run_id


@pytest.mark.parametrize("first", [True, False])
def test_ranks_that_log_without_their_server_join_the_run_of_those_that_do(first: bool, tmp_path: Path) -> None:
    """Whoever comes first makes the run; the other part is taken in, nothing of it is left behind."""
    (tmp_path / "server").mkdir()
    process = ServerProcess(tmp_path / "server")
    process.start()
    try:
        for machine, ranks in (("a", (0,)), ("b", (1, 2))):
            for rank in ranks:
                settings = {"FLOWMILL_MODE": "offline"} if machine == ("b" if first else "a") else {}
                start(
                    process.address, rank, FLOWMILL_STATE_DIR=str(tmp_path / machine), FLOWMILL_JOB="j",
                    FLOWMILL_RANK=str(rank), FLOWMILL_WORLD_SIZE="3", **settings,
                )  # fmt: skip
        subprocess.run(
            [sys.executable, "-m", "flowmill", "sync", process.address], check=True, timeout=60,
            env=user_settings(FLOWMILL_STATE_DIR=str(tmp_path / ("b" if first else "a"))),
        )  # fmt: skip
        assert not list(tmp_path.glob("?/offline/*")), "what was delivered is removed"
        client = mlflow.MlflowClient(process.address)
        second, together = client.search_runs(["0"], order_by=["attributes.start_time DESC"])
        assert together.data.metrics == {
            **{f"{label}loss": 19.0 + rank for rank, label in enumerate(("", "rank_1/", "rank_2/"))},
            **{f"{label}acc": float(rank) for rank, label in enumerate(("", "rank_1/", "rank_2/"))},
        }
        assert (together.info.status, second.info.status) == ("FINISHED", "FINISHED")
        assert len(client.get_metric_history(together.info.run_id, "rank_2/loss")) == 20
        assert second.data.metrics == {"x": 0.0, "rank_1/x": 1.0, "rank_2/x": 2.0}
        assert together.data.params == {"lr": "0.1"}
    finally:
        process.end()


SPAWNED = """
import multiprocessing, sys
import flowmill as mlflow

def in_run(rank, uri, run_id):
    mlflow.set_tracking_uri(uri)
    client = mlflow.MlflowClient()
    for step in range(50):
        client.log_metric(run_id, f"worker_{rank}/loss", step, step=step)

if __name__ == "__main__":
    mlflow.set_tracking_uri(sys.argv[1])
    with mlflow.start_run() as run:
        mlflow.log_metric("loss", 1.0)
        context = multiprocessing.get_context(sys.argv[2])
        workers = [context.Process(target=in_run, args=(n, sys.argv[1], run.info.run_id)) for n in range(3)]
        for each in workers: each.start()
        for each in workers: each.join()
        assert [each.exitcode for each in workers] == [0, 0, 0]
"""


@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_processes_of_multiprocessing_log_to_the_run_of_their_parent(method: str, folder: Path, tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(SPAWNED)
    subprocess.run([sys.executable, str(script), str(folder), method], check=True, env=user_settings(), timeout=120)
    (run,) = mlflow.search_runs(["0"], output_format="list")
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"loss": 1.0, **{f"worker_{n}/loss": 49.0 for n in range(3)}}
    client = mlflow.MlflowClient()
    assert [len(client.get_metric_history(run.info.run_id, f"worker_{n}/loss")) for n in range(3)] == [50] * 3


def test_on_a_server_of_mlflow_each_rank_has_a_run_and_each_run_ends(tmp_path: Path) -> None:
    with mlflow_server(peer_python(), tmp_path) as address:
        for rank in (1, 0):
            start(address, rank, **SLURM, SLURM_PROCID=str(rank))
        runs = mlflow.MlflowClient(address).search_runs(["0"], "attributes.run_name = 'together'")
        assert sorted((run.info.status, run.data.metrics["loss"]) for run in runs) == [
            ("FINISHED", 19.0),
            ("FINISHED", 20.0),
        ]
        assert len({run.data.tags["flowmill.job"] for run in runs}) == 1


WAITING = """
import os, sys, time
import flowmill as mlflow
mlflow.set_tracking_uri(sys.argv[1])
with mlflow.start_run(run_name="together") as run:
    mlflow.log_metric("loss", 0.5)
    print(run.info.run_id, flush=True)
    sys.stdin.readline()
    mlflow.log_metric("loss", 0.25, step=1)
"""


@pytest.fixture(params=["folder", "server"])
def uri(request: pytest.FixtureRequest, folder: Path, tmp_path: Path) -> Iterator[str]:
    """A folder, and a server."""
    if request.param == "folder":
        yield str(folder)
        return
    (tmp_path / "server").mkdir()
    process = ServerProcess(tmp_path / "server")
    process.start()
    yield process.address
    process.end()


def begin(uri: str, ranks: Sequence[int], size: int, state: Path) -> tuple[str, dict[int, subprocess.Popen[str]]]:
    """Ranks of one job that have their run open, and its id."""
    processes = {
        rank: subprocess.Popen(
            [sys.executable, "-c", WAITING, uri], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=user_settings(
                FLOWMILL_JOB="x", FLOWMILL_RANK=str(rank), FLOWMILL_WORLD_SIZE=str(size), FLOWMILL_STATE_DIR=str(state)
            ),
        )
        for rank in ranks
    }  # fmt: skip
    ids = {process.stdout.readline().strip() for process in processes.values() if process.stdout is not None}
    assert len(ids) == 1
    return ids.pop(), processes


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def sync(uri: str, state: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "flowmill", "sync", uri], check=True, timeout=60, capture_output=True,
        env=user_settings(FLOWMILL_STATE_DIR=str(state)),
    )  # fmt: skip


@pytest.mark.parametrize("victim", [0, 1])
def test_a_rank_that_is_killed_is_told_of(victim: int, uri: str, tmp_path: Path) -> None:
    """The others go on and finish; whoever delivers what the dead one has left says how the run ended."""
    run_id, processes = begin(uri, (0, 1, 2), 3, tmp_path / "state")
    processes[victim].kill()
    processes[victim].communicate()
    for rank, process in processes.items():
        if rank != victim:
            process.communicate("go\n", timeout=60)
            assert process.returncode == 0
    sync(uri, tmp_path / "state")
    client = mlflow.MlflowClient(uri)
    run = client.get_run(run_id)
    assert run.info.status == "KILLED"
    assert run.data.tags["flowmill.end"].startswith(f"Rank {victim}: The process died without a word")
    labels = ["loss", "rank_1/loss", "rank_2/loss"]
    assert run.data.metrics == {label: 0.5 if rank == victim else 0.25 for rank, label in enumerate(labels)}
    ranks = client.list_ranks(run_id)
    assert [each.status for each in ranks] == ["KILLED" if rank == victim else "FINISHED" for rank in range(3)]
    assert {each.host for each in ranks} == {socket.gethostname()}


def test_what_the_launcher_ends_is_not_the_cause(uri: str, tmp_path: Path) -> None:
    run_id, processes = begin(uri, (0, 1), 2, tmp_path / "state")
    processes[1].kill()
    processes[1].communicate()
    processes[0].terminate()
    processes[0].communicate(timeout=60)
    sync(uri, tmp_path / "state")
    assert "Rank 1: The process died" in mlflow.MlflowClient(uri).get_run(run_id).data.tags["flowmill.end"]


def test_a_job_whose_first_rank_never_comes_ends(uri: str, tmp_path: Path) -> None:
    run_id, processes = begin(uri, (1, 2), 3, tmp_path / "state")
    client = mlflow.MlflowClient(uri)
    for rank, process in processes.items():
        until(lambda: [each.rank for each in client.list_ranks(run_id)] == [1, 2])
        assert client.get_run(run_id).info.status == "RUNNING"
        process.communicate("go\n", timeout=60)
        assert process.returncode == 0, rank
    run = client.get_run(run_id)
    assert (run.info.status, run.data.metrics) == ("FINISHED", {"rank_1/loss": 0.25, "rank_2/loss": 0.25})
    assert run.data.tags["flowmill.end"].startswith("Rank 0 of 3 never opened the run")


LAUNCHED = """
import multiprocessing, os, sys

def train(rank, ending):
    os.environ["FLOWMILL_RANK"] = str(rank)
    import flowmill as mlflow
    mlflow.start_run(run_name="together")
    mlflow.log_metric("loss", rank)
    if ending == "raise" and rank == 1:
        raise ValueError("too hot")

if __name__ == "__main__":
    os.environ |= {"FLOWMILL_JOB": "launched", "FLOWMILL_WORLD_SIZE": "3", "MLFLOW_TRACKING_URI": sys.argv[1]}
    context = multiprocessing.get_context(sys.argv[2])
    workers = [context.Process(target=train, args=(rank, sys.argv[3])) for rank in range(3)]
    for each in workers: each.start()
    for each in workers: each.join()
"""


@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
@pytest.mark.parametrize("ending", ["return", "raise"])
def test_ranks_of_multiprocessing(ending: str, method: str, folder: Path, tmp_path: Path) -> None:
    """They end without Python's exit handlers, and still say how."""
    script = tmp_path / "train.py"
    script.write_text(LAUNCHED)
    command = [sys.executable, str(script), str(folder), method, ending]
    subprocess.run(command, check=True, env=user_settings(), timeout=120, stderr=subprocess.DEVNULL)
    (run,) = mlflow.search_runs(["0"], output_format="list")
    assert run.data.metrics == {"loss": 0.0, "rank_1/loss": 1.0, "rank_2/loss": 2.0}
    assert run.info.status == ("FINISHED" if ending == "return" else "FAILED")
    if ending == "raise":
        assert run.data.tags["flowmill.end"] == "Rank 1: ValueError: too hot"
        assert 'raise ValueError("too hot")' in run.data.tags["flowmill.traceback"]
