"""What can be done with the mask that is painted on: one set of functions for the masks panel, menus and keys.

Every function takes the workspace, does nothing without a document, and explains a refusal in the status bar.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from core.document.commands import SetMask, SetMaskSpread
from core.document.document import IDENTITY, Target
from core.document.mask import LARGEST_SPREAD, Mask
from core.document.tiles import transformed
from core.errors import CoiffeError
from core.io.export import write_plain
from core.io.image import read_mask
from editor.actions.layers import where_layer
from editor.actions.parts import Parts
from editor.actions.spec import ActionSpec, Context, has_document
from editor.background import in_background
from editor.look.translation import QT_TRANSLATE_NOOP as _N
from editor.look.wording import notice_of
from editor.options import MaskView
from editor.workspace import Notice, Workspace


def _tr(text: str) -> str:
    return QCoreApplication.translate("MaskActions", text)


def role_title(role: str) -> str:
    """A mask's name for people."""
    return {"hair": _tr("Hair"), "ignore": _tr("Ignore"), "protect": _tr("Protect"), "layer": _tr("Layer mask")}[role]


def role_help(role: str, identity: bool) -> str:
    """What a mask does, in one or two sentences.

    Args:
        role: one of ``MASK_ROLES``, or "layer".
        identity: whether it belongs to the portrait or to a reference.
    """
    if role == "hair":
        return _tr("Where the hair is now: it is taken away or covered. Found by itself; correct it by painting.") \
            if identity else _tr("The hair to take over. Found by itself; correct it by painting.")
    return {
        "ignore": _tr("What the engine should not look at: hands, straps, microphones, text over the picture."),
        "protect": _tr("What must not change at all: every pixel here stays exactly as it is in the photo.")
        if identity else _tr("What must not be taken over from this photo."),
        "layer": _tr("Where the layer shows: white reveals it, black hides it."),
    }[role]


def target_mask(workspace: Workspace) -> Mask | None:
    """The mask that strokes change; None when there is none."""
    return None if workspace.document is None else workspace.document.mask(workspace.target)


def target_name(workspace: Workspace) -> str:
    """What is painted, for messages and file names: "hair mask of portrait.jpg"."""
    document, target = workspace.document, workspace.target
    if document is None:
        return ""
    if target.role == "layer":
        return _tr("mask of layer “%1”").replace("%1", document.layer(target.item).name)
    name = document.sources[target.item].name
    return _tr("%1 mask of “%2”").replace("%1", role_title(target.role).lower()).replace("%2", name)


def can_edit_mask(workspace: Workspace) -> str:
    """"" or why the target's mask cannot change."""
    document, target = workspace.document, workspace.target
    if document is None or document.mask(target) is None:
        return _tr("No mask is selected.")
    if target.role == "layer" and document.layer(target.item).locked:
        return _tr("“%1” is locked. Unlock it first.").replace("%1", document.layer(target.item).name)
    return ""


def _editable(workspace: Workspace) -> Mask | None:
    reason = can_edit_mask(workspace)
    if reason:
        if workspace.document is not None:
            workspace.hinted.emit(reason)
        return None
    return target_mask(workspace)


# -- target and view ------------------------------------------------------------------------------------------------
def select_role(workspace: Workspace, role: str) -> None:
    """Paint another mask of the photo that is painted now; "layer" is the mask of the active layer."""
    document = workspace.document
    if document is None:
        return
    if role == "layer":
        target = Target(workspace.active_layer, "layer")
    else:
        item = workspace.target.item
        target = Target(item if item in document.sources else IDENTITY, role)
    if document.mask(target) is not None:
        workspace.set_target(target)


def toggle_overlay(workspace: Workspace) -> None:
    """Show the target's mask as an overlay, or not at all."""
    view = workspace.view
    view.mask_view = MaskView.OFF if view.mask_view != MaskView.OFF else MaskView.OVERLAY
    workspace.viewChanged.emit()


def set_mask_view(workspace: Workspace, mask_view: MaskView) -> None:
    """Choose how the target's mask is shown."""
    if mask_view != workspace.view.mask_view:
        workspace.view.mask_view = mask_view
        workspace.viewChanged.emit()


# -- content ---------------------------------------------------------------------------------------------------------
def fill_mask(workspace: Workspace) -> None:
    """Cover everything."""
    mask = _editable(workspace)
    if mask is not None:
        _replace(workspace, partial(np.full_like, fill_value=255), _tr("Fill mask"))


def clear_mask(workspace: Workspace) -> None:
    """Cover nothing."""
    mask = _editable(workspace)
    if mask is not None:
        _replace(workspace, np.zeros_like, _tr("Clear mask"))


def invert_mask(workspace: Workspace) -> None:
    """Cover what was not covered."""
    mask = _editable(workspace)
    if mask is not None:
        _replace(workspace, np.invert, _tr("Invert mask"))


def _replace(workspace: Workspace, change: Callable[[NDArray[np.uint8]], NDArray[np.uint8]], text: str) -> None:
    mask = target_mask(workspace)
    difference = None if mask is None else transformed(mask.data, change)
    if difference is not None:
        workspace.push(SetMask(workspace.target, difference, text))


def set_spread(workspace: Workspace, grow: float | None = None, feather: float | None = None) -> None:
    """Set growth and feather of the target's mask in photo pixels; None keeps what is set."""
    mask = _editable(workspace)
    if mask is None:
        return
    grow = mask.grow if grow is None else min(max(grow, -LARGEST_SPREAD), LARGEST_SPREAD)
    feather = mask.feather if feather is None else min(max(feather, 0.0), LARGEST_SPREAD)
    if (grow, feather) != (mask.grow, mask.feather):
        workspace.push(SetMaskSpread(workspace.target, grow, feather))


# -- files --------------------------------------------------------------------------------------------------------
def save_mask(workspace: Workspace, path: Path | str) -> None:
    """Write the target's mask, growth and feather applied, as an 8 bit grey picture; in the background."""
    document, mask = workspace.document, target_mask(workspace)
    if document is None or mask is None:
        return
    path, name = Path(path), target_name(workspace)
    snapshot = mask.copy()

    def work() -> Path:
        write_plain(path, snapshot.effective())
        return path

    def done(written: Path) -> None:
        workspace.hinted.emit(_tr("Saved the %1 as %2").replace("%1", name).replace("%2", written.name))

    def failed(error: Exception) -> None:
        workspace.notify(_notice(error, _tr("The %1 could not be saved.").replace("%1", name)))

    in_background(work, done, failed)


def load_mask(workspace: Workspace, path: Path | str) -> None:
    """Replace the target's mask by a picture of the photo's size; read in the background, one undo step."""
    document, mask = workspace.document, _editable(workspace)
    if document is None or mask is None:
        return
    path, name, target = Path(path), target_name(workspace), workspace.target
    size = (mask.width, mask.height)

    def work() -> NDArray[np.uint8]:
        return read_mask(path, size, name=name)

    def done(data: NDArray[np.uint8]) -> None:
        if workspace.document is not document or document.mask(target) is None:
            return
        # A saved mask has growth and feather in it already.
        workspace.push(SetMask(target, data, _tr("Load mask"), spread=(0.0, 0.0)))
        workspace.hinted.emit(_tr("Loaded %1 as the %2").replace("%1", path.name).replace("%2", name))

    def failed(error: Exception) -> None:
        workspace.notify(_notice(error, _tr("%1 could not be loaded.").replace("%1", path.name)))

    in_background(work, done, failed)


def choose_and_save_mask(workspace: Workspace, parent: QWidget) -> None:
    """Ask where to save the target's mask, then save it."""
    document = workspace.document
    if document is None or target_mask(workspace) is None:
        return
    target = workspace.target
    owner = document.identity if target.role == "layer" else document.sources[target.item]
    photo = owner.photo.path
    suggested = f"{photo.stem if photo else owner.name}-{target.role}.png"
    folder = photo.parent if photo else Path.home()
    chosen, _ = QFileDialog.getSaveFileName(
        parent, _tr("Save mask"), str(folder / suggested), _tr("PNG picture (*.png)"))
    if chosen:
        save_mask(workspace, chosen if Path(chosen).suffix else f"{chosen}.png")


def choose_and_load_mask(workspace: Workspace, parent: QWidget) -> None:
    """Ask for a picture, then load it as the target's mask."""
    if _editable(workspace) is None:
        return
    chosen, _ = QFileDialog.getOpenFileName(
        parent, _tr("Load mask"), "", _tr("Pictures (*.png *.tif *.tiff *.webp *.bmp *.jpg *.jpeg)"))
    if chosen:
        load_mask(workspace, chosen)


def _notice(error: Exception, fallback: str) -> Notice:
    if isinstance(error, CoiffeError):
        return notice_of(error)
    return Notice(fallback, str(error), _tr("Choose another file or folder."))


# -- actions ------------------------------------------------------------------------------------------------------
def _is_editable(parts: Parts) -> bool:
    return not can_edit_mask(parts.workspace)


def _find_hair(parts: Parts) -> None:
    workspace = parts.workspace
    source = workspace.source(workspace.target.item) or workspace.source(IDENTITY)
    if source is not None:
        workspace.set_target(Target(source.id, "hair"))
        parts.find_hair(source.id)


def _role(role: str, text: str, tip: str, enabled: Callable[[Parts], bool] = has_document) -> ActionSpec:
    return ActionSpec(f"mask.paint_{role}", "Mask/Paint", text, (), role, tip, group="target",
                      does=lambda parts: select_role(parts.workspace, role), enabled=enabled,
                      checked=lambda parts: parts.workspace.target.role == role)


MASK = (
    _role("hair", _N("Actions", "&Hair"), _N("Actions", "Strokes change the hair mask")),
    _role("ignore", _N("Actions", "&Ignore"), _N("Actions", "Strokes change the mask of what is invented anew")),
    _role("protect", _N("Actions", "&Protect"), _N("Actions", "Strokes change the mask of what must not change")),
    _role("layer", _N("Actions", "&Mask of the layer"), _N("Actions", "Strokes reveal and hide the active layer"),
          where_layer(lambda layer: layer.mask is not None)),
    ActionSpec("mask.fill", "Mask", _N("Actions", "&Fill"), ("Ctrl+Backspace",), "fill_mask",
               _N("Actions", "Cover the whole photograph"), gap=True,
               does=lambda parts: fill_mask(parts.workspace), enabled=_is_editable),
    ActionSpec("mask.clear", "Mask", _N("Actions", "&Clear"), ("Delete",), "clear",
               _N("Actions", "Empty the mask"), context=Context.CANVAS,
               does=lambda parts: clear_mask(parts.workspace), enabled=_is_editable),
    ActionSpec("mask.invert", "Mask", _N("Actions", "&Invert"), ("Ctrl+I",), "invert",
               _N("Actions", "Cover what is free and free what is covered"),
               does=lambda parts: invert_mask(parts.workspace), enabled=_is_editable),
    ActionSpec("mask.spread", "Mask", _N("Actions", "&Grow and feather…"), ("Shift+F6",), "feather",
               _N("Actions", "Go to the numbers that grow, shrink and soften the mask"),
               does=lambda parts: parts.layout.show_spread(), enabled=has_document),
    ActionSpec("mask.find_hair", "Mask", _N("Actions", "Find the &hair again"), (), "find",
               _N("Actions", "Replace the hair mask by what the program finds; can be undone"), gap=True,
               does=_find_hair, enabled=has_document),
    ActionSpec("mask.load", "Mask", _N("Actions", "&Load from file…"), (), "load",
               _N("Actions", "Replace the mask by a picture of the same size"), gap=True,
               does=lambda parts: choose_and_load_mask(parts.workspace, parts.window), enabled=_is_editable),
    ActionSpec("mask.save", "Mask", _N("Actions", "&Save to file…"), (), "save_mask",
               _N("Actions", "Write the mask as PNG"),
               does=lambda parts: choose_and_save_mask(parts.workspace, parts.window), enabled=has_document),
)
