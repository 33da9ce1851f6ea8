"""``doctor``: what is installed, where runs go, whether that works, and what is open to whom."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import stat
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import msgspec
import urllib3

from flowmill.artifacts import open_artifacts
from flowmill.cli.attack import attack_server
from flowmill.cli.output import json_option, print_json, size
from flowmill.errors import FlowmillError
from flowmill.redaction import without_secrets
from flowmill.settings import Settings
from flowmill.store.open import artifacts_beside, database_path, describe, is_postgres, open_database, scheme_of
from flowmill.store.sql.check import state_of
from flowmill.stores import default_registry_uri, default_tracking_uri, is_tracking_uri_set, store_at
from flowmill.version import MLFLOW_VERSION, __version__
from flowmill.wire.server import GetServerInfo

_DISTRIBUTIONS = (
    "msgspec urllib3 click uvicorn uvloop psycopg numpy pandas pyarrow PyYAML cloudpickle skops uv scikit-learn mlflow"
).split()
_SECRET = ("PASSWORD", "TOKEN", "SECRET", "KEY", "CREDENTIAL")


@click.command(epilog="Example: flowmill doctor --attack http://127.0.0.1:5000")
@click.option("--mask-envs", is_flag=True, help="Hide the values of environment variables.")
@click.option(
    "--attack",
    metavar="URL",
    help="Try known attacks on the server at this address, which must be your own; exit code 1 if one gets through.",
)
@json_option
@click.pass_context
def doctor(context: click.Context, mask_envs: bool, attack: str | None, as_json: bool) -> None:
    """Say what is installed, where runs go, whether that works and what is exposed; exit code 1 if it does not."""
    if attack is not None:
        results = attack_server(attack, quiet=as_json)
        broken = sum(each["breach"] is not None for each in results)
        if as_json:
            print_json({"server": describe(attack), "broken": broken, "attacks": results})
        else:
            click.echo(f"{len(results) - broken} of {len(results)} attacks were held off by {describe(attack)}.")
        context.exit(1 if broken else 0)
    uri = default_tracking_uri()
    registry = default_registry_uri()
    found: dict[str, Any] = {
        "flowmill": __version__,
        "mlflow": MLFLOW_VERSION,
        "python": platform.python_version(),
        "executable": sys.executable,
        "system": platform.platform(),
        "tracking_uri": describe(uri),
        "tracking_uri_chosen": is_tracking_uri_set(),
        "registry_uri": describe(registry),
        "store": _server(uri) if scheme_of(uri) in ("http", "https") else _database(uri),
        "exposed": _exposed(uri),
        "libraries": {name: version for name in _DISTRIBUTIONS if (version := _version(name))},
        "environment": _environment(mask_envs),
    }
    if as_json:
        print_json(found)
    else:
        _print(found)
    context.exit(1 if found["store"]["problems"] else 0)


def _print(found: dict[str, Any]) -> None:
    store = found["store"]
    chosen = "" if found["tracking_uri_chosen"] else " (the default)"
    click.echo(f"Flowmill     {found['flowmill']}, compatible with MLflow {found['mlflow']}")
    click.echo(f"Python       {found['python']} at {found['executable']}")
    click.echo(f"System       {found['system']}")
    click.echo(f"Tracking     {found['tracking_uri']}{chosen}")
    if found["registry_uri"] != found["tracking_uri"]:
        click.echo(f"Registry     {found['registry_uri']}")
    click.echo(f"Store        {store['summary']}")
    if counts := store.get("counts"):
        click.echo(f"Holds        {', '.join(f'{count:,} {name}'.replace('_', ' ') for name, count in counts.items())}")
    if store.get("artifacts"):
        click.echo(f"Artifacts    {store['artifacts']}")
    for problem in store["problems"]:
        click.echo(click.style(f"Wrong        {problem}", fg="red"))
    for sentence in found["exposed"]:
        click.echo(click.style(f"Exposed      {sentence}", fg="yellow"))
    click.echo(f"Libraries    {', '.join(f'{name} {version}' for name, version in found['libraries'].items())}")
    for name, value in found["environment"].items():
        click.echo(f"Environment  {name}={value}")


def _database(uri: str) -> dict[str, Any]:
    """A folder or database: nothing is made by looking at it."""
    try:
        if not is_postgres(uri) and not database_path(uri).is_file():
            return {"kind": "sqlite", "summary": "nothing yet; the first run makes it", "problems": []}
        database = open_database(uri)
        try:
            state = state_of(database)
        finally:
            database.close()
        artifacts = artifacts_beside(uri)
        problems = state.problems + _artifact_problems(artifacts)
    except FlowmillError as error:
        return {"summary": "does not work", "problems": [error.message]}
    return {
        **asdict(state),
        "summary": f"{state.kind}, {size(state.size)}, schema step {state.steps} of {state.known_steps}",
        "artifacts": artifacts,
        "problems": problems,
    }


def _artifact_problems(artifacts: str) -> list[str]:
    folder = Path(artifacts)
    if folder.exists() and not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return [f"You may not read and write the artifacts in {artifacts}: change its permissions."]
    try:
        open_artifacts(artifacts).list("")
    except FlowmillError as error:
        return [error.message]
    return []


def _server(uri: str) -> dict[str, Any]:
    """A server: ours says what it is, MLflow's only that it is there."""
    start = time.perf_counter()
    try:
        info = store_at(uri).send(GetServerInfo())
        took = (time.perf_counter() - start) * 1000
        about = f"Flowmill {info.version} over {info.store}, answers in {took:.0f} ms"
        return {"kind": "flowmill", "summary": about, "server": msgspec.to_builtins(info), "problems": []}
    except FlowmillError as error:
        problem = error.message
    try:
        version = urllib3.request("GET", f"{uri}/version", timeout=5, retries=False, headers=_login(uri))
    except urllib3.exceptions.HTTPError:
        return {"summary": "does not answer", "problems": [problem]}
    if version.status != 200:
        return {"summary": "does not work", "problems": [problem]}
    about = f"MLflow {version.data.decode(errors='replace')[:40]}"
    return {"kind": "mlflow", "summary": about, "problems": []}


def _exposed(uri: str) -> list[str]:
    """What others can reach or read, and how to close it."""
    found: list[str] = []
    settings = Settings.from_environment()
    parts = urlsplit(uri)
    is_server = scheme_of(uri) in ("http", "https")
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if is_server and parts.scheme == "http" and not local:
        found.append("The server is reached without encryption: give it a certificate, and use https://.")
    if is_server and not settings.verify_tls:
        found.append("Any certificate is accepted: unset MLFLOW_TRACKING_INSECURE_TLS.")
    if is_server and not local and _answers_anybody(uri):
        found.append(
            "The server asks nobody who they are, so that everyone who reaches it may change everything: "
            "put it behind a proxy with a login, or let it listen at 127.0.0.1."
        )
    if "@" in parts.netloc and parts.password:
        found.append(
            "The tracking URI holds a password, which processes of yours inherit: use a .pgpass file or a token."
        )
    if settings.allow_pickle:
        found.append("Pickles of anybody run when a model is loaded: unset MLFLOW_ALLOW_PICKLE_DESERIALIZATION.")
    if not is_server and not is_postgres(uri):
        found += _open_files(database_path(uri))
    return found


def _open_files(database: Path) -> list[str]:
    try:
        mode = database.parent.stat().st_mode
    except OSError:
        return []
    if mode & stat.S_IWOTH:
        return [f"Every user of this machine may write to {database.parent}: chmod o-w it."]
    return []


def _answers_anybody(uri: str) -> bool:
    try:
        path = "/api/2.0/mlflow/experiments/search?max_results=1"
        return urllib3.request("GET", f"{uri}{path}", timeout=5, retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def _login(uri: str) -> dict[str, str]:
    return Settings.from_environment().http_credentials(uri)


def _environment(mask: bool) -> dict[str, str]:
    names = sorted(name for name in os.environ if name.startswith(("MLFLOW_", "FLOWMILL_")))
    return {
        name: "***" if mask or any(word in name for word in _SECRET) else _shown(os.environ[name]) for name in names
    }


def _shown(value: str) -> str:
    """A value without a password in an address, a field or a token."""
    return without_secrets(value)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
