"""``import`` and ``copy``: bring runs and models from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from flowmill.transfer.report import Report


@click.command("import")
@click.argument("source")
@click.option("--to", "target", metavar="STORE", help="Where to bring it.  [default: MLFLOW_TRACKING_URI or ./mlruns]")
@click.option(
    "--artifacts-from",
    "moved",
    metavar="FOLDER|OLD=NEW",
    multiple=True,
    help="Where the files are now, if not where the source says: a folder that holds them, or a changed beginning.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would come and how big it is.")
@click.option("--infinity", is_flag=True, help="Take ±1.7976931348623157e308 for ±infinity, as MLflow stores it.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def import_(
    source: str, target: str | None, moved: tuple[str, ...], dry_run: bool, infinity: bool, as_json: bool
) -> None:
    """Bring everything from SOURCE, an MLflow folder (./mlruns), database (sqlite:///mlflow.db, postgresql://…) or
    server (http://…), into a Flowmill folder, database or server.

    Ids, times, histories and files stay as they are. It may be run again: only what is new comes then.
    """
    _show(_import(source, target, moved, dry_run=dry_run, infinity=infinity), as_json)


@click.command("migrate-filestore")
@click.option("--source", metavar="FOLDER", required=True, help="MLflow's folder with its runs, such as ./mlruns.")
@click.option("--target", metavar="STORE", required=True, help="Where to bring them, such as sqlite:///flowmill.db.")
@click.option("--progress/--no-progress", default=True, help="Tell how far it is.  [default: told in a terminal]")
def migrate_filestore(source: str, target: str, progress: bool) -> None:
    """Bring a file store of MLflow into a database: the same as `flowmill import FOLDER --to STORE`.

    FOLDER may also be the one in which mlruns lies.
    """
    inside = Path(source, "mlruns")
    folder = str(inside) if inside.is_dir() else source
    _show(_import(folder, target, quiet=not progress), as_json=False)


def _import(
    source: str,
    target: str | None,
    moved: tuple[str, ...] = (),
    *,
    dry_run: bool = False,
    infinity: bool = False,
    quiet: bool = False,
) -> Report:
    from flowmill.stores import absolute_uri, default_tracking_uri
    from flowmill.transfer.importer import Importer
    from flowmill.transfer.open import open_source, open_target
    from flowmill.transfer.report import Progress, Report

    where = absolute_uri(target) if target else default_tracking_uri()
    reader = open_source(source, moved=moved)
    try:
        writer = None if dry_run else open_target(where)
        report = Report(reader.name, writer.name if writer else where, dry_run)
        try:
            progress = Progress(quiet=quiet)
            Importer(reader, writer, report, infinity=infinity, progress=progress).run()
        finally:
            if writer:
                writer.store.close()
    finally:
        reader.close()
    return report


@click.command()
@click.argument("source")
@click.argument("target", required=False)
@click.option("--to", "to", metavar="STORE", help="Where to copy it: the same as TARGET.")
@click.option("--artifacts-from", "moved", metavar="FOLDER|OLD=NEW", multiple=True, help="Where the files are now.")
@click.option("--dry-run", is_flag=True, help="Only say what would be copied and how big it is.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def copy(source: str, target: str | None, to: str | None, moved: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Copy an experiment, a run, a registered model or one version, with all that it needs, from SOURCE to the
    store TARGET. Both may be of Flowmill or of MLflow.

    \b
    http://host:5000#experiment=churn    an experiment with its runs
    ./mlruns#run=ID                      a run with its models
    http://host:5000#model=credit        a registered model with all versions
    ./mlruns#model=credit/3              a version; credit@champion by alias
    models:/credit@champion, runs:/ID    the same in the store of MLFLOW_TRACKING_URI
    http://host:5000                     everything

    Ids stay where TARGET is Flowmill. MLflow gives new ones; a tag flowmill.copied_from then holds the old one.
    Copying again changes nothing.
    """
    from flowmill.stores import absolute_uri, default_tracking_uri
    from flowmill.transfer.address import parse_address, select
    from flowmill.transfer.importer import Importer
    from flowmill.transfer.open import open_source, open_target
    from flowmill.transfer.report import Report
    from flowmill.transfer.to_mlflow import MlflowCopier

    where = target or to
    if where is None or (target and to):
        raise click.UsageError("Say once where to copy it: flowmill copy SOURCE TARGET.")
    address = parse_address(source)
    reader = open_source(address.uri or default_tracking_uri(), moved=moved, prefer_flowmill=True)
    try:
        selection = select(reader, address)
        writer = None if dry_run else open_target(absolute_uri(where), or_mlflow=True)
        report = Report(
            f"{reader.name} {address.kind} {address.name}".strip(), writer.name if writer else where, dry_run
        )
        try:
            if writer is None or writer.is_flowmill:
                Importer(reader, writer, report, selection=selection).run()
            else:
                MlflowCopier(reader, writer, report, selection).run()
        finally:
            if writer:
                writer.store.close()
    finally:
        reader.close()
    _show(report, as_json)


def _show(report: Report, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report.as_dict(), indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(report.lines()))
    if not report.complete:
        raise click.exceptions.Exit(3)
