"""The two views of a run: whose pose, which guide, and what in it may be trusted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.compositing.classical import PREVIEW_PIXELS, ClassicalOptions, compose_classical
from core.compositing.composite import Composite, HoleLabel
from core.compositing.placing.fit import fit_faces
from core.document.geometry import Rect, bounding_rect, united
from core.errors import InputRefused
from core.faces.align import Alignment
from core.faces.face import SKIN_AND_FEATURES, Portrait, Region
from core.faces.frame import BROWS as BROW_POINTS
from core.faces.frame import face_frame
from core.faces.head_proxy import Turn, head_pose, turn_between
from core.faces.mirror import mirror_portrait
from core.faces.portraits import crop_portrait, reduced_portrait
from core.faces.turn import turn_portrait
from core.imaging.arrays import FloatImage
from core.imaging.warp import resample
from core.recipes.kit.composite_params import COMPOSITE_PARAMS
from core.recipes.kit.workspace import crop_mask, dilate, erode, ring_iterations, to_tensor, weight_tensor

# Below this many degrees a turn is not worth another resampling.
SMALLEST_TURN = 3.0
# Pitch is measured less surely than yaw, and a crown seen from above is not in any photo from below.
LARGEST_PITCH = 15.0
# Both heads turned further than this to opposite sides: the reference is mirrored (docs/compositing.md, Gates).
MIRROR_FROM = 8.0
# Side of the picture in which the second view is composed: the generator sees far less.
OTHER_SIDE = 640.0
# A hair portrait is reduced when the identity's face is smaller than this share of its own.
FINER = 0.6
# Share of the picture from which the common background counts (docs/methods/salon.md, Guide and masks).
BACKGROUND_SHARE = 0.05


@dataclass(frozen=True, eq=False)
class Pair:
    """The two people of a run and how their heads are turned.

    Attributes:
        identity: as photographed, view 0.
        hair: the hair portrait as photographed (perhaps mirrored), view 1.
        turned: the hair portrait in the identity's pose.
        seen: [h, w] in 0..1, which of ``turned`` its photo shows.
        turn: from the hair portrait's pose to the identity's.
        warnings: for the user.
        rough: whether the hair portrait was reduced for a first preview.
    """

    identity: Portrait
    hair: Portrait
    turned: Portrait
    seen: FloatImage
    turn: Turn
    warnings: tuple[str, ...] = ()
    rough: bool = False


def bring_together(
    identity: Portrait, hair: Portrait, *, share: float, mirror: bool, refuse: float, quick: bool = False,
    check: Callable[[], None] | None = None,
) -> Pair:
    """Turn the hair portrait into the identity's pose (docs/methods/salon.md, Turn).

    Args:
        share: how much of the turn, 0..1.
        mirror: allow the hair portrait to be mirrored when the heads are turned to opposite sides.
        refuse: largest difference in degrees.
        quick: at the size of a first preview where the photo is larger.
        check: called between two parts of the work; what it raises ends it.

    Raises:
        InputRefused: the heads differ by more.
    """
    own, other = head_pose(identity.face.landmarks).yaw, head_pose(hair.face.landmarks).yaw
    if mirror and own * other < 0 and min(abs(own), abs(other)) > MIRROR_FROM:
        hair = mirror_portrait(hair)
    turn = turn_between(hair.face.landmarks, identity.face.landmarks)
    if abs(turn.yaw) > refuse:
        raise InputRefused(
            "The two heads look in different directions.",
            f"They differ by {abs(turn.yaw):.0f} degrees: most of the hair on one side is not in the reference photo.",
            "Choose a reference that is turned more like the portrait, or raise the pose limit.")
    turn = Turn(share * turn.yaw, share * float(np.clip(turn.pitch, -LARGEST_PITCH, LARGEST_PITCH)), 0.0)
    if max(abs(turn.yaw), abs(turn.pitch)) < SMALLEST_TURN:
        return Pair(identity, hair, hair, np.ones(hair.hair.shape, np.float32), Turn(0.0, 0.0))
    part = _head_part(identity, hair)
    pixels = part.photo.width * part.photo.height
    rough = quick and pixels > 1.2 * PREVIEW_PIXELS
    if rough:
        part = reduced_portrait(part, float(np.sqrt(PREVIEW_PIXELS / pixels)))
    made = turn_portrait(part, turn, check)
    return Pair(identity, hair, made.portrait, made.seen, turn, _said(made.portrait, made.seen, turn), rough)


def _head_part(identity: Portrait, hair: Portrait) -> Portrait:
    """The part of a hair portrait that matters, no finer than it can be shown: a large photo takes long to turn."""
    width, height = hair.photo.width, hair.photo.height
    own, other = identity.face.frame.height, hair.face.frame.height
    x0, y0, x1, y1 = hair.face.box
    face = Rect(int(x0), int(y0), int(x1) + 1, int(y1) + 1).grown(0, width, height)
    rect = united(face, bounding_rect(hair.hair > 0.02) or face)
    part = crop_portrait(hair, rect.grown(int(0.4 * other), width, height))
    return reduced_portrait(part, 1.25 * own / other) if own < FINER * other else part


def _said(turned: Portrait, seen: FloatImage, turn: Turn) -> tuple[str, ...]:
    """What the user should know about a turn."""
    hair = float(turned.hair.sum())
    hidden = float((turned.hair * (1 - seen)).sum()) / max(hair, 1.0)
    if abs(turn.yaw) <= 15 and hidden <= 0.08:
        return ()
    text = f"The heads are turned {abs(turn.yaw):.0f} degrees apart; the hair was turned with the head."
    if hidden > 0.03:
        text += (f" About {100 * hidden:.0f} % of it lies on a side that the reference photo does not show: look "
                 "there, and paint what is wrong.")
    return (text,)


def seen_in_photo(pair: Pair) -> FloatImage:
    """``pair.seen`` where the new hair lies on the identity [H, W], computed at reduced size: it is smooth."""
    photo = pair.identity.photo
    if pair.turn == Turn(0.0, 0.0):
        return np.ones((photo.height, photo.width), np.float32)
    scale = min(1.0, 512 / max(photo.width, photo.height))
    small = reduced_portrait(pair.identity, scale)
    fit = fit_faces(small.face.landmarks, pair.turned.face.landmarks)
    found = resample(pair.seen, *fit.backward_map(small.photo.width, small.photo.height), outside=0)
    return np.clip(cv2.resize(found, (photo.width, photo.height), interpolation=cv2.INTER_LINEAR), 0, 1)


def opened_up(composite: Composite, seen: FloatImage, parameters: Mapping[str, Any]) -> Composite:
    """A composite in which the generator has its say in hair that no photo shows, and the usual one elsewhere."""
    invent = np.where(composite.hole == HoleLabel.BACKDROP, np.float32(parameters["backdrop"]) * composite.invent,
                      composite.invent)
    wanted = np.maximum(parameters["hidden"] * (1 - seen), parameters["hair_share"])
    return replace(composite, invent=np.maximum(invent, (wanted * composite.alpha).astype(np.float32) * composite.edit))


def with_guide(
    composite: Composite, guide: NDArray[np.uint8] | None, photo: FloatImage, protect: NDArray[np.uint8] | None
) -> Composite:
    """A composite with somebody's edited guide laid over it.

    Args:
        guide: [H, W, 4] RGBA; counts by its alpha, and only where it differs from the composite itself, so that a
            guide handed back unchanged changes nothing.
        photo: [H, W, 3], what stays where nothing is edited.
        protect: [H, W] uint8 or None; nothing changes where it is not 0.
    """
    if guide is None:
        return composite
    own = np.rint(np.clip(composite.image, 0, 1) * 255).astype(np.uint8)
    changed = (guide[..., :3] != own).any(axis=2) & (guide[..., 3] > 0)
    if protect is not None:
        changed &= protect == 0
    if not changed.any():
        return composite
    alpha = (guide[..., 3].astype(np.float32) / 255 * changed)[..., None]
    image = composite.image + (guide[..., :3].astype(np.float32) / 255 - composite.image) * alpha
    edit = np.maximum(composite.edit, changed.astype(np.float32))
    image = np.where(edit[..., None] > 0, image, photo)
    return replace(composite, image=image.astype(np.float32), edit=edit)


def guide_picture(composite: Composite) -> NDArray[np.uint8]:
    """What the run was guided by as RGBA [H, W, 4], opaque where it differs from the photo."""
    colours = np.rint(np.clip(composite.image, 0, 1) * 255).astype(np.uint8)
    return np.dstack([colours, np.rint(255 * np.clip(composite.edit, 0, 1)).astype(np.uint8)])


def other_view(
    pair: Pair, parameters: Mapping[str, Any], check: Callable[[], None] | None
) -> tuple[Composite, Portrait]:
    """The composite in the hair photo's pose: the turned identity's face under the hair as it was photographed.

    Returns:
        composite and the turned identity, whose photo space it is in; both reduced.
    """
    scale = min(1.0, OTHER_SIDE / max(pair.identity.photo.width, pair.identity.photo.height))
    person = reduced_portrait(pair.identity, scale)
    if pair.turn != Turn(0.0, 0.0):
        back = turn_between(person.face.landmarks, pair.hair.face.landmarks)
        share = abs(pair.turn.yaw) / max(abs(back.yaw), 1e-6)
        person = turn_portrait(person, Turn(back.yaw * min(1.0, share), -pair.turn.pitch)).portrait
    hair = reduced_portrait(pair.hair, min(1.0, OTHER_SIDE / max(pair.hair.photo.width, pair.hair.photo.height)))
    chosen = {param.name: parameters[param.name] for param in COMPOSITE_PARAMS}
    options = ClassicalOptions(**{**chosen, "mirror": False, "max_yaw": 90.0, "allow_covered": True})
    return compose_classical(person, hair, quick=True, options=options, check=check), person


@dataclass(frozen=True, eq=False)
class View:
    """One view at the generator's size s: tensors on the run's device, pictures in [-1, 1], weights in 0..1.

    Attributes:
        number: 0 = the identity's pose, 1 = the hair photo's.
        guide: [1, 3, s, s].
        face: [1, 1, s, s] trusted face and neck (M_f without M_s).
        hair: [1, 1, s, s] trusted hair (M_h without M_hs, where M_o).
        background: [1, 1, s, s] background (M_bg once it is that of both views).
        open: [1, 1, s, s] where the guide was made up and the generator's answer replaces it.
        everywhere: [1, 1, s, s] all but what the user wants ignored.
    """

    number: int
    guide: Tensor
    face: Tensor
    hair: Tensor
    background: Tensor
    open: Tensor
    everywhere: Tensor


def make_view(
    number: int, composite: Composite, person: Portrait, size: int, *, seen: FloatImage | None = None,
    ignore: NDArray[np.uint8] | None = None, device: torch.device | str = "cpu",
) -> View:
    """Guide and masks (docs/methods/salon.md, Guide and masks) from a composite in the photo space of ``person``.

    Args:
        seen: [H, W] in 0..1, where the hair is a photograph's; None = everywhere.
        ignore: [H, W] uint8, what the user leaves to the generator.
    """
    align, steps = person.alignment, ring_iterations(size)

    def share(mask: NDArray) -> FloatImage:
        return crop_mask(align, mask, size)

    alpha = share(composite.alpha)
    hair = (alpha > 0.5).astype(np.uint8)
    inside = share(np.ones(composite.alpha.shape, np.float32)) > 0.99
    invented = np.isin(composite.hole, (HoleLabel.FACE_SKIN, HoleLabel.NECK))
    skin = (np.isin(person.regions, SKIN_AND_FEATURES) & (composite.hole == HoleLabel.KEEP)) | invented
    face = erode((share(skin) > 0.5).astype(np.uint8), steps) * (1 - dilate(hair, steps))
    face = face * _below_brows(align, person, size) * inside * (share(invented) < 0.5)
    features = dilate((share(np.isin(person.regions, (Region.EYES, Region.LIPS))) > 0.5).astype(np.uint8), steps)
    valid = np.ones_like(alpha) if seen is None else share(seen)
    trusted = erode(hair, steps) * (1 - features) * valid * inside
    wall = share((person.regions == Region.BACKGROUND) & (composite.hole == HoleLabel.KEEP)) > 0.5
    background = (1 - dilate((~wall | (hair > 0)).astype(np.uint8), steps)) * inside
    ignored = np.zeros_like(alpha) if ignore is None else share(ignore.astype(np.float32) / 255)
    wanted = 1 - ignored

    def tensor(mask: NDArray) -> Tensor:
        return weight_tensor(mask * wanted, device)

    guide = to_tensor(np.clip(align.crop(composite.image, size), 0, 1), device)
    return View(number, guide, tensor(face), tensor(trusted), tensor(background),
                weight_tensor(np.maximum(share(composite.invent), ignored), device), weight_tensor(wanted, device))


def _below_brows(align: Alignment, person: Portrait, size: int) -> NDArray[np.bool_]:
    """The part of the crop [size, size] that lies below the brows."""
    points = align.to_crop(np.asarray(person.face.landmarks, np.float64)[:, :2], size)
    frame = face_frame(points)
    _, t = frame.maps(size, size)
    return t < float(frame.coordinates(points[list(BROW_POINTS)])[:, 1].max())


def common_background(views: tuple[View, View]) -> tuple[View, View]:
    """The views with the background they have in common, none where that is no more than 5 % of the picture."""
    both = views[0].background * views[1].background
    if float(both.mean()) <= BACKGROUND_SHARE:
        both = torch.zeros_like(both)
    return replace(views[0], background=both), replace(views[1], background=both)


def rebuilt(view: View, picture: Tensor, hair: FloatImage) -> View:
    """A view after the first stage: the generator's picture where the guide was made up
    (docs/methods/salon.md, Optimisation).

    Args:
        picture: [1, 3, s, s] the generator's answer.
        hair: [s, s] where that shows hair: what it adds in the open area is trusted from now on.
    """
    guide = view.guide * (1 - view.open) + picture * view.open
    found = erode((hair > 0.5).astype(np.uint8), ring_iterations(hair.shape[0]))
    added = weight_tensor(found, view.open.device) * (view.open > 0.5) * view.everywhere
    return replace(view, guide=guide.detach(), hair=torch.maximum(view.hair, added))
