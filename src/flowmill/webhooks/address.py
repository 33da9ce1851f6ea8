"""Where a webhook may go: addresses of the public internet, and what the operator allows beside them.

A webhook makes the server send requests to an address that a client chose. Without a check that client could
reach what only the server reaches: itself, its neighbours, the metadata service of a cloud. A name is
resolved once, every address it has is checked, and the connection is made to a checked address, so that a
name that resolves differently a moment later gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from flowmill.errors import Invalid, Unavailable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_LONGEST_URL = 2048
_RESOLVE_SECONDS = 5.0

# IANA's registries of special-purpose addresses, all that is not reachable from anywhere
# (https://www.iana.org/assignments/iana-ipv4-special-registry). Python's ``is_global`` knows older ones.
_SPECIAL = [
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
        "192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 "
        "203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 "
        "2001::/23 2001:db8::/32 2002::/16 3fff::/20 "
        # Azure answers virtual machines here; the address looks public.
        "168.63.129.16/32"
    ).split()
]
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_PRIVATE = [
    ipaddress.ip_network(text)
    for text in "10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 172.16.0.0/12 192.168.0.0/16 ::1/128 fc00::/7".split()
]
# Metadata services inside the private ranges.
_METADATA = frozenset(map(ipaddress.ip_address, ("100.100.100.200", "fd00:ec2::254")))
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_IPV4_COMPATIBLE = ipaddress.IPv6Network("::/96")


class Refused(Invalid):
    """An address that a webhook may not go to."""


class Unresolved(Unavailable):
    """A name that has no address now."""


class Resolver:
    """Looks names up in threads of its own: a slow name server holds up ``largest`` of them, not the server."""

    def __init__(self, largest: int = 8) -> None:
        self._free = threading.BoundedSemaphore(largest)

    def addresses(self, host: str, port: int) -> list[Address]:
        """The addresses of a host name, or of any spelling of an address that the system understands."""
        if not self._free.acquire(timeout=_RESOLVE_SECONDS):
            raise Unresolved(f"Too many host names are being looked up; {host[:200]!r} was not.")
        found: list[Address] = []
        errors: list[Exception] = []
        done = threading.Event()

        def look_up() -> None:
            try:
                for *_, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
                    found.append(ipaddress.ip_address(str(place[0]).partition("%")[0]))
            except (OSError, UnicodeError, ValueError) as error:
                errors.append(error)
            finally:
                self._free.release()
                done.set()

        threading.Thread(target=look_up, name="flowmill-resolver", daemon=True).start()
        if not done.wait(_RESOLVE_SECONDS):
            raise Unresolved(f"The host name {host[:200]!r} was not resolved within {_RESOLVE_SECONDS:.0f} s.")
        if not found:
            raise Unresolved(f"The host name {host[:200]!r} does not resolve.")
        return list(dict.fromkeys(found))


@dataclass(frozen=True)
class Destinations:
    """Where webhooks may go.

    ``schemes``: of ``http`` and ``https``; ``allowed``: host names, addresses and networks (``10.0.0.0/8``) that
    are allowed although they are not public; ``private``: whether private and loopback addresses are, which
    link-local ones, where metadata services are, never include.
    """

    schemes: tuple[str, ...] = ("https",)
    allowed: tuple[str, ...] = ()
    private: bool = False
    resolver: Resolver = field(default_factory=Resolver, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Invalid if a scheme is neither http nor https."""
        if unknown := [scheme for scheme in self.schemes if scheme not in ("http", "https")]:
            raise Invalid(f"Invalid scheme {unknown[0]!r} for webhooks: expected http or https.")

    def parts(self, url: str) -> SplitResult:
        """The parts of a URL; Refused if it is none that a webhook may have, whatever its host resolves to."""
        if len(url) > _LONGEST_URL:
            raise Refused(f"The webhook URL has {len(url)} characters; at most {_LONGEST_URL} are allowed.")
        if any(character.isspace() or not character.isprintable() for character in url):
            raise Refused("The webhook URL holds blanks or control characters; write them in percent encoding.")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise Refused(f"The webhook URL is malformed: {error}.") from None
        if parts.scheme not in self.schemes:
            raise Refused(
                f"The webhook URL has the scheme {parts.scheme[:20]!r}; allowed are {', '.join(self.schemes)}."
            )
        if not parts.hostname or port == 0:
            raise Refused("The webhook URL names no host, or the port 0.")
        return parts

    def check(self, url: str) -> None:
        """Refused if a webhook may not go there now; Refused too if its host does not resolve."""
        parts = self.parts(url)
        try:
            self.resolve(parts)
        except Unresolved as error:
            raise Refused(error.message) from None

    def resolve(self, parts: SplitResult) -> list[Address]:
        """The addresses to connect to, all of them checked; Refused or Unresolved otherwise."""
        host = (parts.hostname or "").rstrip(".")
        found = self.resolver.addresses(host, parts.port or (443 if parts.scheme == "https" else 80))
        if host in {each.lower() for each in self.allowed}:
            return found
        for address in found:
            if not self._may(address):
                raise Refused(
                    f"The webhook's host {host[:200]!r} has the address {address}, which is not public; the operator "
                    "can allow it (--webhook-allowed-hosts)."
                )
        return found

    def _may(self, address: Address) -> bool:
        plain = _unwrapped(address)
        if any(plain in network or address in network for network in _networks(self.allowed)):
            return True
        if self.private and plain not in _METADATA and any(plain in network for network in _PRIVATE):
            return True
        if plain.version == 6 and plain not in _GLOBAL_UNICAST:
            return False
        return not any(plain in network for network in _SPECIAL)


def _unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 one leads to, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64 or (address in _IPV4_COMPATIBLE and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _networks(allowed: Iterable[str]) -> Sequence[Network]:
    found: list[Network] = []
    for each in allowed:
        try:
            found.append(ipaddress.ip_network(each, strict=False))
        except ValueError:
            continue  # a host name
    return found
