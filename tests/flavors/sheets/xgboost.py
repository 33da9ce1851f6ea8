"""XGBoost: boosters and estimators, UBJ and JSON."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xgboost

from tests.flavors.sheet import Case

REQUIRES = ("xgboost", "numpy", "scipy")


def cases() -> list[Case]:
    random = np.random.default_rng(0)
    table = pd.DataFrame(random.normal(size=(60, 3)), columns=["a", "b", "c"])
    target = (table["a"] > 0).to_numpy().astype(int) + (table["b"] > 0).to_numpy()
    few = table.head(4)
    array = few.to_numpy()
    classifier = xgboost.XGBClassifier(n_estimators=3, max_depth=2).fit(table.to_numpy(), target)
    named = xgboost.XGBRegressor(n_estimators=3).fit(table, target)
    forest = xgboost.XGBRFRegressor(n_estimators=3).fit(table.to_numpy(), target)
    ranker = xgboost.XGBRanker(n_estimators=2).fit(table.to_numpy(), target, group=[30, 30])
    booster = xgboost.train({"max_depth": 2}, xgboost.DMatrix(table, target), 3)
    sklearn = (*REQUIRES, "scikit-learn")
    return [
        Case("classifier", classifier, array, classifier.predict(array), sklearn),
        Case("json", classifier, array, classifier.predict(array), sklearn, options={"model_format": "json"}),
        Case("regressor", named, few, named.predict(few), sklearn),
        Case("forest", forest, array, forest.predict(array), sklearn),
        Case("ranker", ranker, array, ranker.predict(array), sklearn),
        Case(
            "booster",
            booster,
            few,
            booster.predict(xgboost.DMatrix(few)),
            REQUIRES,
            native=lambda model, data: model.predict(xgboost.DMatrix(data)),
        ),
    ]
