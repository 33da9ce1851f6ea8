"""Requests that wait for the model are predicted together: one call for all of them, and to each its own rows.

Nothing waits for others to come: a request that finds the model free is asked at once, and those that arrive
meanwhile are the next batch. Requests are joined only where the signature gives every value its type, so that no
row is read otherwise than alone; a batch that fails is asked again request by request, so that each gets its own answer
or error.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from flowmill.errors import Unavailable
from flowmill.models.infer import is_array, is_frame, is_series
from flowmill.models.quick_frames import Table, rows_in

Answer = str | Exception


@dataclass
class Waiting:
    """A request whose table is read, and who waits for its answer."""

    table: Table
    answer: asyncio.Future[Answer]

    @property
    def rows(self) -> int:
        """Rows of the request."""
        return rows_in(self.table)


class Batches:
    """Joins requests to batches of at most ``most_rows`` rows, one batch under way at a time.

    ``predict``: answers for the requests of a batch, in their order. ``most_waiting``: requests that may wait.
    """

    def __init__(
        self, predict: Callable[[list[Table]], Awaitable[list[Answer]]], most_rows: int, most_waiting: int
    ) -> None:
        self._predict = predict
        self._most_rows = most_rows
        self._most_waiting = most_waiting
        self._waiting: deque[Waiting] = deque()
        self._worker: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Requests that wait for the next batch."""
        return len(self._waiting)

    async def answer(self, table: Table) -> str:
        """The answer to a request; Unavailable if too many wait."""
        if len(self._waiting) >= self._most_waiting:
            raise Unavailable(f"{len(self._waiting)} predictions wait, which is what is accepted. Try again.")
        one = Waiting(table, asyncio.get_running_loop().create_future())
        self._waiting.append(one)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        answer = await one.answer
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _work(self) -> None:
        while self._waiting:
            batch = self._next()
            try:
                answers = await self._predict([one.table for one in batch])
            except Exception as error:  # such as: it took too long
                answers = [error] * len(batch)
            for one, answer in zip(batch, answers, strict=True):
                if not one.answer.done():  # else the client has left
                    one.answer.set_result(answer)

    def _next(self) -> list[Waiting]:
        batch = [self._waiting.popleft()]
        rows = batch[0].rows
        while self._waiting and rows + self._waiting[0].rows <= self._most_rows:
            batch.append(self._waiting.popleft())
            rows += batch[-1].rows
        return batch


def parts_of(answer: Any, sizes: list[int]) -> list[Any] | None:
    """The answer's rows for each request, None if it has not one for each row that was asked."""
    by_place = is_frame(answer) or is_series(answer)
    if not by_place and not isinstance(answer, list) and not (is_array(answer) and answer.ndim):
        return None
    if len(answer) != sum(sizes):
        return None
    rows: Any = answer.iloc if by_place else answer  # pyright: ignore[reportAttributeAccessIssue]
    ends = list(itertools.accumulate(sizes))
    return [rows[end - size : end] for size, end in zip(sizes, ends, strict=True)]
