"""Those who wait for what a thread of the store does: other threads, or an event loop's requests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeAlias

from flowmill.errors import FlowmillError
from flowmill.store.sql.handler import Failure

if TYPE_CHECKING:
    import asyncio  # a script without a server does not pay for it

Waiter: TypeAlias = "Future[Any] | asyncio.Future[Any]"


def is_awaited(waiter: Waiter) -> bool:
    """Whoever asked may have left meanwhile: then it is cancelled, and nothing needs to be done."""
    if isinstance(waiter, Future):
        return waiter.set_running_or_notify_cancel()
    return not waiter.cancelled()


def give_answers(answers: Iterable[tuple[Waiter, Any]]) -> None:
    """Hand over results, or what failed; an event loop is woken once for all that are its own."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = defaultdict(list)
    for waiter, result in answers:
        if isinstance(waiter, Future):
            _answer(waiter, result)
        else:
            by_loop[waiter.get_loop()].append((waiter, result))
    for loop, some in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_answer_all, some)


def _answer_all(answers: list[tuple[asyncio.Future[Any], Any]]) -> None:
    for future, result in answers:
        if not future.done():
            _answer(future, result)


def _answer(waiter: Waiter, result: Any) -> None:
    if isinstance(result, Failure):
        _forget_frames(result.error)
        waiter.set_exception(result.error)
    else:
        waiter.set_result(result)


def _forget_frames(error: BaseException) -> None:
    """A refusal needs no traceback, whose frames hold all that was asked, and by the waiter the error itself: such
    rings live until they are looked for. A defect keeps its own for the log."""
    each: BaseException | None = error if isinstance(error, FlowmillError) else None
    while each is not None:
        each.__traceback__ = None
        each = each.__cause__ or each.__context__
