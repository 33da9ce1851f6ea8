"""A real S3 of moto's in a process of its own."""

from __future__ import annotations

import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import STDOUT, Popen

from tests.peer.server import ended, free_port

KEYS = {"AWS_ACCESS_KEY_ID": "test-key", "AWS_SECRET_ACCESS_KEY": "test-secret", "AWS_DEFAULT_REGION": "us-east-1"}


@contextmanager
def s3_server(folder: Path) -> Iterator[dict[str, str]]:
    """The environment variables by which MLflow and Flowmill find the store; it has the bucket ``bucket``."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    settings = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with (folder / "s3.log").open("wb") as log:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        process = Popen(command, stdout=log, stderr=STDOUT, env=settings, start_new_session=True)
    with ended(process):
        end = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(urllib.request.Request(f"{address}/bucket", method="PUT"), timeout=5).close()
                break
            except (urllib.error.URLError, OSError) as error:
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"moto did not start:\n{(folder / 's3.log').read_text()[-3000:]}") from error
                time.sleep(0.05)
        yield {"MLFLOW_S3_ENDPOINT_URL": address, **KEYS}
