"""``experiments``: make, find, rename, delete and restore experiments, and export their runs as CSV."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from flowmill.cli.options import experiment_option, one_experiment, view_option, view_type
from flowmill.cli.output import all_pages, is_terminal, json_option, print_facts, print_json, print_table, shown_time
from flowmill.client.client import Client
from flowmill.entities.experiment import Experiment
from flowmill.entities.run import Run
from flowmill.errors import Unavailable


@click.group(epilog="Example: MLFLOW_TRACKING_URI=http://127.0.0.1:5000 flowmill experiments search")
def experiments() -> None:
    """Manage experiments, in ./mlruns or where MLFLOW_TRACKING_URI points."""


@experiments.command(epilog="Example: flowmill experiments create -n churn")
@click.option("--experiment-name", "-n", required=True, metavar="NAME", help="Its name.")
@click.option("--artifact-location", "-l", metavar="URI", help="Where its artifacts go, if not in the usual place.")
@click.option("--trace-archival-retention", hidden=True)
@json_option
@click.pass_context
def create(
    context: click.Context,
    experiment_name: str,
    artifact_location: str | None,
    trace_archival_retention: str | None,
    as_json: bool,
) -> None:
    """Make an experiment."""
    _refuse_trace_archival(context, trace_archival_retention)
    experiment_id = Client().create_experiment(experiment_name, artifact_location)
    if as_json:
        print_json({"experiment_id": experiment_id, "name": experiment_name})
    else:
        click.echo(f"Created experiment '{experiment_name}' with id {experiment_id}")


@experiments.command(epilog="Example: flowmill experiments search --view all --json")
@view_option
@click.option("--max-results", type=click.IntRange(1), help="At most so many.  [default: all]")
@click.option("--filter-string", metavar="FILTER", help="Such as: name LIKE 'churn%' AND tags.team = 'risk'.")
@json_option
def search(view: str, max_results: int | None, filter_string: str | None, as_json: bool) -> None:
    """List experiments."""
    client = Client()
    found: list[Experiment] = all_pages(
        lambda token: client.search_experiments(
            view_type(view), min(max_results or 1000, 1000), filter_string, ["experiment_id ASC"], token
        ),
        max_results,
    )
    if as_json:
        print_json([_facts(each) for each in found])
    else:
        print_table(
            ("Experiment Id", "Name", "Artifact Location"),
            [(each.experiment_id, each.name, each.artifact_location) for each in found],
        )


@experiments.command(epilog="Example: flowmill experiments get -n churn --json")
@click.option("--experiment-id", "-x", metavar="ID", help="The experiment, by its id.")
@click.option("--experiment-name", "-n", metavar="NAME", help="The experiment, by its name.")
@click.option("--output", type=click.Choice(["json", "table"]), default="table", show_default=True, help="Format.")
@json_option
@click.pass_context
def get(
    context: click.Context, experiment_id: str | None, experiment_name: str | None, output: str, as_json: bool
) -> None:
    """Show one experiment."""
    experiment = one_experiment(context, Client(), experiment_id, experiment_name)
    if as_json or output == "json":
        print_json(_facts(experiment))
        return
    print_facts(
        [
            ("Experiment ID", experiment.experiment_id),
            ("Name", experiment.name),
            ("Artifact Location", experiment.artifact_location),
            ("Lifecycle Stage", experiment.lifecycle_stage),
            ("Creation Time", _time(experiment.creation_time)),
            ("Last Update Time", _time(experiment.last_update_time)),
            ("Tags", ", ".join(f"{key}={value}" for key, value in sorted(experiment.tags.items()))),
        ]
    )


@experiments.command(epilog="Example: flowmill experiments delete -x 1")
@experiment_option
@json_option
def delete(experiment_id: str, as_json: bool) -> None:
    """Move an experiment and its runs to the trash; `restore` takes them out again."""
    Client().delete_experiment(experiment_id)
    _say(f"Experiment with ID {experiment_id} has been deleted.", experiment_id, as_json)


@experiments.command(epilog="Example: flowmill experiments restore -x 1")
@experiment_option
@json_option
def restore(experiment_id: str, as_json: bool) -> None:
    """Take an experiment and its runs out of the trash."""
    Client().restore_experiment(experiment_id)
    _say(f"Experiment with id {experiment_id} has been restored.", experiment_id, as_json)


@experiments.command(epilog="Example: flowmill experiments rename -x 1 --new-name churn-2026")
@experiment_option
@click.option("--new-name", required=True, metavar="NAME", help="Its name from now on.")
@json_option
def rename(experiment_id: str, new_name: str, as_json: bool) -> None:
    """Give an experiment another name."""
    Client().rename_experiment(experiment_id, new_name)
    _say(f"Experiment with id {experiment_id} has been renamed to '{new_name}'.", experiment_id, as_json)


@experiments.command(hidden=True)
@experiment_option
@click.option("--trace-archival-retention")
@click.option("--clear-trace-archival-retention", is_flag=True)
@click.option("--trace-archive-now", is_flag=True)
@click.option("--trace-archive-now-older-than")
@click.option("--clear-trace-archive-now", is_flag=True)
@click.pass_context
def update(context: click.Context, experiment_id: str, **options: Any) -> None:
    """MLflow's settings of trace archival."""
    if not any(options.values()):
        raise click.UsageError("Must specify at least one update option.", context)
    _refuse_trace_archival(context, "given")


@experiments.command("csv", epilog="Example: flowmill experiments csv -x 1 -o runs.csv")
@experiment_option
@click.option("--filename", "-o", metavar="FILE", help="Write to this file.  [default: standard output]")
@json_option
def export(experiment_id: str, filename: str | None, as_json: bool) -> None:
    """Write all runs of an experiment as CSV: a run a line, a column for each metric, parameter and tag.

    A text that a spreadsheet would take for a formula is made harmless with an apostrophe before it; --json has it
    as it is.
    """
    client = Client()
    runs: list[Run] = all_pages(lambda token: client.search_runs([experiment_id], page_token=token, max_results=1000))
    rows = _rows(runs)
    if as_json:
        names = rows[0]
        print_json([dict(zip(names, row, strict=True)) for row in rows[1:]])
        return
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_harmless(cell) for cell in row] for row in rows)
    if not filename:
        click.echo(text.getvalue())
        return
    try:
        Path(filename).write_text(text.getvalue(), encoding="utf-8")
    except OSError as error:
        raise Unavailable(f"Cannot write {filename}: {error.strerror}; choose another file.") from None
    click.echo(f"Experiment with ID {experiment_id} has been exported as a CSV to file: {filename}.")


_FORMULA = re.compile(r"[=+\-@\t\r]")


def _harmless(cell: Any) -> Any:
    """The cell, with an apostrophe before what a spreadsheet would run: names and values come from other people."""
    if not isinstance(cell, str) or not _FORMULA.match(cell):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def _rows(runs: list[Run]) -> list[list[Any]]:
    """A header and a row a run, with the column names of MLflow's DataFrames."""
    logged = [_logged(run) for run in runs]
    keys = sorted({key for each in logged for key in each})
    names = ["run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time"]
    rows: list[list[Any]] = [[*names, *(f"{kind}.{key}" for kind, key in keys)]]
    for run, values in zip(runs, logged, strict=True):
        info = run.info
        times = [_csv_time(info.start_time), _csv_time(info.end_time)]
        row: list[Any] = [info.run_id, info.experiment_id, info.status.value, info.artifact_uri, *times]
        rows.append(row + [values.get(key, "") for key in keys])
    return rows


def _logged(run: Run) -> dict[tuple[str, str], Any]:
    """What was logged to the run, by kind and key."""
    kinds = {"metrics": run.data.metrics, "params": run.data.params, "tags": run.data.tags}
    return {(kind, key): value for kind, values in kinds.items() for key, value in values.items()}


def _csv_time(milliseconds: int | None) -> str:
    """``2026-01-31 12:00:00.123+00:00``, as pandas writes it; the number itself where no calendar has it."""
    if milliseconds is None:
        return ""
    seconds, rest = divmod(milliseconds, 1000)
    try:
        text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return str(milliseconds)
    return f"{text}.{rest:03d}+00:00"


def _facts(experiment: Experiment) -> dict[str, Any]:
    """The experiment with the keys of `mlflow experiments get --output json`."""
    return {
        "artifact_location": experiment.artifact_location,
        "creation_time": experiment.creation_time,
        "experiment_id": experiment.experiment_id,
        "last_update_time": experiment.last_update_time,
        "lifecycle_stage": experiment.lifecycle_stage,
        "name": experiment.name,
        "tags": experiment.tags,
    }


def _time(milliseconds: int) -> str | int:
    """For people a time, for scripts what MLflow's command prints: ms since the epoch."""
    return shown_time(milliseconds) if is_terminal() else milliseconds


def _say(sentence: str, experiment_id: str, as_json: bool) -> None:
    if as_json:
        print_json(_facts(Client().get_experiment(experiment_id)))
    else:
        click.echo(sentence)


def _refuse_trace_archival(context: click.Context, value: str | None) -> None:
    if value is not None:
        raise click.UsageError("Flowmill does not archive traces; leave the options of trace archival out.", context)
