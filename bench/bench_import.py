"""How long does a script wait for its first line after the import?"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.peer.environment import peer_settings

from bench.sides import Question, Sample, Side, timed


def measure(side: Side, folder: Path) -> Sample:
    """A process that imports and ends; its files were read before, as on any day but the first."""
    return timed([side.python, "-c", f"import {side.module}"], folder, side.settings(folder))


def bare_python(folder: Path) -> Sample:
    """A process that does nothing."""
    return timed([sys.executable, "-c", "pass"], folder, peer_settings(folder))


QUESTION = Question(
    asks="python -c 'import …', whole process",
    measure=measure,
    target="at most 30 ms more than bare Python (baseline)",
    rounds=7,
    others={"baseline": bare_python},
)
