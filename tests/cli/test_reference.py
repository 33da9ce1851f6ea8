"""The page of commands is that of the commands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_reference_is_up_to_date() -> None:
    tool = ROOT / "tools" / "cli_reference.py"
    subprocess.run([sys.executable, str(tool), "--check"], check=True, capture_output=True)
    text = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    for words in ("## server", "### runs list", "`MLFLOW_BACKEND_STORE_URI`", "FLOWMILL_SERVER_MAX_BODY"):
        assert words in text, words
