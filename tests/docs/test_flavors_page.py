"""The page about flavors names every flavor that there is, and the versions that it is checked with."""

from __future__ import annotations

import re
from pathlib import Path

from flowmill.models.flavor import FLAVORS
from tests.flavors.environments import ENVIRONMENTS, PINS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "guides" / "flavors.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `(\w+)` \|(.*)\|$", PAGE, re.MULTILINE))


def test_every_flavor_has_a_row() -> None:
    assert set(ROWS) == {name.replace("python_function", "pyfunc") for name in FLAVORS}


def test_every_flavor_is_checked() -> None:
    checked = {flavor for flavors in ENVIRONMENTS.values() for flavor in flavors}
    # Those two need no environment of their own: the tests of models hold them beside MLflow.
    assert checked | {"sklearn", "python_function"} == set(FLAVORS)


def test_the_versions_are_those_of_the_environments() -> None:
    for name, flavors in ENVIRONMENTS.items():
        pins = dict(line.split("==") for line in (PINS / f"{name}.txt").read_text(encoding="utf-8").split())
        for flavor in flavors:
            said = re.findall(r"([\w-]+) (\d+\.\d+)", ROWS[flavor].rpartition("|")[2])
            assert said, flavor
            for package, version in said:
                assert pins[package].startswith(f"{version}."), package
