"""What Flowmill keeps on a machine is its user's alone, and nothing is fetched or shown that nobody asked for."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import flowmill
from flowmill.errors import Denied
from flowmill.models.environment import build
from flowmill.models.uri import fetched, resolve
from tests.peer.server import flowmill_server

SECRET = "hunter2-canary"


def doubler() -> flowmill.pyfunc.PythonModel:
    """A model that only a pickle can hold."""

    class Doubler(flowmill.pyfunc.PythonModel):
        def predict(self, context: object, model_input: list[int], params: object = None) -> list[int]:
            return [2 * each for each in model_input]

    return Doubler()


@pytest.fixture(autouse=True)
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user who has never used Flowmill."""
    monkeypatch.setenv("FLOWMILL_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def open_umask() -> Iterator[None]:
    """New files are for everybody, unless a program says otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


@contextmanager
def web_server() -> Iterator[tuple[str, list[str]]]:
    """A web server, and the paths that it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"a,b\n1,2\n")

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    server.server_close()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("open_umask")
def test_folders_of_what_runs_are_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "MLmodel").write_text("flavors: {}\n")
    (model / "requirements.txt").write_text("")
    cache = tmp_path / "cache"
    monkeypatch.setenv("FLOWMILL_CACHE_DIR", str(cache))
    (tmp_path / "canary").mkdir()
    assert mode(tmp_path / "canary") == 0o777
    environment = build(model).parents[1]
    for folder in (cache, cache / "environments", cache / "wheels", cache / "locks"):
        assert mode(folder) == 0o700, folder
    assert environment.is_relative_to(cache)
    (cache / "environments").chmod(0o777)
    with pytest.raises(Denied, match="Others may write"):
        build(model)
    (cache / "environments").chmod(0o700)
    if os.geteuid() == 0:
        os.chown(cache / "wheels", 12345, 12345)
        with pytest.raises(Denied, match="belongs to another user"):
            build(model)


@pytest.mark.usefixtures("open_umask")
def test_folders_of_fetched_models_are_the_users_own(tmp_path: Path) -> None:
    with flowmill_server(tmp_path) as address:
        flowmill.set_tracking_uri(address)
        with flowmill.start_run() as run:
            flowmill.log_text("flavors: {}\n", "m/MLmodel")
        far = resolve(f"runs:/{run.info.run_id}/m")
        assert far.local_folder() is None
        with fetched(far) as got:
            assert mode(got.folder.parent) == 0o700
        assert mode(Path(flowmill.artifacts.download_artifacts(f"runs:/{run.info.run_id}/m")).parent) == 0o700


@pytest.mark.parametrize("place", ["folder", "server"])
def test_a_models_files_are_those_that_were_logged(tmp_path: Path, place: str) -> None:
    with ExitStack() as stack:
        flowmill.set_tracking_uri(
            str(tmp_path / "mlruns") if place == "folder" else stack.enter_context(flowmill_server(tmp_path))
        )
        stack.enter_context(flowmill.start_run())
        info = flowmill.pyfunc.log_model(name="m", python_model=doubler(), registered_model_name=f"swapped-{place}")
        (held,) = (file.parent for file in tmp_path.rglob("MLmodel"))
        canary = held / "requirements.txt"
        for uri in (info.model_uri, f"models:/swapped-{place}/1", f"runs:/{info.run_id}/m"):
            assert flowmill.pyfunc.load_model(uri).predict([2]) == [4]
        before = canary.read_text()
        canary.write_text(before + "evil==1\n")
        (held / "python_model.pkl").unlink()
        for uri in (info.model_uri, f"models:/swapped-{place}/1", f"runs:/{info.run_id}/m"):
            with pytest.raises(Denied, match=r"not those that were logged: python_model\.pkl, requirements\.txt"):
                flowmill.pyfunc.load_model(uri)
        manifest = held / "flowmill_files.json"
        manifest.write_text(manifest.read_text().replace("requirements", "other"))
        with pytest.raises(Denied, match=r"logged: flowmill_files\.json"):
            flowmill.pyfunc.load_model(info.model_uri)
        # A version outlives the logged model that it was made from, which in the trash still knows its files.
        flowmill.MlflowClient().delete_logged_model(info.model_id or "")
        with pytest.raises(Denied, match=r"logged: flowmill_files\.json"):
            flowmill.pyfunc.load_model(f"models:/swapped-{place}/1")


def test_changes_by_the_owner_are_logged_too(tmp_path: Path) -> None:
    """A signature that is set later is no change of somebody else's."""
    flowmill.set_tracking_uri(str(tmp_path / "mlruns"))
    info = flowmill.pyfunc.log_model(name="m", python_model=doubler())
    flowmill.models.set_signature(info.model_uri, flowmill.models.infer_signature([1], [2]))
    assert flowmill.pyfunc.load_model(info.model_uri).metadata.signature is not None


def test_models_keep_no_values_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)

    def answer(model_input: list[str]) -> list[str]:
        return [each + str(len(os.environ["OPENAI_API_KEY"])) for each in model_input]

    flowmill.pyfunc.save_model(tmp_path / "m", python_model=answer, input_example=["a"])
    (tmp_path / "canary").write_text(SECRET)
    holders = [file.name for file in tmp_path.rglob("*") if file.is_file() and SECRET.encode() in file.read_bytes()]
    assert holders == ["canary"]


def test_reading_a_run_fetches_nothing_of_its_datasets(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    flowmill.set_tracking_uri(str(tmp_path / "mlruns"))
    with web_server() as (address, asked):
        frame = pandas.DataFrame({"a": [1]})
        with flowmill.start_run() as run:
            flowmill.log_input(flowmill.data.from_pandas(frame, source=f"{address}/a.csv"), context="training")
        (used,) = flowmill.get_run(run.info.run_id).inputs.dataset_inputs
        flowmill.search_runs(["0"])
        source = flowmill.data.get_source(used)
        assert asked == []
        assert Path(source.load()).read_bytes() == b"a,b\n1,2\n"
        assert asked == ["/a.csv"]
