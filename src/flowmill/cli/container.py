"""What runs in an image made by ``models build-docker``: ``models serve`` for the model in it, on all addresses."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from flowmill.cli.main import main
from flowmill.models.docker import MODEL_FOLDER, PORT


def command(words: list[str]) -> list[str]:
    """The words of the command; those given to the container come last, so that they count."""
    # SageMaker starts every image with this word.
    given = words[1:] if words[:1] == ["serve"] else words
    # The image has the model's environment, unless it was made for any model.
    ready = ["--env-manager", "local"] if os.environ.get("FLOWMILL_ENVIRONMENT_READY") == "true" else []
    folder = os.environ.get("FLOWMILL_MODEL", MODEL_FOLDER)
    if not Path(folder).is_dir():
        sys.exit(f"Error: there is no model at {folder}: mount one there (docker run -v /path/to/model:{folder}).")
    place = ["--host", "0.0.0.0", "--port", str(PORT)]
    return ["models", "serve", "--model-uri", folder, *place, *ready, *given]


if __name__ == "__main__":
    main(command(sys.argv[1:]))
