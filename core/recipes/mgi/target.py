"""The picture that every hypothesis is to reproduce: the guide, its hair with the reference's look warped onto it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.compositing.composite import Composite, HoleLabel
from core.faces.face import Portrait, Region
from core.imaging.arrays import FloatImage
from core.imaging.detail import limited
from core.imaging.poisson import pull_push
from core.losses.correspondence import NOWHERE, grid, picture_descriptors, pooled_colours, region_warp
from core.losses.masked import EMPTY, area_down
from core.losses.perceptual import Features
from core.recipes.kit.workspace import Workspace, build_workspace, crop_mask, erode, to_tensor, weight_tensor

# The feature network sees this many pixels per position: its third block is a quarter of the picture.
_FINER = 4
# Share of hair in a cell from which the layout's cell counts as hair, and the reference's as nothing but hair.
_HAIR, _SURE = 0.5, 0.8
_FEWEST = 12
# Positions per side that softness counts in.
_SOFT_AT = 64
# Pixels as bright as this in every channel have lost their colour.
_BLOWN_OUT = 0.96
# Distances of the coherence are in quarters of the picture.
_UNIT = 0.25


@dataclass(frozen=True, eq=False)
class Target:
    """What is compared, [1, C, R, R] on the run's device; pictures in [-1, 1], weights in 0..1.

    Attributes:
        picture: r, what every hypothesis is to show.
        weight: how much each pixel counts.
        invented: where only coarse colours count.
        border: kept pixels beside what the generator may change: what it shows there should fit.
        hair: planned hair [R, R], numpy.
        warped: whether the hair of ``picture`` was warped.
    """

    picture: Tensor
    weight: Tensor
    invented: Tensor
    border: Tensor
    hair: FloatImage
    warped: bool


def opened(composite: Composite, hair: float, backdrop: float) -> Composite:
    """A composite in which the generator has at least ``hair`` of a say in the new hair, and ``backdrop`` of its own
    in background behind removed hair."""
    invent = np.where(composite.hole == HoleLabel.BACKDROP, np.float32(backdrop) * composite.invent, composite.invent)
    if hair > 0:
        invent = np.maximum(invent, np.float32(hair) * composite.alpha * composite.edit)
    return replace(composite, invent=invent)


def build_target(composite: Composite, identity: Portrait, appearance: Portrait | None, net: Features,
                 parameters: Mapping[str, Any], *, size: int, ignore: Any, device: torch.device) -> Target:
    """The target of a composite.

    Args:
        composite: in photo space, opened where the generator has a say.
        identity: whose layout it is.
        appearance: whose hair is warped onto the composite's, None = it stays as it is.
        net: compares places.
        parameters: of the recipe.
        size: R.
        ignore: [H, W] uint8 or None: no comparison there.
        device: of the tensors.
    """
    space = build_workspace(composite, identity, appearance or identity, size, device=device, ignore=ignore,
                            background_weight=parameters["background_weight"],
                            plate_weight=parameters["plate_weight"])
    seen = 1 - space.ignored
    picture, found = space.guide, False
    if appearance is not None:
        colours, there = warped_hair(composite, identity, appearance, net, parameters, device)
        found = bool((there > 0).any())
        if found:
            picture = _with_hair(space, colours, there, parameters)
    changing = (space.invent > 0.05).float()
    near = F.max_pool2d(changing, kernel_size=5, stride=1, padding=2)
    return Target(
        picture=picture,
        weight=(space.keep + parameters["hair_weight"] * space.core).clamp_min(0) * seen,
        invented=space.invent,
        border=(near - changing).clamp_min(0) * seen,
        hair=space.shape[0, 0].cpu().numpy(),
        warped=found,
    )


def warped_hair(composite: Composite, identity: Portrait, appearance: Portrait, net: Features,
                parameters: Mapping[str, Any], device: torch.device) -> tuple[Tensor, Tensor]:
    """The appearance portrait's hair colours in the composite's hair (docs/methods/mgi.md, Warp), hair to hair only.

    Returns:
        colours [1, 3, p, p] in [-1, 1], and where there are any [1, 1, p, p], 0 or 1.
    """
    p, side = parameters["positions"], _FINER * parameters["positions"]
    layout = to_tensor(np.clip(identity.alignment.crop(composite.image, side), 0, 1), device)
    other = to_tensor(np.clip(appearance.alignment.crop(appearance.photo.rgb(), side), 0, 1), device)
    new = weight_tensor(crop_mask(identity.alignment, composite.alpha, side), device)
    own = weight_tensor(_certain_hair(appearance, side), device)
    by_region = parameters["centre"] == "region"
    one, two = (picture_descriptors(net, image, p, weight=mask if by_region else None)
                for image, mask in ((layout, new), (other, own)))
    own = own * (other.amin(dim=1, keepdim=True) < 2 * _BLOWN_OUT - 1).float()
    colours, share = pooled_colours(other, own, p)
    sure = share > _SURE
    if int(sure.sum()) < _FEWEST:
        sure = share > _HAIR
    nowhere = torch.full_like(share, NOWHERE, dtype=torch.long)
    place = grid(p, _UNIT, device)
    here = area_down(new, p).flatten() > _HAIR
    warped, found = region_warp(
        one, two, colours, torch.where(here, Region.HAIR, nowhere), torch.where(sure, Region.HAIR, nowhere),
        temperature=parameters["temperature"], places=(place, place), coherence=parameters["coherence"])
    return warped.t().reshape(1, 3, p, p), found.float().reshape(1, 1, p, p)


def _certain_hair(portrait: Portrait, side: int) -> FloatImage:
    """Hair of a portrait's crop [side, side] that both matte and regions call so, a little away from its outline."""
    matte = crop_mask(portrait.alignment, portrait.hair, side)
    named = crop_mask(portrait.alignment, portrait.regions == Region.HAIR, side)
    sure = ((matte > 0.9) & ((named > 0.9) | portrait.hair_painted)).astype(np.uint8)
    core = erode(sure, max(1, side // 128), outside=1)
    return (core if core.any() else (matte > _HAIR)).astype(np.float32)


def _with_hair(space: Workspace, colours: Tensor, there: Tensor, parameters: Mapping[str, Any]) -> Tensor:
    """The guide with the warped colours on its hair; what the positions are too coarse for stays the guide's."""
    size, p = space.size, colours.shape[-1]
    share = area_down(space.shape, p) * there
    guide = area_down(space.guide, p)
    total = share.sum().clamp_min(EMPTY)
    shift = ((guide - colours) * share).sum(dim=(2, 3), keepdim=True) / total
    change = (colours + parameters["match_light"] * shift - guide) * there
    filled = _spread(change, there, parameters["softness"] * p / _SOFT_AT, 2 * parameters["largest_change"])
    wide = F.interpolate(filled, size=(size, size), mode="bilinear", align_corners=False)
    return (space.guide + wide * space.shape).clamp(-1, 1)


def _spread(values: Tensor, known: Tensor, sigma: float, largest: float) -> Tensor:
    """values [1, C, p, p] of known places [1, 1, p, p] smoothed, limited, and continued beyond them so that the hair's
    soft edge changes as the hair beside it does."""
    sigma = max(sigma, 0.3)
    planes = (values * known).cpu().numpy()[0].transpose(1, 2, 0)
    weight = known.cpu().numpy()[0, 0]
    soft, share = (cv2.GaussianBlur(x, (0, 0), sigma, borderType=cv2.BORDER_REFLECT) for x in (planes, weight))
    smooth = np.where((share > 0.02)[..., None], soft / np.maximum(share, 0.02)[..., None], 0)
    # Fine strands that a large change is added to turn grey or glow.
    filled = limited(pull_push(smooth.astype(np.float32), share <= 0.02), largest)
    return torch.from_numpy(filled.transpose(2, 0, 1).copy())[None].to(values)
