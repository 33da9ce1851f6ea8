"""What does logging over HTTP cost the server: one point, a hundred points, a whole run?

Raw requests, so that no client's own cost is in it. The clock stands for a client's wait, CPU is the server's.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.raw import Server, served
from bench.sides import Question, Sample, Side

Work = Callable[[Server, int], list[bytes]]


def points(server: Server, count: int) -> list[bytes]:
    """Requests of one point each, to a new run."""
    run_id = _run(server)
    return [server.raw("runs/log-metric", {"run_id": run_id, **_point(n)}) for n in range(count)]


def batches(server: Server, count: int) -> list[bytes]:
    """Requests of a hundred points each, to a new run."""
    run_id = _run(server)
    return [
        server.raw("runs/log-batch", {"run_id": run_id, "metrics": [_point(n) for n in range(start, start + 100)]})
        for start in range(0, count * 100, 100)
    ]


def runs(server: Server, count: int) -> list[bytes]:
    """Whole runs, each as two requests: one opens it, one logs to it; the second goes to a run that is known."""
    metrics = [{"key": f"m{n}", "value": 0.5, "timestamp": 10**12, "step": 0} for n in range(10)]
    params = [{"key": f"p{n}", "value": str(n)} for n in range(20)]
    tags = [{"key": f"t{n}", "value": str(n)} for n in range(5)]
    create = server.raw("runs/create", {"experiment_id": "0", "start_time": 10**12, "tags": tags})
    logged = [
        server.raw("runs/log-batch", {"run_id": _run(server), "metrics": metrics, "params": params})
        for _ in range(count // 2)
    ]
    return [request for each in logged for request in (create, each)]


def measure(work: Work, count: int, clients: int, side: Side, folder: Path) -> Sample:
    """The mean of one request, after a warm-up."""
    with served(side, folder) as server:
        server.load([work(server, max(count // 10, 4))])
        return server.load([work(server, count // clients) for _ in range(clients)])


def _point(step: int) -> dict[str, float | str]:
    return {"key": "loss", "value": random.random(), "timestamp": 10**12 + 20 * step, "step": step}


def _run(server: Server) -> str:
    return str(server.post("runs/create", {"experiment_id": "0", "start_time": 10**12})["run"]["info"]["run_id"])


def _question(asks: str, work: Work, count: int, clients: int, target: str) -> Question:
    how = f"{clients} client{'s' * (clients > 1)}"
    return Question(f"{asks}, {how}: a request", partial(measure, work, count, clients), target, rounds=1)


QUESTIONS = {
    "ingest_point": _question("one runs/log-metric", points, 400, 1, "server 0.1 ms CPU"),
    "ingest_point_16": _question("one runs/log-metric", points, 800, 16, "server 0.1 ms CPU"),
    "ingest_batch": _question("one runs/log-batch of 100 points", batches, 100, 1, "server 1 ms CPU"),
    "ingest_batch_16": _question("one runs/log-batch of 100 points", batches, 320, 16, "server 1 ms CPU"),
    "ingest_run": _question("half a new run of 10 metrics, 20 params, 5 tags", runs, 100, 1, "server 1.5 ms CPU"),
}
