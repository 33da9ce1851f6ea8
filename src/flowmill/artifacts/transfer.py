"""Many files at once, and big files in parts: in parallel, tried again part by part, continued after a break."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO, TypeVar

from flowmill.artifacts.bar import Bar
from flowmill.artifacts.store import ArtifactStream, unfinished_name
from flowmill.errors import Unavailable

Item = TypeVar("Item")
Result = TypeVar("Result")

PARALLEL_TRANSFERS = 8
PART_RETRIES = 4

OpenRange = Callable[[int, int], ArtifactStream]
"""The stream of bytes ``start`` to ``start + length`` of one file."""


def in_parallel(
    function: Callable[[Item], Result], items: Iterable[Item], width: int = PARALLEL_TRANSFERS, *, what: str = ""
) -> list[Result]:
    """The results in order; after the first failure nothing new is begun.

    ``what`` is done, for the line that a terminal shows if it takes long; no line if it is empty.
    """
    waiting = list(items)
    if len(waiting) < 2:
        return [function(item) for item in waiting]
    with (
        Bar(what, len(waiting)) if what else nullcontext() as bar,
        ThreadPoolExecutor(min(width, len(waiting)), "artifact-transfer") as threads,
    ):
        futures = [threads.submit(function, item) for item in waiting]
        if bar is not None:
            for future in futures:
                future.add_done_callback(lambda _, bar=bar: bar.step())
        try:
            return [future.result() for future in futures]
        finally:
            threads.shutdown(wait=True, cancel_futures=True)


def tried_again(function: Callable[[], Result], retries: int = PART_RETRIES) -> Result:
    """The result, after up to ``retries`` more attempts while the other side is away; pauses grow to 5 s."""
    for attempt in range(retries):
        try:
            return function()
        except Unavailable:
            time.sleep(min(5.0, 0.2 * 2**attempt))
    return function()


def fetch_in_parts(
    open_range: OpenRange, size: int, tag: str | None, destination: Path, part_bytes: int, retries: int = PART_RETRIES
) -> None:
    """Write the local file ``destination`` of ``size`` bytes from parts that are fetched side by side.

    What arrived is kept beside the destination in one hidden file, the parts with a byte for each of them at the
    end that says whether it is complete. When the fetch breaks, the file stays, and the next fetch of the same
    content (``tag``) continues it.
    """
    count = max(1, -(-size // part_bytes))
    with _unfinished(destination, f"{tag} {size} {part_bytes}" if tag else None, size + count) as (path, file):
        handle = file.fileno()
        done = os.pread(handle, count, size)

        def fetch(number: int) -> None:
            start = number * part_bytes
            _fetch_range(open_range, handle, start, min(size, start + part_bytes), retries)
            os.pwrite(handle, b"\1", size + number)

        missing = [number for number in range(count) if not done[number]]
        in_parallel(fetch, missing, what=f"Fetching parts of {destination.name}")
        os.truncate(handle, size)
        path.replace(destination)


def _fetch_range(open_range: OpenRange, handle: int, start: int, end: int, retries: int) -> None:
    """Write bytes ``start`` to ``end`` to where they belong, continuing where a connection broke."""
    at, failures = start, 0
    while at < end:
        before = at
        try:
            with open_range(at, end - at) as stream:
                for chunk in stream:
                    if at + len(chunk) > end:
                        raise Unavailable("The server sent more than was asked for; try again.")
                    at += os.pwrite(handle, chunk, at)
            if at < end:
                raise Unavailable(f"The file ended after {at:,} of {end:,} bytes; it was changed meanwhile. Try again.")
        except Unavailable:
            failures = 0 if at > before else failures + 1
            if failures > retries:
                raise
            time.sleep(min(5.0, 0.2 * 2**failures) if failures else 0)


@contextmanager
def _unfinished(destination: Path, content: str | None, size: int) -> Generator[tuple[Path, BinaryIO]]:
    """The open hidden file in which ``destination`` grows; the same one for the same content, unless another
    process is busy with it."""
    if content is not None:
        digest = hashlib.sha256(f"{destination.name} {content}".encode()).hexdigest()[:16]
        kept = destination.with_name(f".flowmill-{digest}.part")
        with _opened(kept) as file:
            if _locked(file):
                if os.fstat(file.fileno()).st_size != size:
                    os.truncate(file.fileno(), 0)
                    os.truncate(file.fileno(), size)
                yield kept, file
                return
    path = destination.with_name(unfinished_name())
    try:
        with _opened(path) as file:
            os.truncate(file.fileno(), size)
            yield path, file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _opened(path: Path) -> BinaryIO:
    """The file for reading and writing, made if it is not there, its content kept."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666), "r+b")


def _locked(file: BinaryIO) -> bool:
    try:
        import fcntl
    except ImportError:  # no locks on this platform
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def parts_of(size: int, part_bytes: int, most: int) -> Iterator[tuple[int, int]]:
    """(start, length) of each part of ``size`` bytes; parts grow where there would be more than ``most``."""
    part_bytes = max(part_bytes, -(-size // most))
    for start in range(0, max(size, 1), part_bytes):
        yield start, min(part_bytes, size - start)
