"""Which releases of a library autologging was tried with."""

from __future__ import annotations

from importlib import metadata

import pytest

from flowmill.autologging import configuration
from flowmill.autologging.configuration import configure, is_supported


def test_another_build_of_the_same_library_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """XGBoost's modules come from ``xgboost-cpu`` here; its version is looked at all the same."""
    monkeypatch.setattr(configuration, "_chosen", {})
    with pytest.raises(metadata.PackageNotFoundError):
        metadata.version("xgboost")
    major = int(metadata.version("xgboost-cpu").partition(".")[0])
    configure("xgboost", {"disable_for_unsupported_versions": True, "silent": True})
    assert is_supported("xgboost", "xgboost", major, major)
    assert not is_supported("xgboost", "xgboost", major + 1, major + 1)


def test_a_library_that_is_not_installed_is_no_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configuration, "_chosen", {})
    configure("xgboost", {"disable_for_unsupported_versions": True, "silent": True})
    assert is_supported("xgboost", "no-such-library-of-trees", 1, 1)
