"""What every recipe is told besides its parameters: the seed, the model pack and how the seam is closed."""

from __future__ import annotations

import random

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QSpinBox, QToolButton, QWidget

from core.document.document import RunSettings
from core.document.events import Topic
from core.models.store import PackState, installed_packs
from editor.look import theme
from editor.look.icons import icon
from editor.widgets.combos import ElidedCombo
from editor.workspace import Workspace

_LARGEST_SEED = (1 << 31) - 1
# Without arrows a style sheet leaves the line one pixel of room.
_SEED_STYLE = """
QSpinBox::up-button, QSpinBox::down-button { subcontrol-origin: border; width: 0px; }
QSpinBox QLineEdit { border: none; background: transparent; padding: 0 4px; min-height: 0; }
"""


class RunOptions(QWidget):
    """Seed with dice and lock, pack, blend mode; they live in the document's ``settings``."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._seed = _Seed()
        self._seed.setRange(0, _LARGEST_SEED)
        self._seed.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._seed.setKeyboardTracking(False)
        self._seed.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self._seed.setStyleSheet(_SEED_STYLE)
        self._seed.setAccessibleName(self.tr("Seed"))
        self._seed.setToolTip(self.tr("The same seed makes the same picture again"))
        self._seed.valueChanged.connect(self._set_seed)
        self._dice = _button("mdi6.dice-5-outline", self.tr("Draw another seed"))
        self._dice.clicked.connect(self.draw_seed)
        self._lock = _button("lock", self.tr("Keep this seed; unlocked, every run draws another one"))
        self._lock.setAccessibleName(self.tr("Keep this seed"))
        self._lock.setCheckable(True)
        self._lock.toggled.connect(self._set_locked)
        self._pack = ElidedCombo()
        self._pack.setAccessibleName(self.tr("Model pack"))
        self._pack.activated.connect(self._set_pack)
        self._blend = ElidedCombo()
        self._blend.setAccessibleName(self.tr("Blend"))
        self._blend.setToolTip(self.tr("How the seam between result and photo is closed"))
        for value, title in (("auto", self.tr("Automatic")), ("alpha", self.tr("Alpha")),
                             ("poisson", self.tr("Poisson")), ("multiband", self.tr("Multi-band"))):
            self._blend.addItem(title, value)
        self._blend.activated.connect(self._set_blend)
        self._arrange()
        self.reload_packs()

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(10, 4, 0, 4)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        seed = QHBoxLayout()
        seed.setSpacing(2)
        seed.addWidget(self._seed, 1)
        seed.addWidget(self._dice)
        seed.addWidget(self._lock)
        rows = ((self.tr("Seed"), self._seed, seed), (self.tr("Pack"), self._pack, None),
                (self.tr("Blend"), self._blend, None))
        for number, (title, buddy, layout) in enumerate(rows):
            label = QLabel(title)
            label.setBuddy(buddy)
            grid.addWidget(label, number, 0)
            if layout is None:
                grid.addWidget(buddy, number, 1)
            else:
                grid.addLayout(layout, number, 1)
        grid.setColumnStretch(1, 1)
        for combo in (self._pack, self._blend):
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(8)

    # -- showing ------------------------------------------------------------------------------------------------------
    @property
    def _settings(self) -> RunSettings | None:
        return None if self._workspace.document is None else self._workspace.document.settings

    def reload_packs(self) -> None:
        """List the installed packs again."""
        with QSignalBlocker(self._pack):
            self._pack.clear()
            for state in installed_packs():
                self._add_pack(state)
        self.refresh()

    def _add_pack(self, state: PackState) -> None:
        self._pack.addItem(state.title or state.name, state.folder.name)
        place = self._pack.count() - 1
        tip = self.tr("{0}, {1} MB, {2}").format(state.name, round(state.size / 1e6), state.licence)
        if not state.sound:
            tip = self.tr("Damaged: {0}").format(" ".join(text for text in state.problems.values() if text))
            self._pack.setItemIcon(place, icon("warning", theme.WARNING))
        self._pack.setItemData(place, tip, Qt.ItemDataRole.ToolTipRole)

    def refresh(self) -> None:
        """Show the document's settings."""
        settings = self._settings or RunSettings()
        with QSignalBlocker(self._seed):
            self._seed.setValue(settings.seed)
        with QSignalBlocker(self._lock):
            self._lock.setChecked(settings.seed_locked)
        self._lock.setIcon(icon("lock" if settings.seed_locked else "unlock"))
        with QSignalBlocker(self._blend):
            self._blend.setCurrentIndex(max(0, self._blend.findData(settings.blend)))
        place = self._pack.findData(settings.pack)
        if place < 0:
            self._pack.addItem(self.tr("{0} (not installed)").format(settings.pack), settings.pack)
            place = self._pack.count() - 1
        self._pack.setCurrentIndex(place)
        self._pack.setToolTip(str(self._pack.itemData(place, Qt.ItemDataRole.ToolTipRole) or ""))

    def tab_stops(self) -> list[QWidget]:
        """What the Tab key reaches, in order."""
        return [self._seed, self._dice, self._lock, self._pack, self._blend]

    def set_running(self, running: bool) -> None:
        """While a run is under way its pack stays."""
        self._pack.setEnabled(not running)

    # -- by hand ------------------------------------------------------------------------------------------------------
    def draw_seed(self) -> None:
        """Another seed, by chance."""
        self._seed.setValue(random.randrange(_LARGEST_SEED))

    def _set_seed(self, seed: int) -> None:
        self._set("seed", seed)

    def _set_locked(self, locked: bool) -> None:
        self._set("seed_locked", locked)

    def _set_pack(self, index: int) -> None:
        self._set("pack", self._pack.itemData(index))

    def _set_blend(self, index: int) -> None:
        self._set("blend", self._blend.itemData(index))

    def _set(self, name: str, value: object) -> None:
        document = self._workspace.document
        if document is not None and getattr(document.settings, name) != value:
            setattr(document.settings, name, value)
            self._workspace.touch()
            document.changed(Topic.SETTINGS)


class _Seed(QSpinBox):
    """A number that leaves the wheel to the panel around it unless it has the focus."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


def _button(name: str, text: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(icon(name))
    button.setIconSize(QSize(16, 16))
    button.setAccessibleName(text)
    button.setToolTip(text)
    return button
