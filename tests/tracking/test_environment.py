"""What the environment says of waits between tries, and of Flowmill's loggers."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from flowmill.errors import Invalid, Unavailable
from flowmill.settings import Settings
from flowmill.store.rest import RestStore
from flowmill.wire.experiments import GetExperiment


class Busy(BaseHTTPRequestHandler):
    """Says each time to come back in a minute."""

    def do_GET(self) -> None:  # as the standard library calls it
        self.server.asked.append(time.monotonic())  # type: ignore[attr-defined]
        self.send_response(503)
        self.send_header("Retry-After", "60")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def busy() -> Generator[ThreadingHTTPServer]:
    """A server that is busy; ``asked`` has when it was asked."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Busy)
    server.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_waits_are_as_the_environment_says(busy: ThreadingHTTPServer) -> None:
    settings = Settings.from_environment(
        {
            "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
            "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0.3",
            "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER": "0.05",
            "MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER": "false",
        }
    )
    store = RestStore(f"http://127.0.0.1:{busy.server_address[1]}", settings)
    with pytest.raises(Unavailable, match="HTTP 503"):
        store.send(GetExperiment(experiment_id="0"))
    store.close()
    times: list[float] = busy.asked  # type: ignore[attr-defined]
    assert len(times) == 3
    assert 0.6 <= times[2] - times[1] < 30  # twice the factor, and not the minute that the server asks for


@pytest.mark.parametrize("name", ["MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER"])
@pytest.mark.parametrize("value", ["-1", "nan", "inf", "soon"])
def test_a_wait_is_a_number_of_seconds(name: str, value: str) -> None:
    with pytest.raises(Invalid, match=f"{name}: it must be a number"):
        Settings.from_environment({name: value})


def said(setup: str = "", **environment: str) -> str:
    """What a process writes to stderr whose loggers say something of each level."""
    script = f"""
import logging
{setup}
import flowmill
for name in ("flowmill", "flowmill.models"):
    for level in ("debug", "info", "warning", "error"):
        getattr(logging.getLogger(name), level)("%s of %s", level, name)
"""
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    return done.stderr


def test_the_level_of_our_loggers() -> None:
    assert said().split("\n")[:2] == ["warning of flowmill", "error of flowmill"]
    everything = said(MLFLOW_LOGGING_LEVEL="debug").splitlines()
    assert len(everything) == 8 and everything[0].endswith(" DEBUG flowmill: debug of flowmill")
    assert [line.rpartition(": ")[2] for line in said(MLFLOW_LOGGING_LEVEL="ERROR").splitlines()] == [
        "error of flowmill",
        "error of flowmill.models",
    ]
    assert "Invalid value 'loud' of MLFLOW_LOGGING_LEVEL: expected one of DEBUG" in said(MLFLOW_LOGGING_LEVEL="loud")


def test_a_program_that_sets_up_logging_keeps_what_it_has() -> None:
    setup = "logging.basicConfig(format='mine: %(message)s', level='DEBUG')"
    assert said(setup, MLFLOW_LOGGING_LEVEL="ERROR").splitlines() == [
        "mine: error of flowmill",
        "mine: error of flowmill.models",
    ]
    assert len(said(setup, MLFLOW_LOGGING_LEVEL="ERROR", MLFLOW_CONFIGURE_LOGGING="false").splitlines()) == 8
