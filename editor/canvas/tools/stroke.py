"""One stroke on one mask, from the first dab to the undo step, whatever happens to the document meanwhile."""

from __future__ import annotations

from PySide6.QtCore import QPointF

from core.document.brush import BrushTip, Stroke
from core.document.commands import capture_mask_edit
from core.document.events import Change, Topic
from core.document.geometry import Rect
from editor.canvas.tools.targets import ERASE, PAINT, Place, edit_text, outside_hint
from editor.options import BrushOptions
from editor.workspace import Workspace


def brush_tip(options: BrushOptions) -> BrushTip:
    """The brush that these options describe."""
    return BrushTip(
        size=options.size, hardness=options.hardness, opacity=options.opacity, spacing=options.spacing,
        smoothing=options.smoothing, pressure_size=options.pressure_size,
        pressure_opacity=options.pressure_opacity)


class MaskStroke:
    """See the module. The document shows the stroke at once; undo knows it only after ``commit``.

    Args:
        workspace: takes the undo step.
        place: the mask.
        options: of the brush; later changes of them do not alter this stroke.
        erase: whether coverage is taken away.
    """

    def __init__(self, workspace: Workspace, place: Place, options: BrushOptions, *, erase: bool) -> None:
        self._workspace = workspace
        self.place = place
        self.erase = erase
        self._stroke = Stroke(place.mask, brush_tip(options), erase)
        self._announcing = False

    def move_to(self, point: QPointF, pressure: float = 1.0) -> None:
        """Paint on to a canvas point."""
        self._show(self._stroke.move_to(*self.place.to_mask(point), pressure))

    def line_to(self, point: QPointF, pressure: float = 1.0) -> None:
        """Paint straight to a canvas point, without smoothing."""
        self._show(self._stroke.line_to(*self.place.to_mask(point), pressure))

    def commit(self) -> bool:
        """End the stroke as one undo step; False when it changed nothing."""
        whole = self._stroke.finish()
        self._show(self._stroke.last)
        if whole is None:
            self._stroke.release()
            self._workspace.hinted.emit(outside_hint(self.place))
            return False
        text = edit_text(self.place, ERASE if self.erase else PAINT)
        command = capture_mask_edit(self.place.document, self.place.target, self._stroke.before, whole, text,
                                    announced=True)
        self._stroke.release()
        if command is None:
            return False
        self._workspace.push(command)
        return True

    def abort(self) -> None:
        """Restore the mask as it was before the stroke."""
        dirty = self._stroke.abort()
        self._stroke.release()
        self._show(dirty)

    def disturbed_by(self, change: Change) -> bool:
        """Whether a change by someone else makes it impossible to go on; the stroke is then already taken back.

        Undo, a loaded mask or a finished analysis may write to the mask under the pen. Their pixels win.
        """
        document, target, mask = self.place.document, self.place.target, self.place.mask
        if self._announcing:
            return False
        if change.topic in (Topic.LAYERS, Topic.SOURCES):
            gone = document.mask(target) is not mask
            if gone:
                self._stroke.abort()
                self._stroke.release()
            return gone
        if change.topic is Topic.LAYER and change.item == target.item:
            moved = document.target_origin(target) != self.place.origin
            if moved:
                self.abort()
            return moved
        if change.topic is not Topic.MASK or (change.item, change.role) != (target.item, target.role):
            return False
        self._give_way(change.rect)
        return True

    def _give_way(self, rect: Rect | None) -> None:
        mask = self.place.mask
        inside = mask.bounds if rect is None else rect.grown(0, mask.width, mask.height)
        theirs = mask.data[inside.slices()].copy()
        dirty = self._stroke.abort()
        self._stroke.release()
        mask.data[inside.slices()] = theirs
        self._show(dirty)

    def _show(self, rect: Rect | None) -> None:
        if rect is None:
            return
        self._announcing = True
        try:
            self.place.announce(rect)
        finally:
            self._announcing = False
