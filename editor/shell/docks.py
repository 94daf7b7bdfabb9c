"""The panels around the canvas: where they stand at first, their quiet titles, and how they are put back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import shiboken6
from PySide6.QtCore import QByteArray, QCoreApplication, QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QDockWidget,
    QLabel,
    QMainWindow,
    QTabBar,
    QTabWidget,
    QWidget,
)

from editor.settings import Settings
from editor.widgets.buttons import tool_button

LAYOUT_VERSION = 1
RIGHT_WIDTH = 320
TITLE_HEIGHT = 28
_LOW = 700
_AROUND = 99
"""Height of menu, tool options and status bar together, about."""
_SEPARATOR = 5
_UNLIMITED = 16777215
_BELOW = (Qt.DockWidgetArea.TopDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea)


@dataclass(frozen=True)
class Panel:
    """One dock.

    Attributes:
        name: object name, kept in saved layouts.
        title: for people.
        widget: what is in it.
        area: where it stands at first.
        tab_of: name of the panel that it shares its place with, or empty.
        height: at first, in its column; 0 shares what the others leave.
        tab_when_low: as ``tab_of``, but only where the window is too low for panels one above the other.
        roomy: height in a column that is high enough to give the others what they want, too.
    """

    name: str
    title: str
    widget: QWidget
    area: Qt.DockWidgetArea = Qt.DockWidgetArea.RightDockWidgetArea
    tab_of: str = ""
    tab_when_low: str = ""
    height: int = 0
    roomy: int = 0


class DockTitle(QWidget):
    """Title of a dock: its name, float and close.

    Only the buttons, on the left, where docks lie side by side; nothing while a tab already says the name.
    """

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        self.setObjectName("dockTitle")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._dock = dock
        self._label = QLabel(dock.windowTitle())
        float_button = tool_button(self, "float", self.tr("Float {0}").format(dock.windowTitle()), self._toggle_float)
        close_button = tool_button(self, "close", self.tr("Hide {0}").format(dock.windowTitle()), dock.close)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setSpacing(0)
        self._row.addWidget(self._label, 1)
        self._buttons = (float_button, close_button)
        for button in self._buttons:
            button.setIconSize(button.iconSize() * 0.75)
            button.setFixedSize(22, 22)
            self._row.addWidget(button)
        self._row.addStretch()
        self._tabbed = self._sideways = False
        self.show_as(tabbed=False, sideways=False)

    def show_as(self, *, tabbed: bool, sideways: bool) -> None:
        """Whether the dock has a tab, and whether the title stands at its left."""
        self._tabbed, self._sideways = tabbed, sideways
        self._label.setVisible(not sideways)
        for button in self._buttons:
            # Where there is no title to see, the Tab key must not go through it.
            button.setVisible(not tabbed)
        if sideways:
            self._row.setDirection(QBoxLayout.Direction.TopToBottom)
            self._row.setContentsMargins(2, 4, 2, 4)
        else:
            self._row.setDirection(QBoxLayout.Direction.LeftToRight)
            self._row.setContentsMargins(12, 0, 4, 0)
        thickness = 0 if tabbed else TITLE_HEIGHT
        self.setMaximumSize(thickness if sideways else _UNLIMITED, _UNLIMITED if sideways else thickness)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        thickness = 0 if self._tabbed else TITLE_HEIGHT
        return QSize(thickness, 0) if self._sideways else QSize(super().sizeHint().width(), thickness)

    def minimumSizeHint(self) -> QSize:
        hint = self.sizeHint()
        return QSize(hint.width(), 0) if self._sideways else QSize(0, hint.height())

    def _toggle_float(self) -> None:
        self._dock.setFloating(not self._dock.isFloating())


class Docks(QObject):
    """All docks of the window.

    Args:
        window: their window.
        panels: from top to bottom.
    """

    def __init__(self, window: QMainWindow, panels: list[Panel]) -> None:
        super().__init__(window)
        self._window, self._panels = window, panels
        self.docks: dict[str, QDockWidget] = {}
        self._hidden: list[QDockWidget] = []
        self._parked: set[str] = set()
        self._layout = QByteArray()
        self._room: dict[str, int] = {}
        self._room_timer = QTimer(self)
        self._room_timer.setSingleShot(True)
        self._room_timer.setInterval(0)
        self._room_timer.timeout.connect(self._make_room)
        self._titles = QTimer(self)
        self._titles.setSingleShot(True)
        self._titles.setInterval(0)
        self._titles.timeout.connect(self._show_titles)
        window.setDockOptions(QMainWindow.DockOption.AllowTabbedDocks | QMainWindow.DockOption.AllowNestedDocks)
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        for corner in (Qt.Corner.TopRightCorner, Qt.Corner.BottomRightCorner):
            window.setCorner(corner, Qt.DockWidgetArea.RightDockWidgetArea)
        for panel in panels:
            self.docks[panel.name] = self._make(panel)
        self.arrange()
        window.tabifiedDockWidgetActivated.connect(self._titles.start)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._follow_focus)

    def _make(self, panel: Panel) -> QDockWidget:
        dock = QDockWidget(panel.title, self._window)
        dock.setObjectName(panel.name)
        dock.setWidget(panel.widget)
        panel.widget.setAccessibleName(panel.title)
        dock.setTitleBarWidget(DockTitle(dock))
        action = dock.toggleViewAction()
        action.triggered.connect(partial(self._take_in_hand, panel.name))
        action.setStatusTip(QCoreApplication.translate("Docks", "Show or hide this panel"))
        for signal in (dock.dockLocationChanged, dock.topLevelChanged, dock.visibilityChanged):
            signal.connect(self._titles.start)
        dock.installEventFilter(self)
        return dock

    def arrange(self) -> None:
        """Put every panel where it stands at first."""
        self._hidden.clear()
        for panel in self._panels:
            dock = self.docks[panel.name]
            dock.setFloating(False)
            self._window.addDockWidget(panel.area, dock)
            if panel.tab_of:
                self._window.tabifyDockWidget(self.docks[panel.tab_of], dock)
            dock.show()
        low = self._window.height() < _LOW
        for panel in self._panels:
            if low and panel.tab_when_low:
                self._window.tabifyDockWidget(self.docks[panel.tab_when_low], self.docks[panel.name])
        for panel in self._panels:
            if any(other.tab_of == panel.name for other in self._panels):
                self.docks[panel.name].raise_()
        standing = [panel for panel in self._panels if not (panel.tab_of or (low and panel.tab_when_low))]
        right = [panel for panel in standing if panel.area is Qt.DockWidgetArea.RightDockWidgetArea]
        bottom = [panel for panel in standing if panel.area is Qt.DockWidgetArea.BottomDockWidgetArea]
        self._window.resizeDocks([self.docks[panel.name] for panel in right], self._heights(right),
                                 Qt.Orientation.Vertical)
        self._window.resizeDocks([self.docks[right[0].name]], [RIGHT_WIDTH], Qt.Orientation.Horizontal)
        self._window.resizeDocks([self.docks[panel.name] for panel in bottom], [panel.height for panel in bottom],
                                 Qt.Orientation.Vertical)
        self._hide_parked()
        self._titles.start()

    def _heights(self, column: list[Panel]) -> list[int]:
        """Heights of the docks of one column: what was asked for as far as the others leave it, the rest shared."""
        room = self._window.height() - _AROUND - _SEPARATOR * (len(column) - 1)
        heights = {panel.name: self.docks[panel.name].minimumSizeHint().height() for panel in column}
        room -= sum(heights.values())
        for wishes in ({panel.name: panel.height for panel in column}, {panel.name: panel.roomy for panel in column}):
            for name, wish in wishes.items():
                extra = min(max(wish - heights[name], 0), max(room, 0))
                heights[name] += extra
                room -= extra
        sharing = [panel for panel in column if not panel.roomy] or column
        for panel in sharing:
            heights[panel.name] += max(room, 0) // len(sharing)
        return [heights[panel.name] for panel in column]

    def _follow_focus(self, _before: QWidget | None, now: QWidget | None) -> None:
        """Bring a panel behind another tab to the front when the Tab key goes into it."""
        for dock in self.docks.values():
            if now is not None and dock.isAncestorOf(now) and dock.isVisible() and dock.visibleRegion().isEmpty():
                dock.raise_()

    def show_panel(self, name: str) -> QWidget:
        """Bring a panel to the front; returns what is in it."""
        dock = self.docks[name]
        dock.show()
        dock.raise_()
        return dock.widget()

    # -- all at once ------------------------------------------------------------------------------------------------
    @property
    def all_hidden(self) -> bool:
        """Whether ``set_all_hidden`` took the panels away."""
        return bool(self._hidden)

    def set_all_hidden(self, hidden: bool) -> None:
        """Take away what is visible, or bring just that back."""
        if hidden:
            self._hidden = [dock for dock in self.docks.values() if not dock.isHidden()]
            for dock in self._hidden:
                dock.hide()
        else:
            for dock in self._hidden:
                dock.show()
            self._hidden = []
        self._hide_parked()

    def park(self, name: str, parked: bool) -> None:
        """Keep a panel out of the way while there is nothing in it; brought back only where nobody else hid it."""
        dock = self.docks[name]
        if parked and name not in self._parked and (dock in self._hidden or not dock.isHidden()):
            self._parked.add(name)
            self._hide_parked()
        elif not parked and name in self._parked:
            self._parked.discard(name)
            if self._hidden:
                self._hidden.append(dock)
            else:
                dock.show()

    def make_room(self, name: str, height: int) -> None:
        """Let what is in a panel be so high, as far as the panels below it can spare it; they may be resized later."""
        self._room[name] = height
        self._room_timer.start()

    def _make_room(self) -> None:
        wanted, self._room = self._room, {}
        for name, height in wanted.items():
            dock = self.docks[name]
            missing = height - dock.widget().height()
            below = [other for other in self.docks.values()
                     if other is not dock and self._stands_under(dock, other)]
            heights = {dock: dock.height()}
            for other in sorted(below, key=lambda each: each.y()):
                spare = max(0, other.height() - other.minimumSizeHint().height())
                taken = min(spare, max(missing, 0))
                heights[dock] += taken
                heights[other] = other.height() - taken
                missing -= taken
            if heights[dock] > dock.height():
                self._window.resizeDocks(list(heights), list(heights.values()), Qt.Orientation.Vertical)

    def _stands_under(self, dock: QDockWidget, other: QDockWidget) -> bool:
        """Whether a panel is seen below another one in the same column."""
        areas = {self._window.dockWidgetArea(each) for each in (dock, other)}
        seen = all(each.isVisible() and not each.isFloating() and not each.visibleRegion().isEmpty()
                   for each in (dock, other))
        return seen and len(areas) == 1 and other.y() > dock.y()

    def _take_in_hand(self, name: str, _shown: bool = False) -> None:
        self._parked.discard(name)

    def _hide_parked(self) -> None:
        for name in self._parked:
            self.docks[name].hide()
        self._hidden = [dock for dock in self._hidden if dock.objectName() not in self._parked]

    # -- between sessions -------------------------------------------------------------------------------------------
    def save(self, settings: Settings) -> None:
        """Keep the layout."""
        if self.all_hidden:
            return
        for name in self._parked:
            self.docks[name].show()
        settings.set_bytes("layout", self._window.saveState(LAYOUT_VERSION))
        self._hide_parked()

    def restore(self, settings: Settings) -> None:
        """Bring the kept layout back; without one everything stays where it stands at first."""
        self._layout = settings.bytes("layout")
        self._lay_out()
        # Sizes count only once the docks have been laid out, and until then tab bars of the layout before may stand.
        self._window.setUpdatesEnabled(False)
        QTimer.singleShot(0, self._lay_out_again)

    def _lay_out(self) -> None:
        if self._layout.isEmpty() or not self._window.restoreState(self._layout, LAYOUT_VERSION):
            self.arrange()
        else:
            # Hidden in the kept layout, it was hidden by hand.
            self._parked = {name for name in self._parked if not self.docks[name].isHidden()}
        self._hide_parked()
        self._titles.start()

    def _lay_out_again(self) -> None:
        if not shiboken6.isValid(self._window):
            # Closed before its turn.
            return
        self._lay_out()
        self._window.setUpdatesEnabled(True)

    def _show_titles(self) -> None:
        for dock in self.docks.values():
            tabbed = any(not other.isHidden() for other in self._window.tabifiedDockWidgets(dock))
            docked = not dock.isFloating()
            sideways = docked and self._window.dockWidgetArea(dock) in _BELOW
            feature = QDockWidget.DockWidgetFeature.DockWidgetVerticalTitleBar
            if bool(dock.features() & feature) != sideways:
                dock.setFeatures(dock.features() ^ feature)
            title = dock.titleBarWidget()
            if isinstance(title, DockTitle):
                title.show_as(tabbed=tabbed and docked, sideways=sideways)
        for bar in self._window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            bar.setDrawBase(False)
            bar.setExpanding(False)
            bar.setDocumentMode(True)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.ParentChange):
            self._titles.start()
        return False
