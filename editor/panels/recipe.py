"""The recipe panel: which method, how much work, every declared parameter, and the buttons that start and end a run."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.document.document import RunSettings
from core.document.events import Change, Topic
from core.recipes.catalogue import CATALOGUE
from core.recipes.info import PRESETS, RecipeInfo
from editor.dialogs.help_pages import page_of
from editor.look import theme
from editor.look.icons import icon
from editor.panels.parameter_pages import ParameterPage, ParameterPages
from editor.panels.run_options import RunOptions
from editor.run import request as run_request
from editor.run.controller import RunController
from editor.widgets.buttons import tool_button
from editor.widgets.param_fields import ParamRow
from editor.widgets.run_buttons import RunButtons
from editor.workspace import Workspace

_MARGIN = 8
_LEAST_SCROLL = 52
_ROOMY = 400


class RecipePanel(QWidget):
    """See the module. What it sets lives in the document's ``settings``.

    Args:
        workspace, controller: of the window.

    Signals:
        helpRequested(str): the page of this recipe is wanted.
    """

    helpRequested = Signal(str)

    def __init__(self, workspace: Workspace, controller: RunController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._workspace, self._controller = workspace, controller
        self._nothing = RunSettings()
        self._pages = ParameterPages(self)
        self._page: ParameterPage | None = None
        self._build()
        self._pages.changed.connect(self._set_parameter)
        self._pages.completed.connect(self._order_tabs)
        workspace.changed.connect(self._on_change)
        workspace.documentReplaced.connect(self.refresh)
        controller.stateChanged.connect(self._show_state)
        self.refresh()

    # -- building ----------------------------------------------------------------------------------------------------
    def _build(self) -> None:
        self._recipe = QComboBox()
        self._recipe.setAccessibleName(self.tr("Recipe"))
        for info in CATALOGUE.values():
            self._recipe.addItem(info.title, info.name)
            self._recipe.setItemData(self._recipe.count() - 1, info.summary, Qt.ItemDataRole.ToolTipRole)
        self._recipe.activated.connect(self._pick_recipe)
        self._summary = QLabel()
        self._summary.setWordWrap(True)
        self._summary.setContentsMargins(_MARGIN + 2, 2, _MARGIN, 0)
        theme.mark(self._summary, "dim")
        self._basic, self._advanced = self._pages.basic, self._pages.advanced
        self._options = RunOptions(self._workspace)
        head = QVBoxLayout()
        head.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, 4)
        head.setSpacing(6)
        self._help = tool_button(self, "help", self.tr("Help for this recipe"), self._ask_for_help,
                                 help=self.tr("What it does, when to use it, and what its parameters mean"))
        chooser = QHBoxLayout()
        chooser.setSpacing(4)
        chooser.addWidget(self._recipe, 1)
        chooser.addWidget(self._help)
        head.addLayout(chooser)
        head.addLayout(self._make_presets())
        content = QWidget()
        self._content = QVBoxLayout(content)
        self._content.setContentsMargins(0, 0, 4, _MARGIN)
        self._content.setSpacing(6)
        self._content.addWidget(self._summary)
        self._content.addWidget(self._basic)
        self._content.addWidget(self._options)
        self._content.addLayout(self._make_fold())
        self._content.addWidget(self._filter)
        self._content.addWidget(self._none_found)
        self._content.addWidget(self._advanced)
        self._content.addStretch(1)
        scroll = QScrollArea()
        scroll.setObjectName("panel")
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        scroll.setMinimumHeight(_LEAST_SCROLL)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll = scroll
        self._buttons = RunButtons(self._controller)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(head)
        whole.addWidget(scroll, 1)
        whole.addWidget(self._buttons)
        self.setMinimumWidth(260)

    def _make_presets(self) -> QHBoxLayout:
        titles = {"draft": self.tr("Draft"), "standard": self.tr("Standard"), "fine": self.tr("Fine")}
        tips = {"draft": self.tr("A quick look: a third of the time of Standard"),
                "standard": self.tr("Good for most pictures"),
                "fine": self.tr("The best this recipe can do; takes twice as long as Standard")}
        row = QHBoxLayout()
        row.setSpacing(4)
        self._presets = QButtonGroup(self)
        for number, name in enumerate(PRESETS):
            button = QPushButton(titles[name])
            button.setCheckable(True)
            button.setToolTip(tips[name])
            button.setAccessibleName(self.tr("Preset {0}").format(titles[name]))
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setMinimumWidth(button.fontMetrics().horizontalAdvance(titles[name]) + 12)
            # The padding of a button elsewhere would not leave room for three of them in a narrow panel.
            button.setStyleSheet("padding-left: 2px; padding-right: 2px;")
            self._presets.addButton(button, number)
            row.addWidget(button, 1)
        self._presets.idClicked.connect(self._pick_preset)
        return row

    def _make_fold(self) -> QHBoxLayout:
        self._fold = QToolButton()
        self._fold.setCheckable(True)
        self._fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._fold.setIconSize(QSize(16, 16))
        # A heading that opens, not a button that is pressed.
        self._fold.setStyleSheet("QToolButton:checked { background: transparent; border-color: transparent; }")
        self._fold.setToolTip(self.tr("Show or hide the other parameters of this recipe"))
        self._fold.toggled.connect(self._show_fold)
        self._reset_all = tool_button(self, "reset", self.tr("Reset all parameters"), self.reset_all,
                                      help=self.tr("Brings back what the preset says"))
        row = QHBoxLayout()
        row.setContentsMargins(4, 4, 4, 0)
        row.addWidget(self._fold)
        row.addStretch(1)
        row.addWidget(self._reset_all)
        self._filter = QLineEdit()
        self._filter.setPlaceholderText(self.tr("Find a parameter"))
        self._filter.setAccessibleName(self.tr("Find a parameter"))
        self._filter.setClearButtonEnabled(True)
        self._filter.addAction(icon("search", theme.DIM), QLineEdit.ActionPosition.LeadingPosition)
        self._filter.textChanged.connect(self._apply_filter)
        self._filter.setContentsMargins(_MARGIN, 0, 4, 0)
        self._none_found = QLabel(self.tr("No parameter of this name."))
        self._none_found.setContentsMargins(_MARGIN + 2, 4, 0, 0)
        theme.mark(self._none_found, "dim")
        return row

    # -- settings <-> widgets ----------------------------------------------------------------------------------------
    @property
    def _settings(self) -> RunSettings:
        document = self._workspace.document
        return self._nothing if document is None else document.settings

    @property
    def _info(self) -> RecipeInfo:
        return CATALOGUE.get(self._settings.recipe) or next(iter(CATALOGUE.values()))

    def refresh(self) -> None:
        """Show the document's settings."""
        info = self._info
        page = self._pages.show(info)
        if page is not self._page:
            self._page = page
            page.show_photos(self._workspace.document)
            self._order_tabs()
            self._show_fold(self._fold.isChecked())
        with QSignalBlocker(self._recipe):
            self._recipe.setCurrentIndex(self._recipe.findData(info.name))
        self._summary.setText(info.summary)
        self._recipe.setToolTip(info.summary)
        self._help.setEnabled(page_of(info.name) is not None)
        self._show_values()
        self._options.refresh()
        self._show_state()

    def rows(self) -> Mapping[str, ParamRow]:
        """The row of every parameter of the recipe that shows, by name; makes those that are still to be made."""
        if self._page is None:
            return {}
        self._page.make_rows()
        return self._page.rows

    def _order_tabs(self) -> None:
        """The rows are made after what stands below them; the Tab key goes from the top down all the same."""
        if self._page is None:
            return
        basic, advanced = self._page.tab_stops()
        stops = [*self._presets.buttons(), *basic, *self._options.tab_stops(), self._fold, self._reset_all,
                 self._filter, *advanced]
        for before, after in pairwise(stops):
            QWidget.setTabOrder(before, after)
        if self._fold.isChecked():
            self._apply_filter(self._filter.text())

    def _values(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Of every parameter of the recipe: what it is set to, and what the preset says."""
        info, settings = self._info, self._settings
        return (info.values(settings.preset, run_request.changes_of(settings, info.name)),
                info.values(settings.preset, {}))

    def _show_values(self) -> None:
        info, settings = self._info, self._settings
        if self._page is not None:
            self._page.show_values(*self._values())
        self._show_photos()
        chosen = settings.preset if settings.preset in info.presets else "standard"
        for number, name in enumerate(PRESETS):
            button = self._presets.button(number)
            button.setEnabled(name in info.presets)
            with QSignalBlocker(button):
                button.setChecked(name == chosen)
        self._show_counts()

    def _show_photos(self) -> None:
        """Name the photographs that parameters can name."""
        if self._page is not None:
            self._page.show_photos(self._workspace.document)

    def _show_counts(self) -> None:
        advanced = [] if self._page is None else self._page.advanced_names
        values, baseline = self._values()
        changed = sum(values[name] != baseline[name] for name in advanced)
        text = self.tr("Advanced ({0})").format(len(advanced))
        if changed:
            text = self.tr("Advanced ({0}) · {1} changed").format(len(advanced), changed)
        self._fold.setText(text)
        self._reset_all.setEnabled(values != baseline)

    def _note_change(self) -> None:
        document = self._workspace.document
        if document is not None:
            self._workspace.touch()
            document.changed(Topic.SETTINGS)

    def _set_parameter(self, name: str, value: Any) -> None:
        info, settings = self._info, self._settings
        changes = settings.parameters.setdefault(info.name, {})
        if value == info.values(settings.preset, {})[name]:
            changes.pop(name, None)
        else:
            changes[name] = value
        self._show_counts()
        self._show_photos()
        self._note_change()

    def _ask_for_help(self) -> None:
        self.helpRequested.emit(self._info.name)

    def _pick_recipe(self, index: int) -> None:
        name = self._recipe.itemData(index)
        if name != self._settings.recipe:
            self._settings.recipe = name
            self.refresh()
            self._note_change()

    def _pick_preset(self, number: int) -> None:
        """A preset brings back what it sets itself; other changes stay."""
        info, settings = self._info, self._settings
        settings.preset = PRESETS[number]
        governed = {name for values in info.presets.values() for name in values}
        kept = {name: value for name, value in run_request.changes_of(settings, info.name).items()
                if name not in governed}
        settings.parameters[info.name] = kept
        self._show_values()
        self._note_change()

    def reset_all(self) -> None:
        """Bring back the preset's values."""
        self._settings.parameters.pop(self._info.name, None)
        self._show_values()
        self._note_change()

    # -- looks -------------------------------------------------------------------------------------------------------
    def _on_change(self, change: Change) -> None:
        if change.topic is Topic.SETTINGS:
            self.refresh()
        elif change.topic is Topic.SOURCES:
            self._show_photos()

    def _show_state(self) -> None:
        there, active = self._workspace.document is not None, self._controller.active
        # Another recipe or pack has other latents: a run cannot go on with it.
        self._recipe.setEnabled(there and not active)
        self._options.set_running(active)
        for widget in (self._basic, self._options, self._advanced):
            widget.setEnabled(there)
        for button in self._presets.buttons():
            button.setEnabled(there and PRESETS[self._presets.id(button)] in self._info.presets)

    def _show_fold(self, opened: bool) -> None:
        self._fold.setIcon(icon("mdi6.chevron-down" if opened else "mdi6.chevron-right", theme.DIM))
        self._filter.setVisible(opened)
        self._advanced.setVisible(opened)
        self._none_found.setVisible(False)
        self._pages.want_all(opened)
        if opened:
            self._apply_filter(self._filter.text())

    def _apply_filter(self, words: str) -> None:
        found = self._page is not None and self._page.filter(words)
        self._none_found.setVisible(self._fold.isChecked() and not found)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # In a low panel the sliders need the room; the list of recipes has the same words as its tooltip.
        self._summary.setVisible(event.size().height() >= _ROOMY)

    def sizeHint(self) -> QSize:
        return QSize(320, 560)
