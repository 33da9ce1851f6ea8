"""Any request over HTTP to a Flowmill or MLflow server; no operation is named here."""

from __future__ import annotations

import os
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import msgspec
import urllib3

from flowmill.entities.caller import NOBODY, Caller
from flowmill.errors import FlowmillError, NoSuchEndpoint, Unavailable, error_from_wire
from flowmill.plugins import plugin_headers, request_auth, signed
from flowmill.settings import Settings
from flowmill.version import COMPATIBLE_VERSION
from flowmill.wire.codec import decode_answer, encode_request
from flowmill.wire.operation import OPERATIONS, Request

T = TypeVar("T")

# Answers that say that nothing was done; after a 502 or 504 of a proxy something may have been.
_RETRIED_STATUSES = (429, 503)
_BUSY_STATUSES = (429, 502, 503, 504)


class RestStore:
    """The store behind a server's address. Connections are kept; a child after a fork makes its own."""

    def __init__(self, uri: str, settings: Settings | None = None, caller: Caller = NOBODY) -> None:
        self._settings = settings or Settings.from_environment()
        self._root = uri.rstrip("/")
        self._shown = _without_login(self._root)
        self._headers = {"User-Agent": f"flowmill/{COMPATIBLE_VERSION}", "Accept-Encoding": "gzip"}
        self._headers |= self._settings.http_credentials(uri)
        if caller.name:
            self._headers["X-Flowmill-User"] = quote(caller.name, safe="")
        self._auth = request_auth(self._settings)
        self._connect()

    def _connect(self) -> None:
        self._process = os.getpid()
        retry = urllib3.Retry(
            total=self._settings.http_retries,
            connect=self._settings.http_retries,
            read=0,
            status_forcelist=_RETRIED_STATUSES,
            allowed_methods=None,
            raise_on_status=False,
            **self._settings.backoff(),
        )
        self._pool = urllib3.PoolManager(
            maxsize=8,
            retries=retry,
            timeout=urllib3.Timeout(connect=10, read=self._settings.http_timeout),
            **self._settings.tls(),
        )

    def send(self, request: Request[T]) -> T:
        """Ask the server."""
        if os.getpid() != self._process:
            self._connect()
        operation = OPERATIONS[type(request)]
        call = encode_request(operation, request)
        headers = {**self._headers, **plugin_headers()}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        url = f"{_without_login(self._root)}/api/{call.path}"
        headers = signed(self._auth, call.method, url, headers, call.body)
        try:
            response = self._pool.request(call.method, url, body=call.body, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(
                f"The server at {self._shown} does not answer ({_cause(error)}): check that it runs, "
                "or choose another with set_tracking_uri()."
            ) from None
        if response.status != 200:
            raise self._refusal(response, operation.name)
        return decode_answer(operation, response.data)

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def _refusal(self, response: Any, name: str) -> FlowmillError:
        try:
            answer: Any = msgspec.json.decode(response.data)
            return error_from_wire(str(answer["error_code"]), str(answer["message"]))
        except (msgspec.MsgspecError, KeyError, TypeError):
            pass
        if response.status == 404:
            return NoSuchEndpoint(
                f"The server at {self._shown} does not know {name}: it is an older MLflow that cannot do this yet, or "
                "the address is not that of a Flowmill or MLflow server."
            )
        if response.status in _BUSY_STATUSES:
            return Unavailable(f"The server at {self._shown} is busy or away (HTTP {response.status}); try again.")
        return FlowmillError(f"The server at {self._shown} answered {name} with HTTP {response.status}.")


def _without_login(uri: str) -> str:
    parts = urlsplit(uri)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _cause(error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    text = type(reason).__name__
    names = {
        "NewConnectionError": "connection refused",
        "NameResolutionError": "its name does not resolve",
        "ConnectTimeoutError": "no answer in time",
        "ReadTimeoutError": "no answer in time",
        "ProtocolError": "the connection broke",
        "SSLError": "its certificate is not trusted",
    }
    return names.get(text, text)
