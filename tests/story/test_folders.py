"""``./mlruns`` is the tracking: deleting it deletes everything, copying it elsewhere keeps everything."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.peer.server import flowmill_server
from tests.story.story import ADDRESS_LINE, SAY, Place, run_python, snippet

STORY = snippet("data") + snippet("log").replace(ADDRESS_LINE, "") + SAY
READ = """
import mlflow, json
client = mlflow.MlflowClient()
experiment = client.get_experiment_by_name("MLFLOW Quickstart")
runs = client.search_runs([experiment.experiment_id])
model = mlflow.pyfunc.load_model(f"runs:/{runs[0].info.run_id}/iris_model")
latest = mlflow.sklearn.load_model("models:/tracking-quickstart/latest")
log = mlflow.artifacts.load_text(f"runs:/{runs[0].info.run_id}/notes.txt")
predicted = model.predict(model.input_example).tolist()[:5]
print(json.dumps([len(runs), runs[0].data.metrics, predicted, latest.max_iter, log]))
"""


@pytest.fixture
def told_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    run_python(
        "-c",
        STORY + 'mlflow.log_text("hello", "notes.txt", run_id=model_info.run_id)\n',
        folder=folder,
    )
    return folder


def test_deleting_the_folder_deletes_the_tracking(told_folder: Path) -> None:
    shutil.rmtree(told_folder / "mlruns")
    left = run_python(
        "-c",
        "import mlflow, json\n"
        "client = mlflow.MlflowClient()\n"
        "print(json.dumps([[e.name for e in client.search_experiments()], len(client.search_registered_models())]))",
        folder=told_folder,
    )
    assert json.loads(left) == [["Default"], 0]


def test_a_copy_elsewhere_works_when_the_original_is_gone(told_folder: Path, tmp_path: Path) -> None:
    before = run_python("-c", READ, folder=told_folder)
    elsewhere = tmp_path / "another machine" / "project"
    shutil.copytree(told_folder, elsewhere)
    shutil.rmtree(told_folder)
    assert run_python("-c", READ, folder=elsewhere) == before

    run_python("-c", STORY, folder=elsewhere)
    versions = run_python(
        "-c",
        "import mlflow\nprint(len(mlflow.MlflowClient().search_model_versions(\"name = 'tracking-quickstart'\")))",
        folder=elsewhere,
    )
    assert versions.strip() == "2"


def test_no_file_in_the_folder_names_the_place_it_stands_at(told_folder: Path) -> None:
    place = str(told_folder).encode()
    for file in (told_folder / "mlruns").rglob("*"):
        if file.is_file():
            assert place not in file.read_bytes(), file


def test_a_server_serves_the_folder_that_scripts_wrote(told_folder: Path) -> None:
    with flowmill_server(told_folder) as address:
        there = Place("server", told_folder, f'mlflow.set_tracking_uri("{address}")\n')
        served = there.run(
            READ.replace("import mlflow, json\n", f'import json\nmlflow.set_tracking_uri("{address}")\n')
        )
    assert served == json.loads(run_python("-c", READ, folder=told_folder))


def test_scripts_write_beside_a_running_server(told_folder: Path) -> None:
    """The page sees what a script writes straight into the folder, and a script sees what came over HTTP."""
    with flowmill_server(told_folder) as address:
        there = Place("server", told_folder, f'mlflow.set_tracking_uri("{address}")\n')
        code = 'with mlflow.start_run(run_name="{name}"):\n    mlflow.log_metric("m", 1)\n'
        run_python("-c", "import mlflow\n" + code.format(name="direct"), folder=told_folder)
        there.run(code.format(name="over http"))
        read = SAY + 'say(sorted(run.info.run_name for run in mlflow.search_runs(["0"], output_format="list")))'
        assert there.run(read) == ["direct", "over http"]
        assert Place("folder", told_folder, "").run(read) == ["direct", "over http"]
