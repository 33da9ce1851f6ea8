"""Uploads: in parts, cut off, given up, through the page; what is unfinished is seen by nobody and goes away."""

from __future__ import annotations

import hashlib
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flowmill.artifacts.local import LocalArtifacts
from flowmill.artifacts.local_parts import PART_SECONDS, name_of
from flowmill.artifacts.open import open_served
from flowmill.artifacts.store import ServedStore
from flowmill.server.app import App
from flowmill.server.files import accept_location
from flowmill.server.forwarded import Proxies
from flowmill.server.gate import Gate
from flowmill.store.sql.engine import SqlStore
from flowmill.store.sql.places import Places
from flowmill.store.sql.sqlite import SqliteDatabase
from flowmill.testing.server import running
from tests.server.conftest import Answer, Http

PROXY = "/api/2.0/mlflow-artifacts"
PLACE = "0/run/artifacts"
MEGABYTE = 1_000_000


@pytest.fixture(params=["local", "memory"])
def parts_client(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A client of a server to which parts are sent, its artifacts in a folder or in an object store."""
    places = {"local": str(tmp_path / "artifacts"), "memory": f"memory://{tmp_path.name}"}
    store = SqlStore(SqliteDatabase(tmp_path / "flowmill.db"), Places("mlflow-artifacts:/", accept_location))
    served = open_served(places[request.param])
    with running(App(store, served)) as address:
        client = Http(address, tmp_path)
        client.served = served  # type: ignore[attr-defined]
        yield client


def create(client: Http, name: str, parts: int, folder: str = PLACE) -> tuple[str, list[str]]:
    answer = client.send("POST", f"{PROXY}/mpu/create/{folder}", {"path": name, "num_parts": parts})
    assert answer.status == 200, answer.body
    return answer.json["upload_id"], [each["url"].removeprefix(client.address) for each in answer.json["credentials"]]


def complete(client: Http, name: str, upload: str, tags: list[str], folder: str = PLACE) -> Answer:
    parts = [{"part_number": number, "etag": tag, "url": "u"} for number, tag in enumerate(tags, 1)]
    body = {"path": name, "upload_id": upload, "parts": parts}
    return client.send("POST", f"{PROXY}/mpu/complete/{folder}", body)


def test_parts_in_any_order_and_twice(parts_client: Http) -> None:
    content = os.urandom(2_500_000)
    upload, urls = create(parts_client, "/home/ada/big.bin", 3)
    pieces = [content[:MEGABYTE], content[MEGABYTE : 2 * MEGABYTE], content[2 * MEGABYTE :]]
    tags = ["", "", ""]
    for number in (2, 0, 1, 0):
        answer = parts_client.send("PUT", urls[number], pieces[number])
        assert answer.status == 200, answer.body
        tags[number] = answer.headers["etag"]
        assert tags[number] == f'"{hashlib.md5(pieces[number]).hexdigest()}"'
    assert parts_client.send("GET", f"{PROXY}/artifacts/{PLACE}/big.bin").status == 404
    assert complete(parts_client, "big.bin", upload, tags).status == 200
    assert parts_client.send("GET", f"{PROXY}/artifacts/{PLACE}/big.bin").body == content
    assert complete(parts_client, "big.bin", upload, tags).status == 404
    assert parts_client.send("PUT", urls[0], pieces[0]).status == 404


def test_what_is_not_whole_is_not_completed(parts_client: Http) -> None:
    upload, urls = create(parts_client, "a.bin", 2)
    first = parts_client.send("PUT", urls[0], b"1" * 100).headers["etag"]
    assert b"Part 2" in complete(parts_client, "a.bin", upload, [first, "x"]).body
    second = parts_client.send("PUT", urls[1], b"2" * 50).headers["etag"]
    assert complete(parts_client, "a.bin", upload, [first, first]).status == 400
    assert complete(parts_client, "a.bin", upload, [first]).status == 400
    assert complete(parts_client, "a.bin", upload, [first, second, second]).status == 400
    # Another's path does not become writable by an upload that was begun for an own one.
    assert complete(parts_client, "other.bin", upload, [first, second]).status == 404
    assert complete(parts_client, "a.bin", upload, [first, second], "0/other/artifacts").status == 404
    assert complete(parts_client, "a.bin", upload, [first, second]).status == 200
    assert parts_client.send("GET", f"{PROXY}/artifacts/{PLACE}/a.bin").body == b"1" * 100 + b"2" * 50


def test_parts_that_cannot_be(parts_client: Http) -> None:
    upload, urls = create(parts_client, "a.bin", 2)
    root = urls[0].rpartition("/")[0]
    for url in (f"{root}/0", f"{root}/3", f"{root}/x", f"{root}/1/2", f"{root}/99999999", root):
        assert parts_client.send("PUT", url, b"x").status in (400, 404, 405), url
    for count in (0, -1, 10_001):
        body = {"path": "a.bin", "num_parts": count}
        assert parts_client.send("POST", f"{PROXY}/mpu/create/{PLACE}", body).status == 400
    for body in ({}, {"path": 3, "num_parts": 1}, {"path": "x", "num_parts": "many"}):
        assert parts_client.send("POST", f"{PROXY}/mpu/create/{PLACE}", body).status == 400
    assert parts_client.send("POST", f"{PROXY}/mpu/create/0", {"path": "a", "num_parts": 1}).status == 400
    assert parts_client.send("POST", f"{PROXY}/mpu/abort/{PLACE}", {"path": "b.bin", "upload_id": upload}).status == 404
    assert parts_client.send("POST", f"{PROXY}/mpu/abort/{PLACE}", {"path": "a.bin", "upload_id": upload}).status == 200
    assert parts_client.send("PUT", urls[0], b"x").status == 404


def test_uneven_parts_of_a_file_in_a_folder_are_refused(http_client: Http) -> None:
    upload, urls = create(http_client, "a.bin", 3)
    tags = [
        http_client.send("PUT", url, b"x" * size).headers["etag"] for url, size in zip(urls, (5, 9, 2), strict=True)
    ]
    answer = complete(http_client, "a.bin", upload, tags)
    assert (answer.status, b"same length" in answer.body) == (400, True)


def test_the_unfinished_is_seen_by_nobody_and_swept(parts_client: Http) -> None:
    _, urls = create(parts_client, "a.bin", 2)
    parts_client.send("PUT", urls[0], b"half")
    assert parts_client.send("GET", f"{PROXY}/artifacts?path=").json == {}
    upload = name_of(urls[0].split("/")[-2])
    for name in ("target", "data", "00001"):
        place = f"{PROXY}/artifacts/.flowmill-uploads/{upload}/{name}"
        assert parts_client.send("GET", place).status == 404
        assert parts_client.send("DELETE", place).status == 404
        assert parts_client.send("PUT", place, b"x").status == 404
    assert parts_client.send("GET", f"{PROXY}/artifacts?path=.flowmill-uploads").status == 404
    served: ServedStore = parts_client.served  # type: ignore[attr-defined]
    assert served.multipart.sweep(3600) == 0
    assert served.multipart.sweep(-1) == 1
    assert parts_client.send("PUT", urls[1], b"half").status == 404


@pytest.mark.parametrize(("trusted", "expected"), [((), "http://localhost/"), (("127.0.0.1",), "https://ml.example/")])
def test_addresses_of_parts_believe_trusted_proxies_alone(
    trusted: tuple[str, ...], expected: str, tmp_path: Path
) -> None:
    store = SqlStore(SqliteDatabase(tmp_path / "flowmill.db"), Places("mlflow-artifacts:/", accept_location))
    app = App(store, LocalArtifacts(tmp_path / "artifacts"), gate=Gate(hosts=["ml.example"]), proxies=Proxies(trusted))
    told = {"Host": "localhost", "X-Forwarded-Host": "ml.example", "X-Forwarded-Proto": "https"}
    with running(app) as address:
        client = Http(address, tmp_path)
        answer = client.send("POST", f"{PROXY}/mpu/create/{PLACE}", {"path": "a", "num_parts": 1}, **told)
    assert answer.json["credentials"][0]["url"].startswith(f"{expected}api/flowmill/1/artifact-uploads/")


def test_the_address_of_a_part_ends(parts_client: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    upload, urls = create(parts_client, "a.bin", 1)
    root = urls[0].rpartition("/")[0].removesuffix(upload)
    for guess in ("0" * 48, upload[:-1] + ("0" if upload[-1] != "0" else "1"), upload.upper(), name_of(upload)):
        assert parts_client.send("PUT", f"{root}{guess}/1", b"x").status == 404
    began = time.time()
    monkeypatch.setattr(time, "time", lambda: began + PART_SECONDS - 60)
    tag = parts_client.send("PUT", urls[0], b"in time").headers["etag"]
    monkeypatch.setattr(time, "time", lambda: began + PART_SECONDS + 60)
    assert parts_client.send("PUT", urls[0], b"late").status == 404
    assert complete(parts_client, "a.bin", upload, [tag]).status == 200
    assert parts_client.send("GET", f"{PROXY}/artifacts/{PLACE}/a.bin").body == b"in time"


def test_an_upload_that_is_cut_off_leaves_nothing(http_client: Http) -> None:
    host, port = http_client.address.removeprefix("http://").split(":")
    upload, urls = create(http_client, "parts.bin", 1)
    for path in (f"{PROXY}/artifacts/{PLACE}/cut.bin", urls[0]):
        with socket.create_connection((host, int(port))) as connection:
            head = f"PUT {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 50000000\r\n\r\n"
            connection.sendall(head.encode() + b"x" * 5_000_000)
    root = http_client.folder / "artifacts"
    wait_until(lambda: not list(root.rglob("*.part")))
    assert http_client.send("GET", f"{PROXY}/artifacts/{PLACE}/cut.bin").status == 404
    assert complete(http_client, "parts.bin", upload, ["x"]).status == 400


def test_a_planted_link_does_not_lead_uploads_elsewhere(http_client: Http) -> None:
    elsewhere = http_client.folder / "elsewhere"
    elsewhere.mkdir()
    (http_client.folder / "artifacts").mkdir(exist_ok=True)
    (http_client.folder / "artifacts" / ".flowmill-uploads").symlink_to(elsewhere)
    body = {"path": "a.bin", "num_parts": 1}
    assert http_client.send("POST", f"{PROXY}/mpu/create/{PLACE}", body).status == 403
    assert http_client.send("PUT", f"{PROXY}/artifacts/{PLACE}/a.bin", b"x" * 3_000_000).status == 403
    assert list(elsewhere.iterdir()) == []


def test_the_page_sends_files_up_to_ten_megabytes(http_client: Http) -> None:
    run_id = http_client.post("runs/create", experiment_id="0")["run"]["info"]["run_id"]
    address = f"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run_id}"
    kind = {"Content_Type": "application/octet-stream"}
    assert http_client.send("POST", f"{address}&path=up/x.txt", b"up", **kind).status == 200
    assert http_client.send("GET", f"/get-artifact?run_id={run_id}&path=up/x.txt").body == b"up"
    limit = 10 * 1024 * 1024
    assert http_client.send("POST", f"{address}&path=big", b"x" * limit, **kind).status == 200
    assert http_client.send("POST", f"{address}&path=bigger", b"x" * (limit + 1), **kind).status == 400
    assert http_client.send("POST", f"{address}&path=empty", b"", **kind).status == 400
    assert http_client.send("POST", address, b"x", **kind).status == 400
    assert http_client.send("POST", f"{address}x&path=a", b"x", **kind).status == 404
    # What a form of another site could send is refused, unless the browser says that it is the page's own.
    own = {"Content_Type": "text/plain", "Origin": http_client.address}
    assert http_client.send("POST", f"{address}&path=a.txt", b"x", **own).status == 200
    assert http_client.send("POST", f"{address}&path=b.txt", b"x", Content_Type="text/plain").status == 400
    evil = {"Content_Type": "text/plain", "Origin": "https://evil.example"}
    assert http_client.send("POST", f"{address}&path=c.txt", b"x", **evil).status == 403


def test_a_bucket_is_written_and_read_past_the_server(s3_client: Http) -> None:
    """Parts, whole files and ranges go straight to S3 by addresses that name one file and expire."""
    run = s3_client.post("runs/create", experiment_id="0")["run"]["info"]["run_id"]
    place = f"0/{run}/artifacts"
    content = os.urandom(6_000_000)
    upload, urls = create(s3_client, "big.bin", 2, place)
    assert all("X-Amz-Signature" in url and f"{place}/big.bin" in url for url in urls)
    pieces = [content[: 5 * 1024 * 1024], content[5 * 1024 * 1024 :]]
    tags = [send_to(url, piece).headers["etag"] for url, piece in zip(urls, pieces, strict=True)]
    assert complete(s3_client, "big.bin", upload, tags, place).status == 200
    signed = s3_client.send("GET", f"{PROXY}/presigned/{place}/big.bin").json
    assert signed["file_size"] == len(content)
    fetched = get_from(signed["url"])
    assert fetched.body == content
    assert fetched.headers["content-disposition"].startswith("attachment")
    address = s3_client.post("artifacts/presigned-upload-url", run_id=run, path="up.txt")
    assert send_to(address["presigned_url"], b"up", **{"Content-Type": "text/plain"}).status == 200
    assert address["headers"] == {"Content-Type": "text/plain"}
    down = s3_client.post("artifacts/presigned-download-url", run_id=run, path="up.txt", expiration=60)
    assert "X-Amz-Expires=60" in down["presigned_url"]
    assert get_from(down["presigned_url"]).body == b"up"
    assert s3_client.send("GET", f"/get-artifact?run_id={run}&path=up.txt", Range="bytes=1-").body == b"p"
    asked = {"run_id": run, "path": "nothing"}
    assert s3_client.send("POST", "/api/2.0/mlflow/artifacts/presigned-download-url", asked).status == 404
    info = s3_client.send("GET", "/api/3.0/mlflow/server-info").json
    assert info["multipart_downloads_enabled"] is info["presigned_upload_run_id_supported"] is True
    upload, _ = create(s3_client, "given-up.bin", 1, place)
    multipart = open_served(f"s3://bucket/{s3_client.folder.name}").multipart
    assert (multipart.sweep(3600), multipart.sweep(3600)) == (1, 0)  # moto begins every upload in 2010


def test_a_folder_has_no_addresses(http_client: Http) -> None:
    run = http_client.post("runs/create", experiment_id="0")["run"]["info"]["run_id"]
    assert http_client.send("GET", f"{PROXY}/presigned/0/{run}/artifacts/a").status == 501
    for operation in ("presigned-download-url", "presigned-upload-url"):
        answer = http_client.send("POST", f"/api/2.0/mlflow/artifacts/{operation}", {"run_id": run, "path": "a"})
        assert (answer.status, answer.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    for body in ({"path": "a"}, {"path": "a", "run_id": run, "model_id": "m-1"}):
        assert http_client.send("POST", "/api/2.0/mlflow/artifacts/presigned-upload-url", body).status == 400
    for seconds in (0, -5, 604_801):
        body = {"run_id": run, "path": "a", "expiration": seconds}
        answer = http_client.send("POST", "/api/2.0/mlflow/artifacts/presigned-download-url", body)
        assert b"604,800" in answer.body
    info = http_client.send("GET", "/api/3.0/mlflow/server-info").json
    assert info["multipart_uploads_enabled"] is True
    assert info["multipart_downloads_enabled"] is info["presigned_upload_run_id_supported"] is False


def test_an_operators_root_that_clients_reach_by_themselves(s3: dict[str, str], tmp_path: Path) -> None:
    root = f"s3://bucket/{tmp_path.name}"
    store = SqlStore(SqliteDatabase(tmp_path / "flowmill.db"), Places(root, lambda uri: accept_location(uri, [root])))
    with running(App(store, LocalArtifacts(tmp_path / "own"), roots={root: open_served(root)})) as address:
        client = Http(address, tmp_path)
        run = client.post("runs/create", experiment_id="0")["run"]["info"]
        assert run["artifact_uri"] == f"{root}/0/{run['run_id']}/artifacts"
        open_served(run["artifact_uri"]).put("notes/a.txt", b"direct")
        assert client.send("GET", f"/get-artifact?run_id={run['run_id']}&path=notes/a.txt").body == b"direct"
        listed = client.send("GET", f"/api/2.0/mlflow/artifacts/list?run_id={run['run_id']}&path=notes").json
        assert listed["files"] == [{"path": "notes/a.txt", "is_dir": False, "file_size": 6}]
        client.post("experiments/create", name="inside", artifact_location=f"{root}/team")
        for outside in ("s3://bucket/elsewhere", f"{root}-twin/x", f"{root}/../x", "s3://other/x"):
            body = {"name": outside, "artifact_location": outside}
            assert client.send("POST", "/api/2.0/mlflow/experiments/create", body).status == 400, outside


def send_to(url: str, content: bytes, **headers: str) -> Answer:
    host, _, path = url.removeprefix("http://").partition("/")
    kind = {"Content-Type": "application/octet-stream", **headers}
    return Http(f"http://{host}", Path()).send("PUT", f"/{path}", content, **kind)


def get_from(url: str) -> Answer:
    host, _, path = url.removeprefix("http://").partition("/")
    return Http(f"http://{host}", Path()).send("GET", f"/{path}")


def wait_until(happened: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
