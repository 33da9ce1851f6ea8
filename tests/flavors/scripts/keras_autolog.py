"""A training of Keras that logs itself, whichever MLflow this is; prints what was logged as one JSON object."""

import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import mlflow
import numpy as np

features = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
classes = (features.sum(1) > 0).astype("float32")
keras.utils.set_random_seed(0)
model = keras.Sequential(
    [keras.layers.Input((4,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
)
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy")
mlflow.keras.autolog()
with mlflow.start_run() as opened:
    model.fit(
        features, classes, epochs=2, batch_size=16, verbose=0, validation_split=0.25, class_weight={0: 1.0, 1: 2.0}
    )
client = mlflow.MlflowClient()
run = client.get_run(opened.info.run_id)
metrics = {
    key: [(point.step, round(point.value, 6)) for point in client.get_metric_history(run.info.run_id, key)]
    for key in run.data.metrics
}
(made,) = run.outputs.model_outputs
info = mlflow.models.get_model_info(f"models:/{made.model_id}")
print(
    json.dumps(
        {
            "params": run.data.params,
            "metrics": metrics,
            "files": [each.path for each in client.list_artifacts(run.info.run_id) if each.path != "source"],
            "datasets": [
                [each.dataset.name, each.dataset.digest, each.tags[0].value] for each in run.inputs.dataset_inputs
            ],
            "flavors": sorted(info.flavors),
            "signature": info.signature.to_dict(),
        }
    )
)
