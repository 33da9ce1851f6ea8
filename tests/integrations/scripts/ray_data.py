"""Ray Data: a logged model over the blocks of a dataset, loaded once in each worker, as docs/guides/serving.md says."""

import os

import mlflow
import numpy as np
import pandas as pd
import ray
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression

random = np.random.default_rng(1)
table = pd.DataFrame(random.normal(size=(1000, 3)), columns=["a", "b", "c"])
labels = np.where(table.sum(axis=1) > 0, "up", "down")
model = LogisticRegression().fit(table, labels)
with mlflow.start_run():
    info = mlflow.sklearn.log_model(model, name="signs", signature=infer_signature(table, labels))
assert mlflow.__name__ == "flowmill"


class Predict:
    """As in the guide."""

    def __init__(self, model_uri: str) -> None:
        self.model = mlflow.pyfunc.load_model(model_uri)

    def __call__(self, batch: pd.DataFrame) -> pd.DataFrame:
        return batch.assign(prediction=self.model.predict(batch), process=os.getpid())


ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=100_000_000)
scored = (
    ray.data.from_pandas(table)
    .repartition(10)
    .map_batches(Predict, fn_constructor_args=[info.model_uri], batch_format="pandas", batch_size=100, concurrency=1)
    .to_pandas()
)
assert len(scored) == 1000
assert os.getpid() not in set(scored["process"]) and scored["process"].nunique() == 1
scored, table = scored.sort_values(["a", "b", "c"]), table.sort_values(["a", "b", "c"])
np.testing.assert_array_equal(scored["prediction"].to_numpy(str), model.predict(table))
ray.shutdown()
