"""``doctor --attack``: known attacks, on a server of one's own."""

from __future__ import annotations

from typing import Any

import click

from flowmill.attacks import ATTACKS, Breach, Target
from flowmill.settings import Settings


def attack_server(address: str, *, quiet: bool) -> list[dict[str, Any]]:
    """What became of each attack: ``id``, ``what``, and ``breach``, a sentence or None. Told as it goes unless quiet.

    Makes an experiment, a run, a logged and a registered model there, and deletes them again.
    """
    found: list[dict[str, Any]] = []
    with Target(address, Settings.from_environment().http_credentials(address)).open() as target:
        for row in ATTACKS.values():
            breach: str | None = None
            try:
                row.run(target)
                target.prove()
            except Breach as told:
                breach = str(told)
            found.append({"id": row.id, "what": row.what, "breach": breach})
            if not quiet:
                _tell(row.id, row.what, breach)
    return found


def _tell(row: str, what: str, breach: str | None) -> None:
    if breach is None:
        click.echo(f"{click.style('held', fg='green')}    {row}  {what}")
    else:
        click.echo(f"{click.style('broken', fg='red')}  {row}  {what}: {breach}")
