"""The application: every route has a permission, every mistake is JSON, nothing gives a 500."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowmill.artifacts.local import LocalArtifacts
from flowmill.server.app import App
from flowmill.server.files import accept_location
from flowmill.server.http import Incoming, Outgoing
from flowmill.server.static import Page
from flowmill.store.sql.engine import SqlStore
from flowmill.store.sql.places import Places
from flowmill.store.sql.sqlite import SqliteDatabase
from flowmill.testing.server import running
from flowmill.wire.contract import OPERATIONS
from flowmill.wire.permission import Permission
from tests.server.conftest import Http


def test_every_route_needs_a_permission(app: App) -> None:
    routes = [*app.routes.exact.values(), *(route for _, _, route in app.routes.patterns)]
    assert len(routes) > 200
    assert all(isinstance(route.needs, Permission) for route in routes)


def test_operations_answer_under_all_their_names(http_client: Http) -> None:
    for root in ("/api/2.0", "/ajax-api/2.0", "/api/2.0/preview", "/ajax-api/2.0/preview"):
        answer = http_client.send("GET", f"{root}/mlflow/experiments/get?experiment_id=0")
        assert answer.json["experiment"]["name"] == "Default"


def test_health_version_and_page(http_client: Http) -> None:
    assert http_client.send("GET", "/health").body == b"OK"
    assert http_client.send("GET", "/version").body == b"3.17.2"
    page = http_client.send("GET", "/")
    assert page.status == 200
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
    frame = http_client.send("GET", "/frame.html").headers["content-security-policy"]
    assert frame.startswith("sandbox allow-scripts; default-src 'none';") and frame.endswith("frame-ancestors 'self'")
    head = http_client.send("HEAD", "/health")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", "2")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/2.0/mlflow/nonsense", 404),
        ("GET", "/nonsense", 404),
        ("GET", "/api/2.0/mlflow/runs/create", 405),
        ("PATCH", "/api/2.0/mlflow/runs/get", 405),
        ("GET", "/../../etc/passwd", 404),
        ("GET", "/assets/../../app.py", 404),
        ("GET", "/api/2.0/mlflow/runs/get?run_id=%ff%fe", 400),
    ],
)
def test_unknown_paths_are_json_errors(http_client: Http, method: str, path: str, status: int) -> None:
    answer = http_client.send(method, path, Content_Type="application/json")
    assert answer.status == status
    assert set(answer.json) == {"error_code", "message"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b"\xff\xfe",
        b'{"run_id": "\\ud800"}',
        b'{"run_id": "a\\u0000b"}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"run_id": "x", "metrics": [{"key": "m", "value": 1, "timestamp": ' + b"9" * 5000 + b"}]}",
        b'{"run_id": "x", "metrics": [{"key": "m", "value": 1e999999, "timestamp": 1}]}',
        b'{"run_id": {"a": 1}, "metrics": 7}',
    ],
)
def test_bad_bodies_are_400(http_client: Http, body: bytes) -> None:
    answer = http_client.send("POST", "/api/2.0/mlflow/runs/log-batch", body, Content_Type="application/json")
    assert answer.status in (400, 404), answer.body
    assert "Traceback" not in answer.json["message"]


def test_a_body_that_is_too_large_is_413(http_client: Http) -> None:
    answer = http_client.send(
        "POST", "/api/2.0/mlflow/runs/log-batch", b"x", Content_Type="application/json", Content_Length="99999999999"
    )
    assert answer.status == 413
    assert "67,108,864" in answer.json["message"]


def test_numbers_that_are_not_finite(http_client: Http) -> None:
    run_id = http_client.post("runs/create", experiment_id="0")["run"]["info"]["run_id"]
    body = f'{{"run_id": "{run_id}", "key": "m", "value": NaN, "timestamp": "7"}}'.encode()
    answer = http_client.send("POST", "/api/2.0/mlflow/runs/log-metric", body, Content_Type="application/json")
    assert answer.status == 200
    for key, text in (("a", "Infinity"), ("b", "-Infinity")):
        http_client.post("runs/log-metric", run_id=run_id, key=key, value=text, timestamp=1)
    metrics = http_client.send("GET", f"/api/2.0/mlflow/runs/get?run_id={run_id}").json["run"]["data"]["metrics"]
    assert [each["value"] for each in metrics] == ["Infinity", "-Infinity", "NaN"]


def test_answers_are_compressed_when_asked(http_client: Http) -> None:
    for number in range(30):
        http_client.post("runs/create", experiment_id="0", run_name=f"run {number}")
    body = {"experiment_ids": ["0"]}
    plain = http_client.send("POST", "/api/2.0/mlflow/runs/search", body)
    packed = http_client.send("POST", "/api/2.0/mlflow/runs/search", body, Accept_Encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.body) < len(plain.body) / 3


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["0", "models:/m/1", "runs:/x/y", "../x", "ACTIVE_ONLY", "FINISHED", "metrics.a > 1", "NaN"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("operation", list(OPERATIONS.values()), ids=lambda operation: operation.name)
def test_no_fields_give_a_500(http_client: Http, operation: Any) -> None:
    names = [field.encode_name for field in msgspec.structs.fields(operation.request)]

    @given(fields=st.dictionaries(st.sampled_from(names) if names else st.text(max_size=5), VALUES, max_size=6))
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    def check(fields: dict[str, Any]) -> None:
        path = operation.paths[0]
        for name in names:
            path = path.replace(f"{{{name}}}", "m-1")
        body = json.dumps(fields).encode()
        answer = http_client.send(operation.methods[0], f"/api/{path}", body, Content_Type="application/json")
        assert answer.status in (200, 400, 404), (fields, answer.status, answer.body)

    check()


def test_below_a_prefix(tmp_path: Path) -> None:
    store = SqlStore(SqliteDatabase(tmp_path / "flowmill.db"), Places("mlflow-artifacts:/", accept_location))
    with running(App(store, LocalArtifacts(tmp_path / "artifacts"), prefix="/a/b")) as address:
        client = Http(address, tmp_path)
        assert client.send("GET", "/a/b/health").body == b"OK"
        assert client.send("GET", "/a/b/ajax-api/2.0/mlflow/experiments/get?experiment_id=0").status == 200
        moved = client.send("GET", "/a/b")
        assert (moved.status, moved.headers["location"]) == (308, "/a/b/")
        assert client.send("GET", "/a/b/").headers["content-type"].startswith("text/html")
        assert client.send("GET", "/a/bc/health").status == 404


def test_a_page_that_was_replaced_under_the_server_is_no_error_of_it(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    for name in ("index.html", "assets/old.js"):
        (tmp_path / name).write_text("old")
    page = Page(tmp_path)
    (tmp_path / "assets/old.js").unlink()

    def ask(path: str) -> Outgoing:
        async def receive() -> dict[str, Any]:
            return {}

        return page.answer(Incoming.of({"method": "GET", "headers": [], "query_string": b""}, receive, path))

    assert ask("/").body == b"old"
    gone = ask("/assets/old.js")
    assert gone.status == 404
    assert b"no longer installed" in gone.body
