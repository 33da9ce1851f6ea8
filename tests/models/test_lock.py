"""A model's requirements by version and hash: what is installed for it elsewhere, and next year, is what was locked."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import flowmill
from flowmill.errors import FlowmillError, Invalid
from flowmill.models import environment, lock_requirements, update_model_requirements
from flowmill.models.lock import LOCK_FILE
from flowmill.models.own_wheel import own_wheel


class Index(SimpleHTTPRequestHandler):
    """A package index: a folder of wheels for each name, listed."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


Publish = Callable[..., None]


def wheel(folder: Path, name: str, version: str, says: str, needs: str | None = None) -> None:
    """A wheel of one module which has the word that it ``says``."""
    folder = folder / name.replace("_", "-")
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    requires = f"Requires-Dist: {needs}\n" if needs else ""
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}.py", f"word = {says!r}\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


def serving(folder: Path, monkeypatch: pytest.MonkeyPatch) -> ThreadingHTTPServer:
    """The folder as an index beside the usual one, from which the newest release of a name is taken."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Index, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("UV_INDEX", f"http://127.0.0.1:{server.server_port}/")
    monkeypatch.setenv("UV_INDEX_STRATEGY", "unsafe-best-match")
    return server


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An index with two distributions, of which one needs the other; the cache of environments is empty."""
    monkeypatch.setenv("FLOWMILL_CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "index"
    wheel(folder, "mill_wheel", "1.0", "first", "mill-stone>=1")
    wheel(folder, "mill_stone", "1.0", "first")
    server = serving(folder, monkeypatch)
    yield folder
    server.shutdown()
    server.server_close()


@pytest.fixture
def model(index: Path, tmp_path: Path) -> Path:
    flowmill.pyfunc.save_model(
        tmp_path / "model", python_model=len, pip_requirements=["mill-wheel==1.0", "cloudpickle"]
    )
    return tmp_path / "model"


def words(python: Path) -> list[str]:
    """What the two distributions say in an environment."""
    command = [str(python), "-c", "import mill_wheel, mill_stone; print(mill_wheel.word, mill_stone.word)"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def forget_environments(tmp_path: Path) -> None:
    """As on another machine, or after a change of Flowmill."""
    shutil.rmtree(tmp_path / "cache" / "environments")


def test_a_locked_model_gets_what_was_locked_or_nothing(
    model: Path, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = lock_requirements(str(model))
    assert {"mill-wheel==1.0", "mill-stone==1.0"} < set(locked)
    assert {"numpy", "pandas", "uvicorn"} < {line.partition("==")[0] for line in locked}  # what serves it
    text = (model / LOCK_FILE).read_text()
    digest = hashlib.sha256((index / "mill-stone" / "mill_stone-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    assert f"--hash=sha256:{digest}" in text
    assert "127.0.0.1" not in text and "index" not in text  # where an index is stays with who asked it
    # A release that came later is not taken, although the requirement allows it.
    wheel(index, "mill_stone", "2.0", "second")
    assert words(environment.build(model)) == ["first", "first"]
    # Another index has another file under the same version.
    forget_environments(tmp_path)
    other = tmp_path / "hijacked"
    shutil.copytree(index, other)
    wheel(other, "mill_stone", "1.0", "stolen")
    server = serving(other, monkeypatch)
    try:
        with pytest.raises(FlowmillError, match=r"cannot be built: .*[Hh]ash") as caught:
            environment.build(model)
    finally:
        server.shutdown()
        server.server_close()
    assert "mill-stone" in caught.value.message and "\n" not in caught.value.message
    assert not list((tmp_path / "cache" / "environments").glob("*/"))


def test_without_a_lock_what_was_found_first_stays(model: Path, index: Path, tmp_path: Path) -> None:
    assert words(environment.build(model)) == ["first", "first"]
    wheel(index, "mill_stone", "2.0", "second")
    forget_environments(tmp_path)
    assert words(environment.build(model)) == ["first", "first"]
    # Whoever asks for another release gets it, and nothing else changes.
    assert words(environment.build(model, ["mill-stone==2.0"])) == ["first", "second"]


def test_what_is_asked_for_one_prediction_keeps_the_rest_locked(model: Path, index: Path, tmp_path: Path) -> None:
    lock_requirements(str(model))
    wheel(index, "mill_stone", "2.0", "second")
    wheel(index, "mill_grain", "1.0", "third")
    assert words(environment.build(model, ["mill-grain"])) == ["first", "first"]


def test_a_build_that_pypi_does_not_have_is_locked_and_said(
    model: Path, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As torch 2.13.0+cpu is, where it was installed from a folder of wheels."""
    folder = tmp_path / "wheels"
    wheel(folder, "mill_stone", "1.0+cpu", "built")
    monkeypatch.setenv("UV_FIND_LINKS", str(folder / "mill-stone"))
    locked = lock_requirements(str(model))
    assert {"mill-wheel==1.0", "mill-stone==1.0+cpu"} < set(locked)
    assert "names mill-stone==1.0+cpu, which PyPI does not have" in caplog.text
    assert words(environment.build(model)) == ["first", "built"]
    forget_environments(tmp_path)
    monkeypatch.delenv("UV_FIND_LINKS")
    with pytest.raises(FlowmillError, match="mill-stone"):
        environment.build(model)
    lock_requirements(str(model))
    assert words(environment.build(model)) == ["first", "first"]


def test_a_lock_of_other_requirements_is_refused(model: Path) -> None:
    lock_requirements(str(model))
    (model / "requirements.txt").write_text("mill-wheel\n")
    with pytest.raises(Invalid, match="made for other requirements"):
        environment.build(model)
    (model / "requirements.txt").write_text("cloudpickle\nmill-wheel==1.0\nmlflow==2.0\n")  # the same in other words
    assert environment.build(model).exists()


PYTHON = sys.version_info.minor
HASH = "--hash=sha256:" + "0" * 64


@pytest.mark.parametrize(
    "line",
    [
        "numpy==2.0",
        f"numpy {HASH}",
        f"numpy>=2 {HASH}",
        "numpy==2.0 --hash=md5:00",
        f"numpy==2.0 {HASH} --index-url=http://evil.example",
        "--index-url http://evil.example/simple",
        "--extra-index-url=http://evil.example/simple",
        "-r /etc/passwd",
        f"-e . {HASH}",
        f"numpy @ file:///x.whl {HASH}",
        f"numpy @ http://evil.example/x.whl {HASH}",
        f"./numpy.whl {HASH}",
    ],
)
def test_a_lock_is_data_too(model: Path, line: str) -> None:
    lock_requirements(str(model))
    with (model / LOCK_FILE).open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(Invalid, match=r"requirements\.lock has the line"):
        environment.build(model)


def test_an_incomplete_lock_is_not_completed_from_the_index(model: Path) -> None:
    lock_requirements(str(model))
    kept = (model / LOCK_FILE).read_text().replace("\\\n", "\0").splitlines()
    (model / LOCK_FILE).write_text("\n".join(line for line in kept if "mill-stone" not in line).replace("\0", "\\\n"))
    with pytest.raises(FlowmillError, match="mill-stone"):
        environment.build(model)


def test_a_lock_of_a_release_that_needed_less(model: Path, monkeypatch: pytest.MonkeyPatch, index: Path) -> None:
    """What is added is found now; what was locked stays what it was."""
    lock_requirements(str(model))
    wheel(index, "mill_stone", "2.0", "second")
    wheel(index, "mill_grain", "1.0", "third")
    needs = (*environment.needs(), "mill-grain>=1")
    monkeypatch.setattr(environment, "needs", lambda: needs)
    python = environment.build(model)
    assert words(python) == ["first", "first"]
    said = subprocess.run([python, "-c", "import mill_grain; print(mill_grain.word)"], capture_output=True, check=True)
    assert said.stdout == b"third\n"


def test_what_has_no_hash_and_what_must_be_built_cannot_be_locked(model: Path, index: Path) -> None:
    (index / "mill-source").mkdir()
    with zipfile.ZipFile(index / "mill-source" / "mill_source-1.0.zip", "w") as archive:
        archive.writestr("mill_source-1.0/setup.py", "raise SystemExit('this ran')\n")
    (model / "requirements.txt").write_text("mill-source==1.0\n")
    with pytest.raises(FlowmillError, match=r"cannot be resolved: .*no usable wheels") as caught:
        lock_requirements(str(model))
    assert "this ran" not in caught.value.message
    assert not (model / LOCK_FILE).exists()


def test_hashes_of_ones_own_hold(model: Path) -> None:
    (model / "requirements.txt").write_text(f"mill-wheel==1.0 {HASH}\n")
    lock_requirements(str(model))
    assert (
        f"mill-wheel==1.0 ; python_full_version < '3.{PYTHON + 1}' \\\n    {HASH}\n" in (model / LOCK_FILE).read_text()
    )
    with pytest.raises(FlowmillError, match=r"mill-wheel"):
        environment.build(model)


def test_a_logged_model_is_locked_and_loads(index: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    flowmill.set_tracking_uri(f"sqlite:///{tmp_path / 'store.db'}")
    info = flowmill.pyfunc.log_model(
        name="m", python_model=len, pip_requirements=["mill-wheel==1.0"], registered_model_name="m"
    )
    with pytest.raises(Invalid, match="a registered version stays as it is"):
        lock_requirements("models:/m/1")
    lock_requirements(info.model_uri)
    folder = Path(flowmill.artifacts.download_artifacts(info.model_uri))
    assert LOCK_FILE in json.loads((folder / "flowmill_files.json").read_text())
    assert flowmill.pyfunc.load_model("models:/m/1").predict([1, 2]) == 2
    update_model_requirements(info.model_uri, "add", ["mill-stone"])
    assert "lock it again" in caplog.text
    folder = Path(flowmill.artifacts.download_artifacts(info.model_uri))
    assert not (folder / LOCK_FILE).exists()
    assert flowmill.pyfunc.load_model("models:/m/1").predict([1, 2]) == 2


def test_models_are_locked_when_they_are_logged_if_that_is_set(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("FLOWMILL_LOCK_MODELS", "true")
    flowmill.pyfunc.save_model(tmp_path / "a", python_model=len, pip_requirements=["mill-wheel==1.0"])
    assert "mill-stone==1.0" in (tmp_path / "a" / LOCK_FILE).read_text()
    with caplog.at_level(logging.WARNING, "flowmill.models"):
        flowmill.pyfunc.save_model(tmp_path / "b", python_model=len, pip_requirements=["mill-nowhere==1.0"])
    assert "saved without a lock" in caplog.text and "mill-nowhere" in caplog.text
    assert not (tmp_path / "b" / LOCK_FILE).exists()
    assert flowmill.pyfunc.load_model(str(tmp_path / "b")).predict([1, 2]) == 2


def test_our_own_wheel_is_what_runs_whatever_lies_there(tmp_path: Path) -> None:
    made = own_wheel(tmp_path)
    digest = made.write()
    assert hashlib.sha256(made.path.read_bytes()).hexdigest() == digest
    made.path.write_bytes(b"something else")
    assert own_wheel(tmp_path).write() == digest
    assert hashlib.sha256(made.path.read_bytes()).hexdigest() == digest
