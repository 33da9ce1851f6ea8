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


PLACES = {
    "s3": "s3://bucket/{name}/1/run",
    "gcs": "gs://bucket/{name}/1/run",
    "azure": "az://container/{name}/1/run",
    "memory": "memory://{name}",
}


def opened(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> ArtifactStore:
    """An empty store of a kind."""
    match kind:
        case "local":
            return LocalArtifacts(tmp_path / "artifacts")
        case "http":
            address, _ = request.getfixturevalue("server")
            return HttpArtifacts(address, "1/run/artifacts")
        case "mlflow":
            return HttpArtifacts(request.getfixturevalue("mlflow_address"), tmp_path.name)
        case _:
            if kind != "memory":
                request.getfixturevalue(kind)
            return open_artifacts(PLACES[kind].format(name=tmp_path.name))


@pytest.fixture(params=["local", "http", *PLACES, pytest.param("mlflow", marks=pytest.mark.peer)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ArtifactStore:
    """Each kind of store in turn, empty."""
    return opened(request.param, request, tmp_path)


@pytest.fixture(params=["local", "http", *PLACES])
def faithful_store(request: pytest.FixtureRequest, tmp_path: Path) -> ArtifactStore:
    """Each kind of store that keeps every name as it is given; MLflow's server decodes names twice and
    refuses ``?`` and ``#``."""
    return opened(request.param, request, tmp_path)
