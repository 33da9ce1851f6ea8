"""``datasets``: which datasets the runs of an experiment used."""

from __future__ import annotations

import click
import msgspec

from flowmill.cli.output import json_option, print_json, print_table
from flowmill.stores import default_tracking_uri, store_at
from flowmill.wire.datasets import SearchDatasets


@click.group(epilog="Example: flowmill datasets list -x 0")
def datasets() -> None:
    """Datasets that runs used, in ./mlruns or where MLFLOW_TRACKING_URI points."""


@datasets.command("list", epilog="Example: flowmill datasets list -x 0 --json")
@click.option(
    "--experiment-id", "-x", required=True, metavar="ID", envvar="MLFLOW_EXPERIMENT_ID", help="The experiment."
)
@click.option("--max-results", type=click.IntRange(1), default=50, show_default=True, help="At most so many.")
@click.option("--filter-string", hidden=True)
@click.option("--order-by", hidden=True)
@click.option("--page-token", hidden=True)
@click.option("--output", type=click.Choice(["table", "json"]), default="table", show_default=True, help="Format.")
@json_option
@click.pass_context
def list_(
    context: click.Context,
    experiment_id: str,
    max_results: int,
    filter_string: str | None,
    order_by: str | None,
    page_token: str | None,
    output: str,
    as_json: bool,
) -> None:
    """List the datasets that the active runs of an experiment used, and for what."""
    if filter_string or order_by or page_token:
        raise click.UsageError(
            "--filter-string, --order-by and --page-token are for MLflow's evaluation datasets, which Flowmill does "
            "not keep; this lists what runs used, at most --max-results.",
            context,
        )
    found = store_at(default_tracking_uri()).send(SearchDatasets(experiment_ids=[experiment_id])).dataset_summaries
    found = found[:max_results]
    if as_json or output == "json":
        print_json({"datasets": msgspec.to_builtins(found), "next_page_token": None})
    else:
        print_table(("Name", "Digest", "Context"), [(each.name, each.digest, each.context) for each in found])
