"""The page about clients says what the tests of clients know: the versions, and every difference with its reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.peer.environment import REST_CLIENT, VERSIONS
from tests.peer.life.comparison import Difference
from tests.peer.life.differences import DIFFERENCES, OLDER_SERVER, OUR_CLIENT

PAGE = (Path(__file__).parents[2] / "docs" / "guides" / "clients.md").read_text(encoding="utf-8")


def items(section: str) -> list[str]:
    """The list items of a section, each on one line."""
    text = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    (found,) = [part for part in text if part.startswith(section)]
    return [re.sub(r"\s+", " ", item).strip() for item in re.findall(r"^- (.*(?:\n  .*)*)", found, re.MULTILINE)]


@pytest.mark.parametrize(
    ("section", "differences"),
    [
        ("MLflow's clients with a Flowmill server", DIFFERENCES),
        ("Flowmill's client", tuple(each for each in OUR_CLIENT if each not in DIFFERENCES)),
        ("A server of MLflow 2", OLDER_SERVER),
    ],
)
def test_every_difference_is_told(section: str, differences: tuple[Difference, ...]) -> None:
    assert items(section) == [each.why for each in differences]


def test_every_version_is_named() -> None:
    for version in VERSIONS:
        assert f"| {version} |" in PAGE, version
    assert REST_CLIENT.rpartition("-")[2] in PAGE
