"""Scripts whose artifacts lie in a bucket, with and without a server."""

from __future__ import annotations

from pathlib import Path

import flowmill as mlflow


def test_a_script_logs_to_an_experiment_in_a_bucket(s3: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "folder" / "deep").mkdir(parents=True)
    (tmp_path / "folder" / "deep" / "a.txt").write_text("a")
    mlflow.create_experiment("in S3", artifact_location=f"s3://bucket/{tmp_path.name}")
    mlflow.set_experiment("in S3")
    with mlflow.start_run() as run:
        mlflow.log_artifacts(tmp_path / "folder", "logged")
        mlflow.log_dict({"a": 1}, "conf.json")
    uri = run.info.artifact_uri
    assert uri == f"s3://bucket/{tmp_path.name}/{run.info.run_id}/artifacts"
    assert mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/conf.json") == {"a": 1}
    assert mlflow.artifacts.load_text(f"{uri}/logged/deep/a.txt") == "a"
    whole = Path(mlflow.artifacts.download_artifacts(run_id=run.info.run_id))
    assert (whole / "logged" / "deep" / "a.txt").read_text() == "a"
    listed = mlflow.MlflowClient().list_artifacts(run.info.run_id)
    assert [(each.path, each.is_dir) for each in listed] == [("conf.json", False), ("logged", True)]


def test_the_files_of_a_model_in_a_bucket(s3: dict[str, str], tmp_path: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    mlflow.create_experiment("models in S3", artifact_location=f"s3://bucket/{tmp_path.name}")
    mlflow.set_experiment("models in S3")
    with mlflow.start_run() as run:
        info = mlflow.sklearn.log_model(LogisticRegression().fit([[0.0], [1.0]], [0, 1]), name="m")
    assert mlflow.sklearn.load_model(info.model_uri).predict([[1.0]]).tolist() == [1]
    assert "flavors" in mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/m/MLmodel")
