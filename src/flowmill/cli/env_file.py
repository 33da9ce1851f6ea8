"""Files of ``NAME=value`` lines."""

from __future__ import annotations

import os
from pathlib import Path


def load_env_file(path: str) -> None:
    """Set each variable of the file that the environment does not have yet."""
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            os.environ.setdefault(name.strip(), value.strip().strip("\"'"))
