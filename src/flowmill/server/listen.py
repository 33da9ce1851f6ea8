"""The socket that the server listens at; a port that is not to be had is one sentence that names another."""

from __future__ import annotations

import errno
import os
import socket

from flowmill.errors import Invalid, Unavailable

INHERITED = "FLOWMILL_LISTENER"
"""The environment variable by which a server that starts itself anew hands its socket on."""

_WAITING = 2048
"""Connections that the system keeps while every worker is busy."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket at this address; one that was handed on is taken as it is."""
    if inherited := os.environ.pop(INHERITED, None):
        return socket.socket(fileno=int(inherited))
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if os.name == "posix":  # a port whose last owner just left may be taken at once
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_WAITING)
    except OSError as error:
        listener.close()
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            raise Invalid(f"The host {host!r} is not an address of this machine; use 127.0.0.1.") from None
        free = _free_port_after(host, family, port)
        hint = f"; add --port {free}" if free else ""
        if isinstance(error, PermissionError):
            raise Unavailable(f"Port {port} may not be opened by you{hint}.") from None
        raise Unavailable(f"Port {port} on {host} is in use{hint}.") from None
    return listener


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    return host in ("localhost", "::1") or host.startswith("127.")


def _free_port_after(host: str, family: int, port: int) -> int | None:
    for candidate in range(max(port, 1023) + 1, min(port + 100, 65535)):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return candidate
    return None
