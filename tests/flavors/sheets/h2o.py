"""H2O: boosted trees for numbers and for classes, on a server of one thread."""

from __future__ import annotations

from typing import Any

import h2o
import numpy as np
import pandas as pd
from h2o.estimators import H2OGradientBoostingEstimator

from tests.flavors.sheet import Case

REQUIRES = ("h2o", "pandas")


def cases() -> list[Case]:
    h2o.init(nthreads=1, max_mem_size="500m", verbose=False)
    h2o.no_progress()
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 2)), columns=["a", "b"])
    table["y"] = table["a"] * 2 + table["b"]
    table["label"] = np.where(table["a"] > 0, "up", "down")
    frame = h2o.H2OFrame(table)
    frame["label"] = frame["label"].asfactor()
    few = table[["a", "b"]].head(3)

    def trained(target: str) -> Any:
        model = H2OGradientBoostingEstimator(ntrees=3, min_rows=2, seed=1)
        model.train(x=["a", "b"], y=target, training_frame=frame)
        return model

    def ask(model: Any, data: Any) -> Any:
        return model.predict(h2o.H2OFrame(data)).as_data_frame()

    return [
        Case(target, model, few, ask(model, few), REQUIRES, safe=False, native=ask, close=1e-9, corrupt=target == "y")
        for target, model in ((each, trained(each)) for each in ("y", "label"))
    ]
