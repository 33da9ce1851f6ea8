"""Servers whose certificates are of an authority of their own, and that want to see one of the client's."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

import flowmill as mlflow
from flowmill.artifacts import open_artifacts
from flowmill.errors import Invalid, Unavailable
from flowmill.store.rest import RestStore
from flowmill.wire.experiments import GetExperiment

ANSWER = b"""{"experiment": {"experiment_id": "7", "name": "n", "artifact_location": "", "lifecycle_stage": "active",
"last_update_time": 1, "creation_time": 1}, "files": []}"""


class Answers(BaseHTTPRequestHandler):
    """Answers everything alike."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate that is its own authority, with its key."""
    file = tmp_path / "certificate.pem"
    name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *name]
    subprocess.run([*command, "-keyout", tmp_path / "key.pem", "-out", file], check=True, capture_output=True)
    file.write_text(file.read_text() + (tmp_path / "key.pem").read_text())
    return file


@pytest.fixture
def address(certificate: Path) -> Iterator[str]:
    """A server that shows this certificate and wants one of the same authority."""
    server = HTTPServer(("127.0.0.1", 0), Answers)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.load_verify_locations(certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def ask(address: str) -> str:
    store = RestStore(address)
    try:
        return store.send(GetExperiment(experiment_id="7")).name
    finally:
        store.close()


def test_certificates_of_both_sides(address: str, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(Unavailable):
        ask(address)
    monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", str(certificate))
    with pytest.raises(Unavailable):  # it wants to see one as well
        ask(address)
    monkeypatch.setenv("MLFLOW_TRACKING_CLIENT_CERT_PATH", str(certificate))
    assert ask(address) == "n"
    assert open_artifacts("mlflow-artifacts:/a", address).list() == []


def test_what_cannot_be_meant(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", str(tmp_path / "none.pem"))
    with pytest.raises(Invalid, match="no such file"):
        ask("https://127.0.0.1:9")
    (tmp_path / "none.pem").touch()
    monkeypatch.setenv("MLFLOW_TRACKING_INSECURE_TLS", "true")
    with pytest.raises(Invalid, match="unset one"):
        ask("https://127.0.0.1:9")


def test_the_active_model_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    model = mlflow.create_external_model("m")
    monkeypatch.setenv("MLFLOW_ACTIVE_MODEL_ID", model.model_id)
    assert mlflow.get_active_model_id() == model.model_id
    with mlflow.start_run():
        mlflow.log_metric("a", 1.0)
    assert [each.key for each in mlflow.get_logged_model(model.model_id).metrics] == ["a"]
