"""Every setting: name in the environment, type, default, one sentence."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flowmill.errors import Invalid

_TRUE = ("true", "1", "yes", "on")
_FALSE = ("false", "0", "no", "off")


@dataclass(frozen=True)
class Settings:
    """What the environment says, read once. MLflow's names are understood as they are."""

    tracking_uri: str | None = None
    """MLFLOW_TRACKING_URI: where runs are logged; without it ``./mlruns``."""
    registry_uri: str | None = None
    """MLFLOW_REGISTRY_URI: where models are registered; without it the tracking URI."""
    experiment_name: str | None = None
    """MLFLOW_EXPERIMENT_NAME: the experiment of runs that name none."""
    experiment_id: str | None = None
    """MLFLOW_EXPERIMENT_ID: the same by id."""
    run_id: str | None = None
    """MLFLOW_RUN_ID: the run that start_run() resumes."""
    http_retries: int = 4
    """MLFLOW_HTTP_REQUEST_MAX_RETRIES: how often a request is tried again when the server is away or busy."""
    http_timeout: float = 120.0
    """MLFLOW_HTTP_REQUEST_TIMEOUT: seconds to wait for an answer."""
    verify_tls: bool = True
    """MLFLOW_TRACKING_INSECURE_TLS: true to accept any certificate."""
    username: str | None = None
    """MLFLOW_TRACKING_USERNAME: for HTTP basic authentication."""
    password: str | None = None
    """MLFLOW_TRACKING_PASSWORD: for HTTP basic authentication."""
    token: str | None = None
    """MLFLOW_TRACKING_TOKEN: a bearer token."""
    allow_pickle: bool = False
    """MLFLOW_ALLOW_PICKLE_DESERIALIZATION: true to load models that only a pickle holds, whoever signed them."""
    config_folder: Path = Path("~/.config/flowmill")
    """FLOWMILL_CONFIG_DIR: the user's keys; without it below XDG_CONFIG_HOME, else ``~/.config``."""
    cache_folder: Path = Path("~/.cache/flowmill")
    """FLOWMILL_CACHE_DIR: environments of models; without it below XDG_CACHE_HOME, else ``~/.cache``."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """The settings in ``os.environ``; Invalid names the variable that cannot be understood."""
        env = os.environ if environment is None else environment
        return cls(
            tracking_uri=env.get("MLFLOW_TRACKING_URI") or None,
            registry_uri=env.get("MLFLOW_REGISTRY_URI") or None,
            experiment_name=env.get("MLFLOW_EXPERIMENT_NAME") or None,
            experiment_id=env.get("MLFLOW_EXPERIMENT_ID") or None,
            run_id=env.get("MLFLOW_RUN_ID") or None,
            http_retries=int(_number(env, "MLFLOW_HTTP_REQUEST_MAX_RETRIES", cls.http_retries)),
            http_timeout=_number(env, "MLFLOW_HTTP_REQUEST_TIMEOUT", cls.http_timeout),
            verify_tls=not _truth(env, "MLFLOW_TRACKING_INSECURE_TLS", False),
            username=env.get("MLFLOW_TRACKING_USERNAME") or None,
            password=env.get("MLFLOW_TRACKING_PASSWORD") or None,
            token=env.get("MLFLOW_TRACKING_TOKEN") or None,
            allow_pickle=_truth(env, "MLFLOW_ALLOW_PICKLE_DESERIALIZATION", False),
            config_folder=_folder(env, "FLOWMILL_CONFIG_DIR", "XDG_CONFIG_HOME", cls.config_folder),
            cache_folder=_folder(env, "FLOWMILL_CACHE_DIR", "XDG_CACHE_HOME", cls.cache_folder),
        )

    def http_credentials(self, uri: str) -> dict[str, str]:
        """The Authorization header for a server: from its URI, else from the settings; empty without any."""
        parts = urlsplit(uri)
        name, password = parts.username or self.username, parts.password or self.password
        if name:
            login = f"{unquote(name)}:{unquote(password or '')}".encode()
            return {"Authorization": f"Basic {base64.b64encode(login).decode()}"}
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


def _folder(env: Mapping[str, str], name: str, standard: str, default: Path) -> Path:
    if env.get(name):
        return Path(env[name]).expanduser()
    return Path(env[standard]) / "flowmill" if env.get(standard) else default.expanduser()


def _number(env: Mapping[str, str], name: str, default: float) -> float:
    text = env.get(name)
    if not text:
        return default
    try:
        return float(text)
    except ValueError:
        raise Invalid(f"Invalid value {text!r} of {name}: it must be a number.") from None


def _truth(env: Mapping[str, str], name: str, default: bool) -> bool:
    text = env.get(name, "").strip().lower()
    if not text:
        return default
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise Invalid(f"Invalid value {text!r} of {name}: it must be true or false.")
