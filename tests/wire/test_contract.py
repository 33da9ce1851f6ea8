"""Whoever imports the contract has every operation; nothing is declared later, when a handler is loaded."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import flowmill.wire

COUNT = "from flowmill.wire.contract import OPERATIONS; print(len(OPERATIONS))"


def test_the_contract_declares_every_operation() -> None:
    folder = Path(flowmill.wire.__path__[0])
    done = subprocess.run([sys.executable, "-c", COUNT], capture_output=True, text=True, check=True)
    for module in folder.glob("*.py"):
        importlib.import_module(f"flowmill.wire.{module.stem}")
    from flowmill.wire.operation import OPERATIONS

    assert int(done.stdout) == len([each for each in OPERATIONS if each.__module__.startswith("flowmill.wire.")])
