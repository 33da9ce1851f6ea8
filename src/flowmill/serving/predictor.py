"""From the bytes of a request to the text of its answer, with the model between them."""

from __future__ import annotations

import logging
import threading
import uuid
from typing import Any

from flowmill.errors import FlowmillError, Invalid, TooLarge
from flowmill.models.formats import (
    input_of,
    is_chat,
    object_of,
    read_arrow,
    read_csv,
    read_parquet,
    write_answer,
    write_chat,
)
from flowmill.models.infer import is_array, is_frame
from flowmill.models.pyfunc import PyFuncModel
from flowmill.serving.errors import ModelFailed, Unreadable
from flowmill.serving.turns import Turns

JSON = "application/json"
CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"
ARROW = "application/vnd.apache.arrow.stream"
KINDS = (JSON, CSV, PARQUET, ARROW)
"""Content types that are read."""

_log = logging.getLogger("flowmill.serving")


class Predictor:
    """Predicts in turns. ``most_rows``: of one request, 0 for any number; ``most_unpacked``: bytes of a packed table.

    ``rows`` and ``calls`` count what the model was given, for `/metrics`.
    """

    def __init__(self, model: PyFuncModel, turns: Turns, *, most_rows: int = 0, most_unpacked: int = 2**26) -> None:
        self.turns = turns
        self.rows = 0
        self.calls = 0
        self._model = model
        self._schema = model.metadata.get_input_schema()
        self._most_rows = most_rows
        self._most_unpacked = most_unpacked
        self._counting = threading.Lock()

    async def answer(self, kind: str, body: bytes) -> str:
        """The JSON text that answers a body of this content type."""
        return await self.turns.run(lambda: self._answer(kind, body))

    def _answer(self, kind: str, body: bytes) -> str:
        """Runs in a thread."""
        if kind == JSON:
            return self._answer_json(body)
        return write_answer(self.predict(self._read_table(kind, body), None))

    def _answer_json(self, body: bytes) -> str:
        try:
            asked = object_of(body)
            data, params = input_of(asked, self._schema)
        except Invalid as error:
            raise Unreadable(error.message) from None
        answer = self.predict(data, params)
        return write_chat(answer) if is_chat(asked) else write_answer(answer)

    def _read_table(self, kind: str, body: bytes) -> Any:
        try:
            if kind == CSV:
                return read_csv(body, self._schema)
            read = read_parquet if kind == PARQUET else read_arrow
            return read(body, self._schema, self._most_unpacked)
        except Invalid as error:
            raise Unreadable(error.message) from None

    def predict(self, data: Any, params: dict[str, Any] | None) -> Any:
        """The model's answer; what the user's own code raises becomes a number that the log explains."""
        rows = len(data) if is_frame(data) or isinstance(data, list) or (is_array(data) and data.ndim) else 1
        if self._most_rows and rows > self._most_rows:
            raise TooLarge(f"The input has {rows:,} rows; at most {self._most_rows:,} are accepted.")
        with self._counting:
            self.rows += rows
            self.calls += 1
        try:
            return self._model.predict(data, params=params)
        except FlowmillError:
            raise
        except Exception:  # its words may hold paths and data, so they stay here
            number = uuid.uuid4().hex[:8]
            _log.exception("the model failed (%s)", number)
            raise ModelFailed(
                f"The model could not predict from this input; the server's log has the reason under {number}."
            ) from None
