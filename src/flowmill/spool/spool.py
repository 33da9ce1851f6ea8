"""The spool of one process for one store: calls append to a segment and return, a thread delivers.

Nothing that a store or a network does reaches the caller: with the store away records wait on the disk, and
whoever comes next delivers what a dead process has left (`flowmill.spool.folder`).
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from flowmill.errors import Invalid
from flowmill.pace import work_beside
from flowmill.spool.cut import Cut, Reader, death_of, left_open, opened_record, request_payload
from flowmill.spool.delivery import Away, Delivery
from flowmill.spool.segment import CLOSED, KEY, POINT, POINT_BYTES, POINT_RECORD, RUN, SIZE, Segment, frame
from flowmill.wire.life import JoinRun
from flowmill.wire.operation import Request

SUFFIX = ".spool"

Points = Sequence[tuple[str, float, int, int]]
"""Metric, value, milliseconds since the epoch (UTC), and step of each."""

pack_point = POINT_RECORD.pack
_POINT_SIZE = POINT_RECORD.size

_WAKE_AT = 500
"""Records that wait before the thread is woken early."""
_AGE = 0.4
"""Seconds that a record waits at most while the store answers."""
_SYNC_EVERY = 1.0
_LONGEST_PAUSE = 30.0
_LOOK_FOR_ORPHANS_EVERY = 15.0
_LAST_PATIENCE = 3.0
"""Seconds that the end of a process waits for a store that does not answer."""
_FIRST_SIGN_AFTER = 1.0
"""Seconds: scripts that are over at once need none."""


@dataclass
class _Open:
    """A segment with its reader."""

    segment: Segment
    reader: Reader
    own: bool


class Spool:
    """``folder``: where segments lie, None for memory only; ``prepare`` is called once it is there. ``delivery``: how
    requests reach the store. ``limit`` and ``size``: bytes of all segments, and of one."""

    def __init__(
        self,
        folder: Path | None,
        delivery: Delivery,
        *,
        limit: int,
        size: int = SIZE,
        heartbeat: float = 30.0,
        prepare: Callable[[], None] = lambda: None,
    ) -> None:
        self.folder = folder
        self._prepare = prepare
        self.delivery = delivery
        self._limit = limit
        self.heartbeat = heartbeat
        """Seconds between signs of life."""
        self._size = size
        self._renew()
        _SPOOLS.add(self)

    def _renew(self) -> None:
        """Begin with nothing: at the start, and in a forked child, whose parent delivers its own records."""
        self._lock = threading.Lock()
        self._moved = threading.Condition()
        """Told whenever delivery has got on or failed; guards the three counters after it."""
        self.delivered = 0
        self._failures = 0
        self.refused = 0
        self.appended = 0
        self.dropped = 0
        self._wake = threading.Event()
        self._asleep = True
        self._closing = False
        self._thread: threading.Thread | None = None
        self._segments: deque[_Open] = deque()
        self._active: Segment | None = None
        self._runs: dict[str, int] = {}
        self._keys: dict[str, int] = {}
        self._writer = os.urandom(16)
        self._first = 0
        self._alive: dict[str, bytes] = {}
        """Runs that this process has open, in the order in which it opened them, with the record that says so."""
        self._said_alive = time.monotonic()
        self._warned: set[str] = set()
        self._says: Callable[[str], None] = _warn

    # What a training calls.

    def points(self, run_id: str, points: Points) -> None:
        """Append points of a run: all of them, or none if the process is killed meanwhile."""
        with self._lock:
            if not self._append_points(run_id, points):
                return
            self.appended += len(points)
        if self._asleep or self.appended - self.delivered > _WAKE_AT:
            self._rouse()

    def post(self, request: Request[Any]) -> None:
        """Append a request whose answer nobody waits for."""
        payload = request_payload(request)
        with self._lock:
            if self._active is None or not self._active.append(payload):
                self._begin_segment(len(payload) + 8)
                if self._active is None or not self._active.append(payload):
                    self._drop(1)
                    return
            self.appended += 1
        if self._asleep or self.appended - self.delivered > _WAKE_AT:
            self._rouse()

    def opened(self, run_id: str, join: JoinRun | None = None) -> None:
        """This process has a run open: it gives signs of life, and if it dies without a word that will be known.

        ``join``: as which of many processes.
        """
        with self._lock:
            if not self._alive:
                self._said_alive = time.monotonic() - self.heartbeat + _FIRST_SIGN_AFTER
            self._alive[run_id] = opened_record(run_id, join)
            if self._active is not None:
                self._note_opened(self._active)
            else:  # a process may die before it logs anything
                self._begin_segment(0)
        if join is not None:
            self.post(join)
        self._rouse()

    def ended(self, run_id: str) -> None:
        """The run has ended, or goes on without this process."""
        with self._lock:
            self._alive.pop(run_id, None)
            if self._active is not None and self._active.append(bytes([CLOSED]) + run_id.encode()):
                self.appended += 1

    def flush(self, seconds: float) -> bool:
        """Deliver what was appended until now; False if the store is away or the time was not enough."""
        with self._moved:
            target, failures = self.appended, self._failures
            if self.delivered >= target:
                return True
            self._urgent = True
            self._rouse()
            self._moved.wait_for(
                lambda: self.delivered >= target or self._failures > failures or self._closing or self._thread is None,
                seconds,
            )
            return self.delivered >= target

    def take_over(self, seconds: float) -> bool:
        """Deliver what dead processes have left here, and what was appended; False as `flush` says."""
        if self.folder is None or not any(self.folder.glob(f"*{SUFFIX}")):
            return self.flush(seconds)
        with self._moved:
            failures = self._failures
            self._look = self._urgent = True
            self._rouse()
            self._moved.wait_for(
                lambda: (
                    not (self._look or self._segments_of_others())
                    or self._failures > failures
                    or self._closing
                    or self._thread is None
                ),
                seconds,
            )
            if self._look or self._segments_of_others():
                return False
        return self.flush(seconds)

    def close(self, seconds: float) -> bool:
        """Deliver what is left, then stop the thread; what cannot be delivered stays in its files."""
        done = self._last_flush(seconds) if self._thread is not None else self.appended == self.delivered
        if not done:
            self._say(
                f"{self.waiting:,} records of this process wait in {self.folder}: the next run that logs to "
                f"{self.delivery.name} delivers them, or `flowmill sync {self.delivery.name}`."
                if self.folder is not None
                else f"{self.waiting:,} records of this process could not be delivered and are lost."
            )
        self._closing = True
        self._wake.set()
        thread = self._thread
        if thread is not None:
            thread.join(seconds)
            if thread.is_alive():  # it waits for a store that hangs; the files say what was delivered
                return done
        with self._lock:
            for each in self._segments:
                if each.segment.delivered:
                    each.segment.remove()
                else:
                    with contextlib.suppress(OSError):
                        each.segment.sync()
                    each.segment.close()
            self._segments.clear()
            self._active = None
        return done

    def _last_flush(self, seconds: float) -> bool:
        """Deliver before the process leaves: a store that is just being started again is worth a moment."""
        end = time.monotonic() + min(seconds, _LAST_PATIENCE)
        while not self.flush(seconds):
            if time.monotonic() > end:
                return False
            time.sleep(0.2)
        return True

    @property
    def waiting(self) -> int:
        """Records of this process that are not delivered yet."""
        return self.appended - self.delivered

    # Segments.

    def _append_points(self, run_id: str, points: Points) -> bool:
        for needed in (0, POINT_BYTES * len(points)):
            if needed:
                self._begin_segment(needed)
            segment = self._active
            run = self._runs.get(run_id) or (segment and self._number(segment, RUN, self._runs, run_id))
            if segment is None or run is None:
                continue
            records: list[bytes] = []
            for key, value, at, step in points:
                number = self._keys.get(key) or self._number(segment, KEY, self._keys, key)
                if number is None:
                    break
                record = pack_point(POINT, run, number, value, at, step)
                records.append(frame(_POINT_SIZE, crc32(record)) + record)
            else:
                if segment.append_framed(b"".join(records), len(points)):
                    return True
        self._drop(len(points))
        return False

    def _number(self, segment: Segment, kind: int, known: dict[str, int], text: str) -> int | None:
        """The number of a run or key in this segment, defined if need be; None if the segment is full."""
        number = known.get(text)
        if number is None:
            number = len(known) + 1
            if not segment.append(bytes([kind]) + number.to_bytes(4, "little") + text.encode()):
                return None
            self.appended += 1
            known[text] = number
        return number

    def _begin_segment(self, needed: int) -> None:
        """Make a new segment the active one; None is active when there may be no more."""
        if self._active is not None:
            self._first += self._active.count
        self._active = None
        self._runs, self._keys = {}, {}
        size = max(self._size, needed + 4096)
        if sum(each.segment.size for each in self._segments if each.own) + size > self._limit:
            return
        segment = self._new_segment(size)
        if segment is not None:
            self._active = segment
            self._segments.append(_Open(segment, Reader(segment), own=True))
            self._note_opened(segment)

    def _note_opened(self, segment: Segment) -> None:
        for record in self._alive.values():
            if segment.append(record):
                self.appended += 1

    def _new_segment(self, size: int) -> Segment | None:
        if self.folder is not None:
            try:
                if not self.folder.is_dir():
                    self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                    self._prepare()
                name = f"{time.time_ns():x}-{os.getpid()}-{os.urandom(4).hex()}{SUFFIX}"
                return Segment.create(self.folder / name, self._writer, self._first, size)
            except OSError as error:
                self._say(
                    f"Flowmill cannot write to its spool {self.folder} ({error.strerror or error}): what is logged is "
                    "kept in memory until it is delivered, and a killed process loses it. Free some space, or name "
                    "another folder in FLOWMILL_SPOOL."
                )
        return Segment.in_memory(self._writer, self._first, size)

    def _drop(self, records: int) -> None:
        self.dropped += records
        self._say(
            f"The store {self.delivery.name} has been away for so long that the spool is full "
            f"({self._limit >> 20} MB): what is logged from now on is lost until it answers. "
            "FLOWMILL_SPOOL_LIMIT sets the size in MB."
        )

    def _say(self, sentence: str) -> None:
        if sentence not in self._warned:
            self._warned.add(sentence)
            self._says(sentence)

    # The thread.

    def _rouse(self) -> None:
        if self._thread is None:
            self._start()
        if not self._wake.is_set():
            self._wake.set()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None and not self._closing:
                self._thread = threading.Thread(target=self._work, name="flowmill-spool", daemon=True)
                try:
                    self._thread.start()
                except RuntimeError:  # no memory for one, or the interpreter leaves: what is logged is in its file
                    self._thread = None
                    return
                self._stay_until_delivered()

    def _stay_until_delivered(self) -> None:
        """Children of multiprocessing leave without running exit handlers, but run its finalizers."""
        process: Any = sys.modules.get("multiprocessing.process")
        if process is not None and process.parent_process() is not None:
            sys.modules["multiprocessing.util"].Finalize(self, Spool.close, (self, 10.0), exitpriority=-100)

    _urgent = False
    _look = False
    """Whether somebody waits for what dead processes have left."""

    def _work(self) -> None:
        try:
            self._deliver_as_it_comes()
        finally:
            # A thread that died, of memory for one, is not waited for: what is logged next starts another.
            with self._moved:
                if not self._closing:
                    self._thread = None
                self._moved.notify_all()

    def _deliver_as_it_comes(self) -> None:
        work_beside()
        pause = _AGE
        synced = looked = 0.0
        while not self._closing:
            self._asleep = self.appended == self.delivered and not self._segments_of_others()
            self._wake.wait(self._nap() if self._asleep else pause)
            self._wake.clear()
            self._asleep = False
            if not self._urgent and not self._closing and self.appended - self.delivered <= _WAKE_AT:
                # Let a batch gather: a loop logs more than one thing a step.
                self._wake.wait(min(pause, _AGE))
                self._wake.clear()
            self._urgent = False
            now = time.monotonic()
            if self._look or now - looked > _LOOK_FOR_ORPHANS_EVERY:
                looked = now
                self._adopt_orphans()
                self._look = False
            if self._alive and now - self._said_alive >= self.heartbeat:
                self._said_alive = now
                self._say_alive()
            pause = _AGE if self._deliver_all() else min(max(pause, _AGE) * 2, _LONGEST_PAUSE)
            with self._moved:
                self._moved.notify_all()
            if now - synced > _SYNC_EVERY and self._active is not None:
                synced = now
                with contextlib.suppress(OSError, ValueError):
                    self._active.sync()

    def _nap(self) -> float:
        """Seconds that the thread may sleep with nothing to deliver."""
        if not self._alive:
            return _LOOK_FOR_ORPHANS_EVERY
        return max(0.05, min(_LOOK_FOR_ORPHANS_EVERY, self._said_alive + self.heartbeat - time.monotonic()))

    def _say_alive(self) -> None:
        with self._lock:
            alive = list(self._alive)
            active = self._active
        if active is not None:
            with contextlib.suppress(OSError):
                active.touch()
        with contextlib.suppress(Exception):  # the next sign comes soon
            self.delivery.say_alive(alive, round(self.heartbeat * 1000))

    def _segments_of_others(self) -> bool:
        return any(not each.own for each in self._segments)

    def _deliver_all(self) -> bool:
        """Deliver everything that is there; False if the store is away."""
        while True:
            with self._lock:
                current = self._segments[0] if self._segments else None
                end = current.segment.end if current else 0
                sealed = current is not None and current.segment is not self._active
            if current is None:
                return True
            if not current.segment.delivered:
                if not self._deliver_next(current, end):
                    return False
            elif sealed:
                with self._lock:
                    self._segments.popleft()
                current.segment.remove()
            elif len(self._segments) > 1:  # the active segment has nothing now; others wait behind it
                with self._lock:
                    self._segments.rotate(-1)
                if all(each.segment.delivered for each in self._segments):
                    return True
            else:
                return True

    def _deliver_next(self, current: _Open, end: int) -> bool:
        segment = current.segment
        if segment.tried > segment.acked:  # sent before, answer unknown: the very same part again
            end = segment.tried
        try:
            cut = current.reader.next_cut(end)
            if cut is None:
                self._note_progress(current, Cut([], segment.end, segment.first + segment.count))
                return True
            segment.note(segment.acked, cut.end)
            refusals = self.delivery.deliver(cut, segment.writer)
        except Away as away:
            self._say(f"{away} What is logged is kept in {self.folder or 'memory'} and delivered when it answers.")
            with self._moved:
                self._failures += 1
                self._moved.notify_all()
            return False
        except Exception as error:
            # A record that cannot be read, or a defect: never the training's problem.
            self._say(f"Flowmill could not deliver a part of what was logged: {error}")
            with self._moved:
                self._failures += 1
                self._moved.notify_all()
            return False
        for refusal in refusals:
            self.refused += 1
            self._say(f"The store refused a part of what was logged: {refusal}")
        self._note_progress(current, cut)
        return True

    def _note_progress(self, current: _Open, cut: Cut) -> None:
        records = cut.seq - current.segment.first - current.reader.count
        current.reader.move_past(cut)
        current.segment.note(cut.end, cut.end)
        with self._moved:
            if current.own:
                self.delivered += records
            self._moved.notify_all()

    def _adopt_orphans(self) -> None:
        if self.folder is None or not self.folder.is_dir():
            return
        own = {each.segment.path for each in self._segments}
        adopted: list[Segment] = []
        for path in sorted(self.folder.glob(f"*{SUFFIX}")):
            if path in own:
                continue
            try:
                segment = Segment.adopt(path)
                if segment is not None:
                    adopted.append(segment)
            except (OSError, Invalid) as error:
                self._say(f"A part of an earlier run could not be read: {error}")
        for segment in adopted:
            # A process notes in each segment what it has open, so that its last one knows.
            is_last = all(other.first <= segment.first for other in adopted if other.writer == segment.writer)
            if is_last:
                self._note_deaths(segment)
        with self._lock:
            self._segments.extendleft(_Open(each, Reader(each), own=False) for each in reversed(adopted))

    def _note_deaths(self, segment: Segment) -> None:
        """Add to a dead process's segment how the runs ended that it left open."""
        in_use = [path for path in self.folder.glob(f"*{SUFFIX}") if path != segment.path] if self.folder else []
        for run_id, join in left_open(segment).items():
            name = run_id.encode()
            if join is None and any(Segment.in_use_holds(path, name) for path in in_use):
                continue  # another process goes on with the run
            segment.append(request_payload(death_of(run_id, join, segment)))

    def deliver_left(self) -> LeftOver:
        """Deliver, in this thread, what processes that have died left here."""
        self._adopt_orphans()
        there = sum(each.segment.count - each.reader.count for each in self._segments if not each.own)
        done = self._deliver_all()
        left = sum(each.segment.count - each.reader.count for each in self._segments if not each.own)
        with self._lock:
            for each in self._segments:
                each.segment.close()
            self._segments.clear()
        return LeftOver(there - left, left, self.refused, None if done else self.delivery.why_away)


@dataclass(frozen=True)
class LeftOver:
    """What became of records that dead processes had left; ``why`` says why ``waiting`` ones still wait."""

    delivered: int
    waiting: int
    refused: int
    why: str | None


def _warn(sentence: str) -> None:
    import logging  # costs milliseconds, and most processes never have anything to say

    logging.getLogger("flowmill").warning(sentence)


_SPOOLS: weakref.WeakSet[Spool] = weakref.WeakSet()


def _before_fork() -> None:
    for spool in _SPOOLS:
        spool._lock.acquire()  # pyright: ignore[reportPrivateUsage]


def _after_fork_in_parent() -> None:
    for spool in _SPOOLS:
        spool._lock.release()  # pyright: ignore[reportPrivateUsage]


def _after_fork_in_child() -> None:
    for spool in _SPOOLS:
        for each in spool._segments:  # pyright: ignore[reportPrivateUsage]
            each.segment.let_go()
        spool._renew()  # pyright: ignore[reportPrivateUsage]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
