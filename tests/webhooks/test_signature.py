"""Signatures are those of MLflow: this one was sent by the real server."""

from __future__ import annotations

import pytest

from flowmill.webhooks import verify_webhook
from flowmill.webhooks.signature import sign, signed_headers

SENT = {
    "X-MLflow-Delivery-Id": "67665c45-7523-4f94-99ea-d8d6a3096def",
    "X-MLflow-Timestamp": "1795517707",
    "X-MLflow-Signature": "v1,6YF0Qp8gi+8AnGFGeoS/wg1bbT0iN2BIgkALKemb+Vs=",
}
BODY = (
    b'{"entity": "model_version_tag", "action": "set", "timestamp": "2026-11-24T10:55:07.716673+00:00", "data": '
    b'{"name": "example_model", "version": "1", "key": "example_key", "value": "example_value"}}'
)
NOW = 1795517710.0


def test_what_mlflow_signs_is_what_we_sign() -> None:
    assert sign("other", SENT["X-MLflow-Delivery-Id"], SENT["X-MLflow-Timestamp"], BODY) == SENT["X-MLflow-Signature"]
    assert verify_webhook("other", {key.lower(): value for key, value in SENT.items()}, BODY, now=NOW)


def test_without_a_secret_nothing_is_signed() -> None:
    assert "X-MLflow-Signature" not in signed_headers(None, "id", BODY, NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"X-MLflow-Signature": ""}, {"X-MLflow-Signature": "v1,é"}, {"X-MLflow-Timestamp": "1795517708"},
        {"X-MLflow-Timestamp": "soon"}, {"X-MLflow-Timestamp": "²"}, {"X-MLflow-Delivery-Id": "other"},
    ],
)  # fmt: skip
def test_what_was_changed_is_refused(change: dict[str, str]) -> None:
    assert not verify_webhook("other", {**SENT, **change}, BODY, now=NOW)


def test_other_secrets_bodies_and_times_are_refused() -> None:
    assert not verify_webhook("another", SENT, BODY, now=NOW)
    assert not verify_webhook("other", SENT, BODY + b" ", now=NOW)
    assert not verify_webhook("other", SENT, BODY, now=NOW + 301)
    assert verify_webhook("other", SENT, BODY, now=NOW + 301, max_age=600)
