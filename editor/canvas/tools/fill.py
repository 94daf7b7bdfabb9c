"""Filling an enclosed area of the mask with one click, or clearing it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QCursor, QGuiApplication, QPainter

from core.document.commands import capture_mask_edit
from core.document.geometry import Rect
from core.document.mask import Mask
from core.document.selection import NotEnclosed, fill_enclosed
from editor.background import in_background
from editor.canvas.pointer import PointerEvent
from editor.canvas.surface import CanvasSurface
from editor.canvas.tools.base import Tool, claim_keys, has
from editor.canvas.tools.marks import draw_sign
from editor.canvas.tools.targets import CLEAR, FILL, Place, edit_text, outside_hint, refusal, take_place
from editor.look.translation import QT_TRANSLATE_NOOP

translate = QCoreApplication.translate

AT_ONCE = 1 << 18
"""Pixels of a mask up to which a fill does not have to be waited for."""
_ALT, _SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier


@dataclass(frozen=True, eq=False)
class _Filling:
    """A click whose area is being looked for."""

    place: Place
    version: int
    removes: bool


@dataclass(frozen=True, eq=False)
class _Found:
    """The mask as it was and as it is with the area; no rect where there is nothing to do."""

    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    rect: Rect | None
    enclosed: bool = True


class FillTool(Tool):
    """Fills the empty area around a click up to what is covered; removing clears the covered area around it."""

    name = "fill"
    title = QT_TRANSLATE_NOOP("Tool", "Fill")
    icon = "mdi6.format-color-fill"
    shortcut = "F"
    hint = QT_TRANSLATE_NOOP(
        "Tool", "Click inside a painted outline to fill it, small gaps are closed. Alt: clear the area instead")

    _eraser = False
    _filling: _Filling | None = None

    def removes(self, *, alt: bool, shift: bool) -> bool:
        """Whether a click clears: Alt or the eraser tip do, Shift fills, else the polarity decides."""
        return alt or self._eraser or (self.workspace.tools.erase and not shift)

    def press(self, view: CanvasSurface, event: PointerEvent) -> None:
        claim_keys(view, event)
        self._point_at(view, event)
        if event.button != Qt.MouseButton.LeftButton:
            return
        place = take_place(self.workspace, view.source_id)
        if place is None:
            return
        if not place.contains(event.position):
            self.say(outside_hint(place))
            return
        if self._filling is not None:
            return
        removes = self.removes(alt=has(event, _ALT), shift=has(event, _SHIFT))
        self._filling = _Filling(place, place.mask.version, removes)
        work = partial(_find, place.mask.data, place.to_mask(event.position), removes)
        if place.mask.data.size <= AT_ONCE:
            self._filled(work())
        else:
            in_background(work, self._filled, self._not_filled)

    def _filled(self, found: _Found) -> None:
        """Take over what was found, unless the mask was changed in the meantime."""
        filling, self._filling = self._filling, None
        if filling is None or self.workspace.document is not filling.place.document:
            return
        place, mask, rect = filling.place, filling.place.mask, found.rect
        if not found.enclosed:
            self.say(translate("Fill", "No outline encloses this place: draw one around it, then click inside"))
            return
        if rect is None:
            self.say(translate("Fill", "Nothing to clear here: click on a covered area") if filling.removes
                     else translate("Fill", "Nothing to fill here: click on an empty area"))
            return
        if mask.version != filling.version or place.document.mask(place.target) is not mask:
            self.say(translate("Fill", "The mask was changed meanwhile: click again"))
            return
        mask.data[rect.slices()] = found.after[rect.slices()]
        mask.touch()
        place.announce(rect)
        text = edit_text(place, CLEAR if filling.removes else FILL)
        command = capture_mask_edit(place.document, place.target, found.before, rect, text)
        if command is not None:
            self.workspace.push(command)

    def _not_filled(self, error: Exception) -> None:
        self._filling = None
        raise error

    def move(self, view: CanvasSurface, event: PointerEvent) -> None:
        self._point_at(view, event)

    def hover(self, view: CanvasSurface, event: PointerEvent) -> None:
        self._point_at(view, event)

    def double_click(self, view: CanvasSurface, event: PointerEvent) -> None:
        self.press(view, event)

    def _point_at(self, view: CanvasSurface, event: PointerEvent) -> None:
        self._eraser = event.eraser
        self.point_at(view, event.widget)

    def cursor(self, view: CanvasSurface) -> QCursor:
        shape = Qt.CursorShape.ForbiddenCursor if refusal(self.workspace, view.source_id) else \
            Qt.CursorShape.CrossCursor
        return QCursor(shape)

    def paint(self, view: CanvasSurface, painter: QPainter) -> None:
        where = self.where
        if self.view is not view or where is None or refusal(self.workspace, view.source_id):
            return
        keys = QGuiApplication.keyboardModifiers()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        removes = self.removes(alt=bool(keys & _ALT), shift=bool(keys & _SHIFT))
        draw_sign(painter, QPointF(where.x() + 12, where.y() + 12), minus=removes)


def _find(data: NDArray[np.uint8], point: tuple[float, float], removes: bool) -> _Found:
    """Look for the area around a point of a mask. Runs beside the window, which may paint meanwhile: what comes of
    that is thrown away, since the mask's version has changed then."""
    before = data.copy()
    trial = Mask(before.copy())
    try:
        return _Found(before, trial.data, fill_enclosed(trial, *point, removes))
    except NotEnclosed:
        return _Found(before, trial.data, None, enclosed=False)
