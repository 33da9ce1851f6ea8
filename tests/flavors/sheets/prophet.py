"""Prophet: a forecast of days."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
from prophet import Prophet

from tests.flavors.sheet import Case

logging.getLogger("cmdstanpy").disabled = True


def cases() -> list[Case]:
    values = np.random.default_rng(0).normal(size=60).cumsum()
    known = pd.DataFrame({"ds": pd.date_range("2020-01-01", periods=60), "y": values})
    # Without samples: those of the uncertainty would be others each time.
    model = Prophet(weekly_seasonality=False, yearly_seasonality=False, daily_seasonality=False, uncertainty_samples=0)
    model.fit(known)
    days = pd.DataFrame({"ds": pd.date_range("2020-03-01", periods=3)})
    return [Case("days", model, days, model.predict(days), ("prophet", "numpy", "pandas"), close=1e-6)]
