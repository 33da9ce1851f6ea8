"""Trainings of Spark ML that log themselves, whichever MLflow this is; prints what was logged as JSON."""

import csv
import io
import json
import sys

import mlflow
import mlflow.pyspark.ml
import numpy as np
import pandas as pd
from pyspark.ml import Pipeline
from pyspark.ml.classification import LogisticRegression, OneVsRest
from pyspark.ml.clustering import KMeans
from pyspark.ml.evaluation import (
    BinaryClassificationEvaluator,
    MulticlassClassificationEvaluator,
    RegressionEvaluator,
)
from pyspark.ml.feature import StandardScaler, VectorAssembler
from pyspark.ml.regression import LinearRegression
from pyspark.ml.tuning import CrossValidator, ParamGridBuilder, TrainValidationSplit
from pyspark.sql import SparkSession

quiet = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "1"}
builder = SparkSession.builder.master("local[1]")
for name, value in quiet.items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
spark.sparkContext.setLogLevel("OFF")
client = mlflow.MlflowClient()


def text(run_id, path):
    return mlflow.artifacts.load_text(f"runs:/{run_id}/{path}")


def logged(run_id):
    run = client.get_run(run_id)
    metrics = {
        key: [(point.step, round(point.value, 6)) for point in client.get_metric_history(run_id, key)]
        for key in run.data.metrics
    }
    files = [each.path for each in client.list_artifacts(run_id)]
    children = client.search_runs([run.info.experiment_id], f"tags.mlflow.parentRunId = '{run_id}'")
    return {
        "status": run.info.status,
        "params": run.data.params,
        "metrics": metrics,
        "tags": {key: value for key, value in run.data.tags.items() if not key.startswith("mlflow.")},
        "autologging": run.data.tags["mlflow.autologging"],
        "documents": {each: json.loads(text(run_id, each)) for each in files if each.endswith(".json")},
        "tables": {each: list(csv.reader(io.StringIO(text(run_id, each)))) for each in files if each.endswith(".csv")},
        "data": [
            (each.dataset.name, each.dataset.source_type, json.loads(each.dataset.schema),
             [(tag.key, tag.value) for tag in each.tags])
            for each in run.inputs.dataset_inputs
        ],
        "children": sorted((logged(each.info.run_id) for each in children), key=lambda each: str(each["params"])),
    }  # fmt: skip


def model_of(run_id, name):
    info = mlflow.models.get_model_info(f"runs:/{run_id}/{name}")
    example = mlflow.models.Model.load(f"runs:/{run_id}/{name}").saved_input_example_info
    asked = mlflow.pyfunc.load_model(f"runs:/{run_id}/{name}").predict(few.toPandas()) if info.signature else None
    return {"flavors": sorted(info.flavors), "signature": info.signature and info.signature.to_dict(),
            "example": example and example["type"], "answers": asked}  # fmt: skip


found = {}


def newest(name):
    (run,) = mlflow.search_runs(
        filter_string="tags.team = 'a'", order_by=["start_time DESC"], max_results=1, output_format="list"
    )
    found[name] = logged(run.info.run_id)
    return run.info.run_id


table = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 2)), columns=["a", "b"])
table["y"], table["label"] = table.a * 2 + table.b, (table.a > 0).astype(float)
raw = spark.createDataFrame(table).cache()
gather = VectorAssembler(inputCols=["a", "b"], outputCol="features")
data = gather.transform(raw).cache()
few = raw.select("a", "b").limit(3)

mlflow.pyspark.ml.autolog(extra_tags={"team": "a"}, log_input_examples=True)
pipeline = Pipeline(stages=[gather, StandardScaler(inputCol="features", outputCol="f2"), LogisticRegression(maxIter=3)])
pipeline.fit(raw)
found["model"] = model_of(newest("pipeline"), "model")

mlflow.pyspark.ml.autolog(extra_tags={"team": "a"}, log_models=False)
regression = LogisticRegression(maxIter=5)
model = regression.fit(data, {regression.maxIter: 4, regression.regParam: 0.1})
said = model.transform(data)
half = data.limit(20).cache()
binary, exact = BinaryClassificationEvaluator(), MulticlassClassificationEvaluator(metricName="accuracy")
binary.evaluate(said)
binary.evaluate(said, {binary.metricName: "areaUnderPR"})
exact.evaluate(said)
exact.evaluate(said)
exact.evaluate(model.transform(half))
exact.evaluate(model.transform(half))
exact.evaluate(said.limit(3))
newest("evaluated")

inner = Pipeline(stages=[gather, regression])
grid = ParamGridBuilder().addGrid(regression.maxIter, [1, 3]).addGrid(regression.regParam, [0.0, 0.5]).build()
CrossValidator(estimator=inner, estimatorParamMaps=grid, evaluator=binary, numFolds=2, seed=1, parallelism=2).fit(raw)
newest("cross-validation")

line = LinearRegression(labelCol="y")
grid = ParamGridBuilder().addGrid(line.regParam, [0.1, 0.0]).build()
TrainValidationSplit(estimator=line, estimatorParamMaps=grid, evaluator=RegressionEvaluator(labelCol="y"), seed=1).fit(
    data
)
newest("split")

OneVsRest(classifier=LogisticRegression(maxIter=2)).fit(data)
newest("one against the rest")
Pipeline(stages=[gather, Pipeline(stages=[KMeans(k=2, seed=1)])]).fit(raw)
newest("pipelines")
try:
    LogisticRegression(featuresCol="nothing").fit(data)
except Exception:
    newest("failed")

before = len(mlflow.search_runs())
with mlflow.start_run(tags={"team": "a"}) as opened:
    KMeans(k=2, seed=1).fit(data)
found["opened"] = sorted(client.get_run(opened.info.run_id).data.params)
mlflow.pyspark.ml.autolog(log_models=False, exclusive=True)
with mlflow.start_run() as opened:
    KMeans(k=2, seed=1).fit(data)
found["exclusive"] = client.get_run(opened.info.run_id).data.params
mlflow.pyspark.ml.autolog(disable=True)
KMeans(k=2, seed=1).fit(data)
found["runs"] = len(mlflow.search_runs()) - before
print(json.dumps(found), file=sys.stdout)
