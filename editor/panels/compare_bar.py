"""One quiet row under the canvas: ways to compare, what to compare with, and what each way can be told."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QMenu, QSlider, QToolButton, QWidget

from core.document.events import Change, Topic
from editor.actions import compare as compare_actions
from editor.actions.registry import Actions
from editor.canvas.side_by_side import wanted_panes
from editor.options import CompareMode
from editor.widgets.buttons import tool_button
from editor.workspace import Workspace

HEIGHT = 32
_ROOMY = 720
_MODES = (CompareMode.BEFORE, CompareMode.SPLIT, CompareMode.SIDE_BY_SIDE, CompareMode.DIFFERENCE, CompareMode.ONION)
ACTION_IDS = {
    CompareMode.BEFORE: "compare.before", CompareMode.SPLIT: "compare.split",
    CompareMode.SIDE_BY_SIDE: "compare.side_by_side", CompareMode.DIFFERENCE: "compare.difference",
    CompareMode.ONION: "compare.onion",
}


class CompareBar(QWidget):
    """See the module.

    Args:
        workspace: document and view options.
        actions: whose compare actions the buttons stand for.
    """

    def __init__(self, workspace: Workspace, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.setObjectName("compareBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Compare"))
        self.setFixedHeight(HEIGHT)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 8, 0)
        row.setSpacing(4)
        self._title = QLabel(self.tr("Compare"))
        self._title.setProperty("quiet", True)
        row.addWidget(self._title)
        self.buttons: dict[CompareMode, QToolButton] = {}
        for mode in _MODES:
            self.buttons[mode] = _button_for(actions, ACTION_IDS[mode], self)
            row.addWidget(self.buttons[mode])
        row.addSpacing(4)
        self._make_choices(row)
        row.addStretch(1)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self.refresh)
        workspace.viewChanged.connect(self._later.start)
        workspace.documentReplaced.connect(self._later.start)
        workspace.changed.connect(self._changed)
        self.refresh()

    def _make_choices(self, row: QHBoxLayout) -> None:
        self._with_label = QLabel(self.tr("with"))
        self._with_label.setProperty("quiet", True)
        self.subject = QComboBox(self)
        self.subject.setAccessibleName(self.tr("Compare with"))
        self.subject.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.subject.setMaximumWidth(220)
        self.subject.activated.connect(self._choose_subject)
        row.addWidget(self._with_label)
        row.addWidget(self.subject)
        self.turn = tool_button(self, "rotate_right", self.tr("Split across"), self._turn,
                                help=self.tr("Above and below instead of left and right"))
        self.gain = QComboBox(self)
        self.gain.setAccessibleName(self.tr("Gain of the difference"))
        for gain in compare_actions.GAINS:
            self.gain.addItem(self.tr("changed pixels") if gain == 0 else self.tr("× {0}").format(gain), gain)
        self.gain.activated.connect(self._choose_gain)
        self.onion = QSlider(Qt.Orientation.Horizontal, self)
        self.onion.setAccessibleName(self.tr("Opacity of the compared picture"))
        self.onion.setToolTip(self.onion.accessibleName())
        self.onion.setRange(0, 100)
        self.onion.setFixedWidth(140)
        self.onion.valueChanged.connect(self._set_onion)
        self.panes = QToolButton(self)
        self.panes.setText(self.tr("Pictures"))
        self.panes.setAccessibleName(self.tr("Pictures beside the portrait"))
        self.panes.setToolTip(self.tr("Choose up to three pictures that stand beside the portrait"))
        self.panes.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._pane_menu = QMenu(self.panes)
        self._pane_menu.aboutToShow.connect(self._fill_panes)
        self.panes.setMenu(self._pane_menu)
        self._pages = {CompareMode.SPLIT: self.turn, CompareMode.DIFFERENCE: self.gain, CompareMode.ONION: self.onion,
                       CompareMode.SIDE_BY_SIDE: self.panes}
        for widget in self._pages.values():
            row.addWidget(widget)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Where it is narrow the buttons need the room: cut, their names could not be read.
        self._title.setVisible(event.size().width() >= _ROOMY)

    # -- following the options ------------------------------------------------------------------------------------
    def _changed(self, change: Change) -> None:
        if change.topic in (Topic.CANDIDATES, Topic.SOURCES):
            self._later.start()

    def refresh(self) -> None:
        """Show the options as they are."""
        view = self._workspace.view
        against = view.compare in (CompareMode.SPLIT, CompareMode.DIFFERENCE, CompareMode.ONION)
        for widget in (self._with_label, self.subject):
            widget.setVisible(against)
        with QSignalBlocker(self.subject):
            self.subject.clear()
            for subject, name in compare_actions.subjects(self._workspace):
                self.subject.addItem(name, subject)
            self.subject.setCurrentIndex(max(self.subject.findData(view.compare_with), 0))
        with QSignalBlocker(self.gain):
            self.gain.setCurrentIndex(max(self.gain.findData(view.gain), 0))
        with QSignalBlocker(self.onion):
            self.onion.setValue(round(100 * view.onion))
        for mode, widget in self._pages.items():
            widget.setVisible(mode is view.compare)

    def _fill_panes(self) -> None:
        self._pane_menu.clear()
        document = self._workspace.document
        if document is None:
            return
        shown = wanted_panes(document, self._workspace.view.panes)
        for subject, name in compare_actions.pane_subjects(self._workspace):
            action = self._pane_menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(subject in shown)
            action.triggered.connect(partial(self._toggle_pane, subject))

    # -- choices ------------------------------------------------------------------------------------------------
    def _toggle_pane(self, subject: str) -> None:
        compare_actions.toggle_pane(self._workspace, subject)

    def _choose_subject(self, index: int) -> None:
        compare_actions.compare_with(self._workspace, str(self.subject.itemData(index)))

    def _choose_gain(self, index: int) -> None:
        compare_actions.set_gain(self._workspace, int(self.gain.itemData(index)))

    def _set_onion(self, percent: int) -> None:
        compare_actions.set_onion(self._workspace, percent / 100)

    def _turn(self) -> None:
        compare_actions.turn_split(self._workspace)


def _button_for(actions: Actions, action_id: str, parent: QWidget) -> QToolButton:
    action = actions[action_id]
    button = QToolButton(parent)
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAccessibleName(action.text().replace("&", ""))
    return button
