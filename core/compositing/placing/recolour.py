"""Hair in the colour of other hair: black stays black, highlights take the light's colour, no hue is made up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.imaging.arrays import FloatImage
from core.imaging.colour import lab_to_rgb, rgb_to_lab

Curve = NDArray[np.float64]

_FEWEST = 100
_SAMPLES = 60000
_TOE = 6.0
"""Lightness below which the curve is nearly straight: shadows are not torn open."""
_STEP = 4.0
GOLDEN, YELLOWEST = 64.0, 80.0
"""Hues, in degrees of Lab, from which blond hair is turned back, and that it never passes: pigments make hair red to
yellow, and what is greener than that is the photo's light."""
DYED = (24.0, 34.0)
"""Chroma from which a greener hue begins to count as a dye's, and surely does."""


@dataclass(frozen=True, eq=False)
class Tones:
    """Colours of one head's hair by lightness.

    Attributes:
        middle, top: median lightness and its 99.5th percentile, L of Lab.
        levels: [N] lightnesses, 0 to 100; colour: [N, 2] usual a and b there; spread: deviation of a and b from it.
    """

    middle: float
    top: float
    levels: Curve
    colour: Curve
    spread: float

    def at(self, lightness: FloatImage) -> FloatImage:
        """Usual a and b [..., 2] at lightnesses [...]."""
        parts = [np.interp(lightness, self.levels, self.colour[:, k]) for k in range(2)]
        return np.stack(parts, axis=-1).astype(np.float32)


def tones_of(colours: FloatImage) -> Tones:
    """Tones of hair pixels [N, 3] in 0..1, N at least 100; colour fades to grey beyond the lightnesses seen."""
    lab = rgb_to_lab(np.ascontiguousarray(colours[:: max(1, len(colours) // _SAMPLES)])).astype(np.float64)
    lightness = lab[:, 0]
    levels, colour = [], []
    for low in np.arange(0, 100, _STEP):
        chosen = (lightness >= low) & (lightness < low + _STEP)
        if chosen.sum() >= max(12, 0.004 * len(lab)):
            levels.append(float(lightness[chosen].mean()))
            colour.append(np.median(lab[chosen, 1:], axis=0))
    seen = np.array(colour)
    if len(seen) > 2:
        padded = np.concatenate([seen[:1], seen, seen[-1:]])
        seen = 0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:]
    grid = np.concatenate([[0.0], levels, [100.0]])
    curve = np.concatenate([np.zeros((1, 2)), seen, np.zeros((1, 2))])
    usual = np.stack([np.interp(lightness, grid, curve[:, k]) for k in range(2)], axis=-1)
    spread = float(np.median(np.abs(lab[:, 1:] - usual))) * 1.4826 + 0.5
    return Tones(float(np.median(lightness)), max(float(np.percentile(lightness, 99.5)), 1.0), grid, curve, spread)


def without_green(colour: Curve) -> Curve:
    """a and b [N, 2] turned back to yellow where they are greener, unless so colourful that it must be a dye."""
    chroma, hue = np.hypot(colour[:, 0], colour[:, 1]), np.degrees(np.arctan2(colour[:, 1], colour[:, 0]))
    dyed = np.clip((chroma - DYED[0]) / (DYED[1] - DYED[0]), 0, 1)
    span = YELLOWEST - GOLDEN
    natural = np.where((hue > GOLDEN) & (hue < 180), GOLDEN + span * np.tanh((hue - GOLDEN) / (1.4 * span)), hue)
    turned = np.radians(natural + (hue - natural) * dyed)
    return np.stack([chroma * np.cos(turned), chroma * np.sin(turned)], axis=-1)


def lightness_curve(source: Tones, target: Tones) -> tuple[Curve, Curve]:
    """Increasing map of lightness as points (x, y): black to black, median to median, brightest to brightest."""
    top, goal = source.top, max(target.top, target.middle + 4)
    middle = float(np.clip(source.middle, 0.05 * top, 0.95 * top))

    def power(x: Curve | float, exponent: float) -> Curve:
        start = _TOE**exponent
        return ((np.asarray(x, np.float64) + _TOE) ** exponent - start) / ((top + _TOE) ** exponent - start)

    low, high = -4.0, 8.0
    for _ in range(40):
        between = 0.5 * (low + high)
        if float(power(middle, between)) * goal > target.middle:
            low = between
        else:
            high = between
    x = np.linspace(0, top, 64)
    y = goal * power(x, 0.5 * (low + high))
    # What shines brighter than nearly all of the hair keeps a little of that.
    return np.append(x, max(100.0, top + 1)), np.append(y, goal + 0.35 * max(100 - goal, 0.0))


def recolour(
    foreground: FloatImage, alpha: FloatImage, colour: FloatImage, colour_alpha: FloatImage, *, strength: float = 1.0
) -> FloatImage:
    """Give hair [H, W, 3] with alpha [H, W] the colour of other hair [h, w, 3] with its own alpha [h, w].

    Lightness follows one increasing curve from black to the other hair's highlights, so that the strands and their
    shadows stay. Hue and chroma are those that the other hair has at the new lightness, fading to grey towards black
    and white, with part of the own variation between strands.
    """
    core, other = foreground[alpha > 0.9], colour[colour_alpha > 0.9]
    if len(core) < _FEWEST or len(other) < _FEWEST or strength <= 0:
        return foreground
    source, target = tones_of(core), tones_of(other)
    lab = rgb_to_lab(foreground)
    moved = np.empty_like(lab)
    moved[..., 0] = np.interp(lab[..., 0], *lightness_curve(source, target))
    natural = Tones(target.middle, target.top, target.levels, without_green(target.colour), target.spread)
    usual = natural.at(moved[..., 0])
    own = (lab[..., 1:] - source.at(lab[..., 0])) * np.float32(min(1.0, target.spread / source.spread))
    room = 0.5 * np.hypot(usual[..., 0], usual[..., 1]) + 0.5
    own *= np.minimum(1, room / np.maximum(np.hypot(own[..., 0], own[..., 1]), 1e-3))[..., None]
    moved[..., 1:] = _between((usual + own).astype(np.float32), usual)
    return lab_to_rgb((lab + np.float32(strength) * (moved - lab)).astype(np.float32))


def _between(colour: FloatImage, usual: FloatImage) -> FloatImage:
    """a and b [..., 2] without turning further to green than the usual colour does."""
    green = np.maximum(np.minimum(usual[..., 0], 0.03 * usual[..., 1]) - colour[..., 0], 0)
    return np.stack([colour[..., 0] + green, colour[..., 1]], axis=-1)
