"""The flavors whose libraries start quickly; the others are checked by `make test-flavors`."""

from __future__ import annotations

import pytest

from tests.flavors.environments import QUICK, check


@pytest.mark.peer
@pytest.mark.parametrize("flavor", QUICK)
def test_flavor(flavor: str) -> None:
    done = check(flavor)
    assert done.returncode == 0, done.stdout[-12_000:]
