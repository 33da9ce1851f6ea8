"""What a web page of somebody else could do through a browser, and what a file of a run could."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from flowmill.attacks.attack import Attack, Breach
from flowmill.attacks.target import Answer, Target

_SCRIPT = "<script>alert(document.domain)</script>"
_FILES = {
    "WB-04": ("x.html", f"<!doctype html>{_SCRIPT}"),
    "WB-05": ("x.ipynb", '{"cells": [{"outputs": [{"data": {"application/javascript": "alert(1)"}}]}]}'),
    "WB-06": ("x.svg", '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
}


def reflect(target: Target) -> None:
    """Have something of a request come back as HTML."""
    for headers in ({"Content-Type": _SCRIPT}, {"User-Agent": _SCRIPT}, {"X-Request-Id": _SCRIPT}):
        answer = target.send("POST", f"{target.base}/api/2.0/mlflow/users/create", b"{}", headers)
        _inert_error(answer, "POST users/create")
    for path in (f"/get-artifact?run_id={_SCRIPT}", f"/{_SCRIPT}", f"/api/2.0/mlflow/{_SCRIPT}"):
        _inert_error(target.get(path.replace("<", "%3C").replace(">", "%3E")), f"GET {path}")


def _inert_error(answer: Answer, what: str) -> None:
    if answer.status < 400 or not answer.headers.get("content-type", "").startswith("application/json"):
        raise Breach(f"{what} was answered with {answer.status} and {answer.headers.get('content-type')}.")


def show_file(target: Target, row: str) -> None:
    """Open a file of a run in a browser, by every way to it."""
    name, content = _FILES[row]
    place = f"{target.place}/{name}"
    target.send("PUT", f"{target.base}/api/2.0/mlflow-artifacts/artifacts/{place}", content.encode())
    paths = [f"/get-artifact?run_id={target.run_id}&path={name}"]
    paths += [f"{root}/mlflow-artifacts/artifacts/{place}" for root in target.roots]
    seen = 0
    for path in paths:
        answer = target.get(path)
        if answer.status != 200:
            continue
        seen += 1
        policy = answer.headers.get("content-security-policy", "")
        if not policy.startswith("sandbox") or "allow-" in policy:
            raise Breach(f"GET {path} comes without a sandbox, so that its script runs.")
        if not answer.headers.get("content-disposition", "").startswith("attachment"):
            raise Breach(f"GET {path} is shown by the browser instead of being saved.")
    if not seen:
        raise Breach("The file that was stored is not there.")


def forge(target: Target) -> None:
    """Send a change as a plain form of another page can, under every name of the operation."""
    for root in target.roots:
        path = f"{target.base}{root}/mlflow/experiments/create"
        body = b'{"name": "forged-' + target.mark.encode() + b'"}'
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
            target.refuse(
                target.send("POST", path, body, {"Content-Type": kind}), f"A form of {kind or 'no type'}", 400
            )
        for origin in ("https://evil.example", "null"):
            answer = target.send("POST", path, body, {"Content-Type": "application/json", "Origin": origin})
            target.refuse(answer, f"A change from {origin}", 403)
            if answer.headers.get("access-control-allow-origin"):
                raise Breach(f"The web page {origin} may read answers.")
        ask = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
        answer = target.send("OPTIONS", path, headers=ask)
        if answer.headers.get("access-control-allow-origin"):
            raise Breach("A foreign web page is told that it may send changes.")
    answer = target.get("/api/2.0/mlflow/experiments/search?max_results=1", {"Origin": "https://evil.example"})
    if answer.headers.get("access-control-allow-origin"):
        raise Breach("A foreign web page may read what experiments there are.")


def from_this_machine(target: Target) -> None:
    """Send a change from a web page that another program of this machine serves."""
    for origin in ("http://localhost:3000", "http://127.0.0.1:1", "http://[::1]:8888"):
        path = f"{target.base}/api/2.0/mlflow/experiments/create"
        answer = target.send("POST", path, {"name": f"forged-{target.mark}"}, {"Origin": origin})
        target.refuse(answer, f"A change from {origin}", 403)


def rebind(*hosts: str) -> Callable[[Target], None]:
    """Come by a name that was made to resolve to the server."""

    def run(target: Target) -> None:
        for host in hosts:
            operations = [f"{root}/mlflow/experiments/search?max_results=1" for root in target.roots]
            for path in ("/", "/health", *operations):
                target.refuse(target.get(path, {"Host": host}), f"A request to the host {host}", 400, 403)

    return run


def frame(target: Target) -> None:
    """Show the page in a frame of another page, or load scripts from elsewhere into it."""
    answer = target.get("/")
    policy = answer.headers.get("content-security-policy", "")
    if not re.search(r"frame-ancestors '(none|self)'", policy):
        raise Breach("Any web page may show this one in a frame.")
    scripts = re.search(r"script-src ([^;]*)", policy) or re.search(r"default-src ([^;]*)", policy)
    if scripts is None or scripts[1].split() not in (["'self'"], ["'none'"]):
        raise Breach(f"The page may run scripts from elsewhere: {policy or 'it has no policy'}.")


BROWSER = [
    Attack("WB-01", "headers and addresses reflected as HTML", reflect),
    Attack("WB-04", "an HTML file with a script, opened directly", partial(show_file, row="WB-04")),
    Attack("WB-05", "a notebook with a script in its output", partial(show_file, row="WB-05")),
    Attack("WB-06", "a picture with a script", partial(show_file, row="WB-06")),
    Attack("WB-11", "a web page that drives the API through a browser", forge),
    Attack("WB-12", "DNS rebinding", rebind("evil.example", "localhost.evil.example")),
    Attack(
        "WB-13",
        "rebinding names that look like addresses",
        rebind("10.evil.example", "192.168.attacker.example:5000", "172.16.rebind.example", "127.0.0.1.nip.example"),
    ),
    Attack("WB-14", "web pages of other programs on this machine", from_this_machine),
    Attack("WB-15", "clickjacking, scripts from elsewhere", frame),
]
