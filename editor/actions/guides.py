"""What can be done with guides: keeping a run's guide as a layer, and taking layers for guides or for pictures."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QCoreApplication

from core.document.commands import AddLayer, SetLayer
from core.document.document import Candidate, Document
from core.document.guide import guide_colours
from core.document.layer import BASE, REFERENCE, Layer
from core.document.mask import Mask
from core.io.display import display_pixels
from core.recipes.catalogue import CATALOGUE
from editor.actions import layers as layer_actions
from editor.actions.spec import ActionSpec
from editor.background import in_background
from editor.look.translation import QT_TRANSLATE_NOOP as _N
from editor.run.request import recipe_info
from editor.workspace import Notice, Workspace


def _tr(text: str) -> str:
    return QCoreApplication.translate("GuideActions", text)


# -- keeping ------------------------------------------------------------------------------------------------------
def can_keep(workspace: Workspace, candidate: Candidate | None = None) -> str:
    """"" or why no guide can be kept; of the candidate that is shown where none is given."""
    chosen = candidate or workspace.pending
    if workspace.document is None or chosen is None:
        return _tr("Show a candidate first.")
    return "" if chosen.guide is not None else _tr("This candidate was made without a guide that could be edited.")


def keep_guide(workspace: Workspace, candidate: Candidate | None = None) -> None:
    """Add a candidate's guide as a layer, one undo step; of the one that is shown where none is given.

    The layer appears when it is ready, which takes a moment for large portraits.
    """
    document, chosen, reason = workspace.document, candidate or workspace.pending, can_keep(workspace, candidate)
    if reason or document is None or chosen is None:
        workspace.hinted.emit(reason)
        return
    in_background(partial(_made, document, chosen, _free_name(document)), partial(_add, workspace, document),
                  partial(_failed, workspace))


def _made(document: Document, candidate: Candidate, name: str) -> Layer:
    """The layer, without an id; runs beside the window."""
    guide, rect = candidate.guide, candidate.guide_rect
    if guide is None or rect is None:
        raise ValueError(_tr("There is none."))
    photo = document.identity.photo
    pixels = guide_colours(guide, photo.pixels.dtype)
    return Layer("", REFERENCE, name, pixels, display_pixels(pixels, photo.icc), (rect.x0, rect.y0),
                 Mask(guide[..., 3].copy()), guide=True)


def _add(workspace: Workspace, document: Document, layer: Layer) -> None:
    if workspace.document is not document:
        return
    layer.id = document.new_id("layer")
    workspace.push(AddLayer(layer, text=_tr("Keep guide as a layer")))
    layer_actions.select_layer(workspace, layer.id)
    if "guide" in recipe_info(document).accepts:
        workspace.hinted.emit(_tr("The next run follows this guide where its mask shows it."))
    else:
        workspace.hinted.emit(_tr("The guide is a layer now. {0} can follow it.").format(_followers()))


def _failed(workspace: Workspace, error: Exception) -> None:
    workspace.notify(Notice(_tr("The guide could not be kept as a layer."), str(error),
                            _tr("Close other programs and try again.")))


def _followers() -> str:
    return ", ".join(info.title for info in CATALOGUE.values() if "guide" in info.accepts) or _tr("No recipe")


def _free_name(document: Document) -> str:
    used = {layer.name for layer in document.layers}
    name, number = _tr("Guide"), 1
    while (name if number == 1 else f"{name} {number}") in used:
        number += 1
    return name if number == 1 else f"{name} {number}"


# -- guide or picture ---------------------------------------------------------------------------------------------
def can_switch(workspace: Workspace, layer_id: str | None = None) -> str:
    """"" or why a layer cannot become a guide, or a picture again."""
    return layer_actions.can_change(workspace, layer_id)


def switch_guide(workspace: Workspace, layer_id: str | None = None) -> None:
    """Take a layer for a guide, which no export shows, or for a part of the picture again."""
    layer, reason = layer_actions.find_layer(workspace, layer_id), can_switch(workspace, layer_id)
    if reason or layer is None or layer.kind == BASE:
        workspace.hinted.emit(reason)
        return
    workspace.push(SetLayer(layer.id, guide=not layer.guide))
    workspace.hinted.emit(_tr("“%1” guides recipes and is no part of the picture.").replace("%1", layer.name)
                          if layer.guide else _tr("“%1” is part of the picture.").replace("%1", layer.name))


# -- actions ------------------------------------------------------------------------------------------------------
KEEP_GUIDE = ActionSpec(
    "layer.keep_guide", "Layer", _N("Actions", "Keep the guid&e"), (), "mdi6.vector-polyline-edit",
    _N("Actions", "Add what guided the shown candidate as a layer, to be edited for the next run"),
    does=lambda parts: keep_guide(parts.workspace),
    enabled=lambda parts: not can_keep(parts.workspace))
USE_AS_GUIDE = ActionSpec(
    "layer.guide", "Layer", _N("Actions", "Use as &guide"), (), "",
    _N("Actions", "Recipes may follow this layer; it is no part of the picture and of no export"),
    does=lambda parts: switch_guide(parts.workspace), enabled=layer_actions.above_the_photo,
    checked=layer_actions.where_layer(lambda layer: layer.guide))
