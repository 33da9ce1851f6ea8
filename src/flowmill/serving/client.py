"""Asking a scoring server from Python, by the names that MLflow has for it."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
import uuid
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import urllib3

from flowmill.errors import FlowmillError, Invalid, Unavailable, error_from_wire
from flowmill.models.example import serving_text

_TIMEOUT = 120.0


class PredictionsResponse(dict[str, Any]):
    """What the server answered; the predictions stand under ``predictions``."""

    def get_predictions(self, predictions_format: str = "dataframe", dtype: Any = None) -> Any:
        """The predictions as a ``dataframe`` or an ``ndarray``, of this dtype."""
        import numpy
        import pandas

        if predictions_format == "dataframe":
            frame = pandas.DataFrame(self["predictions"])
            return frame if dtype is None else frame.astype(dtype)
        if predictions_format == "ndarray":
            return numpy.array(self["predictions"], dtype)
        raise Invalid(f"predictions_format is {predictions_format!r}: expected dataframe or ndarray.")

    def to_json(self, path: str | None = None) -> str | None:
        """The answer as JSON text; None if it was written to a file."""
        text = json.dumps(self)
        if path is None:
            return text
        Path(path).write_text(text, encoding="utf-8")
        return None

    @classmethod
    def from_json(cls, json_str: str) -> PredictionsResponse:
        """The answer of a server as JSON text; Invalid if it is none."""
        try:
            body = json.loads(json_str)
        except ValueError as error:
            raise Invalid(f"The answer is no JSON ({error}).") from None
        if not isinstance(body, dict) or "predictions" not in body:
            raise Invalid(f"The answer has no predictions: {json_str[:200]!r}.")
        return cls(body)


class BaseScoringServerClient(ABC):
    """What a client of a scoring server can do."""

    @abstractmethod
    def wait_server_ready(self, timeout: float = 30, scoring_server_proc: subprocess.Popen[Any] | None = None) -> None:
        """Return when the server answers; Unavailable after ``timeout`` seconds or when its process has ended."""

    @abstractmethod
    def invoke(self, data: Any, params: dict[str, Any] | None = None) -> PredictionsResponse:
        """The model's answer to a frame, array, list or dict of columns."""


class ScoringServerClient(BaseScoringServerClient):
    """A client of the server at a host and port."""

    def __init__(self, host: str, port: int) -> None:
        self.url_prefix = f"http://{host}:{port}"
        self._pool = urllib3.PoolManager(timeout=_TIMEOUT, retries=False)

    def ping(self) -> None:
        """Nothing if the server answers; Unavailable if not."""
        self._get("/ping")

    def get_version(self) -> str:
        """The version of MLflow whose protocol the server speaks."""
        return self._get("/version")

    def wait_server_ready(self, timeout: float = 30, scoring_server_proc: subprocess.Popen[Any] | None = None) -> None:
        """Return when the server answers; Unavailable after ``timeout`` seconds or when its process has ended."""
        end = time.monotonic() + timeout
        while True:
            try:
                return self.ping()
            except Unavailable:
                code = None if scoring_server_proc is None else scoring_server_proc.poll()
                if code is not None:
                    raise Unavailable(f"The scoring server ended with {code} before it answered.") from None
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def invoke(self, data: Any, params: dict[str, Any] | None = None) -> PredictionsResponse:
        """The model's answer to a frame, array, list or dict of columns; the server's own error if it refuses."""
        body = serving_text(data, params).encode()
        answer = self._pool.request(
            "POST", f"{self.url_prefix}/invocations", body=body, headers={"Content-Type": "application/json"}
        )
        text = answer.data.decode()
        if answer.status != 200:
            raise _refusal(text, answer.status)
        return PredictionsResponse.from_json(text)

    def _get(self, path: str) -> str:
        try:
            answer = self._pool.request("GET", f"{self.url_prefix}{path}")
        except urllib3.exceptions.HTTPError:
            raise Unavailable(f"There is no scoring server at {self.url_prefix}.") from None
        if answer.status != 200:
            raise Unavailable(f"The server at {self.url_prefix} answered {path} with {answer.status}.")
        return answer.data.decode()


class StdinScoringServerClient(BaseScoringServerClient):
    """A client of a scoring server without a port, ``python -m flowmill.serving.by_lines MODEL``.

    ``process``: the server, started with ``stdin=subprocess.PIPE, text=True``. One question at a time.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        super().__init__()
        self.process = process

    def wait_server_ready(self, timeout: float = 30, scoring_server_proc: subprocess.Popen[Any] | None = None) -> None:
        """Unavailable if the process has ended; it reads what is written to it once it has loaded the model."""
        code = self.process.poll()
        if code is not None:
            raise Unavailable(f"The scoring server ended with {code}.")

    def invoke(self, data: Any, params: dict[str, Any] | None = None) -> PredictionsResponse:
        """The model's answer to a frame, array, list or dict of columns; the server's own error if it refuses."""
        stdin = self.process.stdin
        if stdin is None:
            raise Invalid("The process takes no input: start it with stdin=subprocess.PIPE.")
        with tempfile.TemporaryDirectory(prefix="flowmill-scoring-") as folder:
            answer = Path(folder) / "output.json"
            line = {"id": str(uuid.uuid4()), "data": serving_text(data, params), "output_file": str(answer)}
            self.wait_server_ready()
            stdin.write(json.dumps(line) + "\n")
            stdin.flush()
            pause = 0.001
            while not answer.exists():
                self.wait_server_ready()
                time.sleep(pause)
                pause = min(pause * 1.5, 0.05)
            text = answer.read_text(encoding="utf-8")
        if "predictions" not in json.loads(text):
            raise _refusal(text, 400)
        return PredictionsResponse.from_json(text)


def _refusal(text: str, status: int) -> FlowmillError:
    try:
        body = json.loads(text)
        return error_from_wire(str(body["error_code"]), str(body["message"]))
    except (ValueError, KeyError, TypeError):
        return FlowmillError(f"The scoring server answered with {status}: {text[:200]}")
