"""What can be done with references: the slots they fill, and laying one over the portrait as a layer."""

from __future__ import annotations

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms
from PySide6.QtCore import QCoreApplication

from core.document.commands import AddLayer, RemoveSource, SetSlots
from core.document.document import APPEARANCE, IDENTITY, SHAPE, Document
from core.document.geometry import Rect, similarity_from_points, transform_points
from core.document.layer import REFERENCE, Layer
from core.document.mask import Mask
from core.document.photo import Photo
from core.document.roles import EXTRA_ROLES
from core.document.source import POINT_NAMES, Source
from core.io.profile import profile_space
from editor.actions.layers import select_layer
from editor.actions.spec import ActionSpec
from editor.background import in_background
from editor.look.translation import QT_TRANSLATE_NOOP as _N
from editor.run.source_choices import slot_title
from editor.workspace import Notice, Workspace

REFERENCE_MIME = "application/x-coiffe-reference"


def _tr(text: str) -> str:
    return QCoreApplication.translate("ReferenceActions", text)


def slot_badge(slot: str) -> str:
    """A slot's name in one letter or figure, for small pictures."""
    return str(EXTRA_ROLES.index(slot) + 1) if slot in EXTRA_ROLES else slot_title(slot)[:1]


# -- slots ------------------------------------------------------------------------------------------------------
def assign_slot(workspace: Workspace, slot: str, source_id: str) -> None:
    """Let a reference fill a slot."""
    document = workspace.document
    if document is not None and source_id in document.sources and source_id != IDENTITY:
        _set(workspace, document, {**document.slots, slot: source_id})


def clear_slot(workspace: Workspace, slot: str) -> None:
    """Empty a slot; the reference stays in the document."""
    document = workspace.document
    if document is not None:
        _set(workspace, document, {key: value for key, value in document.slots.items() if key != slot})


def swap_slots(workspace: Workspace) -> None:
    """Let the references of shape and appearance change places."""
    document = workspace.document
    if document is not None:
        other = {SHAPE: APPEARANCE, APPEARANCE: SHAPE}
        _set(workspace, document, {other.get(key, key): value for key, value in document.slots.items()})


def exchange_slots(workspace: Workspace, first: str, second: str) -> None:
    """Let the references of two slots change places; an empty one takes what the other held."""
    document = workspace.document
    if document is not None:
        names = {first: second, second: first}
        _set(workspace, document, {names.get(key, key): value for key, value in document.slots.items()})


def use_for_both(workspace: Workspace, source_id: str | None = None) -> None:
    """Let one reference give shape and appearance; without an id the one of the first slot that is filled."""
    document = workspace.document
    if document is None:
        return
    chosen = source_id or document.slots.get(SHAPE) or document.slots.get(APPEARANCE)
    if chosen in document.sources and chosen is not None:
        _set(workspace, document, {**document.slots, SHAPE: chosen, APPEARANCE: chosen})


def remove_reference(workspace: Workspace, source_id: str) -> None:
    """Take a reference out of the document, its masks included."""
    document = workspace.document
    if document is not None and source_id in document.sources and source_id != IDENTITY:
        workspace.push(RemoveSource(source_id))


def _set(workspace: Workspace, document: Document, slots: dict[str, str]) -> None:
    if slots != document.slots:
        workspace.push(SetSlots(slots))


# -- a reference as a layer ---------------------------------------------------------------------------------------
def can_become_layer(workspace: Workspace) -> str:
    """"" or why no reference can be laid over the portrait."""
    document = workspace.document
    return "" if document is not None and document.references else _tr("Add a reference first.")


def new_layer_from_reference(workspace: Workspace, source_id: str | None = None) -> None:
    """Lay a reference over the portrait, face on face where both faces are known, else fitted into the picture.

    Without an id it is the reference of the first slot that is filled, else the first one. The picture is made in
    the background; the layer appears when it is ready.
    """
    document = workspace.document
    reason = can_become_layer(workspace)
    if document is None or reason:
        workspace.hinted.emit(reason)
        return
    chosen = document.slot(SHAPE) or document.slot(APPEARANCE) or document.references[0]
    source = chosen if source_id is None else document.sources.get(source_id)
    if source is None:
        return
    identity, matrix = document.identity, _placement(source, document.identity)
    aligned = source.face is not None and identity.face is not None
    workspace.hinted.emit(_tr("Laying “%1” over the portrait…").replace("%1", source.name))

    def work() -> Layer:
        return _laid_over(source, identity, matrix)

    def done(layer: Layer) -> None:
        if workspace.document is not document:
            return
        layer.id = document.new_id("layer")
        workspace.push(AddLayer(layer, text=_tr("Add reference as layer")))
        select_layer(workspace, layer.id)
        workspace.hinted.emit(_tr("The reference lies on the portrait's face.") if aligned
                              else _tr("The reference fills the picture: its face or the portrait's is not known."))

    def failed(error: Exception) -> None:
        workspace.notify(Notice(_tr("“%1” could not be laid over the portrait.").replace("%1", source.name),
                                str(error), _tr("Try a smaller copy of the photo.")))

    in_background(work, done, failed)


def _placement(source: Source, identity: Source) -> NDArray[np.float64]:
    """Matrix from the reference's pixels to the portrait's: similarity of the faces, else fitted and centred."""
    if source.face is not None and identity.face is not None:
        names = [name for name in POINT_NAMES if name in source.face.points and name in identity.face.points]
        if len(names) >= 2:
            return similarity_from_points(np.array([source.face.points[name] for name in names]),
                                          np.array([identity.face.points[name] for name in names]))
    scale = min(identity.width / source.width, identity.height / source.height)
    matrix = np.diag([scale, scale, 1.0])
    matrix[:2, 2] = (np.array([identity.width - 1, identity.height - 1])
                     - scale * np.array([source.width - 1, source.height - 1])) / 2
    return matrix


def _laid_over(source: Source, identity: Source, matrix: NDArray[np.float64]) -> Layer:
    """The layer, without an id: the part of the warped reference that lies inside the portrait."""
    corners = np.array([[-0.5, -0.5], [source.width - 0.5, -0.5], [source.width - 0.5, source.height - 0.5],
                        [-0.5, source.height - 0.5]])
    placed = transform_points(matrix, corners)
    low = np.maximum(np.floor(placed.min(axis=0) + 0.5), 0).astype(int)
    high = np.minimum(np.ceil(placed.max(axis=0) + 0.5), [identity.width, identity.height]).astype(int)
    if (high <= low).any():
        raise ValueError(_tr("It would lie completely outside the picture."))
    rect = Rect(int(low[0]), int(low[1]), int(high[0]), int(high[1]))
    local = matrix.copy()
    local[:2, 2] -= low
    cover = _warp(np.full((source.height, source.width), 255, np.uint8), local, rect, cv2.BORDER_CONSTANT)
    pixels = _warp(_in_profile_of(source, identity.photo), local, rect, cv2.BORDER_REPLICATE)
    same = pixels.dtype == np.uint8 and identity.photo.icc is None
    display = pixels if same else _warp(source.display, local, rect, cv2.BORDER_REPLICATE)
    return Layer("", REFERENCE, source.name, pixels, np.asarray(display, np.uint8), (rect.x0, rect.y0), Mask(cover))


def _warp(array: NDArray, matrix: NDArray[np.float64], rect: Rect, border: int) -> NDArray:
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
    if scale < 0.5:
        # Otherwise the bilinear samples would skip pixels.
        small = (max(1, round(array.shape[1] * scale)), max(1, round(array.shape[0] * scale)))
        factor = np.array([small[0] / array.shape[1], small[1] / array.shape[0]])
        array = np.asarray(cv2.resize(array, small, interpolation=cv2.INTER_AREA))
        back = np.diag([1 / factor[0], 1 / factor[1], 1.0])
        back[:2, 2] = 0.5 / factor - 0.5
        matrix = matrix @ back
    return np.asarray(cv2.warpAffine(np.ascontiguousarray(array), matrix[:2], (rect.width, rect.height),
                                     flags=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_LINEAR, borderMode=border))


def _in_profile_of(source: Source, photo: Photo) -> NDArray[np.unsignedinteger]:
    """The reference's pixels [H, W, 3] in the type and profile of another photo."""
    own = source.photo
    wanted = photo.pixels.dtype
    if own.icc == photo.icc:
        pixels = own.pixels
        if pixels.dtype == wanted:
            return pixels
        return pixels.astype(np.uint16) * np.uint16(257) if wanted == np.uint16 else own.rgb8()
    pixels = source.display
    if profile_space(photo.icc) == "RGB" and photo.icc is not None:
        converted = ImageCms.profileToProfile(
            Image.fromarray(pixels), ImageCms.createProfile("sRGB"),
            ImageCms.ImageCmsProfile(io.BytesIO(photo.icc)), outputMode="RGB",
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC, flags=ImageCms.Flags.BLACKPOINTCOMPENSATION)
        if converted is not None:
            pixels = np.asarray(converted)
    return pixels.astype(np.uint16) * np.uint16(257) if wanted == np.uint16 else pixels


NEW_FROM_REFERENCE = ActionSpec(
    "layer.new_from_reference", "Layer", _N("Actions", "&New from reference"), ("Ctrl+Shift+N",),
    "new_layer", _N("Actions", "Lay a reference over the portrait as a layer with a mask"),
    does=lambda parts: new_layer_from_reference(parts.workspace),
    enabled=lambda parts: not can_become_layer(parts.workspace))
