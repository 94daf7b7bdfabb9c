"""The parameters of the recipes as rows: one page for each recipe, kept once it is there."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from core.document.document import Document
from core.recipes.info import RecipeInfo
from editor.look import theme
from editor.run.source_choices import companions, looks
from editor.widgets.param_fields import ParamRow

_MARGIN = 8
_SLICE_S = 0.008
"""How long rows are made at once: fifty of them take a tenth of a second, during which no stroke would go on."""
_LABEL, _WIDEST_LABEL = 104, 128


class ParameterPage(QObject):
    """The rows of one recipe. Those that always show are made at once, the advanced ones when somebody wants them.

    Args:
        info: the recipe.
        basic, advanced: where the rows go; the page lies in each of them as one widget.

    Signals:
        changed(str, object): name and value, by the hand of the user.
    """

    changed = Signal(str, object)

    def __init__(self, info: RecipeInfo, basic: QWidget, advanced: QWidget) -> None:
        super().__init__(basic)
        self.info = info
        self._companions = companions(info.params)
        self._basic, self._advanced = column(basic), column(advanced)
        self._rows: dict[str, ParamRow] = {}
        self._headings: dict[str, QLabel] = {}
        self._values: Mapping[str, Any] = info.values("standard", {})
        self._baseline, self._document = self._values, None
        self._words = ""
        self._waiting = deque((group.title, name) for group in info.advanced() for name in ("", *group.names)
                              if name not in self._companions)
        for name in self._alone(info.basic):
            self._make_row(name, self._basic, compact=True)
        widest = max((self._rows[name].label_width() for name in self._alone(info.basic)), default=0)
        for name in self._alone(info.basic):
            self._rows[name].set_label_width(max(_LABEL, min(widest, _WIDEST_LABEL)))

    # -- making ------------------------------------------------------------------------------------------------------
    @property
    def is_complete(self) -> bool:
        """Whether there is a row for every parameter."""
        return not self._waiting

    def make_rows(self, seconds: float | None = None) -> None:
        """Make advanced rows, one at least, for about so long; None makes all of them."""
        until = None if seconds is None else time.perf_counter() + seconds
        while self._waiting:
            title, name = self._waiting.popleft()
            if name:
                self._make_row(name, self._advanced)
                self._rows[name].setVisible(self._rows[name].matches(self._words))
            else:
                self._make_heading(title)
            if until is not None and time.perf_counter() >= until:
                break
        self._show_headings()

    def _make_heading(self, title: str) -> None:
        heading = QLabel(title, self._advanced)
        heading.setContentsMargins(_MARGIN + 2, 10, 0, 2)
        theme.mark(heading, "heading")
        self._headings[title] = heading
        add(self._advanced, heading)

    def _make_row(self, name: str, parent: QWidget, *, compact: bool = False) -> None:
        amount = next((key for key, source in self._companions.items() if source == name), None)
        companion = None if amount is None else ParamRow(self.info.param(amount), parent, bare=True)
        row = ParamRow(self.info.param(name), parent, compact=compact, companion=companion)
        for key, made in ((name, row), (amount, companion)):
            if key is not None and made is not None:
                self._rows[key] = made
                made.changed.connect(self.changed)
                self._show_row(made)
        add(parent, row)

    def _alone(self, names: Sequence[str]) -> list[str]:
        """Of these parameters, those that have a row of their own."""
        return [name for name in names if name not in self._companions]

    # -- what they show ----------------------------------------------------------------------------------------------
    @property
    def rows(self) -> Mapping[str, ParamRow]:
        """By the name of the parameter, as many as there are by now."""
        return self._rows

    @property
    def advanced_names(self) -> list[str]:
        """The parameters that have an advanced row, made or not."""
        return [name for group in self.info.advanced() for name in self._alone(group.names)]

    def show_values(self, values: Mapping[str, Any], baseline: Mapping[str, Any]) -> None:
        """Set every row, and what its reset brings back."""
        self._values, self._baseline = values, baseline
        for row in self._rows.values():
            row.set_state(values[row.param.name], baseline[row.param.name])

    def show_photos(self, document: Document | None) -> None:
        """Name the photographs that parameters can name."""
        self._document = document
        for row in self._rows.values():
            if row.param.names_photos:
                row.set_choices(looks(row.param, document))

    def _show_row(self, row: ParamRow) -> None:
        row.set_state(self._values[row.param.name], self._baseline[row.param.name])
        if row.param.names_photos:
            row.set_choices(looks(row.param, self._document))

    def filter(self, words: str) -> bool:
        """Show the advanced rows in which all of the words occur; returns whether there are any, or may be yet."""
        self._words = words
        for name in self.advanced_names:
            if name in self._rows:
                self._rows[name].setVisible(self._rows[name].matches(words))
        return self._show_headings() or not self.is_complete

    def _show_headings(self) -> bool:
        """Show the headings above rows that show; returns whether there are any."""
        found_any = False
        for group in self.info.advanced():
            found = any(name in self._rows and not self._rows[name].isHidden() for name in self._alone(group.names))
            if group.title in self._headings:
                self._headings[group.title].setVisible(found)
            found_any = found_any or found
        return found_any

    def set_visible(self, visible: bool) -> None:
        """Show or hide the whole page."""
        self._basic.setVisible(visible)
        self._advanced.setVisible(visible)

    def tab_stops(self) -> tuple[list[QWidget], list[QWidget]]:
        """What the Tab key reaches, from the top down: in the rows that always show, and in the advanced ones."""
        basic = self._alone(self.info.basic)
        advanced = [name for name in self.advanced_names if name in self._rows and name not in basic]
        first, second = ([stop for name in names for stop in self._rows[name].tab_stops()]
                         for names in (basic, advanced))
        return first, second

    def take_down(self) -> None:
        """Remove it for good."""
        for widget in (self._basic, self._advanced):
            widget.hide()
            widget.deleteLater()
        self.deleteLater()


class ParameterPages(QObject):
    """The page of every recipe that was shown, and which of them shows.

    Signals:
        changed(str, object): name and value of a parameter of the page that shows, by the hand of the user.
        completed(): the page that shows has all its rows now.
    """

    changed = Signal(str, object)
    completed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.basic, self.advanced = column(), column()
        self._pages: dict[str, ParameterPage] = {}
        self._shown: ParameterPage | None = None
        self._wanted = False
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._go_on)

    def show(self, info: RecipeInfo) -> ParameterPage:
        """Show the page of a recipe."""
        page = self._pages.get(info.name)
        if page is not None and page.info is not info:
            page.take_down()
            page = None
        if page is None:
            page = self._pages[info.name] = ParameterPage(info, self.basic, self.advanced)
            page.changed.connect(self.changed)
        if page is not self._shown:
            for other in self._pages.values():
                other.set_visible(other is page)
            self._shown = page
            self.want_all(self._wanted)
        return page

    def want_all(self, wanted: bool) -> None:
        """Whether the advanced rows are looked at; they are made bit by bit then."""
        self._wanted = wanted
        if wanted and self._shown is not None and not self._shown.is_complete:
            self._timer.start()
        else:
            self._timer.stop()

    def _go_on(self) -> None:
        page = self._shown
        if page is not None:
            page.make_rows(_SLICE_S)
        if page is None or page.is_complete:
            self._timer.stop()
            self.completed.emit()


def column(parent: QWidget | None = None) -> QWidget:
    """Where rows stand under each other; inside another column when that is given."""
    widget = QWidget(parent)
    layout = QVBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(2)
    if parent is not None:
        add(parent, widget)
    return widget


def add(into: QWidget, widget: QWidget) -> None:
    """Append a widget to a column."""
    layout = into.layout()
    if layout is not None:
        layout.addWidget(widget)
