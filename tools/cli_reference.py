"""Writes ``docs/reference/cli.md`` from the tree of commands.

``python tools/cli_reference.py`` writes the file; with ``--check`` it only says whether the file is up to date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from flowmill.cli.commands import commands

TARGET = Path(__file__).parent.parent / "docs" / "reference" / "cli.md"

_HEAD = """\
<!-- Written by `make schema` from the tree of commands; do not edit. -->

# Commands

`flowmill` and, where the shim is installed, `mlflow` are the same command. An error is one sentence on standard
error: exit code 1 if it could not be done, 2 if the command was not understood. `--json` prints one document.
`--env-file FILE` before the command sets variables first. Every option with a variable can be given by it instead.
"""


def reference() -> str:
    """The whole page."""
    return _HEAD + "".join(_sections(commands, ("flowmill",)))


def _sections(command: click.Command, path: tuple[str, ...]) -> Iterator[str]:
    context = click.Context(command, info_name=path[-1])
    if len(path) > 1:
        yield _section(command, path, context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            each = command.get_command(context, name)
            if each is not None and not each.hidden:
                yield from _sections(each, (*path, name))


def _section(command: click.Command, path: tuple[str, ...], context: click.Context) -> str:
    title = " ".join(path[1:])
    arguments = [each for each in command.params if isinstance(each, click.Argument)]
    names = " ".join(each.make_metavar(context) for each in arguments)
    text = f"\n{'#' * min(len(path), 3)} {title}{' ' if names else ''}{f'`{names}`' if names else ''}\n\n"
    text += f"{_one_line(command.help or '')}\n"
    options = [each for each in command.params if isinstance(each, click.Option) and not each.hidden]
    if options:
        text += "\n| option | variable | default | |\n|---|---|---|---|\n"
        text += "".join(_row(each) for each in options)
    if command.epilog:
        text += f"\n{command.epilog.replace('Example: ', 'Example: `', 1)}`\n"
    return text


def _row(option: click.Option) -> str:
    flags = ", ".join(f"`{flag}`" for flag in (*option.opts, *option.secondary_opts))
    variable = option.envvar if isinstance(option.envvar, str) else ""
    help, _, extra = (option.help or "").partition("  [")
    facts = dict(part.split(": ", 1) for part in extra.rstrip("]").split("; ") if ": " in part)
    default = facts.get("default", "")
    if not default and option.show_default and option.default is not None:
        default = str(option.default)
    variable = variable or facts.get("env", "")
    if isinstance(option.type, click.Choice):
        help += f" One of {', '.join(map(str, option.type.choices))}."
    cells = (flags, f"`{variable}`" if variable else "", default, _one_line(help))
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def main() -> None:
    """Write the page, or say that it is not up to date."""
    text = reference()
    if "--check" in sys.argv:
        if not TARGET.is_file() or TARGET.read_text(encoding="utf-8") != text:
            sys.exit(f"{TARGET} is not up to date: run `make schema`.")
        return
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
