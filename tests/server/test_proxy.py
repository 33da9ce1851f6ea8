"""Behind a proxy: whose word counts, and the whole of it below nginx at / and /a/b/, stripped or not."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flowmill.artifacts.local import LocalArtifacts
from flowmill.client import Client
from flowmill.errors import Invalid
from flowmill.server.app import App
from flowmill.server.files import accept_location
from flowmill.server.forwarded import Proxies, Seen
from flowmill.server.gate import Gate
from flowmill.store.sql.engine import SqlStore
from flowmill.store.sql.places import Places
from flowmill.store.sql.sqlite import SqliteDatabase
from flowmill.testing.server import running
from tests.peer.server import answers, ended, flowmill_server, free_port
from tests.server.conftest import Http

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"


def test_whose_word_counts() -> None:
    said = {
        b"x-forwarded-for": b"6.6.6.6, 203.0.113.7, 10.0.0.2",
        b"x-forwarded-host": b"flowmill.example",
        b"x-forwarded-proto": b"https",
        b"x-forwarded-prefix": b"/a/b/",
    }
    proxies = Proxies(["10.0.0.0/8", "::1"])
    seen = proxies.seen("10.0.0.1", "inside:5000", "http", said)
    assert seen == Seen("203.0.113.7", "flowmill.example", "https", "/a/b")
    assert proxies.seen("::1", "inside:5000", "http", {}) == Seen("::1", "inside:5000", "http", "")
    stranger = Seen("203.0.113.9", "inside:5000", "http", "")
    assert proxies.seen("203.0.113.9", "inside:5000", "http", said) == stranger
    assert Proxies().seen("127.0.0.1", "h", "http", said) == Seen("127.0.0.1", "h", "http", "")
    for prefix in (b"/a//evil.example", b"/a/../b", b"/a b", b"/a\r\nX: y", b"/"):
        assert proxies.seen("10.0.0.1", "h", "http", {b"x-forwarded-prefix": prefix}).prefix == ""
    for scheme in (b"javascript", b"https\x00", b""):
        assert proxies.seen("10.0.0.1", "h", "http", {b"x-forwarded-proto": scheme}).scheme == "http"
    with pytest.raises(Invalid, match="trusted proxy 'inside'"):
        Proxies(["inside"])


def test_names_and_origins_are_those_that_the_client_sees(tmp_path: Path) -> None:
    store = SqlStore(SqliteDatabase(tmp_path / "flowmill.db"), Places("mlflow-artifacts:/", accept_location))
    gate = Gate(["flowmill.example", "app-*.example:8443", "192.168.*"])
    app = App(store, LocalArtifacts(tmp_path / "artifacts"), gate=gate, proxies=Proxies(["127.0.0.1"]))
    create = "/ajax-api/2.0/mlflow/experiments/create"
    with running(app) as address:
        client = Http(address, tmp_path)
        through = {"X-Forwarded-Host": "flowmill.example", "X-Forwarded-Proto": "https"}
        for name, origin, status in (
            ("a", "https://flowmill.example", 200),
            ("b", "https://flowmill.example:443", 200),
            ("c", "http://flowmill.example:81", 403),
        ):
            assert client.send("POST", create, {"name": name}, **through, Origin=origin).status == status
        assert client.send("GET", "/health", **{"X-Forwarded-Host": "evil.example"}).status == 403
        assert client.send("GET", "/health", Host="app-1.example:8443").status == 200
        assert client.send("GET", "/health", Host="app-1.example:81").status == 403
        assert client.send("GET", "/health", Host="192.168.attacker.example").status == 403
        moved = client.send("GET", "/a/b", **{"X-Forwarded-Prefix": "/a/b"})
        assert (moved.status, moved.headers["location"]) == (308, "/a/b/")


def test_pages_of_allowed_origins_may_read(tmp_path: Path) -> None:
    store = SqlStore(SqliteDatabase(tmp_path / "flowmill.db"), Places("mlflow-artifacts:/", accept_location))
    gate = Gate(origins=["https://notebook.example"])
    search = "/ajax-api/2.0/mlflow/experiments/search"
    asks = {"Access-Control-Request-Method": "POST"}
    with running(App(store, LocalArtifacts(tmp_path / "artifacts"), gate=gate)) as address:
        client = Http(address, tmp_path)
        asked = client.send("OPTIONS", search, Origin="https://notebook.example", **asks)
        assert (asked.status, asked.headers["access-control-allow-origin"]) == (204, "https://notebook.example")
        sent = client.send("POST", search, {"max_results": 1}, Origin="https://notebook.example")
        assert (sent.status, sent.headers["access-control-allow-origin"]) == (200, "https://notebook.example")
        assert client.send("OPTIONS", search, Origin="https://evil.example", **asks).status == 403
        read = client.send("GET", f"{search}?max_results=1", Origin="https://evil.example")
        assert "access-control-allow-origin" not in read.headers


@contextmanager
def nginx(folder: Path, upstream: str, location: str) -> Iterator[str]:
    """A real nginx in front of a server; yields its address."""
    port = free_port()
    folder.mkdir()
    (folder / "nginx.conf").write_text(
        f"""
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off; client_max_body_size 0;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    {location.replace("UPSTREAM", upstream)}
  }}
}}
"""
    )
    process = subprocess.Popen(
        [NGINX, "-c", str(folder / "nginx.conf"), "-p", str(folder), "-e", str(folder / "error.log")],
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    with ended(process):
        end = time.monotonic() + 10
        while not any(answers(f"http://127.0.0.1:{port}{path}health") for path in ("/", "/a/b/")):
            assert process.poll() is None and time.monotonic() < end, (folder / "error.log").read_text()
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"


FORWARD = """
proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Host $http_host;
proxy_set_header X-Forwarded-Proto $scheme;
"""
SITES = {
    "at the root": ("", "location / { proxy_pass UPSTREAM; FORWARD }", ()),
    "prefix kept": ("/a/b", "location /a/b { proxy_pass UPSTREAM; FORWARD }", ("--base-path", "/a/b")),
    "prefix stripped": (
        "/a/b",
        "location = /a/b { return 308 /a/b/; } location /a/b/ { proxy_pass UPSTREAM/; FORWARD }",
        ("--static-prefix", "/a/b"),
    ),
    "prefix said": (
        "/a/b",
        "location /a/b { proxy_pass UPSTREAM; proxy_set_header X-Forwarded-Prefix /a/b; FORWARD }",
        (),
    ),
}


@pytest.mark.parametrize("site", SITES)
def test_below_nginx(site: str, tmp_path: Path) -> None:
    prefix, location, options = SITES[site]
    location = location.replace("FORWARD", FORWARD)
    folder = tmp_path / "server"
    folder.mkdir()
    with (
        flowmill_server(folder, "--trusted-proxies", "127.0.0.1", *options) as upstream,
        nginx(tmp_path / "nginx", upstream, location) as address,
    ):
        http = Http(address, tmp_path)
        page = http.send("GET", f"{prefix}/")
        assert page.status == 200 and page.headers["content-type"].startswith("text/html")
        if prefix:
            moved = http.send("GET", prefix)
            assert (moved.status, moved.headers["location"].removeprefix(address)) == (308, f"{prefix}/")
        # The page's own calls: relative to it, with the origin that the browser sees.
        created = http.send(
            "POST", f"{prefix}/ajax-api/2.0/mlflow/experiments/create", {"name": "from the page"}, Origin=address
        )
        assert created.status == 200, created.body
        client = Client(f"{address}{prefix}")
        run = client.create_run("0")
        client.log_metric(run.info.run_id, "m", 1.0)
        client.log_text(run.info.run_id, "hello", "notes/a.txt")
        assert [each.path for each in client.list_artifacts(run.info.run_id, "notes")] == ["notes/a.txt"]
        fetched = client.download_artifacts(run.info.run_id, "notes/a.txt", str(tmp_path))
        assert Path(fetched).read_text() == "hello"
        assert client.get_run(run.info.run_id).data.metrics == {"m": 1.0}
