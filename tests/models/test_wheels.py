"""Models that bring their libraries along: the wheels beside them are all that an environment is made of."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

import flowmill
from flowmill.errors import Denied, FlowmillError, Invalid
from flowmill.models import Model, add_libraries_to_model, environment, generate_dockerfile, lock_requirements, predict
from flowmill.models import update_model_requirements as change
from flowmill.models.manifest import MANIFEST_TAG
from flowmill.models.uv import find_uv
from tests.models.test_lock import index as index
from tests.models.test_lock import wheel, words
from tests.peer.environment import peer_python, peer_settings

DEAD = "http://127.0.0.1:9/"
OWN = "mlflow-skinny==99.0"
"""What stands for MLflow among the requirements, from an index of our own."""


SCRIPT = """
try:
    from mlflow.models import set_model
except ImportError:
    from flowmill.models import set_model

def length(model_input: list[str]) -> str:
    import mill_stone
    return f"{mill_stone.word} {len(model_input)}"

set_model(length)
"""


READS = """
import sys, mlflow
model = mlflow.pyfunc.load_model(sys.argv[1])
assert set(model.metadata.to_dict()["wheels"]) == {"platform"}
"""


@pytest.fixture
def version(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A registered version, in a store of its own."""
    wheel(index, "mlflow_skinny", "99.0", "first")
    flowmill.set_tracking_uri(f"sqlite:///{tmp_path / 'store.db'}")
    (tmp_path / "talker.py").write_text(SCRIPT)
    with flowmill.start_run():
        flowmill.pyfunc.log_model(
            name="talker",
            python_model=str(tmp_path / "talker.py"),
            pip_requirements=[OWN, "mill-wheel==1.0", "cloudpickle"],
            registered_model_name="talker",
        )
    return "models:/talker/1"


def no_index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As on a machine without a network, which has never seen any of this."""
    monkeypatch.setenv("FLOWMILL_CACHE_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    for name in ("UV_INDEX", "PIP_FIND_LINKS", "UV_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UV_DEFAULT_INDEX", DEAD)


def test_what_is_brought_along_is_all_that_an_environment_needs(
    version: str, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    first = Path(flowmill.artifacts.download_artifacts(version))
    lock_requirements(f"models:/{Model.load(first).model_id}")  # a lock chooses which wheels
    wheel(index, "mill_stone", "2.0", "second")
    info = add_libraries_to_model(version)
    assert info.registered_model_version == 2
    folder = Path(flowmill.artifacts.download_artifacts("models:/talker/2"))
    lines = (folder / "requirements.txt").read_text().splitlines()
    assert all((folder / line).is_file() for line in lines)
    names = {line.partition("-")[0] for line in lines}
    assert {"wheels/mill_stone", "wheels/mlflow_skinny", "wheels/numpy", "wheels/uvicorn"} <= names
    assert (folder / "original_requirements.txt").read_text() == (first / "requirements.txt").read_text()
    assert not (folder / "requirements.lock").exists()
    was, now = Model.load(first).to_dict(), Model.load(folder).to_dict()
    assert set(now.pop("wheels")) == {"platform"}
    differing = {key for key in now if now[key] != was.get(key)}
    assert differing == {"model_id", "model_uuid", "utc_time_created"}
    assert now["run_id"] == was["run_id"] == flowmill.MlflowClient().get_model_version("talker", "2").run_id
    with pytest.raises(FlowmillError, match="brings its libraries along already") as caught:
        add_libraries_to_model("models:/talker/latest")
    assert caught.value.error_code == "BAD_REQUEST"
    for attempt in (lambda: lock_requirements(info.model_uri), lambda: change(info.model_uri, "add", ["mill-grain"])):
        with pytest.raises(Invalid, match="use add_libraries_to_model again"):
            attempt()

    # MLflow reads it, and any installer finds all that its requirements name.
    read = subprocess.run([str(peer_python()), "-c", READS, str(folder)], env=peer_settings(tmp_path), check=True)
    assert read.returncode == 0
    fresh = tmp_path / "fresh"
    subprocess.run([find_uv(), "venv", "--quiet", str(fresh)], check=True)
    command = [find_uv(), "pip", "install", "--quiet", "--no-index", "--python", str(fresh), "-r", "requirements.txt"]
    subprocess.run(command, cwd=folder, check=True)
    assert words(fresh / "bin" / "python") == ["first", "first"]

    no_index(monkeypatch, tmp_path)
    predict("models:/talker/2", input_data=["a", "b"], env_manager="uv")
    assert json.loads(capfd.readouterr().out) == {"predictions": "first 2"}
    # Whoever copies the model to an image takes the wheels into the layer of the environment.
    dockerfile = generate_dockerfile("models:/talker/2", tmp_path / "image").read_text()
    assert '"--find-links", "/opt/flowmill/wheels", "--no-index"' in dockerfile
    assert (tmp_path / "image" / "wheels").is_dir() and not (tmp_path / "image" / "model" / "wheels").exists()

    # Wheels that somebody else put there are not installed, even under the same names.
    stone = next(folder.glob("wheels/mill_stone*"))
    wheel(tmp_path / "evil", "mill_stone", "1.0", "stolen")
    (tmp_path / "evil" / "mill-stone" / stone.name).rename(stone)
    with pytest.raises(Denied, match=r"no key that you trust has sealed wheels/mill_stone-1.0.*ALLOW_PICKLE"):
        environment.build(folder)
    stone.unlink()
    with pytest.raises(FlowmillError, match=r"wheels/mill_stone-1.0-py3-none-any.whl' is missing"):
        environment.build(folder)


def test_what_cannot_be_collected_leaves_no_version(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for uri, match in (
        ("models:/nobody/1", "nobody"),
        ("models:/talker@best", "best"),
        ("runs:/0123/talker", "expected models:/name/version"),
        ("talker", "expected models:/name/version"),
    ):
        with pytest.raises(FlowmillError, match=match):
            add_libraries_to_model(uri)
    monkeypatch.delenv("UV_INDEX")
    with pytest.raises(FlowmillError, match=r"cannot be collected: .*mlflow-skinny==99\.0.*PIP_INDEX_URL") as caught:
        add_libraries_to_model(version)
    assert "WARNING" not in caught.value.message and "\n" not in caught.value.message
    assert [each.version for each in flowmill.MlflowClient().search_model_versions("name='talker'")] == ["1"]


BY_MLFLOW = """
import sys
import mlflow
from mlflow.models import add_libraries_to_model

mlflow.set_tracking_uri(sys.argv[1])
mlflow.pyfunc.log_model(name="talker", python_model="talker.py", registered_model_name="talker",
                        pip_requirements=["mlflow-skinny==99.0", "mill-wheel==1.0", "cloudpickle"])
add_libraries_to_model("models:/talker/1")
mlflow.artifacts.download_artifacts("models:/talker/2", dst_path=sys.argv[2])
"""


def test_what_mlflow_has_collected(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its wheels make the environment; of an index comes only what serves the model here."""
    wheel(index, "mlflow_skinny", "99.0", "first")
    pip = tmp_path / "pip"
    subprocess.run([find_uv(), "pip", "install", "--quiet", "--target", str(pip), "pip"], check=True)  # which it needs
    settings = {**peer_settings(tmp_path), "PYTHONPATH": str(pip), "PIP_EXTRA_INDEX_URL": os.environ["UV_INDEX"]}
    (tmp_path / "talker.py").write_text(SCRIPT)
    there = tmp_path / "there"
    command = [str(peer_python()), "-c", BY_MLFLOW, f"sqlite:///{tmp_path / 'theirs.db'}", str(there)]
    subprocess.run(command, env=settings, cwd=tmp_path, check=True, capture_output=True)
    wheel(index, "mill_stone", "2.0", "second")
    with pytest.raises(Denied, match="brings its libraries along"):
        environment.build(there)
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "true")
    predict(str(there), input_data=["a", "b"], env_manager="uv")
    assert json.loads(capfd.readouterr().out) == {"predictions": "first 2"}


def test_what_was_changed_after_it_was_sealed_is_not_sealed_with_the_wheels(version: str) -> None:
    """Whoever changes a model and its list of files where they lie gets no seal by the copy of somebody trusted."""
    client = flowmill.MlflowClient()
    found = client.get_model_version("talker", "1")
    client.delete_logged_model_tag(found.model_id, MANIFEST_TAG)
    script = Path(client.get_logged_model(found.model_id).artifact_location.removeprefix("file://")) / "talker.py"
    script.write_text(f"{script.read_text()}\nprint('stolen')\n")
    add_libraries_to_model(version)
    with pytest.raises(Denied, match=r"talker\.py"):
        flowmill.pyfunc.load_model("models:/talker/2")
