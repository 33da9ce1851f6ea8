"""A classifier, a regressor and their data, and a store of its own for each test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification, make_regression
from sklearn.linear_model import LinearRegression, LogisticRegression

from tests.tracking.conftest import folder

__all__ = ["folder"]


@pytest.fixture(autouse=True)
def own_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Models are sealed with a key of the test's own."""
    monkeypatch.setenv("FLOWMILL_CONFIG_DIR", str(tmp_path / "config"))


@dataclass(frozen=True)
class Trained:
    """A model and the frame that it is measured on, whose column ``y`` is what it should say."""

    model: Any
    data: pd.DataFrame

    @property
    def features(self) -> pd.DataFrame:
        return self.data.drop(columns="y")

    @property
    def answers(self) -> pd.DataFrame:
        """What it should say (``y``) and says (``said``)."""
        return pd.DataFrame({"y": self.data["y"], "said": self.model.predict(self.features)})


def _trained(model: Any, features: np.ndarray, labels: Any) -> Trained:
    data = pd.DataFrame(features, columns=[f"f{place}" for place in range(features.shape[1])])
    return Trained(model.fit(data, labels), data.assign(y=labels))


@pytest.fixture(scope="session")
def binary() -> Trained:
    return _trained(LogisticRegression(), *make_classification(200, 5, random_state=0))


@pytest.fixture(scope="session")
def multiclass() -> Trained:
    features, labels = make_classification(300, 8, n_informative=5, n_classes=4, random_state=0)
    return _trained(LogisticRegression(), features, np.array(["ash", "elm", "fir", "oak"])[labels])


@pytest.fixture(scope="session")
def regression() -> Trained:
    return _trained(LinearRegression(), *make_regression(200, 5, noise=3, random_state=0))
