"""Run by `test_spark.py` in an environment that has Spark: predicts with models in folders, prints what it found."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
from pyspark import SparkFiles
from pyspark.sql import SparkSession
from pyspark.sql.functions import struct

import flowmill
from flowmill.errors import FlowmillError
from flowmill.models import infer_signature
from flowmill.types.schema import Array, ColSpec, DataType, Map, Object, Property, Schema


def save_models(folder: Path) -> pd.DataFrame:
    """A classifier, and a Python model that answers with a frame; the rows to ask them with."""
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    flowers = load_iris(as_frame=True)
    rows = flowers.data.rename(columns=lambda name: name.split(" (")[0].replace(" ", "_"))
    model = LogisticRegression(max_iter=500).fit(rows, flowers.target)
    flowmill.sklearn.save_model(model, folder / "iris", signature=infer_signature(rows, model.predict(rows)))

    class Scores(flowmill.pyfunc.PythonModel):
        def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> Any:
            import os

            total = model_input.sum(axis=1)
            return pd.DataFrame(
                {
                    "name": ["row " + str(round(each, 1)) + os.environ.get("SUFFIX", "") for each in total],
                    "score": total * params["factor"],
                    "rounded": total.round().astype("int64"),
                    "high": total > 10,
                }
            )

    flowmill.pyfunc.save_model(
        folder / "scores",
        python_model=Scores(),
        pip_requirements=["cloudpickle"],
        signature=infer_signature(rows, params={"factor": 1.0}),
    )
    return rows


def main(folder: Path) -> None:
    """Everything in one session, because one takes seconds to start."""
    given = save_models(folder)
    session = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    spark = session.config("spark.sql.execution.arrow.maxRecordsPerBatch", "40").getOrCreate()
    frame = spark.createDataFrame(given).repartition(3)
    names = list(given.columns)
    found: dict[str, Any] = {}

    def column(udf: Any, *columns: Any) -> list[Any]:
        answers = frame.withColumn("answer", udf(*columns)).toPandas().sort_values(names)
        return [each.asDict() if hasattr(each, "asDict") else each for each in answers["answer"]]

    iris = flowmill.pyfunc.spark_udf(spark, str(folder / "iris"))
    local = flowmill.pyfunc.load_model(str(folder / "iris")).predict(given.sort_values(names))
    found["local"] = [int(each) for each in local]
    found["default columns"] = column(iris)
    found["columns"] = column(iris, *names)
    found["struct"] = column(iris, struct(*reversed(names)))
    found["type"] = frame.withColumn("answer", iris()).schema["answer"].dataType.simpleString()
    spark.udf.register("flower", iris)
    frame.createOrReplaceTempView("flowers")
    found["sql"] = spark.sql(f"SELECT sum(flower({', '.join(names)})) AS total FROM flowers").first()["total"]
    for kind in ("string", "double", "int", "bigint", "boolean", "array<double>", "name string, score double"):
        scores = flowmill.pyfunc.spark_udf(
            spark, str(folder / "scores"), kind, params={"factor": 2.0}, extra_env={"SUFFIX": "!"}
        )
        found[kind] = [list(each) if hasattr(each, "tolist") else each for each in column(scores)][:2]
    own = flowmill.pyfunc.spark_udf(spark, str(folder / "scores"), "score double, name string", env_manager="uv")
    found["environment"] = column(own)[:2]
    for label, make in {
        "no such column": lambda: column(flowmill.pyfunc.spark_udf(spark, str(folder / "iris")), names[0]),
        "no such type": lambda: column(flowmill.pyfunc.spark_udf(spark, str(folder / "iris"), "boolean")),
        "prebuilt": lambda: flowmill.pyfunc.spark_udf(spark, str(folder / "iris"), prebuilt_env_uri="dbfs:/x"),
        "manager": lambda: flowmill.pyfunc.spark_udf(spark, str(folder / "iris"), env_manager="conda"),
    }.items():
        try:
            make()
        except FlowmillError as error:
            found[label] = error.message
        except Exception as error:
            found[label] = str(error)
    rows = Schema(
        [
            ColSpec("long", "a"),
            ColSpec("datetime", "b", required=False),
            ColSpec(Array("double"), "c"),
            ColSpec(Object([Property("x", "string"), Property("y", Map("integer"), required=False)]), "d"),
        ]
    )
    found["schema"] = rows.as_spark_schema().simpleString()
    found["nullable"] = [field.nullable for field in rows.as_spark_schema().fields]
    found["unnamed"] = Schema([ColSpec("float")]).as_spark_schema().simpleString()
    found["scalars"] = [kind.simpleString() for kind in DataType.get_spark_types()]
    root = Path(SparkFiles.getRootDirectory())
    found["there"] = len(list(root.glob("flowmill-model-*")))
    spark.stop()
    found["left"] = [str(each) for each in root.glob("*")]
    print("FOUND" + json.dumps(found, default=float))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
