"""Options that several commands take the same way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from flowmill.client.client import Client
from flowmill.entities.experiment import Experiment
from flowmill.entities.run import ViewType
from flowmill.errors import NotFound

Command = Callable[..., Any]

run_id_option = click.option("--run-id", "-r", required=True, metavar="ID", help="The run.")
run_option = click.option("--run-id", required=True, metavar="ID", help="The run.")
experiment_option = click.option("--experiment-id", "-x", required=True, metavar="ID", help="The experiment.")
view_option = click.option(
    "--view",
    "-v",
    type=click.Choice(["active_only", "deleted_only", "all"], case_sensitive=False),
    default="active_only",
    show_default=True,
    help="Which to look at.",
)


def view_type(name: str) -> ViewType:
    """The view of this name, in any case."""
    return ViewType(name.upper())


def one_experiment(context: click.Context, client: Client, by_id: str | None, by_name: str | None) -> Experiment:
    """The experiment that exactly one of two options names."""
    if (by_id is None) == (by_name is None):
        raise click.UsageError("Must specify exactly one of --experiment-id or --experiment-name.", context)
    if by_id is not None:
        return client.get_experiment(by_id)
    found = client.get_experiment_by_name(by_name or "")
    if found is None:
        raise NotFound(f"There is no experiment with the name {by_name!r}.")
    return found
