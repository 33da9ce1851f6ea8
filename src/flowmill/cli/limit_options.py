"""Options for the limits of a server: each is declared once, in `Limits`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection
from typing import Any

import click

from flowmill.server.limits import Limits, environment_name

Command = Callable[..., Any]


def limit_options(names: Collection[str] | None = None) -> list[Callable[[Command], Command]]:
    """An option for each limit, or for those of these names."""
    return [
        click.option(
            f"--{each.name.replace('_', '-')}",
            type=int if each.type == "int" else float,
            metavar="NUMBER",
            help=f"{each.metadata['help']}  [env: {environment_name(each.name)}; default: {each.default:g}]"
            if each.type != "int"
            else f"{each.metadata['help']}  [env: {environment_name(each.name)}; default: {each.default}]",
        )
        for each in dataclasses.fields(Limits)
        if names is None or each.name in names
    ]
