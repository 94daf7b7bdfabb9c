"""Circular garbage with Qt objects in it is freed on the window's thread."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject

from editor.shell.garbage import GarbageCollector


class Cycle:
    """Garbage that tells where it is freed."""

    def __init__(self, freed_on: list[int]) -> None:
        self.me = self
        self.qt = QObject()
        self.freed_on = freed_on

    def __del__(self) -> None:
        self.freed_on.append(threading.get_ident())


@pytest.fixture
def collector(qapp) -> Iterator[GarbageCollector]:
    parent = QObject()
    enabled = gc.isenabled()
    yield GarbageCollector(parent)
    if enabled:
        gc.enable()
    del parent


def _allocate() -> None:
    kept = [[number] for number in range(200_000)]
    assert kept


def test_cycles_are_freed_on_the_windows_thread(collector: GarbageCollector) -> None:
    collector.collect_if_due()
    freed_on: list[int] = []
    Cycle(freed_on)
    thread = threading.Thread(target=_allocate)
    thread.start()
    thread.join()
    assert not freed_on
    for _ in range(40):
        kept = [[number] for number in range(2000)]
        collector.collect_if_due()
    assert kept
    assert freed_on == [threading.get_ident()]


def test_nothing_is_collected_before_it_is_due(collector: GarbageCollector) -> None:
    collector.collect_if_due()
    gc.collect()
    assert collector.collect_if_due() == 0
