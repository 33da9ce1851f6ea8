"""What a trusted proxy says of the request that it passes on: X-Forwarded-For, -Host, -Proto, -Prefix.

Anybody can send these headers, so they count only from addresses that the operator named. By default none
is trusted, not even this machine: a web page that reached the server through a name of its own could set them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from flowmill.errors import Invalid

_EVERYONE = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))


class Seen(NamedTuple):
    """The request as the client sees it; ``prefix`` is empty or starts with a slash and ends without."""

    client: str
    host: str
    scheme: str
    prefix: str


class Proxies:
    """The proxies whose word counts. ``trusted``: addresses and networks (``10.0.0.0/8``), or ``*`` for all."""

    def __init__(self, trusted: Sequence[str] = ()) -> None:
        networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        for each in trusted:
            if each == "*":
                networks += _EVERYONE
                continue
            try:
                networks.append(ipaddress.ip_network("127.0.0.1" if each == "localhost" else each, strict=False))
            except ValueError:
                raise Invalid(
                    f"Invalid trusted proxy {each!r}: expected an address such as 10.0.0.7, "
                    "a network such as 10.0.0.0/8, or *."
                ) from None
        self._networks = tuple(networks)

    def seen(self, peer: str, host: str, scheme: str, headers: Mapping[bytes, bytes]) -> Seen:
        """The request as the client sees it: the proxy's word if ``peer`` is trusted, else what arrived."""
        if not self._networks or not self._trusts(peer):
            return Seen(peer, host, scheme, "")
        prefix = "/" + _last(headers, b"x-forwarded-prefix").strip("/")
        proto = _last(headers, b"x-forwarded-proto").lower()
        return Seen(
            self._client(headers) or peer,
            _last(headers, b"x-forwarded-host") or host,
            proto if proto in ("http", "https") else scheme,
            "" if prefix == "/" or not is_plain_path(prefix) else prefix,
        )

    def _client(self, headers: Mapping[bytes, bytes]) -> str:
        """The nearest address that is no proxy of ours; what stands further left anybody may have written."""
        addresses = [each.strip() for each in headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")]
        return next((each for each in reversed(addresses) if each and not self._trusts(each)), addresses[0])

    def _trusts(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._networks if network.version == parsed.version)


def is_plain_path(path: str) -> bool:
    """Whether a prefix is a path of ordinary segments, so that it may stand in a Location header."""
    segments = path.split("/")[1:]
    return path.startswith("/") and all(
        segment not in ("", ".", "..") and segment.replace("-", "").replace("_", "").replace(".", "").isalnum()
        for segment in segments
    )


def _last(headers: Mapping[bytes, bytes], name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1").rpartition(",")[2].strip()
