"""What pins versions names no index and is complete on every platform."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def test_constraints_are_names_and_versions() -> None:
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9._!]+", line), line


def test_the_pages_lock_names_no_index_of_its_own() -> None:
    lock: dict[str, Any] = json.loads((ROOT / "ui" / "package-lock.json").read_text(encoding="utf-8"))
    for name, package in lock["packages"].items():
        assert package.get("resolved", "https://registry.npmjs.org/").startswith("https://registry.npmjs.org/"), name


def test_the_pages_lock_holds_every_platforms_part() -> None:
    """``npm ci`` refuses a lock that misses a part for another platform, on all platforms."""
    lock: dict[str, Any] = json.loads((ROOT / "ui" / "package-lock.json").read_text(encoding="utf-8"))
    held = {name.rpartition("node_modules/")[2] for name in lock["packages"]}
    for name, package in lock["packages"].items():
        missing = set(package.get("optionalDependencies", {})) - held
        assert not missing, f"{name or 'the page'} misses {sorted(missing)}"
