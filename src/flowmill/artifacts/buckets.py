"""From ``s3:``, ``gs:``, Azure's and ``memory:`` addresses to `CloudArtifacts`, configured as MLflow's users know it.

What the environment says about accounts, keys, regions and addresses is what AWS's, Google's and Azure's own tools
read, and MLflow's ``MLFLOW_S3_…`` on top.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from flowmill.artifacts.aws import Aws, read_aws
from flowmill.artifacts.cloud import CloudArtifacts
from flowmill.artifacts.path import SafePath
from flowmill.artifacts.s3_multipart import S3Signer
from flowmill.artifacts.store import ArtifactStore
from flowmill.errors import Invalid
from flowmill.settings import Settings

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:\-]{1,254}")
_AZURE_HOST = re.compile(
    r"([a-z0-9]{3,24})\.(?:blob|dfs)\.(?:core\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net)|storage\.azure\.net)"
)
_ENVIRONMENT = (
    "AWS_",
    "AZURE_",
    "GOOGLE_",
    "MLFLOW_S3_",
    "MLFLOW_BOTO_",
    "STORAGE_EMULATOR_HOST",
    "REQUESTS_CA_BUNDLE",
    "HOME",
)

_RETRY: Any = {
    "max_retries": 5,
    "retry_timeout": timedelta(seconds=60),
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=5), "base": 2},
}
_TIMES: dict[str, Any] = {
    "connect_timeout": timedelta(seconds=10),
    "read_timeout": timedelta(seconds=60),
    "timeout": timedelta(hours=6),  # of one whole request; a big file may take long
}

_ENCRYPTION = {
    "ServerSideEncryption": ("server_side_encryption", "x-amz-server-side-encryption"),
    "SSEKMSKeyId": ("sse_kms_key_id", "x-amz-server-side-encryption-aws-kms-key-id"),
    "BucketKeyEnabled": ("sse_bucket_key_enabled", "x-amz-server-side-encryption-bucket-key-enabled"),
}
_FILE_ATTRIBUTES = {
    "StorageClass": "Storage-Class",
    "ContentType": "Content-Type",
    "ContentEncoding": "Content-Encoding",
    "ContentLanguage": "Content-Language",
    "ContentDisposition": "Content-Disposition",
    "CacheControl": "Cache-Control",
}


def open_s3(uri: str) -> ArtifactStore:
    """The store at ``s3://bucket/folder``."""
    bucket, folder = _bucket_and_folder(uri)
    store, signer, attributes = _s3_bucket(bucket, os.getpid(), _environment())
    return CloudArtifacts(store, f"s3://{bucket}", folder, signer, attributes)


def open_gcs(uri: str) -> ArtifactStore:
    """The store at ``gs://bucket/folder``."""
    bucket, folder = _bucket_and_folder(uri)
    return CloudArtifacts(_gcs_bucket(bucket, os.getpid(), _environment()), f"gs://{bucket}", folder)


def open_azure(uri: str) -> ArtifactStore:
    """The store at ``wasbs://container@account.blob.core.windows.net/folder``, the same with ``abfss:`` and
    ``dfs``, or ``az://container/folder``."""
    place, _, path = uri.partition(":")[2].removeprefix("//").partition("/")
    container, at, host = place.partition("@")
    account = None
    if at:
        found = _AZURE_HOST.fullmatch(host.lower())
        if found is None:
            raise Invalid(
                f"{host[:200]!r} is not a host of Azure's storage; write like "
                "'wasbs://container@account.blob.core.windows.net/folder'."
            )
        account = found[1]
    _check_bucket(container, uri)
    store = _azure_container(container, account, os.getpid(), _environment())
    return CloudArtifacts(store, f"az://{container}", SafePath.parse(path.strip("/")))


def open_memory(uri: str) -> ArtifactStore:
    """The store at ``memory://name/folder``: gone with the process, the same for all who name it there."""
    name, folder = _bucket_and_folder(uri)
    return CloudArtifacts(_memory(name), f"memory://{name}", folder)


def _bucket_and_folder(uri: str) -> tuple[str, SafePath]:
    # Taken apart by hand: names of objects are no percent-encoded text, and '?' and '#' may stand in them.
    bucket, _, path = uri.partition(":")[2].removeprefix("//").partition("/")
    _check_bucket(bucket, uri)
    return bucket, SafePath.parse(path.strip("/"))


def _check_bucket(name: str, uri: str) -> None:
    if not _BUCKET.fullmatch(name):
        shown = re.sub(r"//[^/@]*@", "//", uri)[:200]
        raise Invalid(f"{shown!r} names no bucket; write like '{uri.partition(':')[0]}://bucket/folder'.")


def _environment() -> tuple[tuple[str, str], ...]:
    """What the answer depends on, so that a bucket is opened once for each configuration."""
    return tuple(sorted((name, value) for name, value in os.environ.items() if name.startswith(_ENVIRONMENT)))


@lru_cache(maxsize=64)
def _s3_bucket(
    bucket: str, process: int, environment: tuple[tuple[str, str], ...]
) -> tuple[Any, S3Signer | None, dict[str, str]]:
    kinds = _obstore()
    env = dict(environment)
    settings = Settings.from_environment(env)
    if settings.s3_expected_bucket_owner:
        raise Invalid(
            "MLFLOW_S3_EXPECTED_BUCKET_OWNER is not supported; unset it, and name the owner in the bucket's policy."
        )
    aws = read_aws(env, Path(env.get("HOME", "~")).expanduser())
    encryption, on_create, attributes = _extra_arguments(settings.s3_upload_extra_args)
    endpoint = settings.s3_endpoint_url or aws.endpoint
    virtual = settings.s3_addressing_style == "virtual"
    address = (endpoint or f"https://s3.{aws.region}.amazonaws.com").rstrip("/")
    config: dict[str, Any] = {"region": aws.region, **encryption}
    if virtual:
        address = re.sub("//", f"//{bucket}.", address, count=1)
        config["virtual_hosted_style_request"] = True
    if endpoint:
        config["endpoint"] = address
    if not virtual:
        address = f"{address}/{bucket}"
    if aws.credentials is not None:
        config |= {"access_key_id": aws.credentials.key_id, "secret_access_key": aws.credentials.secret}
        if aws.credentials.token:
            config["session_token"] = aws.credentials.token
    options = {**_TIMES, "allow_http": address.startswith("http:")}
    if settings.s3_ignore_tls:
        options["allow_invalid_certificates"] = True
    bundle = env.get("AWS_CA_BUNDLE") or env.get("REQUESTS_CA_BUNDLE")
    if bundle:
        options["root_certificate"] = _certificates(bundle)
    store = kinds.S3Store(
        bucket, client_options=options, retry_config=_RETRY, credential_provider=_provider(aws), **config
    )
    signer = None
    if aws.credentials is not None:
        signer = S3Signer(address, aws.region, aws.credentials, on_create, not settings.s3_ignore_tls, bundle)
    return store, signer, attributes


@lru_cache(maxsize=64)
def _gcs_bucket(bucket: str, process: int, environment: tuple[tuple[str, str], ...]) -> Any:
    kinds = _obstore()
    config: dict[str, Any] = {}
    emulator = dict(environment).get("STORAGE_EMULATOR_HOST")
    if emulator:
        address = emulator if "://" in emulator else f"http://{emulator}"
        config = {"base_url": address.rstrip("/"), "bearer_token": "emulator"}
    options = {**_TIMES, "allow_http": bool(emulator)}
    return kinds.GCSStore(bucket, client_options=options, retry_config=_RETRY, **config)


@lru_cache(maxsize=64)
def _azure_container(
    container: str, account: str | None, process: int, environment: tuple[tuple[str, str], ...]
) -> Any:
    kinds = _obstore()
    env = dict(environment)
    config = _connection_string(env.get("AZURE_STORAGE_CONNECTION_STRING", ""))
    if account is not None and config.setdefault("account_name", account) != account:
        raise Invalid(
            f"AZURE_STORAGE_CONNECTION_STRING is for the account {config['account_name']!r}, not for {account!r}."
        )
    if not config.get("account_name") and not env.get("AZURE_STORAGE_ACCOUNT_NAME"):
        raise Invalid(
            f"az://{container} names no storage account; set AZURE_STORAGE_ACCOUNT_NAME or "
            "AZURE_STORAGE_CONNECTION_STRING, or write wasbs://container@account.blob.core.windows.net/folder."
        )
    options = {**_TIMES, "allow_http": str(config.get("endpoint", "")).startswith("http:")}
    return kinds.AzureStore(container, client_options=options, retry_config=_RETRY, **config)


@lru_cache(maxsize=64)
def _memory(name: str) -> Any:
    return _obstore().MemoryStore()


def _obstore() -> Any:
    try:
        import obstore.store
    except ImportError:
        raise Invalid("Object stores need obstore: run `pip install 'flowmill[cloud]'` and try again.") from None
    return obstore.store


def _provider(aws: Aws) -> Any:
    """What asks boto3 for credentials, for profiles that only it understands."""
    if not aws.needs_boto3:
        return None
    try:
        from boto3.session import Session
        from obstore.auth.boto3 import Boto3CredentialProvider
    except ImportError:
        raise Invalid(
            f"The AWS profile {aws.profile!r} gets its credentials by SSO, a role or a command, which needs boto3: "
            "run `pip install boto3`, or give the keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        ) from None
    return Boto3CredentialProvider(Session(profile_name=aws.profile))


def _extra_arguments(text: str | None) -> tuple[dict[str, Any], dict[str, str], dict[str, str]]:
    """MLFLOW_S3_UPLOAD_EXTRA_ARGS as obstore's configuration, headers of a new multipart upload and attributes
    of every file."""
    config: dict[str, Any] = {}
    headers: dict[str, str] = {}
    attributes: dict[str, str] = {}
    try:
        arguments = json.loads(text) if text else {}
    except ValueError:
        arguments = None
    if not isinstance(arguments, dict):
        raise Invalid(
            'MLFLOW_S3_UPLOAD_EXTRA_ARGS must be a JSON object, such as \'{"ServerSideEncryption": "aws:kms"}\'.'
        )
    for name, value in arguments.items():
        if name in _ENCRYPTION:
            key, header = _ENCRYPTION[name]
            config[key] = value
            headers[header] = str(value).lower() if isinstance(value, bool) else str(value)
        elif name in _FILE_ATTRIBUTES:
            attributes[_FILE_ATTRIBUTES[name]] = str(value)
        else:
            known = ", ".join(sorted((*_ENCRYPTION, *_FILE_ATTRIBUTES)))
            raise Invalid(f"MLFLOW_S3_UPLOAD_EXTRA_ARGS holds {name!r}, which is not supported; supported are {known}.")
    return config, headers, attributes


def _connection_string(text: str) -> dict[str, Any]:
    """Azure's connection string as obstore's configuration."""
    pairs = dict(piece.split("=", 1) for piece in text.split(";") if "=" in piece)
    names: Mapping[str, str] = {
        "AccountName": "account_name",
        "AccountKey": "account_key",
        "SharedAccessSignature": "sas_key",
        "BlobEndpoint": "endpoint",
    }
    return {ours: pairs[theirs] for theirs, ours in names.items() if pairs.get(theirs)}


def _certificates(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise Invalid(f"Cannot read the certificates at {path!r} (AWS_CA_BUNDLE): {error.strerror}.") from None
