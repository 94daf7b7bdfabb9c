"""Strands of one head on the hair of another: its outline, colour and shading stay, what lies between strands changes.

A generator of a few hundred pixels cannot paint strands, and a picture optimised for Gram matrices alone loses their
flow; so the strands are the reference's own, laid where both heads have hair, and the hair's own elsewhere, brought
to the same contrast octave by octave.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.compositing.composite import Composite
from core.compositing.placing.fit import fit_faces
from core.compositing.placing.recolour import recolour, tones_of
from core.compositing.placing.warp import warp_reference
from core.compositing.reading.gates import check_hair, check_pose
from core.compositing.reading.mattes import hair_matte
from core.document.geometry import bounding_rect
from core.faces.face import Portrait, Region
from core.faces.mirror import mirror_portrait
from core.imaging.arrays import FloatImage
from core.imaging.colour import lab_to_rgb, rgb_to_lab
from core.imaging.matting import blur, distance_to

OCTAVES = (0.004, 0.008, 0.016, 0.032, 0.064)
"""Blurs that part the bands, in face heights; coarser than the last is shading."""
GAINS = (0.3, 1.7)
"""Least and largest factor of a band's contrast; more looks like another light."""
LIGHT = (0.4, 1.6)
"""Least and largest factor that the reference's strands take from the shading they come to lie in."""
REACH = 0.06
"""Face heights over which the reference's strands take over from its outline inwards."""
_FEWEST = 200


@dataclass(frozen=True, eq=False)
class Bands:
    """Lightness of hair in bands: details by octave, fine first, and the shading below them; all [H, W]."""

    details: tuple[FloatImage, ...]
    shading: FloatImage


def with_strands(
    composite: Composite, identity: Portrait, style: Portrait, strength: float, *, quick: bool = False,
    mirror: bool = True, max_yaw: float = 40.0,
) -> Composite:
    """The composite with strands like those of another portrait.

    Args:
        composite: in the identity's photo space.
        identity: whose photo that is.
        style: whose strands are wanted.
        strength: 0 = as it is, 1 = all of it.
        quick: with a quick matte.
        mirror: allow the style portrait to be mirrored when the heads are turned to opposite sides.
        max_yaw: heads turned further apart give only their contrast, not their strands.

    Returns:
        ``image`` and ``foreground`` changed in lightness, and in chroma as far as the hair's own colours change with
        lightness, where there is hair and ``edit`` allows it; all other values are the same ones.

    Raises:
        InputRefused: the style portrait has no hair.
    """
    check_hair(style)
    box = bounding_rect((composite.alpha > 0) & (composite.edit > 0))
    if box is None or strength <= 0:
        return composite
    pose = check_pose(identity.face, style.face, refuse=float("inf"), allow_mirror=mirror)
    other = mirror_portrait(style) if pose.mirror else style
    matte = hair_matte(other, quick=quick)
    fit = fit_faces(identity.face.landmarks, other.face.landmarks)
    warped = warp_reference(identity, other, matte, fit, mirrored=pose.mirror)
    height = identity.face.frame.height
    toned = recolour(warped.foreground, warped.alpha, composite.foreground, composite.alpha)
    window = box.grown(round(2 * REACH * height) + 8, identity.photo.width, identity.photo.height).slices()
    alpha, hair = composite.alpha[window], warped.alpha[window]
    lab = rgb_to_lab(np.ascontiguousarray(composite.foreground[window]))
    own = bands(lab[..., 0], alpha, height)
    theirs = bands(rgb_to_lab(np.ascontiguousarray(toned[window]))[..., 0], hair, height)
    # Only a reference turned like the portrait shows strands that lie as they would lie here.
    sure = (hair >= 0.9) & (other.hair_painted | (warped.regions[window] == Region.HAIR))
    share = _overlap(sure, height) if pose.difference <= max_yaw else np.zeros_like(alpha)
    target = own.shading + mixed(own, theirs, alpha, hair, share)
    lightness = np.clip(lab[..., 0] + np.float32(strength) * (target - lab[..., 0]), 0, 100).astype(np.float32)
    foreground = _in_lightness(lab, lightness, alpha, height)
    return _changed(composite, window, foreground)


def bands(lightness: FloatImage, alpha: FloatImage, height: float) -> Bands:
    """Bands of hair's lightness [H, W] that know nothing of what lies beside the hair; they add up to it.

    Args:
        lightness: L of Lab; alpha: [H, W] in 0..1.
        height: of the face, in pixels.
    """
    details, rest = [], lightness
    for octave in OCTAVES:
        coarser = _blur_inside(rest, alpha, octave * height)
        details.append(rest - coarser)
        rest = coarser
    return Bands(tuple(details), rest)


def _blur_inside(values: FloatImage, alpha: FloatImage, sigma: float) -> FloatImage:
    """Mean of values [H, W, ...] around each pixel, by how much hair [H, W] there is."""
    weight = np.maximum(alpha, np.float32(1e-4)).astype(np.float32)
    total = np.maximum(blur(weight, sigma), np.float32(1e-4))
    share = weight if values.ndim == 2 else weight[..., None]
    mean = blur((values * share).astype(np.float32), sigma)
    return (mean / (total if values.ndim == 2 else total[..., None])).astype(np.float32)


def contrast_gains(own: Bands, theirs: Bands, alpha: FloatImage, hair: FloatImage) -> tuple[tuple[float, float], ...]:
    """By how much every octave of the own and of the others' strands is to be multiplied to have one contrast.

    That is the others', unless it is out of ``GAINS`` times the own one; 1 where there is too little hair to tell.
    """
    here, there = alpha > 0.95, hair > 0.95
    if here.sum() < _FEWEST or there.sum() < _FEWEST:
        return ((1.0, 1.0),) * len(own.details)
    gains = []
    for mine, other in zip(own.details, theirs.details, strict=True):
        ratio = max(float(other[there].std()), 1e-3) / max(float(mine[here].std()), 1e-3)
        gain = float(np.clip(ratio, *GAINS))
        gains.append((gain, gain / ratio))
    return tuple(gains)


def mixed(own: Bands, theirs: Bands, alpha: FloatImage, hair: FloatImage, share: FloatImage) -> FloatImage:
    """Detail [H, W]: theirs by ``share`` [H, W] in 0..1, else the own one at their contrast.

    Two unlike textures cancel where they are mixed: the sum of squares of their weights is kept at one.
    """
    gains = contrast_gains(own, theirs, alpha, hair)
    matched = np.sum([np.float32(gain) * part for (gain, _), part in zip(gains, own.details, strict=True)], axis=0)
    strands = np.sum([np.float32(gain) * part for (_, gain), part in zip(gains, theirs.details, strict=True)], axis=0)
    even = np.sqrt(share**2 + (1 - share) ** 2)
    # Strands stand out in proportion to the light that falls on them.
    light = np.clip(own.shading / np.maximum(theirs.shading, 1), *LIGHT)
    return ((share * light * strands + (1 - share) * matched) / even).astype(np.float32)


def _overlap(sure: NDArray[np.bool_], height: float) -> FloatImage:
    """1 well inside what surely is the reference's hair, fading to 0 at its outline [H, W]."""
    inside = np.clip(distance_to(~sure) / np.float32(REACH * height), 0, 1)
    return np.clip(blur(inside.astype(np.float32), 0.3 * REACH * height), 0, 1) * sure


def _in_lightness(lab: FloatImage, lightness: FloatImage, alpha: FloatImage, height: float) -> FloatImage:
    """Hair colours [H, W, 3] in 0..1 at another lightness: the chroma that this hair has there, and its dyed parts.

    What of the old colour is finer than a lock would show where old highlights were.
    """
    moved = lab.copy()
    moved[..., 0] = lightness
    core = alpha > 0.9
    if core.sum() >= _FEWEST:
        tones = tones_of(lab_to_rgb(np.ascontiguousarray(lab[core])))
        special = _blur_inside(lab[..., 1:] - tones.at(lab[..., 0]), alpha, OCTAVES[-2] * height)
        changed = np.clip(np.abs(lightness - lab[..., 0]) / 2, 0, 1)[..., None]
        moved[..., 1:] += (tones.at(lightness) + special - moved[..., 1:]) * changed
    return lab_to_rgb(moved)


def _changed(composite: Composite, window: tuple[slice, slice], foreground: FloatImage) -> Composite:
    share = (composite.alpha * composite.edit)[window][..., None]
    before = composite.foreground[window]
    image, colours = composite.image.copy(), composite.foreground.copy()
    part = np.clip(image[window] + (foreground - before) * share, 0, 1).astype(np.float32)
    image[window] = np.where(share > 0, part, image[window])
    colours[window] = np.where(share > 0, before + (foreground - before) * composite.edit[window][..., None], before)
    return replace(composite, image=image, foreground=colours.astype(np.float32))
