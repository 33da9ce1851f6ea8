"""Who a request over HTTP says that it comes from. Nobody checks it: history keeps it as a claim."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote

from flowmill.entities.caller import NOBODY, Caller
from flowmill.server.http import Incoming

_LONGEST = 200
"""Characters of a name that are kept."""


def caller_of(request: Incoming) -> Caller:
    """The login of basic authentication, else the header that our own clients send, else nobody."""
    name = _login(request.header(b"authorization")) or unquote(request.header(b"x-flowmill-user"), errors="ignore")
    if not name:
        return NOBODY
    name = "".join(character for character in name if character.isprintable())[:_LONGEST].strip()
    return Caller(name) if name else NOBODY


def _login(authorization: str) -> str:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeError, ValueError):
        return ""
