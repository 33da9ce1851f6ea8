"""Trainings of Keras that log themselves, beside the real MLflow where it can (its TensorFlow needs TensorBoard)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import flowmill as mlflow
from flowmill import session
from flowmill.autologging import configuration
from flowmill.entities import Run

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras

FEATURES = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
CLASSES = (FEATURES.sum(1) > 0).astype("float32")
SCRIPT = Path(__file__).parent / "scripts" / "keras_autolog.py"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test logs to a folder of its own, with nothing turned on before it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(session, "_experiment", None)
    mlflow.set_tracking_uri(tmp_path / "runs")
    yield
    while mlflow.active_run():
        mlflow.end_run()
    configuration._chosen.clear()
    mlflow.set_tracking_uri("")


def new_model() -> Any:
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
    model = keras.Sequential([keras.layers.Input((4,)), *layers])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def only_run() -> Run:
    (run,) = mlflow.search_runs(output_format="list")
    return run


def history(run: Run, key: str) -> list[tuple[int, float]]:
    return [(point.step, point.value) for point in mlflow.MlflowClient().get_metric_history(run.info.run_id, key)]


def files(run: Run, folder: str | None = None) -> set[str]:
    found: set[str] = set()
    for each in mlflow.MlflowClient().list_artifacts(run.info.run_id, folder):
        found |= files(run, each.path) if each.is_dir else {each.path}
    return found


def test_a_training_logs_what_mlflow_logs(tmp_path: Path) -> None:
    def seen(*command: str) -> Any:
        settings = {**os.environ, "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path}/{len(command)}.db"}
        done = subprocess.run(
            [sys.executable, *command, str(SCRIPT)], cwd=tmp_path, env=settings, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1])

    theirs, ours = seen(), seen("-m", "flowmill", "run")
    # MLflow logs every measuring on validation data at step 0.
    assert [step for step, _ in theirs["metrics"].pop("validation_loss")] == [0, 0]
    assert [step for step, _ in ours["metrics"].pop("validation_loss")] == [0, 1]
    assert ours == theirs


def test_epochs_steps_and_an_early_stop() -> None:
    mlflow.tensorflow.autolog(log_every_n_steps=None, log_models=False, silent=True)
    stop = keras.callbacks.EarlyStopping("val_loss", patience=2, min_delta=10, restore_best_weights=True)
    held = (FEATURES[:20], CLASSES[:20])
    seen = new_model().fit(FEATURES, CLASSES, 16, 8, 0, [stop], validation_data=held)
    run = only_run()
    assert run.data.tags["mlflow.autologging"] == "tensorflow"
    expected = {"epochs": "8", "batch_size": "16", "patience": "2", "opt_beta_1": "0.9", "validation_split": "0.0"}
    assert {key: run.data.params[key] for key in expected} == expected
    losses = list(enumerate(seen.history["loss"]))
    assert history(run, "loss") == [*losses, (3, losses[0][1])]
    assert (run.data.metrics["stopped_epoch"], run.data.metrics["restored_epoch"]) == (2, 0)
    assert sorted(each.tags[0].value for each in run.inputs.dataset_inputs) == ["eval", "train"]
    assert {"model_summary.txt", "checkpoints/latest_checkpoint.h5"} <= files(run)
    assert "dense" in mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/model_summary.txt")
    # The best one is the last that was kept.
    facts = mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/checkpoints/latest_checkpoint_metrics.json")
    assert (facts["epoch"], facts["val_loss"]) == (2, seen.history["val_loss"][2])
    assert run.data.tags["mlflow.latest_checkpoint_artifact"] == "checkpoints/latest_checkpoint.h5"


def test_every_so_many_steps_and_checkpoints_of_their_own() -> None:
    mlflow.tensorflow.autolog(
        log_every_epoch=False,
        log_every_n_steps=3,
        log_models=False,
        checkpoint_save_best_only=False,
        checkpoint_save_weights_only=True,
        checkpoint_save_freq=4,
        silent=True,
    )
    new_model().fit(FEATURES, CLASSES, epochs=2, batch_size=16, verbose=0)
    run = only_run()
    assert [step for step, _ in history(run, "loss")] == [3, 6]
    kept = {
        f"checkpoints/global_step_{step}/checkpoint{end}" for step in (4, 8) for end in (".weights.h5", "_metrics.json")
    }
    assert {path for path in files(run) if path.startswith("checkpoints/")} == kept


def test_the_model_is_kept_with_its_signature() -> None:
    mlflow.autolog(log_input_examples=True, silent=True)
    model = new_model()
    model.fit(FEATURES, CLASSES, epochs=1, verbose=0)
    run = only_run()
    assert run.data.tags["mlflow.autologging"] == "tensorflow"
    (made,) = run.outputs.model_outputs
    loaded = mlflow.pyfunc.load_model(f"models:/{made.model_id}")
    assert loaded.metadata.signature.inputs.inputs[0].shape == (-1, 4)
    assert np.allclose(loaded.predict(FEATURES), model.predict(FEATURES, verbose=0))
    assert loaded.input_example.shape == (5, 4)


def test_a_training_that_fails_and_one_that_nobody_watches() -> None:
    mlflow.keras.autolog(log_models=False, silent=True)
    with pytest.raises(ValueError):
        new_model().fit(FEATURES[:, :3], CLASSES, verbose=0)
    assert only_run().info.status == "FAILED"
    mlflow.keras.autolog(disable=True)
    new_model().fit(FEATURES, CLASSES, verbose=0)
    assert only_run().info.status == "FAILED"


def test_callbacks_by_hand() -> None:
    with mlflow.start_run() as run:
        callbacks = [
            mlflow.keras.MlflowCallback(),
            mlflow.tensorflow.MlflowModelCheckpointCallback("loss", save_freq="epoch"),
        ]
        new_model().fit(FEATURES, CLASSES, epochs=2, verbose=0, callbacks=callbacks)
    done = mlflow.get_run(run.info.run_id)
    assert [step for step, _ in history(done, "loss")] == [0, 1]
    assert done.data.params["optimizer_name"].startswith("adam")
    assert "checkpoints/latest_checkpoint.h5" in files(done)
    for wrong in (
        lambda: mlflow.keras.MlflowCallback(log_every_n_steps=0),
        lambda: mlflow.tensorflow.MlflowModelCheckpointCallback(mode="up"),
        lambda: mlflow.tensorflow.MlflowModelCheckpointCallback(save_freq="day"),
    ):
        with pytest.raises(mlflow.MlflowException, match="expected"):
            wrong()


def test_checkpoints_are_loaded_again() -> None:
    mlflow.tensorflow.autolog(log_models=False, silent=True, checkpoint_monitor="loss", checkpoint_save_best_only=False)
    model = new_model()
    model.fit(FEATURES, CLASSES, epochs=2, verbose=0)
    run = only_run()
    last = mlflow.tensorflow.load_checkpoint(run_id=run.info.run_id)
    assert np.allclose(last.predict(FEATURES, verbose=0), model.predict(FEATURES, verbose=0), atol=1e-6)
    first = mlflow.tensorflow.load_checkpoint(run_id=run.info.run_id, epoch=0)
    assert not np.allclose(first.predict(FEATURES, verbose=0), model.predict(FEATURES, verbose=0))
    with pytest.raises(mlflow.MlflowException, match=r"no checkpoint epoch_7; it has epoch_0/checkpoint\.h5"):
        mlflow.tensorflow.load_checkpoint(run_id=run.info.run_id, epoch=7)
    with pytest.raises(mlflow.MlflowException, match="not both"):
        mlflow.tensorflow.load_checkpoint(run_id=run.info.run_id, epoch=1, global_step=1)
    with pytest.raises(mlflow.MlflowException, match="no run is open"):
        mlflow.tensorflow.load_checkpoint()


def test_weights_alone_need_a_model() -> None:
    with mlflow.start_run():
        keep = mlflow.tensorflow.MlflowModelCheckpointCallback("loss", save_weights_only=True)
        model = new_model()
        model.fit(FEATURES, CLASSES, epochs=1, verbose=0, callbacks=[keep])
        mlflow.flush_artifact_async_logging()
        with pytest.raises(mlflow.MlflowException, match="give load_checkpoint"):
            mlflow.tensorflow.load_checkpoint()
        again = mlflow.tensorflow.load_checkpoint(new_model())
    assert np.allclose(again.predict(FEATURES, verbose=0), model.predict(FEATURES, verbose=0), atol=1e-6)


def test_a_checkpoint_with_python_in_it_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    with mlflow.start_run() as run:
        model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Lambda(lambda rows: rows * 2)])
        with tempfile.TemporaryDirectory() as folder:
            model.save(f"{folder}/checkpoint.h5")
            mlflow.log_artifacts(folder, "checkpoints/epoch_0")
    with pytest.raises(mlflow.MlflowException, match="MLFLOW_ALLOW_PICKLE_DESERIALIZATION=true"):
        mlflow.tensorflow.load_checkpoint(run_id=run.info.run_id, epoch=0)


def test_custom_objects_are_keras_own() -> None:
    assert mlflow.tensorflow.get_global_custom_objects() is keras.utils.get_custom_objects()
