"""Which colours a head's hair has: light of the old background in its soft edge is told from hair by them."""

from __future__ import annotations

import numpy as np

from core.compositing.reading.colours import colour_odds, like_wall_beside
from core.imaging.arrays import FloatImage, Mask
from core.imaging.colour import lab_to_rgb, rgb_to_lab
from core.imaging.matting import blur, distance_to, opened

BINS = 72
GREY = 7.0
"""Chroma that any hair may have in any hue: noise, reflected light."""
TOLERANCE, CERTAIN = 6.0, 18.0
"""Chroma beyond the palette's from which a colour begins to count as foreign, and surely does."""
_FEWEST = 400
SEEN_WITHIN = 0.2
"""How far from clothes they may show through hair, face heights; what hair looks like is learnt beyond."""
_LIGHTER = 5.0
"""L* beyond that of nearly all hair from which something is lighter than hair."""
_UNLIKE, _MISTAKEN = -2.0, 0.002
"""Log odds below which a colour is surely that of clothes, and the share of sure hair that may have
such colours; where more has, nothing can be told by them."""
_STEEP = 20.0
"""Degrees over which the allowed chroma falls to nothing beside the hair's hues."""


class Palette:
    """Largest chroma of a head's hair by hue; lighter or greyer is always allowed.

    Args:
        image: [H, W, 3] in 0..1; core: [H, W] bool, pixels that surely show hair.
    """

    def __init__(self, image: FloatImage, core: Mask) -> None:
        self.known = int(core.sum()) >= _FEWEST
        self._limit = np.full(BINS, GREY, np.float32)
        if not self.known:
            return
        samples = image[core]
        lab = rgb_to_lab(samples[:: max(1, len(samples) // 60000)])
        chroma, hue = _polar(lab)
        number = np.minimum((hue * (BINS / 360)).astype(int), BINS - 1)
        # Hues that only a few stray pixels have do not belong to the hair.
        fewest = max(8, int(0.015 * len(lab)))
        for index in np.flatnonzero(np.bincount(number[chroma > GREY], minlength=BINS) >= fewest):
            self._limit[index] = max(GREY, float(np.percentile(chroma[number == index], 99)))
        reach = np.arange(BINS)
        apart = np.minimum((reach[:, None] - reach) % BINS, (reach - reach[:, None]) % BINS) * (360 / BINS)
        fall = np.clip(1 - np.maximum(apart - 360 / BINS, 0) / _STEEP, 0, 1)
        self._limit = np.maximum(GREY, (self._limit * fall).max(axis=1)).astype(np.float32)

    def excess(self, lab: FloatImage) -> FloatImage:
        """Chroma [...] of Lab colours [..., 3] beyond what hair of this hue has, 0 for hair."""
        if not self.known:
            return np.zeros(lab.shape[:-1], np.float32)
        chroma, hue = _polar(lab)
        place = hue * (BINS / 360) - 0.5
        below = np.floor(place).astype(int)
        share = place - below
        limit = self._limit[below % BINS] * (1 - share) + self._limit[(below + 1) % BINS] * share
        return np.maximum(chroma - limit, 0).astype(np.float32)

    def limited(self, image: FloatImage, weight: FloatImage) -> FloatImage:
        """Colours [H, W, 3] in 0..1 with foreign chroma taken back by weight [H, W]."""
        where = weight > 0
        if not self.known or not where.any():
            return image
        lab = rgb_to_lab(image[where])
        chroma = np.maximum(np.hypot(lab[..., 1], lab[..., 2]), 1e-3)
        lab[..., 1:] *= (1 - weight[where] * self.excess(lab) / chroma)[..., None]
        result = image.copy()
        result[where] = lab_to_rgb(lab)
        return result


def _polar(lab: FloatImage) -> tuple[FloatImage, FloatImage]:
    """Chroma and hue in degrees 0..360 of Lab colours [..., 3]."""
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    hue = np.degrees(np.arctan2(lab[..., 2], lab[..., 1])) % 360
    return chroma, hue


def without_foreign(
    image: FloatImage, alpha: FloatImage, palette: Palette, wall: Mask, core: Mask, fh: float
) -> FloatImage:
    """Alpha [H, W] without the old background that shows between and beside strands: wall of another hue than the hair.

    Args:
        image: [H, W, 3] in 0..1.
        wall, core: [H, W] bool, pixels that surely show background and hair.
        fh: the face's height in pixels.
    """
    if not palette.known or int(wall.sum()) < _FEWEST:
        return alpha
    reach = np.clip(2 - distance_to(wall) / (0.15 * fh), 0, 1)
    where = (reach > 0) & (alpha > 0)
    lab = rgb_to_lab(blur(image, max(0.7, 0.004 * fh)))
    foreign = np.clip((palette.excess(lab) - TOLERANCE) / (CERTAIN - TOLERANCE), 0, 1) * where
    # What shines says nothing: a lit rim has the lamp's hue, not the hair's.
    foreign *= np.clip((90 - lab[..., 0]) / 15, 0, 1)
    if not foreign.any():
        return alpha
    like_wall = np.clip(-0.5 - colour_odds(image, core, wall), 0, 1)
    foreign = blur((foreign * like_wall * reach).astype(np.float32), 0.003 * fh)
    return (alpha * (1 - foreign)).astype(np.float32)


def seen_through(
    image: FloatImage, hair: FloatImage, palette: Palette, clothes: Mask, core: Mask, fh: float
) -> Mask:
    """Where clothes that the net took for hair show between strands, or between hair and neck [H, W].

    Their colours are those of the clothes next to them, of hardly any hair, and lighter than hair or of another hue:
    what is only darker may be hair in shadow.

    Args:
        image: [H, W, 3] in 0..1; hair: [H, W] the soft hair map.
        clothes, core: [H, W] bool, pixels that surely show clothes, and hair.
        fh: the face's height in pixels.
    """
    nothing = np.zeros(hair.shape, bool)
    if not palette.known or int(clothes.sum()) < _FEWEST:
        return nothing
    smooth = blur(image, max(0.7, 0.004 * fh))
    lab = rgb_to_lab(smooth)
    lighter = lab[..., 0] > float(np.percentile(lab[core][:, 0], 95)) + _LIGHTER
    odds = colour_odds(smooth, core, clothes)
    bar = min(_UNLIKE, float(np.quantile(odds[core], _MISTAKEN)))
    other = (odds < bar) & (lighter | (palette.excess(lab) > TOLERANCE))
    patches = opened(other & (hair > 0.3) & (distance_to(clothes) < SEEN_WITHIN * fh), 0.006 * fh)
    if not patches.any():
        return nothing
    return patches & like_wall_beside(image, patches, clothes, core, fh, share=1.0)
