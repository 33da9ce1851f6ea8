"""``python -m tests.peer.life.record [version …]``: write what each client reads back from its own server."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from tests.peer.environment import VERSIONS, peer_python
from tests.peer.life.comparison import FOLDER
from tests.peer.life.living import live
from tests.peer.server import mlflow_server


def main(versions: list[str]) -> None:
    """Record the versions named, or all."""
    for version in versions or VERSIONS:
        python = peer_python(version)
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            (folder / "server").mkdir()
            with mlflow_server(python, folder / "server") as address:
                seen = live(python, address, folder)
        text = json.dumps(seen, indent=1, ensure_ascii=False)
        (FOLDER / "seen" / f"mlflow-{version}.json").write_text(text + "\n", encoding="utf-8")
        print(f"MLflow {version}: {len(seen)} steps")


if __name__ == "__main__":
    main(sys.argv[1:])
