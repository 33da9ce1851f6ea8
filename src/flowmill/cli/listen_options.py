"""Options of whatever listens: where, and what is noted of each request."""

from __future__ import annotations

import click

host_option = click.option(
    "--host", "-h", envvar="MLFLOW_HOST", default="127.0.0.1", show_default=True, help="Address to listen at."
)
port_option = click.option(
    "--port",
    "-p",
    envvar="MLFLOW_PORT",
    type=click.IntRange(0, 65535),
    default=5000,
    show_default=True,
    help="Port to listen at; 0 takes a free one.",
)
access_log_option = click.option(
    "--access-log",
    metavar="FILE",
    envvar="FLOWMILL_SERVER_ACCESS_LOG",
    help="Write a JSON line for each request to this file; - is standard output.",
)
