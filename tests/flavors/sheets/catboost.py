"""CatBoost: classifier, regressor, ranker and the plain class, in its binary and JSON formats."""

from __future__ import annotations

import catboost
import numpy as np
import pandas as pd

from tests.flavors.sheet import Case

REQUIRES = ("catboost", "numpy", "pandas")


def cases() -> list[Case]:
    random = np.random.default_rng(0)
    table = pd.DataFrame(random.normal(size=(60, 2)), columns=["a", "b"])
    kinds = table.assign(kind=["red", "green", "blue"] * 20)
    target = (table["a"] > 0).to_numpy().astype(int)
    quiet = {"iterations": 3, "verbose": 0, "allow_writing_files": False}
    classifier = catboost.CatBoostClassifier(**quiet, cat_features=["kind"]).fit(kinds, target)
    regressor = catboost.CatBoostRegressor(**quiet).fit(table, target)
    ranker = catboost.CatBoostRanker(**quiet, loss_function="YetiRank").fit(table, target, group_id=[0] * 30 + [1] * 30)
    plain = catboost.CatBoost({**quiet, "loss_function": "RMSE"}).fit(table, target)
    few, coloured = table.head(4), kinds.head(4)
    return [
        Case("classifier", classifier, coloured, classifier.predict(coloured), REQUIRES),
        Case("regressor", regressor, few, regressor.predict(few), REQUIRES),
        Case("json", regressor, few, regressor.predict(few), REQUIRES, options={"format": "json"}),
        Case("plain", plain, few, plain.predict(few), REQUIRES),
        Case("ranker", ranker, few, ranker.predict(few), REQUIRES, there="MLflow 3.17 knows no CatBoostRanker"),
    ]
