"""Which mask the tools change and how the canvas shows it, as a compact row."""

from __future__ import annotations

from functools import lru_cache, partial

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QActionGroup, QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QColorDialog,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QToolButton,
    QWidget,
    QWidgetAction,
)

from core.document.document import IDENTITY, Document, Target
from core.document.events import Change, Topic
from core.document.mask import MASK_ROLES
from editor.look.icons import icon
from editor.look.theme import mark
from editor.look.translation import QT_TRANSLATE_NOOP
from editor.options import MaskView, ViewOptions
from editor.widgets.buttons import tool_button
from editor.widgets.fields import SliderField
from editor.workspace import Workspace

_ROLES = (*MASK_ROLES, "layer")
_ROLE_TITLES = {
    "hair": QT_TRANSLATE_NOOP("MaskOptions", "Hair"),
    "ignore": QT_TRANSLATE_NOOP("MaskOptions", "Ignore"),
    "protect": QT_TRANSLATE_NOOP("MaskOptions", "Protect"),
    "layer": QT_TRANSLATE_NOOP("MaskOptions", "Layer"),
}
_VIEW_TITLES = {
    MaskView.OVERLAY: QT_TRANSLATE_NOOP("MaskOptions", "Overlay"),
    MaskView.OUTLINE: QT_TRANSLATE_NOOP("MaskOptions", "Outline"),
    MaskView.OFF: QT_TRANSLATE_NOOP("MaskOptions", "Hidden"),
    MaskView.BLACK: QT_TRANSLATE_NOOP("MaskOptions", "Black matte"),
    MaskView.WHITE: QT_TRANSLATE_NOOP("MaskOptions", "White matte"),
    MaskView.GREY: QT_TRANSLATE_NOOP("MaskOptions", "Mask alone"),
    MaskView.TRANSPARENT: QT_TRANSLATE_NOOP("MaskOptions", "Transparent"),
}
_COLOURS = {
    "#e5484d": QT_TRANSLATE_NOOP("MaskOptions", "Red"),
    "#f5a524": QT_TRANSLATE_NOOP("MaskOptions", "Orange"),
    "#f2e14c": QT_TRANSLATE_NOOP("MaskOptions", "Yellow"),
    "#30a46c": QT_TRANSLATE_NOOP("MaskOptions", "Green"),
    "#3ec8d8": QT_TRANSLATE_NOOP("MaskOptions", "Cyan"),
    "#3e8ee0": QT_TRANSLATE_NOOP("MaskOptions", "Blue"),
    "#b66ae0": QT_TRANSLATE_NOOP("MaskOptions", "Violet"),
    "#f06ab0": QT_TRANSLATE_NOOP("MaskOptions", "Pink"),
    "#ffffff": QT_TRANSLATE_NOOP("MaskOptions", "White"),
    "#101010": QT_TRANSLATE_NOOP("MaskOptions", "Black"),
}
_FALLBACK = "#e5484d"
_SWATCH = 16
_GAP = 6
_NAME = 78
"""Pixels for a name in the list of photos."""
LEVELS = 5
"""Levels of compactness of the row above the canvas, 0 shows everything."""
_COMPACT = 2
"""From this level on only what cannot be missed is shown."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("MaskOptions", text)


class MaskOptions(QWidget):
    """Role and owner of the mask that is painted; colour, strength and mode of its picture on the canvas."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._dialog: QColorDialog | None = None
        self._roles_shown: list[tuple[str, str]] = []
        self._owners_shown: list[tuple[str, str]] = []
        self._role = self._combo(self.tr("Mask"), self.tr("Which mask strokes change"), 106)
        self._owner = self._combo(self.tr("Of"), self.tr("Whose mask strokes change"), 112)
        self._role.activated.connect(self._choose_role)
        self._owner.activated.connect(self._choose_owner)
        self._swatch = tool_button(self, "colour", self.tr("Overlay colour"),
                                   help=self.tr("Colour in which this kind of mask is shown"))
        self._swatch.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._swatch.setMenu(self._colour_menu())
        self._strengths: list[SliderField] = []
        self._strength = self._strength_field("", self)
        self._strength.setMaximumWidth(180)
        self._mode = tool_button(self, "overlay", self.tr("How the mask is shown"))
        self._mode.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._mode.setMenu(self._mode_menu())
        self._lay_out()
        workspace.targetChanged.connect(self.sync)
        workspace.viewChanged.connect(self.sync)
        workspace.documentReplaced.connect(self.sync)
        workspace.activeLayerChanged.connect(self.sync)
        workspace.changed.connect(self._changed)
        self.sync()

    def _combo(self, name: str, help: str, width: int) -> QComboBox:
        combo = QComboBox(self)
        combo.setAccessibleName(name)
        combo.setToolTip(help)
        combo.setFixedWidth(width)
        combo.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        combo.setIconSize(QSize(12, 12))
        combo.view().setMinimumWidth(160)
        return combo

    def _strength_field(self, label: str, parent: QWidget) -> SliderField:
        field = SliderField(
            label, 5, 100, ViewOptions().overlay_opacity * 100, unit=" %", step=5,
            help=self.tr("Overlay opacity: how strongly masks are shown; they themselves stay as they are"),
            parent=parent)
        field.valueChanged.connect(self._set_strength)
        self._strengths.append(field)
        return field

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP)
        title, between = QLabel(self.tr("Mask"), self), QLabel(self.tr("of"), self)
        mark(between, "dim")
        title.setBuddy(self._role)
        self._all = (title, self._role, between, self._owner, self._swatch, self._strength, self._mode)
        self._spare = (title, between, self._strength)
        for widget in self._all:
            row.addWidget(widget)

    def least_width(self, level: int) -> int:
        """Pixels that the row needs at least at a level of compactness."""
        shown = [widget for widget in self._all if level < _COMPACT or widget not in self._spare]
        return sum(map(least_width, shown)) + _GAP * (len(shown) - 1)

    def set_level(self, level: int) -> None:
        """Leave out labels and what the menu offers as well, from a certain level on."""
        for widget in self._spare:
            widget.setVisible(level < _COMPACT)

    # -- menus --------------------------------------------------------------------------------------------------
    def _colour_menu(self) -> QMenu:
        menu = QMenu(self)
        for colour, name in _COLOURS.items():
            action = menu.addAction(swatch(colour), _tr(name))
            action.triggered.connect(partial(self._set_colour, colour))
        menu.addSeparator()
        menu.addAction(self.tr("Other…"), self._ask_colour)
        return menu

    def _mode_menu(self) -> QMenu:
        menu = QMenu(self)
        group = QActionGroup(menu)
        for mode, title in _VIEW_TITLES.items():
            action = menu.addAction(_tr(title))
            action.setCheckable(True)
            action.setData(mode)
            action.triggered.connect(partial(self._set_mode, mode))
            group.addAction(action)
        menu.addSeparator()
        panel = QWidget()
        row = QHBoxLayout(panel)
        row.setContentsMargins(12, 4, 12, 4)
        row.addWidget(self._strength_field(self.tr("Overlay opacity"), panel))
        panel.setMinimumWidth(300)
        strength = QWidgetAction(menu)
        strength.setDefaultWidget(panel)
        menu.addAction(strength)
        menu.aboutToShow.connect(self._check_mode)
        return menu

    def _check_mode(self) -> None:
        for action in self._mode.menu().actions():
            if action.isCheckable():
                action.setChecked(action.data() == self._workspace.view.mask_view)

    def _set_mode(self, mode: MaskView) -> None:
        self._workspace.view.mask_view = mode
        self._workspace.viewChanged.emit()

    def _ask_colour(self) -> None:
        if self._dialog is None:
            self._dialog = QColorDialog(self)
            self._dialog.setOption(QColorDialog.ColorDialogOption.DontUseNativeDialog)
            self._dialog.setWindowTitle(self.tr("Overlay colour"))
            self._dialog.colorSelected.connect(self._colour_selected)
        self._dialog.setCurrentColor(QColor(self._colour()))
        self._dialog.open()

    def _colour_selected(self, colour: QColor) -> None:
        self._set_colour(colour.name())

    def _colour(self) -> str:
        return self._workspace.view.colours.get(self._workspace.target.role, _FALLBACK)

    def _set_colour(self, colour: str, _checked: bool = False) -> None:
        self._workspace.view.colours[self._workspace.target.role] = colour
        self._workspace.viewChanged.emit()

    def _set_strength(self, value: float) -> None:
        self._workspace.view.overlay_opacity = value / 100
        self._workspace.viewChanged.emit()

    # -- target -------------------------------------------------------------------------------------------------
    def _choose_role(self, index: int) -> None:
        role, target, document = self._role.itemData(index), self._workspace.target, self._workspace.document
        if document is None or role == target.role:
            return
        if role == "layer":
            owners = [key for key, _ in _owners(document, "layer")]
            active = self._workspace.active_layer
            self._workspace.set_target(Target(active if active in owners else owners[-1], "layer"))
        else:
            self._workspace.set_target(Target(IDENTITY if target.role == "layer" else target.item, role))

    def _choose_owner(self, index: int) -> None:
        owner, role = self._owner.itemData(index), self._workspace.target.role
        if role == "layer":
            self._workspace.set_active_layer(owner)
        self._workspace.set_target(Target(owner, role))

    def _changed(self, change: Change) -> None:
        if change.topic in (Topic.LAYERS, Topic.LAYER, Topic.SOURCES):
            self.sync()

    def sync(self, *_ignored: object) -> None:
        """Show target and view options as they are."""
        document, target, view = self._workspace.document, self._workspace.target, self._workspace.view
        self._fill_roles(document, target.role)
        owners = [] if document is None else _owners(document, target.role)
        if owners != self._owners_shown:
            self._owners_shown = owners
            self._fill_owners(owners)
        self._owner.setCurrentIndex(self._owner.findData(target.item))
        self._owner.setEnabled(len(owners) > 1)
        self._swatch.setIcon(swatch(self._colour()))
        for field in self._strengths:
            field.set_value(view.overlay_opacity * 100)
        self._mode.setIcon(_mode_icon(view.mask_view))
        self._mode.setToolTip(self.tr("How the mask is shown: %1").replace("%1", _tr(_VIEW_TITLES[view.mask_view])))

    def _fill_owners(self, owners: list[tuple[str, str]]) -> None:
        self._owner.clear()
        for key, name in owners:
            # The list cuts its own text without a sign; the whole of it is in its tooltip.
            self._owner.addItem(self._owner.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, _NAME), key)
            self._owner.setItemData(self._owner.count() - 1, name, Qt.ItemDataRole.ToolTipRole)

    def _fill_roles(self, document: Document | None, role: str) -> None:
        layers = document is not None and bool(_owners(document, "layer"))
        colours = self._workspace.view.colours
        roles = [(name, colours.get(name, _FALLBACK)) for name in _ROLES if name != "layer" or layers]
        if roles != self._roles_shown:
            self._roles_shown = roles
            self._role.clear()
            for name, colour in roles:
                self._role.addItem(swatch(colour, 12), _tr(_ROLE_TITLES[name]), name)
        self._role.setCurrentIndex(self._role.findData(role))
        self._role.setEnabled(document is not None)


def _owners(document: Document, role: str) -> list[tuple[str, str]]:
    """Id and name of everything that has a mask of this role."""
    if role == "layer":
        return [(layer.id, layer.name) for layer in document.layers if layer.mask is not None]
    portrait = _tr(QT_TRANSLATE_NOOP("MaskOptions", "Portrait"))
    return [(key, portrait if key == IDENTITY else source.name) for key, source in document.sources.items()]


def _mode_icon(mode: MaskView) -> QIcon:
    return icon("mdi6.layers-off-outline" if mode is MaskView.OFF else "overlay")


def least_width(widget: QWidget) -> int:
    """Pixels that a widget of a row needs at least."""
    return max(widget.minimumSizeHint().width(), widget.minimumWidth())


@lru_cache(maxsize=64)
def swatch(colour: str, size: int = _SWATCH) -> QIcon:
    """A small plate of a colour, with an edge that shows on any background."""
    ratio = 2
    pixmap = QPixmap(size * ratio, size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(0, 0, 0, 150))
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(1, 1, size - 2, size - 2, 3, 3)
    finally:
        painter.end()
    return QIcon(pixmap)
