"""Icons in the colours of the theme, by the name of what they mean; all from one family so that they look alike."""

from __future__ import annotations

from functools import cache

import qtawesome
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap

from editor.look import theme

NAMES = {
    "open": "folder-open-outline", "open_portrait": "account-box-outline", "sample": "image-outline",
    "add_reference": "image-plus", "recent": "history", "save": "content-save-outline",
    "save_as": "content-save-edit-outline", "export": "export-variant", "close": "close", "quit": "power",
    "undo": "undo", "redo": "redo", "preferences": "cog-outline", "keyboard": "keyboard-outline",
    "brush": "brush", "eraser": "eraser", "lasso": "lasso", "fill": "format-color-fill", "face": "face-recognition",
    "move": "cursor-move", "hand": "hand-back-right-outline", "zoom": "magnify",
    "zoom_in": "magnify-plus-outline", "zoom_out": "magnify-minus-outline", "fit": "fit-to-page-outline",
    "actual_size": "numeric-1-box-outline", "previous_zoom": "magnify-scan", "rotate_left": "rotate-left",
    "rotate_right": "rotate-right", "rotation_reset": "compass-outline", "mirror": "flip-horizontal",
    "overlay": "layers-triple-outline", "pixel_grid": "grid", "pin": "pin-outline", "unpin": "pin-off-outline",
    "full_screen": "fullscreen", "panels": "dock-right", "reset": "restore",
    "mask": "select-group", "hair": "face-woman-outline", "ignore": "eye-off-outline", "protect": "shield-outline",
    "clear": "selection-off", "invert": "invert-colors", "feather": "blur", "find": "auto-fix",
    "load": "file-import-outline", "save_mask": "file-export-outline", "fill_mask": "selection",
    "smaller": "minus", "larger": "plus", "swap": "swap-horizontal", "defaults": "backup-restore",
    "layer": "layers-outline", "new_layer": "layers-plus", "duplicate": "content-copy", "merge": "arrow-collapse-down",
    "delete": "trash-can-outline", "rename": "rename-box", "visible": "eye-outline", "hidden": "eye-off-outline",
    "lock": "lock-outline", "unlock": "lock-open-variant-outline", "up": "arrow-up", "down": "arrow-down",
    "run": "play", "pause": "pause", "stop": "stop", "apply": "check", "discard": "close", "next": "chevron-right",
    "previous": "chevron-left", "star": "star-outline", "starred": "star", "compare": "compare",
    "before": "image-off-outline", "split": "compare", "side_by_side": "view-split-vertical",
    "difference": "vector-difference",
    "onion": "circle-opacity", "error": "alert-circle-outline", "warning": "alert-outline",
    "info": "information-outline", "log": "text-box-outline", "help": "help-circle-outline", "add": "plus",
    "remove": "minus", "search": "magnify", "menu": "dots-horizontal", "float": "dock-window",
    "drop": "tray-arrow-down", "colour": "palette-outline", "check": "check",
}


def icon(name: str, colour: str = theme.TEXT) -> QIcon:
    """An icon.

    Args:
        name: one of ``NAMES``, or a qtawesome identifier such as "mdi6.brush".
        colour: when enabled; disabled icons are always dimmed.

    Raises:
        KeyError: there is no such icon.
    """
    return _made(name if "." in name else f"mdi6.{NAMES[name]}", colour)


@cache
def _made(identifier: str, colour: str) -> QIcon:
    drawn = qtawesome.icon(identifier, color=colour, color_active=colour, color_selected=colour,
                           color_disabled=theme.DISABLED)
    return QIcon(_KeptPixmaps(drawn))


class _KeptPixmaps(QIconEngine):
    """Draws every size of an icon once; the font's own engine lays out and paints a glyph anew each time, and
    complains where a squeezed button leaves no room for it.
    """

    def __init__(self, drawn: QIcon) -> None:
        super().__init__()
        self._drawn = drawn
        self._kept: dict[tuple[int, int, QIcon.Mode, QIcon.State], QPixmap] = {}

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        if size.isEmpty():
            return QPixmap()
        key = (size.width(), size.height(), mode, state)
        if key not in self._kept:
            # With a ratio of 1: the size is in device pixels already.
            self._kept[key] = self._drawn.pixmap(size, 1.0, mode, state)
        return QPixmap(self._kept[key])

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatio()
        pixmap = self.pixmap(rect.size() * ratio, mode, state)
        if not pixmap.isNull():
            pixmap.setDevicePixelRatio(ratio)
            painter.drawPixmap(rect.topLeft(), pixmap)

    def clone(self) -> QIconEngine:
        return _KeptPixmaps(self._drawn)
