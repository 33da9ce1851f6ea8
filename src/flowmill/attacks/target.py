"""A server under attack, and the harmless things in it that the attacks aim at.

`Target.open` makes an experiment with a run, a model and a file, and sees that they can be read: an attack that is
refused proves nothing where nothing is to be had. Every answer is looked at, whatever the attack was for.
"""

from __future__ import annotations

import http.client
import json
import re
import secrets
import ssl
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec

from flowmill.attacks.attack import Breach
from flowmill.errors import Invalid, Unavailable

ROOTS = ("/api/2.0", "/ajax-api/2.0", "/api/2.0/preview", "/ajax-api/2.0/preview", "/api/3.0", "/ajax-api/3.0")
"""Every name under which an operation may answer: several of MLflow's holes were the same call by its other name."""

CONTENT = b"this file may be read"
_FILE = "canary/file.txt"
_TRACES = (b"Traceback (most recent", b"site-packages", b'.py", line')
_PASSWORDS = re.compile(rb"root:[^:\n]*:0:0:")
_SECONDS = 30.0


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def fields(self) -> Any:
        """The body as JSON; None if it is none."""
        try:
            return msgspec.json.decode(self.body)
        except msgspec.MsgspecError:
            return None


class Target:
    """A server at ``address`` with what `open` made in it.

    ``login``: headers that every request carries. ``hidden``: what no answer may ever hold.
    """

    def __init__(self, address: str, login: Mapping[str, str] | None = None, hidden: tuple[bytes, ...] = ()) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Invalid(f"Invalid address {address!r}: expected http://host:port of a server of your own.")
        self.host = parts.netloc.rpartition("@")[2]
        self.origin = f"{parts.scheme}://{self.host}"
        self.base = parts.path.rstrip("/")
        self.mark = f"attack-{secrets.token_hex(6)}"
        self.roots: tuple[str, ...] = ROOTS
        self.experiment_id = self.run_id = self.model_id = ""
        self._secure = parts.scheme == "https"
        self._login = dict(login or {})
        self._hidden = hidden
        self._connection: http.client.HTTPConnection | None = None

    @property
    def place(self) -> str:
        """The folder of the run's files, below the server's root."""
        return f"{self.experiment_id}/{self.run_id}/artifacts"

    @contextmanager
    def open(self) -> Generator[Target]:
        """Make what the attacks aim at, and take it away again."""
        self._make()
        try:
            self.prove()
            yield self
        finally:
            with suppress(Breach, Unavailable):
                self.call("experiments/delete", {"experiment_id": self.experiment_id})
                self.call("registered-models/delete", {"name": self.mark}, method="DELETE")
                # Nothing stays in the trash; a server of MLflow has none to empty.
                purge = {"experiment_ids": [self.experiment_id]}
                self.send("POST", f"{self.base}/api/flowmill/1/trash/purge", purge)
            if self._connection is not None:
                self._connection.close()

    def prove(self) -> None:
        """See that what is to be protected is there and can be read by who may."""
        answer = self.get(f"/get-artifact?run_id={self.run_id}&path={_FILE}")
        if answer.status != 200 or answer.body != CONTENT:
            raise Breach(f"The file that may be read is not there any more (status {answer.status}).")

    def _make(self) -> None:
        experiment = self.call("experiments/create", {"name": self.mark})
        if experiment.status != 200:
            raise Unavailable(
                f"{self.origin}{self.base} did not let an experiment be made (status {experiment.status}), so that "
                "nothing can be tried there; give the address of a server and, if it wants one, your login."
            )
        self.experiment_id = experiment.fields["experiment_id"]
        self.run_id = self.call("runs/create", {"experiment_id": self.experiment_id}).fields["run"]["info"]["run_id"]
        model = self.call("logged-models", {"experiment_id": self.experiment_id, "name": "canary"}).fields["model"]
        self.model_id = model["info"]["model_id"]
        self.call("registered-models/create", {"name": self.mark})
        place = f"{self.base}/api/2.0/mlflow-artifacts/artifacts/{self.place}/{_FILE}"
        self.send("PUT", place, CONTENT)
        # An address that answers nothing at all is no way in, and no proof either.
        known = f"/mlflow/experiments/get?experiment_id={self.experiment_id}"
        self.roots = tuple(root for root in ROOTS if self.get(root + known).status == 200)
        if not self.roots:
            raise Unavailable(f"{self.origin}{self.base} answers under none of {', '.join(ROOTS)}.")

    def call(
        self, operation: str, fields: Mapping[str, Any], *, root: str = "/api/2.0", method: str = "POST"
    ) -> Answer:
        """An operation of MLflow's API, with these fields as JSON."""
        return self.send(method, f"{self.base}{root}/mlflow/{operation}", fields)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """A GET below the server's address."""
        return self.send("GET", self.base + path, headers=headers)

    def send(
        self,
        method: str,
        path: str,
        body: bytes | Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request, sent as it is, and looked at: `Breach` if the answer gives anything away.

        Of ``headers`` an empty one is left out.
        """
        content = json.dumps(body).encode() if isinstance(body, Mapping) else body
        sent = {"Host": self.host, **self._login}
        if isinstance(body, Mapping):
            sent["Content-Type"] = "application/json"
        sent |= headers or {}
        answer = self._send(method, path, content, {name: value for name, value in sent.items() if value})
        self._look_at(answer, f"{method} {path[:150]}")
        return answer

    def refuse(self, answer: Answer, what: str, *statuses: int) -> None:
        """`Breach` unless the answer is a refusal, one of ``statuses`` if there are any."""
        if answer.status < 400 or (statuses and answer.status not in statuses):
            wanted = " or ".join(map(str, statuses)) or "an error"
            raise Breach(f"{what} was answered with {answer.status} instead of {wanted}.")

    def _look_at(self, answer: Answer, what: str) -> None:
        if answer.status >= 500 and answer.status not in (501, 503):
            raise Breach(f"{what} gave status {answer.status}.")
        if any(hidden in answer.body for hidden in self._hidden) or _PASSWORDS.search(answer.body):
            raise Breach(f"{what} gave away what lies outside of the artifacts.")
        if answer.status >= 400 and any(trace in answer.body for trace in _TRACES):
            raise Breach(f"{what} shows the inside of the server.")
        if answer.status >= 400 and answer.body:
            fields = answer.fields
            if not isinstance(fields, dict) or "error_code" not in fields:
                raise Breach(f"{what} gave status {answer.status} without an error in MLflow's shape.")
        if answer.headers.get("x-content-type-options", "nosniff" if not answer.body else "") != "nosniff":
            raise Breach(f"{what} lets a browser guess the type of the answer.")

    def _send(self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]) -> Answer:
        for _ in range(2):  # a kept connection may have been closed meanwhile
            connection = self._connection or self._connect()
            try:
                return self._exchange(connection, method, path, content, headers)
            except (ConnectionError, http.client.HTTPException):
                connection.close()
                self._connection = None
            except OSError as error:
                connection.close()
                self._connection = None
                raise Unavailable(f"{self.origin} does not answer ({error}); check the address.") from None
        raise Unavailable(f"{self.origin} does not answer, or breaks off connections; check the address.")

    def _exchange(
        self, connection: http.client.HTTPConnection, method: str, path: str, content: bytes | None,
        headers: Mapping[str, str],
    ) -> Answer:  # fmt: skip
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        if content is not None:
            connection.putheader("Content-Length", str(len(content)))
        with suppress(BrokenPipeError):  # it has had enough, and said so before
            connection.endheaders(content)
        response = connection.getresponse()
        self._connection = connection
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())

    def _connect(self) -> http.client.HTTPConnection:
        if self._secure:
            return http.client.HTTPSConnection(self.host, timeout=_SECONDS, context=ssl.create_default_context())
        return http.client.HTTPConnection(self.host, timeout=_SECONDS)
