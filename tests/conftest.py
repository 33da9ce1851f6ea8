"""Fixtures that every kind of test may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases.postgres import bundled_server, new_database
from tests.peer.azurite import azure_server
from tests.peer.environment import peer_python
from tests.peer.peer import Peer
from tests.peer.s3 import s3_server
from tests.peer.server import flowmill_server
from tests.webhooks.receiver import Receiver, receiving

# Whoever works on the code has uncommitted changes: runs of tests do not look at them, but where a test asks for it.
os.environ["FLOWMILL_SOURCE_PATCH"] = "false"


@pytest.fixture(scope="session")
def peer() -> Peer:
    """The real MLflow in an environment of its own, made on first use."""
    return Peer(peer_python())


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allows webhooks to plain HTTP at 127.0.0.1, and to nothing else that is not public."""
    monkeypatch.setenv("MLFLOW_WEBHOOK_ALLOWED_SCHEMES", "http,https")
    monkeypatch.setenv("FLOWMILL_WEBHOOK_ALLOWED_HOSTS", "127.0.0.1")
    monkeypatch.setenv("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")


@pytest.fixture
def receiver(operator: None) -> Iterator[Receiver]:
    """A receiver of webhooks that may be sent to."""
    with receiving() as running:
        yield running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a fresh Flowmill server, a real process that stores below ``tmp_path/server``."""
    folder = tmp_path / "server"
    folder.mkdir()
    with flowmill_server(folder) as address:
        yield address


@pytest.fixture(scope="session")
def s3_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a real S3 with the bucket ``bucket``."""
    with s3_server(tmp_path_factory.mktemp("s3")) as settings:
        yield settings


@pytest.fixture
def s3(s3_settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The same, as the environment of this process."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in s3_settings.items():
        monkeypatch.setenv(name, value)
    return s3_settings


@pytest.fixture(scope="session")
def azure_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of Azure's emulator with the container ``container``."""
    with azure_server(tmp_path_factory.mktemp("azure")) as settings:
        yield settings


@pytest.fixture
def azure(azure_settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The same, as the environment of this process."""
    for name in [name for name in os.environ if name.startswith("AZURE_")]:
        monkeypatch.delenv(name)
    for name, value in azure_settings.items():
        monkeypatch.setenv(name, value)
    return azure_settings


@pytest.fixture
def gcs(s3_settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Google's XML protocol, spoken to moto: it is S3's with other headers. No emulator that a package registry
    has speaks more of it, so that accounts, tokens and signatures of Google's are not tested."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", s3_settings["MLFLOW_S3_ENDPOINT_URL"])


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URI of a PostgreSQL of this test session's own."""
    with bundled_server() as uri:
        yield uri


@pytest.fixture
def postgres_uri(postgres_server: str) -> str:
    """An empty database."""
    return new_database(postgres_server)
