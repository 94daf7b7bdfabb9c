"""Starts the window: log, theme, translation, settings, and an orderly end whatever happens."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QLibraryInfo,
    QLocale,
    QObject,
    Qt,
    QThreadPool,
    QTimer,
    QTranslator,
)
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from core import __version__
from core.settings import resources_folder
from editor.look.theme import apply_theme
from editor.problems import Problems, start_log
from editor.settings import Settings
from editor.shell.garbage import GarbageCollector

_log = logging.getLogger(__name__)
_SWITCH_S = 0.001
"""How long Python lets another thread go on before the window's thread gets its turn; five times as long unless told,
and Qt lets go of Python many times while it draws one picture."""
_LAST_WORK_MS = 500
"""What still runs beside the window at its end gets this long."""


def main(argv: Sequence[str] | None = None) -> int:
    """Show the window until it is closed; returns the exit code.

    Args:
        argv: without the program's name: a portrait and references, or a project; None takes the command line.
    """
    options = _parse(sys.argv[1:] if argv is None else argv)
    app = make_application()
    settings = Settings()
    handler = start_log(settings.folder)
    problems = Problems(app)
    problems.install()
    apply_theme(app, settings.preferences.font_pixels)
    install_translations(app)
    if settings.preferences.threads:
        # The engine's process inherits it; numeric libraries read it when they are loaded.
        os.environ["OMP_NUM_THREADS"] = str(settings.preferences.threads)
    code = _run(app, settings, problems, options.files)
    problems.uninstall()
    pool = QThreadPool.globalInstance()
    pool.clear()
    if not pool.waitForDone(_LAST_WORK_MS):
        # Everything is saved; only the reading of some photo is still under way, and nothing can interrupt it.
        _log.info("ending without waiting for work beside the window")
        logging.shutdown()
        os._exit(code)
    if handler is not None:
        logging.getLogger().removeHandler(handler)
        handler.close()
    return code


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m editor", description="Edit a portrait in a window.")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE",
                        help="a portrait to open, then photographs to add as references")
    parser.add_argument("--version", action="version", version=f"Coiffe {__version__}")
    return parser.parse_args(list(argv))


def make_application() -> QApplication:
    """The application object, or the one that exists."""
    # OpenCV's wheel for Linux brings a Qt of its own and points Qt at it.
    os.environ.pop("QT_QPA_PLATFORM_PLUGIN_PATH", None)
    sys.setswitchinterval(_SWITCH_S)
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    QCoreApplication.setOrganizationName("Coiffe")
    QCoreApplication.setApplicationName("Coiffe")
    QCoreApplication.setApplicationVersion(__version__)
    QGuiApplication.setDesktopFileName("coiffe")
    app = QApplication(["coiffe"])
    app.setWindowIcon(QIcon(str(resources_folder() / "icons" / "coiffe.svg")))
    GarbageCollector(app)
    return app


def install_translations(app: QApplication) -> None:
    """Use the translation into the user's language where there is one; Qt's own dialogs included."""
    places = (("qtbase", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)),
              ("coiffe", str(resources_folder() / "translations")))
    for name, folder in places:
        translator = QTranslator(app)
        if translator.load(QLocale(), name, "_", folder):
            app.installTranslator(translator)


def _run(app: QApplication, settings: Settings, problems: Problems, files: Sequence[Path]) -> int:
    from editor.shell.main_window import MainWindow

    window = MainWindow(settings)
    problems.happened.connect(window.show_problem)
    window.restore_geometry()
    window.show()
    if files:
        window.files.open_paths(list(files))
    listener = _Terminator(window)
    listener.listen()
    code = app.exec()
    listener.silence()
    window.end()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return code


class _Terminator(QObject):
    """Ends the program when the system or Ctrl-C in a terminal asks for it."""

    def __init__(self, window: QObject) -> None:
        super().__init__(window)
        self._before: dict[int, object] = {}

    def listen(self) -> None:
        """From now on."""
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._asked)
        # Python sees a signal only when it runs; Qt's loop alone would sleep through it.
        self._pulse = QTimer(self)
        self._pulse.setInterval(300)
        self._pulse.timeout.connect(self._nothing)
        self._pulse.start()

    def silence(self) -> None:
        """No longer."""
        for number, before in self._before.items():
            signal.signal(number, before)  # pyright: ignore[reportArgumentType]

    def _asked(self, number: int, frame: object) -> None:
        # Not quit: it would ask about unsaved changes, and whoever sends a signal cannot answer.
        QCoreApplication.exit(0)

    def _nothing(self) -> None:
        pass
