"""Artifacts over HTTP: what is inside the root can be read and written, and nothing else."""

from __future__ import annotations

import pytest

from tests.server.conftest import Http

ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"


@pytest.fixture
def run_id(http_client: Http) -> str:
    """A run with one artifact, ``notes/a.txt``."""
    run_id = http_client.post("runs/create", experiment_id="0")["run"]["info"]["run_id"]
    put = http_client.send("PUT", f"{ARTIFACTS}/0/{run_id}/artifacts/notes/a.txt", b"hello")
    assert put.status == 200
    return run_id


def test_up_down_list_and_delete(http_client: Http, run_id: str) -> None:
    place = f"{ARTIFACTS}/0/{run_id}/artifacts/notes/a.txt"
    answer = http_client.send("GET", place)
    assert (answer.status, answer.body) == (200, b"hello")
    listed = http_client.send("GET", f"/api/2.0/mlflow/artifacts/list?run_id={run_id}&path=notes").json
    assert listed["files"] == [{"path": "notes/a.txt", "is_dir": False, "file_size": 5}]
    below = http_client.send("GET", f"{ARTIFACTS}?path=0/{run_id}/artifacts").json
    assert below["files"] == [{"path": "notes", "is_dir": True}]
    assert http_client.send("DELETE", place).status == 200
    assert http_client.send("GET", place).status == 404


def test_ways_to_the_same_file(http_client: Http, run_id: str) -> None:
    by_run = http_client.send("GET", f"/get-artifact?run_id={run_id}&path=notes/a.txt")
    assert by_run.body == b"hello"
    assert http_client.send("GET", f"/get-artifact?run_uuid={run_id}&path=notes/a.txt").body == b"hello"
    http_client.post("registered-models/create", name="m")
    http_client.post("model-versions/create", name="m", source=f"runs:/{run_id}/notes")
    by_version = http_client.send("GET", "/model-versions/get-artifact?name=m&version=1&path=a.txt")
    assert by_version.body == b"hello"
    model_id = http_client.post("logged-models", experiment_id="0", name="x")["model"]["info"]["model_id"]
    put = http_client.send("PUT", f"{ARTIFACTS}/0/models/{model_id}/artifacts/MLmodel", b"flavors: {}")
    assert put.status == 200
    path = f"/ajax-api/2.0/mlflow/logged-models/{model_id}/artifacts"
    assert http_client.send("GET", f"{path}/files?artifact_file_path=MLmodel").body == b"flavors: {}"
    assert http_client.send("GET", f"{path}/directories").json["files"][0]["path"] == "MLmodel"


def test_what_is_downloaded_is_inert_in_a_browser(http_client: Http, run_id: str) -> None:
    page = b"<script>fetch('/ajax-api/2.0/mlflow/experiments/search')</script>"
    for name in ("x.html", "x.svg", "x.xml", "x.js"):
        http_client.send("PUT", f"{ARTIFACTS}/0/{run_id}/artifacts/{name}", page)
        answer = http_client.send("GET", f"/get-artifact?run_id={run_id}&path={name}")
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["content-security-policy"].startswith("sandbox")
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_symlink_in_the_root_is_not_followed(http_client: Http, run_id: str) -> None:
    folder = http_client.folder / "artifacts" / "0" / run_id / "artifacts"
    (folder / "link").symlink_to("/etc")
    (folder / "file").symlink_to(http_client.folder / "secret.txt")
    for path in ("link/passwd", "file"):
        answer = http_client.send("GET", f"/get-artifact?run_id={run_id}&path={path}")
        assert answer.status in (403, 404), answer.body


def test_deletion_of_too_much_is_refused(http_client: Http, run_id: str) -> None:
    for path in ("0", f"0/{run_id}"):
        assert http_client.send("DELETE", f"{ARTIFACTS}/{path}").status == 400
    assert http_client.send("GET", f"/get-artifact?run_id={run_id}&path=notes/a.txt").status == 200


def test_a_large_file_passes_through(http_client: Http, run_id: str) -> None:
    content = bytes(range(256)) * 80_000  # 20 MB, more than is kept in memory
    place = f"{ARTIFACTS}/0/{run_id}/artifacts/big.bin"
    assert http_client.send("PUT", place, content).status == 200
    answer = http_client.send("GET", place)
    assert (answer.body == content, answer.headers["content-length"]) == (True, str(len(content)))


def test_missing_things(http_client: Http, run_id: str) -> None:
    assert http_client.send("GET", f"/get-artifact?run_id={run_id}").status == 400
    assert http_client.send("GET", "/get-artifact?path=x").status == 400
    assert http_client.send("GET", "/get-artifact?run_id=nope&path=x").status == 404
    assert http_client.send("GET", f"/get-artifact?run_id={run_id}&path=nope").status == 404
    assert http_client.send("GET", f"/get-artifact?run_id={run_id}&path=notes").status == 400
