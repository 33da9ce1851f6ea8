"""How busy the machine is while a run is open: sampled by one thread, averaged, logged as ``system/…``.

Names and units are MLflow's, so that its page draws them: percentages, megabytes of 10^6 bytes, watts.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from typing import Any

from flowmill.client.logging import LoggingClient
from flowmill.client.values import now
from flowmill.companions import accompany
from flowmill.entities.metric import Metric
from flowmill.errors import Invalid
from flowmill.notices import say_once
from flowmill.ranks import Rank, is_first_of_machine
from flowmill.settings import SYSTEM_METRICS, SystemMetricsSettings

PREFIX = "system/"
_MEGABYTE = 1e6
_LONGEST_END = 5.0
"""Seconds that the end of a run waits for the last sample: a disk that hangs must not keep it from ending."""
_log = logging.getLogger("flowmill")

Sample = dict[str, float]
Sampler = Callable[[], Sample]


def enable_system_metrics_logging() -> None:
    """Sample the machine during every run from now on, in this process and those it starts."""
    os.environ[SYSTEM_METRICS] = "true"


def disable_system_metrics_logging() -> None:
    """Sample the machine no more; runs that are open go on."""
    os.environ[SYSTEM_METRICS] = "false"


def set_system_metrics_sampling_interval(interval: float | None) -> None:
    """Seconds between two samples of runs that start from now on; None for the default of 10."""
    _set("MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL", interval)


def set_system_metrics_samples_before_logging(samples: int | None) -> None:
    """How many samples are averaged into one logged point; None for the default of 1."""
    _set("MLFLOW_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING", samples)


def set_system_metrics_node_id(node_id: str | None) -> None:
    """Log below ``system/<node_id>/``, so that several machines can share a run; None for ``system/``."""
    _set("MLFLOW_SYSTEM_METRICS_NODE_ID", node_id)


def _set(name: str, value: Any) -> None:
    before = os.environ.get(name)
    if value is None:
        os.environ.pop(name, None)
        return
    os.environ[name] = str(value)
    try:
        SystemMetricsSettings.from_environment()
    except Invalid:
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before
        raise


def begin_sampling(
    client: LoggingClient, run_id: str, goes_on: bool, rank: Rank | None, settings: SystemMetricsSettings
) -> None:
    """Sample the machine until the run ends. ``goes_on``: the run had data before; steps go on where they ended.

    Of many ranks that share the run, the first on each machine samples: below ``system/`` where rank 0 is, below the
    machine's name elsewhere.
    """
    if rank is not None and not is_first_of_machine():
        return
    node = settings.node_id or (socket.gethostname() if rank is not None and rank.rank else None)
    try:
        samplers = _samplers()
        if samplers:
            monitor = _Monitor(client, run_id, samplers, goes_on, settings, f"{PREFIX}{node}/" if node else PREFIX)
            monitor.start()
            accompany(run_id, monitor.finish)
    except (OSError, RuntimeError) as error:  # no counters to read, no thread to be had: the training goes on
        say_once(f"No system metrics are logged: {error}")


class _Monitor:
    """The thread that samples for one run. It is a daemon, and a fork has none: a child of the process logs nothing."""

    def __init__(
        self,
        client: LoggingClient,
        run_id: str,
        samplers: list[Sampler],
        goes_on: bool,
        settings: SystemMetricsSettings,
        prefix: str,
    ) -> None:
        self._client = client
        self._run_id = run_id
        self._samplers = samplers
        self._interval = settings.interval
        self._samples = settings.samples
        self._prefix = prefix
        self._goes_on = goes_on
        self._step = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flowmill-system-metrics", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def finish(self) -> None:
        """Log what was sampled last and stop."""
        self._over.set()
        self._thread.join(_LONGEST_END)

    def _run(self) -> None:
        taken: list[Sample] = []
        try:
            if self._goes_on:
                self._step = self._next_step()
            self._sample()  # a first look, from which the next one counts
            while not self._over.wait(self._interval):
                taken.append(self._sample())
                if len(taken) >= self._samples:
                    self._log(taken)
                    taken = []
            if not taken:  # a run that is shorter than the interval has one point, too
                taken.append(self._sample())
            self._log(taken)
        except Exception as error:
            # Whatever goes wrong here must not disturb the training.
            say_once(f"System metrics of run {self._run_id} are logged no more: {error}")

    def _next_step(self) -> int:
        steps = [
            metric.step
            for metric in self._client.get_run(self._run_id).data.metric_list
            if metric.key.startswith(PREFIX)
        ]
        return max(steps, default=-1) + 1

    def _sample(self) -> Sample:
        found: Sample = {}
        for sampler in list(self._samplers):
            try:
                found |= sampler()
            except Exception as error:
                self._samplers.remove(sampler)  # a device that went away does not come back
                say_once(f"A part of the system metrics is logged no more: {error}")
        return found

    def _log(self, samples: list[Sample]) -> None:
        time_ms = now()
        points = [
            Metric(self._prefix + key, _mean([sample[key] for sample in samples if key in sample]), time_ms, self._step)
            for key in samples[-1]
        ]
        self._step += 1
        self._client.log_batch(self._run_id, metrics=points)


def _mean(values: list[float]) -> float:
    return round(sum(values) / len(values), 3)


def _samplers() -> list[Sampler]:
    try:
        import psutil
    except ImportError:
        say_once("System metrics need psutil, so none are logged: pip install psutil.")
        return []
    return [_machine(psutil), *_nvidia()]


def _machine(psutil: Any) -> Sampler:
    """CPU, memory and disk of this machine, and its network since the first look."""
    start = psutil.net_io_counters()

    def sample() -> Sample:
        memory = psutil.virtual_memory()
        disk = psutil.disk_usage(os.sep)
        network = psutil.net_io_counters()
        found = {
            "cpu_utilization_percentage": psutil.cpu_percent(),
            "system_memory_usage_megabytes": memory.used / _MEGABYTE,
            "system_memory_usage_percentage": memory.used / memory.total * 100,
            "disk_usage_megabytes": disk.used / _MEGABYTE,
            "disk_usage_percentage": disk.percent,
            "disk_available_megabytes": disk.free / _MEGABYTE,
        }
        if network is not None and start is not None:  # a container may have no network
            found["network_receive_megabytes"] = (network.bytes_recv - start.bytes_recv) / _MEGABYTE
            found["network_transmit_megabytes"] = (network.bytes_sent - start.bytes_sent) / _MEGABYTE
        return found

    return sample


def _nvidia() -> list[Sampler]:
    """A sampler a GPU of NVIDIA's; none without its library or driver."""
    try:
        import pynvml  # pyright: ignore[reportMissingImports]
    except ImportError:
        return []
    try:
        pynvml.nvmlInit()
        handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())]
    except pynvml.NVMLError as error:
        _log.debug("No GPU is sampled: %s", error)
        return []
    return [_gpu(pynvml, index, handle) for index, handle in enumerate(handles)]


def _gpu(nvml: Any, index: int, handle: Any) -> Sampler:
    def sample() -> Sample:
        memory = nvml.nvmlDeviceGetMemoryInfo(handle)
        found = {
            f"gpu_{index}_memory_usage_megabytes": memory.used / _MEGABYTE,
            f"gpu_{index}_memory_usage_percentage": memory.used / memory.total * 100,
            f"gpu_{index}_utilization_percentage": float(nvml.nvmlDeviceGetUtilizationRates(handle).gpu),
        }
        try:  # not every card measures its power
            watts = nvml.nvmlDeviceGetPowerUsage(handle) / 1000
            found[f"gpu_{index}_power_usage_watts"] = watts
            limit = nvml.nvmlDeviceGetEnforcedPowerLimit(handle) / 1000
            found[f"gpu_{index}_power_usage_percentage"] = watts / limit * 100
        except nvml.NVMLError:
            pass
        return found

    return sample
