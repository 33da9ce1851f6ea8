"""What does logging over HTTP cost the server: one point, a hundred points, a whole run?

Raw requests, so that no client's own cost is in it. The clock stands for a client's wait, CPU is the server's.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.load import Server, served
from bench.sides import Question, Sample, Side

Work = Callable[[Server, int], list[bytes]]


def points(server: Server, count: int) -> list[bytes]:
    """Requests of one point each, to a new run."""
    run_id = _run(server)
    return [
        server.raw("runs/log-metric", {"run_id": run_id, "key": "loss", "value": random.random(), "timestamp": 10**12 + n, "step": n})
        for n in range(count)
    ]  # fmt: skip


def batches(server: Server, count: int) -> list[bytes]:
    """Requests of a hundred points each, to a new run."""
    run_id = _run(server)
    return [
        server.raw("runs/log-batch", {"run_id": run_id, "metrics": [
            {"key": "loss", "value": random.random(), "timestamp": 10**12 + n, "step": n}
            for n in range(start * 100, start * 100 + 100)
        ]})
        for start in range(count)
    ]  # fmt: skip


def runs(server: Server, count: int) -> list[bytes]:
    """Whole runs, of which each is a request that opens it and, sent to another one, what is logged to it."""
    run_id = _run(server)
    metrics = [{"key": f"m{n}", "value": 0.5, "timestamp": 10**12, "step": 0} for n in range(10)]
    params = [{"key": f"p{n}", "value": str(n)} for n in range(20)]
    tags = [{"key": f"t{n}", "value": str(n)} for n in range(5)]
    create = server.raw("runs/create", {"experiment_id": "0", "start_time": 10**12, "tags": tags})
    targets = [run_id] + [_run(server) for _ in range(count // 2 - 1)]
    filled = [
        server.raw("runs/log-batch", {"run_id": target, "metrics": metrics, "params": params}) for target in targets
    ]
    return [request for each in filled for request in (create, each)]


def measure(work: Work, count: int, clients: int, side: Side, folder: Path) -> Sample:
    """The mean of one request, after a warm-up."""
    with served(side, folder) as server:
        server.load([work(server, max(count // 10, 4))])
        return server.load([work(server, count // clients) for _ in range(clients)])


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
    "ingest_run": _question("half a run of 10 metrics, 20 params, 5 tags", runs, 100, 1, "server 1.5 ms CPU"),
}
