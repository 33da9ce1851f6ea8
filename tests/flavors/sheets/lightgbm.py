"""LightGBM: boosters as text, estimators as skops or sealed pickles."""

from __future__ import annotations

import lightgbm
import numpy as np
import pandas as pd

from tests.flavors.sheet import Case

REQUIRES = ("lightgbm", "numpy", "scipy")
NEW = lightgbm.__version__ >= "4.7"


def cases() -> list[Case]:
    random = np.random.default_rng(0)
    table = pd.DataFrame(random.normal(size=(60, 3)), columns=["a", "b", "c"])
    target = (table["a"] > 0).to_numpy().astype(int) + (table["b"] > 0).to_numpy()
    few = table.head(4)
    quiet = {"n_estimators": 3, "verbose": -1, "min_child_samples": 2}
    classifier = lightgbm.LGBMClassifier(**quiet).fit(table, target)
    regressor = lightgbm.LGBMRegressor(**quiet).fit(table, target)
    ranker = lightgbm.LGBMRanker(**quiet).fit(table, target, group=[30, 30])
    watching = {"eval_X": table, "eval_y": target} if NEW else {"eval_set": [(table, target)]}
    watched = lightgbm.LGBMRegressor(**quiet).fit(table, target, **watching)
    booster = lightgbm.train({"verbose": -1, "min_data_in_leaf": 2}, lightgbm.Dataset(table, target), 3)
    sklearn = (*REQUIRES, "scikit-learn", "skops")
    # The types of what `fit` recorded are not among those that MLflow trusts by itself.
    there = {"skops_trusted_types": ["collections.defaultdict", "lightgbm.sklearn.LGBMRanker"]}
    return [
        Case("booster", booster, few, booster.predict(few), REQUIRES),
        Case("classifier", classifier, few, classifier.predict(few), sklearn, options=there),
        Case("regressor", regressor, few, regressor.predict(few), sklearn, options=there),
        Case("ranker", ranker, few, ranker.predict(few), sklearn, options=there),
        Case("watched", watched, few, watched.predict(few), sklearn, options=there),
        Case(
            "pickle",
            classifier,
            few,
            classifier.predict(few),
            (*REQUIRES, "scikit-learn", "cloudpickle"),
            options={"serialization_format": "cloudpickle"},
            safe=False,
        ),
    ]
