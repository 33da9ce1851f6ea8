"""statsmodels: regressions by arrays and formulas, and a time series."""

from __future__ import annotations

import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf
from statsmodels.tsa.arima.model import ARIMA

from tests.flavors.sheet import Case

REQUIRES = ("statsmodels", "numpy", "pandas", "scipy")


def cases() -> list[Case]:
    random = np.random.default_rng(0)
    table = pd.DataFrame(random.normal(size=(60, 2)), columns=["a", "b"])
    table["y"] = table["a"] * 2 + random.normal(size=60)
    table["up"] = (table["a"] + random.normal(size=60) > 0).astype(int)
    few = table[["a", "b"]].head(4)
    line = sm.OLS(table["y"], table[["a", "b"]]).fit()
    formula = smf.glm("up ~ a + b", table, family=sm.families.Binomial()).fit()
    series = ARIMA(random.normal(size=60).cumsum(), order=(1, 1, 0)).fit()
    span = pd.DataFrame({"start": [60], "end": [63]})
    return [
        Case("line", line, few, line.predict(few), REQUIRES, safe=False),
        Case("small", line, few, line.predict(few), REQUIRES, options={"remove_data": True}, safe=False),
        Case("formula", formula, few, formula.predict(few), (*REQUIRES, "patsy"), safe=False),
        Case(
            "series",
            series,
            span,
            series.predict(60, 63),
            REQUIRES,
            safe=False,
            native=lambda model, data: model.predict(60, 63),
        ),
    ]
