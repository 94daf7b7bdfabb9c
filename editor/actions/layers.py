"""What can be done with layers: one set of functions for the layers panel, the menus and the keyboard.

Every function takes the workspace, does nothing without a document, and explains a refusal in the status bar.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from weakref import WeakKeyDictionary

from PySide6.QtCore import QCoreApplication

from core.document.commands import DuplicateLayer, MergeDown, MoveLayer, RemoveLayer, SetLayer
from core.document.composite import merge_layers
from core.document.document import IDENTITY, Document, Target
from core.document.layer import BASE, Layer
from editor.actions.parts import Parts
from editor.actions.spec import ActionSpec, Context, has_document
from editor.background import in_background
from editor.look.translation import QT_TRANSLATE_NOOP as _N
from editor.options import MaskView
from editor.workspace import Workspace

_AT_ONCE = 3 << 20
"""Values of two layers together up to which merging them does not have to be waited for."""
_before_isolation: WeakKeyDictionary[Document, dict[str, bool]] = WeakKeyDictionary()


def _tr(text: str) -> str:
    return QCoreApplication.translate("LayerActions", text)


def blend_mode_title(mode: str) -> str:
    """A blend mode's name for people."""
    return {
        "normal": _tr("Normal"), "multiply": _tr("Multiply"), "screen": _tr("Screen"), "overlay": _tr("Overlay"),
        "darken": _tr("Darken"), "lighten": _tr("Lighten"), "color-dodge": _tr("Color dodge"),
        "color-burn": _tr("Color burn"), "hard-light": _tr("Hard light"), "soft-light": _tr("Soft light"),
        "difference": _tr("Difference"), "plus": _tr("Add"),
    }[mode]


def find_layer(workspace: Workspace, layer_id: str | None = None) -> Layer | None:
    """A layer by id, the active one without an id; None when there is none."""
    document = workspace.document
    if document is None:
        return None
    wanted = workspace.active_layer if layer_id is None else layer_id
    return next((layer for layer in document.layers if layer.id == wanted), None)


# -- what is possible: "" or the reason why not ------------------------------------------------------------------
def can_change(workspace: Workspace, layer_id: str | None = None) -> str:
    """Whether opacity, blend mode and mask of a layer may change."""
    layer = find_layer(workspace, layer_id)
    if layer is None:
        return _tr("No layer is selected.")
    if layer.kind == BASE:
        return _tr("The photo itself never changes. Apply a result or add a reference to work on a layer.")
    return _locked(layer)


def can_delete(workspace: Workspace, layer_id: str | None = None) -> str:
    """Whether a layer may be removed."""
    layer = find_layer(workspace, layer_id)
    if layer is None:
        return _tr("No layer is selected.")
    if layer.kind == BASE:
        return _tr("The photo is the ground of the document and cannot be removed.")
    return _locked(layer)


def can_duplicate(workspace: Workspace, layer_id: str | None = None) -> str:
    """Whether a layer may be duplicated."""
    layer = find_layer(workspace, layer_id)
    if layer is None:
        return _tr("No layer is selected.")
    return ""


def can_merge_down(workspace: Workspace, layer_id: str | None = None) -> str:
    """Whether a layer may be merged with the one below it."""
    reason = can_delete(workspace, layer_id)
    layer = find_layer(workspace, layer_id)
    if reason or layer is None or workspace.document is None:
        return reason
    below = workspace.document.layers[workspace.document.layers.index(layer) - 1]
    if below.kind == BASE:
        return _tr("Below lies the photo, which never changes. Only layers above it can be merged.")
    if layer.guide or below.guide:
        return _tr("A guide is no part of the picture and cannot be merged with it.")
    if not layer.visible or not below.visible:
        return _tr("Show both layers before merging them.")
    return _locked(below)


def _locked(layer: Layer) -> str:
    return _tr("“%1” is locked. Unlock it first.").replace("%1", layer.name) if layer.locked else ""


def _allowed(workspace: Workspace, reason: str) -> bool:
    if reason and workspace.document is not None:
        workspace.hinted.emit(reason)
    return not reason


# -- list ----------------------------------------------------------------------------------------------------------
def select_layer(workspace: Workspace, layer_id: str) -> None:
    """Make a layer active; strokes that went to a layer's mask follow to its mask."""
    layer = find_layer(workspace, layer_id)
    if layer is None:
        return
    workspace.set_active_layer(layer.id)
    if workspace.target.role == "layer" and workspace.target.item != layer.id:
        workspace.set_target(Target(layer.id, "layer") if layer.mask is not None else Target(IDENTITY, "hair"))


def cycle_layer(workspace: Workspace, step: int) -> None:
    """Select the layer ``step`` places further up, around the ends."""
    document, layer = workspace.document, find_layer(workspace)
    if document is not None and layer is not None:
        index = (document.layers.index(layer) + step) % len(document.layers)
        select_layer(workspace, document.layers[index].id)
        workspace.hinted.emit(_tr("Layer: %1").replace("%1", document.layers[index].name))


def duplicate_layer(workspace: Workspace, layer_id: str | None = None) -> None:
    """Put a copy above a layer and select it."""
    document, layer = workspace.document, find_layer(workspace, layer_id)
    if document is None or layer is None or not _allowed(workspace, can_duplicate(workspace, layer_id)):
        return
    command = DuplicateLayer(layer.id)
    workspace.push(command)
    select_layer(workspace, command.layer_id)


def delete_layer(workspace: Workspace, layer_id: str | None = None) -> None:
    """Remove a layer and select the one below it."""
    document, layer = workspace.document, find_layer(workspace, layer_id)
    if document is None or layer is None or not _allowed(workspace, can_delete(workspace, layer_id)):
        return
    below = document.layers[document.layers.index(layer) - 1]
    workspace.push(RemoveLayer(layer.id))
    select_layer(workspace, below.id)


def merge_down(workspace: Workspace, layer_id: str | None = None) -> None:
    """Make one layer of a layer and the one below it."""
    document, layer = workspace.document, find_layer(workspace, layer_id)
    if document is None or layer is None or not _allowed(workspace, can_merge_down(workspace, layer_id)):
        return
    lower = document.layers[document.layers.index(layer) - 1]
    work = partial(merge_layers, lower, layer, document.new_id("layer"))
    states = (_state(lower), _state(layer))
    if layer.pixels.size + lower.pixels.size <= _AT_ONCE:
        _merged(workspace, document, (lower, layer), states, work())
    else:
        in_background(work, partial(_merged, workspace, document, (lower, layer), states), _raise)


def _merged(workspace: Workspace, document: Document, pair: tuple[Layer, Layer], states: tuple[object, object],
            merged: Layer) -> None:
    """Put the merged layer in, unless the two were changed in the meantime."""
    if workspace.document is not document:
        return
    lower, upper = pair
    there = lower in document.layers and upper in document.layers
    beside = there and document.layers.index(upper) == document.layers.index(lower) + 1
    if not beside or (_state(lower), _state(upper)) != states:
        workspace.hinted.emit(_tr("The layers were changed meanwhile: merge again"))
        return
    command = MergeDown(upper.id, merged=merged)
    workspace.push(command)
    select_layer(workspace, command.layer_id)


def _state(layer: Layer) -> object:
    """Everything of a layer that a merged picture depends on."""
    mask = layer.mask
    spread = None if mask is None else (id(mask), mask.version, mask.grow, mask.feather)
    return (id(layer.pixels), layer.origin, layer.opacity, layer.visible, layer.locked, layer.blend_mode,
            layer.mask_enabled, spread)


def _raise(error: Exception) -> None:
    raise error


def move_layer(workspace: Workspace, layer_id: str, index: int) -> None:
    """Move a layer to a place counted from the bottom; the photo stays lowest."""
    document, layer = workspace.document, find_layer(workspace, layer_id)
    if document is None or layer is None or not _allowed(workspace, can_delete(workspace, layer_id)):
        return
    index = min(max(index, 1), len(document.layers) - 1)
    if index != document.layers.index(layer):
        workspace.push(MoveLayer(layer.id, index))


def raise_layer(workspace: Workspace, step: int = 1) -> None:
    """Move the active layer ``step`` places up; negative moves it down."""
    document, layer = workspace.document, find_layer(workspace)
    if document is not None and layer is not None:
        move_layer(workspace, layer.id, document.layers.index(layer) + step)


# -- properties ------------------------------------------------------------------------------------------------------
def rename_layer(workspace: Workspace, layer_id: str, name: str) -> None:
    """Give a layer another name; an empty one is ignored."""
    layer, name = find_layer(workspace, layer_id), name.strip()
    if layer is not None and name and name != layer.name:
        workspace.push(SetLayer(layer.id, name=name))


def set_opacity(workspace: Workspace, opacity: float, layer_id: str | None = None) -> None:
    """Set a layer's opacity, 0..1."""
    layer = find_layer(workspace, layer_id)
    if layer is None or not _allowed(workspace, can_change(workspace, layer_id)) or opacity == layer.opacity:
        return
    workspace.push(SetLayer(layer.id, opacity=min(max(opacity, 0.0), 1.0)))


def set_blend_mode(workspace: Workspace, mode: str, layer_id: str | None = None) -> None:
    """Set a layer's blend mode, one of ``BLEND_MODES``."""
    layer = find_layer(workspace, layer_id)
    if layer is None or not _allowed(workspace, can_change(workspace, layer_id)) or mode == layer.blend_mode:
        return
    workspace.push(SetLayer(layer.id, blend_mode=mode))


def toggle_visible(workspace: Workspace, layer_id: str | None = None) -> None:
    """Show or hide a layer."""
    layer = find_layer(workspace, layer_id)
    if layer is not None:
        workspace.push(SetLayer(layer.id, visible=not layer.visible))


def toggle_locked(workspace: Workspace, layer_id: str | None = None) -> None:
    """Lock or unlock a layer; the photo is always locked."""
    layer = find_layer(workspace, layer_id)
    if layer is None:
        return
    if layer.kind == BASE:
        workspace.hinted.emit(_tr("The photo itself never changes."))
        return
    workspace.push(SetLayer(layer.id, locked=not layer.locked))


def isolate_layer(workspace: Workspace, layer_id: str | None = None) -> None:
    """Hide all layers but one; once more brings back what was visible before."""
    document, layer = workspace.document, find_layer(workspace, layer_id)
    if document is None or layer is None:
        return
    if all(other.visible == (other is layer) for other in document.layers):
        before = _before_isolation.pop(document, {})
        wanted = {other.id: before.get(other.id, True) for other in document.layers}
        text = _tr("Show the other layers")
    else:
        _before_isolation[document] = {other.id: other.visible for other in document.layers}
        wanted = {other.id: other is layer for other in document.layers}
        text = _tr("Show only %1").replace("%1", layer.name)
    changes = [other.id for other in document.layers if other.visible != wanted[other.id]]
    if not changes:
        return
    workspace.push(_Together([SetLayer(key, visible=wanted[key]) for key in changes], text))


class _Together:
    """Several changes of layers as one step of the history."""

    merge_key = ""

    def __init__(self, commands: Sequence[SetLayer], text: str) -> None:
        self.text = text
        self._commands = tuple(commands)

    @property
    def size(self) -> int:
        """Bytes held."""
        return sum(command.size for command in self._commands)

    def redo(self, document: Document) -> None:
        """Carry all out."""
        for command in self._commands:
            command.redo(document)

    def undo(self, document: Document) -> None:
        """Take all back, the last one first."""
        for command in reversed(self._commands):
            command.undo(document)

    def merge(self, other: object) -> bool:
        """Never."""
        return False


# -- mask of a layer ---------------------------------------------------------------------------------------------
def paint_layer_mask(workspace: Workspace, layer_id: str | None = None) -> None:
    """Let strokes go to a layer's mask."""
    layer = find_layer(workspace, layer_id)
    if layer is None or layer.mask is None:
        if layer is not None:
            workspace.hinted.emit(_tr("The photo has no mask of its own."))
        return
    workspace.set_active_layer(layer.id)
    workspace.set_target(Target(layer.id, "layer"))
    if layer.locked:
        workspace.hinted.emit(_locked(layer))
    else:
        workspace.hinted.emit(_tr("Painting the mask of “%1”: paint reveals, erase hides.").replace("%1", layer.name))


def toggle_layer_mask(workspace: Workspace, layer_id: str | None = None) -> None:
    """Switch a layer's mask off (the whole layer shows) or on."""
    layer = find_layer(workspace, layer_id)
    if layer is not None and layer.mask is not None:
        workspace.push(SetLayer(layer.id, mask_enabled=not layer.mask_enabled))


def view_layer_mask(workspace: Workspace, layer_id: str | None = None) -> None:
    """Show a layer's mask alone on the canvas; once more shows the picture again."""
    layer = find_layer(workspace, layer_id)
    if layer is None or layer.mask is None:
        return
    target = Target(layer.id, "layer")
    alone = workspace.target == target and workspace.view.mask_view == MaskView.GREY
    workspace.set_active_layer(layer.id)
    workspace.set_target(target)
    workspace.view.mask_view = MaskView.OVERLAY if alone else MaskView.GREY
    workspace.viewChanged.emit()


# -- actions ------------------------------------------------------------------------------------------------------
def where_layer(test: Callable[[Layer], bool]) -> Callable[[Parts], bool]:
    """Whether a layer is active of which something is true."""
    def holds(parts: Parts) -> bool:
        layer = find_layer(parts.workspace)
        return layer is not None and test(layer)

    return holds


above_the_photo = where_layer(lambda layer: layer.kind != BASE)

CHANGING = (
    ActionSpec("layer.duplicate", "Layer", _N("Actions", "Dupli&cate"), ("Ctrl+J",), "duplicate",
               _N("Actions", "Copy the active layer"), does=lambda parts: duplicate_layer(parts.workspace),
               enabled=lambda parts: not can_duplicate(parts.workspace)),
    ActionSpec("layer.merge_down", "Layer", _N("Actions", "Merge d&own"), ("Ctrl+E",), "merge",
               _N("Actions", "Put the active layer and the one below together"),
               does=lambda parts: merge_down(parts.workspace),
               enabled=lambda parts: not can_merge_down(parts.workspace)),
    ActionSpec("layer.delete", "Layer", _N("Actions", "De&lete"), ("Delete",), "delete",
               _N("Actions", "Delete the active layer"), context=Context.LAYERS,
               does=lambda parts: delete_layer(parts.workspace),
               enabled=lambda parts: not can_delete(parts.workspace)),
    ActionSpec("layer.rename", "Layer", _N("Actions", "&Rename"), ("F2",), "rename",
               _N("Actions", "Give the active layer another name"), gap=True,
               does=lambda parts: parts.layout.rename_layer(), enabled=has_document),
    ActionSpec("layer.visible", "Layer", _N("Actions", "&Visible"), (), "visible",
               _N("Actions", "Show or hide the active layer"),
               does=lambda parts: toggle_visible(parts.workspace), enabled=has_document,
               checked=where_layer(lambda layer: layer.visible)),
    ActionSpec("layer.locked", "Layer", _N("Actions", "Locke&d"), (), "lock",
               _N("Actions", "A locked layer takes no strokes, moves or deletion"),
               does=lambda parts: toggle_locked(parts.workspace), enabled=above_the_photo,
               checked=where_layer(lambda layer: layer.locked or layer.kind == BASE)),
    ActionSpec("layer.mask_enabled", "Layer", _N("Actions", "Use mas&k"), (), "mask",
               _N("Actions", "Show the active layer through its mask, or whole"),
               does=lambda parts: toggle_layer_mask(parts.workspace), enabled=above_the_photo,
               checked=where_layer(lambda layer: layer.kind != BASE and layer.mask_enabled)),
)

ORDERING = (
    ActionSpec("layer.next", "Layer", _N("Actions", "Select &above"), ("Alt+]",), "",
               _N("Actions", "Select the layer above"), gap=True, repeats=True,
               does=lambda parts: cycle_layer(parts.workspace, 1), enabled=has_document),
    ActionSpec("layer.previous", "Layer", _N("Actions", "Select &below"), ("Alt+[",), "",
               _N("Actions", "Select the layer below"), repeats=True,
               does=lambda parts: cycle_layer(parts.workspace, -1), enabled=has_document),
    ActionSpec("layer.up", "Layer", _N("Actions", "Move &up"), ("Ctrl+Alt+]",), "up",
               _N("Actions", "Put the active layer above the next one"),
               does=lambda parts: raise_layer(parts.workspace, 1), enabled=above_the_photo),
    ActionSpec("layer.down", "Layer", _N("Actions", "Move do&wn"), ("Ctrl+Alt+[",), "down",
               _N("Actions", "Put the active layer below the one under it"),
               does=lambda parts: raise_layer(parts.workspace, -1), enabled=above_the_photo),
)
