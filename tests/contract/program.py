"""A program as people write them for MLflow; a type checker looks at it, and nobody runs it."""

from typing import reveal_type

import mlflow
import mlflow.sklearn
from mlflow import MlflowClient
from mlflow.data.pandas_dataset import PandasDataset
from mlflow.entities import Metric, Param, Run, RunTag, ViewType
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.metrics import MetricValue, make_metric
from mlflow.models import ModelSignature, evaluate, infer_signature
from mlflow.models.signature import set_signature
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST
from mlflow.pyfunc import PyFuncModel, PythonModel
from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.system_metrics import enable_system_metrics_logging
from mlflow.tracking.fluent import ActiveRun
from mlflow.types.schema import ColSpec, Schema
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NAME

mlflow.set_tracking_uri("http://127.0.0.1:5000")
mlflow.set_experiment("typed")
mlflow.autolog()
with mlflow.start_run(run_name="one", nested=False) as run:
    reveal_type(run)
    mlflow.log_params({"alpha": 0.5})
    mlflow.log_metric("loss", 0.25, step=1)
    mlflow.log_text("words", "notes.txt")
    info = mlflow.sklearn.log_model(object(), name="model", signature=infer_signature([1.0], [2.0]))
    reveal_type(info)
    reveal_type(mlflow.pyfunc.load_model(info.model_uri))
    reveal_type(mlflow.register_model(info.model_uri, "name"))
client = MlflowClient()
reveal_type(client.get_run(run.info.run_id))
reveal_type(client.search_runs(["0"], "metrics.loss < 1", ViewType.ACTIVE_ONLY))
reveal_type(mlflow.__version__)


class WithoutContext(mlflow.pyfunc.PythonModel):
    def predict(self, model_input: list[str]) -> list[str]:
        return model_input


class WithContext(PythonModel):
    def predict(self, context: object, model_input: list[str], params: dict[str, object] | None = None) -> list[str]:
        return model_input


frame = {"x": [1.0]}
reveal_type(mlflow.models.signature.infer_signature(frame))
