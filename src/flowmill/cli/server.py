"""``ui`` and ``server``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from flowmill.server.run import ServerSettings, serve


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(
        [
            click.option(
                "--backend-store-uri",
                metavar="URI",
                envvar="MLFLOW_BACKEND_STORE_URI",
                default="./mlruns",
                show_default=True,
                help="Folder or database that holds the runs: a path, sqlite:///file.db or postgresql://…",
            ),
            click.option(
                "--artifacts-destination",
                metavar="URI",
                envvar="MLFLOW_ARTIFACTS_DESTINATION",
                help="Folder for the artifacts.  [default: beside the runs]",
            ),
            click.option(
                "--host",
                "-h",
                envvar="MLFLOW_HOST",
                default="127.0.0.1",
                show_default=True,
                help="Address to listen at.",
            ),
            click.option(
                "--port",
                "-p",
                envvar="MLFLOW_PORT",
                type=click.IntRange(0, 65535),
                default=5000,
                show_default=True,
                help="Port to listen at; 0 takes a free one.",
            ),
            click.option(
                "--static-prefix",
                metavar="PATH",
                default="",
                envvar="MLFLOW_STATIC_PREFIX",
                help="Path below which a proxy mounts the server, such as /flowmill.",
            ),
            click.option(
                "--allowed-hosts",
                metavar="NAMES",
                default="",
                envvar="MLFLOW_SERVER_ALLOWED_HOSTS",
                help="Comma-separated host names by which the server may be called, beside localhost and addresses.",
            ),
            click.option(
                "--cors-allowed-origins",
                metavar="ORIGINS",
                default="",
                envvar="MLFLOW_SERVER_CORS_ALLOWED_ORIGINS",
                help="Comma-separated web origins that may send changes, beside the server's own.",
            ),
        ]
    ):
        command = option(command)
    return command


def _serve(
    backend_store_uri: str,
    artifacts_destination: str | None,
    host: str,
    port: int,
    static_prefix: str,
    allowed_hosts: str,
    cors_allowed_origins: str,
) -> None:
    if static_prefix and not static_prefix.startswith("/"):
        raise click.BadParameter("it must start with /", param_hint="--static-prefix")
    serve(
        ServerSettings(
            store=backend_store_uri,
            artifacts=artifacts_destination,
            host=host,
            port=port,
            prefix=static_prefix.rstrip("/"),
            allowed_hosts=_words(allowed_hosts),
            allowed_origins=_words(cors_allowed_origins),
        )
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


@click.command()
@_options
def ui(**options: Any) -> None:
    """Open the page for the runs in ./mlruns, or in another folder or database, at http://127.0.0.1:5000."""
    _serve(**options)


@click.command()
@_options
def server(**options: Any) -> None:
    """Serve the API, the artifacts and the page to the clients of a team."""
    _serve(**options)
