"""What an operator looks at: readiness, counts, the access log; and how the server is told where things are."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import pytest

from flowmill.client import Client
from flowmill.errors import Invalid
from flowmill.server.metrics import Counters
from flowmill.server.run import ServerSettings, make_app
from flowmill.store.open import open_sql_store
from flowmill.testing.server import running
from flowmill.wire.promptlab import CreatePromptlabRun, PromptValue
from tests.server.conftest import Http
from tests.server.test_workers import started


def test_counts_of_all_workers(tmp_path: Path) -> None:
    options = ("--workers", "2", "--expose-prometheus", str(tmp_path / "counts"), "--access-log", str(tmp_path / "log"))
    with started(tmp_path, *options) as (process, address, _):
        http = Http(address, tmp_path)
        run_id = Client(address).create_run("0").info.run_id
        for _ in range(20):  # on connections of their own, so that both workers get some
            http.post("runs/log-metric", run_id=run_id, key="m", value=1, timestamp=1)
        assert http.send("GET", "/api/2.0/mlflow/runs/get?run_id=nope").status == 404
        assert http.send("GET", "/nonsense").status == 404
        text = http.send("GET", "/metrics").body.decode()
        assert http.send("GET", "/ready").body == b"ready"
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    assert 'flowmill_requests_total{operation="LogMetric",status="200"} 20' in text
    assert 'flowmill_requests_total{operation="GetRun",status="404"} 1' in text
    assert 'flowmill_requests_total{operation="unknown",status="404"} 1' in text
    assert 'flowmill_request_seconds_count{operation="LogMetric"} 20' in text
    assert re.search(r'flowmill_request_seconds_bucket{operation="LogMetric",le="\+Inf"} 20\n', text)
    assert 'flowmill_writer_queue{worker="1"}' in text and "flowmill_database_connections" in text
    for line in text.splitlines():  # the format that Prometheus reads
        assert line.startswith("# ") or re.fullmatch(r'[a-z_]+({[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*})? [0-9.]+', line), (
            line
        )
    assert (tmp_path / "counts" / "flowmill-metrics").stat().st_size > 0
    logged = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    (missing,) = [each for each in logged if each["operation"] == "GetRun"]
    assert (missing["status"], missing["path"]) == (404, "/api/2.0/mlflow/runs/get")  # without the query
    assert {each["operation"] for each in logged} >= {"CreateRun", "LogMetric", "metrics", "ready", "unknown"}


def test_counters_of_workers_add_up() -> None:
    counters = Counters(["GetRun", "page"], workers=2)
    counters.count("GetRun", 200, 0.003)
    counters.belong_to(1)
    counters.count("GetRun", 200, 0.3)
    counters.count("GetRun", 418, 100.0)
    text = counters.text("1.0").decode()
    assert 'requests_total{operation="GetRun",status="200"} 2\n' in text
    assert 'requests_total{operation="GetRun",status="other"} 1\n' in text
    assert 'seconds_bucket{operation="GetRun",le="0.005"} 1\n' in text
    assert 'seconds_bucket{operation="GetRun",le="60.0"} 2\n' in text
    assert 'seconds_sum{operation="GetRun"} 100.303000\n' in text
    assert 'operation="page"' not in text


def test_metrics_are_off_unless_asked_for(http_client: Http) -> None:
    assert http_client.send("GET", "/metrics").status == 404


def test_a_server_without_its_database_lives_but_is_not_ready(postgres_uri: str, tmp_path: Path) -> None:
    import psycopg

    app = make_app(ServerSettings(store=postgres_uri, artifacts=str(tmp_path)))
    with running(app) as address:
        http = Http(address, tmp_path)
        assert http.send("GET", "/ready").status == 200
        name = re.search(r"/(test_\d+)\?", postgres_uri)
        assert name is not None
        with psycopg.connect(postgres_uri.replace(f"/{name[1]}?", "/postgres?"), autocommit=True) as admin:
            admin.execute(f"ALTER DATABASE {name[1]} ALLOW_CONNECTIONS false")  # type: ignore[arg-type]
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name[1],))
            answer = http.send("GET", "/ready")
            assert (answer.status, answer.json["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
            assert http.send("GET", "/health").status == 200
        app.draining = True
        assert "stopping" in http.send("GET", "/ready").json["message"]


def test_clients_write_artifacts_themselves(tmp_path: Path) -> None:
    root = tmp_path / "shared"
    settings = ServerSettings(store=str(tmp_path / "mlruns"), artifact_root=str(root), serve_artifacts=False)
    with running(make_app(settings)) as address:
        client = Client(address)
        run = client.create_run("0")
        assert run.info.artifact_uri == f"{root.as_uri()}/0/{run.info.run_id}/artifacts"
        client.log_text(run.info.run_id, "hello", "a.txt")
        assert (root / "0" / run.info.run_id / "artifacts" / "a.txt").read_text() == "hello"
        http = Http(address, tmp_path)
        listed = http.send("GET", f"/api/2.0/mlflow/artifacts/list?run_id={run.info.run_id}").json
        assert [each["path"] for each in listed["files"]] == ["a.txt"]  # the page still shows them
        refused = http.send("GET", "/api/2.0/mlflow-artifacts/artifacts?path=")
        assert refused.status == 503 and "--no-serve-artifacts" in refused.json["message"]
        for location in ("s3://bucket/x", "file:///etc", f"{root.as_uri()}/../x"):
            answer = http.send(
                "POST", "/api/2.0/mlflow/experiments/create", {"name": location, "artifact_location": location}
            )
            assert answer.status == 400, location


def test_experiments_in_a_bucket_that_clients_write_to(tmp_path: Path) -> None:
    settings = ServerSettings(store=str(tmp_path), artifact_root="s3://bucket/flowmill", serve_artifacts=False)
    with running(make_app(settings)) as address:
        client = Client(address)
        experiment = client.get_experiment(client.create_experiment("a"))
        assert experiment.artifact_location == "s3://bucket/flowmill/1"
        own = client.create_experiment("b", artifact_location="s3://bucket/flowmill/b")
        assert client.get_experiment(own).artifact_location == "s3://bucket/flowmill/b"


def test_a_server_for_artifacts_alone(tmp_path: Path) -> None:
    with started(tmp_path, "--artifacts-only", "--artifacts-destination", str(tmp_path / "files")) as (
        _,
        address,
        said,
    ):
        http = Http(address, tmp_path)
        place = "/api/2.0/mlflow-artifacts/artifacts/0/run/artifacts/a.txt"
        assert http.send("PUT", place, b"hello").status == 200
        assert http.send("GET", place).body == b"hello"
        assert http.send("GET", "/version").status == 200
        assert http.send("GET", "/api/3.0/mlflow/server-info").status == 200
        for path in ("/api/2.0/mlflow/experiments/get?experiment_id=0", "/get-artifact?run_id=x&path=y"):
            answer = http.send("GET", path)
            assert answer.status == 503 and "--artifacts-only" in answer.json["message"]
        assert http.send("GET", "/").status == 404
        assert "artifacts in" in said.read_text()
    assert not (tmp_path / "mlruns").exists()


def test_reads_go_to_the_replica(postgres_server: str, postgres_uri: str, tmp_path: Path) -> None:
    """A second database stands for a copy that lags: what is only there shows who answered."""
    import psycopg

    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS replica")
        connection.execute("CREATE DATABASE replica")
    replica = postgres_server.replace("/postgres?", "/replica?")
    on_replica = open_sql_store(replica, artifact_root="mlflow-artifacts:/", accept=lambda uri: uri)
    app = make_app(ServerSettings(store=postgres_uri, replica=replica, artifacts=str(tmp_path)))
    with running(app) as address:
        client = Client(address)
        new = client.create_experiment("on the primary")
        assert client.get_experiment(new).name == "on the primary"  # not on the replica yet, so asked for again
        assert [each.name for each in client.search_experiments()] == ["Default"]
    on_replica.close()
    with pytest.raises(Invalid, match="belongs to PostgreSQL"):
        make_app(ServerSettings(store=str(tmp_path), replica=postgres_uri))


def test_a_prompt_that_was_tried_is_a_run(http_client: Http) -> None:
    path = "/ajax-api/2.0/mlflow/runs/create-promptlab-run"
    fields = {
        "experiment_id": "0",
        "run_name": "tried",
        "prompt_template": "say {{x}}",
        "prompt_parameters": [{"key": "x", "value": "hi"}],
        "model_route": "gpt",
        "model_parameters": [{"key": "temperature", "value": 0.1}],
        "model_input": "say hi",
        "model_output_parameters": [{"key": "tokens", "value": "10"}],
        "model_output": "hello",
        "mlflow_version": "3.17.2",
        "user_id": "ada",
        "start_time": 123,
        "tags": [{"key": "a", "value": "b"}],
    }
    run = http_client.send("POST", path, fields).json["run"]
    assert (run["info"]["status"], run["info"]["start_time"], run["info"]["user_id"]) == ("FINISHED", 123, "ada")
    params = {each["key"]: each["value"] for each in run["data"]["params"]}
    assert params == {"temperature": "0.1", "model_route": "gpt", "prompt_template": "say {{x}}"}
    tags = {each["key"]: each["value"] for each in run["data"]["tags"]}
    assert tags["a"] == "b" and tags["mlflow.runSourceType"] == "PROMPT_ENGINEERING"
    (logged,) = json.loads(tags["mlflow.loggedArtifacts"])
    table = http_client.send("GET", f"/get-artifact?run_id={run['info']['run_id']}&path={logged['path']}").json
    # What MLflow's own server writes for the same request.
    assert table == {"columns": ["x", "prompt", "output", "tokens"], "data": [["hi", "say hi", "hello", "10"]]}
    for name in (
        "experiment_id",
        "prompt_template",
        "prompt_parameters",
        "model_route",
        "model_input",
        "mlflow_version",
    ):
        answer = http_client.send("POST", path, {key: value for key, value in fields.items() if key != name})
        assert answer.status == 400 and name in answer.json["message"]
    failed = http_client.send("POST", path, {**fields, "model_parameters": [{"key": "model_route", "value": "other"}]})
    assert failed.status == 400
    found = http_client.post("runs/search", experiment_ids=["0"], filter="attributes.status = 'FAILED'")
    assert len(found["runs"]) == 1
    assert PromptValue("k", True).text == "True" and CreatePromptlabRun.__doc__
