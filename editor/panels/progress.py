"""The strip under the canvas: where the run is, and whether what is seen has been applied."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from editor.engine_link import RunState
from editor.look import theme
from editor.look.icons import icon
from editor.run.controller import RunController
from editor.widgets.loss_curve import LossCurve
from editor.workspace import Workspace

_ROOMY = 640
"""From this width on there is room for the curve beside words and buttons."""


class ProgressStrip(QWidget):
    """See the module. Of one height whatever it shows, so that the canvas never jumps.

    Args:
        workspace, controller: of the window.

    Signals:
        answersWanted: the contact sheet is to be shown.
    """

    answersWanted = Signal()

    def __init__(self, workspace: Workspace, controller: RunController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._workspace, self._controller = workspace, controller
        self._mark = QLabel()
        self._strong = QLabel()
        theme.mark(self._strong, "heading")
        self._strong.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._text = _Elided()
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setMinimumWidth(48)
        self._bar.setMaximumWidth(140)
        self._bar.setAccessibleName(self.tr("Progress of the run"))
        self._curve = LossCurve()
        self._pause = QToolButton()
        self._pause.clicked.connect(controller.toggle_pause)
        self._stop = QToolButton()
        self._stop.setIcon(icon("stop"))
        self._stop.setToolTip(self.tr("Stop and keep the best so far as a candidate"))
        self._stop.setAccessibleName(self.tr("Stop"))
        self._stop.clicked.connect(controller.stop)
        # The keys themselves belong to the window's actions; two owners of a key would silence each other.
        self._apply = QPushButton(self.tr("Apply  ⏎"))
        self._apply.setAccessibleName(self.tr("Apply"))
        self._apply.setToolTip(self.tr("Make this result a layer (Enter)"))
        theme.mark(self._apply, "primary")
        self._apply.clicked.connect(controller.apply)
        self._answers = QPushButton(icon("mdi6.view-grid-outline"), "")
        self._answers.setToolTip(self.tr("See all answers of this run and choose another one"))
        self._answers.clicked.connect(self.answersWanted)
        self._discard = QPushButton(self.tr("Discard  Esc"))
        self._discard.setAccessibleName(self.tr("Discard"))
        self._discard.clicked.connect(controller.discard)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 8, 5)
        row.setSpacing(10)
        for widget in (self._mark, self._strong, self._text, self._bar, self._curve, self._pause, self._stop,
                       self._answers, self._apply, self._discard):
            row.addWidget(widget)
        row.setStretchFactor(self._text, 1)
        self.setFixedHeight(42)
        self.setAccessibleName(self.tr("Run"))
        controller.stateChanged.connect(self.refresh)
        controller.stepChanged.connect(self.refresh)
        workspace.pendingChanged.connect(self.refresh)
        workspace.documentReplaced.connect(self.refresh)
        self.refresh()

    def sizeHint(self) -> QSize:
        return QSize(720, 42)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (event.size().width() >= _ROOMY) != (event.oldSize().width() >= _ROOMY):
            self.refresh()

    def refresh(self) -> None:
        """Show what is going on."""
        controller = self._controller
        active, pending = controller.active, self._workspace.pending
        share = controller.progress()
        state = controller.state
        self._show_mark(active, pending is not None)
        self._show_text(active)
        preparing = active and share is None and state is RunState.STARTING
        self._bar.setVisible(active)
        self._bar.setRange(0, 0 if preparing else 1000)
        if not preparing:
            self._bar.setValue(round((share or 0) * 1000))
        self._curve.setVisible(self.width() >= _ROOMY and len(controller.losses) > 1
                               and (active or pending is not None))
        self._curve.set_values(controller.losses, share if active else None)
        sleeping = state in (RunState.PAUSED, RunState.PAUSING)
        name = self.tr("Resume") if sleeping else self.tr("Pause")
        self._pause.setIcon(icon("run" if sleeping else "pause"))
        self._pause.setToolTip(name)
        self._pause.setAccessibleName(name)
        for button in (self._pause, self._stop):
            button.setVisible(active)
            button.setEnabled(state is not RunState.STOPPING)
        self._apply.setVisible(not active and pending is not None)
        count = 0 if pending is None else len(pending.choices)
        name = self.tr("{0} answers…").format(count)
        self._answers.setAccessibleName(name)
        self._answers.setText(name if self.width() >= _ROOMY else str(count))
        self._answers.setVisible(not active and count > 1)
        leftover = controller.failed and not active
        self._discard.setVisible((not active and pending is not None) or leftover)
        self._discard.setToolTip(self._discard_tip())

    def _discard_tip(self) -> str:
        pending = self._workspace.pending
        if pending is not None and not self._controller.is_fresh(pending):
            return self.tr("Take this candidate off the canvas; it stays in the list (Esc)")
        return self.tr("Take this result away for good (Esc)")

    def _show_mark(self, active: bool, pending: bool) -> None:
        sleeping = self._controller.state in (RunState.PAUSED, RunState.PAUSING)
        name, colour = "", theme.DIM
        if active:
            name, colour = ("pause", theme.WARNING) if sleeping else ("run", theme.ACCENT_LIGHT)
        elif self._controller.failed:
            name, colour = "error", theme.ERROR
        elif pending:
            name, colour = "visible", theme.WARNING
        self._mark.setVisible(bool(name))
        if name:
            self._mark.setPixmap(icon(name, colour).pixmap(QSize(18, 18)))

    def _show_text(self, active: bool) -> None:
        pending = self._workspace.pending
        strong, rest = "", self._controller.describe()
        if active:
            strong = self.tr("Running") if self._controller.state is RunState.RUNNING else ""
        elif pending is not None and not self._controller.failed:
            strong, rest = self.tr("Preview, not applied"), pending.name
            if not pending.complete:
                rest += " · " + self.tr("stopped at step {0}").format(pending.report.get("steps", "?"))
        elif not rest:
            rest = self.tr("Nothing is running.") if self._workspace.document is not None else ""
        self._strong.setText(strong)
        self._strong.setVisible(bool(strong))
        self._text.show_text(rest)


class _Elided(QLabel):
    """One line that is cut with dots where there is no room; the tooltip has all of it."""

    def __init__(self) -> None:
        super().__init__()
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def show_text(self, text: str) -> None:
        """Show this."""
        if text != self._whole:
            self._whole = text
            self.setToolTip(text)
            self.setAccessibleName(text)
            self.updateGeometry()
            self._cut()

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + 4, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(60, super().sizeHint().height())

    def _cut(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cut()
