"""What other packages add through MLflow's entry points; loaded when it is first asked for, never before.

Most environments have no plugin, so the question must cost next to nothing there: the files that could name one are
looked through as text, and the machinery of the standard library is only loaded where one does.
"""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Mapping
from typing import Any, cast

from flowmill.errors import Invalid
from flowmill.notices import say_once
from flowmill.settings import Settings

RUN_CONTEXT = "mlflow.run_context_provider"
REQUEST_HEADERS = "mlflow.request_header_provider"
DEFAULT_EXPERIMENT = "mlflow.default_experiment_provider"
REQUEST_AUTH = "mlflow.request_auth_provider"
ARTIFACTS = "mlflow.artifact_repository"
TRACKING_STORE = "mlflow.tracking_store"
REGISTRY_STORE = "mlflow.model_registry_store"
MODEL_EVALUATORS = "mlflow.model_evaluator"

_text: tuple[tuple[str, ...], str] | None = None
"""What installed packages declare of MLflow's groups, and the search path that it was found on."""
_loaded: dict[tuple[tuple[str, ...], str], dict[str, Any]] = {}


def plugins(group: str) -> dict[str, Any]:
    """The objects of a group of entry points by name; one that cannot be loaded is said once and left out."""
    path = tuple(sys.path)
    if f"[{group}]" not in _declarations(path):
        return {}
    if (path, group) not in _loaded:
        from importlib.metadata import entry_points  # 0.1 s of CPU, which an environment without plugins need not pay

        found: dict[str, Any] = {}
        for entry_point in entry_points(group=group):
            try:
                found[entry_point.name] = entry_point.load()
            except Exception as error:  # a plugin may raise whatever it likes
                say_once(f"The plugin {entry_point.name!r} of {group} ({entry_point.value}) cannot be loaded: {error}")
        _loaded[path, group] = found
    return _loaded[path, group]


def context_providers(group: str) -> list[Any]:
    """An instance of each plugin of a group that says that it applies here; those that fail are said once."""
    found: list[Any] = []
    for name, kind in plugins(group).items():
        try:
            provider = kind()
            if provider.in_context():
                found.append(provider)
        except Exception as error:
            say_once(f"The plugin {name!r} of {group} failed: {error}")
    return found


def plugin_headers() -> dict[str, str]:
    """Headers that plugins add to every request to a server."""
    headers: dict[str, str] = {}
    for provider in context_providers(REQUEST_HEADERS):
        try:
            headers |= {str(name): str(value) for name, value in provider.request_headers().items()}
        except Exception as error:
            say_once(f"The headers of {type(provider).__name__} are left out: {error}")
    return headers


class Signable:
    """A request as ``requests`` shows it to what signs it: method, address, headers, body."""

    def __init__(self, method: str, url: str, headers: Mapping[str, str], body: Any) -> None:
        self.method = method
        self.url = url
        self.headers = dict(headers)
        self.body = body


def plugin_auth(name: str | None) -> Any:
    """What signs requests, of the provider of this name that is installed; None without a name.

    Raises Invalid if there is none: without it every request would be refused, or come from somebody else.
    """
    if not name:
        return None
    known: list[str] = []
    for kind in plugins(REQUEST_AUTH).values():
        provider = kind()
        known.append(str(provider.get_name()))
        if known[-1] == name:
            return provider.get_auth()
    raise Invalid(
        f"MLFLOW_TRACKING_AUTH is {name!r}, and no package that is installed has a provider of that name"
        f"{f' (there is {chr(44).join(known)})' if known else ''}: install it, or unset the variable."
    )


def request_auth(settings: Settings) -> Any:
    """What signs the requests to a server: a plugin, AWS credentials, or nothing."""
    if settings.auth and settings.aws_sigv4:
        raise Invalid(
            f"MLFLOW_TRACKING_AUTH ({settings.auth!r}) and MLFLOW_TRACKING_AWS_SIGV4 both sign requests: unset one."
        )
    if settings.aws_sigv4:
        from flowmill.sigv4 import AwsSignature

        return AwsSignature()
    return plugin_auth(settings.auth)


def signed(auth: Any, method: str, url: str, headers: Mapping[str, str], body: Any) -> dict[str, str]:
    """The headers of a request with what ``auth`` adds to them: a function, or a name and a password."""
    if auth is None:
        return dict(headers)
    if isinstance(auth, tuple):
        name, password = cast("tuple[str, str]", auth)
        login = base64.b64encode(f"{name}:{password}".encode()).decode()
        return {**headers, "Authorization": f"Basic {login}"}
    request = Signable(method, url, headers, body)
    return dict((auth(request) or request).headers)


def default_experiment() -> str | None:
    """The id of the experiment that a plugin wants runs to go to which name none."""
    for provider in context_providers(DEFAULT_EXPERIMENT):
        try:
            return str(provider.get_experiment_id())
        except Exception as error:
            say_once(f"The experiment of {type(provider).__name__} is passed over: {error}")
    return None


def _declarations(path: tuple[str, ...]) -> str:
    global _text
    if _text is None or _text[0] != path:
        _text = (path, "\n".join(text for folder in path for text in _declared_in(folder)))
    return _text[1]


def _declared_in(folder: str) -> list[str]:
    try:
        with os.scandir(folder or ".") as entries:
            names = [entry.path for entry in entries if entry.name.endswith((".dist-info", ".egg-info"))]
    except OSError:
        return []
    found: list[str] = []
    for name in names:
        try:
            with open(f"{name}/entry_points.txt", encoding="utf-8", errors="replace") as file:  # noqa: PTH123  # 2 ms
                text = file.read()
        except OSError:
            continue
        if "[mlflow." in text:
            found.append(text)
    return found
