"""Trainings of PaddlePaddle that log themselves, whichever MLflow this is; prints what was logged as JSON."""

import json

import mlflow
import numpy as np
import paddle


class Rows(paddle.io.Dataset):
    def __init__(self, count):
        super().__init__()
        self.features = np.random.default_rng(0).normal(size=(count, 3)).astype("float32")

    def __len__(self):
        return len(self.features)

    def __getitem__(self, place):
        row = self.features[place]
        return row, row.sum(keepdims=True)


def prepared(optimizer, **options):
    paddle.seed(0)
    net = paddle.nn.Linear(3, 1)
    spec = paddle.static.InputSpec
    model = paddle.Model(net, [spec([None, 3], "float32", "x")], [spec([None, 1], "float32", "y")])
    model.prepare(optimizer(parameters=net.parameters(), **options), paddle.nn.MSELoss(), paddle.metric.Accuracy())
    return model


def logged(run_id):
    client = mlflow.MlflowClient()
    run = client.get_run(run_id)
    metrics = {
        key: [(point.step, round(point.value, 5)) for point in client.get_metric_history(run_id, key)]
        for key in run.data.metrics
    }
    made = run.outputs.model_outputs if run.outputs else []
    return {
        "params": run.data.params,
        "metrics": metrics,
        "tags": {key: run.data.tags.get(key) for key in ("mlflow.autologging", "team")},
        "files": [each.path for each in client.list_artifacts(run_id) if each.path != "source"],
        "status": run.info.status,
        "flavors": [sorted(mlflow.models.get_model_info(f"models:/{each.model_id}").flavors) for each in made],
    }


found = []
mlflow.paddle.autolog(extra_tags={"team": "a"})
rate = paddle.optimizer.lr.StepDecay(0.01, 2)
stop = paddle.callbacks.EarlyStopping("loss", patience=1, min_delta=100, mode="min", save_best_model=False)
quiet = {"batch_size": 8, "verbose": 0, "shuffle": False}
prepared(paddle.optimizer.Momentum, learning_rate=rate).fit(Rows(32), Rows(8), epochs=4, callbacks=[stop], **quiet)
found.append(logged(mlflow.last_active_run().info.run_id))

mlflow.paddle.autolog(log_every_n_epoch=2, log_models=False)
with mlflow.start_run() as opened:
    prepared(paddle.optimizer.Adam, learning_rate=0.01).fit(Rows(32), Rows(8), epochs=5, **quiet)
found.append(logged(opened.info.run_id))

try:
    prepared(paddle.optimizer.Adam, learning_rate=0.01).fit(None, epochs=1, **quiet)
except Exception:
    found.append({"status": mlflow.last_active_run().info.status})

mlflow.paddle.autolog(disable=True)
prepared(paddle.optimizer.Adam, learning_rate=0.01).fit(Rows(32), epochs=1, **quiet)
found.append({"runs": len(mlflow.search_runs())})
print(json.dumps(found))
