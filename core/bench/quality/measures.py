"""The measures (docs/methods/quality.md, Measures) on plain arrays; pictures are [H, W, 3] float32 in 0..1, masks
[H, W]."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000

from core.imaging.arrays import FloatImage, Mask
from core.imaging.colour import luma, rgb_to_lab
from core.imaging.matting import blur, distance_to, erode

EQUAL = 99.0
"""Decibel that stand for equal pictures, so that means stay finite."""
BAND = 2.5
_FEWEST = 50
_MOST = 6000
_DIRECTIONS = 18


class Measure(NamedTuple):
    """What a column means: its title, which way is better ("low", "high", "one", or "" for none), and its section."""

    title: str
    better: str
    section: str = ""


MEASURES: dict[str, Measure] = {
    "q1_max": Measure("largest change outside the edit, levels", "low", "Q1"),
    "q1_mean": Measure("mean change outside the edit, levels", "low", "Q1"),
    "q2_psnr": Measure("PSNR where neither has hair, dB", "high", "Q2"),
    "q2_ssim": Measure("SSIM where neither has hair", "high", "Q2"),
    "q2_features": Measure("feature distance where neither has hair", "low", "Q2"),
    "q3_iou": Measure("hair IoU, result to target", "high", "Q3"),
    "q3_own": Measure("hair IoU, result to where the method itself meant it", "high", "Q3"),
    "q3_boundary": Measure("boundary F, 2 px at 256", "high", "Q3"),
    "q4_colour": Measure("mean relu1_1 to the hair's", "low", "Q4"),
    "q4_ciede": Measure("CIEDE2000 of the mean hair colour", "low", "Q4"),
    "q5_gram": Measure("Gram distance to the hair's", "low", "Q5"),
    "q5_orientation": Measure("distance of strand directions", "low", "Q5"),
    "q6_seam": Measure("sharpness of the hair's outline to the reference's", "one", "Q6"),
    "q6_jump": Measure("gradient jump across the outline to the reference's", "one", "Q6"),
    "q6_step": Measure("CIEDE2000 step across the outline to the reference's", "one", "Q6"),
    "q7_leak": Measure("removed hair that still looks like it", "low", "Q7"),
    "q8_bleed": Measure("Lab change beside the hair", "low", "Q8"),
    "q8_skin": Measure("shift of the skin's mean Lab beside the hair", "low", "Q8"),
    "q8_background": Measure("shift of the background's mean Lab beside the hair", "low", "Q8"),
    "q9_features": Measure("feature distance of the face", "low", "Q9"),
    "q9_landmarks": Measure("shift of the landmarks, % of the eye distance", "low", "Q9"),
    "q10_sharp": Measure("fine detail of the hair to the appearance's", "one", "Q10"),
    "q11_psnr": Measure("PSNR to the truth, dB", "high", "Q11"),
    "q11_ssim": Measure("SSIM to the truth", "high", "Q11"),
    "q11_features": Measure("feature distance to the truth", "low", "Q11"),
    "halo": Measure("lightness of the fringe beyond its matte", "", "further"),
    "ghost": Measure("gradient along the old outline, after to before", "low", "further"),
    "sharp": Measure("fine detail of the hair to the shape's", "one", "further"),
    "generated_iou": Measure("hair IoU of the generator's own picture", "high", "further"),
    "changed": Measure("share of the photo's pixels that changed", "", "further"),
    "wall": Measure("seconds, analysis and mattes not counted", "low", "speed"),
    "first_preview": Measure("seconds to the first preview", "low", "speed"),
    "steps": Measure("optimisation steps", "", "speed"),
    "steps_per_second": Measure("optimisation steps in a second", "high", "speed"),
    "peak_mb": Measure("largest memory of the process so far, MiB", "low", "speed"),
}


def outside_change(before: NDArray[np.unsignedinteger], after: NDArray[np.unsignedinteger], edit: NDArray
                   ) -> tuple[float, float]:
    """Q1: largest and mean absolute difference in levels of pixels [H, W, 3] where edit is exactly 0; 0 if nowhere."""
    apart = np.abs(before.astype(np.int64) - after.astype(np.int64))[edit == 0]
    return (float(apart.max()), float(apart.mean())) if apart.size else (0.0, 0.0)


def masked_psnr(first: FloatImage, second: FloatImage, where: Mask) -> float:
    """PSNR [dB] inside a mask, at most ``EQUAL``; NaN without pixels."""
    if not where.any():
        return float("nan")
    error = float(np.mean((first[where].astype(np.float64) - second[where]) ** 2))
    return EQUAL if error < 1e-10 else min(EQUAL, -10 * float(np.log10(error)))


def ssim_map(first: FloatImage, second: FloatImage) -> FloatImage:
    """Structural similarity [H, W] of the luminance (Wang et al. 2004: Gaussian window, sigma 1.5)."""
    a, b = luma(first), luma(second)

    def mean(values: FloatImage) -> FloatImage:
        return cv2.GaussianBlur(values, (11, 11), 1.5, borderType=cv2.BORDER_REFLECT).astype(np.float32, copy=False)

    mean_a, mean_b = mean(a), mean(b)
    spread_a, spread_b = mean(a * a) - mean_a**2, mean(b * b) - mean_b**2
    together = mean(a * b) - mean_a * mean_b
    top = (2 * mean_a * mean_b + 0.01**2) * (2 * together + 0.03**2)
    return (top / ((mean_a**2 + mean_b**2 + 0.01**2) * (spread_a + spread_b + 0.03**2))).astype(np.float32)


def masked_ssim(first: FloatImage, second: FloatImage, where: Mask) -> float:
    """Mean of ``ssim_map`` inside a mask; NaN without pixels."""
    return float(ssim_map(first, second)[where].mean()) if where.any() else float("nan")


def boundary_f(found: Mask, target: Mask, tolerance: float = 2.0) -> float:
    """Q3: harmonic mean of the shares of either outline that lies within ``tolerance`` pixels of the other.

    1 when both masks have no outline, 0 when only one has.
    """
    lines = [mask & ~_shrunk(mask) for mask in (found, target)]
    if not lines[0].any() or not lines[1].any():
        return float(not lines[0].any() and not lines[1].any())
    precision = float((distance_to(lines[1])[lines[0]] <= tolerance).mean())
    recall = float((distance_to(lines[0])[lines[1]] <= tolerance).mean())
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _shrunk(mask: Mask) -> Mask:
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    return cv2.erode(mask.astype(np.uint8), cross, borderType=cv2.BORDER_CONSTANT, borderValue=1) > 0


def mean_colour_distance(first: FloatImage, first_hair: NDArray, second: FloatImage, second_hair: NDArray) -> float:
    """Q4: CIEDE2000 between the mean Lab colours under two masks (weights); NaN where one is empty."""
    means = []
    for image, weight in ((first, first_hair), (second, second_hair)):
        if weight.sum() < 1e-6:
            return float("nan")
        means.append(np.average(rgb_to_lab(image).reshape(-1, 3), axis=0, weights=weight.reshape(-1)))
    return float(deltaE_ciede2000(means[0], means[1]))


def direction_histogram(image: FloatImage, hair: NDArray) -> NDArray[np.float64]:
    """Shares of strand directions [18] over half a turn under a weight, by the structure tensor (sigma 2 px).

    Every pixel counts by its gradient energy times its coherence; all zero where there is none.
    """
    grey = luma(image)
    gx, gy = (cv2.Sobel(grey, cv2.CV_32F, dx, dy) / 8 for dx, dy in ((1, 0), (0, 1)))
    xx, yy, xy = (cv2.GaussianBlur(value, (0, 0), 2.0) for value in (gx * gx, gy * gy, gx * gy))
    energy = xx + yy
    apart = np.sqrt((xx - yy) ** 2 + 4 * xy**2)
    coherence = np.divide(apart, energy, out=np.zeros_like(apart), where=energy > 1e-12)
    angle = np.mod(0.5 * np.arctan2(2 * xy, xx - yy), np.pi)
    place = np.minimum((angle / np.pi * _DIRECTIONS).astype(int), _DIRECTIONS - 1)
    counts = np.bincount(place.ravel(), (hair * energy * coherence).ravel().astype(np.float64), _DIRECTIONS)
    total = float(counts.sum())
    return (counts / total if total > 1e-12 else counts).astype(np.float64)


def direction_distance(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Q5: half the sum of absolute differences of two histograms, 0 equal to 1 apart; NaN where one is empty."""
    return float(0.5 * np.abs(first - second).sum()) if first.any() and second.any() else float("nan")


def outline(alpha: NDArray, where: Mask) -> tuple[FloatImage, FloatImage]:
    """Points (x, y) [N, 2] on the outline of alpha at 0.5 inside a mask, off the photo's edge, and normals [N, 2]
    that point into the hair; evenly thinned out."""
    solid = alpha > 0.5
    line = solid & ~_shrunk(solid) & where
    margin = int(np.ceil(BAND)) + 2
    line[:margin] = line[-margin:] = False
    line[:, :margin] = line[:, -margin:] = False
    smooth = cv2.GaussianBlur(solid.astype(np.float32), (0, 0), 2.0)
    slope = np.stack([cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)], axis=-1)
    points = np.argwhere(line)[:, ::-1].astype(np.float32)
    points = points[:: max(1, -(-len(points) // _MOST))]
    at = points.astype(int)
    normals = slope[at[:, 1], at[:, 0]]
    length = np.hypot(normals[:, 0], normals[:, 1])
    steep = length > 1e-3
    return points[steep], (normals[steep] / length[steep, None]).astype(np.float32)


def seam_figures(lab: FloatImage, alpha: NDArray, where: Mask) -> tuple[float, float] | None:
    """Q6: mean gradient jump and mean CIEDE2000 step across the outline of alpha inside a mask, 5 px wide.

    The jump of a point is the largest change of the Lab gradient from one pixel to the next on the normal; its step
    is the difference of the band's two ends. None where there is hardly an outline.
    """
    points, normals = outline(alpha, where)
    if len(points) < _FEWEST:
        return None
    offsets = np.arange(-BAND, BAND + 0.5, 1.0, dtype=np.float32)
    x = points[:, :1] + normals[:, :1] * offsets
    y = points[:, 1:] + normals[:, 1:] * offsets
    values = cv2.remap(lab, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    jump = np.linalg.norm(np.diff(values, n=2, axis=1), axis=2).max(axis=1)
    step = deltaE_ciede2000(values[:, 0], values[:, -1])
    return float(jump.mean()), float(np.mean(step))


def mean_shift(before: FloatImage, after: FloatImage, where: Mask) -> float:
    """Q8: distance of the mean Lab colours of two Lab pictures inside a mask; NaN with hardly a pixel."""
    if where.sum() < _FEWEST:
        return float("nan")
    return float(np.linalg.norm(after[where].mean(axis=0) - before[where].mean(axis=0)))


def fine_energy(image: FloatImage, hair: NDArray) -> float:
    """Q10: mean square of what a blur of 1.5 px takes away, well inside the hair; NaN with hardly a pixel."""
    core = erode(hair > 0.95, 3)
    if core.sum() < _FEWEST:
        return float("nan")
    grey = luma(image)
    return float(((grey - blur(grey, 1.5))[core] ** 2).mean())
