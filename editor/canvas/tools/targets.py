"""Which mask a gesture on a canvas changes, why it may not, and what the undo step is called."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QPointF

from core.document.document import IDENTITY, Document, Target
from core.document.events import Topic
from core.document.geometry import Rect
from core.document.mask import Mask
from editor.look.translation import QT_TRANSLATE_NOOP
from editor.workspace import Workspace

translate = QCoreApplication.translate

PAINT, ERASE, ADD, REMOVE, FILL, CLEAR = "paint", "erase", "add", "remove", "fill", "clear"

_TEXTS = {
    (PAINT, "hair"): QT_TRANSLATE_NOOP("Edit", "Paint hair mask"),
    (PAINT, "ignore"): QT_TRANSLATE_NOOP("Edit", "Paint ignore mask"),
    (PAINT, "protect"): QT_TRANSLATE_NOOP("Edit", "Paint protect mask"),
    (PAINT, "layer"): QT_TRANSLATE_NOOP("Edit", "Reveal in layer mask"),
    (ERASE, "hair"): QT_TRANSLATE_NOOP("Edit", "Erase hair mask"),
    (ERASE, "ignore"): QT_TRANSLATE_NOOP("Edit", "Erase ignore mask"),
    (ERASE, "protect"): QT_TRANSLATE_NOOP("Edit", "Erase protect mask"),
    (ERASE, "layer"): QT_TRANSLATE_NOOP("Edit", "Hide in layer mask"),
    (ADD, "hair"): QT_TRANSLATE_NOOP("Edit", "Add to hair mask"),
    (ADD, "ignore"): QT_TRANSLATE_NOOP("Edit", "Add to ignore mask"),
    (ADD, "protect"): QT_TRANSLATE_NOOP("Edit", "Add to protect mask"),
    (ADD, "layer"): QT_TRANSLATE_NOOP("Edit", "Reveal area of layer"),
    (REMOVE, "hair"): QT_TRANSLATE_NOOP("Edit", "Remove from hair mask"),
    (REMOVE, "ignore"): QT_TRANSLATE_NOOP("Edit", "Remove from ignore mask"),
    (REMOVE, "protect"): QT_TRANSLATE_NOOP("Edit", "Remove from protect mask"),
    (REMOVE, "layer"): QT_TRANSLATE_NOOP("Edit", "Hide area of layer"),
    (FILL, "hair"): QT_TRANSLATE_NOOP("Edit", "Fill in hair mask"),
    (FILL, "ignore"): QT_TRANSLATE_NOOP("Edit", "Fill in ignore mask"),
    (FILL, "protect"): QT_TRANSLATE_NOOP("Edit", "Fill in protect mask"),
    (FILL, "layer"): QT_TRANSLATE_NOOP("Edit", "Fill in layer mask"),
    (CLEAR, "hair"): QT_TRANSLATE_NOOP("Edit", "Clear area of hair mask"),
    (CLEAR, "ignore"): QT_TRANSLATE_NOOP("Edit", "Clear area of ignore mask"),
    (CLEAR, "protect"): QT_TRANSLATE_NOOP("Edit", "Clear area of protect mask"),
    (CLEAR, "layer"): QT_TRANSLATE_NOOP("Edit", "Clear area of layer mask"),
}


@dataclass(frozen=True, eq=False)
class Place:
    """A mask that may be changed, and where it lies on its canvas.

    Attributes:
        document: that holds it.
        target, mask: the mask.
        origin: of its top-left pixel on the canvas.
    """

    document: Document
    target: Target
    mask: Mask
    origin: tuple[int, int]

    def to_mask(self, point: QPointF) -> tuple[float, float]:
        """Canvas coordinates to those of the mask; in both pixel i spans [i, i + 1)."""
        return point.x() - self.origin[0], point.y() - self.origin[1]

    def contains(self, point: QPointF) -> bool:
        """Whether a canvas point lies on the mask."""
        x, y = point.x() - self.origin[0], point.y() - self.origin[1]
        return 0 <= x < self.mask.width and 0 <= y < self.mask.height

    def announce(self, rect: Rect | None) -> None:
        """Tell everyone that the mask was written to inside ``rect`` of its own pixels."""
        if rect is not None:
            self.mask.touch()
            self.document.changed(Topic.MASK, self.target.item, self.target.role, rect)


def refusal(workspace: Workspace, source_id: str) -> str:
    """Why a gesture on this canvas may not change the mask it would go to; empty when it may."""
    document = workspace.document
    if document is None:
        return translate("Edit", "Open a photo first")
    target = workspace.target_on(source_id)
    if document.mask(target) is None:
        return translate("Edit", "There is no such mask any more: choose one in the Masks panel")
    if target.role == "layer":
        layer = document.layer(target.item)
        if layer.locked:
            text = translate("Edit", "“%1” is locked: unlock it in the Layers panel to paint its mask")
        elif not layer.visible:
            text = translate("Edit", "“%1” is hidden: show it in the Layers panel to paint its mask")
        elif not layer.mask_enabled:
            text = translate("Edit", "The mask of “%1” is switched off: switch it on to paint it")
        else:
            return ""
        return text.replace("%1", layer.name)
    return ""


def take_place(workspace: Workspace, source_id: str, *, queued: bool = False) -> Place | None:
    """The mask that a gesture on this canvas changes, which becomes the target; None after a hint why not.

    Args:
        workspace: holds the document.
        source_id: whose canvas it is.
        queued: whether the gesture waits for areas that are still on their way into the mask. Others may not begin
            before them: an area that came into the middle of a stroke would be lost in part, and undo with it.
    """
    reason = refusal(workspace, source_id)
    document = workspace.document
    if reason or document is None:
        workspace.hinted.emit(reason)
        return None
    target = workspace.target_on(source_id)
    workspace.set_target(target)
    mask = document.mask(target)
    if mask is None:
        return None
    if mask.awaited and not queued:
        workspace.hinted.emit(translate("Edit", "A large area is still being filled"))
        return None
    return Place(document, target, mask, document.target_origin(target))


def outside_hint(place: Place) -> str:
    """What to say when a gesture touched nothing of the mask."""
    if place.target.role == "layer":
        return translate("Edit", "Outside the layer there is nothing to paint")
    return translate("Edit", "Outside the photo there is nothing to paint")


def edit_text(place: Place, verb: str) -> str:
    """Name of an undo step, with the photo's name unless it is the portrait."""
    role, item = place.target.role, place.target.item
    text = translate("Edit", _TEXTS[(verb, role)])
    source = place.document.sources.get(item)
    if source is None or item == IDENTITY:
        return text
    return translate("Edit", "%1 of %2").replace("%1", text).replace("%2", source.name)
