from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from flowmill.artifacts.http import HttpArtifacts
from flowmill.artifacts.local import LocalArtifacts
from flowmill.artifacts.open import open_artifacts
from flowmill.artifacts.store import ArtifactStore
from tests.artifacts.protocol_server import Faults, serving
from tests.peer.environment import peer_python
from tests.peer.server import mlflow_server

# pytest tests/artifacts --hypothesis-profile thorough
settings.register_profile("thorough", max_examples=100_000, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Faults]]:
    with serving(tmp_path / "served") as running:
        yield running


@pytest.fixture(scope="session")
def mlflow_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with mlflow_server(peer_python(), tmp_path_factory.mktemp("mlflow")) as address:
        yield address


@pytest.fixture(params=["local", "http", "s3", "memory", pytest.param("mlflow", marks=pytest.mark.peer)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ArtifactStore:
    """Each kind of store in turn, empty."""
    match request.param:
        case "local":
            return LocalArtifacts(tmp_path / "artifacts")
        case "http":
            address, _ = request.getfixturevalue("server")
            return HttpArtifacts(address, "1/run/artifacts")
        case "s3":
            request.getfixturevalue("s3")
            return open_artifacts(f"s3://bucket/{tmp_path.name}/1/run")
        case "memory":
            return open_artifacts(f"memory://{tmp_path.name}")
        case _:
            return HttpArtifacts(request.getfixturevalue("mlflow_address"), tmp_path.name)


@pytest.fixture(params=["local", "http", "s3", "memory"])
def faithful_store(request: pytest.FixtureRequest, tmp_path: Path) -> ArtifactStore:
    """Each kind of store that keeps every name as it is given; MLflow's server decodes names twice and
    refuses ``?`` and ``#``."""
    if request.param == "local":
        return LocalArtifacts(tmp_path / "artifacts")
    if request.param == "s3":
        request.getfixturevalue("s3")
        return open_artifacts(f"s3://bucket/{tmp_path.name}/faithful")
    if request.param == "memory":
        return open_artifacts(f"memory://{tmp_path.name}")
    address, _ = request.getfixturevalue("server")
    return HttpArtifacts(address, "1/run/artifacts")
