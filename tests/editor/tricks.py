"""What the monkey can do: every action sends its events one at a time and lets the window live in between."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Generator
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPoint, QPointF, QRect, QSize, Qt, QUrl
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QWheelEvent,
    QWindow,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from core.document.commands import RemoveSource
from core.document.events import Topic
from editor.canvas.view import CanvasView
from editor.shell.main_window import MainWindow
from tests.editor.pen import Pen

FORBIDDEN = ("file.quit", "help.log")
_LEFT, _MIDDLE, _RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
_PLAIN = Qt.KeyboardModifier.NoModifier
_MODIFIERS = (_PLAIN, _PLAIN, _PLAIN, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier,
              Qt.KeyboardModifier.ControlModifier)
_SIZES = ((300, 400), (640, 480), (900, 1200), (1600, 1200))

Steps = Generator[None, None, None]


class Tricks:
    """Actions on one window, chosen by ``random``.

    Args:
        window: with an engine that may be run.
        seed: of everything that is chosen.
        folder: for photographs.
    """

    def __init__(self, window: MainWindow, seed: int, folder: Path) -> None:
        self.window, self.workspace, self.folder = window, window.workspace, folder
        self.random = random.Random(seed)
        self._photos = self._make_photos()
        self._pens = (Pen(), Pen(eraser=True))
        self.actions: list[tuple[int, Callable[[], Steps]]] = [
            (16, self._trigger), (14, self._pen_stroke), (8, self._mouse_stroke), (6, self._wheel), (8, self._key),
            (12, self._click), (4, self._drag), (3, self._double_click), (3, self._context_menu), (2, self._resize),
            (6, self._run), (6, self._steer), (6, self._end), (6, self._history), (1, self._open), (1, self._close),
            (2, self._add_reference), (1, self._remove_reference), (1, self._drop), (2, self._type), (1, self._save),
            (2, self._wait),
        ]
        """What can be done, with how often."""

    def check(self) -> None:
        """See whether the document is in order; called before it is let go."""

    def _say(self, text: str, *, more: bool = False) -> None:
        """Note what is done."""

    # -- choosing ---------------------------------------------------------------------------------------------------
    def _any_widget(self, root: QWidget) -> QWidget:
        found = [widget for widget in root.findChildren(QWidget)
                 if widget.isVisible() and widget.isEnabled() and not widget.visibleRegion().isEmpty()
                 and widget.window() is root.window()]
        buttons = [widget for widget in found if isinstance(widget, QAbstractButton)]
        if buttons and self.random.random() < 0.4:
            return self.random.choice(buttons)
        return self.random.choice(found) if found else root

    def _place_on(self, widget: QWidget) -> QPoint:
        """A visible point of a widget, in its window."""
        box = widget.visibleRegion().boundingRect()
        inside = QPoint(self.random.randrange(box.left(), box.right() + 1) if box.width() > 0 else 0,
                        self.random.randrange(box.top(), box.bottom() + 1) if box.height() > 0 else 0)
        return widget.mapTo(widget.window(), inside)

    def _roots(self) -> list[QWidget]:
        """The window and the panels that float."""
        floating = [dock for dock in self.window.docks.docks.values() if dock.isFloating() and dock.isVisible()]
        return [self.window, self.window, self.window, *floating]

    def _any_key(self) -> QKeySequence | Qt.Key:
        if self.random.random() < 0.6:
            keys = [key for name in self.window.actions_ if name not in FORBIDDEN
                    for key in self.window.actions_[name].shortcuts()]
            return self.random.choice(keys)
        return Qt.Key(self.random.choice((
            Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Space,
            Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_PageDown,
            Qt.Key.Key_Backspace, Qt.Key.Key_Delete, Qt.Key.Key_Backslash, Qt.Key.Key_A, Qt.Key.Key_3, Qt.Key.Key_Minus,
        )))

    def _view(self) -> CanvasView:
        return self.random.choice(self.window.area.views)

    def _point(self, view: CanvasView) -> QPointF:
        width, height = max(1, view.width() - 1), max(1, view.height() - 1)
        return QPointF(self.random.uniform(0, width), self.random.uniform(0, height))

    def _path(self, view: CanvasView) -> list[QPointF]:
        """A curve over the canvas."""
        at, points = self._point(view), []
        angle, speed = self.random.uniform(0, 6.3), self.random.uniform(2, 40)
        for _ in range(self.random.randrange(1, 40)):
            points.append(QPointF(at))
            angle += self.random.uniform(-0.5, 0.5)
            at += QPointF(math.cos(angle), math.sin(angle)) * speed
        return points

    # -- sending ----------------------------------------------------------------------------------------------------
    def _key_to(self, window: QWindow | None, key: QKeySequence | Qt.Key) -> None:
        if window is None:
            return
        code, modifiers = key, _PLAIN
        if isinstance(key, QKeySequence):
            combined = key[0]
            code, modifiers = combined.key(), combined.keyboardModifiers()
        if window is not self.window.windowHandle():
            # A key may close a dialog while QTest still uses its window; what is posted to a dead window is dropped.
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                QCoreApplication.postEvent(window, QKeyEvent(kind, code, modifiers))
            return
        QTest.keyPress(window, code, modifiers)
        if exists(window):
            QTest.keyRelease(window, code, modifiers)

    def _click_on(self, widget: QWidget, button: Qt.MouseButton, double: bool = False) -> None:
        handle = widget.window().windowHandle()
        if handle is None or not widget.isVisible():
            return
        where = self._place_on(widget)
        if not within(handle, where):
            return
        self._say(f"{name_of(widget)} {where.x()},{where.y()}", more=True)
        self._click_at(handle, where, button, self.random.choice(_MODIFIERS), double=double)

    def _click_at(self, window: QWindow, where: QPoint, button: Qt.MouseButton,
                  modifiers: Qt.KeyboardModifier = _PLAIN, double: bool = False) -> None:
        """Button down and up, unless down closes the window: a click of QTest's own would crash then."""
        for _ in range(1 + double):
            if exists(window):
                QTest.mousePress(window, button, modifiers, where)
            if exists(window):
                QTest.mouseRelease(window, button, modifiers, where)

    def _let_go(self) -> None:
        """Button up, after an action that was cut off with the button down."""
        window, held = self.window.windowHandle(), QGuiApplication.mouseButtons()
        for button in (_LEFT, _MIDDLE, _RIGHT):
            if button & held and window is not None:
                QTest.mouseRelease(window, button, _PLAIN, QPoint(1, 1))

    # -- actions ----------------------------------------------------------------------------------------------------
    def _trigger(self) -> Steps:
        enabled = [name for name in self.window.actions_ if name not in (*FORBIDDEN, "file.close")
                   and self.window.actions_[name].isEnabled()]
        name = self.random.choice(enabled)
        self._say(name, more=True)
        self.window.actions_[name].trigger()
        yield

    def _pen_stroke(self) -> Steps:
        view = self._view()
        if not view.isVisible():
            return
        if self.random.random() < 0.5:
            self.window.actions_[self.random.choice(("tool.brush", "tool.brush", "tool.lasso", "tool.fill"))].trigger()
        yield from self.random.choice(self._pens).stroke(view, self._path(view), self.random.random())

    def _mouse_stroke(self) -> Steps:
        view = self._view()
        handle = view.window().windowHandle()
        if not view.isVisible() or handle is None:
            return
        button = self.random.choices((_LEFT, _MIDDLE, _RIGHT), (8, 2, 1))[0]
        modifiers = self.random.choice(_MODIFIERS)
        points = [view.mapTo(view.window(), point.toPoint()) for point in self._path(view)]
        points = [point for point in points if within(handle, point)] or [QPoint(1, 1)]
        QTest.mousePress(handle, button, modifiers, points[0])
        yield
        for point in points[1:]:
            # The window may have become smaller since.
            QTest.mouseMove(handle, inside(handle, point))
            yield
            if self.random.random() < 0.01:
                self._key_to(handle, self._any_key())
                yield
        QTest.mouseRelease(handle, button, modifiers, inside(handle, points[-1]))
        yield

    def _wheel(self) -> Steps:
        view = self._view()
        where = self._point(view)
        for _ in range(self.random.randrange(1, 6)):
            pixels = QPoint(self.random.randrange(-40, 40), 30) if self.random.random() < 0.3 else QPoint()
            event = QWheelEvent(where, QPointF(view.mapToGlobal(where.toPoint())), pixels,
                                QPoint(0, self.random.choice((-240, -120, 120, 240))), Qt.MouseButton.NoButton,
                                self.random.choice(_MODIFIERS), Qt.ScrollPhase.NoScrollPhase, False)
            QApplication.sendEvent(view, event)
            yield

    def _key(self) -> Steps:
        key = self._any_key()
        for _ in range(self.random.choice((1, 1, 1, 5))):
            self._say(key_name(key), more=True)
            self._key_to(self.window.windowHandle(), key)
            yield

    def _click(self) -> Steps:
        widget = self._any_widget(self.random.choice(self._roots()))
        self._click_on(widget, self.random.choice((_LEFT, _LEFT, _LEFT, _RIGHT)))
        yield

    def _double_click(self) -> Steps:
        self._click_on(self._any_widget(self.random.choice(self._roots())), _LEFT, double=True)
        yield

    def _drag(self) -> Steps:
        widget = self._any_widget(self.random.choice(self._roots()))
        handle = widget.window().windowHandle()
        start, end = self._place_on(widget), self._place_on(self._any_widget(widget.window()))
        if handle is None or not (within(handle, start) and within(handle, end)):
            return
        self._say(name_of(widget), more=True)
        QTest.mousePress(handle, _LEFT, _PLAIN, start)
        yield
        for share in (0.1, 0.3, 0.6, 1.0):
            # The window may have become smaller since.
            QTest.mouseMove(handle, inside(handle, start + (end - start) * share))
            yield
        QTest.mouseRelease(handle, _LEFT, _PLAIN, inside(handle, end))
        yield

    def _context_menu(self) -> Steps:
        widget = self._any_widget(self.window)
        self._say(name_of(widget), more=True)
        where = widget.rect().center()
        QApplication.sendEvent(widget, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where,
                                                         widget.mapToGlobal(where)))
        yield

    def _resize(self) -> Steps:
        for _ in range(self.random.randrange(1, 5)):
            self.window.resize(QSize(self.random.randrange(960, 2000), self.random.randrange(600, 1300)))
            yield

    def _run(self) -> Steps:
        document = self.workspace.document
        if document is not None:
            if document.settings.recipe != "loho":
                document.settings.recipe = "loho"
                document.changed(Topic.SETTINGS)
            document.settings.parameters.setdefault("loho", {})["steps"] = self.random.choice((3, 20, 200))
        self.window.actions_["run.run"].trigger()
        yield

    def _steer(self) -> Steps:
        for _ in range(self.random.randrange(1, 4)):
            self.window.actions_["run.pause"].trigger()
            yield

    def _end(self) -> Steps:
        name = self.random.choice(("run.stop", "run.stop", "run.apply", "run.apply", "run.discard"))
        self._say(name, more=True)
        self.window.actions_[name].trigger()
        yield

    def _history(self) -> Steps:
        for _ in range(self.random.randrange(1, 12)):
            self.window.actions_[self.random.choice(("edit.undo", "edit.undo", "edit.redo"))].trigger()
            yield

    def _photo(self) -> Path:
        return self.random.choice(self._photos)

    def _open(self) -> Steps:
        if self.random.random() < 0.6:
            self.check()
        self.workspace.mark_saved()
        self.window.files.open_path(self._photo())
        yield

    def _close(self) -> Steps:
        if self.random.random() < 0.3:
            self.check()
            self.workspace.mark_saved()
            self.window.files.close_document()
            yield
            self.window.files.open_path(self._photo())
        yield

    def _add_reference(self) -> Steps:
        document = self.workspace.document
        if document is None or len(document.sources) < 6:
            self.window.files.add_references([self._photo()])
        yield

    def _remove_reference(self) -> Steps:
        document = self.workspace.document
        if document is not None and document.references:
            self.workspace.push(RemoveSource(self.random.choice(document.references).id))
        yield

    def _drop(self) -> Steps:
        self.workspace.mark_saved()
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(self._photo()))])
        centre = self.window.rect().center() + QPoint(self.random.randrange(-200, 200), 0)
        enter = QDragEnterEvent(centre, Qt.DropAction.CopyAction, data, _LEFT, _PLAIN)
        QApplication.sendEvent(self.window, enter)
        yield
        QApplication.sendEvent(self.window, QDropEvent(QPointF(centre), Qt.DropAction.CopyAction, data, _LEFT, _PLAIN))
        yield

    def _type(self) -> Steps:
        for letter in self.random.choice(("12", "0.5", "-7", "X", "HAIR", "999999")):
            self._key_to(self.window.windowHandle(), Qt.Key(ord(letter)))
            yield
        self._key_to(self.window.windowHandle(), Qt.Key.Key_Return)
        yield

    def _save(self) -> Steps:
        self.window.files.save()
        yield

    def _wait(self) -> Steps:
        until = time.monotonic() + self.random.uniform(0.05, 0.4)
        while time.monotonic() < until:
            yield

    def _make_photos(self) -> list[Path]:
        paths = []
        for number, (width, height) in enumerate(_SIZES):
            coarse = np.random.default_rng(number).integers(20, 236, (7, 7, 3), dtype=np.uint8)
            path = self.folder / f"photo{number}.png"
            cv2.imwrite(str(path), cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))
            paths.append(path)
        return paths


def exists(window: QWindow) -> bool:
    """Whether a window is still there; what belongs to Qt alone goes without telling Python."""
    return window in QGuiApplication.allWindows()


def within(window: QWindow, where: QPoint) -> bool:
    """Whether a point lies in a window as the system has it; a resized widget's window follows a little later."""
    return QRect(QPoint(0, 0), window.size()).contains(where)


def inside(window: QWindow, where: QPoint) -> QPoint:
    """The place in a window that is nearest to a point."""
    return QPoint(min(max(where.x(), 0), max(window.width() - 1, 0)),
                  min(max(where.y(), 0), max(window.height() - 1, 0)))


def key_name(key: QKeySequence | Qt.Key) -> str:
    """For the log."""
    return key.toString() if isinstance(key, QKeySequence) else key.name


def name_of(widget: QWidget) -> str:
    """For the log."""
    return f"{type(widget).__name__}:{widget.objectName() or widget.accessibleName()}"
