"""What a server does between requests."""

from __future__ import annotations

import logging
import threading
import time

import pytest

from flowmill.server.chores import Chore, Chores


def test_each_chore_comes_round_and_a_woken_one_at_once() -> None:
    done: list[str] = []
    changed = threading.Condition()

    def work(name: str) -> bool:
        with changed:
            done.append(name)
            changed.notify_all()
        return False

    chores = Chores([Chore("often", 0.01, lambda: work("often")), Chore("rare", 3600, lambda: work("rare"))])
    chores.start()
    with changed:
        assert changed.wait_for(lambda: done.count("often") > 3 and done.count("rare") == 1, 10)
    chores.wake("rare")
    chores.wake("unknown")
    with changed:
        assert changed.wait_for(lambda: done.count("rare") == 2, 10)
    start = time.monotonic()
    chores.stop()
    assert time.monotonic() - start < 2
    assert not any(thread.name == "flowmill-chores" for thread in threading.enumerate())


def test_one_that_has_more_to_do_comes_again_and_holds_up_nobody() -> None:
    order: list[str] = []
    finished = threading.Event()

    def long() -> bool:
        order.append("long")
        if len(order) > 20:
            finished.set()
            return False
        return True

    def other() -> bool:
        order.append("other")
        return False

    chores = Chores([Chore("long", 3600, long), Chore("other", 3600, other)])
    chores.start()
    assert finished.wait(10)
    chores.stop()
    assert "other" in order[:3]


def test_waking_during_the_work_is_heard() -> None:
    rounds: list[int] = []
    twice = threading.Event()

    def work() -> bool:
        rounds.append(1)
        if len(rounds) == 1:
            chores.wake("one")
        else:
            twice.set()
        return False

    chores = Chores([Chore("one", 3600, work)])
    chores.start()
    assert twice.wait(10)
    chores.stop()
    assert len(rounds) == 2


def test_an_error_is_logged_once_and_the_others_go_on(caplog: pytest.LogCaptureFixture) -> None:
    rounds: list[int] = []
    enough = threading.Event()

    def broken() -> bool:
        rounds.append(1)
        if len(rounds) < 5:
            raise RuntimeError("the disk is full")
        enough.set()
        return False

    stopped: list[bool] = []
    chores = Chores([Chore("broken", 0.01, broken, lambda: stopped.append(True))])
    with caplog.at_level(logging.WARNING, "flowmill.server"):
        chores.start()
        assert enough.wait(10)
        time.sleep(0.05)
        chores.stop()
    assert [record.message for record in caplog.records] == [
        "chore broken: RuntimeError: the disk is full",
        "chore broken works again",
    ]
    assert stopped == [True]
