"""The page about flavors names every flavor that there is, and the versions that it is checked with."""

from __future__ import annotations

import re
from pathlib import Path

from flowmill.models.flavor import FLAVORS
from tests.flavors.environments import ENVIRONMENTS, OLDER, OLDER_LIBRARIES, PINS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "guides" / "flavors.md").read_text(encoding="utf-8")
KEPT, _, CHECKED = PAGE.partition("## What each is checked with")
ROWS, CHECKS = (dict(re.findall(r"^\| `(\w+)` \|(.*)\|$", part, re.MULTILINE)) for part in (KEPT, CHECKED))


def test_every_flavor_has_a_row() -> None:
    assert set(ROWS) == set(CHECKS) == {name.replace("python_function", "pyfunc") for name in FLAVORS}


def test_every_flavor_is_checked() -> None:
    checked = {flavor for flavors in ENVIRONMENTS.values() for flavor in flavors}
    # Those two need no environment of their own: the tests of models hold them beside MLflow.
    assert checked | {"sklearn", "python_function"} == set(FLAVORS)


def test_the_versions_are_those_of_the_environments() -> None:
    for places in (ENVIRONMENTS, OLDER_LIBRARIES):
        for name, flavors in places.items():
            pins = dict(line.split("==") for line in (PINS / f"{name}.txt").read_text(encoding="utf-8").split())
            for flavor in flavors:
                said = re.findall(r"([\w-]+) (\d+\.\d+)(?:, (\d+\.\d+))?", CHECKS[flavor].partition("|")[0])
                assert said, flavor
                for package, newest, older in said:
                    version = newest if places is ENVIRONMENTS else older or newest
                    assert pins[package].startswith(f"{version}."), package


def test_what_mlflow_2_is_said_to_read_is_checked() -> None:
    checked = {name.partition("@")[0] for names in OLDER.values() for name in names}
    said = {flavor for flavor, row in CHECKS.items() if "not checked" not in row}
    # Those two are held beside MLflow 2.22 by the tests of models.
    assert said == checked | {"sklearn", "pyfunc"}
