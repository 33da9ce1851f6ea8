"""``runs``: make, list, show, delete and restore runs."""

from __future__ import annotations

from typing import Any

import click

from flowmill.cli.options import one_experiment, run_option, view_option, view_type
from flowmill.cli.output import (
    all_pages,
    duration,
    is_terminal,
    json_option,
    print_facts,
    print_json,
    print_table,
    shown_time,
    utc_time,
)
from flowmill.client.client import Client
from flowmill.context import context_tags
from flowmill.entities.run import Run
from flowmill.errors import NotFound

_COLOURS = {"FINISHED": "green", "FAILED": "red", "KILLED": "yellow", "RUNNING": "blue", "SCHEDULED": "blue"}


@click.group(epilog="Example: MLFLOW_TRACKING_URI=http://127.0.0.1:5000 flowmill runs list --experiment-id 0")
def runs() -> None:
    """Manage runs, in ./mlruns or where MLFLOW_TRACKING_URI points."""


@runs.command("list", epilog='Example: flowmill runs list --experiment-id 0 --filter "metrics.loss < 0.1"')
@click.option("--experiment-id", required=True, metavar="ID", envvar="MLFLOW_EXPERIMENT_ID", help="The experiment.")
@view_option
@click.option("--filter", "filter_string", metavar="FILTER", default="", help="Such as: metrics.loss < 0.1.")
@click.option("--order-by", metavar="KEY", multiple=True, help="Such as: metrics.loss ASC.  [default: newest first]")
@click.option("--max-results", type=click.IntRange(1), help="At most so many.  [default: all]")
@json_option
def list_(
    experiment_id: str, view: str, filter_string: str, order_by: tuple[str, ...], max_results: int | None, as_json: bool
) -> None:
    """List the runs of an experiment, newest first."""
    client = Client()
    found: list[Run] = all_pages(
        lambda token: client.search_runs(
            [experiment_id], filter_string, view_type(view), min(max_results or 1000, 1000), list(order_by), token
        ),
        max_results,
    )
    if as_json:
        print_json([_facts(run) for run in found])
    elif is_terminal():
        rows = [(shown_time(run.info.start_time), _took(run), run.info.status, *_name_and_id(run)) for run in found]
        print_table(("Date", "Took", "Status", "Name", "ID"), rows)
    else:
        print_table(("Date", "Name", "ID"), [(utc_time(run.info.start_time), *_name_and_id(run)) for run in found])


@runs.command(epilog="Example: flowmill runs describe --run-id 0a1b… --table")
@run_option
@click.option("--table", is_flag=True, help="Text for people instead of JSON.")
@json_option
def describe(run_id: str, table: bool, as_json: bool) -> None:
    """Show everything about a run, as JSON."""
    run = Client().get_run(run_id)
    if not table or as_json:
        print_json(_facts(run), indent=4)
        return
    info = run.info
    print_facts(
        [
            ("Run", info.run_name),
            ("ID", info.run_id),
            ("Experiment", info.experiment_id),
            ("Status", click.style(info.status, fg=_COLOURS[info.status]) if is_terminal() else info.status),
            ("User", info.user_id),
            ("Start", shown_time(info.start_time)),
            ("End", shown_time(info.end_time)),
            ("Took", _took(run)),
            ("Artifacts", info.artifact_uri),
        ]
    )
    tags = {key: value for key, value in run.data.tags.items() if not key.startswith("mlflow.")}
    for title, values in (("Metric", run.data.metrics), ("Parameter", run.data.params), ("Tag", tags)):
        if values:
            click.echo()
            print_table((title, "Value"), sorted(values.items()))


@runs.command(epilog="Example: flowmill runs create --experiment-name churn --run-name baseline -t team=risk")
@click.option("--experiment-id", metavar="ID", envvar="MLFLOW_EXPERIMENT_ID", help="The experiment, by its id.")
@click.option(
    "--experiment-name",
    metavar="NAME",
    envvar="MLFLOW_EXPERIMENT_NAME",
    help="The experiment, or a new one.",
)
@click.option("--run-name", metavar="NAME", help="The run's name.  [default: an invented one]")
@click.option("--description", metavar="TEXT", help="What the run is, in Markdown.")
@click.option("--tags", "-t", metavar="KEY=VALUE", multiple=True, help="A tag; may be given several times.")
@click.option(
    "--status",
    type=click.Choice(["FINISHED", "FAILED", "KILLED"], case_sensitive=False),
    default="FINISHED",
    show_default=True,
    help="How it ended.",
)
@click.option("--parent-run-id", metavar="ID", help="The run that it belongs to.")
@json_option
@click.pass_context
def create(
    context: click.Context,
    experiment_id: str | None,
    experiment_name: str | None,
    run_name: str | None,
    description: str | None,
    tags: tuple[str, ...],
    status: str,
    parent_run_id: str | None,
    as_json: bool,
) -> None:
    """Make a run that has ended already, and say its id."""
    pairs = [tag.partition("=") for tag in tags]
    for tag, (key, equals, _) in zip(tags, pairs, strict=True):
        if not equals or not key:
            raise click.UsageError(f"Invalid tag format: '{tag}'. Tags must be in key=value format.", context)
    client = Client()
    if experiment_id is None and experiment_name and client.get_experiment_by_name(experiment_name) is None:
        client.create_experiment(experiment_name)
    experiment = one_experiment(context, client, experiment_id, experiment_name)
    all_tags = {**context_tags(), **{key: value for key, _, value in pairs}}
    if description:
        all_tags["mlflow.note.content"] = description
    if parent_run_id:
        client.get_run(parent_run_id)  # NotFound if there is none
        all_tags["mlflow.parentRunId"] = parent_run_id
    run = client.create_run(experiment.experiment_id, tags=all_tags, run_name=run_name)
    client.set_terminated(run.info.run_id, status)
    print_json(
        {
            "run_id": run.info.run_id,
            "experiment_id": run.info.experiment_id,
            "status": status,
            "run_name": run.info.run_name,
        }
    )


@runs.command(epilog="Example: flowmill runs delete --run-id 0a1b…")
@run_option
@json_option
def delete(run_id: str, as_json: bool) -> None:
    """Move a run to the trash; `restore` takes it out again."""
    client = Client()
    client.delete_run(run_id)
    _say(client, f"Run with ID {run_id} has been deleted.", run_id, as_json)


@runs.command(epilog="Example: flowmill runs restore --run-id 0a1b…")
@run_option
@json_option
def restore(run_id: str, as_json: bool) -> None:
    """Take a run out of the trash."""
    client = Client()
    client.restore_run(run_id)
    _say(client, f"Run with id {run_id} has been restored.", run_id, as_json)


@runs.command(epilog="Example: flowmill runs move --run-id 0a1b… --run-id 2c3d… --to churn")
@click.option("--run-id", "run_ids", multiple=True, required=True, metavar="ID", help="A run; give it once for each.")
@click.option("--to", required=True, metavar="EXPERIMENT", help="The name or the id of the experiment they go to.")
@json_option
def move(run_ids: tuple[str, ...], to: str, as_json: bool) -> None:
    """Move runs, with those below them, into another experiment; their ids and files stay as they are."""
    client = Client()
    named = client.get_experiment_by_name(to)
    if named is None and not to.isdigit():
        raise NotFound(f"No experiment is named {to!r}; `flowmill experiments search` lists them.")
    made = client.move_runs(run_ids, named.experiment_id if named else to)
    if as_json:
        print_json([each.to_dictionary() for each in made])
        return
    for each in made:
        click.echo(
            f"Run {each.run_id} is in experiment {each.to_experiment_id} now; it was in {each.from_experiment_id}."
        )
    if not made:
        click.echo("They are in that experiment already: nothing was moved.")


@runs.command(epilog="Example: flowmill runs changes --run-id 0a1b…")
@run_option
@json_option
def changes(run_id: str, as_json: bool) -> None:
    """List what was changed of a run, newest first: name, description, tags, trash, moves, a corrected end."""
    client = Client()
    found = all_pages(lambda token: client.list_run_changes(run_id, 1_000, token))
    if as_json:
        print_json([each.to_dictionary() for each in found])
        return
    print_table(("When", "Who", "What"), [(shown_time(each.time), each.user, str(each)) for each in found])


@runs.command(epilog="Example: flowmill runs rewind --run-id 0a1b… --step 5000")
@run_option
@click.option("--step", type=int, required=True, metavar="STEP", help="The last step that stays.")
@json_option
def rewind(run_id: str, step: int, as_json: bool) -> None:
    """Hide what a run measured after a step; `restore-branch` brings it back."""
    hidden = Client().rewind_run(run_id, step)
    if as_json:
        print_json(hidden.to_dictionary() if hidden else None)
    elif hidden is None:
        click.echo(f"Run {run_id} has no points later than step {step}: nothing was hidden.")
    else:
        click.echo(f"{hidden.points:,} points of run {run_id} later than step {step} are hidden: {hidden.branch_id}.")


@runs.command(epilog="Example: flowmill runs branches --run-id 0a1b…")
@run_option
@json_option
def branches(run_id: str, as_json: bool) -> None:
    """List what a run hides, hidden last first."""
    found = Client().list_branches(run_id)
    if as_json:
        print_json([branch.to_dictionary() for branch in found])
        return
    rows = [
        (shown_time(each.created_at), f"{each.step:,}", f"{each.last_step:,}", f"{each.points:,}", each.branch_id)
        for each in found
    ]
    print_table(("Hidden", "After step", "Up to", "Points", "ID"), rows)


@runs.command(epilog="Example: flowmill runs ranks --run-id 0a1b…")
@run_option
@json_option
def ranks(run_id: str, as_json: bool) -> None:
    """List the processes that had a run open together, and how each ended."""
    found = Client().list_ranks(run_id)
    if as_json:
        print_json([rank.to_dictionary() for rank in found])
        return
    rows = [
        (str(each.rank), each.host, each.status, shown_time(each.opened_at), shown_time(each.ended_at), each.how)
        for each in found
    ]
    print_table(("Rank", "Machine", "Status", "Opened", "Ended", "How"), rows)


@runs.command("restore-branch", epilog="Example: flowmill runs restore-branch --run-id 0a1b… --branch-id 2c3d…")
@run_option
@click.option("--branch-id", required=True, metavar="ID", help="What to bring back; `branches` lists it.")
@json_option
def restore_branch(run_id: str, branch_id: str, as_json: bool) -> None:
    """Bring back what a run hides; what it has in its place is hidden."""
    hidden = Client().restore_branch(run_id, branch_id)
    if as_json:
        print_json([branch.to_dictionary() for branch in hidden])
        return
    click.echo(f"Branch {branch_id} of run {run_id} is shown again.")
    for branch in hidden:
        click.echo(f"{branch.points:,} points are hidden in its place: {branch.branch_id}.")


@runs.command("link-traces", hidden=True)
@run_option
@click.option("--trace-id", "-t", multiple=True, required=True)
@click.pass_context
def link_traces(context: click.Context, run_id: str, trace_id: tuple[str, ...]) -> None:
    """MLflow's links between runs and traces."""
    raise click.UsageError("Flowmill does not keep traces yet.", context)


def _name_and_id(run: Run) -> tuple[str, str]:
    return run.info.run_name, run.info.run_id


def _took(run: Run) -> str:
    return duration(run.info.end_time - run.info.start_time) if run.info.end_time is not None else ""


def _facts(run: Run) -> dict[str, Any]:
    """The run with the keys of `mlflow runs describe`."""
    info = run.info
    made = run.outputs.model_outputs if run.outputs else []
    return {
        "info": {
            "artifact_uri": info.artifact_uri,
            "end_time": info.end_time,
            "experiment_id": info.experiment_id,
            "lifecycle_stage": info.lifecycle_stage,
            "run_id": info.run_id,
            "run_name": info.run_name,
            "start_time": info.start_time,
            "status": info.status,
            "user_id": info.user_id,
        },
        "data": {"metrics": run.data.metrics, "params": run.data.params, "tags": run.data.tags},
        "inputs": {
            "model_inputs": [{"model_id": each.model_id} for each in run.inputs.model_inputs],
            "dataset_inputs": run.inputs.dataset_inputs,
        },
        "outputs": {"model_outputs": [{"model_id": each.model_id, "step": each.step} for each in made]},
    }


def _say(client: Client, sentence: str, run_id: str, as_json: bool) -> None:
    if as_json:
        print_json(_facts(client.get_run(run_id)))
    else:
        click.echo(sentence)
