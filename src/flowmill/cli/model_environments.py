"""``models prepare-env``, ``lock`` and ``update-pip-requirements``: what a model needs, made ready or changed."""

from __future__ import annotations

import click

_MODEL = click.option(
    "--model-uri",
    "-m",
    metavar="URI",
    required=True,
    help="A folder, models:/<id>, models:/name/version, models:/name@alias or runs:/<run>/<name>.",
)


@click.command("prepare-env", epilog="Example: flowmill models prepare-env -m models:/churn@champion")
@_MODEL
@click.option(
    "--env-manager",
    type=click.Choice(["uv", "virtualenv", "conda", "local"]),
    default="uv",
    show_default=True,
    help="What makes the model's environment; local only checks that this one has what the model needs.",
)
@click.option(
    "--install-mlflow", is_flag=True, help="Changes nothing: the environment always has what loads the model."
)
def prepare_env(model_uri: str, env_manager: str, install_mlflow: bool) -> None:
    """Build the environment of a model now, so that predicting and serving start at once; print its Python."""
    from flowmill.models.predictions import prepare

    click.echo(str(prepare(model_uri, env_manager)))


@click.command("lock", epilog="Example: flowmill models lock -m models:/m-…")
@_MODEL
def lock(model_uri: str) -> None:
    """Lock a logged model's requirements by version and hash, and print them.

    They and all that they depend on are resolved once and written to requirements.lock beside requirements.txt; from
    then on environments and images of the model have these files or are not built.
    """
    from flowmill.models.requirements import lock_requirements

    click.echo("\n".join(lock_requirements(model_uri)))


@click.command(
    "update-pip-requirements",
    epilog='Example: flowmill models update-pip-requirements -m models:/m-… add "pandas==3.1.1"',
)
@_MODEL
@click.argument("operation", type=click.Choice(["add", "remove"]))
@click.argument("requirement_strings", metavar="REQUIREMENTS...", nargs=-1, required=True)
def update_pip_requirements(model_uri: str, operation: str, requirement_strings: tuple[str, ...]) -> None:
    """Add REQUIREMENTS to a logged model's requirements.txt and conda.yaml, or remove them."""
    from flowmill.models.requirements import get_model_requirements_files, update_model_requirements

    update_model_requirements(model_uri, operation, list(requirement_strings))
    click.echo(get_model_requirements_files(model_uri).requirements.read_text(encoding="utf-8"))
