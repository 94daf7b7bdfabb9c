"""How the canvas shows the document: zoom, turn, grid, and the look of the mask."""

from __future__ import annotations

from editor.actions.masks import set_mask_view, toggle_overlay
from editor.actions.parts import Parts
from editor.actions.spec import ActionSpec, has_document
from editor.look.translation import QT_TRANSLATE_NOOP as _N
from editor.options import MaskView

_ZOOM_STEP = 2**0.5
_TURN = 15.0
"""Degrees."""


def _toggle_face(parts: Parts) -> None:
    parts.workspace.view.show_face = not parts.workspace.view.show_face
    parts.workspace.viewChanged.emit()


def _toggle_pixel_grid(parts: Parts) -> None:
    parts.workspace.view.pixel_grid = not parts.workspace.view.pixel_grid
    parts.workspace.viewChanged.emit()


def _mask_view(name: str, text: str, look: MaskView) -> ActionSpec:
    return ActionSpec(f"view.mask_{name}", "View/Mask", text, (), "",
                      _N("Actions", "How the mask that is painted is shown"), group="mask view",
                      does=lambda parts: set_mask_view(parts.workspace, look), enabled=has_document,
                      checked=lambda parts: parts.workspace.view.mask_view is look)


VIEW = (
    ActionSpec("view.zoom_in", "View", _N("Actions", "Zoom &in"), ("Ctrl++", "Ctrl+="), "zoom_in",
               _N("Actions", "Show the photograph larger"), repeats=True,
               does=lambda parts: parts.area.active.viewport.zoom_by(_ZOOM_STEP), enabled=has_document),
    ActionSpec("view.zoom_out", "View", _N("Actions", "Zoom &out"), ("Ctrl+-",), "zoom_out",
               _N("Actions", "Show the photograph smaller"), repeats=True,
               does=lambda parts: parts.area.active.viewport.zoom_by(1 / _ZOOM_STEP), enabled=has_document),
    ActionSpec("view.fit", "View", _N("Actions", "&Fit"), ("Ctrl+0",), "fit",
               _N("Actions", "Show the whole photograph"), does=lambda parts: parts.area.active.fit(),
               enabled=has_document),
    ActionSpec("view.actual_size", "View", _N("Actions", "&100 %"), ("Ctrl+1",), "actual_size",
               _N("Actions", "One pixel of the photograph on one pixel of the screen"),
               does=lambda parts: parts.area.active.viewport.zoom_to(1.0), enabled=has_document),
    ActionSpec("view.previous_zoom", "View", _N("Actions", "Pre&vious zoom"), ("~",), "previous_zoom",
               _N("Actions", "Back to where the view was before the last zoom"),
               does=lambda parts: parts.area.active.viewport.previous(), enabled=has_document),
    ActionSpec("view.rotate_left", "View", _N("Actions", "Turn &left"), ("Ctrl+[",), "rotate_left",
               _N("Actions", "Turn the view by 15°, not the photograph"), gap=True, repeats=True,
               does=lambda parts: parts.area.active.viewport.rotate(-_TURN), enabled=has_document),
    ActionSpec("view.rotate_right", "View", _N("Actions", "Turn &right"), ("Ctrl+]",), "rotate_right",
               _N("Actions", "Turn the view by 15°, not the photograph"), repeats=True,
               does=lambda parts: parts.area.active.viewport.rotate(_TURN), enabled=has_document),
    ActionSpec("view.rotation_reset", "View", _N("Actions", "&Upright"), ("Ctrl+\\",), "rotation_reset",
               _N("Actions", "Turn the view upright again"),
               does=lambda parts: parts.area.active.viewport.reset_rotation(), enabled=has_document),
    ActionSpec("view.mirror", "View", _N("Actions", "&Mirror the view"), ("M",), "mirror",
               _N("Actions", "Look at the picture mirrored; its pixels stay as they are"),
               does=lambda parts: parts.area.active.viewport.mirror(), enabled=has_document,
               checked=lambda parts: parts.area.active.viewport.mirrored),
    ActionSpec("view.overlay", "View", _N("Actions", "Mask overla&y"), ("Q",), "overlay",
               _N("Actions", "Show or hide the coloured masks"), gap=True,
               does=lambda parts: toggle_overlay(parts.workspace), enabled=has_document,
               checked=lambda parts: parts.workspace.view.mask_view is not MaskView.OFF),
    ActionSpec("view.face", "View", _N("Actions", "&Crop and face points"), (), "face",
               _N("Actions", "Show where the face was found"), does=_toggle_face, enabled=has_document,
               checked=lambda parts: parts.workspace.view.show_face),
    ActionSpec("view.pixel_grid", "View", _N("Actions", "Pixel &grid"), (), "pixel_grid",
               _N("Actions", "Lines between pixels from 800 % on"), does=_toggle_pixel_grid,
               enabled=has_document, checked=lambda parts: parts.workspace.view.pixel_grid),
    ActionSpec("view.unpin", "View", _N("Actions", "Close the pi&nned reference"), (), "unpin",
               _N("Actions", "Take the reference beside the canvas away"), gap=True,
               does=lambda parts: parts.area.pin(None), enabled=lambda parts: parts.area.pinned is not None),
)

MASK_VIEWS = (
    _mask_view("overlay", _N("Actions", "&Overlay"), MaskView.OVERLAY),
    _mask_view("outline", _N("Actions", "O&utline"), MaskView.OUTLINE),
    _mask_view("black", _N("Actions", "&Black matte"), MaskView.BLACK),
    _mask_view("white", _N("Actions", "&White matte"), MaskView.WHITE),
    _mask_view("grey", _N("Actions", "&Mask alone"), MaskView.GREY),
    _mask_view("transparent", _N("Actions", "&Transparent"), MaskView.TRANSPARENT),
    _mask_view("off", _N("Actions", "&Hidden"), MaskView.OFF),
)
