"""From a change in the registry to the receiver: at least once, once in the normal case, in nobody's way."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flowmill.artifacts.local import LocalArtifacts
from flowmill.client.client import Client
from flowmill.entities.webhook import DeliveryState, WebhookDelivery
from flowmill.errors import Denied
from flowmill.server import deliveries
from flowmill.server.app import App
from flowmill.server.deliveries import Deliveries
from flowmill.server.files import accept_location
from flowmill.settings import WebhookSettings
from flowmill.store.open import open_store
from flowmill.store.sql.engine import SqlStore
from flowmill.store.sql.places import Places
from flowmill.store.sql.sqlite import SqliteDatabase
from flowmill.testing.server import running
from tests.peer.server import ended, free_port
from tests.webhooks.receiver import Receiver, receiving

PLACES = Places("mlflow-artifacts:/", accept_location)
ALL = [
    "registered_model.created", "model_version.created", "model_version_tag.set", "model_version_tag.deleted",
    "model_version_alias.created", "model_version_alias.deleted", "prompt.created", "prompt_tag.set",
]  # fmt: skip


@contextmanager
def served(folder: Path, store: SqlStore | None = None) -> Iterator[Client]:
    """A client of a server of its own over a folder."""
    store = store or SqlStore(SqliteDatabase(folder / "flowmill.db"), PLACES)
    with running(App(store, LocalArtifacts(folder / "artifacts"))) as address:
        yield Client(address)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries come soon."""
    monkeypatch.setattr(deliveries, "_FIRST_DELAY", 0.02)
    monkeypatch.setattr(deliveries, "_DELAY_GROWS", 1.5)


def settled(client: Client, count: int, state: str | None = None) -> list[WebhookDelivery]:
    """The log, newest first, once so many deliveries are in the state, or are settled."""
    end = time.monotonic() + 20
    while True:
        log = client.list_webhook_deliveries()
        wanted = [each for each in log if each.state == state or (state is None and each.state != "waiting")]
        if len(wanted) >= count:
            return log
        assert time.monotonic() < end, log
        time.sleep(0.02)


def make_version(client: Client, name: str = "prod") -> str:
    """A registered model with a version; gives its source."""
    model = client.create_logged_model("0", "m")
    client.create_registered_model(name, {"a": "1"}, "about")
    client.create_model_version(name, model.model_uri, tags={"k": "v"}, description="first")
    return model.model_uri


def test_each_event_is_told_as_mlflow_tells_it(tmp_path: Path, receiver: Receiver) -> None:
    with served(tmp_path) as client:
        client.create_webhook("all", receiver.address, ALL, secret="s3cret")
        client.create_webhook("off", f"{receiver.address}/off", ALL, status="DISABLED")
        source = make_version(client)
        client.create_model_version("prod", source)
        client.set_model_version_tag("prod", "1", "x", "y")
        client.delete_model_version_tag("prod", "1", "x")
        client.delete_model_version_tag("prod", "1", "x")  # nothing is there any more, and nothing is told
        client.set_registered_model_alias("prod", "champion", "1")
        client.set_registered_model_alias("prod", "champion", "2")
        client.delete_registered_model_alias("prod", "champion")
        client.set_registered_model_tag("prod", "not", "told")
        client.create_registered_model("greeting", {"mlflow.prompt.is_prompt": "true", "c": "d"})
        client.set_registered_model_tag("greeting", "e", "f")
        got = receiver.wait(10)
        log = settled(client, 10)
    assert [(each.event["entity"], each.event["action"], each.event["data"]) for each in got] == [
        ("registered_model", "created", {"name": "prod", "tags": {"a": "1"}, "description": "about"}),
        (
            "model_version",
            "created",
            {
                "name": "prod",
                "version": "1",
                "source": source,
                "run_id": None,
                "tags": {"k": "v"},
                "description": "first",
            },
        ),
        (
            "model_version",
            "created",
            {"name": "prod", "version": "2", "source": source, "run_id": None, "tags": {}, "description": None},
        ),
        ("model_version_tag", "set", {"name": "prod", "version": "1", "key": "x", "value": "y"}),
        ("model_version_tag", "deleted", {"name": "prod", "version": "1", "key": "x"}),
        ("model_version_alias", "created", {"name": "prod", "alias": "champion", "version": "1"}),
        ("model_version_alias", "created", {"name": "prod", "alias": "champion", "version": "2"}),
        ("model_version_alias", "deleted", {"name": "prod", "alias": "champion"}),
        ("prompt", "created", {"name": "greeting", "tags": {"c": "d"}, "description": ""}),
        ("prompt_tag", "set", {"name": "greeting", "key": "e", "value": "f"}),
    ]
    assert all(each.is_signed_with("s3cret") for each in got)
    assert all(abs(int(each.headers["X-MLflow-Timestamp"]) - time.time()) < 60 for each in got)
    assert got[0].event["timestamp"].endswith("+00:00")
    assert len({each.headers["X-MLflow-Delivery-Id"] for each in got}) == 10
    assert [(each.state, each.tries, each.response_status) for each in log] == [("delivered", 1, 200)] * 10
    assert log[-1].delivery_id == got[0].headers["X-MLflow-Delivery-Id"]


def test_what_fails_is_tried_again_and_signed_anew(tmp_path: Path, receiver: Receiver) -> None:
    with served(tmp_path) as client:
        client.create_webhook("ci", f"{receiver.address}/status/503/2", [ALL[0]], secret="s3cret")
        client.create_registered_model("a")
        got = receiver.wait(3)
        (log,) = settled(client, 1)
    assert (log.state, log.tries, log.response_status, log.error) == (DeliveryState.DELIVERED, 3, 200, None)
    assert len({each.headers["X-MLflow-Delivery-Id"] for each in got}) == 1
    assert len({each.body for each in got}) == 1
    assert all(each.is_signed_with("s3cret") for each in got)


def test_the_last_try_makes_a_dead_letter_that_can_be_sent_again(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES", "2")
    with served(tmp_path) as client, caplog.at_level(logging.WARNING, "flowmill.server"):
        client.create_webhook("ci", f"{receiver.address}/status/500/3", [ALL[0]], secret="s3cret")
        client.create_registered_model("a")
        (log,) = settled(client, 1)
        assert (log.state, log.tries, log.response_status, log.next_try) == ("dead", 3, 500, None)
        assert log.error == "The receiver answered 500."
        assert client.list_webhook_deliveries(state="dead").to_list() == [log]
        client.retry_webhook_delivery(log.delivery_id)
        (log,) = settled(client, 1, "delivered")
        assert (log.tries, log.error) == (1, None)
    assert "is given up after 3 tries" in caplog.text
    assert "s3cret" not in caplog.text
    assert b"s3cret" not in b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


@pytest.mark.parametrize("status", [302, 404, 410])
def test_a_refusal_is_final(tmp_path: Path, receiver: Receiver, status: int) -> None:
    with served(tmp_path) as client:
        client.create_webhook("ci", f"{receiver.address}/status/{status}", [ALL[0]])
        client.create_registered_model("a")
        (log,) = settled(client, 1)
    assert (log.state, log.tries, log.response_status) == ("dead", 1, status)
    assert len(receiver.got) == 1


def test_retry_after_is_heeded(tmp_path: Path, receiver: Receiver) -> None:
    with served(tmp_path) as client:
        client.create_webhook("ci", f"{receiver.address}/status/429/1", [ALL[0]])
        client.create_registered_model("a")
        first, second = receiver.wait(2)
    assert second.at - first.at > 0.9


def test_delays_grow_and_are_never_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    store = SqlStore(SqliteDatabase(None), PLACES)
    plain = Deliveries(store, lambda: None, WebhookSettings(), jitter=lambda: 0.0)
    most = Deliveries(store, lambda: None, WebhookSettings(), jitter=lambda: 1.0)
    assert [round(plain.delay(tries)) for tries in range(1, 9)] == [2, 12, 72, 432, 2592, 15552, 21600, 21600]
    assert most.delay(1) == 2.5
    store.close()


def test_an_address_that_is_not_allowed_any_more_is_not_connected_to(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(tmp_path) as client:
        client.create_webhook("ci", receiver.address, [ALL[0]])
        monkeypatch.setenv("FLOWMILL_WEBHOOK_ALLOWED_HOSTS", "")
        client.create_registered_model("a")
        (log,) = settled(client, 1)
    assert (log.state, log.tries, log.response_status) == ("dead", 1, None)
    assert "not public" in (log.error or "")
    assert receiver.got == []


def test_a_secret_whose_key_is_gone_is_said_and_not_sent_unsigned(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(tmp_path) as client:
        monkeypatch.delenv("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY")
        hook = client.create_webhook("ci", receiver.address, [ALL[0]], secret="s3cret")
        key = tmp_path / "flowmill.db-key"
        assert key.stat().st_mode & 0o777 == 0o600
        key.unlink()
        result = client.test_webhook(hook.webhook_id)
        assert "another key" in (result.error_message or "")
        monkeypatch.setenv("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY", "short")
        assert "holds no key" in (client.test_webhook(hook.webhook_id).error_message or "")
    assert receiver.got == []


def test_a_slow_receiver_holds_up_itself_alone(tmp_path: Path, receiver: Receiver) -> None:
    with served(tmp_path) as client:
        client.create_webhook("slow", f"{receiver.address}/slow", [ALL[0]])
        client.create_webhook("quick", f"{receiver.address}/quick", [ALL[0]])
        for number in range(5):
            client.create_registered_model(f"m{number}")  # answered at once
        receiver.wait(6)
        assert sorted(each.path for each in receiver.got) == ["/quick"] * 5 + ["/slow"]
        receiver.slow.set()
        settled(client, 10)
    assert [each.event["data"]["name"] for each in receiver.got if each.path == "/slow"] == [f"m{n}" for n in range(5)]


def test_a_disabled_webhook_waits(tmp_path: Path, receiver: Receiver) -> None:
    with served(tmp_path) as client:
        hook = client.create_webhook("ci", f"{receiver.address}/status/503/1", [ALL[0]])
        client.create_registered_model("a")
        receiver.wait(1)
        client.update_webhook(hook.webhook_id, status="DISABLED")
        client.create_registered_model("b")
        time.sleep(0.2)
        seen = len(receiver.got)
        assert len(client.list_webhook_deliveries()) == 1
        client.update_webhook(hook.webhook_id, status="ACTIVE")
        settled(client, 1)
        assert len(receiver.got) <= seen + 1


def both_kinds(tmp_path: Path, request: pytest.FixtureRequest, kind: str) -> Callable[[], SqlStore]:
    """Opens one database again and again."""
    if kind == "sqlite":
        return lambda: SqlStore(SqliteDatabase(tmp_path / "flowmill.db"), PLACES)
    from flowmill.store.sql.postgres import PostgresDatabase

    uri = request.getfixturevalue("postgres_uri")
    return lambda: SqlStore(PostgresDatabase(uri), PLACES)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_several_servers_share_the_work_without_sending_twice(
    tmp_path: Path, receiver: Receiver, request: pytest.FixtureRequest, kind: str
) -> None:
    opened = both_kinds(tmp_path, request, kind)
    with served(tmp_path, opened()) as one, served(tmp_path, opened()) as two, served(tmp_path, opened()) as three:
        hooks = [one.create_webhook(f"h{n}", f"{receiver.address}/{n}", [ALL[0]]).webhook_id for n in range(4)]
        for number in range(8):
            (one, two, three)[number % 3].create_registered_model(f"m{number}")
        settled(one, 32)
        time.sleep(0.1)
        assert len(receiver.got) == 32
        assert len({each.headers["X-MLflow-Delivery-Id"] for each in receiver.got}) == 32
        assert len(one.list_webhook_deliveries(hooks[0])) == 8


def test_what_a_killed_server_owed_is_sent_by_the_next(tmp_path: Path, receiver: Receiver) -> None:
    """Written with the change: not even kill -9 between the answer and the delivery loses it."""
    folder = tmp_path / "mlruns"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        away = taken.getsockname()[1]
    port = free_port()
    command = [sys.executable, "-m", "flowmill", "server", "--port", str(port), "--backend-store-uri", str(folder)]
    process = subprocess.Popen(command, cwd=tmp_path, start_new_session=True, stdout=subprocess.DEVNULL)
    with ended(process):
        _wait_for(f"http://127.0.0.1:{port}/health")
        client = Client(f"http://127.0.0.1:{port}")
        client.create_webhook("ci", f"http://127.0.0.1:{away}/", [ALL[0]], secret="s3cret")
        client.create_registered_model("a")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    store = open_store(str(folder))
    assert isinstance(store, SqlStore)
    with receiving(away) as back:
        store.write(lambda tx: tx.run("UPDATE webhook_deliveries SET due_at = 1"))  # the lease has ended
        with served(folder, store) as client:
            back.wait(1)
            assert back.got[0].event["data"]["name"] == "a"
            assert back.got[0].is_signed_with("s3cret")
            settled(client, 1, "delivered")
    assert receiver.got == []


def test_the_log_forgets_what_is_old(tmp_path: Path, receiver: Receiver) -> None:
    store = SqlStore(SqliteDatabase(tmp_path / "flowmill.db"), PLACES)
    sender = Deliveries(store, lambda: None)
    with served(tmp_path, store) as client:
        client.create_webhook("ci", receiver.address, [ALL[0]])
        for name in ("a", "b", "c"):
            client.create_registered_model(name)
        settled(client, 3)
        assert not sender.prune()
        store.write(lambda tx: tx.run("UPDATE webhook_deliveries SET created_at = 1 WHERE id < 3"))
        assert sender.prune()
        assert not sender.prune()
        assert len(client.list_webhook_deliveries()) == 1


def test_a_server_takes_no_deliveries_least_of_all_its_own(tmp_path: Path, receiver: Receiver) -> None:
    with served(tmp_path) as client:
        hook = client.create_webhook("loop", f"{client.tracking_uri}/api/2.0/mlflow/runs/create", [ALL[0]])
        client.create_registered_model("a")
        (log,) = settled(client, 1)
        assert (log.state, log.response_status) == ("dead", Denied.status)
        assert client.search_runs(["0"]) == []
        assert not client.test_webhook(hook.webhook_id).success


def test_a_server_without_webhooks_ends_at_once(tmp_path: Path) -> None:
    start = time.monotonic()
    with served(tmp_path) as client:
        client.create_registered_model("a")
    assert time.monotonic() - start < 5


def _wait_for(url: str) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            assert time.monotonic() < end
            time.sleep(0.05)
