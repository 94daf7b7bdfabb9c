"""Pause, resume and cancel between threads; the one-slot mailbox."""

from __future__ import annotations

import threading

import pytest

from core.engine.mailbox import Mailbox
from core.engine.progress import Progress
from core.errors import Cancelled


def test_runs_until_cancelled() -> None:
    progress = Progress()
    progress.check()
    progress.cancel()
    assert progress.cancelled
    with pytest.raises(Cancelled):
        progress.check()


def test_a_paused_run_waits_and_goes_on() -> None:
    progress, passed = Progress(), threading.Event()
    progress.pause()
    assert progress.paused
    thread = threading.Thread(target=lambda: (progress.check(), passed.set()))
    thread.start()
    assert not passed.wait(0.05)
    progress.resume()
    assert passed.wait(5)
    thread.join(5)


def test_a_paused_run_can_be_cancelled() -> None:
    progress, stopped = Progress(), threading.Event()
    progress.pause()

    def work() -> None:
        try:
            progress.check()
        except Cancelled:
            stopped.set()

    thread = threading.Thread(target=work)
    thread.start()
    progress.cancel()
    assert stopped.wait(5)
    thread.join(5)


def test_pause_after_cancel_does_not_block() -> None:
    progress = Progress()
    progress.cancel()
    progress.pause()
    with pytest.raises(Cancelled):
        progress.check()


def test_newest_wins_and_only_the_first_wakes() -> None:
    box: Mailbox[int] = Mailbox()
    assert box.take() is None
    assert box.post(1)
    assert not box.post(2)
    assert box.take() == 2
    assert box.take() is None
    assert box.post(3)


def test_the_last_item_is_sacred() -> None:
    box: Mailbox[str] = Mailbox()
    box.post("early")
    box.post("final", last=True)
    assert not box.post("late")
    assert box.take() == "final"
    assert box.post("next run")


def test_a_slow_reader_always_gets_the_last() -> None:
    box: Mailbox[int] = Mailbox()
    seen: list[int] = []
    woken = threading.Semaphore(0)

    def read() -> None:
        while not seen or seen[-1] != 999:
            woken.acquire()
            item = box.take()
            if item is not None:
                seen.append(item)

    thread = threading.Thread(target=read)
    thread.start()
    for value in range(1000):
        if box.post(value, last=value == 999):
            woken.release()
    thread.join(10)
    assert seen[-1] == 999
    assert seen == sorted(seen)
