"""The page about variables of the environment says of each what is true."""

from __future__ import annotations

import re
from pathlib import Path

import flowmill

PACKAGE = Path(flowmill.__file__).parent
PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "environment.md").read_text(encoding="utf-8")
NAME = re.compile(r"\bMLFLOW_\w+")


def named_in(section: str) -> set[str]:
    (text,) = [part for part in re.split(r"^## ", PAGE, flags=re.MULTILINE) if part.startswith(section)]
    return {name for row in text.splitlines() if row.startswith("|") for name in NAME.findall(row.split("|")[1])}


def test_every_variable_is_where_it_belongs() -> None:
    source = "\n".join(file.read_text(encoding="utf-8") for file in PACKAGE.rglob("*.py"))
    read = set(NAME.findall(source))
    assert named_in("Understood") | named_in("Refused") <= read
    assert not named_in("Passed over") & read
    settings = set(NAME.findall((PACKAGE / "settings.py").read_text(encoding="utf-8")))
    missing = {name for name in settings if not name.startswith("MLFLOW_WEBHOOK_")} - named_in("Understood")
    assert missing == named_in("Refused")
