"""What ``make demo`` runs: a server, the story of `quickstart.py` told to it, and where to look.

``python examples/demo.py [--port 5000] [--once]``; the data stay in ``./mlruns``.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

QUICKSTART = Path(__file__).with_name("quickstart.py")


def main() -> int:
    """Show Flowmill; the exit code is that of the first part that failed."""
    parser = argparse.ArgumentParser(description="Start a server, log three runs to it and show where to look.")
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--once", action="store_true", help="stop when the story is told")
    options = parser.parse_args()
    address = f"http://127.0.0.1:{options.port}"

    if taken(options.port):
        free = next(port for port in range(options.port + 1, options.port + 100) if not taken(port))
        print(f"Port {options.port} is in use by another program; try: make demo PORT={free}", file=sys.stderr)
        return 1

    print(f"[1/3] Starting the server at {address} (data in {Path('mlruns').resolve()})", flush=True)
    command = [sys.executable, "-m", "flowmill", "ui", "--host", "127.0.0.1", "--port", str(options.port)]
    server = subprocess.Popen(command, start_new_session=True)
    try:
        if not answers(address, server):
            print("The server did not start; what it said stands above.", file=sys.stderr)
            return server.poll() or 1
        print("[2/3] Telling the story: three runs, two registered models", flush=True)
        # The working directory of this process is not on the path: `import mlflow` must find the installed one.
        told = subprocess.run([sys.executable, str(QUICKSTART), address], env={**os.environ, "PYTHONUNBUFFERED": "1"})
        if told.returncode != 0:
            print(f"The story ended with exit code {told.returncode}; its output stands above.", file=sys.stderr)
            return told.returncode
        print(WHAT_TO_SEE.format(address=address), flush=True)
        if not options.once:
            print("The server runs until you press Ctrl-C.", flush=True)
            with contextlib.suppress(KeyboardInterrupt):
                server.wait()
    finally:
        stop(server)
    return 0


WHAT_TO_SEE = """[3/3] Look at it: {address}
  - Experiments > "MLFLOW Quickstart": three runs, with the parameters and metrics that differ as columns
  - tick two of them and press Compare: differences, parallel coordinates, scatter, loss curves
  - open a run: its metrics as charts, its model with snippets to copy, Register for the third one
  - Models > "tracking-quickstart": two versions, tags and aliases"""


def taken(port: int) -> bool:
    """Whether somebody listens on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def answers(address: str, server: subprocess.Popen[bytes], seconds: float = 30) -> bool:
    """Wait until the server says that it is healthy; False when it ended or took too long."""
    end = time.monotonic() + seconds
    while server.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/health", timeout=2):
            return True
        time.sleep(0.05)
    return False


def stop(server: subprocess.Popen[bytes]) -> None:
    """End the server politely, then surely."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if server.poll() is None:
            server.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(10)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
