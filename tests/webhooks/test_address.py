"""Where a webhook may go, and how it gets there."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from flowmill.errors import FlowmillError
from flowmill.webhooks import address
from flowmill.webhooks.address import Address, Destinations, Refused, Resolver, Unresolved
from flowmill.webhooks.post import Unreached, post
from tests.webhooks.receiver import receiving

ANY = Destinations(("http", "https"))
HERE = Destinations(("http", "https"), ("127.0.0.1",))


class Names(Resolver):
    """A resolver that gives one list of addresses after the other, the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        super().__init__()
        self.answers = [[ipaddress.ip_address(text) for text in answer] for answer in answers]

    def addresses(self, host: str, port: int) -> list[Address]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def to(*answers: Sequence[str], private: bool = False, allowed: tuple[str, ...] = ()) -> Destinations:
    """Destinations whose names resolve so."""
    return Destinations(("http", "https"), allowed, private, Names(*answers))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0", "0.0.0.0", "10.0.0.1",
        "172.16.9.9", "192.168.1.1", "100.64.0.1", "100.100.100.200", "169.254.169.254", "168.63.129.16",
        "192.0.0.192", "224.0.0.1", "255.255.255.255", "198.18.0.1", "[::1]", "[::]", "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]",
        "[2001:0:1:1::8080:feff]", "[fd00:ec2::254]", "[fe80::1]", "[ff02::1]", "[fc00::1]",
    ],
)  # fmt: skip
def test_what_is_not_public_is_refused_in_every_spelling(host: str) -> None:
    with pytest.raises(Refused):
        ANY.check(f"https://{host}/hook")


@pytest.mark.parametrize("host", ["1.1.1.1", "[2606:4700::1111]", "[64:ff9b::101:101]", "[::ffff:1.1.1.1]"])
def test_what_is_public_is_not(host: str) -> None:
    ANY.check(f"https://{host}/hook")


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("ftp://1.1.1.1/", "scheme"),
        ("1.1.1.1", "scheme"), ("//1.1.1.1/x", "scheme"), ("file:///etc/passwd", "scheme"),
        ("https://", "no host"), ("https:///x", "no host"), ("https://1.1.1.1:99999/", "malformed"),
        ("https://1.1.1.1:0/", "port 0"), (" https://1.1.1.1", "blanks"), ("https://1.1.1.1/a b", "blanks"),
        ("https://1.1.1.1/\r\nX: y", "blanks"), ("https://[::1", "malformed"),
        ("https://1.1.1.1/" + "x" * 3000, "2048"),
        ("https://no-such-host.invalid/", "resolve"),
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str, what: str) -> None:
    with pytest.raises(Refused, match=what):
        ANY.check(url)


def test_plain_http_needs_the_operator() -> None:
    with pytest.raises(Refused, match="allowed are https"):
        Destinations().check("http://1.1.1.1/")
    with pytest.raises(FlowmillError, match="'ftp'"):
        Destinations(("ftp",))


def test_one_address_that_is_not_public_is_enough() -> None:
    with pytest.raises(Refused, match=r"10\.0\.0\.5"):
        to(["1.1.1.1", "10.0.0.5"]).check("https://mixed.example/")


def test_the_operator_may_allow_hosts_and_networks() -> None:
    to(["10.1.2.3"], allowed=("10.0.0.0/8",)).check("http://inside.example/")
    to(["10.1.2.3"], allowed=("inside.example",)).check("http://Inside.example./")
    with pytest.raises(Refused):
        to(["192.168.0.1"], allowed=("10.0.0.0/8", "other.example")).check("http://inside.example/")
    to(["192.168.0.1"], private=True).check("http://inside.example/")
    to(["127.0.0.1"], private=True).check("http://inside.example/")
    with pytest.raises(Refused):  # private does not mean the metadata service
        to(["169.254.169.254"], private=True).check("http://inside.example/")
    to(["169.254.169.254"], allowed=("169.254.169.254",)).check("http://inside.example/")


def test_a_name_that_resolves_differently_a_moment_later_gains_nothing() -> None:
    with receiving() as receiver:
        port = receiver.address.rpartition(":")[2]
        rebound = to(["1.1.1.1"], ["127.0.0.1"])
        rebound.check(f"http://rebinding.example:{port}/")
        with pytest.raises(Refused, match=r"127\.0\.0\.1"):
            post(f"http://rebinding.example:{port}/", b"{}", {}, rebound, seconds=2)
        # The other way round the connection goes to what was checked, and the name is not asked again.
        pinned = to(["127.0.0.1"], ["10.255.255.1"], allowed=("127.0.0.1",))
        assert post(f"http://pinned.example:{port}/x?q=%C3%BC", b"{}", {"A": "b"}, pinned, seconds=2).is_success
        assert receiver.got[0].headers["Host"] == f"pinned.example:{port}"
        assert receiver.got[0].path == "/x?q=%C3%BC"
        assert len(receiver.got) == 1


def test_redirects_are_told_not_followed() -> None:
    with receiving() as receiver:
        answer = post(f"{receiver.address}/status/302", b"{}", {}, HERE, seconds=2)
        assert (answer.status, answer.is_success, answer.may_change) == (302, False, False)
        assert [each.path for each in receiver.got] == ["/status/302"]


def test_a_login_in_the_url_is_sent_as_such() -> None:
    with receiving() as receiver:
        post(receiver.address.replace("//", "//user:p%40ss@"), b"{}", {}, HERE, seconds=2)
        assert receiver.got[0].headers["Authorization"] == "Basic dXNlcjpwQHNz"
        assert "@" not in receiver.got[0].headers["Host"]


@pytest.mark.parametrize("drip", [b"", b"H"])
def test_a_receiver_that_talks_for_ever_is_left(drip: bytes) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def talk() -> None:
        connection, _ = listener.accept()
        with connection:
            while not ended.wait(0.1):
                try:
                    connection.sendall(drip)
                except OSError:
                    return

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    start = time.monotonic()
    with pytest.raises(Unreached):
        post(f"http://127.0.0.1:{listener.getsockname()[1]}/", b"{}", {}, HERE, seconds=0.5)
    assert time.monotonic() - start < 10
    ended.set()
    thread.join()
    listener.close()


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreached, match="refused"):
        post(f"http://127.0.0.1:{port}/", b"{}", {}, HERE, seconds=1)


def test_a_slow_name_server_holds_up_a_bounded_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()
    monkeypatch.setattr(address, "_RESOLVE_SECONDS", 0.05)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: asked.wait(5) and [])
    resolver = Resolver(largest=2)
    before = threading.active_count()
    for _ in range(5):
        with pytest.raises(Unresolved):
            resolver.addresses("tar-pit.example", 443)
    assert threading.active_count() <= before + 2
    asked.set()


def test_no_descriptor_is_left_open() -> None:
    with receiving() as receiver:
        post(receiver.address, b"{}", {}, HERE, seconds=2)
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(10):
            post(receiver.address, b"{}", {}, HERE, seconds=2)
        time.sleep(0.1)
        assert len(list(Path("/proc/self/fd").iterdir())) <= before + 1
