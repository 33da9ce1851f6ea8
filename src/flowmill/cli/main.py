"""The ``flowmill`` and ``mlflow`` commands: groups are loaded when they are used."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from flowmill.errors import FlowmillError
from flowmill.version import COMPATIBLE_VERSION, MLFLOW_VERSION, __version__


def main(arguments: list[str] | None = None) -> None:
    """Run a command and end the process with its exit code; a mistake is one sentence, never a traceback."""
    words = sys.argv[1:] if arguments is None else arguments
    name = Path(sys.argv[0]).stem
    name = "mlflow" if name == "mlflow" else "flowmill"
    if words == ["--version"]:
        if name == "mlflow":
            print(f"mlflow, version {COMPATIBLE_VERSION}")
        else:
            print(f"flowmill {__version__} (compatible with MLflow {MLFLOW_VERSION})")
        return
    sys.exit(_run(name, words))


def _run(name: str, words: list[str]) -> int:
    import click

    from flowmill.cli.commands import commands

    try:
        code = commands.main(words, prog_name=name, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (KeyboardInterrupt, click.Abort):
        return 130
    except FlowmillError as error:
        click.echo(f"Error: {error.message}", err=True)
        return 1
    except BrokenPipeError:  # the reader of our output has left; that is no failure
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("FLOWMILL_DEBUG"):
            raise
        click.echo(
            f"Error: {type(error).__name__}: {error}. This is a defect in Flowmill; "
            "set FLOWMILL_DEBUG=1 to see where it happens.",
            err=True,
        )
        return 70
    return code if isinstance(code, int) else 0
