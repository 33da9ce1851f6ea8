"""A model's server for tests and notebooks: ``flowmill models serve`` in a process of its own, ended with the block."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from flowmill.errors import Unavailable

_PATIENCE = 30


@contextmanager
def serving(
    model_uri: str | Path,
    options: Sequence[str] = (),
    *,
    env_manager: str = "local",
    environment: Mapping[str, str] | None = None,
) -> Generator[str]:
    """Serve a model on a free port of this machine; gives its address once it answers.

    ``options``: more words for the command; ``environment``: more variables. Raises Unavailable with the server's own
    words if it does not start.
    """
    command = [sys.executable, "-m", "flowmill", "models", "serve", "-m", str(model_uri), "-p", "0"]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [*command, "--env-manager", env_manager, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, **(environment or {})},
        )
        try:
            assert process.stdout is not None
            first = process.stdout.readline().decode(errors="replace")
            if " at http" not in first:
                process.wait(_PATIENCE)
                errors.seek(0)
                raise Unavailable(errors.read().decode(errors="replace").strip() or "The server did not start.")
            yield first.rpartition(" at ")[2].partition("/invocations")[0]
        finally:
            process.terminate()
            try:
                process.wait(_PATIENCE + 10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()
