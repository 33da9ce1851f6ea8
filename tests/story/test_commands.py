"""``flowmill ui`` and ``mlflow ui``: where they serve, and what they say."""

from __future__ import annotations

import fcntl
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peer.server import answers, free_port
from tests.story.story import run_command, user_settings

COMMANDS = Path(sys.executable).parent


@pytest.fixture
def default_port() -> Iterator[None]:
    """Port 5000 for this test alone, however many test processes there are."""
    with (Path(tempfile.gettempdir()) / "flowmill-tests-port-5000").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("name", ["flowmill", "mlflow"])
@pytest.mark.usefixtures("default_port")
def test_ui_serves_this_folder_on_port_5000(name: str, tmp_path: Path) -> None:
    was_taken = taken(5000)
    with (tmp_path / "said").open("w") as said:
        process = subprocess.Popen(
            [COMMANDS / name, "ui"], cwd=tmp_path, env=user_settings(), stdout=said, stderr=subprocess.STDOUT
        )
        try:
            if was_taken:  # somebody else's program: then the command must say so
                assert process.wait(20) != 0
                assert "5000" in (tmp_path / "said").read_text()
                return
            end = time.monotonic() + 20
            while not answers("http://127.0.0.1:5000/health"):
                assert process.poll() is None, (tmp_path / "said").read_text()
                assert time.monotonic() < end
                time.sleep(0.05)
            lines = (tmp_path / "said").read_text().strip().splitlines()
            assert len(lines) == 1, lines
            assert "http://127.0.0.1:5000" in lines[0]
            assert "mlruns" in lines[0]
            with urllib.request.urlopen("http://127.0.0.1:5000/") as page:
                assert "text/html" in page.headers["Content-Type"]
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)
    assert process.returncode in (0, 130)
    assert "Traceback" not in (tmp_path / "said").read_text()


@pytest.mark.parametrize("command", ["ui", "server"])
def test_a_busy_port_is_one_sentence_that_names_another(command: str, tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        done = run_command(str(COMMANDS / "flowmill"), command, "--port", str(port), folder=tmp_path, seconds=20)
    assert done.returncode != 0
    said = (done.stdout + done.stderr).strip()
    assert "Traceback" not in said
    assert len(said.splitlines()) <= 2
    assert str(port) in said
    assert "--port" in said
    assert any(str(other) in said for other in range(port + 1, port + 50))


def test_versions(tmp_path: Path) -> None:
    for name in ("flowmill", "mlflow"):
        done = run_command(str(COMMANDS / name), "--version", folder=tmp_path)
        assert done.returncode == 0
        assert done.stdout.strip()
    assert not list(tmp_path.iterdir())


def test_the_demo_names_another_port_when_its_own_is_busy(tmp_path: Path) -> None:
    demo = Path(__file__).parents[2] / "examples" / "demo.py"
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        done = run_command(sys.executable, str(demo), "--port", str(port), "--once", folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Port {port} is in use by another program; try: make demo PORT=")
    assert not list(tmp_path.iterdir())


def test_the_demo_tells_the_whole_story(tmp_path: Path) -> None:
    examples = tmp_path / "examples"
    shutil.copytree(Path(__file__).parents[2] / "examples", examples)
    done = run_command(
        sys.executable, "examples/demo.py", "--port", str(free_port()), "--once", folder=tmp_path, seconds=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[3/3] Look at it: http://127.0.0.1:" in done.stdout
    assert "models:/tracking-quickstart/latest is a LogisticRegression with C=1.0" in done.stdout
    assert "Warning" not in done.stdout + done.stderr
    assert (tmp_path / "mlruns").is_dir()
