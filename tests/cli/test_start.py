"""A command is there at once: nothing is loaded that it does not need, and shells complete it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.conftest import FLOWMILL, Shell


def loaded(*words: str) -> set[str]:
    """The modules that a command had loaded when it ended."""
    script = f"""
import sys
sys.argv = ["flowmill", *{words!r}]
from flowmill.cli.main import main
try:
    main()
finally:
    print("\\n" + " ".join(sys.modules), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


def test_the_version_loads_next_to_nothing() -> None:
    modules = loaded("--version")
    assert "click" not in modules
    assert len(modules) < 80, len(modules)


@pytest.mark.parametrize("words", [("--help",), ("completion", "bash")])
def test_the_overview_loads_no_group(words: tuple[str, ...]) -> None:
    modules = loaded(*words)
    assert not {"numpy", "pandas", "sqlite3", "urllib3", "uvicorn", "asyncio", "msgspec", "yaml"} & modules
    ours = {name for name in modules if name.startswith("flowmill.cli.")}
    assert ours <= {"flowmill.cli.main", "flowmill.cli.commands", "flowmill.cli.completion"}
    assert len(modules) < 230, len(modules)


def test_a_group_loads_no_other_group() -> None:
    modules = loaded("runs", "--help")
    assert not {"numpy", "pandas", "uvicorn", "yaml", "sqlite3"} & modules
    assert "flowmill.server.app" not in modules and "flowmill.cli.server" not in modules


def test_every_command_helps_with_an_example(shell: Shell) -> None:
    import click

    from flowmill.cli.commands import commands

    groups = "ui server run experiments runs artifacts datasets models db doctor completion".split()

    def walk(command: click.Command, path: tuple[str, ...]) -> None:
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                each = command.get_command(context, name)
                assert each is not None
                if not each.hidden:
                    walk(each, (*path, name))
        assert command.help, path
        assert command.epilog and command.epilog.startswith("Example: "), " ".join(path)
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                assert parameter.help, (path, parameter.name)

    for name in groups:
        command = commands.get_command(click.Context(commands), name)
        assert command is not None
        walk(command, (name,))
    assert "Example: flowmill runs list" in shell.text("runs", "list", "--help")


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "fish"])
def test_completion(shell_name: str, shell: Shell) -> None:
    assert "_FLOWMILL_COMPLETE" in shell.text("completion", shell_name)


def test_bash_completes_commands_and_options(shell: Shell) -> None:
    def completed(line: str) -> list[str]:
        words = line.split(" ")
        script = (
            f'eval "$({FLOWMILL} completion bash)"; COMP_WORDS=({" ".join(word or chr(39) * 2 for word in words)}); '
            f'COMP_CWORD={len(words) - 1}; _flowmill_completion {FLOWMILL}; printf "%s\\n" "${{COMPREPLY[@]}}"'
        )
        done = subprocess.run(
            ["bash", "-c", script], cwd=shell.folder, env=shell.settings, capture_output=True, text=True, check=True
        )
        return done.stdout.split()

    assert "experiments" in completed("flowmill exp")
    assert completed("flowmill runs des") == ["describe"]
    assert "--experiment-id" in completed("flowmill runs list --exp")
