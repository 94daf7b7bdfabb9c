"""A monkey at the window: seeded random actions on everything that can be seen, and a look at what became of it.

``python -m tests.editor.monkey --seed 7 --seconds 600`` runs it by command: it prints how long the window took to
answer, every stall over 100 ms with the place in the program that caused it, and fails on those too. ``--until 812``
plays the same actions again and stops after the one of that number; ``--log`` names a file for all of them.
In the tests it runs for COIFFE_MONKEY_SECONDS (60) with the seed COIFFE_MONKEY_SEED (1).
"""

from __future__ import annotations

import argparse
import hashlib
import math
import random
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

import cv2
import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QMimeData, QPoint, QPointF, QRect, QSize, Qt, QTimer, QUrl
from PySide6.QtGui import (
    QContextMenuEvent,
    QDesktopServices,
    QDrag,
    QDragEnterEvent,
    QDropEvent,
    QKeySequence,
    QWheelEvent,
    QWindow,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QColorDialog,
    QDialog,
    QFileDialog,
    QMenu,
    QWidget,
)

from core.document.commands import RemoveSource
from core.document.document import Document
from core.document.mask import Mask
from editor import background
from editor.canvas.view import CanvasView
from editor.engine_link import Engine, RunState
from editor.main_window import MainWindow
from editor.settings import Settings
from tests.editor import fake_engine
from tests.editor.alarm import Alarm, StallWatch
from tests.editor.pen import Pen

_LEFT, _MIDDLE, _RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
_PLAIN = Qt.KeyboardModifier.NoModifier
_MODIFIERS = (_PLAIN, _PLAIN, _PLAIN, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier,
              Qt.KeyboardModifier.ControlModifier)
_FORBIDDEN = ("file.quit", "help.log")
_PATIENCE = 60
"""Actions inside a dialog before it is closed."""
_SIZES = ((300, 400), (640, 480), (900, 1200), (1600, 1200))

Steps = Generator[None, None, None]


class Monkey:
    """Acts on one window, one event per turn of the event loop.

    Args:
        window: with an engine that may be run.
        seed: names the whole sequence, as far as the engine's timing lets it.
        folder: for photographs and what is saved.
        log: takes one line per action.
    """

    def __init__(self, window: MainWindow, seed: int, folder: Path, log: Callable[[str], object] | None = None) -> None:
        self.window, self.workspace, self.folder = window, window.workspace, folder
        self.random = random.Random(seed)
        self.count = 0
        self.events = 0
        self.doing = "start"
        self.recent: list[str] = []
        self.checks = 0
        self.watch: StallWatch | None = None
        self.alarm = Alarm(lambda: f"seed {seed}, action {self.count} ({self.doing})")
        self._log = log
        self._loop = QEventLoop()
        self._steps: Steps | None = None
        self._depth = self._inside = 0
        self._until, self._most = 0.0, 0
        self._photos = self._make_photos()
        self._start: tuple[Document, str] | None = None
        self._pens = (Pen(), Pen(eraser=True))
        self.workspace.documentReplaced.connect(self._note_start)
        self._actions: list[tuple[int, Callable[[], Steps]]] = [
            (16, self._trigger), (14, self._pen_stroke), (8, self._mouse_stroke), (6, self._wheel), (8, self._key),
            (12, self._click), (4, self._drag), (3, self._double_click), (3, self._context_menu), (2, self._resize),
            (6, self._run), (6, self._steer), (6, self._end), (6, self._history), (1, self._open), (1, self._close),
            (2, self._add_reference), (1, self._remove_reference), (1, self._drop), (2, self._type), (1, self._save),
            (2, self._wait),
        ]

    # -- the loop ---------------------------------------------------------------------------------------------------
    def play(self, seconds: float, most: int = 1 << 60) -> None:
        """Act for so long, or so many actions; then see whether everything is still in order."""
        self._until, self._most = time.monotonic() + seconds, most
        with _stubs(self), self.alarm, StallWatch(lambda: f"action {self.count}: {self.doing}") as self.watch:
            QTimer.singleShot(0, self._turn)
            self._loop.exec()
            self._calm()
            self.check()

    def _turn(self) -> None:
        """One event. Dialogs run a loop of their own inside it, which comes back here."""
        if self._depth == 0 and (time.monotonic() > self._until or self.count >= self._most or self.alarm.problems):
            self._loop.quit()
            return
        QTimer.singleShot(0 if self.random.random() < 0.7 else self.random.randrange(1, 12), self._turn)
        self._depth += 1
        self.events += 1
        try:
            if self._depth > 1 or QApplication.activePopupWidget() or QApplication.activeModalWidget():
                self._over_the_window()
            else:
                self._inside = 0
                self._step()
        finally:
            self._depth -= 1

    def _step(self) -> None:
        if self._steps is None:
            weights = [weight for weight, _ in self._actions]
            action = self.random.choices(self._actions, weights)[0][1]
            self.count += 1
            self._say(action.__name__.strip("_"))
            self._steps = action()
        try:
            next(self._steps)
        except StopIteration:
            self._steps = None
        except RuntimeError as error:
            # A widget that was chosen is gone: the monkey's own affair.
            self._steps = None
            if "already deleted" not in str(error):
                raise

    def _say(self, text: str, *, more: bool = False) -> None:
        self.doing = f"{self.doing} {text}" if more else text
        line = f"{self.count} {self.doing}"
        self.recent = [*self.recent[-40:], line]
        if self._log is not None:
            self._log(line)

    # -- dialogs and menus ------------------------------------------------------------------------------------------
    def _over_the_window(self) -> None:
        popup, modal = QApplication.activePopupWidget(), QApplication.activeModalWidget()
        front = popup or modal
        if front is None:
            if self._depth > 1:
                # Something waits without showing anything: a drag, or a wait of Qt's own.
                self._inside += 1
                if self._inside % 200 == 0:
                    self._key_to(self.window.windowHandle(), Qt.Key.Key_Escape)
            return
        self._inside += 1
        chance = self.random.random()
        if self._inside > _PATIENCE or chance < 0.06:
            self._say(f"[away with {_name(front)}]", more=True)
            front.reject() if isinstance(front, QDialog) else front.close()
        elif chance < 0.12 and isinstance(front, QDialog):
            self._say(f"[accept {_name(front)}]", more=True)
            front.accept()
        elif isinstance(front, QMenu):
            self._choose(front)
        elif chance < 0.6:
            self._click_on(self._any_widget(front), self.random.choice((_LEFT, _LEFT, _LEFT, _RIGHT)))
        else:
            self._key_to(front.windowHandle(), self._any_key())

    def _choose(self, menu: QMenu) -> None:
        actions = [action for action in menu.actions() if action.isEnabled() and action.isVisible()
                   and not action.isSeparator() and action not in self._forbidden]
        if not actions or self.random.random() < 0.3:
            menu.close()
            return
        action = self.random.choice(actions)
        self._say(f"[menu {action.text()}]", more=True)
        where = menu.actionGeometry(action).center()
        if menu.rect().contains(where) and menu.windowHandle() is not None:
            QTest.mouseClick(menu.windowHandle(), _LEFT, _PLAIN, where)
        else:
            menu.close()

    @property
    def _forbidden(self) -> list[object]:
        return [self.window.actions_[name] for name in _FORBIDDEN]

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
            keys = [key for name in self.window.actions_ if name not in _FORBIDDEN
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
        return QPointF(self.random.uniform(0, max(1, view.width() - 1)), self.random.uniform(0, max(1, view.height() - 1)))

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
        QTest.keyClick(window, code, modifiers)

    def _click_on(self, widget: QWidget, button: Qt.MouseButton, double: bool = False) -> None:
        handle = widget.window().windowHandle()
        if handle is None or not widget.isVisible():
            return
        where = self._place_on(widget)
        if not _within(handle, where):
            return
        self._say(f"{_name(widget)} {where.x()},{where.y()}", more=True)
        modifiers = self.random.choice(_MODIFIERS)
        (QTest.mouseDClick if double else QTest.mouseClick)(handle, button, modifiers, where)

    # -- actions ----------------------------------------------------------------------------------------------------
    def _trigger(self) -> Steps:
        enabled = [name for name in self.window.actions_ if name not in (*_FORBIDDEN, "file.close")
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
        points = [point for point in points if _within(handle, point)] or [QPoint(1, 1)]
        QTest.mousePress(handle, button, modifiers, points[0])
        yield
        for point in points[1:]:
            QTest.mouseMove(handle, point)
            yield
            if self.random.random() < 0.01:
                self._key_to(handle, self._any_key())
                yield
        QTest.mouseRelease(handle, button, modifiers, points[-1])
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
            self._say(str(key.toString() if isinstance(key, QKeySequence) else key), more=True)
            self._key_to(self.window.windowHandle(), key)
            yield

    def _click(self) -> Steps:
        self._click_on(self._any_widget(self.random.choice(self._roots())), self.random.choice((_LEFT, _LEFT, _LEFT, _RIGHT)))
        yield

    def _double_click(self) -> Steps:
        self._click_on(self._any_widget(self.random.choice(self._roots())), _LEFT, double=True)
        yield

    def _drag(self) -> Steps:
        widget = self._any_widget(self.random.choice(self._roots()))
        handle = widget.window().windowHandle()
        start, end = self._place_on(widget), self._place_on(self._any_widget(widget.window()))
        if handle is None or not (_within(handle, start) and _within(handle, end)):
            return
        self._say(_name(widget), more=True)
        QTest.mousePress(handle, _LEFT, _PLAIN, start)
        yield
        for share in (0.1, 0.3, 0.6, 1.0):
            QTest.mouseMove(handle, start + (end - start) * share)
            yield
        QTest.mouseRelease(handle, _LEFT, _PLAIN, end)
        yield

    def _context_menu(self) -> Steps:
        widget = self._any_widget(self.window)
        self._say(_name(widget), more=True)
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
        for letter in self.random.choice(("12", "0.5", "-7", "x", "hair", "999999")):
            QTest.keyClick(self.window.windowHandle(), letter)
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

    # -- is everything in order? ----------------------------------------------------------------------------------
    def _note_start(self) -> None:
        document = self.workspace.document
        self._start = None if document is None else (document, fingerprint(document))

    def _calm(self) -> None:
        """Let everything that runs come to its end."""
        for _ in range(20):
            front = QApplication.activePopupWidget() or QApplication.activeModalWidget()
            if front is None:
                break
            front.close()
        self.window.toolbox.cancel()
        self.workspace.engine.abort()
        until = time.monotonic() + 10
        while (background.busy() or self.window.files.writer.busy) and time.monotonic() < until:
            QCoreApplication.processEvents()
            time.sleep(0.002)
        if self.workspace.engine.state is not RunState.IDLE:
            self.alarm.note("the run does not end")

    def check(self) -> None:
        """Undo everything and redo everything: the document must come back to the same states."""
        document = self.workspace.document
        if document is None:
            return
        if self.watch is not None:
            self.watch.paused = True
        self.checks += 1
        self.window.toolbox.finish()
        stack = self.workspace.undo
        index, last = stack.index(), stack.count()
        whole = _all_of(document, stack)
        if stack._forgotten == 0 and self._start is not None and self._start[0] is document \
                and whole[0] != self._start[1]:
            self.alarm.note(f"undoing all {last} steps does not lead back to the start")
        if _all_of(document, stack) != whole:
            self.alarm.note(f"undoing and redoing {last} steps leads elsewhere")
        stack.setIndex(index)
        if self.watch is not None:
            self.watch.paused = False

    def _make_photos(self) -> list[Path]:
        paths = []
        for number, (width, height) in enumerate(_SIZES):
            coarse = np.random.default_rng(number).integers(20, 236, (7, 7, 3), dtype=np.uint8)
            path = self.folder / f"photo{number}.png"
            cv2.imwrite(str(path), cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))
            paths.append(path)
        return paths


def fingerprint(document: Document) -> str:
    """Of everything that undo governs."""
    total = hashlib.blake2b(digest_size=16)
    for layer in document.layers:
        total.update(repr((layer.id, layer.name, layer.opacity, layer.visible, layer.locked, layer.blend_mode,
                           layer.origin, layer.mask_enabled, layer.pixels.shape)).encode())
        total.update(np.ascontiguousarray(layer.pixels).data)
        _add(total, layer.mask)
    total.update(repr(sorted(document.slots.items())).encode())
    for key, source in document.sources.items():
        total.update(key.encode())
        for role, mask in source.masks.items():
            # Hair that nobody painted comes from the engine, whenever that is ready.
            if role != "hair" or source.hair_painted:
                _add(total, mask)
    return total.hexdigest()


def _add(total: hashlib.blake2b, mask: Mask | None) -> None:
    if mask is not None:
        total.update(repr((mask.grow, mask.feather)).encode())
        total.update(mask.data.data)


def _all_of(document: Document, stack: object) -> tuple[str, str]:
    """The document with every step undone, and with every step done again."""
    stack.setIndex(0)  # type: ignore[attr-defined]
    first = fingerprint(document)
    stack.setIndex(stack.count())  # type: ignore[attr-defined]
    return first, fingerprint(document)


def _within(window: QWindow, where: QPoint) -> bool:
    """Whether a point lies in a window as the system has it; a resized widget's window follows a little later."""
    return QRect(QPoint(0, 0), window.size()).contains(where)


def _name(widget: QWidget) -> str:
    return f"{type(widget).__name__}:{widget.objectName() or widget.accessibleName()}"


@contextmanager
def _stubs(monkey: Monkey) -> Iterator[None]:
    """Nothing leaves the program: no native dialogs, no browser, no drags that wait for a real mouse."""
    def photo(*_: object, **__: object) -> tuple[str, str]:
        return (str(monkey._photo()) if monkey.random.random() < 0.7 else "", "")

    def photos(*_: object, **__: object) -> tuple[list[str], str]:
        return ([str(monkey._photo())], "")

    def place(*_: object, **__: object) -> tuple[str, str]:
        return (str(monkey.folder / f"saved{monkey.random.randrange(3)}.ora"), "")

    stubs = (
        (QFileDialog, "getOpenFileName", photo), (QFileDialog, "getOpenFileNames", photos),
        (QFileDialog, "getSaveFileName", place), (QFileDialog, "getExistingDirectory", lambda *_, **__: str(monkey.folder)),
        (QColorDialog, "getColor", lambda *_, **__: QColorDialog().currentColor()),
        (QDesktopServices, "openUrl", lambda *_: True),
        (QDrag, "exec", lambda *_, **__: Qt.DropAction.IgnoreAction),
    )
    with ExitStack() as stack:
        for owner, name, stub in stubs:
            stack.enter_context(mock.patch.object(owner, name, stub))
        for name in _FORBIDDEN:
            monkey.window.actions_[name].setEnabled(False)
        yield


def main() -> int:
    """Run by command; returns the exit code."""
    parser = argparse.ArgumentParser(description="Let a monkey play with the window.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--until", type=int, default=1 << 60, metavar="NUMBER", help="last action")
    parser.add_argument("--log", type=Path, help="write every action to this file")
    options = parser.parse_args()
    from editor.app import make_application
    from editor.theme import apply_theme

    app = make_application()
    apply_theme(app)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        log = None
        if options.log is not None:
            file = stack.enter_context(options.log.open("w", encoding="utf-8", buffering=1))
            log = lambda line: file.write(line + "\n")  # noqa: E731
        folder = Path(name)
        window = MainWindow(Settings(folder / "settings.ini"), Engine(entry=fake_engine.ENTRY))
        window.resize(1280, 800)
        window.show()
        window.activateWindow()
        window.files.open_path(sample(folder))
        monkey = Monkey(window, options.seed, folder, log)
        monkey.play(options.seconds, options.until)
        window.workspace.mark_saved()
        window.close()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    watch = monkey.watch
    assert watch is not None
    sys.stdout.write(f"seed {options.seed}: {monkey.count} actions, {monkey.events} events, {monkey.checks} checks\n"
                     f"{watch.summary()}\n{watch.report()}\n")
    for problem in monkey.alarm.problems:
        sys.stdout.write(f"PROBLEM {problem}\n")
    if monkey.alarm.problems:
        sys.stdout.write("before it:\n" + "\n".join(monkey.recent) + "\n")
    return 1 if monkey.alarm.problems or watch.stalls else 0


def sample(folder: Path) -> Path:
    """A portrait to begin with."""
    path = folder / "first.png"
    rows, columns = np.mgrid[0:1200, 0:900]
    cv2.imwrite(str(path), np.stack([rows % 256, columns % 256, (rows + columns) % 256], axis=2).astype(np.uint8))
    return path


if __name__ == "__main__":
    sys.exit(main())
