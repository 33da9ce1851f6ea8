"""``mlflow.autolog()``: all integrations at once, each when its library is imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from flowmill.autologging import (
    keras,
    lightgbm,
    paddle,
    pytorch,
    sklearn,
    spark,
    spark_ml,
    statsmodels,
    tensorflow,
    transformers,
    xgboost,
)
from flowmill.errors import Invalid

INTEGRATIONS = {
    each.NAME: each
    for each in (
        sklearn,
        xgboost,
        lightgbm,
        statsmodels,
        tensorflow,
        keras,
        pytorch,
        paddle,
        spark,
        spark_ml,
        transformers,
    )
}


def autolog(
    log_input_examples: bool = False,
    log_model_signatures: bool = True,
    log_models: bool = True,
    log_datasets: bool = True,
    log_traces: bool = True,
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    extra_tags: Mapping[str, str] | None = None,
    exclude_flavors: list[str] | None = None,
) -> None:
    """Let trainings of every library that is known here log themselves from now on.

    What an integration's own ``autolog()`` was told stays. ``exclude_flavors``: names of integrations to leave alone.
    ``log_traces`` concerns libraries whose traces are logged, of which there is none yet. The other arguments are
    those of `flowmill.sklearn.autolog`.
    """
    unwanted = [*exclude_flavors] if exclude_flavors is not None else []
    wrong = [name for name in cast("list[Any]", unwanted) if not isinstance(name, str)]
    if wrong:
        raise Invalid(f"exclude_flavors holds {wrong[0]!r}: expected names such as 'sklearn'.")
    options = {
        "log_input_examples": log_input_examples,
        "log_model_signatures": log_model_signatures,
        "log_models": log_models,
        "log_datasets": log_datasets,
        "disable": disable,
        "exclusive": exclusive,
        "disable_for_unsupported_versions": disable_for_unsupported_versions,
        "silent": silent,
        "extra_tags": extra_tags,
    }
    for name, integration in INTEGRATIONS.items():
        if name not in unwanted:
            integration.turn_on(options, by_name=False)
