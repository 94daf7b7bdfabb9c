"""The big Run button with Pause and Stop beside it; one look tells whether a run is under way and how far it is."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from editor.engine_link import RunState
from editor.look import theme
from editor.look.icons import icon
from editor.run.controller import RunController


class RunButtons(QWidget):
    """Run, Pause or Resume, Stop, and the reason when nothing can be run."""

    def __init__(self, controller: RunController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._controller = controller
        self._run = _ProgressButton()
        self._run.clicked.connect(self._start)
        self._pause = _square("pause")
        self._pause.clicked.connect(controller.toggle_pause)
        self._stop = _square("stop")
        self._stop.setToolTip(self.tr("Stop and keep the best so far as a candidate"))
        self._stop.setAccessibleName(self.tr("Stop"))
        self._stop.clicked.connect(controller.stop)
        self._reason = QLabel()
        self._reason.setWordWrap(True)
        theme.mark(self._reason, "dim")
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self._run, 1)
        row.addWidget(self._pause)
        row.addWidget(self._stop)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        column.addWidget(self._reason)
        column.addLayout(row)
        controller.stateChanged.connect(self.refresh)
        controller.stepChanged.connect(self.refresh)
        self.refresh()

    def _start(self) -> None:
        # Says in the status bar that a run is under way, if one is.
        self._controller.run()

    def refresh(self) -> None:
        """Show what can be done now."""
        controller, state = self._controller, self._controller.state
        active = controller.active
        reason = "" if active else controller.can_run()
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))
        self._run.setEnabled(not reason)
        share = controller.progress()
        self._run.set_progress(share if active else None, active)
        self._run.setText(self._title(state, share))
        self._run.setIcon(icon("run", theme.ON_ACCENT) if not active else icon("mdi6.progress-clock"))
        self._run.setToolTip(controller.can_run() or self.tr("Make the picture (Ctrl+Enter)"))
        sleeping = state in (RunState.PAUSED, RunState.PAUSING)
        text = self.tr("Resume") if sleeping else self.tr("Pause")
        self._pause.setIcon(icon("run" if sleeping else "pause"))
        self._pause.setToolTip(text)
        self._pause.setAccessibleName(text)
        self._pause.setEnabled(active and state is not RunState.STOPPING)
        self._stop.setEnabled(active and state is not RunState.STOPPING)

    def _title(self, state: RunState, share: float | None) -> str:
        names = {
            RunState.IDLE: self.tr("Run"), RunState.STARTING: self.tr("Preparing…"),
            RunState.RUNNING: self.tr("Running"), RunState.PAUSING: self.tr("Pausing…"),
            RunState.PAUSED: self.tr("Paused"), RunState.STOPPING: self.tr("Stopping…"),
        }
        if share is None or state not in (RunState.RUNNING, RunState.PAUSED):
            return names[state]
        return f"{names[state]} · {round(share * 100)} %"


class _ProgressButton(QPushButton):
    """The Run button; while a run is under way it fills up."""

    def __init__(self) -> None:
        super().__init__()
        self._share: float | None = None
        self._active = False
        self.setMinimumHeight(34)
        self.setIconSize(QSize(18, 18))
        theme.mark(self, "primary")

    def set_progress(self, share: float | None, active: bool) -> None:
        """Show a share 0..1 done; None while it is unknown."""
        if active != self._active:
            theme.mark(self, "primary", not active)
        if (share, active) != (self._share, self._active):
            self._share, self._active = share, active
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._active:
            return
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QColor(theme.ACCENT))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
            if self._share:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(theme.ACCENT))
                painter.drawRoundedRect(QRectF(3, self.height() - 6, (self.width() - 6) * self._share, 3), 1.5, 1.5)


def _square(name: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(icon(name))
    button.setIconSize(QSize(18, 18))
    button.setFixedSize(34, 34)
    return button
