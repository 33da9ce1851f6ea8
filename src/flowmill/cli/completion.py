"""``completion``: the script that lets a shell complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command(epilog='Example: eval "$(flowmill completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that completes commands in SHELL; put it into the shell's start file."""
    root = context.find_root()
    name = root.info_name or "flowmill"
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(root.command, {}, name, f"_{name.upper()}_COMPLETE").source())
