"""Each test logs to a folder of its own."""

from __future__ import annotations

from tests.tracking.conftest import folder

__all__ = ["folder"]
