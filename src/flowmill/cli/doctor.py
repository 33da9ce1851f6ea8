"""``doctor``: what is installed, and where runs go."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
import time

import click

from flowmill.errors import FlowmillError
from flowmill.store.open import describe
from flowmill.stores import default_registry_uri, default_tracking_uri, is_tracking_uri_set, store_at
from flowmill.version import MLFLOW_VERSION, __version__
from flowmill.wire.experiments import SearchExperiments

_DISTRIBUTIONS = (
    "msgspec urllib3 click uvicorn psycopg numpy pandas PyYAML cloudpickle skops uv scikit-learn mlflow"
).split()
_SECRET = ("PASSWORD", "TOKEN", "SECRET", "KEY")


@click.command()
@click.option("--mask-envs", is_flag=True, help="Hide the values of environment variables.")
def doctor(mask_envs: bool) -> None:
    """Say what is installed and where runs go, and try to reach it."""
    click.echo(f"Flowmill     {__version__}, compatible with MLflow {MLFLOW_VERSION}")
    click.echo(f"Python       {platform.python_version()} at {sys.executable}")
    click.echo(f"System       {platform.platform()}")
    chosen = "" if is_tracking_uri_set() else " (the default)"
    click.echo(f"Tracking     {describe(default_tracking_uri())}{chosen}")
    if default_registry_uri() != default_tracking_uri():
        click.echo(f"Registry     {describe(default_registry_uri())}")
    click.echo(f"             {_reachable()}")
    versions = [f"{name} {version}" for name in _DISTRIBUTIONS if (version := _version(name))]
    click.echo(f"Libraries    {', '.join(versions)}")
    settings = sorted(name for name in os.environ if name.startswith(("MLFLOW_", "FLOWMILL_")))
    for name in settings:
        hidden = mask_envs or any(word in name for word in _SECRET)
        click.echo(f"Environment  {name}={'***' if hidden else os.environ[name]}")


def _reachable() -> str:
    start = time.perf_counter()
    try:
        store_at(default_tracking_uri()).send(SearchExperiments(max_results=1))
    except FlowmillError as error:
        return error.message
    return f"answers in {(time.perf_counter() - start) * 1000:.0f} ms"


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
