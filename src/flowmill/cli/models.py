"""``models``: ask models from the command line."""

from __future__ import annotations

import click


@click.group(epilog="Example: flowmill models predict -m models:/churn@champion -i rows.json")
def models() -> None:
    """Ask models that were logged or registered."""


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
    type=click.Choice(["uv", "virtualenv", "local"]),
    default="uv",
    show_default=True,
    help="What makes the model's environment; local uses this one.",
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
    pip_requirements_override: str | None,
    extra_envs: tuple[str, ...],
) -> None:
    """Predict with a model in the environment that it was logged with."""
    from flowmill.models.predict import predict as ask

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
