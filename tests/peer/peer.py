"""The real MLflow as tests use it: run a script there, start a server there."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.peer.environment import peer_settings
from tests.peer.server import mlflow_server


@dataclass(frozen=True)
class Peer:
    """An environment with the real MLflow; `python` is its interpreter."""

    python: Path

    def run(self, code: str | Path, *arguments: str, folder: Path, seconds: float = 180) -> str:
        """What a script, a file or its text, prints there; its working directory is `folder`.

        AssertionError with everything it said when it fails.
        """
        script = [str(code)] if isinstance(code, Path) else ["-c", code]
        done = subprocess.run(
            [str(self.python), *script, *arguments],
            cwd=folder,
            env=peer_settings(folder),
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        assert done.returncode == 0, f"exit code {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-8000:]}"
        return done.stdout

    @contextmanager
    def server(self, folder: Path) -> Iterator[str]:
        """The address of a real MLflow server that stores below `folder`."""
        with mlflow_server(self.python, folder) as address:
            yield address
