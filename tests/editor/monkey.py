"""A monkey at the window: seeded random actions on everything that can be seen, and a look at what became of it.

``python -m tests.editor.monkey --seed 7 --seconds 600`` runs it by command: it prints how long the window took to
answer, every stall over 100 ms with the place in the program that caused it, and fails on those too. ``--until 812``
plays the same actions again and stops after the one of that number; ``--log`` names a file for all of them.
In the tests it runs for COIFFE_MONKEY_SECONDS (60) with the seed COIFFE_MONKEY_SEED (1).
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

import cv2
import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, Qt, QTimer
from PySide6.QtGui import QDesktopServices, QDrag
from PySide6.QtWidgets import QApplication, QColorDialog, QDialog, QFileDialog, QMenu

from core.document.document import Document
from core.document.mask import Mask
from editor import background
from editor.engine_link import Engine, RunState
from editor.settings import Settings
from editor.shell.main_window import MainWindow
from tests.editor import fake_engine
from tests.editor.alarm import STALL_S, Alarm, StallWatch
from tests.editor.tricks import FORBIDDEN, Steps, Tricks, key_name, name_of

_LEFT, _RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
_PATIENCE = 60
"""Actions inside a dialog before it is closed."""


class Monkey(Tricks):
    """Acts on one window, one event per turn of the event loop.

    Args:
        window: with an engine that may be run.
        seed: names the whole sequence, as far as the engine's timing lets it.
        folder: for photographs and what is saved.
        log: takes one line per action.
        limit_s: from here on a delay is noted as a stall.
    """

    def __init__(self, window: MainWindow, seed: int, folder: Path, log: Callable[[str], object] | None = None,
                 limit_s: float = STALL_S) -> None:
        super().__init__(window, seed, folder)
        self.count = 0
        self.events = 0
        self.doing = "start"
        self.recent: list[str] = []
        self.checks = 0
        self.watch: StallWatch | None = None
        self.alarm = Alarm(lambda: f"seed {seed}, action {self.count} ({self.doing})")
        self._log, self._limit_s = log, limit_s
        self._loop = QEventLoop()
        self._steps: Steps | None = None
        self._depth = self._inside = 0
        self._until, self._most = 0.0, 0
        self._start: tuple[Document, str] | None = None
        self.workspace.documentReplaced.connect(self._note_start)

    # -- the loop ---------------------------------------------------------------------------------------------------
    def play(self, seconds: float, most: int = 1 << 60) -> None:
        """Act for so long, or so many actions; then see whether everything is still in order."""
        self._until, self._most = time.monotonic() + seconds, most
        watch = StallWatch(lambda: f"action {self.count}: {self.doing}", self._limit_s)
        with _stubs(self), self.alarm, watch as self.watch:
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
            weights = [weight for weight, _ in self.actions]
            action = self.random.choices(self.actions, weights)[0][1]
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
            self._say(f"[away with {name_of(front)}]", more=True)
            front.reject() if isinstance(front, QDialog) else front.close()
        elif chance < 0.12 and isinstance(front, QDialog):
            self._say(f"[accept {name_of(front)}]", more=True)
            front.accept()
        elif isinstance(front, QMenu):
            self._choose(front)
        elif chance < 0.6:
            self._click_on(self._any_widget(front), self.random.choice((_LEFT, _LEFT, _LEFT, _RIGHT)))
        else:
            key = self._any_key()
            self._say(f"[{key_name(key)} to {name_of(front)}]", more=True)
            self._key_to(front.windowHandle(), key)

    def _choose(self, menu: QMenu) -> None:
        actions = [action for action in menu.actions() if action.isEnabled() and action.isVisible()
                   and not action.isSeparator() and action not in self._forbidden]
        if not actions or self.random.random() < 0.3:
            menu.close()
            return
        action = self.random.choice(actions)
        self._say(f"[menu {action.text()}]", more=True)
        where = menu.actionGeometry(action).center()
        handle = menu.windowHandle()
        if menu.rect().contains(where) and handle is not None:
            self._click_at(handle, where, _LEFT)
        else:
            menu.close()

    @property
    def _forbidden(self) -> list[object]:
        return [self.window.actions_[name] for name in FORBIDDEN]

    # -- is everything in order? ----------------------------------------------------------------------------------
    def _note_start(self) -> None:
        document = self.workspace.document
        if self.watch is not None:
            # Reading every pixel is the monkey's own doing.
            self.watch.paused = True
        self._start = None if document is None else (document, fingerprint(document))
        if self.watch is not None:
            self.watch.paused = False

    def _calm(self) -> None:
        """Let everything that runs come to its end."""
        for _ in range(20):
            front = QApplication.activePopupWidget() or QApplication.activeModalWidget()
            if front is None:
                break
            front.close()
        self._let_go()
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


@contextmanager
def _stubs(monkey: Monkey) -> Iterator[None]:
    """Nothing leaves the program: no native dialogs, no browser, no drags that wait for a real mouse."""
    def photo(*_: object, **__: object) -> tuple[str, str]:
        return (str(monkey._photo()) if monkey.random.random() < 0.7 else "", "")

    def photos(*_: object, **__: object) -> tuple[list[str], str]:
        return ([str(monkey._photo())], "")

    def place(*_: object, **__: object) -> tuple[str, str]:
        return (str(monkey.folder / f"saved{monkey.random.randrange(3)}.ora"), "")

    def folder(*_: object, **__: object) -> str:
        return str(monkey.folder)

    stubs = (
        (QFileDialog, "getOpenFileName", photo), (QFileDialog, "getOpenFileNames", photos),
        (QFileDialog, "getSaveFileName", place), (QFileDialog, "getExistingDirectory", folder),
        (QColorDialog, "getColor", lambda *_, **__: QColorDialog().currentColor()),
        (QDesktopServices, "openUrl", lambda *_: True),
        (QDrag, "exec", lambda *_, **__: Qt.DropAction.IgnoreAction),
    )
    with ExitStack() as stack:
        for owner, name, stub in stubs:
            stack.enter_context(mock.patch.object(owner, name, stub))
        for name in FORBIDDEN:
            monkey.window.actions_[name].setEnabled(False)
        yield


def main() -> int:
    """Run by command; returns the exit code."""
    parser = argparse.ArgumentParser(description="Let a monkey play with the window.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--until", type=int, default=1 << 60, metavar="NUMBER", help="last action")
    parser.add_argument("--limit", type=float, default=1000 * STALL_S, metavar="MS", help="report longer delays")
    parser.add_argument("--log", type=Path, help="write every action to this file")
    options = parser.parse_args()
    from editor.app import make_application
    from editor.look.theme import apply_theme

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
        monkey = Monkey(window, options.seed, folder, log, options.limit / 1000)
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
    slow = any(stall.wall_s > STALL_S for stall in watch.stalls)
    return 1 if monkey.alarm.problems or slow else 0


def sample(folder: Path) -> Path:
    """A portrait to begin with."""
    path = folder / "first.png"
    rows, columns = np.mgrid[0:1200, 0:900]
    cv2.imwrite(str(path), np.stack([rows % 256, columns % 256, (rows + columns) % 256], axis=2).astype(np.uint8))
    return path


if __name__ == "__main__":
    sys.exit(main())
