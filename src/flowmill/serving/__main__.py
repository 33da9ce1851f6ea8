"""``python -m flowmill.serving SETTINGS``: what runs in a model's own environment; SETTINGS are JSON."""

from __future__ import annotations

import signal
import sys

import msgspec

from flowmill.errors import FlowmillError
from flowmill.serving.run import serve
from flowmill.serving.settings import ServingSettings


def main(settings: str) -> int:
    """Returns the exit code."""
    try:
        stopped_by = serve(msgspec.json.decode(settings, type=ServingSettings))
    except FlowmillError as error:
        print(f"Error: {error.message}", file=sys.stderr)
        return 1
    return 130 if stopped_by == signal.SIGINT else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
