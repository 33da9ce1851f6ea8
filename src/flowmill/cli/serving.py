"""``models serve``, ``generate-dockerfile`` and ``build-docker``: one model behind HTTP, here or in an image."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import click

from flowmill.cli.limit_options import limit_options
from flowmill.cli.listen_options import access_log_option, host_option, port_option
from flowmill.server.limits import Limits
from flowmill.serving.settings import LIMITS, default_concurrency

Command = Callable[..., Any]

_OPTIONS = (
    click.option(
        "--model-uri",
        "-m",
        metavar="URI",
        required=True,
        help="A folder, models:/<id>, models:/name/version, models:/name@alias or runs:/<run>/<name>.",
    ),
    port_option,
    host_option,
    click.option(
        "--timeout",
        "-t",
        metavar="SECONDS",
        envvar="MLFLOW_SCORING_SERVER_REQUEST_TIMEOUT",
        type=click.FloatRange(0),
        default=60,
        show_default=True,
        help="Time for an answer, after which it is 504; 0 is any time.",
    ),
    click.option(
        "--workers",
        "-w",
        envvar="MLFLOW_MODELS_WORKERS",
        type=click.IntRange(1, 256),
        default=1,
        show_default=True,
        help="Processes that share the port; each loads the model.",
    ),
    click.option(
        "--env-manager",
        type=click.Choice(["uv", "virtualenv", "conda", "local"]),
        default="uv",
        show_default=True,
        help="What makes the model's environment; local uses this one.",
    ),
    click.option("--no-conda", is_flag=True, help="The same as --env-manager local."),
    click.option(
        "--install-mlflow", is_flag=True, help="Changes nothing: the environment always has what loads the model."
    ),
    click.option(
        "--concurrency",
        metavar="NUMBER",
        envvar="FLOWMILL_SERVING_CONCURRENCY",
        type=click.IntRange(1, 1000),
        default=default_concurrency,
        help="Predictions that a worker makes at once.  [default: processors + 4, at most 32]",
    ),
    click.option(
        "--max-waiting",
        metavar="NUMBER",
        envvar="FLOWMILL_SERVING_MAX_WAITING",
        type=click.IntRange(0),
        default=200,
        show_default=True,
        help="Predictions that may wait for their turn in a worker; the next is answered with 503.",
    ),
    click.option(
        "--max-rows",
        metavar="NUMBER",
        envvar="FLOWMILL_SERVING_MAX_ROWS",
        type=click.IntRange(0),
        default=0,
        help="Rows of one request, after which it is 413.  [default: any number]",
    ),
    click.option(
        "--batch-rows",
        metavar="NUMBER",
        envvar="FLOWMILL_SERVING_BATCH_ROWS",
        type=click.IntRange(0),
        default=0,
        help="Rows of requests that wait which may be predicted in one call; for models that look at each row alone.  "
        "[default: a call for each request]",
    ),
    click.option(
        "--allowed-hosts",
        metavar="NAMES",
        default="",
        envvar="MLFLOW_SERVER_ALLOWED_HOSTS",
        help="Comma-separated host names by which the server may be called, beside localhost, its own and addresses; "
        "app-*.example.com stands for many, * for all.",
    ),
    click.option(
        "--cors-allowed-origins",
        metavar="ORIGINS",
        default="",
        envvar="MLFLOW_SERVER_CORS_ALLOWED_ORIGINS",
        help="Comma-separated web origins whose pages may ask the model, beside the server's own; * for all.",
    ),
    access_log_option,
)


def _options(command: Command) -> Command:
    for option in reversed([*_OPTIONS, *limit_options(LIMITS)]):
        command = option(command)
    return command


@click.command("serve", epilog="Example: flowmill models serve -m models:/churn@champion -p 5001 --workers 2")
@_options
@click.pass_context
def serve(context: click.Context, **options: Any) -> None:
    """Answer predictions over HTTP, in the environment that the model was logged with.

    POST to /invocations; /ping and /health say that the model is loaded, /metrics counts, /openapi.json describes.
    """
    from flowmill.serving.run import serve as serve_here
    from flowmill.serving.run import serve_in_environment
    from flowmill.serving.settings import ServingSettings

    settings = ServingSettings(
        model_uri=options["model_uri"],
        host=options["host"],
        port=options["port"],
        timeout=options["timeout"],
        workers=options["workers"],
        concurrency=options["concurrency"],
        most_waiting=options["max_waiting"],
        most_rows=options["max_rows"],
        batch_rows=options["batch_rows"],
        allowed_hosts=_words(options["allowed_hosts"]),
        allowed_origins=_words(options["cors_allowed_origins"]),
        access_log=options["access_log"],
        limits=Limits.from_values(options),
    )
    local = options["no_conda"] or options["env_manager"] == "local"
    stopped_by = serve_here(settings) if local else serve_in_environment(settings, options["env_manager"])
    if stopped_by == signal.SIGINT:
        context.exit(130)


_IMAGE = (
    click.option(
        "--model-uri",
        "-m",
        metavar="URI",
        help="The model to put into the image.  [default: none; the image serves what is mounted at /opt/ml/model]",
    ),
    click.option(
        "--env-manager",
        type=click.Choice(["uv", "virtualenv"]),
        default="virtualenv",
        show_default=True,
        help="Both are the same: the image has one environment, installed by pip.",
    ),
    click.option("--mlflow-home", metavar="FOLDER", hidden=True),
    click.option(
        "--install-java",
        type=bool,
        metavar="true|false",
        help="Whether the image has Java.  [default: for models that need it]",
    ),
    click.option("--install-mlflow", is_flag=True, help="Changes nothing: the image always has what loads the model."),
    click.option("--base-image", metavar="NAME", help="Image to start from.  [default: python:<the model's>-slim]"),
)


def _image_options(command: Command) -> Command:
    for option in reversed(_IMAGE):
        command = option(command)
    return command


@click.command(
    "generate-dockerfile", epilog="Example: flowmill models generate-dockerfile -m models:/churn@champion -d image"
)
@click.option(
    "--output-directory",
    "-d",
    metavar="FOLDER",
    default="mlflow-dockerfile",
    show_default=True,
    help="Where the Dockerfile goes, with everything that it copies.",
)
@_image_options
def generate_dockerfile(output_directory: str, **options: Any) -> None:
    """Write a folder from which docker build makes an image that serves a model on port 8080."""
    from flowmill.models.docker import generate_dockerfile as generate

    click.echo(f"Wrote {generate(output_directory=output_directory, **options)}")


@click.command("build-docker", epilog="Example: flowmill models build-docker -m models:/churn@champion -n churn:3")
@click.option("--name", "-n", default="mlflow-pyfunc-servable", show_default=True, help="Name of the image.")
@_image_options
def build_docker(name: str, **options: Any) -> None:
    """Build an image that serves a model, with Docker or Podman: docker run -p 5001:8080 NAME."""
    from flowmill.models.docker import build_docker as build

    build(name=name, **options)
    click.echo(f"Built {name}: docker run -p 5001:8080 {name}")


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
