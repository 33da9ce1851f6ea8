"""What the scoring server refuses, and what it says of itself."""

from __future__ import annotations

import gzip
import io
import json
import logging
import os
import pickle
import select
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import flowmill
from flowmill.models import infer_signature
from flowmill.server.limits import Limits
from flowmill.testing.server import running
from tests.server.conftest import Answer, Http
from tests.serving.conftest import application

ROW = {"a": 1.5, "b": "x", "n": 1}
JSON = "application/json"


@pytest.fixture
def table(served: Callable[[str], str], tmp_path: Path) -> Http:
    """A client of the model with the columns a, b and n."""
    return Http(served("table"), tmp_path)


@pytest.fixture
def small(models: Path, tmp_path: Path) -> Iterator[Http]:
    """The same, with small limits."""
    limits = Limits(max_body=2000, max_decompressed=5000, max_json_depth=20, max_buffered=10_000)
    with running(application(models / "table", limits=limits)) as address:
        yield Http(address, tmp_path)


def send(client: Http, body: bytes | str | dict[str, Any], kind: str = JSON, **headers: str) -> Answer:
    content = json.dumps(body) if isinstance(body, dict) else body
    content = content.encode() if isinstance(content, str) else content
    return client.send("POST", "/invocations", content, Content_Type=kind, **headers)


def refused(answer: Answer, status: int, *words: str) -> None:
    """The answer is one error in one sentence that has these words and no trace of the inside."""
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == JSON and answer.headers["x-content-type-options"] == "nosniff"
    message = answer.json["message"]
    for word in words:
        assert word in message
    for inside in ("Traceback", "site-packages", 'File "'):
        assert inside not in answer.body.decode()


def test_one_error_names_all_columns_that_do_not_fit(table: Http) -> None:
    answer = send(table, {"dataframe_records": [{"a": "z", "n": 1.5, "more": 1}]})
    refused(answer, 400, "column 'a'", "column 'b'", "is missing", "column 'n'", "['more']")


def test_columns_and_parameters_are_in_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWMILL_CONFIG_DIR", str(tmp_path / "config"))
    signature = infer_signature(pd.DataFrame([ROW]), params={"rounds": 3, "mode": "fast"})
    flowmill.pyfunc.save_model(tmp_path / "m", python_model=len, signature=signature)
    with running(application(tmp_path / "m")) as address:
        client = Http(address, tmp_path)
        wrong = {"rounds": "many", "mode": 1}
        answer = send(client, {"dataframe_records": [{"a": "z", "b": "x"}], "params": wrong})
        refused(answer, 400, "column 'a'", "column 'n'", "'rounds' is 'many'", "'mode' is 1")
        refused(send(client, {"dataframe_records": [ROW], "params": wrong}), 400, "'rounds'", "'mode'")
        assert send(client, {"dataframe_records": [ROW], "params": {"rounds": 5}}).json == {"predictions": 1}


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_a_gap_in_whole_numbers_is_named(table: Http, missing: float | None) -> None:
    answer = send(table, {"dataframe_records": [ROW, {**ROW, "n": missing}]})
    refused(answer, 400, "column 'n': expected long in every row, found no value in 1 of 2 rows")
    refused(send(table, "a,b,n\n1,x,1\n1,x,\n", "text/csv"), 400, "column 'n'", "no value in 1 of 2 rows")
    frame, file = (
        pd.DataFrame({"a": [1.5, 1.5], "b": ["x", "y"], "n": pd.array([1, None], dtype="Int64")}),
        io.BytesIO(),
    )
    frame.to_parquet(file)
    refused(
        send(table, file.getvalue(), "application/vnd.apache.parquet"), 400, "column 'n'", "no value in 1 of 2 rows"
    )


def test_the_cell_that_is_no_number_is_the_one_that_is_named(table: Http) -> None:
    answer = send(table, "a,b,n\n1,x,1\n2,y,two\nthree,z,3\n", "text/csv")
    refused(
        answer, 400, "column 'n': expected long, found 'two' (str) in row 1", "column 'a'", "'three' (str) in row 2"
    )


def test_a_table_without_rows_has_no_predictions(table: Http) -> None:
    names = list(ROW)
    file, stream = io.BytesIO(), io.BytesIO()
    empty = pd.DataFrame([ROW]).head(0)
    empty.to_parquet(file)
    with pa.ipc.new_stream(stream, pa.Schema.from_pandas(empty)):
        pass
    for body, kind in [
        ({"dataframe_split": {"columns": names, "data": []}}, JSON),
        ({"inputs": {name: [] for name in names}}, JSON),
        ("a,b,n\n", "text/csv"),
        (file.getvalue(), "application/vnd.apache.parquet"),
        (stream.getvalue(), "application/vnd.apache.arrow.stream"),
    ]:
        answer = send(table, body, kind)
        assert (answer.status, answer.json) == (200, {"predictions": []}), body
    for body in ({"dataframe_records": []}, {"instances": []}):  # these do not even say that the columns are there
        refused(send(table, body), 400, "column 'a'", "column 'b'", "column 'n'")


def test_a_hundred_megabytes(models: Path, table: Http, tmp_path: Path) -> None:
    """Refused while they come in, however they are sent; taken where the operator allows them."""
    sent = _send_in_chunks(table, 100)
    assert sent < 80  # of the hundred
    limits = Limits(max_body=2**27)
    with running(application(models / "table", limits=limits)) as address:
        client = Http(address, tmp_path)
        body = json.dumps({"dataframe_records": [{**ROW, "b": "x" * 100_000_000}]})
        answer = send(client, body)
        assert answer.status == 200 and answer.json["predictions"][0]["n"] == 1
        text = client.send("GET", "/metrics").body.decode()
        assert 'flowmill_body_bytes{worker="0"} 0' in text


def _send_in_chunks(client: Http, megabytes: int) -> int:
    """Sends a body whose length nobody knows until the server answers 413; how many megabytes it took."""
    place = urlsplit(client.address)
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection:
        head = f"POST /invocations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {JSON}\r\n"
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        for count in range(megabytes):
            try:
                connection.sendall(b"%x\r\n" % 1_000_000 + b" " * 1_000_000 + b"\r\n")
            except ConnectionError:
                return count
            if select.select([connection], [], [], 0)[0]:
                answer = connection.recv(10_000)
                assert answer == b"" or b" 413 " in answer.splitlines()[0], answer
                return count
    return megabytes


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "null",
        "[]",
        '"x"',
        '{"dataframe_split": null}',
        '{"dataframe_split": {"data": [[1], [1, 2]], "columns": ["a"]}}',
        '{"dataframe_split": {"data": [1], "columns": ["a", "a"]}}',
        '{"dataframe_split": {"data": {"a": 1}}}',
        '{"dataframe_split": {"data": [[1]], "columns": 5}}',
        '{"dataframe_split": {"data": [[1]], "columns": ["a"], "index": 3}}',
        '{"dataframe_split": {"data": [[1]], "columns": [["a"], []]}}',
        '{"dataframe_records": [1, "x"]}',
        '{"dataframe_records": [[1], {"a": 1}]}',
        '{"inputs": {}}',
        '{"inputs": null}',
        '{"inputs": {"a": {"b": 1}, "b": [], "n": [1, 2]}}',
        '{"instances": 5}',
        '{"inputs": [[1, 2], [3]]}',
        '{"dataframe_records": [{"a": 1' + "0" * 5000 + ', "b": "x", "n": 1}]}',
        '{"dataframe_records": [{"a": 1, "b": "x", "n": 1' + "0" * 30 + "}]}",
        '{"dataframe_records": [{"a": 1e999, "b": "x", "n": NaN}]}',
        '{"dataframe_records": [{"a": [1], "b": {"x": 1}, "n": true}]}',
        "[" * 100_000,
        '{"inputs": ' + "[" * 5000 + "]" * 5000 + "}",
        '{"dataframe_split": {"columns": ["b", "b", "a", "n"], "data": []}}',
        '{"instances": [{"a": true}, "YWJj", null]}',
        '{"instances": [[1], true]}',
        b"\xff\xfe{",
        '{"dataframe_records": [{"a": 1, "b": "\u00e9", "n": 1}]}'.encode("latin-1"),
        '{"dataframe_records": [{"a": 1, "b": "\\ud800", "n": 1}]}',
        '{"dataframe_records": [{"a": 1, "b": "x", "n": 1}]}}',
        '{"dataframe_records": [{"a": 1, "b": "x", "n": 1}], "params": [1]}',
        '{"inputs": [1], "instances": [1]}',
        '{"a": 1}',
    ],
)
def test_broken_bodies_are_one_clear_error(table: Http, body: str | bytes) -> None:
    answer = send(table, body)
    refused(answer, 400)
    assert "could not predict" not in answer.json["message"]  # it is the input that is at fault, not the model


def test_what_json_leaves_open_is_as_most_readers_have_it(table: Http) -> None:
    """Of a name that stands twice the later one holds; UTF-16 and a mark of the order of bytes are read."""
    row = json.dumps({"dataframe_records": [ROW]})
    once = send(table, row).json
    for body in (
        '{"dataframe_records": [{"a": 9, "b": "y", "n": 9}], ' + row[1:],
        row.replace('"a": 1.5', '"a": 9, "a": 1.5'),
        "\ufeff" + row,
        row.encode("utf-16"),
    ):
        answer = send(table, body)
        assert (answer.status, answer.json) == (200, once), body
    assert send(table, row, f"{JSON}; charset=latin-1").status == 415
    assert send(table, row, "").status == 415
    for encoding, sent in (("gzip", row.encode()), ("gzip", gzip.compress(row.encode())[:-9]), ("br", row.encode())):
        refused(send(table, sent, Content_Encoding=encoding), 400, encoding)


def test_large_requests_are_refused_before_they_are_read(small: Http, table: Http) -> None:
    refused(send(small, b"x" * 3000, "text/csv"), 413, "3,000 bytes", "2,000")
    rows = json.dumps({"dataframe_records": [ROW] * 1000}).encode()
    refused(send(small, gzip.compress(rows), Content_Encoding="gzip"), 413, "5,000", "unpacked")
    refused(send(small, '{"inputs": ' + "[" * 30 + "]" * 30 + "}"), 400, "20 levels")
    declared = table.send("POST", "/invocations", b"", Content_Type=JSON, Content_Length=str(100_000_000))
    refused(declared, 413, "100,000,000 bytes")
    # What comes after the rows that are too many is not read, or it would be refused for what it is.
    many = "a,b,n\n" + "1,x,1\n" * 50_001 + "1,x,1,9,9\n"
    refused(send(table, many, "text/csv"), 413, "more than 50,000 rows")
    values = ",".join(['[1,"x",1]'] * 50_001)
    for body in (
        f'{{"dataframe_split": {{"columns": ["a", "b", "n"], "data": [{values}]}}}}',
        json.dumps({"dataframe_records": [ROW] * 50_001}),
        json.dumps({"instances": [ROW] * 50_001}),
    ):
        refused(send(table, body), 413, "more than 50,000 rows")
    assert len(send(table, {"dataframe_records": [ROW] * 50_000}).json["predictions"]) == 50_000


def test_packed_bodies_and_answers(table: Http) -> None:
    rows = json.dumps({"dataframe_records": [ROW] * 100}).encode()
    answer = send(table, gzip.compress(rows), Content_Encoding="gzip", Accept_Encoding="gzip")
    assert answer.headers["content-encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(answer.body))["predictions"]) == 100


def test_what_the_model_raises_stays_in_the_log(table: Http, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "flowmill.serving"):
        answer = send(table, {"dataframe_records": [{**ROW, "a": -1}]})
    refused(answer, 400, "could not predict")
    number = answer.json["message"].split()[-1].rstrip(".")
    (record,) = [each for each in caplog.records if number in each.getMessage()]
    assert "a secret in /etc/somewhere" in str(record.exc_info) and b"secret" not in answer.body


def test_parquet_and_arrow(table: Http, served: Callable[[str], str], tmp_path: Path) -> None:
    frame = pd.DataFrame([ROW, {"a": 2, "b": "y", "n": 2}])
    file, stream = io.BytesIO(), io.BytesIO()
    frame.to_parquet(file)
    table_of = pa.Table.from_pandas(frame)
    with pa.ipc.new_stream(stream, table_of.schema) as writer:
        writer.write_table(table_of)
    expected = send(table, {"dataframe_records": frame.to_dict(orient="records")}).json
    for kind, content in [("parquet", file.getvalue()), ("arrow.stream", stream.getvalue())]:
        assert json.dumps(send(table, content, f"application/vnd.apache.{kind}").json) == json.dumps(expected)
        for broken in (b"", b"PAR1", content[:-20], b"\xff" * 1000):
            refused(send(table, broken, f"application/vnd.apache.{kind}"), 400, "The input is no")
    # Too many rows are refused before they are read: what damages them is not noticed.
    many = pd.DataFrame([ROW] * 50_001)
    file, stream = io.BytesIO(), io.BytesIO()
    many.to_parquet(file, compression=None)
    damaged = b"PAR1" + bytes(40) + file.getvalue()[44:]
    refused(send(table, damaged, "application/vnd.apache.parquet"), 413, "50,001 rows", "50,000")
    twice = pa.Table.from_pandas(pd.concat([many, many]))
    with pa.ipc.new_stream(stream, twice.schema) as writer:
        writer.write_table(twice, max_chunksize=50_001)
    damaged = stream.getvalue()[:-1000]
    refused(send(table, damaged, "application/vnd.apache.arrow.stream"), 413, "more than 50,000 rows")
    # Millions of rows in a few bytes.
    bomb = io.BytesIO()
    pd.DataFrame({"a": np.zeros(20_000_000, dtype="int8")}).to_parquet(bomb)
    assert len(bomb.getvalue()) < 100_000
    refused(send(table, bomb.getvalue(), "application/vnd.apache.parquet"), 413, "when unpacked")


def test_who_may_ask(table: Http) -> None:
    rows = {"dataframe_records": [ROW]}
    for host in ("localhost:5000", "127.0.0.1", "model.example"):
        assert send(table, rows, Host=host).status == 200
    refused(send(table, rows, Host="evil.example"), 403, "host name")
    assert send(table, rows, Origin=table.address).status == 200
    allowed = send(table, rows, Origin="https://page.example")
    assert allowed.headers["access-control-allow-origin"] == "https://page.example"
    csv = "a,b,n\n1,x,1\n"
    for kind, body in [(JSON, json.dumps(rows)), ("text/csv", csv)]:
        for origin in ("http://evil.example", "http://localhost:3000", "null"):
            answer = send(table, body, kind, Origin=origin)
            refused(answer, 403, "origin")
            assert "access-control-allow-origin" not in answer.headers
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        assert send(table, json.dumps(rows), kind).status == 415
    asked = {"Access_Control_Request_Method": "POST", "Origin": "https://page.example"}
    assert table.send("OPTIONS", "/invocations", None, **asked).status == 204
    assert table.send("OPTIONS", "/invocations", None, **{**asked, "Origin": "http://evil.example"}).status == 403


def test_what_a_client_sends_is_not_said_back_as_a_page(table: Http) -> None:
    script = "<script>alert(1)</script>"
    answer = send(table, "{}", script)
    assert answer.status == 415 and answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"
    refused(table.send("GET", f"/{script}"), 404)
    refused(table.send("DELETE", "/ping"), 405)


def test_metrics(models: Path, tmp_path: Path) -> None:
    with running(application(models / "table")) as address:
        client = Http(address, tmp_path)
        for _ in range(3):
            assert send(client, {"dataframe_records": [ROW, ROW]}).status == 200
        assert send(client, "{").status == 400
        text = client.send("GET", "/metrics").body.decode()
    assert 'flowmill_requests_total{operation="invocations",status="200"} 3' in text
    assert 'flowmill_requests_total{operation="invocations",status="400"} 1' in text
    assert 'flowmill_request_seconds_count{operation="invocations"} 4' in text
    assert 'flowmill_rows{worker="0"} 6' in text and 'flowmill_model_calls{worker="0"} 3' in text
    assert 'flowmill_model_info{model_id="' in text and 'loader="mlflow.pyfunc.model"} 1' in text
    assert "process_resident_memory_bytes" in text and "flowmill_writer_queue" not in text


def test_openapi_describes_the_signature(served: Callable[[str], str], tmp_path: Path) -> None:
    def bodies(model: str) -> dict[str, Any]:
        document = Http(served(model), tmp_path).send("GET", "/openapi.json").json
        assert document["openapi"].startswith("3.") and "/ping" in document["paths"]
        content = document["paths"]["/invocations"]["post"]["requestBody"]["content"][JSON]
        return {body["title"]: body["properties"] for body in content["schema"]["oneOf"]}

    table = bodies("table")
    row = table["dataframe_records"]["dataframe_records"]["items"]
    assert row["required"] == ["a", "b", "n"] and row["properties"]["n"] == {"type": "integer", "format": "int64"}
    assert table["dataframe_split"]["params"]["properties"]["scale"]["default"] == 2.0
    tensor = bodies("echo tensor")["inputs"]["inputs"]
    assert tensor["items"] == {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    assert set(bodies("echo tensors")["inputs"]["inputs"]["properties"]) == {"a", "b"}
    lists = bodies("echo lists")["dataframe_records"]["dataframe_records"]["items"]["properties"]
    assert lists["list"] == {"type": "array", "items": {"type": "number", "format": "double"}}
    assert "dataframe_split" in bodies("echo plain")


def test_a_body_is_never_a_program_or_a_place(table: Http, tmp_path: Path) -> None:
    """No content type and no header makes the server unpickle a body or fetch an address in it."""
    found = tmp_path / "found"

    class Program:
        def __reduce__(self) -> tuple[Any, tuple[str]]:
            return os.mkdir, (str(found),)

    program = pickle.dumps(Program())
    pickle.loads(program)  # noqa: S301 - ours
    assert found.exists()  # it works where it is run
    found.rmdir()
    for kind in ("pickle", "x-python-pickle", "vnd.bentoml+pickle", "octet-stream", "x-joblib"):
        assert send(table, program, f"application/{kind}", Payload_Container="ndarray").status == 415
    for kind in (JSON, "text/csv", "application/vnd.apache.parquet", "application/vnd.apache.arrow.stream"):
        assert send(table, program, kind, Payload_Meta="{}", Bento_Name="x").status == 400
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b,n\n1,hidden,1\n")
    for place in (str(secret), secret.as_uri(), "http://127.0.0.1:9/x.csv"):
        answer = send(table, place, "text/csv")
        assert answer.status == 400 and b"hidden" not in answer.body
        assert send(table, {"inputs": place}).status == 400
    assert not found.exists()
