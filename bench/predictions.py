"""Clients of one scoring server, each on a connection that it keeps: ``python -m bench.predictions ADDRESS …``.

Each asks again as soon as the answer is there; after the given seconds all stop. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from urllib.parse import urlsplit

from bench.load import percentile


async def client(host: str, port: int, request: bytes, end: float, seconds: list[float]) -> None:
    """Ask until `end`; what each answer took goes to `seconds`."""
    reader, writer = await asyncio.open_connection(host, port)
    while time.perf_counter() < end:
        start = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        status, _, headers = head.partition(b"\r\n")
        length = next(line for line in headers.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        if b" 200 " not in status:
            raise RuntimeError(status.decode())
        seconds.append(time.perf_counter() - start)
    writer.close()


async def ask(address: str, body: bytes, connections: int, seconds: float) -> dict[str, float]:
    """Requests a second and times in ms."""
    parts = urlsplit(address)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    head = f"POST /invocations HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    took: list[float] = []
    start = time.perf_counter()
    await asyncio.gather(*(client(host, port, request, start + seconds, took) for _ in range(connections)))
    took.sort()
    wall = time.perf_counter() - start
    return {
        "requests": len(took), "per_second": round(len(took) / wall, 1),
        "p50": percentile(took, 0.5), "p99": percentile(took, 0.99),
    }  # fmt: skip


def main() -> None:
    """Ask with so many rows on so many connections."""
    parser = argparse.ArgumentParser(prog="bench.predictions")
    parser.add_argument("address")
    parser.add_argument("--rows", type=int, default=1)
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args()
    rows = [[5.1, 3.5, 1.4, 0.2 + place % 7 / 10] for place in range(options.rows)]
    body = json.dumps({"dataframe_split": {"columns": ["a", "b", "c", "d"], "data": rows}}).encode()
    print(json.dumps(asyncio.run(ask(options.address, body, options.connections, options.seconds))))


if __name__ == "__main__":
    main()
