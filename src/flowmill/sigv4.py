"""Requests signed with AWS credentials, as a server behind API Gateway wants them (Signature Version 4)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flowmill.errors import Invalid

_SERVICE = "execute-api"
_SIGNED = ("content-type",)
"""Beside the host and the time. Proxies may change other headers, and then no signature of them would be right."""


class AwsSignature:
    """Signs a request with the credentials and the region that AWS's own tools use here.

    Raises Invalid where botocore is not installed, or finds no credentials or no region.
    """

    def __init__(self) -> None:
        session = _session(tuple(sorted(pair for pair in os.environ.items() if pair[0].startswith("AWS_"))))
        self._region = session.get_config_variable("region")
        if not self._region:
            raise Invalid("MLFLOW_TRACKING_AWS_SIGV4 signs for a region, and none is set: set AWS_DEFAULT_REGION.")
        self._credentials = session.get_credentials()
        if self._credentials is None:
            raise Invalid(
                "MLFLOW_TRACKING_AWS_SIGV4 is set, and there are no AWS credentials: set AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY, or a profile in ~/.aws."
            )

    def __call__(self, request: Any) -> Any:
        """The request (`flowmill.plugins.Signable`) with the headers that sign it."""
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        headers: Mapping[str, str] = request.headers
        kept = {name: value for name, value in headers.items() if name.lower() in _SIGNED}
        # Credentials of a role change while a training runs: the current ones are asked for each time.
        signer: Any = SigV4Auth(self._credentials.get_frozen_credentials(), _SERVICE, self._region)
        signed: Any = AWSRequest(method=request.method, url=request.url, headers=kept, data=request.body)
        signer.add_auth(signed)
        request.headers = {**headers, **dict(signed.headers.items())}
        return request


@lru_cache(maxsize=4)
def _session(environment: tuple[tuple[str, str], ...]) -> Any:
    """What AWS's tools know in this environment; finding it out takes tens of milliseconds."""
    try:
        from botocore.session import Session
    except ImportError:
        raise Invalid(
            "MLFLOW_TRACKING_AWS_SIGV4 signs requests with botocore, which is not installed: pip install botocore."
        ) from None
    return Session()
