"""Counts of what the server does, in Prometheus' text format, over all worker processes.

The counts lie in memory that the processes share. Each writes to its own part and reads all of them, so there
are no locks, any worker can answer for all, and counting costs about a microsecond.
"""

from __future__ import annotations

import mmap
import os
import time
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from pathlib import Path

STATUSES = (200, 204, 206, 304, 308, 400, 401, 403, 404, 405, 408, 409, 413, 416, 429, 499, 500, 501, 503, 504, 0)
"""Statuses that are counted by themselves; 0 stands for every other one."""

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
"""Upper bounds of the latency histogram, in seconds."""

GAUGES = (
    ("flowmill_requests_in_progress", "Requests that are worked on now."),
    ("flowmill_writer_queue", "Writes that wait for the database."),
    ("flowmill_reader_queue", "Reads that wait for a thread."),
    ("flowmill_database_connections", "Connections to the database that are open."),
    ("flowmill_database_connections_idle", "Connections to the database that are idle."),
    ("flowmill_database_requests_waiting", "Requests that wait for a connection to the database."),
    ("flowmill_body_bytes", "Bytes of request bodies that are held now."),
)
"""What a server of runs and models says of its state."""

_OF_PROCESS = (
    ("process_resident_memory_bytes", "Memory of the process."),
    ("process_cpu_milliseconds", "CPU time of the process, user and system."),
    ("process_start_milliseconds", "Start of the process in ms since the epoch."),
)

_STATUS_AT = {status: number for number, status in enumerate(STATUSES)}
_WORD = 8


class Counters:
    """The counts of ``workers`` processes for these operations; made before the processes are.

    ``folder``: where the memory is mapped from a file, for those who want to look at it; else it has no name.
    ``gauges``: names and meanings of the numbers that say how a worker is.
    """

    def __init__(
        self,
        operations: Iterable[str],
        workers: int = 1,
        folder: Path | None = None,
        gauges: Sequence[tuple[str, str]] = GAUGES,
    ) -> None:
        self._names = (*gauges, *_OF_PROCESS)
        self.operations = tuple(dict.fromkeys(operations))
        self._row = {name: number for number, name in enumerate(self.operations)}
        self._per_row = len(STATUSES) + len(BOUNDS) + 2  # and beyond the last bound; and the sum of ms × 1000
        self._per_worker = len(self.operations) * self._per_row + len(self._names)
        self._workers = workers
        self._memory = _shared_memory(workers * self._per_worker * _WORD, folder)
        self._words = memoryview(self._memory).cast("Q")
        self._base = 0
        self._gauges = len(self.operations) * self._per_row
        self._started = int(time.time() * 1000)

    def belong_to(self, worker: int) -> None:
        """Count for this worker from now on; its counts go on where a predecessor ended."""
        self._base = worker * self._per_worker
        self._gauges = self._base + len(self.operations) * self._per_row
        self._started = int(time.time() * 1000)

    def count(self, operation: str, status: int, seconds: float) -> None:
        """One answered request."""
        start = self._base + self._row[operation] * self._per_row
        words = self._words
        words[start + _STATUS_AT.get(status, len(STATUSES) - 1)] += 1
        words[start + len(STATUSES) + bisect_left(BOUNDS, seconds)] += 1
        words[start + self._per_row - 1] += int(seconds * 1_000_000)

    def set_gauges(self, values: Sequence[int]) -> None:
        """The state of this worker, in the order of the gauges' names; the process's own follow by themselves."""
        cpu = int(time.process_time() * 1000)
        for number, value in enumerate((*values, _resident_bytes(), cpu, self._started)):
            self._words[self._gauges + number] = max(0, value)

    def text(self, version: str) -> bytes:
        """All counts of all workers, as Prometheus reads them."""
        lines = ["# TYPE flowmill_info gauge", f'flowmill_info{{version="{version}"}} 1']
        lines += ["# HELP flowmill_requests_total Requests by operation and status."]
        lines += ["# TYPE flowmill_requests_total counter"]
        histogram = ["# HELP flowmill_request_seconds Time from a request's headers to its answer."]
        histogram += ["# TYPE flowmill_request_seconds histogram"]
        for name, row in self._row.items():
            values = self._sums_of(row)
            for status, count in zip(STATUSES, values, strict=False):
                if count:
                    shown = status or "other"
                    lines.append(f'flowmill_requests_total{{operation="{name}",status="{shown}"}} {count}')
            histogram += _histogram(name, values[len(STATUSES) : -1], values[-1] / 1_000_000)
        lines += histogram
        for number, (name, help) in enumerate(self._names):
            lines += [f"# HELP {name} {help}", f"# TYPE {name} gauge"]
            for worker in range(self._workers):
                at = (worker + 1) * self._per_worker - len(self._names) + number
                lines.append(f'{name}{{worker="{worker}"}} {self._words[at]}')
        return ("\n".join(lines) + "\n").encode()

    def _sums_of(self, row: int) -> list[int]:
        sums = [0] * self._per_row
        for worker in range(self._workers):
            start = worker * self._per_worker + row * self._per_row
            part = self._words[start : start + self._per_row].tolist()
            sums = [total + value for total, value in zip(sums, part, strict=True)]
        return sums


def _histogram(name: str, counts: Sequence[int], seconds: float) -> list[str]:
    if not any(counts):
        return []
    lines: list[str] = []
    total = 0
    for bound, count in zip((*BOUNDS, "+Inf"), counts, strict=True):
        total += count
        lines.append(f'flowmill_request_seconds_bucket{{operation="{name}",le="{bound}"}} {total}')
    lines.append(f'flowmill_request_seconds_sum{{operation="{name}"}} {seconds:.6f}')
    lines.append(f'flowmill_request_seconds_count{{operation="{name}"}} {total}')
    return lines


def _shared_memory(size: int, folder: Path | None) -> mmap.mmap:
    if folder is None:
        return mmap.mmap(-1, size)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "flowmill-metrics").open("w+b") as file:
        file.truncate(size)
        return mmap.mmap(file.fileno(), size)


def _resident_bytes() -> int:
    """What the process holds now; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_bytes().split()[1])
        return pages * os.sysconf("SC_PAGESIZE")
    except (OSError, ValueError, IndexError):
        return 0
