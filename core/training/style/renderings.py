"""Photographs drawn over as paintings, sketches and prints: styles whose motif is a picture, not a pattern."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from core.training.style.drawings import (
    Picture,
    Random,
    brush_strokes,
    cells,
    colour_by,
    edges_of,
    flow,
    noise,
    over,
    palette,
    ramp,
    smear,
)

Render = Callable[[Random, Picture], Picture]
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def grey(photo: Picture) -> Picture:
    """Luma [S, S] of a picture, stretched to 0..1."""
    values = cv2.GaussianBlur(photo @ _LUMA, (0, 0), 0.7)
    low, high = np.percentile(values, (2, 98))
    return np.clip((values - low) / max(float(high - low), 1e-3), 0, 1).astype(np.float32)


def recoloured(random: Random, photo: Picture) -> Picture:
    """A photo with a painter's colours: its own pushed, those of a palette by lightness, or a mixture."""
    pushed = np.clip(0.5 + (photo - 0.5) * random.uniform(0.8, 1.6) + random.normal(0, 0.08, 3), 0, 1)
    mean = pushed.mean(-1, keepdims=True)
    pushed = np.clip(mean + (pushed - mean) * random.uniform(0.5, 2.8), 0, 1)
    if random.random() < 0.25:
        pushed = pushed[..., random.permutation(3)]
    mapped = ramp(grey(photo), palette(random))
    share = random.choice([0.0, 0.4, 0.8, 1.0])
    return (pushed + (mapped - pushed) * share).astype(np.float32)


def _along_edges(photo: Picture) -> Picture:
    """Directions [S, S] along the edges of a photo, smooth where it has none."""
    values = cv2.GaussianBlur(photo @ _LUMA, (0, 0), 2)
    across, down = cv2.Sobel(values, cv2.CV_32F, 1, 0), cv2.Sobel(values, cv2.CV_32F, 0, 1)
    doubled = cv2.GaussianBlur(np.stack([across**2 - down**2, 2 * across * down], -1), (0, 0), 5)
    return (0.5 * np.arctan2(doubled[..., 1], doubled[..., 0]) + np.pi / 2).astype(np.float32)


def oil(random: Random, photo: Picture) -> Picture:
    """Thick strokes along the forms."""
    base = cv2.GaussianBlur(recoloured(random, photo), (0, 0), random.uniform(0.5, 3))
    angles = _along_edges(photo) if random.random() < 0.7 else flow(random, photo.shape[0])
    made = brush_strokes(random, photo.shape[0], base, angles, random.uniform(5, 13))
    if random.random() < 0.6:
        finer = brush_strokes(random, photo.shape[0], 0.5 * base + 0.5 * made, angles, random.uniform(2, 4))
        made = 0.4 * made + 0.6 * finer
    return made


def pencil(random: Random, photo: Picture) -> Picture:
    """Graphite, chalk or ink lines on paper, shaded by hatching."""
    values, side = grey(photo), photo.shape[0]
    line = np.clip(values / np.maximum(cv2.GaussianBlur(values, (0, 0), random.uniform(2, 5)), 0.05), 0, 1)
    line = np.clip((line - 0.75) / 0.25, 0, 1)
    grain = smear(random.random((side, side)).astype(np.float32),
                  np.full((side, side), random.uniform(0.4, 2.6), np.float32), int(random.integers(4, 18)))
    grain = (grain - grain.mean()) / max(float(grain.std()), 1e-6)
    shade = np.clip(values * random.uniform(0.9, 1.4) + 0.25 + random.uniform(0.08, 0.25) * grain, 0, 1)
    ink = 1 - np.minimum(line, shade if random.random() < 0.75 else 1)
    colours = palette(random, 2)
    paper = np.clip(colours[1] * 0.4 + 0.6, 0, 1) if random.random() < 0.7 else colours[0]
    pen = colours[0] * 0.5 if paper.mean() > 0.5 else np.clip(colours[1] * 0.5 + 0.5, 0, 1)
    return over(np.broadcast_to(paper, photo.shape).astype(np.float32), pen, ink)


def wash(random: Random, photo: Picture) -> Picture:
    """Watercolour: flat patches with dark rims, bleeding on paper."""
    base, side = recoloured(random, photo), photo.shape[0]
    for _ in range(2):
        base = cv2.bilateralFilter(base, 7, 0.15, 5)
    grid_y, grid_x = np.mgrid[:side, :side].astype(np.float32)
    shift = 6 * (np.stack([noise(random, side, 12, 3), noise(random, side, 12, 3)]) - 0.5)
    base = cv2.remap(base, grid_x + shift[0], grid_y + shift[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    rim = np.clip(cv2.GaussianBlur(base, (0, 0), 2) - base, 0, 1)
    base = base - rim * random.uniform(0.5, 2) + 0.25 * (1 - base) * noise(random, side, 40, 3)[..., None]
    return np.clip(base + 0.08 * (noise(random, side, 3, 2) - 0.5)[..., None], 0, 1)


def flat(random: Random, photo: Picture) -> Picture:
    """Poster, screen print or comic: a few flat colours, with or without outlines."""
    values = cv2.GaussianBlur(grey(photo), (0, 0), random.uniform(0.7, 2))
    colours = palette(random)
    labels = np.minimum((values * len(colours)).astype(np.int32), len(colours) - 1)
    picture = cv2.GaussianBlur(colours[labels], (3, 3), 0)
    return over(picture, np.zeros(3, np.float32), edges_of(labels, 2)) if random.random() < 0.4 else picture


def points(random: Random, photo: Picture) -> Picture:
    """Pointillism: dots of pure colour side by side."""
    base, side = recoloured(random, photo), photo.shape[0]
    canvas = np.broadcast_to(base.mean((0, 1)) * 0.5 + 0.4, photo.shape).astype(np.float32).copy()
    size, spread = random.uniform(1.2, 4), random.uniform(0.08, 0.25)
    places = random.integers(0, side, (int(min(5000, 1.3 * side * side / size**2 / 3)), 2))
    for (x, y), shift in zip(places, random.normal(0, spread, (len(places), 3)), strict=True):
        colour = tuple(map(float, np.clip(base[y, x] + shift, 0, 1)))
        cv2.circle(canvas, (int(x * 8), int(y * 8)), int(size * 8), colour, -1, cv2.LINE_AA, 3)
    return canvas


def tesserae(random: Random, photo: Picture) -> Picture:
    """A mosaic or a leaded window of the photo."""
    labels, _ = cells(random, photo.shape[0], random.uniform(4, 13), random.uniform(0.3, 1.0))
    picture = colour_by(labels, recoloured(random, photo))
    picture = np.clip(picture + random.normal(0, 0.05, (int(labels.max()) + 1, 3)).astype(np.float32)[labels], 0, 1)
    return over(picture, palette(random, 2)[int(random.integers(2))], edges_of(labels, int(random.integers(1, 3))))


def engraving(random: Random, photo: Picture) -> Picture:
    """Lines or dots that swell where it is dark."""
    values, side = grey(photo), photo.shape[0]
    grid_y, grid_x = np.mgrid[:side, :side].astype(np.float32)
    angle, step = random.random() * np.pi, random.uniform(3, 8)
    phase = (grid_x * np.cos(angle) + grid_y * np.sin(angle)) * 2 * np.pi / step + 6 * values * random.random()
    screen = 0.5 + 0.5 * np.sin(phase)
    if random.random() < 0.5:
        other = (grid_y * np.cos(angle) - grid_x * np.sin(angle)) * 2 * np.pi / step
        screen = 0.5 + 0.25 * (np.sin(phase) + np.sin(other))
    ink = np.clip((screen - values * random.uniform(0.9, 1.2)) * 5, 0, 1)
    colours = palette(random, 2)
    ground = np.broadcast_to(colours[1], photo.shape) if random.random() < 0.6 else recoloured(random, photo)
    return over(ground.astype(np.float32), colours[0] * np.float32(0.6), ink)


def pastel(random: Random, photo: Picture) -> Picture:
    """Chalk or charcoal: grain of the paper, soft streaks."""
    base, side = recoloured(random, photo), photo.shape[0]
    streaks = smear(random.random((side, side)).astype(np.float32), flow(random, side), 10)
    streaks = (streaks - streaks.mean()) / max(float(streaks.std()), 1e-6)
    paper = noise(random, side, random.uniform(2, 4)) - 0.5
    soft = cv2.GaussianBlur(base, (0, 0), random.uniform(0.8, 2.5))
    made = soft + (random.uniform(0.04, 0.15) * streaks + random.uniform(0.1, 0.4) * paper)[..., None]
    return np.clip(made, 0, 1).astype(np.float32)


def combed(random: Random, photo: Picture) -> Picture:
    """Wet paint drawn out along the forms."""
    base = recoloured(random, photo) + random.normal(0, 0.12, photo.shape).astype(np.float32)
    return np.clip(smear(base.astype(np.float32), _along_edges(photo), int(random.integers(6, 24))), 0, 1)


RENDERINGS: tuple[Render, ...] = (oil, oil, pencil, wash, flat, points, tesserae, engraving, pastel, combed)
"""Every way to draw over a photo; oil counts twice."""
