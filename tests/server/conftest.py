"""A server in this process, and a plain HTTP client that sends exactly what it is told."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flowmill.artifacts.local import LocalArtifacts
from flowmill.artifacts.open import open_served
from flowmill.server.app import App
from flowmill.server.files import accept_location
from flowmill.server.gate import Gate
from flowmill.store.sql.engine import SqlStore
from flowmill.store.sql.places import Places
from flowmill.store.sql.sqlite import SqliteDatabase
from flowmill.testing.server import running


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Http:
    """Sends requests as they are: no redirects, no header of its own but Host."""

    def __init__(self, address: str, folder: Path) -> None:
        self.address = address
        self.folder = folder

    def send(self, method: str, path: str, body: bytes | dict[str, Any] | None = None, **headers: str) -> Answer:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection(self.address.removeprefix("http://"), timeout=20)
        content = json.dumps(body).encode() if isinstance(body, dict) else body
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, dict):
            sent.setdefault("Content-Type", "application/json")
        connection.request(method, path, content, sent)
        response = connection.getresponse()
        answer = Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        connection.close()
        return answer

    def post(self, operation: str, **fields: Any) -> Any:
        """An operation of MLflow's API that must succeed."""
        answer = self.send("POST", f"/api/2.0/mlflow/{operation}", fields)
        assert answer.status == 200, answer.body
        return answer.json


@pytest.fixture
def app(tmp_path: Path) -> App:
    """The application over a fresh folder."""
    store = SqlStore(SqliteDatabase(tmp_path / "flowmill.db"), Places("mlflow-artifacts:/", accept_location))
    gate = Gate(hosts=["flowmill.example"], origins=["https://dashboard.example"])
    return App(store, LocalArtifacts(tmp_path / "artifacts"), gate=gate)


@pytest.fixture
def s3_client(s3: dict[str, str], tmp_path: Path) -> Iterator[Http]:
    """A client of an application whose artifacts are in S3."""
    store = SqlStore(SqliteDatabase(tmp_path / "flowmill.db"), Places("mlflow-artifacts:/", accept_location))
    with running(App(store, open_served(f"s3://bucket/{tmp_path.name}"))) as address:
        yield Http(address, tmp_path)


@pytest.fixture
def http_client(app: App, tmp_path: Path) -> Iterator[Http]:
    """A client of that application, served over real HTTP."""
    with running(app) as address:
        yield Http(address, tmp_path)
