"""pmdarima: an ARIMA asked for its next values, with and without bounds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pmdarima

from tests.flavors.sheet import Case

REQUIRES = ("pmdarima", "statsmodels", "scikit-learn", "scipy")


def cases() -> list[Case]:
    model = pmdarima.ARIMA(order=(1, 1, 0)).fit(np.random.default_rng(0).normal(size=60).cumsum())
    values, bounds = model.predict(3, return_conf_int=True, alpha=0.1)
    plain, wide = (
        pd.DataFrame({"n_periods": [3]}),
        pd.DataFrame({"n_periods": [3], "return_conf_int": True, "alpha": 0.1}),
    )
    both = pd.DataFrame({"yhat": values, "yhat_lower": bounds[:, 0], "yhat_upper": bounds[:, 1]})

    def ask(loaded: object, data: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"yhat": loaded.predict(3)})

    return [
        Case("values", model, plain, both[["yhat"]], REQUIRES, safe=False, native=ask, close=1e-9),
        Case("bounds", model, wide, both, REQUIRES, safe=False, native=lambda loaded, data: both, close=1e-9),
    ]
