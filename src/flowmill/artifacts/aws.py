"""Where AWS's tools keep keys, region and address: the environment, then ``~/.aws``.

obstore knows the environment, web identities, containers and instances, but not the files.
"""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from flowmill.artifacts.s3_multipart import Credentials
from flowmill.errors import Invalid

_ASKED_ELSEWHERE = (
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_SKIP_SIGNATURE",
)
_ONLY_BOTO3 = ("sso_session", "sso_start_url", "role_arn", "credential_process", "source_profile")


class Aws(NamedTuple):
    """What was found. ``credentials`` None: obstore finds them, or boto3 where ``needs_boto3``."""

    region: str
    endpoint: str | None = None
    credentials: Credentials | None = None
    profile: str | None = None
    needs_boto3: bool = False


def read_aws(env: Mapping[str, str], home: Path) -> Aws:
    """The configuration that AWS's own tools would use."""
    chosen = env.get("AWS_PROFILE")
    profile = chosen or "default"
    files = [
        _section(Path(env.get("AWS_SHARED_CREDENTIALS_FILE") or home / ".aws" / "credentials").expanduser(), profile),
        _section(Path(env.get("AWS_CONFIG_FILE") or home / ".aws" / "config").expanduser(), profile),
    ]
    if chosen and not any(files):
        raise Invalid(f"There is no AWS profile {chosen!r} in ~/.aws; correct AWS_PROFILE or unset it.")
    said = {**files[1], **files[0]}
    region = env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or said.get("region") or "us-east-1"
    endpoint = env.get("AWS_ENDPOINT_URL_S3") or env.get("AWS_ENDPOINT_URL") or env.get("AWS_ENDPOINT")
    found = Aws(region, endpoint or said.get("endpoint_url"), profile=profile)
    if env.get("AWS_ACCESS_KEY_ID") and env.get("AWS_SECRET_ACCESS_KEY"):
        token = env.get("AWS_SESSION_TOKEN") or env.get("AWS_TOKEN") or None
        return found._replace(credentials=Credentials(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], token))
    if not chosen and any(env.get(name) for name in _ASKED_ELSEWHERE):
        return found
    if said.get("aws_access_key_id") and said.get("aws_secret_access_key"):
        token = said.get("aws_session_token") or None
        keys = Credentials(said["aws_access_key_id"], said["aws_secret_access_key"], token)
        return found._replace(credentials=keys)
    return found._replace(needs_boto3=any(said.get(name) for name in _ONLY_BOTO3))


def _section(path: Path, profile: str) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return {}
    except configparser.Error as error:
        raise Invalid(f"Cannot read {path}: {str(error).splitlines()[0]}") from None
    for name in (profile, f"profile {profile}"):
        if parser.has_section(name):
            return dict(parser.items(name))
    return {}
