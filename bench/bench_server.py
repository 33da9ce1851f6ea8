"""How long until a server answers, and what does it hold at rest?"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from tests.peer.server import answers, ended, free_port

from bench.sides import Question, Sample, Side, group_cpu, group_memory


def measure(side: Side, folder: Path) -> Sample:
    """From the command to the first healthy answer, in an empty folder; memory two seconds later."""
    port = free_port()
    start = time.perf_counter()
    with (folder / "output.log").open("wb") as output:
        process = subprocess.Popen(
            side.server_command(port, folder),
            cwd=folder,
            env=side.settings(folder),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    with ended(process):
        while not answers(f"http://127.0.0.1:{port}/health"):
            if process.poll() is not None or time.perf_counter() - start > 90:
                raise RuntimeError((folder / "output.log").read_text(errors="replace")[-3000:])
            time.sleep(0.005)
        wall, cpu = time.perf_counter() - start, group_cpu(process.pid)
        time.sleep(2)
        return Sample(wall, cpu, group_memory(process.pid))


QUESTION = Question(
    asks="server from the command to /health (MLflow with --workers 1), memory of all its processes",
    measure=measure,
    target="0.7 s, one process, 120 MB",
    rounds=3,
)
