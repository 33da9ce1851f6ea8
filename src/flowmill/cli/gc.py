"""``gc``: free what was deleted."""

from __future__ import annotations

import sys

import click
import msgspec

from flowmill.artifacts.open import local_path
from flowmill.entities.duration import parse_duration
from flowmill.entities.trash import PurgeReport
from flowmill.store.open import artifacts_beside, open_sql_store, scheme_of
from flowmill.store.purge import place_opener, purge_trash
from flowmill.stores import absolute_uri, default_tracking_uri, store_at
from flowmill.wire.trash import PurgeTrash

_KINDS = {"experiment": "Experiment", "run": "Run", "logged_model": "Logged model"}


@click.command()
@click.option("--older-than", metavar="TIME", help="Only what was deleted at least so long ago: 30d, 1d12h, 90m.")
@click.option("--backend-store-uri", metavar="URI", help="Folder or database.  [default: the tracking URI]")
@click.option(
    "--artifacts-destination",
    metavar="URI",
    envvar="MLFLOW_ARTIFACTS_DESTINATION",
    help="Where the server of this database keeps artifacts.  [default: beside the runs]",
)
@click.option("--run-ids", metavar="IDS", default="", help="Only these runs, comma-separated; they must be deleted.")
@click.option("--experiment-ids", metavar="IDS", default="", help="Only these experiments with all in them.")
@click.option("--logged-model-ids", metavar="IDS", default="", help="Only these logged models.")
@click.option("--tracking-uri", metavar="URI", help="A server, folder or database to free the trash of.")
@click.option("--keep-artifacts", is_flag=True, help="Free the rows and leave the files where they are.")
@click.option("--dry-run", is_flag=True, help="Say what would go and how big it is; free nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def gc(
    older_than: str | None,
    backend_store_uri: str | None,
    artifacts_destination: str | None,
    run_ids: str,
    experiment_ids: str,
    logged_model_ids: str,
    tracking_uri: str | None,
    keep_artifacts: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Free what was deleted: runs, experiments and logged models in the trash, with their artifacts.

    What a registered model version was made from stays. Example: flowmill gc --older-than 30d --dry-run
    """
    ask = PurgeTrash(
        older_than=parse_duration(older_than) if older_than else 0,
        run_ids=_words(run_ids),
        experiment_ids=_words(experiment_ids),
        model_ids=_words(logged_model_ids),
        keep_artifacts=keep_artifacts,
        dry_run=dry_run,
    )
    report = _purge(
        absolute_uri(backend_store_uri or tracking_uri or default_tracking_uri()), ask, artifacts_destination
    )
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(msgspec.to_builtins(report))))
    else:
        _tell(report, dry_run)
    if report.places and not dry_run:
        sys.exit(1)


def _purge(uri: str, ask: PurgeTrash, artifacts_destination: str | None) -> PurgeReport:
    if scheme_of(uri) in ("http", "https"):
        return store_at(uri).send(ask)
    root = artifacts_destination or artifacts_beside(uri)
    local = local_path(root)
    root = local.absolute().as_uri() if local is not None else root
    store = open_sql_store(uri, artifact_root=root, accept=str)
    try:
        return purge_trash(store, ask, place_opener(root))
    finally:
        store.close()


def _tell(report: PurgeReport, dry_run: bool) -> None:
    for item in report.items:
        named = f" {item.name!r}" if item.name else ""
        click.echo(f"{_KINDS[item.kind]} {item.id}{named} {'would go' if dry_run else 'is gone for good'}.")
    for kept in report.kept:
        click.echo(
            f"{_KINDS[kept.kind]} {kept.id} stays: version {kept.version} of {kept.model!r} was made from it; "
            "delete that version first."
        )
    for place in [] if dry_run else report.places:
        click.echo(f"The files at {place} could not be removed; they are tried again next time.", err=True)
    counts = [(report.experiments, "experiment"), (report.runs, "run"), (report.logged_models, "logged model")]
    things = ", ".join(f"{number:,} {word}{'' if number == 1 else 's'}" for number, word in counts if number)
    if not things and not report.files:
        click.echo("Nothing in the trash is due.")
        return
    files = f"{report.files:,} file{'' if report.files == 1 else 's'}, {_size(report.bytes)}"
    click.echo(f"{'Would free' if dry_run else 'Freed'} {things or 'no rows'} and {files}.")


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
