"""The line at the bottom: what the tool does, zoom, what the photo is, what is going on."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QSizePolicy, QStatusBar, QWidget

from core.document.photo import Photo
from core.io.profile import profile_name
from editor.canvas.viewport import Viewport
from editor.look import theme
from editor.workspace import Workspace

_HINT_MS = 6000


class HintLabel(QLabel):
    """One line that ends in dots where there is no room for all of it; the tooltip has the rest."""

    def __init__(self) -> None:
        super().__init__()
        self._hint = ""
        # A long hint must not widen the window.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def show_hint(self, hint: str) -> None:
        """Show a line."""
        self._hint = hint
        self.setToolTip(hint)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.contentsRect().width()
        self.setText(self.fontMetrics().elidedText(self._hint, Qt.TextElideMode.ElideRight, room))


class StatusBar(QStatusBar):
    """Hints of actions and tools come and go on the left; zoom, photo and engine stay on the right.

    Signals:
        statusShown(str): the text about what is going on changed.
    """

    statusShown = Signal(str)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._tool_hint = ""
        self._viewport: Viewport | None = None
        self.setSizeGripEnabled(False)
        self.hint = HintLabel()
        self.hint.setContentsMargins(theme.GRID, 0, 0, 0)
        theme.mark(self.hint, "dim")
        self.zoom, self.photo, self.engine = QLabel(), QLabel(), QLabel()
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.setFixedWidth(72)
        self.busy.setTextVisible(False)
        self.busy.setAccessibleName(self.tr("Something is going on"))
        self.addWidget(self.hint, 1)
        for label, name in ((self.zoom, self.tr("Zoom")), (self.photo, self.tr("Photo")),
                            (self.engine, self.tr("Engine"))):
            label.setAccessibleName(name)
            label.setContentsMargins(theme.GRID, 0, theme.GRID, 0)
            theme.mark(label, "dim")
            self.addPermanentWidget(_separator())
            if label is self.engine:
                self.addPermanentWidget(self.busy)
            self.addPermanentWidget(label)
        self._back = QTimer(self)
        self._back.setSingleShot(True)
        self._back.setInterval(_HINT_MS)
        self._back.timeout.connect(self._show_tool_hint)
        workspace.hinted.connect(self.show_hint)
        workspace.documentReplaced.connect(self._show_photo)
        self._show_photo()
        self.set_status("")

    def follow(self, viewport: Viewport) -> None:
        """Show the zoom of this canvas."""
        self._viewport = viewport
        viewport.changed.connect(self._show_zoom)
        self._show_zoom()

    def set_tool_hint(self, hint: str) -> None:
        """What the active tool says about itself."""
        self._tool_hint = hint
        self._show_tool_hint()

    def show_hint(self, hint: str) -> None:
        """Show a line for a few seconds."""
        self.hint.show_hint(hint)
        self._back.start()

    def set_status(self, text: str, *, waiting: bool = False) -> None:
        """What is going on; empty when nothing is.

        Args:
            text: in a few words.
            waiting: whether nobody knows how long it will take.
        """
        self.engine.setText(text or self.tr("Ready"))
        self.busy.setVisible(waiting)
        self.statusShown.emit(self.engine.text())

    def _show_tool_hint(self) -> None:
        self._back.stop()
        hint = self._tool_hint if self._workspace.document is not None else ""
        self.hint.show_hint(hint)

    def _show_zoom(self) -> None:
        if self._viewport is not None:
            percent = self._viewport.scale * 100
            self.zoom.setText(f"{percent:.0f} %" if percent >= 10 else f"{percent:.1f} %")

    def _show_photo(self) -> None:
        document = self._workspace.document
        self.photo.setText("" if document is None else describe(document.identity.photo))
        for widget in self.findChildren(QFrame, "separator"):
            widget.setVisible(document is not None)
        self.zoom.setVisible(document is not None)
        self.photo.setVisible(document is not None)
        self._show_tool_hint()


def describe(photo: Photo) -> str:
    """Size, depth and profile in a few words."""
    profile = profile_name(photo.icc) if photo.icc is not None else "sRGB"
    return f"{photo.width} × {photo.height}   {photo.bit_depth} bit   {profile}"


def _separator() -> QFrame:
    line = QFrame()
    line.setObjectName("separator")
    line.setFixedSize(1, 14)
    return line
