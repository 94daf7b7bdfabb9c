"""One mask in the masks panel: thumbnail, name, colour and eye; pressing it makes it the one that is painted."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QColorDialog, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from editor.look import theme
from editor.look.icons import icon
from editor.widgets.buttons import tool_button

THUMBNAIL = 32
_HEIGHT = 48
_MARGIN = 8


class MaskRow(QAbstractButton):
    """See the module.

    Args:
        role: of the mask.
        title: for people.

    Signals:
        chosen(str), eyeClicked(str): role.
        colourChosen(str, str): role and "#rrggbb".
    """

    chosen = Signal(str)
    eyeClicked = Signal(str)
    colourChosen = Signal(str, str)

    def __init__(self, role: str, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.role = role
        self._caption = ""
        self._pixmap = QPixmap()
        self.setText(title)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.swatch = Swatch(self.tr("Overlay colour of %1").replace("%1", title), self)
        self.eye = tool_button(self, "visible", self.tr("Show %1 over the picture").replace("%1", title), self._eye)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 4, 0)
        row.setSpacing(4)
        row.addStretch(1)
        row.addWidget(self.swatch)
        row.addWidget(self.eye)
        self.swatch.chosen.connect(self._colour)
        self.clicked.connect(self._choose)

    def show_state(self, pixmap: QPixmap, caption: str, colour: str, shown: bool) -> None:
        """Show thumbnail, second line, overlay colour and whether the overlay is shown."""
        self._pixmap, self._caption = pixmap, caption
        self.swatch.set_colour(colour)
        self.eye.setIcon(icon("visible") if shown else icon("hidden", theme.DISABLED))
        self.setAccessibleName(f"{self.text()}, {caption}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(216, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(176, _HEIGHT)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.update()
        super().leaveEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            self._paint(painter)
        finally:
            painter.end()

    def _paint(self, painter: QPainter) -> None:
        painted = self.isChecked() and self.isEnabled()
        if painted:
            painter.fillRect(self.rect(), QColor(theme.HOVER))
        elif self.underMouse() and self.isEnabled():
            painter.fillRect(self.rect(), QColor(theme.RAISED))
        place = QRect(_MARGIN, (self.height() - THUMBNAIL) // 2, THUMBNAIL, THUMBNAIL)
        painter.fillRect(place, QColor(theme.LINE))
        inner = QRect(QPoint(0, 0), self._pixmap.deviceIndependentSize().toSize())
        inner.moveCenter(place.center())
        painter.drawPixmap(inner.topLeft(), self._pixmap)
        if painted:
            painter.setPen(QPen(QColor(theme.ACCENT_LIGHT), 2))
            painter.drawRect(place.adjusted(-1, -1, 2, 2))
        metrics = painter.fontMetrics()
        left, right = place.right() + 1 + _MARGIN, self.swatch.geometry().left() - 4
        width, line = max(0, right - left), metrics.height()
        top = (self.height() - 2 * line - 2) // 2
        painter.setPen(QColor(theme.TEXT if self.isEnabled() else theme.DISABLED))
        elide = Qt.TextElideMode.ElideRight
        painter.drawText(QRect(left, top, width, line), Qt.AlignmentFlag.AlignVCenter,
                         metrics.elidedText(self.text(), elide, width))
        painter.setPen(QColor(theme.DIM if self.isEnabled() else theme.DISABLED))
        painter.drawText(QRect(left, top + line + 2, width, line), Qt.AlignmentFlag.AlignVCenter,
                         metrics.elidedText(self._caption, elide, width))
        if self.hasFocus():
            painter.setPen(QColor(theme.ACCENT))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _choose(self) -> None:
        self.chosen.emit(self.role)

    def _eye(self) -> None:
        self.eyeClicked.emit(self.role)

    def _colour(self, colour: str) -> None:
        self.colourChosen.emit(self.role, colour)


class Swatch(QToolButton):
    """A colour that can be chosen.

    Signals:
        chosen(str): "#rrggbb".
    """

    chosen = Signal(str)

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._colour = QColor("#808080")
        self._name = name
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setAutoRaise(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedSize(28, 28)
        self.clicked.connect(self.choose)

    def set_colour(self, colour: str) -> None:
        """Show a colour "#rrggbb"."""
        self._colour = QColor(colour)
        self.update()

    def choose(self) -> None:
        """Let the user pick another colour."""
        colour = QColorDialog.getColor(self._colour, self, self._name)
        if colour.isValid():
            self.chosen.emit(colour.name())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(theme.EDGE), 1))
            painter.setBrush(self._colour if self.isEnabled() else QColor(theme.RAISED))
            painter.drawRoundedRect(self.rect().adjusted(7, 7, -7, -7), 3, 3)
        finally:
            painter.end()
