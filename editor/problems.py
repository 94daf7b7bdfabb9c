"""Nothing goes wrong unnoticed: uncaught exceptions and Qt's own warnings go to a log file and to a banner."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler

_log = logging.getLogger("editor")
_qt_log = logging.getLogger("qt")
_LEVELS = {QtMsgType.QtDebugMsg: logging.DEBUG, QtMsgType.QtInfoMsg: logging.INFO,
           QtMsgType.QtWarningMsg: logging.WARNING, QtMsgType.QtCriticalMsg: logging.ERROR,
           QtMsgType.QtFatalMsg: logging.CRITICAL}
_BYTES = 1 << 20


class Problems(QObject):
    """Catches what nobody caught.

    Signals:
        happened(str, str): an exception in one line, and its traceback; may come from any thread.
    """

    happened = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._before: tuple[Any, ...] | None = None

    def install(self) -> None:
        """From now on everything uncaught arrives here."""
        self._before = (sys.excepthook, sys.unraisablehook, threading.excepthook,
                        qInstallMessageHandler(_on_qt_message))
        sys.excepthook = self._on_exception
        sys.unraisablehook = self._on_unraisable
        threading.excepthook = self._on_thread

    def uninstall(self) -> None:
        """Put back what was there before."""
        if self._before is not None:
            sys.excepthook, sys.unraisablehook, threading.excepthook, handler = self._before
            qInstallMessageHandler(handler)
            self._before = None

    def _on_exception(
        self, kind: type[BaseException], value: BaseException, trace: TracebackType | None
    ) -> None:
        self._note(kind, value, trace)

    def _on_unraisable(self, unraisable: Any) -> None:
        if unraisable.exc_value is not None:
            self._note(type(unraisable.exc_value), unraisable.exc_value, unraisable.exc_traceback)

    def _on_thread(self, arguments: Any) -> None:
        if arguments.exc_value is not None:
            self._note(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    def _note(self, kind: type[BaseException], value: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        _log.error("uncaught", exc_info=(kind, value, trace))
        self.happened.emit(f"{kind.__name__}: {value}", "".join(traceback.format_exception(kind, value, trace)))


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, text: str | None) -> None:
    _qt_log.log(_LEVELS.get(kind, logging.WARNING), "%s", text)


def log_file(folder: Path) -> Path:
    """Where the log of a user lies."""
    return folder / "coiffe.log"


def start_log(folder: Path) -> logging.Handler | None:
    """Write what is logged to a file of at most a megabyte; None where the folder cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(log_file(folder), maxBytes=_BYTES, backupCount=1, encoding="utf-8", delay=True)
    except OSError as error:
        _log.warning("no log can be written to %s: %s", folder, error)
        return None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.INFO)
    return handler
