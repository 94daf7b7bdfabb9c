"""Work beside the window brings its result back, unless whoever wanted it is gone."""

from __future__ import annotations

from functools import partial

import shiboken6
from PySide6.QtCore import QObject

from editor.background import busy, in_background


class Listener(QObject):
    def __init__(self, told: list[object]) -> None:
        super().__init__()
        self._told = told

    def take(self, kind: str, value: object) -> None:
        self._told.append((kind, str(value)))


def test_results_and_errors_arrive(qtbot) -> None:
    told: list[object] = []
    listener = Listener(told)
    in_background(lambda: 1 + 1, partial(listener.take, "done"), partial(listener.take, "failed"))
    qtbot.waitUntil(lambda: not busy())
    in_background(lambda: int("x"), partial(listener.take, "done"), partial(listener.take, "failed"))
    qtbot.waitUntil(lambda: not busy())
    assert told == [("done", "2"), ("failed", "invalid literal for int() with base 10: 'x'")]


def test_nobody_is_told_who_is_gone(qtbot) -> None:
    told: list[object] = []
    for work in (lambda: 1, lambda: int("x")):
        listener = Listener(told)
        in_background(work, partial(listener.take, "done"), partial(listener.take, "failed"))
        shiboken6.delete(listener)
    qtbot.waitUntil(lambda: not busy())
    assert told == []
