"""One POST of a webhook: to a checked address, without redirects, in a bounded time, its answer unread."""

from __future__ import annotations

import base64
import contextlib
import email.utils
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import SplitResult, quote, unquote

from flowmill.errors import Unavailable
from flowmill.version import COMPATIBLE_VERSION
from flowmill.webhooks.address import Address, Destinations

CONNECT_SECONDS = 5.0

_SAFE = "/%:@!$&'()*+,;=~-._?"


class Unreached(Unavailable):
    """The receiver did not answer; trying again may help."""


@dataclass(frozen=True)
class Answer:
    """What a receiver said: its status, and how many seconds it wants to be left alone (None: it did not say)."""

    status: int
    retry_after: float | None = None

    @property
    def is_success(self) -> bool:
        """Whether it took the delivery."""
        return 200 <= self.status < 300

    @property
    def may_change(self) -> bool:
        """Whether the same delivery may be taken later."""
        return self.status in (408, 425, 429) or self.status >= 500


def post(url: str, body: bytes, headers: Mapping[str, str], to: Destinations, *, seconds: float) -> Answer:
    """Send and give the answer's status. Raises Refused, Unresolved or Unreached.

    ``seconds``: for the whole of it after the connection is made, however slowly the receiver talks.
    """
    parts = to.parts(url)
    addresses = to.resolve(parts)
    plain = _connect(addresses, parts)
    # A receiver that sends a byte now and then would keep any timeout of a single read from ending this.
    watch = threading.Timer(seconds, _shut, (plain,))
    watch.daemon = True
    watch.start()
    try:
        return _talk(plain, parts, body, headers)
    except ssl.SSLError as error:
        raise Unreached(f"The receiver's TLS is not to be trusted or broken ({error.reason or 'it ended'}).") from None
    except (OSError, http.client.HTTPException) as error:
        raise Unreached(_sentence(error, seconds)) from None
    finally:
        watch.cancel()
        plain.close()


def _connect(addresses: Sequence[Address], parts: SplitResult) -> socket.socket:
    port = parts.port or (443 if parts.scheme == "https" else 80)
    failure: OSError | None = None
    for address in addresses[:4]:
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        connection = socket.socket(family, socket.SOCK_STREAM)
        connection.settimeout(CONNECT_SECONDS)
        try:
            connection.connect((str(address), port))
        except OSError as error:
            connection.close()
            failure = error
        else:
            return connection
    reason = "no answer in time" if isinstance(failure, TimeoutError) else (failure and failure.strerror) or "no answer"
    raise Unreached(f"No connection to the receiver: {reason}.")


def _talk(plain: socket.socket, parts: SplitResult, body: bytes, headers: Mapping[str, str]) -> Answer:
    plain.settimeout(60)  # the watch ends it earlier
    host = parts.hostname or ""
    connection = http.client.HTTPConnection(host, parts.port or 80)
    connection.auto_open = 0  # it must never look the name up by itself
    connection.sock = _trusted().wrap_socket(plain, server_hostname=host) if parts.scheme == "https" else plain
    path = quote(parts.path or "/", safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
    login: dict[str, str] = {}
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        login["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    try:
        connection.request(
            "POST",
            path,
            body,
            {
                "Host": parts.netloc.rpartition("@")[2].encode("idna").decode(),
                "User-Agent": f"flowmill/{COMPATIBLE_VERSION}",
                "Accept": "*/*",
                "Connection": "close",
                **login,
                **headers,
            },
        )
        answer = connection.getresponse()
        return Answer(answer.status, _seconds_of(answer.getheader("Retry-After")))
    finally:
        connection.close()


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _seconds_of(text: str | None) -> float | None:
    """Seconds of a Retry-After header: a number or a date."""
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def _sentence(error: Any, seconds: float) -> str:
    if isinstance(error, http.client.RemoteDisconnected | ConnectionResetError | BrokenPipeError):
        return f"The receiver closed the connection or did not answer within {seconds:g} s."
    if isinstance(error, http.client.HTTPException):
        return "The receiver's answer is no HTTP, or was cut off."
    return f"The receiver did not answer ({type(error).__name__})."
