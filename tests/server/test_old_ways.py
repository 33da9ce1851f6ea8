"""HTTP as clients in other languages speak it: the Java and R clients, curl, and what stands between."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from tests.server.conftest import Http

API = "/api/2.0/mlflow/"


@dataclass
class Line:
    """A connection on which bytes are sent as they are and answers read one by one."""

    plug: socket.socket
    rest: bytes = b""

    def send(self, text: str, body: bytes = b"") -> None:
        """A head whose lines end as HTTP wants, and a body."""
        self.plug.sendall(text.strip().replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The next answer: status, headers, body."""
        while b"\r\n\r\n" not in self.rest:
            self._more()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        status = int(first.split()[1])
        size = 0 if status < 200 else int(headers["content-length"])
        while len(self.rest) < size:
            self._more()
        body, self.rest = self.rest[:size], self.rest[size:]
        return status, headers, body

    def is_closed(self) -> bool:
        """Whether the server has ended the connection."""
        return self.plug.recv(1) == b""

    def _more(self) -> None:
        part = self.plug.recv(65536)
        assert part, f"the connection was closed after {self.rest[:200]!r}"
        self.rest += part


@pytest.fixture
def line(http_client: Http) -> Iterator[Line]:
    """A connection to the server."""
    host, _, port = http_client.address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as plug:
        yield Line(plug)


def post(operation: str, **fields: Any) -> tuple[str, bytes]:
    """The head and body of a POST as an HTTP/1.1 client sends it."""
    body = json.dumps(fields).encode()
    head = (
        f"POST {API}{operation} HTTP/1.1\nHost: 127.0.0.1\nContent-Type: application/json\nContent-Length: {len(body)}"
    )
    return head, body


def test_one_connection_for_many_requests(line: Line) -> None:
    line.send(*post("runs/create", experiment_id="0", user_id="ada"))
    status, _, body = line.answer()
    run_id = json.loads(body)["run"]["info"]["run_id"]
    for step in range(20):
        line.send(*post("runs/log-metric", run_id=run_id, key="loss", value=step, timestamp=str(step), step=str(step)))
        assert line.answer()[0] == 200
    line.send(f"GET {API}runs/get?run_id={run_id} HTTP/1.1\nHost: 127.0.0.1")
    status, _, body = line.answer()
    assert (status, json.loads(body)["run"]["data"]["metrics"][0]["value"]) == (200, 19.0)


def test_requests_sent_before_the_answers_are_read(line: Line) -> None:
    for name in ("a", "b", "c"):
        line.send(*post("experiments/create", name=name))
    assert [line.answer()[0] for _ in range(3)] == [200, 200, 200]


def test_http_1_0_closes(line: Line) -> None:
    body = b'{"name": "old"}'
    line.send(
        f"POST {API}experiments/create HTTP/1.0\nHost: 127.0.0.1\nContent-Type: application/json\n"
        f"Content-Length: {len(body)}",
        body,
    )
    assert line.answer()[0] == 200
    assert line.is_closed()


def test_a_body_in_chunks(line: Line) -> None:
    line.send(
        f"POST {API}experiments/create HTTP/1.1\nHost: 127.0.0.1\nContent-Type: application/json; charset=utf-8\n"
        "Transfer-Encoding: chunked",
        b'9\r\n{"name": \r\n8;note=x\r\n"chunks"\r\n1\r\n}\r\n0\r\n\r\n',
    )
    assert line.answer()[0] == 200
    line.send(f"GET {API}experiments/get-by-name?experiment_name=chunks HTTP/1.1\nHost: 127.0.0.1")
    assert line.answer()[0] == 200


def test_a_client_that_waits_to_be_asked_for_the_body(line: Line) -> None:
    head, body = post("experiments/create", name="patient")
    line.send(f"{head}\nExpect: 100-continue")
    assert line.answer()[0] == 100
    line.plug.sendall(body)
    assert line.answer()[0] == 200


def test_a_compressed_body_is_understood_or_refused(line: Line) -> None:
    body = gzip.compress(b'{"name": "compressed"}')
    line.send(
        f"POST {API}experiments/create HTTP/1.1\nHost: 127.0.0.1\nContent-Type: application/json\n"
        f"Content-Encoding: gzip\nContent-Length: {len(body)}",
        body,
    )
    status, _, answer = line.answer()
    assert status == 200 or (status in (400, 415) and json.loads(answer)["message"])


@pytest.mark.parametrize("encode", [quote, quote_plus, lambda text: quote(text, safe="")])
def test_names_in_the_address(http_client: Http, encode: Any) -> None:
    name = "100% spaces & plus+ / ünï 🐝?=#"
    http_client.post("experiments/create", name=name)
    answer = http_client.send("GET", f"{API}experiments/get-by-name?experiment_name={encode(name)}")
    assert answer.json["experiment"]["name"] == name


def test_numbers_as_texts_as_protobuf_in_java_writes_them(http_client: Http) -> None:
    """protobuf writes int64 as text and enums by name."""
    run = http_client.post("runs/create", experiment_id="0", start_time="1700000000000", tags=[{"key": "a"}])["run"]
    run_id = run["info"]["run_id"]
    assert run["info"]["start_time"] == 1_700_000_000_000
    http_client.post(
        "runs/log-batch",
        run_id=run_id,
        metrics=[
            {"key": "m", "value": "NaN", "timestamp": "5", "step": "2"},
            {"key": "m", "value": 0, "timestamp": "6"},
        ],
        params=[{"key": "p", "value": "1"}],
    )
    http_client.post("runs/update", run_id=run_id, status="FINISHED", end_time="1700000000500")
    found = http_client.post("runs/search", experiment_ids=["0"], max_results="5", run_view_type="ACTIVE_ONLY")
    assert [each["info"]["end_time"] for each in found["runs"]] == [1_700_000_000_500]
    history = http_client.send("GET", f"{API}metrics/get-history?run_uuid={run_id}&run_id={run_id}&metric_key=m").json
    assert [(m["value"], m["timestamp"], m.get("step", 0)) for m in history["metrics"]] == [("NaN", 5, 2), (0.0, 6, 0)]


def test_ids_as_numbers_as_scripts_with_curl_send_them(http_client: Http) -> None:
    experiment = int(http_client.post("experiments/create", name="numbered")["experiment_id"])
    http_client.post("runs/create", experiment_id=experiment)
    assert len(http_client.post("runs/search", experiment_ids=[experiment, 0])["runs"]) == 1
    http_client.post("registered-models/create", name="m")
    http_client.post("model-versions/create", name="m", source="mlflow-artifacts:/0/x/artifacts/m")
    http_client.post("model-versions/set-tag", name="m", version=1, key="a", value="b")
    assert http_client.send("POST", f"{API}experiments/create", {"name": 5}).status == 400
    assert http_client.send("POST", f"{API}runs/create", {"experiment_id": True}).status == 400


def test_lists_of_models_and_experiments_by_their_older_names(http_client: Http) -> None:
    http_client.post("registered-models/create", name="m")
    models = http_client.send("GET", "/api/2.0/preview/mlflow/registered-models/list?max_results=5").json
    experiments = http_client.send("GET", f"{API}experiments/list?view_type=ACTIVE_ONLY").json
    assert [each["name"] for each in models["registered_models"]] == ["m"]
    assert [each["name"] for each in experiments["experiments"]] == ["Default"]


def test_older_names_of_fields(http_client: Http) -> None:
    """Clients from before MLflow 1.0 say run_uuid and ask below /preview."""
    run = http_client.send("POST", "/api/2.0/preview/mlflow/runs/create", {"experiment_id": "0"}).json["run"]
    run_id = run["info"]["run_uuid"]
    assert http_client.send("POST", f"{API}runs/set-tag", {"run_uuid": run_id, "key": "a", "value": "b"}).status == 200
    got = http_client.send("GET", f"/api/2.0/preview/mlflow/runs/get?run_uuid={run_id}").json["run"]
    assert {tag["key"]: tag["value"] for tag in got["data"]["tags"]}["a"] == "b"


def test_lists_in_an_address(http_client: Http) -> None:
    """The R client asks with a query where a list is a repeated name."""
    http_client.post("registered-models/create", name="m")
    answer = http_client.send("GET", f"{API}registered-models/get-latest-versions?name=m&stages=Production&stages=None")
    assert answer.status == 200
    assert answer.json.get("model_versions", []) == []


def test_a_get_and_a_delete_with_a_body(http_client: Http) -> None:
    http_client.post("registered-models/create", name="with body")
    got = http_client.send("GET", f"{API}registered-models/get", {"name": "with body"})
    assert got.json["registered_model"]["name"] == "with body"
    assert http_client.send("DELETE", f"{API}registered-models/delete", {"name": "with body"}).status == 200
    assert http_client.send("GET", f"{API}registered-models/get?name=with+body").status == 404
