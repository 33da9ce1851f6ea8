"""Many clients at once against one server, over plain sockets: ``python -m bench.load ADDRESS --clients 64``.

Each client opens a run and goes round: a batch of 100 points, four single points, one read of its run, one search,
each as soon as the answer before it is there (or, with ``--rate``, at a steady pace). At the end it reads back what
it wrote. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

ROUND = ("log-batch", "log-metric", "get", "log-metric", "search", "log-metric", "log-metric")
POINTS = 100


@dataclass
class Tally:
    """Seconds that each kind of request took, and what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list[str])
    lost: int = 0

    def shown(self, wall: float) -> dict[str, Any]:
        """As plain values; times in ms."""
        everything = sorted(each for kind in self.seconds.values() for each in kind)
        return {
            "requests": len(everything),
            "per_second": round(len(everything) / wall, 1),
            "p50": percentile(everything, 0.50),
            "p99": percentile(everything, 0.99),
            "kinds": {kind: {"p50": percentile(sorted(all_), 0.5), "p99": percentile(sorted(all_), 0.99)}
                      for kind, all_ in self.seconds.items()},
            "errors": len(self.errors),
            "first_errors": self.errors[:3],
            "lost": self.lost,
        }  # fmt: skip


def percentile(ordered: list[float], part: float) -> float:
    """A percentile of sorted seconds, in ms."""
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000, 2) if ordered else 0.0


class Client:
    """One connection that is kept, and made again when the server closed it."""

    def __init__(self, address: str, tally: Tally) -> None:
        parts = urlsplit(address)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._tally = tally
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, kind: str, method: str, path: str, fields: dict[str, Any] | None = None) -> Any:
        """One request; None after an error, which is noted."""
        body = json.dumps(fields).encode() if fields is not None else b""
        head = f"{method} /api/2.0/mlflow/{path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        start = time.perf_counter()
        try:
            if self._streams is None:
                self._streams = await asyncio.open_connection(self._host, self._port)
            reader, writer = self._streams
            writer.write(head.encode() + b"\r\n" + body)
            status, answer = await self._read(reader)
        except (OSError, asyncio.IncompleteReadError, ValueError) as error:
            self.close()
            self._tally.errors.append(f"{kind}: {type(error).__name__} {error}")
            return None
        self._tally.seconds[kind].append(time.perf_counter() - start)
        if status != 200:
            self._tally.errors.append(f"{kind}: HTTP {status} {answer[:200].decode(errors='replace')}")
            return None
        return json.loads(answer)

    async def _read(self, reader: asyncio.StreamReader) -> tuple[int, bytes]:
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection", "").lower() == "close":
            self.close()
        return int(lines[0].split()[1]), body

    def close(self) -> None:
        """Give the connection up."""
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None


async def work(number: int, address: str, seconds: float, rate: float, tally: Tally) -> None:
    """What one client does."""
    client = Client(address, tally)
    created = await client.ask("create", "POST", "runs/create", {"experiment_id": "0", "start_time": 1})
    if created is None:
        return
    run_id = created["run"]["info"]["run_id"]
    await client.ask("set-tag", "POST", "runs/set-tag", {"run_id": run_id, "key": "client", "value": str(number)})
    end = time.perf_counter() + seconds
    step, turn, points = 0, number, 0
    while time.perf_counter() < end:
        began = time.perf_counter()
        kind = ROUND[turn % len(ROUND)]
        turn += 1
        if kind == "log-batch":
            metrics = [{"key": "loss", "value": n / 7, "timestamp": step + n, "step": step + n} for n in range(POINTS)]
            if await client.ask(kind, "POST", "runs/log-batch", {"run_id": run_id, "metrics": metrics}) is not None:
                points += POINTS
            step += POINTS
        elif kind == "log-metric":
            point = {"run_id": run_id, "key": "loss", "value": step / 7, "timestamp": step, "step": step}
            points += await client.ask(kind, "POST", "runs/log-metric", point) is not None
            step += 1
        elif kind == "get":
            await client.ask(kind, "GET", f"runs/get?run_id={run_id}")
        else:
            found = await client.ask(
                kind,
                "POST",
                "runs/search",
                {"experiment_ids": ["0"], "filter": f"tags.client = '{number}'", "max_results": 20},
            )
            tally.lost += found is not None and not found.get("runs")
        if rate:
            await asyncio.sleep(max(0.0, began + 1 / rate - time.perf_counter()))
    history = await client.ask("history", "GET", f"metrics/get-history?run_id={run_id}&metric_key=loss")
    found = {(each["step"]) for each in history["metrics"]} if history else set()
    tally.lost += max(0, points - len(found))
    tally.seconds.pop("history", None)
    client.close()


async def run(address: str, clients: int, seconds: float, rate: float = 0.0) -> dict[str, Any]:
    """All clients together."""
    tally = Tally()
    start = time.perf_counter()
    await asyncio.gather(*(work(number, address, seconds, rate, tally) for number in range(clients)))
    return tally.shown(time.perf_counter() - start)


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="bench.load", description="Many clients at once against one server.")
    parser.add_argument("address")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=0.0, help="requests a second of each client; 0: no pause")
    options = parser.parse_args()
    print(json.dumps(asyncio.run(run(options.address, options.clients, options.seconds, options.rate))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
