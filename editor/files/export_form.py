"""The choices of the export dialog as fields: format, depth, compression, size, colour and what else goes along."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from core.document.photo import Photo
from core.io.display import display_pixels
from core.io.export import ExportOptions
from core.io.image import MAX_PIXELS
from core.io.profile import profile_name
from editor.files.export_choices import last_format, last_options
from editor.files.export_job import TITLES
from editor.look import theme
from editor.settings import Settings
from editor.widgets.buttons import tool_button
from editor.widgets.fields import SliderField

_LABELS = 7.4
_ROW = 2.15
_CHECK_ROW = 1.55
"""Width of the labels and heights of rows, in sizes of type."""
# Without arrows a style sheet leaves the line of a spin box one pixel of room.
_NUMBER_STYLE = """
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { subcontrol-origin: border; width: 0px; }
QAbstractSpinBox QLineEdit { border: none; background: transparent; padding: 0; min-height: 0; }
"""
_LARGEST_SIDE = {"WEBP": 16_383, "JPEG": 65_535}
_DEEP = ("PNG", "TIFF")
_MOST_PERCENT = 400.0
KEEP, CONVERT = "keep", "srgb"


class ExportForm(QWidget):
    """All fields; ``options`` is what they say.

    Args:
        settings: where the last choices are found.
        photo: gives size, depth and profile.

    Signals:
        changed: something else was chosen.
        formatChanged(str): another format was chosen.
    """

    changed = Signal()
    formatChanged = Signal(str)

    def __init__(self, settings: Settings, photo: Photo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings, self._photo = settings, photo
        self._by_format: dict[str, ExportOptions] = {}
        self._silent = False
        self._wide = _has_other_space(photo)
        self._has_location = False
        self._make_fields()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.GRID)
        self._build()
        self._set_size(photo.width, photo.height)
        self._show(last_options(settings, last_format(settings)))
        self._connect()

    # -- building -------------------------------------------------------------------------------------------------
    def _make_fields(self) -> None:
        self.format = _combo(self.tr("Format"))
        for name, title in TITLES.items():
            self.format.addItem(title, name)
        self.bits = _combo(self.tr("Depth"))
        for bits in (8, 16):
            self.bits.addItem(self.tr("{0} bits per channel").format(bits), bits)
        self.lossless = QCheckBox(self.tr("Lossless"))
        self.quality = SliderField("", 1, 100, 95, help=self.tr("Quality: smaller files look worse"))
        self.quality.setAccessibleName(self.tr("Quality"))
        self.out_width, self.out_height = _spin(self.tr("Width")), _spin(self.tr("Height"))
        self.percent = QDoubleSpinBox()
        self.percent.setDecimals(1)
        self.percent.setSuffix(" %")
        _make_plain(self.percent, self.tr("Size in percent"))
        self.reset_size = tool_button(self, "reset", self.tr("The photograph's own size"), self._own_size)
        self.profile = _combo(self.tr("Colour profile"))
        self.metadata = QCheckBox(self.tr("Camera and description (EXIF)"))
        self.location = QCheckBox(self.tr("Where it was taken (GPS)"))
        self.provenance = QCheckBox(self.tr("Note that parts are synthetic"))
        self.provenance.setToolTip(self.tr(
            "Says in the file's XMP, by the IPTC's term, that the picture is a composite made with a trained model."))

    def _build(self) -> None:
        self._section(self.tr("File"), [(self.tr("Format"), self.format), (self.tr("Depth"), self.bits),
                                        (self.tr("Compression"), self.lossless), (self.tr("Quality"), self.quality)])
        size = QHBoxLayout()
        size.setSpacing(theme.GRID)
        size.addWidget(self.out_width, 1)
        size.addWidget(QLabel("×"))
        size.addWidget(self.out_height, 1)
        size.addWidget(QLabel("px"))
        share = QHBoxLayout()
        share.setSpacing(theme.GRID)
        share.addWidget(self.percent)
        share.addWidget(self.reset_size)
        share.addStretch()
        self.percent.setFixedWidth(_sized(self, 6.2))
        self._section(self.tr("Size"), [(self.tr("Pixels"), size), (self.tr("Scale"), share)])
        self._section(self.tr("Colour"), [(self.tr("Profile"), self.profile)])
        self._section(self.tr("Metadata"), [("", self.metadata), ("", self.location), ("", self.provenance)])
        self._column.addStretch(1)

    def _section(self, title: str, rows: list[tuple[str, QWidget | QHBoxLayout]]) -> None:
        heading = QLabel(title)
        theme.mark(heading, "heading")
        if self._column.count():
            self._column.addSpacing(theme.GRID)
        self._column.addWidget(heading)
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.GRID)
        grid.setVerticalSpacing(theme.GRID)
        grid.setColumnMinimumWidth(0, _sized(self, _LABELS))
        grid.setColumnStretch(1, 1)
        for number, (text, field) in enumerate(rows):
            label = QLabel(text)
            if text:
                grid.addWidget(label, number, 0)
            if isinstance(field, QWidget):
                grid.addWidget(field, number, 1 if text else 0, 1, 1 if text else 2)
                label.setBuddy(field)
            else:
                grid.addLayout(field, number, 1)
            grid.setRowMinimumHeight(number, _sized(self, _ROW if text else _CHECK_ROW))
        self._column.addLayout(grid)

    def _connect(self) -> None:
        self.format.currentIndexChanged.connect(self._other_format)
        for combo in (self.bits, self.profile):
            combo.currentIndexChanged.connect(self._edited)
        for box in (self.lossless, self.metadata, self.location, self.provenance):
            box.toggled.connect(self._edited)
        self.quality.valueChanged.connect(self._edited)
        self.out_width.valueChanged.connect(self._width_edited)
        self.out_height.valueChanged.connect(self._height_edited)
        self.percent.valueChanged.connect(self._percent_edited)

    # -- what is chosen -------------------------------------------------------------------------------------------
    @property
    def options(self) -> ExportOptions:
        """What the fields say."""
        name = str(self.format.currentData())
        kept = self._by_format.get(name) or last_options(self._settings, name)
        size = (self.out_width.value(), self.out_height.value())
        return replace(
            kept, format=name, bit_depth=self._chosen_depth(name, kept), quality=round(self.quality.value()),
            lossless=self.lossless.isChecked() if name == "WEBP" else kept.lossless,
            metadata=self.metadata.isChecked(), provenance=self.provenance.isChecked(),
            location=self.location.isChecked() if self._has_location else kept.location,
            srgb=self._wide and self.profile.currentData() == CONVERT,
            size=None if size == (self._photo.width, self._photo.height) else size)

    def _chosen_depth(self, name: str, kept: ExportOptions) -> int:
        if name not in _DEEP or self.profile.currentData() == CONVERT:
            return kept.bit_depth if name in _DEEP and kept.bit_depth != 16 else 0
        bits = int(self.bits.currentData())
        return 0 if bits == self._photo.bit_depth else bits

    @property
    def out_size(self) -> tuple[int, int]:
        """Width and height of the file's picture."""
        return self.out_width.value(), self.out_height.value()

    @property
    def out_depth(self) -> int:
        """Bits per channel of the file."""
        return int(self.bits.currentData())

    def set_has_location(self, has: bool) -> None:
        """Whether the photo's file tells a place; only then there is something to choose."""
        self._has_location = has
        self._enable()

    # -- showing --------------------------------------------------------------------------------------------------
    def _show(self, options: ExportOptions) -> None:
        """Show the choices of a format, size excepted."""
        self._silent = True
        name = options.format
        self.format.setCurrentIndex(self.format.findData(name))
        self._fill_profiles(options.srgb)
        bits = 8 if name not in _DEEP or self.profile.currentData() == CONVERT \
            else options.bit_depth or self._photo.bit_depth
        self.bits.setCurrentIndex(self.bits.findData(bits))
        self.lossless.setChecked(options.lossless if name == "WEBP" else name in _DEEP)
        self.quality.set_default(90 if name == "WEBP" else 95)
        self.quality.set_value(options.quality)
        self.metadata.setChecked(options.metadata)
        self.location.setChecked(options.location)
        self.provenance.setChecked(options.provenance is not False)
        self._limit_size(name)
        self._enable()
        self._silent = False

    def _fill_profiles(self, srgb: bool) -> None:
        self.profile.clear()
        name = profile_name(self._photo.icc)
        if not self._wide:
            self.profile.addItem("sRGB" if self._photo.icc is None else name, KEEP)
            return
        self.profile.addItem(self.tr("Keep {0}").format(name), KEEP)
        self.profile.addItem(self.tr("Convert to sRGB (8 bits)") if self._photo.bit_depth == 16
                             else self.tr("Convert to sRGB"), CONVERT)
        self.profile.setCurrentIndex(int(srgb))

    def _enable(self) -> None:
        name = self.format.currentData()
        convert = self.profile.currentData() == CONVERT
        self.bits.setEnabled(name in _DEEP and not convert)
        self.bits.setToolTip("" if self.bits.isEnabled() else self.tr("This file has 8 bits per channel."))
        self.lossless.setEnabled(name == "WEBP")
        self.quality.setEnabled(name == "JPEG" or (name == "WEBP" and not self.lossless.isChecked()))
        self.profile.setEnabled(self._wide)
        self.location.setEnabled(self._has_location and self.metadata.isChecked())
        self.location.setToolTip("" if self._has_location else self.tr("The photograph does not tell a place."))
        self.reset_size.setEnabled(self.out_size != (self._photo.width, self._photo.height))

    def _limit_size(self, name: str) -> None:
        width, height = self._photo.width, self._photo.height
        side = _LARGEST_SIDE.get(name, 60_000)
        factor = min(_MOST_PERCENT / 100, math.sqrt(MAX_PIXELS / (width * height)), side / max(width, height))
        with QSignalBlocker(self.out_width), QSignalBlocker(self.out_height), QSignalBlocker(self.percent):
            self.out_width.setRange(1, max(1, int(width * factor)))
            self.out_height.setRange(1, max(1, int(height * factor)))
            self.percent.setRange(0.1, factor * 100)
        share = min(self.out_width.value() / width, self.out_height.value() / height)
        if self.out_size != _scaled(width, height, share) and self.out_size != (width, height):
            self._set_size(*_scaled(width, height, share))

    def _set_size(self, width: int, height: int) -> None:
        with QSignalBlocker(self.out_width), QSignalBlocker(self.out_height), QSignalBlocker(self.percent):
            self.out_width.setRange(1, max(width, self.out_width.maximum()))
            self.out_height.setRange(1, max(height, self.out_height.maximum()))
            self.percent.setRange(0.1, max(100.0, self.percent.maximum()))
            self.out_width.setValue(width)
            self.out_height.setValue(height)
            self.percent.setValue(100 * width / self._photo.width)

    # -- by the artist --------------------------------------------------------------------------------------------
    def _edited(self) -> None:
        if self._silent:
            return
        name = str(self.format.currentData())
        converts = self.profile.currentData() == CONVERT
        with QSignalBlocker(self.bits):
            if converts or name not in _DEEP:
                self.bits.setCurrentIndex(self.bits.findData(8))
            elif self.sender() is self.profile:
                self.bits.setCurrentIndex(self.bits.findData(self._photo.bit_depth))
        self._by_format[name] = self.options
        self._enable()
        self.changed.emit()

    def _other_format(self) -> None:
        if self._silent:
            return
        name = str(self.format.currentData())
        self._show(self._by_format.get(name) or last_options(self._settings, name))
        self.formatChanged.emit(name)
        self.changed.emit()

    def _own_size(self) -> None:
        self._set_size(self._photo.width, self._photo.height)
        self._edited()

    def _width_edited(self, width: int) -> None:
        self._set_size(width, max(1, round(width * self._photo.height / self._photo.width)))
        self._edited()

    def _height_edited(self, height: int) -> None:
        self._set_size(max(1, round(height * self._photo.width / self._photo.height)), height)
        self._edited()

    def _percent_edited(self, percent: float) -> None:
        self._set_size(*_scaled(self._photo.width, self._photo.height, percent / 100))
        with QSignalBlocker(self.percent):
            self.percent.setValue(percent)
        self._edited()


def _scaled(width: int, height: int, share: float) -> tuple[int, int]:
    return max(1, round(width * share)), max(1, round(height * share))


def _has_other_space(photo: Photo) -> bool:
    """Whether converting to sRGB would change anything."""
    probe = np.zeros((1, 1, 3), np.uint8)
    return photo.icc is not None and display_pixels(probe, photo.icc) is not probe


def _sized(widget: QWidget, factor: float) -> int:
    """Pixels for a number of sizes of type, which the artist may choose; even, so that halves stay on the grid."""
    return round(widget.fontInfo().pixelSize() * factor / 2) * 2


def _combo(name: str) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(name)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(12)
    combo.setFixedHeight(_sized(combo, _ROW))
    return combo


def _spin(name: str) -> QSpinBox:
    spin = QSpinBox()
    _make_plain(spin, name)
    return spin


def _make_plain(spin: QAbstractSpinBox, name: str) -> None:
    """A number to be typed: no arrows, taken on Enter or on leaving."""
    spin.setAccessibleName(name)
    spin.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
    spin.setAlignment(Qt.AlignmentFlag.AlignRight)
    spin.setKeyboardTracking(False)
    spin.setFixedHeight(_sized(spin, _ROW))
    spin.setStyleSheet(_NUMBER_STYLE)
