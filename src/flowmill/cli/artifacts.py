"""``artifacts``: list, fetch and store files of runs."""

from __future__ import annotations

from pathlib import Path

import click

from flowmill.cli.options import run_id_option
from flowmill.cli.output import json_option, print_json, print_table, size
from flowmill.client.client import Client
from flowmill.errors import NotFound


@click.group(epilog="Example: flowmill artifacts list --run-id 0a1b…")
def artifacts() -> None:
    """Fetch, list and store the files of runs, in ./mlruns or where MLFLOW_TRACKING_URI points."""


@artifacts.command("list", epilog="Example: flowmill artifacts list -r 0a1b… -a plots --table")
@run_id_option
@click.option("--artifact-path", "-a", metavar="PATH", help="A folder of the run's artifacts.  [default: the root]")
@click.option("--table", is_flag=True, help="Text for people instead of JSON.")
@json_option
def list_(run_id: str, artifact_path: str | None, table: bool, as_json: bool) -> None:
    """List the files and folders directly in a folder of a run's artifacts, as JSON."""
    files = Client().list_artifacts(run_id, artifact_path)
    if table and not as_json:
        rows = [(f"{file.path}/" if file.is_dir else file.path, _size(file.file_size)) for file in files]
        print_table(("Path", "Size"), rows)
        return
    print_json(
        [
            {"path": file.path, "is_dir": file.is_dir}
            | ({} if file.file_size is None else {"file_size": file.file_size})
            for file in files
        ]
    )


@artifacts.command(epilog="Example: flowmill artifacts download -r 0a1b… -a model -d ./model")
@click.option("--run-id", "-r", metavar="ID", help="The run.")
@click.option("--artifact-path", "-a", metavar="PATH", help="A file or folder of its artifacts.  [default: all]")
@click.option("--artifact-uri", "-u", metavar="URI", help="Instead of a run: runs:/<run>/<path> or models:/…")
@click.option("--dst-path", "-d", metavar="FOLDER", help="Where to put it.  [default: a new temporary folder]")
@json_option
@click.pass_context
def download(
    context: click.Context,
    run_id: str | None,
    artifact_path: str | None,
    artifact_uri: str | None,
    dst_path: str | None,
    as_json: bool,
) -> None:
    """Fetch a file or folder and say where it is."""
    if run_id is None and artifact_uri is None:
        raise click.UsageError("Name a run with --run-id, or artifacts with --artifact-uri.", context)
    from flowmill.downloads import download_artifacts

    if artifact_uri is not None:
        path = download_artifacts(artifact_uri, dst_path=dst_path)
    else:
        path = download_artifacts(run_id=run_id, artifact_path=artifact_path or "", dst_path=dst_path)
    path = str(Path(path).absolute())
    if as_json:
        print_json({"path": path})
    else:
        click.echo(path)


@artifacts.command("log-artifact", epilog="Example: flowmill artifacts log-artifact -l report.html -r 0a1b…")
@click.option("--local-file", "-l", required=True, metavar="FILE", help="The file.")
@run_id_option
@click.option("--artifact-path", "-a", metavar="PATH", help="The folder to put it in.  [default: the root]")
@json_option
def log_artifact(local_file: str, run_id: str, artifact_path: str | None, as_json: bool) -> None:
    """Store a file among a run's artifacts."""
    if not Path(local_file).is_file():
        raise NotFound(f"There is no file {local_file!r}.")
    Client().log_artifact(run_id, local_file, artifact_path)
    if as_json:
        print_json({"run_id": run_id, "path": "/".join(filter(None, (artifact_path, Path(local_file).name)))})


@artifacts.command("log-artifacts", epilog="Example: flowmill artifacts log-artifacts -l plots -r 0a1b… -a plots")
@click.option("--local-dir", "-l", required=True, metavar="FOLDER", help="The folder.")
@run_id_option
@click.option("--artifact-path", "-a", metavar="PATH", help="The folder to put its files in.  [default: the root]")
@json_option
def log_artifacts(local_dir: str, run_id: str, artifact_path: str | None, as_json: bool) -> None:
    """Store what is in a folder among a run's artifacts."""
    if not Path(local_dir).is_dir():
        raise NotFound(f"There is no folder {local_dir!r}.")
    Client().log_artifacts(run_id, local_dir, artifact_path)
    if as_json:
        print_json({"run_id": run_id, "path": artifact_path or ""})


def _size(count: int | None) -> str:
    return "" if count is None else size(count)
