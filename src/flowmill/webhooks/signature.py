"""Signatures of deliveries: HMAC-SHA256 over delivery id, time and body, as MLflow's receivers verify them.

The headers are MLflow's (https://mlflow.org/docs/latest/ml/webhooks/, "Security"): the signature is
``v1,`` and the base64 of ``HMAC(secret, "<delivery id>.<timestamp>.<body>")``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping

WEBHOOK_SIGNATURE_HEADER = "X-MLflow-Signature"
WEBHOOK_TIMESTAMP_HEADER = "X-MLflow-Timestamp"
WEBHOOK_DELIVERY_ID_HEADER = "X-MLflow-Delivery-Id"
WEBHOOK_SIGNATURE_VERSION = "v1"


def sign(secret: str, delivery_id: str, timestamp: str, body: bytes) -> str:
    """The signature header; ``timestamp``: whole seconds since the epoch, as its header has them."""
    message = f"{delivery_id}.{timestamp}.".encode() + body
    digest = hmac.new(secret.encode(), message, hashlib.sha256).digest()
    return f"{WEBHOOK_SIGNATURE_VERSION},{base64.b64encode(digest).decode()}"


def signed_headers(secret: str | None, delivery_id: str, body: bytes, now: float) -> dict[str, str]:
    """The headers of one try; ``now``: seconds since the epoch, so that a late try is not taken for a replay."""
    timestamp = str(int(now))
    headers = {
        "Content-Type": "application/json",
        WEBHOOK_DELIVERY_ID_HEADER: delivery_id,
        WEBHOOK_TIMESTAMP_HEADER: timestamp,
    }
    if secret:
        headers[WEBHOOK_SIGNATURE_HEADER] = sign(secret, delivery_id, timestamp, body)
    return headers


def verify_webhook(
    secret: str, headers: Mapping[str, str], body: bytes, *, max_age: float = 300.0, now: float | None = None
) -> bool:
    """Whether a delivery was signed with this secret within the last ``max_age`` seconds: what a receiver asks.

    ``headers``: of the request, in any case; ``body``: as it came, before any parsing. Keep the delivery id
    for as long, and ignore a second delivery with the same one.
    """
    given = {name.lower(): value for name, value in headers.items()}
    delivery_id = given.get(WEBHOOK_DELIVERY_ID_HEADER.lower(), "")
    timestamp = given.get(WEBHOOK_TIMESTAMP_HEADER.lower(), "")
    signature = given.get(WEBHOOK_SIGNATURE_HEADER.lower(), "")
    if not (delivery_id and timestamp.isascii() and timestamp.isdigit() and signature):
        return False
    if abs((time.time() if now is None else now) - int(timestamp)) > max_age:
        return False
    return hmac.compare_digest(sign(secret, delivery_id, timestamp, body).encode(), signature.encode())
