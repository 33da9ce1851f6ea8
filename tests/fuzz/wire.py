"""A client that sends any bytes and reads what comes back, and what an answer must be whatever was asked."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.fuzz.requests import Call

CANARY = "flowmill-canary-7f3a"
LONGEST_MESSAGE = 4000
PATIENCE = 20.0
"""Seconds in which every answer is there, on a machine that does other things too."""


@dataclass
class Answer:
    """What came back; ``status`` 0 for a connection that was closed without an answer."""

    status: int
    headers: dict[str, str]
    body: bytes


class Wire:
    """One kept connection to a server at `address`, made again when it was closed."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._place = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._socket: socket.socket | None = None
        self._kept = b""

    def ask(self, call: Call) -> Answer:
        """Send a request and read its answer."""
        head = (
            f"{call.method} {call.target} HTTP/1.1\r\nHost: {self._place[0]}:{self._place[1]}\r\nX-Canary: {CANARY}\r\n"
        )
        if call.content_type is not None:
            head += f"Content-Type: {call.content_type}\r\n"
        if call.body or call.method not in ("GET", "HEAD"):
            head += f"Content-Length: {len(call.body)}\r\n"
        return self.send(head.encode("latin-1", "replace") + b"\r\n" + call.body, head_only=call.method == "HEAD")

    def send(self, content: bytes, *, head_only: bool = False) -> Answer:
        """Send bytes and read one answer; once more on a new connection if the server had closed this one."""
        for fresh in (self._socket is None, True):
            if self._socket is None:
                self._socket = socket.create_connection(self._place, timeout=PATIENCE)
                self._kept = b""
            try:
                self._socket.sendall(content)
                answer = self._read(self._socket, head_only)
            except (ConnectionResetError, BrokenPipeError, ConnectionAbortedError):
                answer = Answer(0, {}, b"")
            if answer.status == 0 or answer.headers.get("connection") == "close":
                self.close()
            if answer.status or fresh:
                return answer
        return Answer(0, {}, b"")

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _read(self, connection: socket.socket, head_only: bool) -> Answer:
        while b"\r\n\r\n" not in self._kept:
            if not self._more(connection):
                return Answer(0, {}, b"")
        head, _, self._kept = self._kept.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        status = int(lines[0].split()[1])
        if head_only or status in (204, 304):
            return Answer(status, headers, b"")
        if headers.get("transfer-encoding") == "chunked":
            while not self._kept.endswith(b"0\r\n\r\n"):
                if not self._more(connection):
                    break
            body, self._kept = self._kept, b""
            return Answer(status, headers, body)
        size = int(headers.get("content-length", "0"))
        while len(self._kept) < size:
            if not self._more(connection):
                break
        body, self._kept = self._kept[:size], self._kept[size:]
        return Answer(status, headers, body)

    def _more(self, connection: socket.socket) -> bool:
        part = connection.recv(1 << 20)
        self._kept += part
        return bool(part)


def check(call: Call, answer: Answer, folder: Path) -> Any:
    """The answer's JSON if it is a success; AssertionError if it is not what every answer must be."""
    shown = f"{call}\n-> {answer.status} {answer.headers} {answer.body[:2000]!r}"
    if answer.status == 400 and answer.body == b"Invalid HTTP request received.":
        return None  # refused by the HTTP parser before it is a request
    assert 200 <= answer.status < 500, shown
    text = answer.body.decode("utf-8", "replace")
    assert CANARY not in text and CANARY not in str(answer.headers), shown
    if answer.status < 400:
        return json.loads(answer.body) if answer.headers.get("content-type") == "application/json" and text else None
    if call.method == "HEAD":
        return None
    error = json.loads(answer.body)
    assert set(error) == {"error_code", "message"}, shown
    assert isinstance(error["error_code"], str) and error["error_code"].replace("_", "").isalnum(), shown
    message = error["message"]
    assert isinstance(message, str) and message.strip() and len(message) <= LONGEST_MESSAGE, shown
    for secret in ("Traceback", 'File "', str(folder), "site-packages", "psycopg", "sqlite3.", "SELECT ", "0x7f"):
        assert secret not in message or secret.encode() in call.body or secret in call.target, shown
    return None
