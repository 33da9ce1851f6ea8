"""The three ways in for existing code, and a notebook: the same script, the same result."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.story.story import ADDRESS_LINE, SAY, run_command, run_python, snippet, user_settings

STORY = snippet("data") + snippet("log").replace(ADDRESS_LINE, "") + snippet("predict")
RESULT = SAY + 'say([mlflow.active_run(), model_info.model_uri, result["predicted_class"].tolist()])\n'
AS_FLOWMILL = STORY.replace("import mlflow\n", "import flowmill as mlflow\n").replace(
    "from mlflow.models import", "from flowmill.models import"
)


@pytest.mark.parametrize(
    ("command", "script"),
    [
        pytest.param([], STORY, id="import mlflow"),
        pytest.param([], AS_FLOWMILL, id="import flowmill as mlflow"),
        pytest.param(["-m", "flowmill", "run"], STORY, id="python -m flowmill run"),
        pytest.param([], "import flowmill\nflowmill.install_as_mlflow()\n" + STORY, id="install_as_mlflow"),
    ],
)
def test_the_story_runs(command: list[str], script: str, tmp_path: Path) -> None:
    (tmp_path / "story.py").write_text(script + RESULT, encoding="utf-8")
    printed = run_python(*command, "story.py", folder=tmp_path)
    run, model_uri, predicted = json.loads(printed.strip().rsplit("\n", 1)[-1])
    assert run is None
    assert model_uri.startswith("models:/m-")
    assert len(predicted) == 30
    assert {path.name for path in tmp_path.iterdir()} == {"story.py", "mlruns"}


def test_run_hands_arguments_and_the_exit_code_on(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import mlflow, sys\nprint(sys.argv)\nsys.exit(len(sys.argv))\n")
    done = run_command(sys.executable, "-m", "flowmill", "run", "script.py", "--lr", "0.1", folder=tmp_path)
    assert done.returncode == 3, done.stderr
    assert done.stdout.strip() == "['script.py', '--lr', '0.1']"


def test_both_names_are_the_same_objects(tmp_path: Path) -> None:
    code = """
import flowmill, mlflow, importlib.metadata
from mlflow.tracking import MlflowClient
from mlflow.exceptions import MlflowException
import mlflow.entities, flowmill.client, flowmill.errors
assert mlflow.log_metric is flowmill.log_metric
assert MlflowClient is flowmill.client.Client
assert MlflowException is flowmill.errors.FlowmillError
assert importlib.metadata.version("mlflow").startswith("3.17.2+flowmill")
assert mlflow.__version__.startswith("3.17.2")
"""
    run_python("-c", code, folder=tmp_path)


NOTEBOOK = """
import nbformat, sys
from nbclient import NotebookClient

cells = [nbformat.v4.new_code_cell(text) for text in {cells!r}]
notebook = nbformat.v4.new_notebook(cells=cells)
NotebookClient(notebook, timeout=300, kernel_name="python3", resources={{"metadata": {{"path": "."}}}}).execute()
texts = [output.get("text", "") for output in notebook.cells[-1].outputs if output["output_type"] == "stream"]
print("".join(texts))
"""


def test_the_story_runs_in_a_notebook(tmp_path: Path) -> None:
    """Each cell of the story, and the result as text; the kernel's own warnings do not matter here."""
    validate = snippet("validate").replace(
        "'runs:/3652e08fcc524a0a9d1950474c9a7baf/iris_model'", "model_info.model_uri"
    )
    cells = [
        snippet("data"),
        snippet("log").replace(ADDRESS_LINE, ""),
        validate.replace('env_manager="uv"', 'env_manager="local"'),
        snippet("predict"),
        snippet("load_latest"),
        SAY + "say([type(model).__name__, mlflow.active_run(), len(result)])",
    ]
    printed = run_python("-c", NOTEBOOK.format(cells=cells), folder=tmp_path, seconds=300)
    assert json.loads(printed.strip().rsplit("\n", 1)[-1]) == ["LogisticRegression", None, 30]
    assert (tmp_path / "mlruns").is_dir()


def test_a_run_tells_the_truth_about_how_it_ended(tmp_path: Path) -> None:
    """Raised: FAILED; finished: FINISHED."""
    (tmp_path / "raises.py").write_text("import mlflow\nmlflow.start_run(run_name='raises')\nraise ValueError('x')\n")
    (tmp_path / "ends.py").write_text("import mlflow\nmlflow.start_run(run_name='ends')\n")
    for name, code in {"raises": 1, "ends": 0}.items():
        done = run_command(sys.executable, f"{name}.py", folder=tmp_path, settings=user_settings())
        assert done.returncode == code
    statuses = run_python(
        "-c",
        "import mlflow, json\n"
        "print(json.dumps({r.info.run_name: r.info.status for r in mlflow.search_runs(output_format='list')}))",
        folder=tmp_path,
    )
    assert json.loads(statuses) == {"raises": "FAILED", "ends": "FINISHED"}
