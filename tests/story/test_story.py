"""A beginner's first week, point by point, in every place where it can happen.

What is clicked in the page is in ``tests/e2e``.
"""

from __future__ import annotations

import sys

from tests.story.story import SAY, WHO, Place, run_command, snippet, unregistered, user_settings


def test_two_runs_are_logged_with_what_was_said_about_them(told: Place) -> None:
    first, second = told.run(
        SAY,
        f"""
def facts(run_id):
    run = mlflow.get_run(run_id)
    mine = {{key: value for key, value in run.data.tags.items() if not key.startswith("mlflow.")}}
    is_named = run.data.tags["mlflow.runName"] == run.info.run_name
    return [run.data.params, run.data.metrics, mine, run.info.status, is_named]
say([facts("{told.runs[0]["run_id"]}"), facts("{told.runs[1]["run_id"]}")])
""",
    )
    training_info = {"Training Info": "Basic LR model for iris data"}
    assert first == [
        {"solver": "lbfgs", "max_iter": "1000", "random_state": "8888"},
        {"accuracy": 1.0},
        training_info,
        "FINISHED",
        True,
    ]
    assert second[0]["max_iter"] == "5"
    assert 0.5 < second[1]["accuracy"] < 1.0
    assert second[2:] == [training_info, "FINISHED", True]


def test_both_runs_are_found_to_be_compared(told: Place) -> None:
    rows = told.run(
        SAY,
        """
frame = mlflow.search_runs(experiment_names=["MLFLOW Quickstart"], order_by=["metrics.accuracy DESC"])
say(frame[["params.max_iter", "metrics.accuracy", "tags.Training Info", "status"]].values.tolist())
""",
    )
    assert [row[0] for row in rows] == ["1000", "5"]
    best = told.run(
        SAY,
        """
runs = mlflow.search_runs(search_all_experiments=True, filter_string="metrics.accuracy > 0.99", output_format="list")
say([run.data.params["max_iter"] for run in runs])
""",
    )
    assert best == ["1000"]


def test_the_models_files_are_listed_and_read(told: Place) -> None:
    run_id = told.runs[0]["run_id"]
    files, mlmodel, requirements = told.run(
        SAY,
        f"""
from pathlib import Path
folder = Path(mlflow.artifacts.download_artifacts("runs:/{run_id}/iris_model"))
say([
    sorted(file.name for file in folder.iterdir()),
    (folder / "MLmodel").read_text(),
    (folder / "requirements.txt").read_text(),
])
""",
    )
    assert {"MLmodel", "requirements.txt", "conda.yaml", "python_env.yaml", "input_example.json"} <= set(files)
    assert "python_function" in mlmodel
    assert "sklearn" in mlmodel
    assert "scikit-learn==" in requirements


def test_the_snippet_for_validation_works_as_pasted(told: Place) -> None:
    run_id = told.runs[0]["run_id"]
    code = snippet("validate").replace("3652e08fcc524a0a9d1950474c9a7baf", run_id)
    answer = told.run(code, seconds=600)
    assert len(answer["predictions"]) == 120
    assert set(answer["predictions"]) == {0, 1, 2}


def test_the_input_example_comes_back_as_it_was_given(told: Place) -> None:
    kind, shape, equal = told.run(
        snippet("data"),
        SAY,
        f"""
model = mlflow.pyfunc.load_model("runs:/{told.runs[0]["run_id"]}/iris_model")
say([type(model.input_example).__name__, list(model.input_example.shape), bool((model.input_example == X_train).all())])
""",
    )
    assert (kind, shape, equal) == ("ndarray", [120, 4], True)


def test_the_snippet_for_prediction_fills_the_frame(told: Place) -> None:
    columns, right, rows = told.run(
        snippet("data"),
        f"model_info = mlflow.models.get_model_info({told.runs[0]['model_uri']!r})\n",
        snippet("predict"),
        SAY,
        'say([list(result.columns), int((result["actual_class"] == result["predicted_class"]).sum()), len(result)])',
    )
    assert columns[-2:] == ["actual_class", "predicted_class"]
    assert (right, rows) == (30, 30)


def test_without_a_name_nothing_is_registered_and_registering_makes_version_3(told: Place) -> None:
    third = told.run(snippet("data"), unregistered(snippet("log")), SAY, WHO)
    versions_before, version, versions_after = told.run(
        SAY,
        f"""
client = mlflow.MlflowClient()
def versions():
    found = client.search_model_versions("name = 'tracking-quickstart'")
    return sorted(int(version.version) for version in found)
before = versions()
made = mlflow.register_model("runs:/{third["run_id"]}/iris_model", "tracking-quickstart")
say([before, int(made.version), versions()])
""",
    )
    assert versions_before == [1, 2]
    assert version == 3
    assert versions_after == [1, 2, 3]

    tags, aliases, description = told.run(
        SAY,
        """
client = mlflow.MlflowClient()
client.set_model_version_tag("tracking-quickstart", "3", "validated", "yes")
client.set_registered_model_tag("tracking-quickstart", "task", "classification")
client.set_registered_model_alias("tracking-quickstart", "champion", "1")
client.set_registered_model_alias("tracking-quickstart", "champion", 3)
client.update_model_version("tracking-quickstart", "3", description="Fifty iterations.")
by_alias = client.get_model_version_by_alias("tracking-quickstart", "champion")
say([by_alias.tags, client.get_registered_model("tracking-quickstart").aliases, by_alias.description])
""",
    )
    assert tags == {"validated": "yes"}
    assert {name: int(version) for name, version in aliases.items()} == {"champion": 3}
    assert description == "Fifty iterations."

    latest, by_number, by_alias = told.run(
        snippet("load_latest"),
        SAY,
        """
three = mlflow.sklearn.load_model("models:/tracking-quickstart/3")
champion = mlflow.sklearn.load_model("models:/tracking-quickstart@champion")
say([model.max_iter, three.max_iter, champion.max_iter])
""",
    )
    assert (latest, by_number, by_alias) == (1000, 1000, 1000)


def test_what_is_printed_stays_short(told: Place) -> None:
    """A successful script says what matters in a few lines and shows no warning of ours."""
    code = "import mlflow\n" + told.told_here(snippet("data") + snippet("log").replace("tracking-quickstart", "short"))
    done = run_command(sys.executable, "-c", code, folder=told.folder, settings=user_settings(PYTHONWARNINGS="default"))
    assert done.returncode == 0, done.stderr
    said = (done.stdout + done.stderr).strip().splitlines()
    assert len(said) <= 8, said
    assert "Traceback" not in done.stderr
