"""Every name of MLflow's is here with its parameters, but for those that `not_here.py` lists with a reason."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache

import pytest

from tests.contract.lookup import NAMES, differences
from tests.contract.not_here import NOT_HERE

GROUPS = sorted({row["group"] for row in NAMES})


@cache
def differences_of(group: str) -> frozenset[str]:
    return frozenset(found for row in NAMES if row["group"] == group for found in differences(row))


def patterns() -> list[str]:
    return [pattern for text in NOT_HERE.values() for pattern in text.split()]


@pytest.mark.parametrize("group", GROUPS)
def test_names_are_here_with_their_parameters(group: str) -> None:
    known = patterns()
    unknown = [each for each in differences_of(group) if not any(fnmatchcase(each, pattern) for pattern in known)]
    assert not unknown, f"{len(unknown)} are not as in MLflow:\n" + "\n".join(sorted(unknown))


def test_what_is_listed_as_missing_is_missing() -> None:
    found = [each for group in GROUPS for each in differences_of(group)]
    there = [pattern for pattern in patterns() if not any(fnmatchcase(each, pattern) for each in found)]
    assert not there, "These are here now, take them off the list:\n" + "\n".join(there)
