"""``db``: bring a database to this release's schema, and check that it is whole."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import asdict
from typing import Any

import click

from flowmill.cli.output import json_option, print_facts, print_json, size
from flowmill.errors import Invalid, NotFound
from flowmill.store.open import database_path, describe, is_postgres, open_database, scheme_of
from flowmill.store.sql.check import repair as make_missing_indexes
from flowmill.store.sql.check import state_of
from flowmill.store.sql.check import upgrade as take_steps
from flowmill.store.sql.engine import Database


@click.group(epilog="Example: flowmill db check sqlite:///mlruns/flowmill.db")
def db() -> None:
    """Look after the database of a store: a folder, sqlite:///file.db or postgresql://…"""


@db.command(epilog="Example: flowmill db upgrade postgresql://flowmill@db/flowmill")
@click.argument("url")
@json_option
def upgrade(url: str, as_json: bool) -> None:
    """Bring the database at URL to this release's schema; one that is there already stays as it is."""
    with _opened(url) as database:
        before, after = take_steps(database)
    if as_json:
        print_json({"url": describe(url), "from": before, "to": after})
    elif before == after:
        click.echo(f"{describe(url)} is at schema step {after}, the newest.")
    else:
        click.echo(f"{describe(url)} went from schema step {before} to {after}.")


@db.command(epilog="Example: flowmill db check ./mlruns --json")
@click.argument("url")
@click.option("--repair", is_flag=True, help="Make indexes that are missing.")
@json_option
@click.pass_context
def check(context: click.Context, url: str, repair: bool, as_json: bool) -> None:
    """Check the schema, indexes and rows of the database at URL; exit code 1 if something is wrong."""
    with _opened(url, must_exist=True) as database:
        made = make_missing_indexes(database) if repair else 0
        state = state_of(database, thorough=True)
    if as_json:
        print_json({"url": describe(url), **asdict(state), "repaired": made})
    else:
        facts: list[tuple[str, Any]] = [
            ("Database", describe(url)),
            ("Kind", state.kind),
            ("Schema", f"step {state.steps} of {state.known_steps}"),
            ("Size", size(state.size)),
        ]
        facts += [(name.replace("_", " ").capitalize(), f"{count:,}") for name, count in state.counts.items()]
        print_facts(facts)
        if made:
            click.echo(f"Made {made} missing {'index' if made == 1 else 'indexes'}.")
        for problem in state.problems:
            click.echo(f"Wrong: {problem}")
        if not state.steps:
            click.echo("Wrong: There is no schema yet: run `flowmill db upgrade`.")
        elif not state.problems:
            click.echo("All is well.")
    context.exit(1 if state.problems or not state.steps else 0)


def _not_here(reason: str) -> click.Command:
    @click.pass_context
    def refuse(context: click.Context, **_: Any) -> None:
        raise click.UsageError(reason, context)

    settings = {"ignore_unknown_options": True, "allow_extra_args": True}
    words = click.Argument(["words"], nargs=-1, type=click.UNPROCESSED)
    return click.Command(None, callback=refuse, params=[words], hidden=True, context_settings=settings)


for _name in ("migrate-to-default-workspace", "move-resources"):
    db.add_command(_not_here("Flowmill has no workspaces; every database is one."), _name)
for _name in ("delete-trace-rollups", "prepopulate-trace-analytics"):
    db.add_command(_not_here("Flowmill keeps no summaries of traces that would need this."), _name)


@contextlib.contextmanager
def _opened(url: str, *, must_exist: bool = False) -> Generator[Database]:
    if scheme_of(url) in ("http", "https"):
        raise Invalid(f"{describe(url)} is a server; run this where its database is, and name the database.")
    if must_exist and not is_postgres(url) and not database_path(url).is_file():
        raise NotFound(f"There is no database at {database_path(url)}.")
    database = open_database(url)
    try:
        yield database
    finally:
        database.close()
