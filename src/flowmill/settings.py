"""Every setting: name in the environment, type, default, one sentence."""

from __future__ import annotations

import base64
import os
import shlex
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from flowmill.errors import Invalid

_TRUE = ("true", "1", "yes", "on")
_FALSE = ("false", "0", "no", "off")
ASYNC_LOGGING = "MLFLOW_ENABLE_ASYNC_LOGGING"
SOURCE_PATCH = "FLOWMILL_SOURCE_PATCH"
SYSTEM_METRICS = "MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING"
_MODES = ("auto", "online", "offline")


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
    http_backoff: float = 0.2
    """MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR: seconds before the second retry; each further one waits twice as long, at
    most 10 s."""
    http_jitter: float = 0.0
    """MLFLOW_HTTP_REQUEST_BACKOFF_JITTER: up to so many random seconds are added to each of these waits."""
    http_retry_after: bool = True
    """MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER: false to wait no longer for a busy server that says how long."""
    verify_tls: bool = True
    """MLFLOW_TRACKING_INSECURE_TLS: true to accept any certificate."""
    server_certificates: str | None = None
    """MLFLOW_TRACKING_SERVER_CERT_PATH: a file of the authorities that the server's certificate may be of."""
    client_certificate: str | None = None
    """MLFLOW_TRACKING_CLIENT_CERT_PATH: a file with the certificate to show to the server, and its key."""
    username: str | None = None
    """MLFLOW_TRACKING_USERNAME: for HTTP basic authentication."""
    password: str | None = None
    """MLFLOW_TRACKING_PASSWORD: for HTTP basic authentication."""
    token: str | None = None
    """MLFLOW_TRACKING_TOKEN: a bearer token."""
    auth: str | None = None
    """MLFLOW_TRACKING_AUTH: the name of an installed plugin's provider that signs requests."""
    aws_sigv4: bool = False
    """MLFLOW_TRACKING_AWS_SIGV4: true to sign requests with AWS credentials, for a server behind API Gateway."""
    upload_parts_from: int = 64 * 1024 * 1024
    """MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE: bytes from which a file goes up in parts, where the server can."""
    upload_part_bytes: int = 10 * 1024 * 1024
    """MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE: bytes of a part of an upload."""
    download_parts_from: int = 64 * 1024 * 1024
    """MLFLOW_MULTIPART_DOWNLOAD_MINIMUM_FILE_SIZE: bytes from which a file is fetched by signed addresses."""
    download_part_bytes: int = 32 * 1024 * 1024
    """MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE: bytes of a part of a download."""
    proxy_multipart_upload: bool | None = None
    """MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: false for uploads in one piece; without it the server is asked."""
    proxy_multipart_download: bool | None = None
    """MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD: false for downloads by the server alone; without it it is asked."""
    s3_endpoint_url: str | None = None
    """MLFLOW_S3_ENDPOINT_URL: the address of an S3-compatible store; without it AWS."""
    s3_ignore_tls: bool = False
    """MLFLOW_S3_IGNORE_TLS: true to accept any certificate of that store."""
    s3_upload_extra_args: str | None = None
    """MLFLOW_S3_UPLOAD_EXTRA_ARGS: a JSON object with encryption, storage class and headers of what is stored."""
    s3_addressing_style: str = "auto"
    """MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE: ``virtual`` to put the bucket's name into the host name."""
    s3_expected_bucket_owner: str | None = None
    """MLFLOW_S3_EXPECTED_BUCKET_OWNER: refused, so that nobody believes it holds."""
    allow_pickle: bool = False
    """MLFLOW_ALLOW_PICKLE_DESERIALIZATION: true to load models that only a pickle holds, whoever signed them."""
    config_folder: Path = Path("~/.config/flowmill")
    """FLOWMILL_CONFIG_DIR: the user's keys; without it below XDG_CONFIG_HOME, else ``~/.config``."""
    cache_folder: Path = Path("~/.cache/flowmill")
    """FLOWMILL_CACHE_DIR: environments of models; without it below XDG_CACHE_HOME, else ``~/.cache``."""
    lock_models: bool = False
    """FLOWMILL_LOCK_MODELS: true to lock the requirements of every model that is logged, which asks the index."""
    record_variables: bool = True
    """MLFLOW_RECORD_ENV_VARS_IN_MODEL_LOGGING: false to keep names of variables that a model reads out of it."""
    conda_channels: tuple[str, ...] = ()
    """FLOWMILL_CONDA_CHANNELS: comma-separated channels that models may use beside conda-forge and defaults."""
    wheel_options: tuple[str, ...] = ("--only-binary=:all:",)
    """MLFLOW_WHEELED_MODEL_PIP_DOWNLOAD_OPTIONS: options of ``pip wheel`` for add_libraries_to_model."""
    state_folder: Path = Path("~/.local/state/flowmill")
    """FLOWMILL_STATE_DIR: what waits to be delivered; without it below XDG_STATE_HOME, else ``~/.local/state``."""
    spool: Path | None = None
    """FLOWMILL_SPOOL: folder of what is logged and not delivered yet; without it beside a local store, else in the
    state folder."""
    spool_limit: int = 1024
    """FLOWMILL_SPOOL_LIMIT: MB that one process may keep while its store is away."""
    async_logging: bool = False
    """MLFLOW_ENABLE_ASYNC_LOGGING: true to get something to wait for from calls that log; none of them waits."""
    mode: str = "auto"
    """FLOWMILL_MODE: ``offline`` to log without the server until `flowmill sync`, ``online`` to fail without it; else
    a process whose server does not answer when its first run starts is offline."""
    offline_after: float = 15.0
    """FLOWMILL_OFFLINE_AFTER: seconds to wait for a server before a process logs without it."""

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
            http_backoff=_at_least_0(env, "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", cls.http_backoff),
            http_jitter=_at_least_0(env, "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", cls.http_jitter),
            http_retry_after=_truth(env, "MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER", cls.http_retry_after),
            verify_tls=not _insecure(env),
            server_certificates=_file(env, "MLFLOW_TRACKING_SERVER_CERT_PATH"),
            client_certificate=_file(env, "MLFLOW_TRACKING_CLIENT_CERT_PATH"),
            username=env.get("MLFLOW_TRACKING_USERNAME") or None,
            password=env.get("MLFLOW_TRACKING_PASSWORD") or None,
            token=env.get("MLFLOW_TRACKING_TOKEN") or None,
            auth=env.get("MLFLOW_TRACKING_AUTH") or None,
            aws_sigv4=_truth(env, "MLFLOW_TRACKING_AWS_SIGV4", False),
            upload_parts_from=_bytes(env, "MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", cls.upload_parts_from),
            upload_part_bytes=_bytes(env, "MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", cls.upload_part_bytes),
            download_parts_from=_bytes(env, "MLFLOW_MULTIPART_DOWNLOAD_MINIMUM_FILE_SIZE", cls.download_parts_from),
            download_part_bytes=_bytes(env, "MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE", cls.download_part_bytes),
            proxy_multipart_upload=_truth_or_none(env, "MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD"),
            proxy_multipart_download=_truth_or_none(env, "MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD"),
            s3_endpoint_url=env.get("MLFLOW_S3_ENDPOINT_URL") or None,
            s3_ignore_tls=_truth(env, "MLFLOW_S3_IGNORE_TLS", False),
            s3_upload_extra_args=env.get("MLFLOW_S3_UPLOAD_EXTRA_ARGS") or None,
            s3_addressing_style=env.get("MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE") or cls.s3_addressing_style,
            s3_expected_bucket_owner=env.get("MLFLOW_S3_EXPECTED_BUCKET_OWNER") or None,
            allow_pickle=_truth(env, "MLFLOW_ALLOW_PICKLE_DESERIALIZATION", False),
            config_folder=_folder(env, "FLOWMILL_CONFIG_DIR", "XDG_CONFIG_HOME", cls.config_folder),
            cache_folder=_folder(env, "FLOWMILL_CACHE_DIR", "XDG_CACHE_HOME", cls.cache_folder),
            lock_models=_truth(env, "FLOWMILL_LOCK_MODELS", False),
            record_variables=_truth(env, "MLFLOW_RECORD_ENV_VARS_IN_MODEL_LOGGING", True),
            conda_channels=_list(env, "FLOWMILL_CONDA_CHANNELS"),
            wheel_options=_words(env, "MLFLOW_WHEELED_MODEL_PIP_DOWNLOAD_OPTIONS") or cls.wheel_options,
            state_folder=_folder(env, "FLOWMILL_STATE_DIR", "XDG_STATE_HOME", cls.state_folder),
            spool=Path(env["FLOWMILL_SPOOL"]).expanduser() if env.get("FLOWMILL_SPOOL") else None,
            spool_limit=int(_number(env, "FLOWMILL_SPOOL_LIMIT", cls.spool_limit)),
            async_logging=logs_async(env),
            mode=_choice(env, "FLOWMILL_MODE", _MODES),
            offline_after=_number(env, "FLOWMILL_OFFLINE_AFTER", cls.offline_after),
        )

    def tls(self) -> dict[str, Any]:
        """What urllib3 is told of certificates."""
        return {
            "cert_reqs": "CERT_REQUIRED" if self.verify_tls else "CERT_NONE",
            "ca_certs": self.server_certificates,
            "cert_file": self.client_certificate,
        }

    def backoff(self) -> dict[str, Any]:
        """What urllib3 is told of the waits between two tries."""
        return {
            "backoff_factor": self.http_backoff,
            "backoff_jitter": self.http_jitter,
            "backoff_max": 10,
            "respect_retry_after_header": self.http_retry_after,
        }

    def http_credentials(self, uri: str) -> dict[str, str]:
        """The Authorization header for a server: from its URI, else from the settings; empty without any."""
        parts = urlsplit(uri)
        name, password = parts.username or self.username, parts.password or self.password
        if name:
            login = f"{unquote(name)}:{unquote(password or '')}".encode()
            return {"Authorization": f"Basic {base64.b64encode(login).decode()}"}
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


@dataclass(frozen=True)
class WebhookSettings:
    """What the operator of a server says of webhooks. MLflow's names are understood as they are."""

    schemes: tuple[str, ...] = ("https",)
    """MLFLOW_WEBHOOK_ALLOWED_SCHEMES: comma-separated, of http and https."""
    allowed_hosts: tuple[str, ...] = ()
    """FLOWMILL_WEBHOOK_ALLOWED_HOSTS: comma-separated names, addresses and networks that are not public."""
    allow_private: bool = False
    """MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: true to allow private and loopback addresses."""
    timeout: float = 10.0
    """MLFLOW_WEBHOOK_REQUEST_TIMEOUT: seconds for a receiver to answer; at most 60."""
    retries: int = 7
    """MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES: how often a failed delivery is tried again; at most 20."""
    workers: int = 10
    """MLFLOW_WEBHOOK_DELIVERY_MAX_WORKERS: deliveries under way at once; at most 50."""
    key: str | None = None
    """MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY: encrypts secrets; without it a key file is made."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> WebhookSettings:
        """The settings in ``os.environ``; Invalid names the variable that cannot be understood."""
        env = os.environ if environment is None else environment
        return cls(
            schemes=_list(env, "MLFLOW_WEBHOOK_ALLOWED_SCHEMES") or cls.schemes,
            allowed_hosts=_list(env, "FLOWMILL_WEBHOOK_ALLOWED_HOSTS"),
            allow_private=_truth(env, "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS", False),
            timeout=_within(env, "MLFLOW_WEBHOOK_REQUEST_TIMEOUT", cls.timeout, 1, 60),
            retries=int(_within(env, "MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES", cls.retries, 0, 20)),
            workers=int(_within(env, "MLFLOW_WEBHOOK_DELIVERY_MAX_WORKERS", cls.workers, 1, 50)),
            key=env.get("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY") or None,
        )


@dataclass(frozen=True)
class SystemMetricsSettings:
    """How the machine is sampled while a run is open. MLflow's names are understood as they are."""

    interval: float = 10.0
    """MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL: seconds between two samples."""
    samples: int = 1
    """MLFLOW_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING: how many samples are averaged into one point."""
    node_id: str | None = None
    """MLFLOW_SYSTEM_METRICS_NODE_ID: the machine's name in the metrics' keys, ``system/<node id>/…``."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> SystemMetricsSettings:
        """The settings in ``os.environ``; Invalid names the variable that cannot be understood."""
        env = os.environ if environment is None else environment
        interval = _number(env, "MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL", cls.interval)
        if not 0 < interval < threading.TIMEOUT_MAX:
            raise Invalid(
                f"Invalid value {interval:g} of MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL: "
                "it must be a number of seconds above 0."
            )
        samples = _number(env, "MLFLOW_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING", cls.samples)
        if samples < 1 or samples % 1:
            raise Invalid(
                f"Invalid value {samples:g} of MLFLOW_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING: "
                "it must be a whole number above 0."
            )
        node_id = env.get("MLFLOW_SYSTEM_METRICS_NODE_ID") or None
        return cls(interval, int(samples), node_id)


def _words(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(env.get(name, "")))
    except ValueError as error:
        raise Invalid(f"{name} is {env[name]!r}: expected options as in a shell ({error}).") from None


def _list(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(word.strip().lower() for word in env.get(name, "").split(",") if word.strip())


def _within(env: Mapping[str, str], name: str, default: float, least: float, most: float) -> float:
    number = _number(env, name, default)
    if not least <= number <= most:
        raise Invalid(f"Invalid value {number:g} of {name}: it must be between {least:g} and {most:g}.")
    return number


def logs_async(env: Mapping[str, str] = os.environ) -> bool:
    """`Settings.async_logging` as it is now: a training asks it at every step, so the rest is not read again."""
    return ASYNC_LOGGING in env and _truth(env, ASYNC_LOGGING, False)


def keeps_patch(env: Mapping[str, str] = os.environ) -> bool:
    """FLOWMILL_SOURCE_PATCH: false to keep uncommitted changes of the code that runs to oneself."""
    return _truth(env, SOURCE_PATCH, True)


def suppresses_urls(env: Mapping[str, str] = os.environ) -> bool:
    """MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT: true for no line with a run's address at its end."""
    return _truth(env, "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", False)


def shows_progress(env: Mapping[str, str] = os.environ) -> bool:
    """MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: false for no line of how far a long transfer is, on a terminal."""
    return _truth(env, "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", True)


def configures_logging(env: Mapping[str, str] = os.environ) -> bool:
    """MLFLOW_CONFIGURE_LOGGING: false to leave Flowmill's loggers alone, whatever MLFLOW_LOGGING_LEVEL says."""
    return _truth(env, "MLFLOW_CONFIGURE_LOGGING", True)


def active_model_of(env: Mapping[str, str] = os.environ) -> str | None:
    """MLFLOW_ACTIVE_MODEL_ID: the id of the logged model that metrics are of, unless the code says."""
    return env.get("MLFLOW_ACTIVE_MODEL_ID") or None


def samples_machine(env: Mapping[str, str] = os.environ) -> bool:
    """MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING: true to sample the machine during every run that does not say otherwise."""
    return _truth(env, SYSTEM_METRICS, False)


def _insecure(env: Mapping[str, str]) -> bool:
    insecure = _truth(env, "MLFLOW_TRACKING_INSECURE_TLS", False)
    if insecure and env.get("MLFLOW_TRACKING_SERVER_CERT_PATH"):
        raise Invalid(
            "MLFLOW_TRACKING_INSECURE_TLS accepts any certificate and MLFLOW_TRACKING_SERVER_CERT_PATH only some: "
            "unset one of them."
        )
    return insecure


def _file(env: Mapping[str, str], name: str) -> str | None:
    path = env.get(name)
    if path and not Path(path).is_file():
        raise Invalid(f"Invalid value {path!r} of {name}: there is no such file.")
    return path or None


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


def _at_least_0(env: Mapping[str, str], name: str, default: float) -> float:
    number = _number(env, name, default)
    if not 0 <= number < threading.TIMEOUT_MAX:
        raise Invalid(f"Invalid value {number:g} of {name}: it must be a number of seconds, 0 or more.")
    return number


def _choice(env: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """One of ``choices``, the first if nothing is said."""
    word = env.get(name, "").strip().lower() or choices[0]
    if word not in choices:
        raise Invalid(f"Invalid value {env[name]!r} of {name}: expected one of {', '.join(choices)}.")
    return word


def _bytes(env: Mapping[str, str], name: str, default: int) -> int:
    size = int(_number(env, name, default))
    if size <= 0:
        raise Invalid(f"Invalid value {env.get(name)!r} of {name}: it must be a number of bytes above 0.")
    return size


def _truth_or_none(env: Mapping[str, str], name: str) -> bool | None:
    return _truth(env, name, False) if env.get(name, "").strip() else None


def _truth(env: Mapping[str, str], name: str, default: bool) -> bool:
    text = env.get(name, "").strip().lower()
    if not text:
        return default
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise Invalid(f"Invalid value {text!r} of {name}: it must be true or false.")
