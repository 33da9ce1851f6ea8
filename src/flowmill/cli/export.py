"""``export``: runs as one file that needs no server."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import click

from flowmill.cli.options import view_option, view_type
from flowmill.cli.output import size
from flowmill.client.client import Client
from flowmill.errors import NotFound


@click.command(
    epilog='Example: flowmill export --html best.html --experiment-name churn --filter "metrics.auc > 0.9" '
    '--order-by "metrics.auc DESC"'
)
@click.option("--html", "html", required=True, metavar="FILE", help="Write a report that a browser opens; - prints it.")
@click.option("--experiment-id", "-x", "ids", metavar="ID", multiple=True, help="Runs of this experiment.")
@click.option("--experiment-name", "-n", "names", metavar="NAME", multiple=True, help="Runs of this experiment.")
@click.option("--run-id", "runs", metavar="ID", multiple=True, help="This run; may be given several times.")
@click.option("--filter", "filter_string", metavar="FILTER", default="", help="Such as: metrics.loss < 0.1.")
@click.option("--order-by", metavar="KEY", multiple=True, help="Such as: metrics.loss ASC.  [default: newest first]")
@click.option("--max-results", type=click.IntRange(1, 5000), default=1000, show_default=True, help="At most so many.")
@view_option
@click.option("--title", metavar="TEXT", help="What stands above it.  [default: the experiments' names]")
@click.option(
    "--files",
    type=click.IntRange(0, 200),
    default=10,
    show_default=True,
    metavar="MB",
    help="Room for pictures and short texts among the runs' files; 0 leaves files out.",
)
@click.pass_context
def export(
    context: click.Context,
    html: str,
    ids: tuple[str, ...],
    names: tuple[str, ...],
    runs: tuple[str, ...],
    filter_string: str,
    order_by: tuple[str, ...],
    max_results: int,
    view: str,
    title: str | None,
    files: int,
) -> None:
    """Write runs side by side, with the curves of their metrics, notes, models and files, as one HTML file.

    It opens from a disk with the network off: nothing in it is fetched. Say which runs by experiment, by id, or both.
    """
    from flowmill.cli.report import Selection, filled, report_of

    if not (ids or names or runs):
        raise click.UsageError("Say which runs: --experiment-name, --experiment-id or --run-id.", context)
    client = Client()
    experiments = [client.get_experiment(each) for each in ids] + [_named(client, each) for each in names]
    chosen = Selection(
        experiments=[each.experiment_id for each in experiments],
        runs=list(runs),
        filter=filter_string,
        order_by=list(order_by),
        view=view_type(view),
        most=max_results,
    )
    report = report_of(client, chosen, title, made=int(time.time() * 1000), room=files * 1_000_000)
    document = filled(report)
    if html == "-":
        sys.stdout.buffer.write(document)
        return
    target = Path(html)
    try:
        target.write_bytes(document)
    except OSError as error:
        raise click.BadParameter(f"{html} cannot be written: {error.strerror}.", context, param_hint="--html") from None
    left = f" of {report.total:,}" if report.total > len(report.rows) else ""
    click.echo(f"Wrote {len(report.rows):,}{left} runs to {target} ({size(len(document))}).")
    if report.left.shown:
        click.echo(f"For {report.left.shown:,} pictures and texts there is no room in {files} MB; --files gives more.")


def _named(client: Client, name: str) -> Any:
    found = client.get_experiment_by_name(name)
    if found is None:
        raise NotFound(f"There is no experiment with the name {name!r}.")
    return found
