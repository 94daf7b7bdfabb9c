"""Hair that the reference photo's frame cuts off: a grown crown at the top, cut ends at the bottom and the sides."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from core.compositing.placing.fit import Fit
from core.compositing.reading.mattes import Matte
from core.document.geometry import Rect
from core.faces.frame import FaceFrame
from core.imaging.arrays import FloatImage
from core.imaging.colour import luma
from core.imaging.matting import blur
from core.imaging.ramps import smoothstep
from core.imaging.warp import prefilter, resample

COMPRESSION = 0.55
"""Rows of a grown crown per mirrored row: the hair above a cut is less than what lies below it."""
HAIR_TOP = 1.42
"""Usual height of the top of the hair along the face axis (0 chin, 1 forehead top)."""
CROWN_ROUND, CROWN_TALL = 2.2, (0.42, 0.7)
"""Exponent of the crown's outline, and its least and most height in half widths of the cut."""
END_LENGTH, END_START, END_RAGGED, END_SOFT = 0.22, 0.35, 0.3, 0.25
"""Length of new strand ends in face heights; in lengths: where they begin, how much they differ, how soft they are."""
NEARLY_OUT = 0.2
"""Distance from the picture's border, in face heights, over which hair goes on out of it instead of ending."""
LEAST_CUT = 0.06
"""Width in face heights from which hair at the top edge counts as cut."""
SEED = 20


@dataclass(frozen=True, eq=False)
class CompletedMatte:
    """A reference matte whose cut edges were treated.

    Attributes:
        matte: taller than the photo where a crown was added (its rectangle then starts above row 0).
        invented: [h, w] float32 of the matte's size: 1 where hair was made up or cut to a new end.
        warnings: for the user.
    """

    matte: Matte
    invented: FloatImage
    warnings: tuple[str, ...] = ()


def strand_noise(length: int, fh: float) -> FloatImage:
    """Smooth noise [length] of about 0..1 for strand ends: two widths, 3 and 12 px at a 500 px face."""
    generator = np.random.default_rng(SEED)
    total = np.zeros(length, np.float32)
    for sigma, weight in ((3.0, 0.5), (12.0, 0.5)):
        white = generator.standard_normal((1, length)).astype(np.float32)
        line = blur(np.repeat(white, 3, axis=0), max(0.6, sigma * fh / 500))[1]
        total += weight * line / max(float(line.std()), 1e-6)
    return np.clip(0.5 + 0.35 * total, 0, 1)


def _runs(line: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Half-open runs of True in a line."""
    steps = np.flatnonzero(np.diff(np.concatenate([[False], line, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(steps[::2], steps[1::2], strict=True)]


def _height_of_edge(matte: Matte, frame: FaceFrame, column: float) -> float:
    """Height along the face axis (1 = forehead top) where the photo's top edge cuts the hair."""
    return float(frame.coordinates(np.array([[matte.rect.x0 + column, 0.0]]))[0, 1])


def _cut_depth(alpha: FloatImage, first: int, last: int, frame: FaceFrame) -> FloatImage:
    """Rows of hair below the top edge per column [w], smoothed; columns outside the cut take the nearest value."""
    hair = alpha > 0.5
    depth = np.where(hair.all(axis=0), hair.shape[0], np.argmin(hair, axis=0)).astype(np.float32)
    depth = np.minimum(depth, 0.6 * frame.height)
    depth[:first], depth[last:] = depth[first], depth[last - 1]
    depth = np.maximum(depth, max(0.25 * float(depth[first:last].max()), 4.0))
    return blur(np.repeat(depth[None], 3, axis=0), 0.04 * frame.height)[1]


def strand_slopes(foreground: FloatImage, alpha: FloatImage, fh: float) -> FloatImage:
    """Slope dx/dy of the strands at the top edge per column [w], -1..1, from the structure tensor of a 0.1 fh band."""
    rows = max(4, min(int(0.10 * fh), alpha.shape[0]))
    grey = luma(foreground[:rows]) * alpha[:rows]
    gx, gy = cv2.Scharr(grey, cv2.CV_32F, 1, 0), cv2.Scharr(grey, cv2.CV_32F, 0, 1)
    xx, xy, yy = ((a * b).mean(axis=0) for a, b in ((gx, gx), (gx, gy), (gy, gy)))
    lines = np.stack([xx, xy, yy]).astype(np.float32)
    xx, xy, yy = (blur(np.repeat(line[None], 3, axis=0), 0.05 * fh)[1] for line in lines)
    # The strand runs across the strongest gradient.
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    across_x, across_y = np.cos(angle), np.sin(angle)
    steep = np.where(np.abs(across_x) > 0.4, -across_y / np.where(np.abs(across_x) > 0.4, across_x, 1), 0)
    return np.clip(steep, -1, 1).astype(np.float32)


def grow_crown(matte: Matte, frame: FaceFrame) -> CompletedMatte:
    """Continue hair cut by the photo's top by its own reflection, compressed, under a rounded outline.

    Outline 1 - |x/hw|^2.2 - (y/h)^2 > 0, x from the middle of the cut and hw half its width
    (docs/compositing.md, Cut ends); its height h reaches the usual top of hair, 0.42 to 0.7 hw.
    """
    clear = CompletedMatte(matte, np.zeros_like(matte.alpha))
    if matte.rect.y0 > 0:
        return clear
    runs = [run for run in _runs(matte.alpha[0] > 0.5) if run[1] - run[0] > LEAST_CUT * frame.height]
    if not runs:
        return clear
    first, last = min(run[0] for run in runs), max(run[1] for run in runs)
    half = (last - first) / 2
    # A cut that reaches the photo's side is narrower than the head: the outline then uses the head's own width.
    half = max(half, 0.3 * frame.height) if first == 0 or last == matte.alpha.shape[1] else half
    middle = (first + last) / 2
    missing = (HAIR_TOP - _height_of_edge(matte, frame, middle)) * frame.height
    tall = float(np.clip(missing, CROWN_TALL[0] * half, CROWN_TALL[1] * half))
    pad = int(np.ceil(tall)) + 2
    width = matte.alpha.shape[1]
    y = np.arange(pad, 0, -1, dtype=np.float32)[:, None]
    x = np.arange(width, dtype=np.float32)[None, :]
    noise = strand_noise(width, frame.height)[None, :] - 0.5
    rough = 0.012 * frame.height * noise
    outline = 1 - np.abs((x - middle) / half) ** CROWN_ROUND - (np.maximum(y + rough, 0) / tall) ** 2
    cap = smoothstep(outline / 0.10)
    edge = blur(np.repeat(matte.alpha[:1], 3, axis=0), max(0.004 * frame.height, 0.5))[1]
    cap *= np.clip(edge + y / (0.1 * frame.height), 0, 1)
    # Strands run towards the parting as the outline closes; mirrored straight up they would show a fold.
    narrow = np.maximum(np.maximum(1 - (y / tall) ** 2, 0) ** (1 / CROWN_ROUND), 0.55)
    slope = strand_slopes(matte.foreground, matte.alpha, frame.height)[None, :]
    shifted = (x - middle) / narrow + slope * (y + y / COMPRESSION) * np.exp(-y / (0.5 * tall)) + 0.06 * y * noise
    # Beyond the cut's ends the strands are mirrored: a repeated last column would show as lines.
    span = max(last - 1 - first, 1)
    map_x = first + span - np.abs(span - np.mod(middle + shifted - first, 2 * span))
    deep = 0.85 * _cut_depth(matte.alpha, first, last, frame)
    map_x = map_x.astype(np.float32)
    limit = np.interp(map_x.ravel(), np.arange(width), deep).reshape(map_x.shape)
    map_y = (limit - np.abs(limit - np.mod(y / COMPRESSION, 2 * limit))).astype(np.float32)
    colour = np.clip(resample(prefilter(matte.foreground, 1 / COMPRESSION), map_x, map_y), 0, 1)
    rect = Rect(matte.rect.x0, -pad, matte.rect.x1, matte.rect.y1)
    alpha, foreground = np.concatenate([cap, matte.alpha]), np.concatenate([colour, matte.foreground])
    grown = replace(matte, rect=rect, alpha=alpha, foreground=foreground)
    invented = np.concatenate([(cap > 0.02).astype(np.float32), np.zeros_like(matte.alpha)])
    note = "The top of the reference's hair is outside its photo; it was continued by reflection."
    return CompletedMatte(grown, invented, (note,))


def _distance_to_frame(edge: str, matte: Matte, fit: Fit, width: int, height: int) -> float:
    """How far in identity pixels the hair cut by this reference edge ends inside the identity's picture.

    0 when the edge cuts no hair to speak of, or lies outside the picture.
    """
    alpha, rect = matte.alpha, matte.rect
    own_width, own_height = matte.size
    if edge == "bottom" and rect.y1 >= own_height:
        at = np.flatnonzero(alpha[-1] > 0.5)
        points = np.stack([at + rect.x0, np.full(len(at), own_height - 1)], axis=1)
    elif edge == "left" and rect.x0 <= 0:
        at = np.flatnonzero(alpha[:, 0] > 0.5)
        points = np.stack([np.zeros(len(at)), at + rect.y0], axis=1)
    elif edge == "right" and rect.x1 >= own_width:
        at = np.flatnonzero(alpha[:, -1] > 0.5)
        points = np.stack([np.full(len(at), own_width - 1), at + rect.y0], axis=1)
    else:
        return 0.0
    if not len(points):
        return 0.0
    here = fit.to_identity(points[:: max(1, len(points) // 200)].astype(np.float64))
    inside = ((here > 0) & (here < np.array([width, height]) - 1)).all(axis=1)
    if float(inside.mean()) * len(points) < 0.04 * fit.frame.height / fit.scale:
        return 0.0
    across = {"bottom": height - 1 - here[:, 1], "left": here[:, 0], "right": width - 1 - here[:, 0]}[edge]
    return float(np.percentile(across[inside], 90))


def reach_frame(completed: CompletedMatte, edge: str, pixels: int) -> CompletedMatte:
    """Continue the hair by reflection for ``pixels`` reference pixels beyond an edge, so that it leaves the picture."""
    matte = completed.matte
    rect = matte.rect
    side = {"bottom": ((0, pixels), (0, 0)), "left": ((0, 0), (pixels, 0)), "right": ((0, 0), (0, pixels))}[edge]
    grown = Rect(rect.x0 - side[1][0], rect.y0, rect.x1 + side[1][1], rect.y1 + side[0][1])
    alpha = np.pad(matte.alpha, side, mode="symmetric")
    foreground = np.pad(matte.foreground, (*side, (0, 0)), mode="symmetric")
    made = np.pad(np.zeros_like(matte.alpha), side, constant_values=1) * (alpha > 0.02)
    invented = np.maximum(np.pad(completed.invented, side), made)
    return CompletedMatte(replace(matte, rect=grown, alpha=alpha, foreground=foreground), invented, completed.warnings)


def _depth(alpha: FloatImage, edge: str) -> float:
    """How deep in pixels the hair that an edge cuts reaches into the photo (the deeper quarter of the cut)."""
    lines = {"bottom": alpha[::-1].T, "left": alpha, "right": alpha[:, ::-1]}[edge]
    hair = lines[lines[:, 0] > 0.5] > 0.5
    if not len(hair):
        return 0.0
    ends = np.where(hair.all(axis=1), hair.shape[1], np.argmin(hair, axis=1))
    return max(float(np.percentile(ends, 75)), 4.0)


def finish_ends(completed: CompletedMatte, frame: FaceFrame, fit: Fit, width: int, height: int) -> CompletedMatte:
    """Deal with hair that the reference's sides or bottom cut off inside the identity's picture (width x height).

    Nearly at the picture's own border (within 0.2 fh) it is continued out of the picture; else it ends in strands
    (``taper``). Edges that fall outside the picture are left alone: there the hair simply leaves the frame.
    """
    short = []
    for edge in ("bottom", "left", "right"):
        gap = _distance_to_frame(edge, completed.matte, fit, width, height)
        if gap <= 0:
            continue
        if gap < NEARLY_OUT * fit.frame.height:
            completed = reach_frame(completed, edge, int(np.ceil(gap / fit.scale)) + 3)
        else:
            completed = taper(completed, edge, frame.height)
            short.append(edge)
    if not short:
        return completed
    text = (f"The reference's hair is cut off at its {' and '.join(short)} edge; "
            "it was given new ends and is shorter than in the photo.")
    return replace(completed, warnings=(*completed.warnings, text))


def taper(completed: CompletedMatte, edge: str, fh: float) -> CompletedMatte:
    """Let hair cut by an edge ("bottom", "left", "right") end in strands; fh is the face height in reference pixels.

    k = clip((d/(0.22 fh) - 0.35 - 0.3 n)/0.25), alpha x smoothstep(k), n strand noise, d distance from the edge
    (docs/compositing.md, Cut ends); shorter where the cut hair is a narrow strip, of which at most half may go.
    """
    alpha = completed.matte.alpha
    rows, columns = alpha.shape
    noise = strand_noise(columns if edge == "bottom" else rows, fh)
    depth = np.arange(rows if edge == "bottom" else columns, dtype=np.float32)
    distance = depth if edge == "left" else depth[::-1]
    length = min(END_LENGTH * fh, 0.5 * _depth(alpha, edge))
    line, strand = (distance[:, None], noise[None, :]) if edge == "bottom" else (distance[None, :], noise[:, None])
    kept = smoothstep((line / length - END_START - END_RAGGED * strand) / END_SOFT)
    touched = (line < 1.1 * length).astype(np.float32) * (alpha > 0.02)
    return replace(
        completed, matte=replace(completed.matte, alpha=alpha * kept), invented=np.maximum(completed.invented, touched))
