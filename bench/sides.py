"""The two sides of every measurement, and what is measured of a process."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.peer.environment import peer_python, peer_settings


@dataclass(frozen=True)
class Side:
    """Flowmill or MLflow: its Python, and the module that a script imports as mlflow."""

    name: str
    python: Path
    module: str

    def settings(self, folder: Path) -> dict[str, str]:
        """A quiet environment at home in `folder`, the same for both."""
        return peer_settings(folder)

    def server_command(self, port: int, folder: Path) -> list[str]:
        """The command of a server with one worker that stores below `folder`."""
        where = ["server", "--host", "127.0.0.1", "--port", str(port)]
        if self.module == "mlflow":
            store = ["--workers", "1", "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"]
            return [
                str(self.python.parent / "mlflow"),
                *where,
                *store,
                "--artifacts-destination",
                str(folder / "files"),
            ]
        return [str(self.python), "-m", "flowmill", *where]

    def local_store(self, folder: Path) -> str:
        """A tracking URI without a server: each side's own default kind, a SQLite file."""
        return f"sqlite:///{folder / 'mlflow.db'}" if self.module == "mlflow" else str(folder / "mlruns")


@dataclass(frozen=True)
class Sample:
    """One measurement: seconds by the clock, seconds of CPU (children included), peak memory in MB."""

    wall: float
    cpu: float
    memory: float = 0.0


@dataclass(frozen=True)
class Question:
    """What a bench file asks: `measure` is called once a side and round, in a fresh folder."""

    asks: str
    measure: Callable[[Side, Path], Sample]
    target: str
    rounds: int
    others: Mapping[str, Callable[[Path], Sample]] = field(default_factory=dict[str, "Callable[[Path], Sample]"])
    """Further rows: other tools, or a baseline that both sides pay alike, such as starting Python."""


def sides() -> tuple[Side, Side]:
    """Flowmill of this environment, and the real MLflow of its own."""
    return Side("flowmill", Path(sys.executable), "flowmill"), Side("mlflow", peer_python(), "mlflow")


def timed(command: Sequence[str | Path], folder: Path, settings: dict[str, str]) -> Sample:
    """Run a command to its end; RuntimeError with its output when it fails."""
    log = folder / "output.log"
    start = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=settings, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # what a library started besides, H2O's server for one
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{command[0]} failed:\n{log.read_text(errors='replace')[-3000:]}")
    return Sample(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def reported(side: Side, code: str, folder: Path, settings: Mapping[str, str] | None = None) -> Sample:
    """Run a script that measures itself and prints ``wall cpu`` in seconds as its last words."""
    timed([side.python, "-c", code], folder, side.settings(folder) | dict(settings or {}))
    # Java, where a library brings it, has words after the last.
    wall, cpu = re.findall(r"^(-?[\d.e-]+) (-?[\d.e-]+)$", (folder / "output.log").read_text(), re.MULTILINE)[-1]
    return Sample(float(wall), float(cpu))


def group_cpu(group: int) -> float:
    """Seconds of CPU that the processes of a group have used so far, ended children included."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def group_memory(group: int) -> float:
    """Resident memory of the processes of a group, in MB; what they share counts for each."""
    total = 0.0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            if int(fields[2]) == group:
                total += int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 2**20
        except OSError:
            continue
    return total
