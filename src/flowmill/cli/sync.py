"""``sync``: deliver what was logged while its store was away."""

from __future__ import annotations

import sys
import time

import click

from flowmill.errors import FlowmillError
from flowmill.offline import offline_folder, offline_folders
from flowmill.settings import Settings
from flowmill.spool.folder import open_spool, remove_if_empty, spool_folder, spools_of_user
from flowmill.spool.spool import LeftOver
from flowmill.store.open import describe
from flowmill.stores import absolute_uri, default_tracking_uri


@click.command(epilog="Example: flowmill sync http://tracking.example:5000")
@click.argument("uri", required=False)
@click.option("--watch", is_flag=True, help="Go on until Ctrl-C, and look again every few seconds.")
@click.option("--every", type=click.FloatRange(min=0.1), default=10.0, show_default=True, help="Seconds between looks.")
def sync(uri: str | None, watch: bool, every: float) -> None:
    """Deliver what runs have logged while their server was away.

    Runs that were killed leave what was not delivered on this machine's disk, and runs that began without their
    server lie there whole, artifacts and models included; the next run that reaches the server delivers both, or
    this command. URI: a server, folder or database; without one, the tracking URI and every server that something
    waits for.
    """
    while True:
        complete = True
        for each in _targets(uri):
            left = _deliver(each)
            runs = _deliver_runs(each)
            complete = complete and left.waiting == 0 and runs is not False
            if left.delivered or left.waiting or not (watch or runs is not None):
                _tell(each, left)
        if not watch:
            sys.exit(0 if complete else 1)
        time.sleep(every)


def _targets(uri: str | None) -> list[str]:
    if uri is not None:
        return [absolute_uri(uri)]
    waiting = [target for target, _ in spools_of_user(Settings.from_environment())]
    return list(dict.fromkeys([default_tracking_uri(), *waiting, *offline_folders(Settings.from_environment())]))


def _deliver(uri: str) -> LeftOver:
    settings = Settings.from_environment()
    folder = spool_folder(uri, settings)
    if not folder.is_dir():
        return LeftOver(0, 0, 0, None)
    try:
        return open_spool(uri, settings).deliver_left()
    except FlowmillError as error:
        return LeftOver(0, 1, 0, error.message)
    finally:
        remove_if_empty(folder)


def _deliver_runs(uri: str) -> bool | None:
    """Deliver runs that were logged without their server and say so; whether all of them are there, None if
    there were none."""
    settings = Settings.from_environment()
    if not offline_folder(uri, settings).is_dir():
        return None
    from flowmill.transfer.offline import deliver_offline

    try:
        done = deliver_offline(uri, settings)
    except FlowmillError as error:
        click.echo(f"Runs in {offline_folder(uri, settings)} wait for {describe(uri)}: {error.message}", err=True)
        return False
    if done is None:
        return None
    click.echo("\n".join(done.report.lines()))
    if done.open:
        click.echo(f"{done.open:,} runs there still go on; they are delivered when they have ended.", err=True)
    return done.report.complete and not done.open


def _tell(uri: str, left: LeftOver) -> None:
    name = describe(uri)
    if left.delivered:
        click.echo(f"Delivered {left.delivered:,} records to {name}.")
    if left.refused:
        folder = spool_folder(uri, Settings.from_environment())
        click.echo(f"{name} refused {left.refused:,} of them; they are kept in {folder / 'refused.jsonl'}.", err=True)
    if left.waiting:
        click.echo(f"{left.waiting:,} records wait for {name}: {left.why}", err=True)
    elif not left.delivered:
        click.echo(f"Nothing waits for {name}.")
