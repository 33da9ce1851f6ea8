"""SHAP: explainers that its own format holds, and one that it cannot read again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shap
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression

from tests.flavors.sheet import Case

REQUIRES = ("shap", "cloudpickle", "scikit-learn", "numpy")


def cases() -> list[Case]:
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 3)), columns=["a", "b", "c"])
    target = table["a"] * 2 + table["b"]
    line = LinearRegression().fit(table, target)
    chance = LogisticRegression().fit(table, target > 0)
    trees = RandomForestRegressor(5, max_depth=3, random_state=0).fit(table, target)
    few = table.head(3)
    explainers = {
        "linear": shap.LinearExplainer(line, table),
        "kernel": shap.KernelExplainer(chance.predict_proba, table.head(5)),
        "exact": shap.ExactExplainer(line.predict, table.head(5)),
        "trees": shap.TreeExplainer(trees),
    }

    def ask(explainer: Any, data: Any) -> Any:
        return explainer(data).values

    there = {"trees": "SHAP cannot read its own file of trees."}
    without = {"trees": REQUIRES[:2]}
    return [
        Case(
            name,
            each,
            few,
            ask(each, few),
            without.get(name, REQUIRES),
            safe=False,
            native=ask,
            close=1e-6,
            there=there.get(name),
        )
        for name, each in explainers.items()
    ]
