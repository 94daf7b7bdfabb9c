"""Everything that belongs to the picture of one source, in drawing order, independent of the widget that shows it."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from core.document.document import IDENTITY, Candidate, Target
from core.document.events import Change, Topic
from core.document.geometry import Rect, united
from core.document.layer import RESULT
from core.engine.messages import Frame
from editor.canvas.coverage import Coverage
from editor.canvas.display_cache import DisplayCache, Picture, candidate_picture
from editor.canvas.overlays import (
    FramePicture,
    MaskOverlay,
    area_polygon,
    chequered,
    draw_outline,
    quad_polygon,
)
from editor.canvas.pixel_grid import draw_grid
from editor.canvas.tiles import moved
from editor.canvas.viewport import Viewport
from editor.options import MaskView
from editor.workspace import Workspace


@dataclass(frozen=True)
class SceneLook:
    """How a scene is drawn this time.

    Attributes:
        before: the photo as it was, without layers, results and overlays.
        smooth: False while a turned view moves.
        painting: a stroke is in progress, so the mask must be seen well.
        bare: only the picture itself, without mask, grid and crop.
    """

    before: bool = False
    smooth: bool = True
    painting: bool = False
    bare: bool = False


@dataclass(eq=False)
class _Overlays:
    """Pictures of one mask by look and colour; the last two are kept, since every stroke goes from one to the other
    and back."""

    target: Target
    coverage: Coverage
    pictures: dict[tuple[MaskView, str], MaskOverlay] = field(default_factory=dict)

    def picture(self, look: MaskView, colour: str, area: Rect) -> MaskOverlay:
        """The mask in one look, over the whole canvas ``area``."""
        found = self.pictures.pop((look, colour), None) or MaskOverlay(area, self.coverage, look, QColor(colour))
        self.pictures[look, colour] = found
        while len(self.pictures) > 2:
            del self.pictures[next(iter(self.pictures))]
        return found

    def painted(self, rect: Rect | None) -> list[Rect | None]:
        """Follow a change of the mask inside ``rect`` (document pixels); what looks different now."""
        if not self.pictures:
            self.coverage.invalidate(rect)
        return [picture.painted(rect) for picture in self.pictures.values()]


class Scene:
    """The picture of one source with its mask, and for the portrait with what the engine makes of it.

    Args:
        workspace: document and view options.
        source_id: what is shown.
    """

    def __init__(self, workspace: Workspace, source_id: str) -> None:
        self._workspace = workspace
        self.cache = DisplayCache(workspace, source_id)
        self._overlays: _Overlays | None = None
        self._frame: tuple[Frame, FramePicture] | None = None
        self._pending: tuple[Candidate, Picture] | None = None

    @property
    def source_id(self) -> str:
        return self.cache.source_id

    @property
    def picture(self) -> Picture | None:
        """The composite, None without a source."""
        return self.cache.picture

    @property
    def outdated(self) -> bool:
        """Whether the source came, went or was exchanged since ``set_source``."""
        return self.cache.outdated

    def set_source(self, source_id: str) -> None:
        """Show a source, the present one again included."""
        self.cache.source_id = source_id
        self.cache.reset()
        self._overlays = self._frame = self._pending = None

    # -- changes --------------------------------------------------------------------------------------------------
    def apply(self, change: Change) -> list[Rect | None]:
        """Follow a change of the document; what must be drawn again (document pixels; None for everything)."""
        dirty: list[Rect | None] = []
        composed = self.cache.apply(change)
        if composed is not None:
            dirty.append(composed)
        known = self._overlays
        if change.topic is Topic.LAYERS or (change.topic is Topic.FACE and change.item == self.source_id):
            dirty.append(None)
        elif change.topic is Topic.MASK and known is not None and known.target == Target(change.item, change.role):
            origin = known.coverage.origin
            dirty += known.painted(None if change.rect is None else moved(change.rect, *origin))
        elif change.topic is Topic.LAYER and known is not None and not self._lies_right(known):
            dirty.append(None)
        return dirty

    def apply_view(self) -> None:
        """Follow a change of the view's options; everything is drawn again after it."""
        self.cache.apply_view()

    def _lies_right(self, known: _Overlays) -> bool:
        """Whether the pictures show the mask that their target means now, where it lies now."""
        document = self._workspace.document
        if document is None or document.mask(known.target) is not known.coverage.mask:
            return False
        return document.target_origin(known.target) == known.coverage.origin

    def frame_changed(self) -> list[Rect | None]:
        """Take the newest frame of the engine; what must be drawn again."""
        if self.source_id != IDENTITY:
            return []
        old, frame = self._frame, self._workspace.frame
        self._frame = None if frame is None else (frame, FramePicture(frame.pixels, frame.rect))
        # The first and the last one dim or show the overlay everywhere.
        return [None] if frame is None or old is None else [united(frame.rect, old[1].rect)]

    # -- drawing --------------------------------------------------------------------------------------------------
    def paint(self, painter: QPainter, viewport: Viewport, exposed: QRectF, look: SceneLook) -> bool:
        """Draw what the viewport shows inside ``exposed`` (widget coordinates).

        Returns:
            False when part of it is still coarse and another paint should follow.
        """
        picture = self.cache.plain if look.before else self.cache.picture
        if picture is None:
            return True
        if not picture.opaque:
            self._paint_ground(painter, viewport, picture.area)
        complete = picture.paint(painter, viewport, exposed, smooth=look.smooth)
        if not look.before:
            result = self._result()
            if result is not None:
                complete &= result.paint(painter, viewport, exposed, smooth=look.smooth)
            overlay = None if look.bare else self._current_overlay(look)
            if overlay is not None:
                opacity = self._workspace.view.overlay_opacity
                complete &= overlay.draw(painter, viewport, exposed, opacity=opacity, smooth=look.smooth)
        if look.bare:
            return complete
        options = self._workspace.view
        # Turned lines have to be smoothed, which takes too long while the view moves.
        if options.pixel_grid and look.smooth:
            draw_grid(painter, viewport, exposed, picture.area.width, picture.area.height)
        source = self._workspace.source(self.source_id)
        # A mask shown alone is judged by its edge, and a result as it is: nothing else may cross them.
        alone = options.mask_view not in (MaskView.OVERLAY, MaskView.OUTLINE, MaskView.OFF)
        judged = alone or (self.shows_result and self._workspace.tool != "face")
        if (options.show_face and not judged and not look.before and source is not None
                and source.face is not None):
            draw_outline(painter, viewport, quad_polygon(source.face.quad), strength=0.7)
        return complete

    @property
    def shows_result(self) -> bool:
        """Whether something that the engine made is on the canvas."""
        workspace = self._workspace
        if self.source_id != IDENTITY:
            return False
        return workspace.frame is not None or workspace.pending is not None or self._has_applied

    @property
    def _has_applied(self) -> bool:
        document = self._workspace.document
        return document is not None and any(
            layer.kind == RESULT and not layer.guide and layer.visible and layer.opacity > 0
            for layer in document.layers)

    def _mask_view(self, look: SceneLook) -> MaskView:
        """How the mask is shown now: filled while it is painted, as a line where it would tint a result."""
        chosen = self._workspace.view.mask_view
        if chosen is MaskView.OVERLAY and self.shows_result and not look.painting:
            # A result that is still to be judged is shown alone, one that is worked on with a line.
            judged = self._workspace.frame is not None or self._workspace.pending is not None
            return MaskView.OFF if judged else MaskView.OUTLINE
        return MaskView.OVERLAY if chosen is MaskView.OUTLINE and look.painting else chosen

    def _result(self) -> FramePicture | Picture | None:
        """The live frame, or else the result that is not applied yet."""
        frame, pending = self._workspace.frame, self._workspace.pending
        if self.source_id != IDENTITY:
            return None
        if frame is not None:
            if self._frame is None or self._frame[0] is not frame:
                self._frame = (frame, FramePicture(frame.pixels, frame.rect))
            return self._frame[1]
        if pending is not None and (self._pending is None or self._pending[0] is not pending):
            self._pending = (pending, candidate_picture(pending))
        return None if pending is None or self._pending is None else self._pending[1]

    def _paint_ground(self, painter: QPainter, viewport: Viewport, area: Rect) -> None:
        painter.save()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(chequered(viewport.ratio))
        painter.drawPolygon(viewport.transform().map(area_polygon(area)))
        painter.restore()

    def _current_overlay(self, look: SceneLook) -> MaskOverlay | None:
        """The picture of the mask that a stroke on this source would change."""
        document, options = self._workspace.document, self._workspace.view
        source, shown = self._workspace.source(self.source_id), self._mask_view(look)
        if document is None or source is None or shown is MaskView.OFF:
            return None
        target = self._workspace.target_on(self.source_id)
        mask = document.mask(target)
        if mask is None:
            return None
        colour = options.colours.get(target.role, "#e5484d")
        known = self._overlays
        if known is None or known.target != target or not self._lies_right(known):
            known = self._overlays = _Overlays(target, Coverage(mask, document.target_origin(target)))
        return known.picture(shown, colour, Rect(0, 0, source.width, source.height))
