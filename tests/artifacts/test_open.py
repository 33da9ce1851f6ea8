"""Which address opens which store."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowmill.artifacts.open import local_path, open_artifacts
from flowmill.client.client import Client
from flowmill.errors import Invalid
from tests.artifacts.protocol_server import Faults


@pytest.mark.parametrize("form", ["{path}", "file://{path}", "file:{path}", "FILE://localhost{path}"])
def test_folders(form: str, tmp_path: Path) -> None:
    open_artifacts(form.format(path=tmp_path / "x")).put("a.txt", b"1")
    assert (tmp_path / "x" / "a.txt").read_bytes() == b"1"


def test_file_uris_are_decoded_once(tmp_path: Path) -> None:
    odd = tmp_path / "a b#%20ü"
    open_artifacts(odd.as_uri()).put("x", b"1")
    assert (odd / "x").exists()
    open_artifacts(str(tmp_path / "c%20d#?")).put("x", b"1")
    assert (tmp_path / "c%20d#?" / "x").exists()
    assert local_path("file:///a%2520b") == Path("/a%20b")


def test_a_relative_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = open_artifacts("./x")
    monkeypatch.chdir("/")
    store.put("a", b"1")
    assert (tmp_path / "x" / "a").exists()


@pytest.mark.parametrize(
    ("uri", "request_path"),
    [
        ("mlflow-artifacts:/1/run/artifacts", "/api/2.0/mlflow-artifacts/artifacts/1/run/artifacts/a"),
        ("mlflow-artifacts:/", "/api/2.0/mlflow-artifacts/artifacts/a"),
        ("mlflow-artifacts:/x?y#z 50%", "/api/2.0/mlflow-artifacts/artifacts/x%3Fy%23z%2050%25/a"),
        ("mlflow-artifacts://{host}/p", "/api/2.0/mlflow-artifacts/artifacts/p/a"),
        ("http://{host}/api/2.0/mlflow-artifacts/artifacts/p%20q", "/api/2.0/mlflow-artifacts/artifacts/p%20q/a"),
        ("http://{host}/ajax-api/2.0/mlflow-artifacts/artifacts", "/api/2.0/mlflow-artifacts/artifacts/a"),
    ],
)
def test_servers(uri: str, request_path: str, server: tuple[str, Faults]) -> None:
    address, faults = server
    host = address.removeprefix("http://")
    open_artifacts(uri.format(host=host), f"{address}/").put("a", b"1")
    assert faults.requests == [f"PUT {request_path}"]


def test_a_server_below_a_base_path(server: tuple[str, Faults]) -> None:
    address, faults = server
    open_artifacts("mlflow-artifacts:/p", f"{address}/team/flow").list()
    open_artifacts(f"{address}/team/flow/api/2.0/mlflow-artifacts/artifacts/p").list()
    assert faults.requests == ["GET /team/flow/api/2.0/mlflow-artifacts/artifacts?path=p"] * 2


def test_credentials_stay_with_the_server_they_are_for(server: tuple[str, Faults]) -> None:
    address, faults = server
    secret = {"Authorization": "Bearer secret"}
    host = address.removeprefix("http://")
    for uri, tracking_uri, sent in (
        ("mlflow-artifacts:/p", address, True),
        (f"mlflow-artifacts://{host}/p", address, True),
        (f"mlflow-artifacts://{host}/p", "http://elsewhere.example", False),
        (f"{address}/api/2.0/mlflow-artifacts/artifacts/p", address, True),
        (f"{address}/api/2.0/mlflow-artifacts/artifacts/p", "http://elsewhere.example", False),
    ):
        open_artifacts(uri, tracking_uri, secret).list()
        assert ("Authorization" in faults.headers[-1]) is sent, uri


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("", "empty"),
        ("ftp://host/x", "ftp: is not supported; use a folder or one of file:"),
        ("s3:/bucket/x", "names no bucket"),
        ("s3:///x", "names no bucket"),
        ("s3://user:secret@bucket/x", "names no bucket"),
        ("s3://bucket/../x", "not allowed"),
        ("gs://b%2e/x", "names no bucket"),
        ("wasbs://c@evil.host/x", "not a host of Azure"),
        ("abfss://fs@a.dfs.core.windows.net.evil.host/x", "not a host of Azure"),
        ("gopher:x", "not supported"),
        ("mlflow-artifacts:/x", "set it to the server's http address"),
        ("file://server/share", "names the machine 'server'"),
        ("file:", "names no folder"),
        ("file:///x?y", "write them as %3F"),
        ("file:///x#y", "write them as %3F"),
        ("file:///%ff", "no valid UTF-8"),
        ("http://h/other/place", "is not the address of artifacts"),
        ("http://h/api/2.0/mlflow-artifacts/artifacts/x?/../..", "is not the address"),
        ("http://h/api/2.0/mlflow-artifacts/artifacts/%2e%2e/x", "not allowed"),
        ("http://u:secret@h/other", "'http://h/other'"),
    ],
)
def test_what_no_store_answers_to(uri: str, says: str) -> None:
    with pytest.raises(Invalid) as refusal:
        open_artifacts(uri)
    assert says in refusal.value.message
    assert "secret" not in refusal.value.message


@pytest.mark.parametrize("uri", ["mlflow-artifacts:/../x", "mlflow-artifacts://h/a/../../x", "mlflow-artifacts:/a\\b"])
def test_a_stored_location_cannot_lead_out(uri: str) -> None:
    with pytest.raises(Invalid, match="not allowed"):
        open_artifacts(uri, "http://127.0.0.1:9")


def test_a_client_sends_its_credentials_to_its_own_server(
    server: tuple[str, Faults], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, faults = server
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "secret")
    Client(address).open_artifacts("mlflow-artifacts:/p").list()
    assert faults.headers[-1]["Authorization"] == "Bearer secret"
    Client("http://elsewhere.example").open_artifacts(f"mlflow-artifacts://{address[7:]}/p").list()
    assert "Authorization" not in faults.headers[-1]
