"""Who may knock: Host and Origin are parsed and checked before anything else is looked at.

A web page of somebody else can make a browser send requests to a server on this machine. It cannot choose
the Host that the browser sends unless it controls a name that resolves here (DNS rebinding), and it cannot
hide its Origin. So names must be known, while addresses, which need no resolving, are fine.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from flowmill.errors import Denied, Invalid
from flowmill.server.http import Incoming

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
FILE_OF_PAGE = "/ajax-api/2.0/mlflow/upload-artifact"
_FORM_KINDS = ("", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
_LOCAL_NAMES = frozenset({"localhost"})


class Gate:
    """Lets requests pass or raises Denied.

    ``hosts``: names that the server may be called by beside ``localhost`` and plain addresses;
    ``origins``: web origins (``https://name:port``) that may send changes beside the server's own.
    """

    def __init__(self, hosts: Sequence[str] = (), origins: Sequence[str] = ()) -> None:
        self._hosts = _LOCAL_NAMES | {host.lower() for host in hosts}
        self._origins = {origin.rstrip("/").lower() for origin in origins}
        self._known: set[str] = set()

    def check(self, request: Incoming) -> None:
        """Refuse an unknown Host, a change from a foreign Origin, and a change that a plain form could send."""
        host = request.header(b"host").lower()
        if host not in self._known:
            if not self._is_known_host(host):
                raise Denied(
                    "The host name in this request is not known to the server; "
                    "start it with --allowed-hosts to allow it."
                )
            if len(self._known) < 1000:
                self._known.add(host)
        if request.method in _SAFE_METHODS:
            return
        if request.header(b"x-mlflow-delivery-id"):
            raise Denied("This is a webhook's delivery: a server of Flowmill does not take them, least of all its own.")
        origin = request.header(b"origin").lower()
        if origin and origin not in self._origins and not _same_host(origin, host):
            raise Denied("Changes from this web origin are not allowed; start the server with --cors-allowed-origins.")
        if request.method == "POST" and not _is_json(request):
            # The page sends files as they are. Browsers name the origin of every POST, which was checked above;
            # without one the sender is no browser of today, and may not look like the form of an old one.
            if not request.path.endswith(FILE_OF_PAGE):
                raise Invalid("The Content-Type must be application/json.")
            if not origin and _kind(request) in _FORM_KINDS:
                raise Invalid("The Content-Type must say what the file is, such as application/octet-stream.")

    def _is_known_host(self, host: str) -> bool:
        name = _name_of(host)
        if name is None:
            return False
        return name in self._hosts or host in self._hosts or _is_address(name)


def _is_json(request: Incoming) -> bool:
    return _kind(request) == "application/json"


def _kind(request: Incoming) -> str:
    return request.header(b"content-type").partition(";")[0].strip().lower()


def _same_host(origin: str, host: str) -> bool:
    try:
        return urlsplit(origin).netloc == host
    except ValueError:
        return False


def _name_of(host: str) -> str | None:
    """The host without its port, None if it is malformed."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return None
    if parts.netloc != host or parts.username is not None or not parts.hostname:
        return None
    return parts.hostname.rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
