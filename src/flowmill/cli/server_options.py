"""``--gunicorn-opts``, ``--uvicorn-opts`` and ``--waitress-opts``: options of servers that Flowmill is not.

What means something here is taken over, what makes no difference here is passed over with a word, and everything
else is refused, so that nobody believes in a setting that does nothing.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from typing import Any

import click

Settings = dict[str, Any]


def _text(name: str) -> Callable[[str], Settings]:
    return lambda value: {name: value}


def _whole(name: str) -> Callable[[str], Settings]:
    return lambda value: {name: int(value)}


def _seconds(name: str) -> Callable[[str], Settings]:
    return lambda value: {name: float(value)}


def _bind(value: str) -> Settings:
    host, colon, port = value.rpartition(":")
    return {"host": host.strip("[]"), "port": int(port)} if colon else {"host": value}


def _access_log(value: str) -> Settings:
    return {"access_log": value or "-"}


def _nothing(value: str) -> Settings:
    return {}


_FLAGS = frozenset({"--access-log", "--no-access-log", "--proxy-headers", "--preload", "--reload"})

_UVICORN: dict[str, Callable[[str], Settings]] = {
    "--host": _text("host"),
    "--port": _whole("port"),
    "--workers": _whole("workers"),
    "--access-log": _access_log,
    "--no-access-log": lambda _: {"access_log": None},
    "--forwarded-allow-ips": _text("trusted_proxies"),
    "--proxy-headers": _nothing,
    "--root-path": _text("static_prefix"),
    "--limit-concurrency": _whole("max_requests"),
    "--timeout-keep-alive": _seconds("keep_alive_timeout"),
    "--timeout-graceful-shutdown": _seconds("drain_timeout"),
    "--ssl-certfile": _text("certificate"),
    "--ssl-keyfile": _text("certificate_key"),
    "--reload": lambda _: {"dev": True},
    "--log-level": _nothing,
    "--backlog": _nothing,
    "--loop": _nothing,
    "--http": _nothing,
}
_GUNICORN: dict[str, Callable[[str], Settings]] = {
    "--bind": _bind,
    "--workers": _whole("workers"),
    "--timeout": _seconds("request_timeout"),
    "--graceful-timeout": _seconds("drain_timeout"),
    "--keep-alive": _seconds("keep_alive_timeout"),
    "--access-logfile": _access_log,
    "--forwarded-allow-ips": _text("trusted_proxies"),
    "--worker-connections": _whole("max_connections"),
    "--limit-request-line": _nothing,
    "--certfile": _text("certificate"),
    "--keyfile": _text("certificate_key"),
    "--reload": lambda _: {"dev": True},
    "--preload": _nothing,
    "--threads": _nothing,
    "--worker-class": _nothing,
    "--log-level": _nothing,
    "--backlog": _nothing,
    "--max-requests": _nothing,
    "--max-requests-jitter": _nothing,
}
_WAITRESS: dict[str, Callable[[str], Settings]] = {
    "--host": _text("host"),
    "--port": _whole("port"),
    "--listen": _bind,
    "--threads": _nothing,
    "--connection-limit": _whole("max_connections"),
    "--channel-timeout": _seconds("keep_alive_timeout"),
    "--url-prefix": _text("static_prefix"),
    "--trusted-proxy": _text("trusted_proxies"),
    "--max-request-body-size": _whole("max_body"),
    "--backlog": _nothing,
}
_SHORT = {"-b": "--bind", "-w": "--workers", "-t": "--timeout", "-k": "--worker-class"}

SERVERS = {"gunicorn": _GUNICORN, "uvicorn": _UVICORN, "waitress": _WAITRESS}


def taken_over(server: str, text: str) -> Settings:
    """What these options of that server mean here, by the names of our own options."""
    known = SERVERS[server]
    found: Settings = {}
    without_effect: list[str] = []
    for name, value in _pairs(text):
        meaning = known.get(name)
        if meaning is None:
            raise click.BadParameter(
                f"{name} of {server} means nothing to Flowmill's own server; leave it out. "
                f"Understood are {', '.join(sorted(known))}.",
                param_hint=f"--{server}-opts",
            )
        try:
            settings = meaning(value)
        except ValueError:
            raise click.BadParameter(f"{name} takes a number, got {value!r}.", param_hint=f"--{server}-opts") from None
        if not settings:
            without_effect.append(name)
        found |= settings
    if without_effect:
        click.echo(f"{', '.join(without_effect)} of {server} makes no difference to Flowmill's own server.", err=True)
    return found


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    words = shlex.split(text)
    while words:
        word = words.pop(0)
        name, equals, value = word.partition("=")
        if name in _SHORT:
            name = _SHORT[name]
        elif name[:2] in _SHORT and not name.startswith("--"):  # -w4
            name, value, equals = _SHORT[name[:2]], name[2:], "="
        if not equals and name not in _FLAGS and words and (not words[0].startswith("-") or words[0] == "-"):
            value = words.pop(0)
        yield name, value
