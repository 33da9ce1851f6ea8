"""Record the golden files again: ``python -m tests.wire.record [story] [beyond] [raw] [series] [files]``.

Starts the real MLflow server behind the recording proxy, lets the real client tell the story and sends the
raw requests of ``scenarios/*.requests``, then writes ``golden/<operation>/<case>.json``. Review the difference
before committing it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.peer.environment import peer_python, peer_settings
from tests.peer.recorder import Exchange, recording
from tests.peer.server import mlflow_server
from tests.wire.golden_files import GOLDEN, write_goldens
from tests.wire.scenarios.raw import send_raw_requests

SCENARIOS = Path(__file__).parent / "scenarios"


def record_script(name: str) -> tuple[list[Exchange], dict[str, str]]:
    """The exchanges of the real client running a script with the real server, and what to hide of this machine.

    What the script reads back is written to ``scenarios/<name>.json``.
    """
    with tempfile.TemporaryDirectory() as home, mlflow_server(peer_python(), Path(home)) as upstream:
        folder = Path(home)
        script = shutil.copy(SCENARIOS / f"{name}.py", folder / f"{name}.py")
        with recording(upstream) as (recorder, address):
            command = [str(peer_python()), str(script), address, "--recorded"]
            told = subprocess.run(
                command, cwd=folder, check=True, env=peer_settings(folder), stdout=subprocess.PIPE, text=True
            )
            seen = json.loads(told.stdout.strip().rsplit("\n", 1)[-1])
            (SCENARIOS / f"{name}.json").write_text(json.dumps(seen, indent=1) + "\n", encoding="utf-8")
            return recorder.exchanges, {str(script): f"{name}.py", address: "http://127.0.0.1:5000"}


def record_raw(name: str) -> tuple[list[Exchange], dict[str, str]]:
    """The exchanges of hand-made requests: the odd, the wrong and the rare."""
    with (
        tempfile.TemporaryDirectory() as folder,
        mlflow_server(peer_python(), Path(folder)) as upstream,
        recording(upstream) as (recorder, address),
    ):
        send_raw_requests(name, address)
        return recorder.exchanges, {}


RECORDINGS = {
    "story": partial(record_script, "story"),
    "beyond": partial(record_script, "beyond"),
    **{name: partial(record_raw, name) for name in ("raw", "series", "files", "odd")},
}


def main() -> None:
    """Replace the golden files of the named scenarios, or of all, by fresh ones."""
    for scenario in sys.argv[1:] or RECORDINGS:
        exchanges, private = RECORDINGS[scenario]()
        for file in GOLDEN.glob(f"*/{scenario}-*.json"):
            file.unlink()
        write_goldens(scenario, exchanges, private)


if __name__ == "__main__":
    main()
