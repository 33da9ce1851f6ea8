"""Requests are signed with AWS credentials; the signature is computed here once more, as AWS's specification has it."""

from __future__ import annotations

import hashlib
import hmac
import sys
import threading
from collections.abc import Generator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from flowmill.artifacts.http import HttpArtifacts
from flowmill.errors import Invalid
from flowmill.settings import Settings
from flowmill.store.rest import RestStore
from flowmill.wire.experiments import GetExperimentByName

KEY, SECRET, REGION = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "eu-central-1"
EXPERIMENT = (
    b'{"experiment": {"experiment_id": "7", "name": "a b", "artifact_location": "x", "lifecycle_stage": "active", '
    b'"creation_time": 1, "last_update_time": 1}}'
)


def signature(method: str, path: str, headers: Mapping[str, str], body: bytes) -> str:
    """What Authorization must be; ``headers`` by names in lower case.

    By https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    parts = urlsplit(path)
    names = headers["authorization"].split("SignedHeaders=")[1].split(",")[0]
    query = "&".join(
        f"{quote(key, safe='')}={quote(value, safe='')}"
        for key, value in sorted(parse_qsl(parts.query, keep_blank_values=True))
    )
    canonical = "\n".join(
        [
            method,
            quote(parts.path, safe="/~"),
            query,
            *(f"{name}:{headers[name].strip()}" for name in names.split(";")),
            "",
            names,
            hashlib.sha256(body).hexdigest(),
        ]
    )
    time = headers["x-amz-date"]
    scope = f"{time[:8]}/{REGION}/execute-api/aws4_request"
    signed = "\n".join(["AWS4-HMAC-SHA256", time, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{SECRET}".encode()
    for word in scope.split("/"):
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    digest = hmac.new(key, signed.encode(), hashlib.sha256).hexdigest()
    return f"AWS4-HMAC-SHA256 Credential={KEY}/{scope}, SignedHeaders={names}, Signature={digest}"


class Gateway(BaseHTTPRequestHandler):
    """Lets through what is signed as it must be."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        right = headers.get("authorization") == signature(self.command, self.path, headers, body)
        answer = EXPERIMENT if self.command == "GET" else b"{}"
        self.send_response(200 if right else 403)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_PUT = do_POST = _answer

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Generator[str]:
    """The address of a server that wants signatures, and AWS credentials in the environment."""
    for name, value in (
        ("MLFLOW_TRACKING_AWS_SIGV4", "true"),
        ("AWS_ACCESS_KEY_ID", KEY),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_DEFAULT_REGION", REGION),
        ("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0"),
    ):
        monkeypatch.setenv(name, value)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_operations_are_signed(gateway: str) -> None:
    store = RestStore(gateway)
    assert store.send(GetExperimentByName(experiment_name="a b")).experiment_id == "7"
    store.close()


def test_files_are_signed(gateway: str, tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(b"\x00\xff" * 100_000)
    HttpArtifacts(gateway, "").put("folder/a file.bin", tmp_path / "weights.bin")


@pytest.mark.parametrize(
    ("unset", "said"),
    [
        ("AWS_DEFAULT_REGION", "no.* is set: set AWS_DEFAULT_REGION|none is set"),
        ("AWS_ACCESS_KEY_ID", "no AWS credentials"),
    ],
)
def test_what_is_missing_is_said(
    gateway: str, unset: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(unset)
    for name, value in (("HOME", str(tmp_path)), ("AWS_EC2_METADATA_DISABLED", "true")):
        monkeypatch.setenv(name, value)
    with pytest.raises(Invalid, match=said):
        RestStore(gateway)


def test_without_botocore_there_is_one_sentence(gateway: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "botocore.session", None)
    monkeypatch.setenv("AWS_PROFILE", "one-that-no-other-test-has")
    with pytest.raises(Invalid, match="pip install botocore"):
        RestStore(gateway)


def test_two_that_sign_are_refused(gateway: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_AUTH", "vault")
    with pytest.raises(Invalid, match="unset one"):
        RestStore(gateway, Settings.from_environment())
