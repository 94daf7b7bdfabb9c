"""The working-space square of a run: pictures and region weights cut from photo space by the identity's alignment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.compositing.composite import Composite
from core.faces.align import Alignment
from core.faces.face import Portrait, Region
from core.imaging.arrays import FloatImage

# Iterations of a 3 x 3 cross at this working size (LOHO's code); other sizes in proportion.
RING_ITERATIONS, RING_SIZE = 5, 256
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


@dataclass(frozen=True, eq=False)
class Workspace:
    """Everything LOHO compares, [1, C, s, s] on the run's device; pictures in [-1, 1], weights in 0..1.

    Attributes:
        size: s, the generator's resolution.
        identity: I1, the identity's crop.
        guide: crop of the classical composite.
        structure: I2, the reference's own hair over the plate.
        appearance: I3, crop of the appearance portrait.
        shape: H2, the new hair.
        core: H2 eroded.
        ring: R, dilated minus eroded H2, and what the user wants ignored.
        keep: weight of the identity loss.
        removed: D, old hair that must go.
        appearance_hair: H3.
        invent: where a generator is expected to change the guide.
        ignored: what the user wants ignored; of all losses only the coarse one of invented areas looks there, at the
            guide's fill.
    """

    size: int
    identity: Tensor
    guide: Tensor
    structure: Tensor
    appearance: Tensor
    shape: Tensor
    core: Tensor
    ring: Tensor
    keep: Tensor
    removed: Tensor
    appearance_hair: Tensor
    invent: Tensor
    ignored: Tensor


def ring_iterations(size: int) -> int:
    """Iterations of the 3 x 3 cross at working size ``size``, at least one: round(5 size / 256)."""
    return max(1, round(RING_ITERATIONS * size / RING_SIZE))


def dilate(mask: NDArray[np.uint8], iterations: int) -> NDArray[np.uint8]:
    """Binary dilation of mask [H, W] by a 3 x 3 cross; outside the picture counts as empty."""
    return cv2.dilate(mask, _CROSS, iterations=iterations, borderType=cv2.BORDER_CONSTANT, borderValue=0)


def erode(mask: NDArray[np.uint8], iterations: int, *, outside: int = 0) -> NDArray[np.uint8]:
    """Binary erosion of mask [H, W] by a 3 x 3 cross; outside the picture counts as ``outside`` (0 as in LOHO)."""
    return cv2.erode(mask, _CROSS, iterations=iterations, borderType=cv2.BORDER_CONSTANT, borderValue=outside)


def to_tensor(image: FloatImage, device: torch.device | str = "cpu") -> Tensor:
    """Picture [s, s, 3] in 0..1 to [1, 3, s, s] in [-1, 1]."""
    planar = np.ascontiguousarray(image.transpose(2, 0, 1), dtype=np.float32)
    return torch.from_numpy(planar)[None].to(device) * 2 - 1


def to_image(tensor: Tensor) -> FloatImage:
    """[1, 3, s, s] in [-1, 1] to [s, s, 3] in 0..1, clipped."""
    planar = ((tensor.detach().float()[0] + 1) / 2).clamp(0, 1).cpu().numpy()
    return np.ascontiguousarray(planar.transpose(1, 2, 0))


def weight_tensor(mask: NDArray, device: torch.device | str = "cpu") -> Tensor:
    """Weights [s, s] to [1, 1, s, s] float32."""
    return torch.from_numpy(np.ascontiguousarray(mask, dtype=np.float32))[None, None].to(device)


def crop_mask(alignment: Alignment, mask: NDArray, size: int) -> FloatImage:
    """A mask in photo space as soft weights [size, size]; 0 outside the photo."""
    cropped = alignment.crop(mask.astype(np.float32), size, border=cv2.BORDER_CONSTANT)
    return np.clip(cropped, 0, 1)


def build_workspace(
    composite: Composite,
    identity: Portrait,
    appearance: Portrait,
    size: int,
    *,
    background_weight: float = 0.2,
    plate_weight: float = 0.2,
    ignore: NDArray[np.uint8] | None = None,
    device: torch.device | str = "cpu",
    rim: Callable[[NDArray[np.uint8]], tuple[NDArray[np.uint8], NDArray[np.uint8]]] | None = None,
) -> Workspace:
    """Cut pictures and region weights from a classical composite (docs/methods/loho.md, Masks).

    Args:
        composite: in the identity's photo space.
        identity, appearance: analysed portraits.
        size: working size s.
        background_weight: weight of visible background in the identity loss, where the person has 1.
        plate_weight: weight of what the plate made up (the hole), times how little is to be invented there.
        ignore: [H, W] uint8 in the identity's photo space, what the user leaves to the generator.
        device: of the tensors.
        rim: dilated and eroded hair of a hair mask [s, s]; None = by ``ring_iterations``.
    """
    alignment = identity.alignment
    steps = ring_iterations(size)
    shape = crop_mask(alignment, composite.alpha, size)
    hair = (shape > 0.5).astype(np.uint8)
    grown, core = (dilate(hair, steps), erode(hair, steps)) if rim is None else rim(hair)
    ring = (grown - core).astype(np.float32)
    ignored = np.zeros_like(ring)
    if ignore is not None:
        ignored = crop_mask(alignment, ignore.astype(np.float32) / 255, size)
    ring = np.maximum(ring, ignored)
    old = crop_mask(alignment, composite.old_alpha, size)
    removed = np.where(grown > 0, 0, old) * (1 - ring)
    invent = crop_mask(alignment, composite.invent, size)
    keep = _keep(composite, identity, size, background_weight, plate_weight, invent) * (1 - grown) * (1 - ring)
    # The reference's own pixels: its ``foreground`` may have been given another portrait's colour already.
    alpha = composite.alpha[..., None]
    structure = alpha * composite.reference.image + (1 - alpha) * composite.plate

    def picture(image: FloatImage, where: Alignment = alignment) -> Tensor:
        return to_tensor(np.clip(where.crop(image, size), 0, 1), device)

    return Workspace(
        size=size,
        identity=picture(identity.photo.rgb()),
        guide=picture(composite.image),
        structure=picture(structure.astype(np.float32)),
        appearance=picture(appearance.photo.rgb(), appearance.alignment),
        shape=weight_tensor(shape, device),
        core=weight_tensor(core * (1 - ring), device),
        ring=weight_tensor(ring, device),
        keep=weight_tensor(keep, device),
        removed=weight_tensor(removed, device),
        appearance_hair=weight_tensor(crop_mask(appearance.alignment, appearance.hair, size), device),
        invent=weight_tensor(np.maximum(invent, ring), device),
        ignored=weight_tensor(ignored, device),
    )


def _keep(
    composite: Composite, identity: Portrait, size: int, background_weight: float, plate_weight: float,
    invent: FloatImage,
) -> FloatImage:
    """Identity weight before hair and ring are cut out: person 1, background and plate lightly, old hair 0."""
    alignment = identity.alignment
    regions = identity.regions
    person = crop_mask(alignment, (regions != Region.BACKGROUND) & (regions != Region.HAIR), size)
    backdrop = crop_mask(alignment, regions == Region.BACKGROUND, size)
    hole = crop_mask(alignment, composite.hole > 0, size)
    visible = person + background_weight * backdrop
    # Old hair that stays (under the new hair's edge, say) is the guide's business, not the identity's.
    visible = visible * (1 - crop_mask(alignment, composite.old_alpha, size))
    inside = alignment.crop(np.ones(regions.shape, np.float32), size, border=cv2.BORDER_CONSTANT)
    weight = (visible * (1 - hole) + plate_weight * hole * (1 - invent)) * np.clip(inside, 0, 1)
    return weight.astype(np.float32)
