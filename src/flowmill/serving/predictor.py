"""From the bytes of a request to the text of its answer, with the model between them."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from typing import Any

from flowmill.errors import FlowmillError, Invalid
from flowmill.models.enforce import DoesNotFit
from flowmill.models.formats import (
    check_rows,
    has_more_rows,
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
from flowmill.models.prediction_context import predicting_for_clients
from flowmill.models.pyfunc_model import PyFuncModel
from flowmill.models.quick_frames import QuickFrames, Table, TooWide, rows_in
from flowmill.serving.batches import Answer, Batches, parts_of
from flowmill.serving.errors import ModelFailed, Unreadable
from flowmill.serving.quick_model import array_predictor
from flowmill.serving.quickness import Quickness
from flowmill.serving.turns import Turns

JSON = "application/json"
CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"
ARROW = "application/vnd.apache.arrow.stream"
KINDS = (JSON, CSV, PARQUET, ARROW)
"""Content types that are read."""

_SMALL = 64 * 1024
"""Bytes of a body that is read by the event loop itself, to be joined with others or answered at once."""

_log = logging.getLogger("flowmill.serving")


class Predictor:
    """Predicts in turns. ``most_rows``: of one request, 0 for any number; ``most_unpacked``: bytes of a packed table.

    ``batch_rows``: rows of requests that wait which may be predicted in one call, 0 for a call each;
    ``most_waiting``: of these requests. ``rows`` and ``calls`` count what the model was given, for `/metrics`.
    """

    def __init__(
        self,
        model: PyFuncModel,
        turns: Turns,
        *,
        most_rows: int = 0,
        most_unpacked: int = 2**26,
        batch_rows: int = 0,
        most_waiting: int = 200,
    ) -> None:
        self.turns = turns
        self.rows = 0
        self.calls = 0
        self._model = model
        self._schema = model.metadata.get_input_schema()
        signature = model.metadata.signature
        by_hint = signature is not None and signature.is_from_type_hint
        self._quick = QuickFrames(None if by_hint else self._schema)
        self._by_array = array_predictor(model, self._quick)
        # Code of a user's own may wait for anything: it never holds up the loop.
        self._quickness = Quickness(self._by_array is not None)
        self._joins = True
        self._most_rows = most_rows
        self._most_unpacked = most_unpacked
        self._counting = threading.Lock()
        self._batches = (
            Batches(self._answer_batch, batch_rows, most_waiting) if batch_rows and self._quick.applies else None
        )

    @property
    def waiting(self) -> int:
        """Predictions that wait for their turn or for the next batch."""
        return self.turns.waiting + (self._batches.waiting if self._batches is not None else 0)

    async def answer(self, kind: str, body: bytes) -> str:
        """The JSON text that answers a body of this content type."""
        if kind == JSON and len(body) <= _SMALL and (self._batches is not None or self._quickness.is_known):
            table = self._table_of(body)
            if table is not None and self._batches is not None:
                check_rows(rows_in(table), self._most_rows)
                return await self._batches.answer(table)
            if table is not None and not self.turns.running and self._quickness.suffices(rows_in(table)):
                return write_answer(self._predict_table(table))
        return await self.turns.run(lambda: self._answer(kind, body))

    async def _answer_batch(self, batch: list[Table]) -> list[Answer]:
        return await self.turns.run(lambda: self._predict_batch(batch))

    def _predict_batch(self, batch: list[Table]) -> list[Answer]:
        """Runs in a thread: one call for all, else a call for each."""
        if len(batch) == 1 or not self._joins:
            return [self._alone(table) for table in batch]
        sizes = [rows_in(table) for table in batch]
        try:
            answer = self._counted(sum(sizes), lambda: self._ask(self._quick.joined(batch)))
        except Exception:  # whose fault it is the calls one by one will tell
            return [self._alone(table) for table in batch]
        parts = parts_of(answer, sizes)
        if parts is None:
            self._joins = False
            _log.warning("The model answers not a row for a row, so requests are not joined to batches any more.")
            return [self._alone(table) for table in batch]
        try:
            return [write_answer(part) for part in parts]
        except FlowmillError:  # a value that JSON cannot hold
            return [self._alone(table) for table in batch]

    def _alone(self, table: Table) -> Answer:
        try:
            return write_answer(self._predict_table(table))
        except Exception as error:  # of this request alone: the others of its batch get their answers
            return error

    def _answer(self, kind: str, body: bytes) -> str:
        """Runs in a thread."""
        if kind == JSON:
            return self._answer_json(body)
        return write_answer(self._predict(self._read_table(kind, body), None))

    def _table_of(self, body: bytes) -> Table | None:
        """The table of a request that fits the signature as it is; None for any other."""
        table = self._quick.read(body)
        return table if table is not None else self._quick.columns_of(_object_of(body))

    def _answer_json(self, body: bytes) -> str:
        if self._most_rows and len(body) > _SMALL and has_more_rows(body, self._most_rows):
            # Millions of rows that are refused anyway would be a gigabyte of values first.
            check_rows(self._most_rows + 1, self._most_rows, more=True)
        table = self._quick.read(body)
        if table is not None:
            return write_answer(self._predict_table(table))
        asked = _object_of(body)
        table = self._quick.columns_of(asked)
        if table is not None:
            return write_answer(self._predict_table(table))
        try:
            data, params = input_of(asked, self._schema)
        except Invalid as error:
            raise Unreadable(error.message) from None
        answer = self._predict(data, params)
        return write_chat(answer) if is_chat(asked) else write_answer(answer)

    def _read_table(self, kind: str, body: bytes) -> Any:
        try:
            if kind == CSV:
                return read_csv(body, self._schema, self._most_rows)
            read = read_parquet if kind == PARQUET else read_arrow
            return read(body, self._schema, self._most_unpacked, self._most_rows)
        except Invalid as error:
            raise Unreadable(error.message) from None

    def _predict_table(self, table: Table) -> Any:
        """The model's answer for a table that fits its signature."""
        rows = rows_in(table)
        check_rows(rows, self._most_rows)
        try:
            with self._quickness.measured(rows):
                return self._counted(rows, lambda: self._guarded(lambda: self._ask(table)))
        except TooWide:  # the long way says which number
            split = {"columns": self._quick.names, "data": self._quick.rows(table)}
            return self._predict(input_of({"dataframe_split": split}, self._schema)[0], None)

    def _ask(self, table: Table) -> Any:
        """The model's answer; TooWide for a number that its column cannot hold."""
        if self._by_array is not None:
            return self._by_array(table)
        return self._model.predict_fitting(self._quick.frame(table))

    def _predict(self, data: Any, params: dict[str, Any] | None) -> Any:
        """The model's answer for data that is checked against its signature first."""
        rows = len(data) if is_frame(data) or isinstance(data, list) or (is_array(data) and data.ndim) else 1
        check_rows(rows, self._most_rows)
        return self._counted(rows, lambda: self._guarded(lambda: self._model.predict(data, params=params)))

    def _guarded(self, predict: Callable[[], Any]) -> Any:
        """What the user's own code raises becomes a number that the log explains."""
        try:
            with predicting_for_clients():
                return predict()
        except FlowmillError:
            raise
        except Exception:  # its words may hold paths and data, so they stay here
            number = uuid.uuid4().hex[:8]
            _log.exception("the model failed (%s)", number)
            raise ModelFailed(
                f"The model could not predict from this input; the server's log has the reason under {number}."
            ) from None

    def _counted(self, rows: int, ask: Callable[[], Any]) -> Any:
        """What the model answers; that it was asked is counted, whether it fails or not."""
        try:
            answer = ask()
        except (TooWide, DoesNotFit):  # it was nothing for the model, which has not seen it
            raise
        except BaseException:
            self._count(rows)
            raise
        self._count(rows)
        return answer

    def _count(self, rows: int) -> None:
        with self._counting:
            self.rows += rows
            self.calls += 1


def _object_of(body: bytes) -> dict[str, Any]:
    try:
        return object_of(body)
    except Invalid as error:
        raise Unreadable(error.message) from None
