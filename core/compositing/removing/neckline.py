"""Where the neck's sides run: seen edges are continued upwards, tapering, until they meet the jaw."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.compositing.removing.scene import Scene
from core.faces.face import Region
from core.imaging.arrays import FloatImage, Mask

LOWEST, HIGHEST, STEP = -0.6, 0.4, 0.02
"""Heights t between which an outline is made, and the height of its rows, in face heights."""
_ROWS = round((HIGHEST - LOWEST) / STEP)
_SEEN_TO = 0.2
"""Height up to which skin beside the face is taken for neck, not for cheek or ear."""
_TAPER = (0.12, 0.45)
"""Least and most width that a side loses per height above the seen neck."""


def neck_across(scene: Scene) -> FloatImage:
    """Signed distance from the neck's axis in face heights: it leaves the chin half-way between face axis and plumb."""
    lean = float(np.clip(scene.frame.up[0], -0.5, 0.5))
    return (scene.side - 0.5 * lean * np.minimum(scene.t, 0.0)).astype(np.float32)


def jaw_line(scene: Scene) -> FloatImage:
    """Height t [H, W] of the face outline's lower side above or below each pixel; ``LOWEST`` beside the face."""
    reach, width = 0.8, 0.01
    bins = round(2 * reach / width)
    index = np.clip((scene.side + reach) / width, 0, bins - 1).astype(np.int64)
    line = np.full(bins, np.inf, np.float32)
    np.minimum.at(line, index[scene.oval], scene.t[scene.oval])
    return np.where(np.isfinite(line), line, LOWEST)[index].astype(np.float32)


def neck_half_widths(scene: Scene, old_zone: Mask, usual: float) -> tuple[FloatImage, FloatImage]:
    """Half width of the neck towards negative and positive ``neck_across`` at each pixel's height: two maps [H, W].

    Args:
        old_zone: [H, W] bool, what old hair touches: it hides the neck's edge.
        usual: half width of an ordinary neck, the least that is assumed, in face heights.
    """
    across = neck_across(scene)
    skin = (scene.regions == Region.SKIN) & ~old_zone & ~scene.oval & (np.abs(across) < 0.5)
    skin &= (scene.t > LOWEST) & (scene.t < np.maximum(jaw_line(scene), 0.02))
    place = np.clip((scene.t - LOWEST) / STEP, 0, _ROWS - 1e-3)
    index = place.astype(np.int64)
    maps = []
    for sign in (-1, 1):
        chosen = skin & (across * sign > 0)
        seen = np.zeros(_ROWS, np.float32)
        np.maximum.at(seen, index[chosen], np.abs(across[chosen]))
        jaw = scene.oval & (across * sign > 0) & (scene.t < 0.35)
        limit = float(np.abs(across[jaw]).max()) if jaw.any() else usual
        outline = continued_outline(seen, usual, limit)
        heights = np.arange(_ROWS) + 0.5
        maps.append(np.interp(place.ravel(), heights, outline).reshape(place.shape).astype(np.float32))
    return maps[0], maps[1]


def continued_outline(seen: NDArray[np.float32], usual: float, limit: float) -> NDArray[np.float32]:
    """Half widths of one side of the neck by row, upwards from ``LOWEST`` in steps of ``STEP``: never wider further up.

    Args:
        seen: [N] how far the neck is seen to reach; 0 = not at all. Hair may hide more of it.
        usual: the least half width assumed below the chin.
        limit: half width of the jaw, inside which the neck has to end.
    """
    heights = LOWEST + STEP * (np.arange(seen.size) + 0.5)
    top = _last_seen(seen, heights, usual)
    shown = np.where(np.arange(seen.size) <= top, seen, 0)
    least = np.maximum.accumulate(shown[::-1])[::-1]
    wide = np.maximum(least, usual).astype(np.float32)
    wide[top + 1 :] = wide[top]
    wide = cv2.GaussianBlur(wide[None].astype(np.float32), (0, 0), 1.5, borderType=cv2.BORDER_REPLICATE)[0]
    first = max(0, top - 8)
    lost = (wide[first] - wide[top]) / (STEP * max(top - first, 1))
    wide -= np.clip(lost, *_TAPER) * np.maximum(heights - heights[top], 0)
    room = limit - 0.02 + 1.2 * np.maximum(0.06 - heights, 0)
    return np.maximum.accumulate(np.minimum(wide, room)[::-1])[::-1].astype(np.float32)


def _last_seen(seen: NDArray[np.float32], heights: NDArray[np.floating], usual: float) -> int:
    """The highest row up to which what is seen belongs to the neck: it neither breaks off nor widens to a cheek."""
    top = int(np.searchsorted(heights, -0.1))
    widest = float(max(usual, seen[max(0, top - 3) : top + 1].max()))
    for row in range(top + 1, seen.size):
        if heights[row] > _SEEN_TO or not 0.8 * usual < seen[row] < widest + 0.03:
            break
        top, widest = row, max(widest, float(seen[row]))
    return top
