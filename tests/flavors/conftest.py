"""What tests of models share: a user with a key of their own, and a small trained model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression


@pytest.fixture(scope="session")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where environments are kept: one place for all tests, because building one takes seconds."""
    return tmp_path_factory.mktemp("caches")


@pytest.fixture(autouse=True)
def user(tmp_path: Path, caches: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration folder of a user who has never used Flowmill."""
    folder = tmp_path / "config"
    monkeypatch.setenv("FLOWMILL_CACHE_DIR", str(caches))
    monkeypatch.setenv("FLOWMILL_CONFIG_DIR", str(folder))
    monkeypatch.delenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", raising=False)
    return folder


@pytest.fixture(scope="session")
def iris() -> tuple[np.ndarray, np.ndarray]:
    """150 flowers: four measures each, and which of three kinds it is."""
    return load_iris(return_X_y=True)


@pytest.fixture(scope="session")
def classifier(iris: tuple[np.ndarray, np.ndarray]) -> LogisticRegression:
    """A classifier of them."""
    return LogisticRegression(max_iter=500).fit(*iris)
