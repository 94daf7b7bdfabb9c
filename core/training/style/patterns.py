"""More drawn styles: flat, graphic, flowing and noisy ones (see ``core.training.style.drawings``)."""

from __future__ import annotations

import cv2
import numpy as np

from core.training.style.drawings import (
    Draw,
    Picture,
    Random,
    brush_strokes,
    cells,
    edges_of,
    fabric,
    flow,
    hatching,
    marble,
    mosaic,
    noise,
    over,
    palette,
    ramp,
    relief,
    smear,
    stipple,
    strokes,
    watercolour,
    wood,
)


def poster(random: Random, side: int) -> Picture:
    """Flat areas of colour, sometimes with a line around them."""
    values = noise(random, side, side * random.uniform(0.15, 0.8), int(random.integers(1, 4)))
    colours = palette(random)[random.permutation(3)] if random.random() < 0.4 else palette(random)
    labels = np.minimum((values * len(colours)).astype(np.int32), len(colours) - 1)
    picture = cv2.GaussianBlur(colours[labels], (3, 3), 0)
    if random.random() < 0.5:
        picture = over(picture, palette(random, 2)[0] * np.float32(0.3), edges_of(labels, int(random.integers(2, 5))))
    return picture


def turing(random: Random, side: int) -> Picture:
    """Spots, stripes and labyrinths: noise of one wavelength, sharpened."""
    field = random.normal(0, 1, (side, side)).astype(np.float32)
    size = random.uniform(1.5, 6)
    stretch = size * random.choice([1.0, 1.0, 2.5])
    for _ in range(3):
        fine = cv2.GaussianBlur(field, (0, 0), size, sigmaY=stretch)
        field = fine - cv2.GaussianBlur(field, (0, 0), 1.7 * size, sigmaY=1.7 * stretch)
        field = np.tanh(3 * field / max(float(field.std()), 1e-6))
    picture = ramp(0.5 + 0.5 * field, palette(random, int(random.integers(2, 5))))
    return np.ascontiguousarray(picture.transpose(1, 0, 2)) if random.random() < 0.5 else picture


def splatter(random: Random, side: int) -> Picture:
    """Dripped and thrown paint."""
    colours = palette(random)
    canvas = np.broadcast_to(colours[int(random.integers(len(colours)))], (side, side, 3)).astype(np.float32).copy()
    for _ in range(int(random.integers(25, 90))):
        colour = tuple(map(float, colours[int(random.integers(len(colours)))]))
        if random.random() < 0.5:
            turns = np.cumsum(random.normal(0, 0.35, 40)) + random.random() * 6.3
            steps = np.stack([np.cos(turns), np.sin(turns)], -1) * random.uniform(2, 6)
            points = np.cumsum(steps, 0) + random.random(2) * side
            cv2.polylines(canvas, [points.astype(np.int32).reshape(-1, 1, 2)], False, colour,
                          int(random.integers(1, 4)), cv2.LINE_AA)
        else:
            centre = random.random(2) * side
            for _ in range(12):
                place = centre + random.normal(0, side * 0.08, 2)
                cv2.circle(canvas, (int(place[0]), int(place[1])), int(random.integers(1, 5)), colour, -1, cv2.LINE_AA)
    return canvas


def facets(random: Random, side: int) -> Picture:
    """Overlapping planes with gradients, as cubists broke up a view."""
    colours = palette(random, 6)
    canvas = np.broadcast_to(colours[2], (side, side, 3)).astype(np.float32).copy()
    for _ in range(int(random.integers(14, 40))):
        corners = random.random((int(random.integers(3, 5)), 2)) * side * random.uniform(0.2, 0.6)
        corners = corners + random.random(2) * side - side * 0.2
        shape = np.zeros((side, side), np.float32)
        cv2.fillConvexPoly(shape, cv2.convexHull(corners.astype(np.int32)), 1.0, cv2.LINE_AA)
        slope = np.linspace(random.uniform(0.3, 1), random.uniform(0.3, 1), side, dtype=np.float32)
        gradient = slope[None] if random.random() < 0.5 else slope[:, None]
        canvas = over(canvas, colours[int(random.integers(6))], shape * gradient)
    return canvas


def clouds(random: Random, side: int) -> Picture:
    """Soft pastel haze, with or without grain."""
    picture = ramp(noise(random, side, side * random.uniform(0.3, 1.0), int(random.integers(1, 6))), palette(random))
    grain = random.normal(0, random.uniform(0, 0.08), (side, side, 1))
    return np.clip(picture + grain, 0, 1).astype(np.float32)


def strands(random: Random, side: int) -> Picture:
    """Fine combed lines: hair, fur, dry brush, brushed metal."""
    angles = flow(random, side)
    lines = smear(random.random((side, side)).astype(np.float32), angles, int(random.integers(12, 40)))
    lines = np.clip(0.5 + (lines - lines.mean()) / max(float(lines.std()), 1e-6) * random.uniform(0.1, 0.3), 0, 1)
    light = noise(random, side, side * 0.4, 2)
    return ramp(np.clip(lines * 0.7 + 0.3 * light, 0, 1), palette(random, int(random.integers(2, 6))))


def whirls(random: Random, side: int) -> Picture:
    """Streaming strokes around eddies."""
    field = noise(random, side, side * random.uniform(0.3, 0.7), 2)
    down, across = cv2.Sobel(field, cv2.CV_32F, 0, 1, ksize=5), cv2.Sobel(field, cv2.CV_32F, 1, 0, ksize=5)
    angles = np.arctan2(-across, down).astype(np.float32)
    base = ramp((field * random.uniform(1, 4)) % 1.0, palette(random))
    made = brush_strokes(random, side, base, angles, random.uniform(3, 8))
    return smear(made, angles, int(random.integers(4, 14))) if random.random() < 0.5 else made


def waves(random: Random, side: int) -> Picture:
    """Rows of arcs, scales and ripples."""
    step = float(random.uniform(10, 32))
    grid_y, grid_x = np.mgrid[:side, :side].astype(np.float32)
    values = np.zeros((side, side), np.float32)
    for row in range(-1, int(side / step * 2) + 2):
        centre = (grid_x + (row % 2) * step / 2) % step - step / 2
        away = np.hypot(centre, grid_y - row * step / 2) / (step / 2)
        values = np.where(away < 1, (away * 3) % 1.0 * 0.5 + 0.5 * away, values)
    picture = ramp(values, palette(random))
    return np.clip(picture + 0.1 * (noise(random, side, 3) - 0.5)[..., None], 0, 1)


def halftone(random: Random, side: int) -> Picture:
    """A printer's screen of dots, one or two inks."""
    tone = noise(random, side, side * 0.5, 2)
    colours = palette(random, 4)
    picture = np.broadcast_to(colours[-1], (side, side, 3)).astype(np.float32)
    grid_y, grid_x = np.mgrid[:side, :side].astype(np.float32)
    for ink in range(int(random.integers(1, 4))):
        angle, step = random.random() * np.pi, random.uniform(3, 10)
        u = (grid_x * np.cos(angle) + grid_y * np.sin(angle)) * np.pi / step
        v = (grid_y * np.cos(angle) - grid_x * np.sin(angle)) * np.pi / step
        dots = np.clip((0.5 + 0.25 * (np.cos(u * 2) + np.cos(v * 2)) - tone) * 6, 0, 1)
        picture = picture * (1 - dots[..., None] * (1 - colours[ink]))
        tone = np.roll(tone, side // 3, axis=1)
    return picture.astype(np.float32)


def maze(random: Random, side: int) -> Picture:
    """Quarter arcs on a grid, tiles laid at random."""
    step = int(random.integers(10, 28))
    lines = np.zeros((side + step, side + step), np.float32)
    width = int(random.integers(1, max(2, step // 3)))
    for y in range(0, side + step, step):
        for x in range(0, side + step, step):
            ends = [((x, y), (x + step, y + step)), ((x + step, y), (x, y + step))][int(random.integers(2))]
            for end in ends:
                cv2.circle(lines, end, step // 2, 1.0, width, cv2.LINE_AA)
    colours = palette(random)
    ground = ramp(noise(random, side, side * 0.5), colours[1:] if len(colours) > 2 else colours)
    return over(ground, colours[0], lines[:side, :side])


def crystal(random: Random, side: int) -> Picture:
    """Shards, each shaded by the distance from its middle, with cracks."""
    labels, away = cells(random, side, random.uniform(14, 40))
    away = away / max(float(away.max()), 1e-6)
    shift = random.random(int(labels.max()) + 1).astype(np.float32)[labels]
    picture = ramp(np.clip(0.6 * shift + 0.6 * away, 0, 1), palette(random))
    return relief(picture, cv2.GaussianBlur(shift, (0, 0), 1.0), random.uniform(0.1, 0.4))


def plaster(random: Random, side: int) -> Picture:
    """Cracked or rough relief under a glaze: old panels, stone, thick paint."""
    height = noise(random, side, random.uniform(4, 30), 4)
    picture = ramp(noise(random, side, side * 0.5, 2), palette(random))
    picture = relief(picture, height, random.uniform(0.2, 1.2))
    if random.random() < 0.5:
        labels, _ = cells(random, side, random.uniform(8, 24))
        picture = over(picture, picture.mean((0, 1)) * np.float32(0.3), 0.7 * edges_of(labels, 1))
    return picture


TEXTURES: tuple[Draw, ...] = (strokes, hatching, stipple, watercolour, mosaic, wood, marble, fabric, poster, turing,
                              splatter, facets, clouds, strands, whirls, waves, halftone, maze, crystal, plaster)
"""Every way to draw a style from nothing."""
