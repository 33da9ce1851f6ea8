"""Who may knock: Host and Origin are parsed and checked before anything else is looked at.

A web page of somebody else can make a browser send requests to a server on this machine. It cannot choose
the Host that the browser sends unless it controls a name that resolves here (DNS rebinding), and it cannot
hide its Origin. So names must be known, while addresses, which need no resolving, are fine.
"""

from __future__ import annotations

import fnmatch
import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from flowmill.errors import Denied, Invalid
from flowmill.server.http import Incoming, Outgoing

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
FILE_OF_PAGE = "/ajax-api/2.0/mlflow/upload-artifact"
_FORM_KINDS = ("", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
_LOCAL_NAMES = frozenset({"localhost"})
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ADDRESS_PATTERN = re.compile(r"[\d.*?:a-f\[\]]+")


class Gate:
    """Lets requests pass or raises Denied.

    ``hosts``: names that the server may be called by beside ``localhost`` and plain addresses, with or without a
    port; ``app-*.example.com`` stands for many, ``192.168.*`` for addresses only, ``*`` for all.
    ``origins``: web origins (``https://name:port``) that may read answers and send changes beside the server's
    own; ``*`` for all. ``open_to_all`` checks nothing. ``json_only``: changes come as JSON; an application that
    takes other kinds checks them itself.
    """

    def __init__(
        self,
        hosts: Sequence[str] = (),
        origins: Sequence[str] = (),
        *,
        open_to_all: bool = False,
        json_only: bool = True,
    ) -> None:
        names = [host.lower() for host in hosts]
        self._hosts = _LOCAL_NAMES | {name for name in names if "*" not in name and "?" not in name}
        self._patterns = [name for name in names if "*" in name or "?" in name]
        self._origins = {origin.rstrip("/").lower() for origin in origins}
        self._open = open_to_all
        self._json_only = json_only
        self._known: set[str] = set()

    def check(self, request: Incoming) -> None:
        """Refuse an unknown Host, a change from a foreign Origin, and a change that a plain form could send."""
        if self._open:
            return
        host = request.seen.host.lower()
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
        if origin and not self._is_allowed(origin) and not _same_host(origin, host, request.seen.scheme):
            raise Denied("Changes from this web origin are not allowed; start the server with --cors-allowed-origins.")
        if self._json_only and request.method == "POST" and not _is_json(request):
            # The page sends files as they are. Browsers name the origin of every POST, which was checked above;
            # without one the sender is no browser of today, and may not look like the form of an old one.
            if not request.path.endswith(FILE_OF_PAGE):
                raise Invalid("The Content-Type must be application/json.")
            if not origin and _kind(request) in _FORM_KINDS:
                raise Invalid("The Content-Type must say what the file is, such as application/octet-stream.")

    def preflight(self, request: Incoming) -> Outgoing:
        """The answer to a browser that asks whether a page of another origin may send something."""
        self.check(request)
        headers = self.headers_for(request)
        if not headers:
            raise Denied("This web origin is not allowed; start the server with --cors-allowed-origins.")
        headers |= {
            "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
            "Access-Control-Allow-Headers": "Authorization, Content-Type, Content-Encoding",
            "Access-Control-Max-Age": "600",
        }
        return Outgoing(b"", "text/plain", 204, headers)

    def headers_for(self, request: Incoming) -> dict[str, str]:
        """What lets a page of an allowed origin read the answer; nothing for every other one."""
        origin = request.header(b"origin")
        if not origin or not (self._open or self._is_allowed(origin.lower())):
            return {}
        return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}

    def _is_allowed(self, origin: str) -> bool:
        return origin in self._origins or "*" in self._origins

    def _is_known_host(self, host: str) -> bool:
        name = _name_of(host)
        if name is None:
            return False
        is_address = _is_address(name)
        if name in self._hosts or host in self._hosts or is_address:
            return True
        # A pattern of digits means addresses: 192.168.attacker.example only looks like one.
        patterns = [each for each in self._patterns if each == "*" or not _ADDRESS_PATTERN.fullmatch(each)]
        return any(fnmatch.fnmatchcase(name, each) or fnmatch.fnmatchcase(host, each) for each in patterns)


def _is_json(request: Incoming) -> bool:
    return _kind(request) == "application/json"


def _kind(request: Incoming) -> str:
    return request.header(b"content-type").partition(";")[0].strip().lower()


def _same_host(origin: str, host: str, scheme: str) -> bool:
    try:
        parts = urlsplit(origin)
        asked = urlsplit(f"//{host}")
        ours = asked.port or _DEFAULT_PORTS.get(scheme)
        theirs = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return False
    if parts.netloc == host:
        return True
    return bool(parts.hostname) and parts.hostname == asked.hostname and ours == theirs


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
