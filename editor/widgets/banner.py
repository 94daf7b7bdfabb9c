"""Messages that neither block nor get lost: what happened, why, and what to do next, above the canvas."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEasingCurve, QEvent, QPropertyAnimation, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QColor, QEnterEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from editor.look import theme
from editor.look.icons import icon
from editor.workspace import Notice, Workspace

MOST = 3
INFO_MS = 6000
_FADE_MS = 180
_STRIPE = 4
_COLOURS = {"error": theme.ERROR, "warning": theme.WARNING, "info": theme.ACCENT_LIGHT}


class Banner(QFrame):
    """One message. An info goes away by itself unless the mouse or the keyboard is on it.

    Args:
        notice: what to say.
        action_text: label of a button that helps, "" for none.
        action: what that button does; the banner closes with it.

    Signals:
        closed(Banner): it is to be removed.
    """

    closed = Signal(object)

    def __init__(
        self, notice: Notice, action_text: str = "", action: Callable[[], None] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.notice = notice
        self._action = action
        self._closing = False
        self._colour = _COLOURS.get(notice.level, theme.ERROR)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self._details = self._build(action_text)
        self._describe()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(INFO_MS)
        self._timer.timeout.connect(self.fade)
        self._fade = QPropertyAnimation(self, b"maximumHeight", self)
        self._fade.setDuration(_FADE_MS)
        self._fade.setEasingCurve(QEasingCurve.Type.InOutQuad)
        self._fade.finished.connect(self.close_now)
        self._rest()

    def _build(self, action_text: str) -> QPlainTextEdit | None:
        notice = self.notice
        name = notice.level if notice.level in _COLOURS else "error"
        mark = QLabel()
        mark.setPixmap(icon(name, self._colour).pixmap(QSize(20, 20)))
        mark.setAlignment(Qt.AlignmentFlag.AlignTop)
        what = _text(notice.what)
        theme.mark(what, "heading")
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(what)
        rest = " ".join(part for part in (notice.why, notice.next_step) if part)
        if rest:
            words.addWidget(_text(rest))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(mark)
        row.addLayout(words, 1)
        if notice.detail:
            self._toggle = QPushButton(self.tr("Details"))
            self._toggle.setCheckable(True)
            self._toggle.toggled.connect(self._show_details)
            row.addWidget(self._toggle, 0, Qt.AlignmentFlag.AlignTop)
        if action_text:
            button = QPushButton(action_text)
            button.clicked.connect(self._act)
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        close = QToolButton()
        close.setIcon(icon("close"))
        close.setToolTip(self.tr("Close this message (Esc)"))
        close.setAccessibleName(self.tr("Close message"))
        close.clicked.connect(self.close_now)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(_STRIPE + 10, 8, 8, 8)
        column.addLayout(row)
        if not notice.detail:
            return None
        details = QPlainTextEdit(notice.detail)
        details.setReadOnly(True)
        details.setMaximumHeight(120)
        details.setAccessibleName(self.tr("Details"))
        details.setVisible(False)
        column.addWidget(details)
        return details

    def _describe(self) -> None:
        level = {"error": self.tr("Error"), "warning": self.tr("Warning"), "info": self.tr("Note")}
        notice = self.notice
        self.setAccessibleName(f"{level.get(notice.level, level['error'])}: {notice.what}")
        self.setAccessibleDescription(" ".join(part for part in (notice.why, notice.next_step) if part))

    def announce(self) -> None:
        """Tell screen readers."""
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    # -- going away -------------------------------------------------------------------------------------------------
    def _rest(self) -> None:
        if self.notice.level == "info":
            self._timer.start()

    def fade(self) -> None:
        """Go away smoothly, unless somebody is just reading with mouse or keyboard."""
        if self.underMouse() or self._has_focus_inside():
            self._rest()
            return
        self._fade.setStartValue(self.height())
        self._fade.setEndValue(0)
        self._fade.start()

    def close_now(self) -> None:
        """Go away at once."""
        if not self._closing:
            self._closing = True
            self._timer.stop()
            self.closed.emit(self)

    def _has_focus_inside(self) -> bool:
        focused = self.focusWidget()
        return self.hasFocus() or (focused is not None and focused.hasFocus())

    def _act(self) -> None:
        if self._action is not None:
            self._action()
        self.close_now()

    def _show_details(self, shown: bool) -> None:
        if self._details is not None:
            self._details.setVisible(shown)
        self._timer.stop()

    # -- events -----------------------------------------------------------------------------------------------------
    def enterEvent(self, event: QEnterEvent) -> None:
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._rest()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_now()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        # Esc closes the focused banner before any shortcut of the window sees the key.
        if (event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
                and event.key() == Qt.Key.Key_Escape):
            event.accept()
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(theme.RAISED))
            painter.fillRect(0, 0, _STRIPE, self.height(), QColor(self._colour))
            line = theme.ACCENT_LIGHT if self.hasFocus() else theme.LINE
            painter.setPen(QColor(line))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))


class BannerStack(QWidget):
    """Shows what the workspace is notified of, the newest at the top, three at most; no higher than its messages.

    Args:
        workspace: whose notices are shown.
    """

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.banners: list[Banner] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.setVisible(False)
        workspace.noticed.connect(self.add)

    def add(self, notice: Notice, action_text: str = "", action: Callable[[], None] | None = None) -> Banner:
        """Show a message; one that says the same is replaced, and of more than three the oldest harmless one goes."""
        for banner in [banner for banner in self.banners if banner.notice == notice]:
            self._remove(banner)
        banner = Banner(notice, action_text, action, self)
        banner.closed.connect(self._remove)
        self.banners.append(banner)
        self._column.insertWidget(0, banner)
        while len(self.banners) > MOST:
            quiet = (other for other in self.banners[:-1] if other.notice.level != "error")
            self._remove(next(quiet, self.banners[0]))
        self.setVisible(True)
        banner.announce()
        return banner

    def clear(self) -> None:
        """Remove every message."""
        for banner in tuple(self.banners):
            self._remove(banner)

    def _remove(self, banner: Banner) -> None:
        if banner in self.banners:
            self.banners.remove(banner)
            self._column.removeWidget(banner)
            banner.hide()
            banner.deleteLater()
            self.setVisible(bool(self.banners))


def _text(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    # What an error says may hold anything; it is never markup.
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    return label
