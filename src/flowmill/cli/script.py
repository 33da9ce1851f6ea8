"""``run``: a Python script in which ``import mlflow`` is Flowmill."""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

import click

import flowmill

AS_MLFLOW = Path(flowmill.__file__).parent / "compat" / "as_mlflow"
"""A folder with a package ``mlflow`` that is Flowmill."""


@click.command(
    epilog="Example: flowmill run train.py --epochs 3",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("script", type=click.Path(exists=True, path_type=Path))
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def run(script: Path, arguments: tuple[str, ...]) -> None:
    """Run SCRIPT with ARGUMENTS; in it, and in all that it imports, `import mlflow` is Flowmill."""
    if script.is_dir():
        raise click.BadParameter(f"{str(script)!r} is a folder; name a Python file.", param_hint="SCRIPT")
    flowmill.install_as_mlflow()
    # Processes that the script spawns start with nothing but the environment.
    paths = [str(AS_MLFLOW), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    sys.argv = [str(script), *arguments]
    # multiprocessing hands this list to those it spawns.
    sys.path[:1] = [str(script.resolve().parent), str(AS_MLFLOW)]
    try:
        runpy.run_path(str(script), run_name="__main__")
    except Exception:  # of whatever kind: it is the script's, not ours
        # The traceback of the user's own script, as Python would have shown it.
        kind, error, trace = sys.exc_info()
        assert kind is not None and error is not None
        while trace is not None and trace.tb_frame.f_code.co_filename != str(script):
            trace = trace.tb_next  # our frames, and runpy's
        sys.excepthook(kind, error.with_traceback(trace), trace)
        raise SystemExit(1) from None
