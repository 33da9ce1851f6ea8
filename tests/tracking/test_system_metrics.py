"""Samples of the machine beside a run, as a user's script asks for them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import flowmill as mlflow
from flowmill import machine
from flowmill.errors import Invalid

OF_EACH_MACHINE = {
    "cpu_utilization_percentage",
    "system_memory_usage_megabytes",
    "system_memory_usage_percentage",
    "disk_usage_megabytes",
    "disk_usage_percentage",
    "disk_available_megabytes",
    "network_receive_megabytes",
    "network_transmit_megabytes",
}


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is set before a test, nor after it."""
    names = [name for name in os.environ if "SYSTEM_METRICS" in name]
    for name in names:
        monkeypatch.delenv(name)
    yield
    for name in [name for name in os.environ if "SYSTEM_METRICS" in name]:
        del os.environ[name]


def _steps(run_id: str, key: str) -> list[int]:
    return [point.step for point in mlflow.MlflowClient().get_metric_history(run_id, key)]


def _wait_for_points(run_id: str, count: int, key: str = "system/cpu_utilization_percentage") -> None:
    end = time.monotonic() + 30
    while len(_steps(run_id, key)) < count:
        assert time.monotonic() < end, "no sample was logged"
        time.sleep(0.02)


def _samplers_alive() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "flowmill-system-metrics"]


def test_a_run_has_samples_if_it_asks_for_them() -> None:
    mlflow.set_system_metrics_sampling_interval(0.02)
    with mlflow.start_run(log_system_metrics=True) as run:
        assert _samplers_alive()
        _wait_for_points(run.info.run_id, 3)
    assert not _samplers_alive()
    metrics = mlflow.get_run(run.info.run_id).data.metrics
    assert {f"system/{name}" for name in OF_EACH_MACHINE} <= set(metrics)
    assert 0 < metrics["system/system_memory_usage_percentage"] <= 100
    assert 0 <= metrics["system/cpu_utilization_percentage"] <= 100
    assert metrics["system/disk_available_megabytes"] > 0
    steps = _steps(run.info.run_id, "system/disk_usage_percentage")
    assert steps == list(range(len(steps)))


def test_the_environment_decides_where_the_call_does_not() -> None:
    with mlflow.start_run() as run:
        pass
    assert not mlflow.get_run(run.info.run_id).data.metrics
    mlflow.enable_system_metrics_logging()
    with mlflow.start_run() as run:
        pass
    # shorter than an interval, and yet it has a point
    assert mlflow.get_run(run.info.run_id).data.metrics.keys() >= {"system/cpu_utilization_percentage"}
    with mlflow.start_run(log_system_metrics=False) as run:
        pass
    assert not mlflow.get_run(run.info.run_id).data.metrics
    mlflow.disable_system_metrics_logging()
    with mlflow.start_run() as run:
        pass
    assert not mlflow.get_run(run.info.run_id).data.metrics


def test_a_run_that_is_resumed_goes_on_with_its_steps() -> None:
    with mlflow.start_run(log_system_metrics=True) as run:
        pass
    mlflow.set_system_metrics_node_id("left")
    with mlflow.start_run(run_id=run.info.run_id, log_system_metrics=True):
        pass
    assert _steps(run.info.run_id, "system/disk_usage_percentage") == [0]
    assert _steps(run.info.run_id, "system/left/disk_usage_percentage") == [1]


def test_a_point_is_the_mean_of_its_samples() -> None:
    values = iter(range(1000))
    taken: list[float] = []

    def sampler() -> dict[str, float]:
        taken.append(float(next(values)))
        return {"load": taken[-1]}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine, "_samplers", lambda: [sampler])
        mlflow.set_system_metrics_sampling_interval(0.01)
        mlflow.set_system_metrics_samples_before_logging(4)
        with mlflow.start_run(log_system_metrics=True) as run:
            _wait_for_points(run.info.run_id, 2, "system/load")
    first, second, *_ = mlflow.MlflowClient().get_metric_history(run.info.run_id, "system/load")
    assert (first.value, second.value) == (2.5, 6.5)  # of 1..4 and 5..8; the first look at 0 only begins


def test_what_goes_wrong_is_said_once_and_hurts_nobody(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> dict[str, float]:
        raise OSError("the device went away")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine, "_samplers", lambda: [broken, lambda: {"load": 1.0}])
        for _ in range(2):
            with mlflow.start_run(log_system_metrics=True) as run:
                mlflow.log_metric("loss", 1.0)
    assert mlflow.get_run(run.info.run_id).data.metrics == {"loss": 1.0, "system/load": 1.0}
    assert sum("the device went away" in record.getMessage() for record in caplog.records) == 1


@pytest.mark.parametrize("interval", [0, -1, "often", float("nan"), float("inf")])
def test_a_bad_interval_is_refused_and_the_good_one_stays(interval: Any) -> None:
    mlflow.set_system_metrics_sampling_interval(3)
    with pytest.raises(Invalid, match="MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL"):
        mlflow.set_system_metrics_sampling_interval(interval)
    assert os.environ["MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL"] == "3"
    mlflow.set_system_metrics_sampling_interval(None)
    assert "MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL" not in os.environ


@pytest.mark.parametrize("samples", [0, 1.5, "many"])
def test_a_bad_number_of_samples_is_refused(samples: Any) -> None:
    with pytest.raises(Invalid, match="MLFLOW_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING"):
        mlflow.set_system_metrics_samples_before_logging(samples)


def test_a_bad_environment_is_refused_before_a_run_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL", "0")
    with pytest.raises(Invalid, match="above 0"):
        mlflow.start_run(log_system_metrics=True)
    assert mlflow.active_run() is None
    assert not mlflow.search_runs(output_format="list")


def test_without_psutil_the_training_goes_on(folder: Path) -> None:
    script = f"""
import sys
sys.modules["psutil"] = None
import flowmill as mlflow
mlflow.set_tracking_uri({str(folder)!r})
with mlflow.start_run(log_system_metrics=True) as run:
    mlflow.log_metric("loss", 1.0)
print(mlflow.get_run(run.info.run_id).data.metrics)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "{'loss': 1.0}"
    assert "pip install psutil" in done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_samples_nothing(folder: Path) -> None:
    script = f"""
import os, threading, time
import flowmill as mlflow
mlflow.set_tracking_uri({str(folder)!r})
mlflow.set_system_metrics_sampling_interval(0.02)
run = mlflow.start_run(log_system_metrics=True)
child = os.fork()
if child == 0:
    os._exit(sum(thread.name == "flowmill-system-metrics" for thread in threading.enumerate()))
print(os.waitpid(child, 0)[1])
mlflow.end_run()
print(mlflow.get_run(run.info.run_id).info.status)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "FINISHED"]


def test_ranks_of_one_machine_sample_it_once(folder: Path) -> None:
    script = f"""
import flowmill as mlflow
mlflow.set_tracking_uri({str(folder)!r})
with mlflow.start_run(log_system_metrics=True) as run:
    pass
print(run.info.run_id)
"""
    seen = set()
    for rank, local in ((1, 1), (2, 0), (0, 0)):
        launcher = {"FLOWMILL_JOB": "sampled", "FLOWMILL_RANK": str(rank), "FLOWMILL_WORLD_SIZE": "3"}
        environment = os.environ | launcher | {"LOCAL_RANK": str(local)}
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment
        )
        seen.add(done.stdout.split()[-1])
    (run_id,) = seen
    keys = {key for key in mlflow.get_run(run_id).data.metrics if key.endswith("cpu_utilization_percentage")}
    assert keys == {"system/cpu_utilization_percentage", f"system/{socket.gethostname()}/cpu_utilization_percentage"}


class _Nvml:
    """What nvidia-ml-py says on a machine with one card, so that the reading of it is tried without one."""

    class NVMLError(Exception):
        """As the library has it."""

    def __init__(self, measures_power: bool) -> None:
        self._measures_power = measures_power

    def nvmlDeviceGetMemoryInfo(self, handle: object) -> Any:
        return type("Memory", (), {"used": 2_000_000_000, "total": 8_000_000_000})

    def nvmlDeviceGetUtilizationRates(self, handle: object) -> Any:
        return type("Rates", (), {"gpu": 75})

    def nvmlDeviceGetPowerUsage(self, handle: object) -> int:
        if not self._measures_power:
            raise self.NVMLError("Not Supported")
        return 150_000

    def nvmlDeviceGetEnforcedPowerLimit(self, handle: object) -> int:
        return 300_000


def test_a_gpu_has_the_keys_of_mlflow() -> None:
    found = {
        "gpu_0_memory_usage_megabytes": 2000.0,
        "gpu_0_memory_usage_percentage": 25.0,
        "gpu_0_utilization_percentage": 75.0,
    }
    assert machine._gpu(_Nvml(False), 0, object())() == found
    power = {"gpu_0_power_usage_watts": 150.0, "gpu_0_power_usage_percentage": 50.0}
    assert machine._gpu(_Nvml(True), 0, object())() == found | power
