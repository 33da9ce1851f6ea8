"""``ui`` and ``server``: MLflow's options, each doing what it says or saying why not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from flowmill.cli.limit_options import limit_options
from flowmill.cli.listen_options import access_log_option, host_option, port_option
from flowmill.cli.server_options import taken_over
from flowmill.entities.duration import parse_duration
from flowmill.entities.trash import NEVER
from flowmill.server.limits import Limits
from flowmill.server.run import ServerSettings, serve

Command = Callable[..., Any]

_NOT_HERE = {
    "app_name": "Flowmill has no accounts yet; put the server behind a proxy that asks for a login",
    "enable_workspaces": "Flowmill has no workspaces; run a server a team, each with a database of its own",
    "workspace_store_uri": "Flowmill has no workspaces; run a server a team, each with a database of its own",
    "trace_archival_config": "Flowmill does not archive traces; leave it out",
    "secrets_cache_ttl": "Flowmill has no AI gateway, so there are no secrets to cache; leave it out",
    "secrets_cache_max_size": "Flowmill has no AI gateway, so there are no secrets to cache; leave it out",
}
"""Options of MLflow's server that ask for what is not there, and what to do instead."""

_STORES = (
    click.option(
        "--backend-store-uri",
        metavar="URI",
        envvar="MLFLOW_BACKEND_STORE_URI",
        default="./mlruns",
        show_default=True,
        help="Folder or database that holds the runs: a path, sqlite:///file.db or postgresql://…",
    ),
    click.option(
        "--registry-store-uri",
        metavar="URI",
        envvar="MLFLOW_REGISTRY_STORE_URI",
        help="Holds the registered models; must be the same as --backend-store-uri.",
    ),
    click.option(
        "--read-replica-backend-store-uri",
        metavar="URI",
        envvar="MLFLOW_READ_REPLICA_BACKEND_STORE_URI",
        help="Copy of a PostgreSQL database that answers what only reads.",
    ),
    click.option(
        "--default-artifact-root",
        metavar="URI",
        envvar="MLFLOW_DEFAULT_ARTIFACT_ROOT",
        help="Address of artifacts that clients are told, and then write to themselves.  [default: this server]",
    ),
    click.option(
        "--serve-artifacts/--no-serve-artifacts",
        envvar="MLFLOW_SERVE_ARTIFACTS",
        default=True,
        show_default=True,
        help="Whether artifacts pass through the server.",
    ),
    click.option(
        "--artifacts-only",
        is_flag=True,
        envvar="MLFLOW_ARTIFACTS_ONLY",
        help="Pass artifacts on and do nothing else.",
    ),
    click.option(
        "--artifacts-destination",
        metavar="URI",
        envvar="MLFLOW_ARTIFACTS_DESTINATION",
        help="Where artifacts go that pass through the server.  [default: beside the runs]",
    ),
)

_PLACE = (
    host_option,
    port_option,
    click.option(
        "--workers",
        "-w",
        envvar="MLFLOW_WORKERS",
        type=click.IntRange(1, 256),
        default=1,
        show_default=True,
        help="Processes that share the port.",
    ),
    click.option(
        "--static-prefix",
        "--base-path",
        metavar="PATH",
        default="",
        envvar="MLFLOW_STATIC_PREFIX",
        help="Path below which a proxy mounts the server, such as /flowmill; with or without it in what arrives.",
    ),
    click.option(
        "--trash-retention",
        metavar="TIME",
        default="30d",
        show_default=True,
        envvar="FLOWMILL_TRASH_RETENTION",
        help="How long what was deleted can be restored before it is freed: 30d, 12h, or never. An experiment's tag "
        "flowmill.trashRetention counts instead.",
    ),
    click.option("--tls-cert", "certificate", type=click.Path(exists=True), help="Certificate (PEM), to speak HTTPS."),
    click.option("--tls-key", "certificate_key", type=click.Path(exists=True), help="Key of the certificate (PEM)."),
)

_CALLERS = (
    click.option(
        "--allowed-hosts",
        metavar="NAMES",
        default="",
        envvar="MLFLOW_SERVER_ALLOWED_HOSTS",
        help="Comma-separated host names by which the server may be called, beside localhost and addresses; "
        "app-*.example.com stands for many, * for all.",
    ),
    click.option(
        "--cors-allowed-origins",
        metavar="ORIGINS",
        default="",
        envvar="MLFLOW_SERVER_CORS_ALLOWED_ORIGINS",
        help="Comma-separated web origins that may read answers and send changes, beside the server's own; * for all.",
    ),
    click.option(
        "--trusted-proxies",
        metavar="ADDRESSES",
        default="",
        envvar="FLOWMILL_SERVER_TRUSTED_PROXIES",
        help="Comma-separated addresses or networks whose X-Forwarded-For, -Host, -Proto and -Prefix are believed.",
    ),
    click.option(
        "--disable-security-middleware",
        is_flag=True,
        envvar="MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE",
        help="Check neither hosts nor origins. Any web page can then use the server through a browser.",
    ),
    click.option(
        "--x-frame-options",
        type=click.Choice(["SAMEORIGIN", "DENY", "NONE"], case_sensitive=False),
        envvar="MLFLOW_SERVER_X_FRAME_OPTIONS",
        default="SAMEORIGIN",
        show_default=True,
        help="Who may show the page in a frame.",
    ),
)

_WEBHOOKS = (
    click.option(
        "--webhook-schemes",
        metavar="NAMES",
        default="https",
        show_default=True,
        envvar="MLFLOW_WEBHOOK_ALLOWED_SCHEMES",
        help="Comma-separated, of http and https: how receivers of webhooks may be called.",
    ),
    click.option(
        "--webhook-allowed-hosts",
        metavar="NAMES",
        default="",
        envvar="FLOWMILL_WEBHOOK_ALLOWED_HOSTS",
        help="Comma-separated names, addresses and networks of receivers that are not public.",
    ),
    click.option(
        "--webhook-allow-private-ips",
        is_flag=True,
        envvar="MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS",
        help="Call receivers at any private or loopback address.",
    ),
    click.option(
        "--webhook-timeout",
        metavar="SECONDS",
        type=click.FloatRange(1, 60),
        default=10,
        show_default=True,
        envvar="MLFLOW_WEBHOOK_REQUEST_TIMEOUT",
        help="How long a receiver may take to answer.",
    ),
    click.option(
        "--webhook-retries",
        metavar="NUMBER",
        type=click.IntRange(0, 20),
        default=7,
        show_default=True,
        envvar="MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES",
        help="How often a failed delivery is tried again.",
    ),
    click.option(
        "--webhook-workers",
        metavar="NUMBER",
        type=click.IntRange(1, 50),
        default=10,
        show_default=True,
        envvar="MLFLOW_WEBHOOK_DELIVERY_MAX_WORKERS",
        help="Deliveries under way at once.",
    ),
)

_WATCHING = (
    access_log_option,
    click.option("--metrics", is_flag=True, envvar="FLOWMILL_SERVER_METRICS", help="Show counts at /metrics."),
    click.option(
        "--expose-prometheus",
        metavar="FOLDER",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="MLFLOW_EXPOSE_PROMETHEUS",
        help="The same, with the counts in a file of this folder.",
    ),
    click.option("--dev", is_flag=True, help="Start anew when the code changes, and log everything."),
)

_OTHERS = (
    click.option(
        "--gunicorn-opts", envvar="MLFLOW_GUNICORN_OPTS", help="Options of gunicorn that have a meaning here."
    ),
    click.option("--uvicorn-opts", envvar="MLFLOW_UVICORN_OPTS", help="Options of uvicorn that have a meaning here."),
    click.option("--waitress-opts", help="Options of waitress that have a meaning here."),
    click.option("--app-name", hidden=True),
    click.option("--trace-archival-config", envvar="MLFLOW_TRACE_ARCHIVAL_CONFIG", hidden=True),
    click.option("--secrets-cache-ttl", hidden=True),
    click.option("--secrets-cache-max-size", hidden=True),
    click.option("--workspace-store-uri", envvar="MLFLOW_WORKSPACE_STORE_URI", hidden=True),
    click.option("--enable-workspaces/--disable-workspaces", default=None, hidden=True),
)


def _options(command: Command) -> Command:
    for option in reversed([*_STORES, *_PLACE, *_CALLERS, *_WEBHOOKS, *_WATCHING, *limit_options(), *_OTHERS]):
        command = option(command)
    return command


def _serve(context: click.Context, options: dict[str, Any]) -> None:
    for name, reason in _NOT_HERE.items():
        if options.pop(name):
            raise click.UsageError(f"--{name.replace('_', '-')}: {reason}.", context)
    _take_over_options_of_others(context, options)
    _check(context, options)
    _tell_webhooks(context)
    stopped_by = serve(
        ServerSettings(
            store=options["backend_store_uri"],
            replica=options["read_replica_backend_store_uri"],
            artifacts=options["artifacts_destination"],
            artifact_root=options["default_artifact_root"],
            serve_artifacts=options["serve_artifacts"],
            artifacts_only=options["artifacts_only"],
            host=options["host"],
            port=options["port"],
            workers=options["workers"],
            prefix=options["static_prefix"].rstrip("/"),
            trash_retention=_retention(options["trash_retention"]),
            allowed_hosts=_words(options["allowed_hosts"]),
            allowed_origins=_words(options["cors_allowed_origins"]),
            trusted_proxies=_words(options["trusted_proxies"]),
            check_callers=not options["disable_security_middleware"],
            frames=options["x_frame_options"].upper(),
            access_log=options["access_log"],
            metrics=options["metrics"],
            metrics_folder=options["expose_prometheus"],
            certificate=options["certificate"],
            certificate_key=options["certificate_key"],
            develop=options["dev"],
            limits=Limits.from_values(options),
        )
    )
    if stopped_by == 2:  # Ctrl-C
        context.exit(130)


def _take_over_options_of_others(context: click.Context, options: dict[str, Any]) -> None:
    for server in ("gunicorn", "uvicorn", "waitress"):
        text = options.pop(f"{server}_opts")
        if not text:
            continue
        if options["dev"]:
            raise click.UsageError(f"--dev and --{server}-opts do not go together; leave one out.", context)
        # What is said with our own option counts more.
        options |= {
            name: value
            for name, value in taken_over(server, text).items()
            if context.get_parameter_source(name) is not ParameterSource.COMMANDLINE
        }


def _check(context: click.Context, options: dict[str, Any]) -> None:
    """Refuse combinations in which an option would do nothing."""

    def given(name: str) -> bool:
        return context.get_parameter_source(name) in (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)

    prefix = options["static_prefix"]
    if prefix and not prefix.startswith("/"):
        raise click.BadParameter("it must start with /", param_hint="--static-prefix")
    registry = options["registry_store_uri"]
    if registry and registry != options["backend_store_uri"]:
        raise click.UsageError(
            "--registry-store-uri names another store than --backend-store-uri: Flowmill keeps runs and registered "
            "models together. Leave it out, or run a second server for the registry and set MLFLOW_REGISTRY_URI "
            "to it.",
            context,
        )
    if options["artifacts_only"] and given("backend_store_uri"):
        raise click.UsageError(
            "--artifacts-only serves no runs, so --backend-store-uri would do nothing; leave one out.", context
        )
    if options["artifacts_only"] and not options["serve_artifacts"]:
        raise click.UsageError("--artifacts-only and --no-serve-artifacts leave nothing to do.", context)
    if options["artifacts_destination"] and not options["serve_artifacts"]:
        raise click.UsageError(
            "--artifacts-destination is where artifacts go that pass through the server, which --no-serve-artifacts "
            "turns off; name the place that clients write to with --default-artifact-root.",
            context,
        )
    if bool(options["certificate"]) != bool(options["certificate_key"]):
        raise click.UsageError("HTTPS needs both --tls-cert and --tls-key.", context)


def _tell_webhooks(context: click.Context) -> None:
    """Put what the command line says of webhooks into the environment, which workers and the store read."""
    for option in context.command.params:
        if (
            (option.name or "").startswith("webhook_")
            and isinstance(option.envvar, str)
            and context.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE
        ):
            os.environ[option.envvar] = str(context.params[option.name or ""])


def _retention(text: str) -> int | None:
    return None if text.strip().lower() == NEVER else parse_duration(text)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


@click.command(epilog="Example: flowmill ui --backend-store-uri ./mlruns --port 5001")
@_options
@click.pass_context
def ui(context: click.Context, **options: Any) -> None:
    """Open the page for the runs in ./mlruns, or in another folder or database, at http://127.0.0.1:5000."""
    _serve(context, options)


@click.command(
    epilog="Example: flowmill server --backend-store-uri postgresql://flowmill@db/flowmill "
    "--artifacts-destination s3://bucket/flowmill --host 0.0.0.0 --allowed-hosts flowmill.example.com --workers 4"
)
@_options
@click.pass_context
def server(context: click.Context, **options: Any) -> None:
    """Serve the API, the artifacts and the page to the clients of a team."""
    _serve(context, options)
