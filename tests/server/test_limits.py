"""What the server does not take on: every limit answers in MLflow's error shape, and memory stays flat."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flowmill.errors import Invalid
from flowmill.server.limits import Limits, check_depth
from flowmill.wire.contract import OPERATIONS
from flowmill.wire.metrics import GetMetricColumns
from tests.server.conftest import Http
from tests.server.test_workers import started

SEARCH = "/api/2.0/mlflow/runs/search"


@contextmanager
def limited(folder: Path, *options: str) -> Iterator[tuple[Http, int]]:
    """A server process with these options: a client of it, and its process id."""
    with started(folder, *options) as (process, address, _):
        yield Http(address, folder), process.pid


def raw(address: str, *parts: bytes, pause: float = 0.0) -> bytes:
    """What comes back on a connection after these bytes, until the server closes it."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        for part in parts:
            try:
                connection.sendall(part)
            except BrokenPipeError:  # the server has had enough
                break
            time.sleep(pause)
        received = b""
        while part := connection.recv(65536):
            received += part
        return received


def test_slow_and_endless_requests_are_ended(tmp_path: Path) -> None:
    options = ("--header-timeout", "1", "--body-timeout", "1", "--max-headers", "20000")
    with limited(tmp_path, *options) as (client, _):
        assert raw(client.address, b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: ").startswith(b"HTTP/1.1 408 ")
        assert raw(client.address).startswith(b"HTTP/1.1 408 ")  # a connection that says nothing
        head = b"POST " + SEARCH.encode() + b" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        stalled = raw(client.address, head + b"Content-Length: 100\r\n\r\n{")
        assert stalled.startswith(b"HTTP/1.1 408 ") and b"error_code" in stalled
        crawling = raw(client.address, head + b"Content-Length: 100\r\n\r\n", *[b" "] * 3, pause=0.6)
        assert b"408" in crawling and b"too slowly" in crawling
        endless = raw(client.address, b"GET /health HTTP/1.1\r\nHost: localhost\r\n", b"X: " + b"y" * 50_000)
        assert endless.startswith(b"HTTP/1.1 431 ") and b"20,000 bytes" in endless
        nonsense = raw(client.address, b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")
        assert nonsense.startswith(b"HTTP/1.1 400 ") and b"BAD_REQUEST" in nonsense
        assert client.send("GET", "/health").status == 200


def test_compressed_bodies(tmp_path: Path) -> None:
    with limited(tmp_path, "--max-decompressed", "100000", "--max-body", "200000") as (client, _):

        def send(body: bytes, encoding: str) -> tuple[int, str]:
            answer = client.send("POST", SEARCH, body, Content_Type="application/json", Content_Encoding=encoding)
            return answer.status, answer.json.get("message", "")

        body = json.dumps({"experiment_ids": ["0"]}).encode()
        assert send(gzip.compress(body), "gzip") == (200, "")
        assert send(zlib.compress(body), "deflate") == (200, "")
        bomb = gzip.compress(b" " * 50_000_000)
        assert len(bomb) < 100_000
        status, message = send(bomb, "gzip")
        assert status == 413 and "100,000 bytes when unpacked" in message
        assert send(gzip.compress(body)[:-9], "gzip")[0] == 400
        assert send(b"no gzip", "gzip")[0] == 400
        assert send(body, "br")[0] == 400
        status, message = send(b" " * 200_001, "identity")
        assert status == 413 and "200,000" in message


@pytest.mark.parametrize(
    ("body", "fine"),
    [
        (b'{"metrics": [' + b'{"a": [1]},' * 5000 + b'{"a": 1}]}', True),
        (b"[" * 100 + b"]" * 100, True),
        (b"[" * 101 + b"]" * 101, False),
        (b'{"a":' * 101 + b"1" + b"}" * 101, False),
        (b'[{"a":' * 60 + b"[[],[],[[]]]" + b"}]" * 60, False),
        (b'{"text": "' + b"[{" * 5000 + b'"}', True),  # brackets in a text nest nothing
    ],
)
def test_depth_of_json(body: bytes, fine: bool) -> None:
    json.loads(body)
    if fine:
        check_depth(body, 100)
    else:
        with pytest.raises(Invalid, match="nested more than 100 levels"):
            check_depth(body, 100)


def test_more_than_is_accepted_in_one_request(tmp_path: Path) -> None:
    with limited(tmp_path, "--max-items", "3", "--max-page", "50", "--max-filter", "20") as (client, _):
        for fine in ({}, {"max_results": 50}, {"filter": "metrics.a > 1.00000"}, {"experiment_ids": ["0", "1", "2"]}):
            answer = client.send("POST", SEARCH, {"experiment_ids": ["0"], **fine})
            assert answer.status == 200, answer.body
        for wrong, says in (
            ({"max_results": 51}, "at most 50"), ({"filter": "metrics.a > 1.0000000"}, "at most 20"),
            ({"experiment_ids": ["0"] * 4}, "experiment_ids has 4 entries; at most 3"),
        ):  # fmt: skip
            answer = client.send("POST", SEARCH, {"experiment_ids": ["0"], **wrong})
            assert (answer.status, answer.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
            assert says in answer.json["message"]
        query = "/api/2.0/mlflow/registered-models/search?max_results=51"
        assert client.send("GET", query).status == 400


def test_every_page_that_an_operation_offers_may_be_asked_for(tmp_path: Path) -> None:
    with limited(tmp_path) as (client, _):
        run = client.send("POST", "/api/2.0/mlflow/runs/create", {"experiment_id": "0"}).json["run"]["info"]["run_id"]
        (path,) = OPERATIONS[GetMetricColumns].paths
        ask = f"/api/{path}?run_id={run}&metric_key=loss&max_results"
        assert client.send("GET", f"{ask}=1000000").status == 200
        assert client.send("GET", f"{ask}=1000001").status == 400


def test_too_much_at_once(tmp_path: Path) -> None:
    options = ("--max-connections", "3", "--max-client-requests", "1", "--body-timeout", "5")
    with limited(tmp_path, *options) as (client, _):
        host, port = client.address.removeprefix("http://").split(":")
        head = (
            f"POST {SEARCH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"
        )
        with socket.create_connection((host, int(port))) as busy:
            busy.sendall(head.encode())  # a request under way: its body has not come yet
            time.sleep(0.2)
            second = client.send("POST", SEARCH, {"experiment_ids": ["0"]})
            assert (second.status, second.json["error_code"]) == (429, "RESOURCE_EXHAUSTED")
            assert second.headers["retry-after"] == "1"
            assert client.send("GET", "/health").status == 200  # a busy server still lives
            with socket.create_connection((host, int(port))), socket.create_connection((host, int(port))):
                time.sleep(0.2)
                fourth = client.send("GET", "/health")
                assert (fourth.status, fourth.json["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
                assert fourth.headers["retry-after"] == "1"
            busy.sendall(b'{"a":"b"}')
            assert busy.recv(100).startswith(b"HTTP/1.1 200 ")
        assert client.send("POST", SEARCH, {"experiment_ids": ["0"]}).status == 200


def test_a_full_process_says_so(tmp_path: Path) -> None:
    with limited(tmp_path, "--max-requests", "0") as (client, _):
        answer = client.send("POST", SEARCH, {"experiment_ids": ["0"]})
        assert (answer.status, answer.json["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
        assert answer.headers["retry-after"] == "1"
    with limited(tmp_path, "--max-waiting-writes", "0") as (client, _):
        assert client.send("POST", "/api/2.0/mlflow/experiments/create", {"name": "a"}).status == 503
        assert client.send("POST", SEARCH, {"experiment_ids": ["0"]}).status == 200


def test_memory_stays_flat_under_large_bodies(tmp_path: Path) -> None:
    """32 clients that each hold back the end of 8 MB, against a budget of 64 MB: most are refused."""
    with limited(tmp_path, "--max-buffered", str(64 * 1024 * 1024)) as (client, pid):
        host, port = client.address.removeprefix("http://").split(":")
        size = 8 * 1024 * 1024
        head = f"POST {SEARCH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        head += f"Content-Length: {size}\r\n\r\n"
        answers: list[bytes] = []

        def send() -> None:
            with socket.create_connection((host, int(port)), timeout=20) as connection:
                try:
                    connection.sendall(head.encode() + b" " * (size - 1))
                    time.sleep(1)
                    connection.sendall(b" ")
                    answers.append(connection.recv(400))
                except OSError:
                    answers.append(b"refused while sending")

        threads = [threading.Thread(target=send) for _ in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert peak_of(pid) < 60 + 64 * 3
        assert any(not answer.startswith(b"HTTP/1.1 400 ") for answer in answers)
        for _ in range(3):
            assert client.send("POST", SEARCH, {"experiment_ids": ["0"]}).status == 200


def flood(kind: str) -> tuple[bytes, str]:
    """A body that asks for far more than it should get, and how it is encoded."""
    if kind == "unpacked":
        return gzip.compress(b"[" + b" " * 200_000_000), "gzip"
    if kind == "too long":
        return b" " * 70_000_000, ""
    if kind == "deep":
        return b'{"experiment_ids":' + b"[" * 5_000_000, ""
    if kind == "digits":
        return b'{"experiment_ids":["0"],"max_results":' + b"9" * 5_000_000 + b"}", ""
    if kind == "terms":
        return json.dumps({"experiment_ids": ["0"], "filter": " AND ".join(["params.a = '1'"] * 300_000)}).encode(), ""
    if kind == "levels":
        return json.dumps({"experiment_ids": ["0"], "filter": "(" * 5_000_000}).encode(), ""
    if kind == "ids":
        return json.dumps({"experiment_ids": [str(number) for number in range(100_000)]}).encode(), ""
    return json.dumps({"experiment_ids": ["0"], "max_results": 10**9}).encode(), ""


KINDS = ("unpacked", "too long", "deep", "digits", "terms", "levels", "ids", "page")


def test_memory_stays_flat_whatever_is_asked(tmp_path: Path) -> None:
    """Every kind of excess several times: each is refused in MLflow's shape, and memory is given back."""
    with limited(tmp_path) as (client, pid):
        floods = {kind: flood(kind) for kind in KINDS}

        def round_of_all() -> None:
            for kind, (body, encoding) in floods.items():
                try:
                    answer = client.send(
                        "POST", SEARCH, body, Content_Type="application/json", Content_Encoding=encoding
                    )
                except OSError:
                    assert kind == "too long"  # the server closes before all of it was sent
                    continue
                if kind == "ids":  # as many as there may be experiments
                    assert (answer.status, answer.json) == (200, {}), kind
                    continue
                assert 400 <= answer.status < 500 and answer.json["error_code"], kind
                assert len(answer.body) < 4000, kind

        round_of_all()
        before = resident(pid)
        for _ in range(4):
            round_of_all()
        assert resident(pid) - before < 60, (before, resident(pid))
        assert peak_of(pid) < 500
        assert client.send("POST", SEARCH, {"experiment_ids": ["0"]}).status == 200


def resident(pid: int) -> int:
    """MiB of a process now."""
    return int(Path(f"/proc/{pid}/status").read_text().partition("VmRSS:")[2].split()[0]) // 1024


def peak_of(pid: int) -> int:
    """The most MiB that a process ever held."""
    return int(Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024


def test_limits_come_from_options_then_the_environment() -> None:
    limits = Limits.from_values({"max_body": 7}, {"FLOWMILL_SERVER_MAX_BODY": "8", "FLOWMILL_SERVER_BODY_TIMEOUT": "9"})
    assert (limits.max_body, limits.body_timeout, limits.max_headers) == (7, 9.0, Limits().max_headers)
    with pytest.raises(Invalid, match="FLOWMILL_SERVER_MAX_BODY"):
        Limits.from_values({}, {"FLOWMILL_SERVER_MAX_BODY": "much"})
    with pytest.raises(Invalid, match="must not be negative"):
        Limits.from_values({"max_body": -1}, {})
