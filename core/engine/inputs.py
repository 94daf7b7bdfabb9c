"""Checks of what the user handed in, before any work is spent on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.document.photo import Photo
from core.document.roles import EXTRA_ROLES, PICTURES, ROLES
from core.errors import Advice, InputRefused
from core.recipes.info import RecipeInfo
from core.recipes.request import Request

# Below this share of its photo a hair mask is an accident, above the other one too.
SMALLEST_HAIR, LARGEST_HAIR = 0.0005, 0.95


def photos_by_role(request: Request, info: RecipeInfo) -> dict[str, Photo]:
    """Photos by role, where a single reference fills both reference roles; only those that the recipe looks at.

    Args:
        request: what was handed in.
        info: of the recipe.

    Raises:
        InputRefused: no identity, or no reference where one is needed.
    """
    known = (*ROLES, *EXTRA_ROLES)
    named = {*request.photos, *request.hair_masks, *request.reference_ignore, *request.reference_protect}
    unknown = sorted(named - set(known))
    if unknown:
        raise InputRefused(f"Unknown role {unknown[0]!r}.", "", f"Roles are {', '.join(known)}.")
    unknown = sorted(set(request.pictures) - set(PICTURES))
    if unknown:
        raise InputRefused(f"Unknown picture {unknown[0]!r}.", "", f"They are called {', '.join(PICTURES)}.")
    photos = dict(request.photos)
    if "identity" not in photos:
        raise InputRefused("There is no portrait to edit.", "", Advice.GIVE_PORTRAIT)
    photos = {role: photo for role, photo in photos.items() if role == "identity" or role in info.slots}
    if not info.needs_reference:
        return photos
    given = photos.get("shape") or photos.get("appearance")
    if given is None:
        raise InputRefused("There is no reference portrait.", f"The recipe {request.recipe!r} takes hair from one.",
                           Advice.GIVE_REFERENCE)
    photos.setdefault("shape", given)
    photos.setdefault("appearance", given)
    return photos


def check_masks(request: Request, photos: dict[str, Photo]) -> list[str]:
    """Sizes and contents of the painted masks.

    Returns:
        warnings for the user.

    Raises:
        InputRefused: a mask of another size than its photo, or one that leaves nothing to do.
    """
    warnings = []
    for role, mask in request.hair_masks.items():
        if role not in photos and role in request.photos:
            # A portrait that this recipe does not look at.
            continue
        if role not in photos:
            raise InputRefused(f"There is a hair mask for {role}, but no {role} photo.", "",
                               Advice.GIVE_PHOTO, role=role)
        _same_size(f"hair mask of {role}", mask, photos[role])
        share = _share(mask)
        if share > LARGEST_HAIR:
            raise InputRefused(f"The hair mask of {role} covers the whole photo.",
                               f"{share:.0%} of its pixels are hair.", "Paint the hair only, or leave the mask out.")
        if share < SMALLEST_HAIR and role != "identity":
            raise InputRefused(f"The hair mask of {role} is empty.", "There is no hair to take from this photo.",
                               "Paint the hair, or leave the mask out to have it found.")
        if share < SMALLEST_HAIR:
            warnings.append("The hair mask of identity is empty: no old hair is removed.")
    warnings += _check_edit_masks(request, photos)
    if request.guide is not None:
        identity = photos["identity"]
        if request.guide.shape != (identity.height, identity.width, 4):
            raise InputRefused("The guide has another size than the portrait.",
                               f"The portrait {identity.name} is {identity.width}x{identity.height}.",
                               "Save the guide with four channels at the portrait's size.")
    return warnings


def _check_edit_masks(request: Request, photos: dict[str, Photo]) -> list[str]:
    """Sizes and contents of the masks that say what to ignore and to protect; warnings for the user."""
    masks = [("ignore mask", "identity", request.ignore), ("protect mask", "identity", request.protect)]
    for kind, by_role in (("ignore", request.reference_ignore), ("protect", request.reference_protect)):
        masks += [(f"{kind} mask of {role}", role, mask) for role, mask in by_role.items() if role in photos]
    warnings = []
    for name, role, mask in masks:
        if mask is None:
            continue
        _same_size(name, mask, photos[role])
        if _share(mask) > LARGEST_HAIR:
            raise InputRefused(f"The {name} covers the whole photo.", "Nothing is left to work with.",
                               "Paint only a part of the photo, or leave the mask out.")
        if not mask.any():
            warnings.append(f"The {name} is empty and has no effect.")
    return warnings


def _share(mask: NDArray[np.uint8]) -> float:
    return float((mask > 127).mean()) if mask.size else 0.0


def _same_size(name: str, mask: NDArray[np.uint8], photo: Photo) -> None:
    if mask.ndim != 2 or mask.shape != (photo.height, photo.width):
        size = "x".join(str(side) for side in mask.shape[1::-1])
        raise InputRefused(f"The {name} has another size than its photo {photo.name}.",
                           f"It is {size}, the photo is {photo.width}x{photo.height}.",
                           "Save the mask at the photo's size.")
