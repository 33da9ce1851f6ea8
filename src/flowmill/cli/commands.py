"""The tree of commands; each group's module is imported when the group is used."""

from __future__ import annotations

import importlib

import click

_COMMANDS = {
    "ui": ("flowmill.cli.server", "ui", "Open the page for the runs in a folder or database."),
    "server": ("flowmill.cli.server", "server", "Serve the API and the page to a team."),
    "run": ("flowmill.cli.script", "run", "Run a Python script in which `import mlflow` is Flowmill."),
    "experiments": ("flowmill.cli.experiments", "experiments", "Make, find, rename, delete and export experiments."),
    "runs": ("flowmill.cli.runs", "runs", "Make, list, show, delete and restore runs."),
    "artifacts": ("flowmill.cli.artifacts", "artifacts", "List, fetch and store files of runs."),
    "datasets": ("flowmill.cli.datasets", "datasets", "List the datasets that runs used."),
    "models": ("flowmill.cli.models", "models", "Predict with models that were logged or registered."),
    "gc": ("flowmill.cli.gc", "gc", "Free what was deleted, rows and artifacts."),
    "import": ("flowmill.cli.transfer", "import_", "Bring everything from an MLflow folder, database or server."),
    "migrate-filestore": ("flowmill.cli.transfer", "migrate_filestore", "Bring MLflow's folder into a database."),
    "export": ("flowmill.cli.export", "export", "Write runs with their curves as one HTML file."),
    "copy": ("flowmill.cli.transfer", "copy", "Copy a run, an experiment or a model from one store to another."),
    "sync": ("flowmill.cli.sync", "sync", "Deliver what was logged while its server was away."),
    "db": ("flowmill.cli.db", "db", "Upgrade and check the database of a store."),
    "doctor": ("flowmill.cli.doctor", "doctor", "Say what is installed, where runs go and what is exposed."),
    "completion": ("flowmill.cli.completion", "completion", "Print the script that completes commands in a shell."),
}


class LazyCommands(click.Group):
    """A group that knows the names and one line of each command without importing it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in _COMMANDS:
            return None
        module, attribute, _ = _COMMANDS[cmd_name]
        return getattr(importlib.import_module(module), attribute)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The overview, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in _COMMANDS.items()])


@click.group(cls=LazyCommands)
@click.option("--env-file", type=click.Path(exists=True, dir_okay=False), help="Set the variables of this file first.")
def commands(env_file: str | None) -> None:
    """Track experiments, keep models, and look at them. Code and commands written for MLflow work here."""
    if env_file:
        from flowmill.cli.env_file import load_env_file

        load_env_file(env_file)
