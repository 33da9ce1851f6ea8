"""Spark ML: a pipeline of a regression, one of a classification, a stage alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pyspark.ml import Pipeline
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.regression import LinearRegression
from pyspark.sql import SparkSession

from tests.flavors.sheet import Case

REQUIRES = ("pyspark", "numpy", "pandas")


def session() -> SparkSession:
    quiet = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "1"}
    builder: Any = SparkSession.builder.master("local[1]")
    for name, value in quiet.items():
        builder = builder.config(name, value)
    found = builder.getOrCreate()
    found.sparkContext.setLogLevel("OFF")
    return found


def fitted() -> dict[str, Any]:
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 2)), columns=["a", "b"])
    table["y"], table["label"] = table["a"] * 2 + table["b"], (table["a"] > 0).astype(float)
    data = session().createDataFrame(table)
    gather = VectorAssembler(inputCols=["a", "b"], outputCol="features")
    return {
        "line": Pipeline(stages=[gather, LinearRegression(labelCol="y")]).fit(data),
        "chance": Pipeline(stages=[gather, LogisticRegression()]).fit(data),
    }


def cases() -> list[Case]:
    few = pd.DataFrame({"a": [1.0, 0.5, -2.0], "b": [0.0, 1.0, 2.0]})

    def ask(model: Any, data: Any) -> list[float]:
        return [row.prediction for row in model.transform(session().createDataFrame(data)).collect()]

    return [
        Case(name, model, few, ask(model, few), REQUIRES, native=ask, close=1e-9, corrupt=False)
        for name, model in fitted().items()
    ]
