"""``models``: ask models from the command line, and what happened to them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click
import msgspec

from flowmill.cli.model_environments import lock, prepare_env, update_pip_requirements
from flowmill.cli.serving import build_docker, generate_dockerfile, serve

if TYPE_CHECKING:
    from flowmill.entities.registry_event import RegistryEvent


@click.group(epilog="Example: flowmill models predict -m models:/churn@champion -i rows.json")
def models() -> None:
    """Ask models that were logged or registered."""


for command in (serve, generate_dockerfile, build_docker, prepare_env, lock, update_pip_requirements):
    models.add_command(command)


@models.command("predict", epilog="Example: flowmill models predict -m models:/churn@champion -i rows.json")
@click.option(
    "--model-uri",
    "-m",
    metavar="URI",
    required=True,
    help="A folder, models:/<id>, models:/name/version, models:/name@alias or runs:/<run>/<name>.",
)
@click.option("--input-path", "-i", type=click.Path(exists=True, dir_okay=False), help="Input file.  [default: stdin]")
@click.option("--output-path", "-o", type=click.Path(dir_okay=False), help="File for the answer.  [default: stdout]")
@click.option(
    "--content-type",
    "-t",
    type=click.Choice(["json", "csv"]),
    default="json",
    show_default=True,
    help="Format of the input.",
)
@click.option(
    "--env-manager",
    type=click.Choice(["uv", "virtualenv", "conda", "local"]),
    default="uv",
    show_default=True,
    help="What makes the model's environment; local uses this one.",
)
@click.option(
    "--install-mlflow", is_flag=True, help="Changes nothing: the environment always has what loads the model."
)
@click.option(
    "--pip-requirements-override",
    "-r",
    metavar="REQUIREMENTS",
    help="Comma-separated requirements that replace the model's for this prediction.",
)
@click.option("--env", "extra_envs", metavar="NAME=VALUE", multiple=True, help="Set a variable for the model.")
def predict(
    model_uri: str,
    input_path: str | None,
    output_path: str | None,
    content_type: str,
    env_manager: str,
    install_mlflow: bool,
    pip_requirements_override: str | None,
    extra_envs: tuple[str, ...],
) -> None:
    """Predict with a model in the environment that it was logged with."""
    from flowmill.models.predictions import predict as ask

    for pair in extra_envs:
        if "=" not in pair:
            raise click.BadParameter(f"{pair!r} is not of the form NAME=VALUE.", param_hint="--env")
    override = pip_requirements_override
    ask(
        model_uri,
        input_path=input_path,
        output_path=output_path,
        content_type=content_type,
        env_manager=env_manager,
        pip_requirements_override=[each.strip() for each in override.split(",")] if override else None,
        extra_envs=dict(pair.split("=", 1) for pair in extra_envs),
    )


@models.command("history", epilog="Example: flowmill models history churn --alias champion --json")
@click.argument("name")
@click.option("--alias", "-a", help="Only what happened to this alias.")
@click.option("--version", "-v", help="Only what is about this version.")
@click.option(
    "--kind",
    type=click.Choice(["model", "name", "version", "alias", "tag", "stage", "description"]),
    help="Only changes of this kind.",
)
@click.option("--max-results", "-n", type=click.IntRange(1), default=100, show_default=True, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="Print an event a line as JSON.")
def history(
    name: str, alias: str | None, version: str | None, kind: str | None, max_results: int, as_json: bool
) -> None:
    """Say what happened to the registered model NAME, newest first: who changed what, and when."""
    from flowmill.client.client import Client

    client, left, token = Client(), max_results, None
    while left > 0:
        page = client.get_registered_model_history(name, version, alias, kind, min(left, 1000), token)
        for event in page:
            click.echo(msgspec.json.encode(event).decode() if as_json else _line(event))
        left, token = left - len(page), page.token
        if token is None:
            return


def _line(event: RegistryEvent) -> str:
    """An event for a terminal; what clients chose cannot steer it."""
    at = datetime.fromtimestamp(event.time / 1000).astimezone().isoformat(" ", "seconds")
    text = f"{at}  {event.user or '(unknown)':12}  {event.name}  {event}"
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)
