"""Textures and abstract paintings the program draws itself, so that styles can be learnt without other people's art."""

from __future__ import annotations

import colorsys
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.floating]
Random = np.random.Generator
Draw = Callable[[Random, int], Picture]

# Spread of the hues, smallest and largest saturation: one hue, neighbours, opposites, all, earth, three, nearly grey.
_HARMONIES = ((0.03, 0.2, 0.9), (0.15, 0.25, 0.85), (0.5, 0.3, 0.9), (1.0, 0.2, 0.9), (0.08, 0.1, 0.6),
              (0.4, 0.4, 1.0), (0.2, 0.0, 0.2))


def palette(random: Random, count: int | None = None) -> Picture:
    """[n, 3] colours in 0..1, dark to light, of a random harmony: one hue, neighbours, opposites, earth, pastel, ..."""
    count = count or int(random.integers(3, 8))
    kind = int(random.choice(len(_HARMONIES), p=[0.06, 0.12, 0.22, 0.22, 0.16, 0.1, 0.12]))
    spread, low, high = _HARMONIES[kind]
    # Warm colours and blues are what people paint with most; greens and violets come up now and then.
    hue = random.choice([random.normal(0.07, 0.05), random.normal(0.6, 0.06), random.random()])
    hues = hue + spread * (random.random(count) - 0.5 if kind != 2 else random.integers(0, 2, count))
    saturation = random.uniform(low, high, count)
    if kind == 4:
        hues = 0.07 + 0.08 * (random.random(count) - 0.5)
    low, high = sorted(random.uniform(0.02, 1.0, 2))
    if high - low < 0.4:
        low, high = max(0.0, low - 0.3), min(1.0, high + 0.3)
    values = np.linspace(low, high, count)
    made = [colorsys.hsv_to_rgb(h % 1.0, s * (1 - 0.4 * max(0.0, v - 0.6)), v)
            for h, s, v in zip(hues, saturation, values, strict=True)]
    made = np.array(made, np.float32)
    return made[np.argsort(made @ np.array([0.3, 0.59, 0.11], np.float32))]


def noise(random: Random, side: int, cell: float, octaves: int = 1) -> Picture:
    """Smooth noise [side, side], stretched to 0..1; ``cell`` is the size of its largest features in pixels."""
    total = np.zeros((side, side), np.float32)
    for octave in range(octaves):
        count = max(2, int(np.ceil(side * 2**octave / cell)) + 2)
        grid = random.random((count, count)).astype(np.float32)
        total += cv2.resize(grid, (side, side), interpolation=cv2.INTER_CUBIC) / 2**octave
    total -= total.min()
    return total / max(float(total.max()), 1e-6)


def ramp(values: Picture, colours: Picture) -> Picture:
    """Values [S, S] in 0..1 to colours, linear between those of the palette."""
    stops = np.linspace(0, 1, len(colours))
    return np.stack([np.interp(values, stops, colours[:, c]) for c in range(3)], -1).astype(np.float32)


def flow(random: Random, side: int) -> Picture:
    """Directions [S, S] in radians: straight, wavy or whirling."""
    base = random.random() * np.pi
    amount = random.choice([0.2, 1.0, 3.0, 6.0])
    return (base + amount * noise(random, side, side * random.uniform(0.3, 1.0))).astype(np.float32)


def smear(picture: Picture, angles: Picture, length: int) -> Picture:
    """A picture averaged along the directions, as by a brush or a comb (line integral convolution)."""
    side = picture.shape[0]
    grid_y, grid_x = np.mgrid[:side, :side].astype(np.float32)
    total, step_x, step_y = picture.copy(), np.cos(angles), np.sin(angles)
    for sign in (-1, 1):
        x, y = grid_x.copy(), grid_y.copy()
        for _ in range(length // 2):
            dx = cv2.remap(step_x, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT_101)
            dy = cv2.remap(step_y, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT_101)
            x, y = x + sign * dx, y + sign * dy
            total += cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return total / (2 * (length // 2) + 1)


def relief(picture: Picture, height: Picture, strength: float) -> Picture:
    """A picture lit from the side as if ``height`` [S, S] were its thickness."""
    shade = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3) + cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3)
    return np.clip(picture + (strength * shade)[..., None], 0, 1)


def cells(random: Random, side: int, size: float, jitter: float = 1.0) -> tuple[NDArray[np.int32], Picture]:
    """Cells around scattered points: number of the nearest [S, S], and the distance to it in pixels."""
    count = max(2, round(side / size))
    line = (np.arange(count) + 0.5) / count
    points = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)
    points = np.clip((points + jitter * (random.random(points.shape) - 0.5) / count) * side, 0, side - 1).astype(int)
    empty = np.ones((side, side), np.uint8)
    empty[points[:, 1], points[:, 0]] = 0
    away, labels = cv2.distanceTransformWithLabels(empty, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    return labels.astype(np.int32), away


def colour_by(labels: NDArray[np.int32], picture: Picture) -> Picture:
    """Every cell in its mean colour."""
    flat = labels.reshape(-1)
    count = np.maximum(np.bincount(flat), 1)
    means = np.stack([np.bincount(flat, picture[..., c].reshape(-1)) / count for c in range(3)], -1)
    return means[labels].astype(np.float32)


def edges_of(labels: NDArray[np.int32], width: int) -> Picture:
    """1 on the borders between cells [S, S]."""
    found = np.zeros(labels.shape, np.float32)
    found[:, 1:] = np.maximum(found[:, 1:], labels[:, 1:] != labels[:, :-1])
    found[1:] = np.maximum(found[1:], labels[1:] != labels[:-1])
    return cv2.GaussianBlur(cv2.dilate(found, np.ones((width, width), np.uint8)), (3, 3), 0)


def over(picture: Picture, colour: Picture, cover: Picture) -> Picture:
    """A colour laid over a picture where ``cover`` [S, S] says."""
    return picture + (colour - picture) * cover[..., None]


def brush_strokes(random: Random, side: int, base: Picture, angles: Picture, size: float) -> Picture:
    """Strokes that take their colour from ``base`` and follow ``angles``, with bristles, dense enough to cover."""
    canvas = base.copy()
    height = np.zeros((side, side), np.float32)
    length = size * random.uniform(1.5, 5)
    count = int(min(900, 2.5 * side * side / (size * length)))
    places = random.integers(0, side, (count, 2))
    jitter = random.normal(0, random.uniform(0.01, 0.08), (count, 3))
    for (x, y), shift in zip(places, jitter, strict=True):
        angle = float(angles[y, x]) + random.normal(0, 0.15)
        reach = length * random.uniform(0.6, 1.2) / 2
        bend = random.normal(0, 0.3) * size
        direction = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-direction[1], direction[0]])
        points = np.array([[x, y] - direction * reach, [x, y] + across * bend, [x, y] + direction * reach])
        colour = tuple(float(v) for v in np.clip(base[y, x] + shift, 0, 1))
        wide = max(1, round(size * random.uniform(0.6, 1.1)))
        line = [points.astype(np.int32).reshape(-1, 1, 2)]
        cv2.polylines(canvas, line, False, colour, wide, cv2.LINE_AA)
        cv2.polylines(height, line, False, float(random.random()), wide, cv2.LINE_AA)
    bristles = smear(random.random((side, side)).astype(np.float32), angles, 14)
    return relief(canvas, 0.3 * height + bristles, random.uniform(0.05, 0.5))


def _ground(random: Random, side: int) -> Picture:
    values = noise(random, side, side * random.uniform(0.1, 0.8), int(random.integers(1, 4)))
    return ramp(values, palette(random))


def strokes(random: Random, side: int) -> Picture:
    """Brush strokes over a field of colours."""
    return brush_strokes(random, side, _ground(random, side), flow(random, side), random.uniform(3, 14))


def hatching(random: Random, side: int) -> Picture:
    """Layers of parallel lines, denser where it is dark."""
    colours = palette(random, 2)
    tone = noise(random, side, side * random.uniform(0.2, 0.7), 2)
    ink = np.zeros((side, side), np.float32)
    grid_y, grid_x = np.mgrid[:side, :side].astype(np.float32)
    for layer in range(int(random.integers(1, 4))):
        angle = random.random() * np.pi
        phase = grid_x * np.cos(angle) + grid_y * np.sin(angle) + 3 * noise(random, side, 30)
        lines = 0.5 + 0.5 * np.sin(phase * 2 * np.pi / random.uniform(3, 8))
        ink = np.maximum(ink, np.clip((lines - tone - 0.15 * layer) * 4, 0, 1))
    ground = colours[1] + 0.05 * (noise(random, side, 3) - 0.5)[..., None]
    return over(ground, colours[0], ink) if random.random() < 0.8 else over(np.float32(1) - ground, colours[1], ink)


def stipple(random: Random, side: int) -> Picture:
    """Dots, in ink or in many colours."""
    tone, ground = noise(random, side, side * 0.4, 2), _ground(random, side)
    colours, single = palette(random), random.random() < 0.4
    canvas = np.broadcast_to(colours[-1], (side, side, 3)).astype(np.float32).copy()
    size = random.uniform(0.7, 5)
    for x, y in random.integers(0, side, (int(min(3500, 0.9 * side * side / size**2 / 3)), 2)):
        if random.random() > tone[y, x] * 1.3:
            continue
        colour = colours[0] if single else np.clip(ground[y, x] + random.normal(0, 0.1, 3), 0, 1)
        radius = max(0.6, size * random.uniform(0.5, 1))
        cv2.circle(canvas, (int(x * 8), int(y * 8)), int(radius * 8), tuple(map(float, colour)), -1, cv2.LINE_AA, 3)
    return canvas


def watercolour(random: Random, side: int) -> Picture:
    """Transparent washes with dark rims on rough paper."""
    canvas = np.full((side, side, 3), random.uniform(0.9, 1.0), np.float32)
    for colour in palette(random):
        field = noise(random, side, side * random.uniform(0.15, 0.7), 3) + 0.08 * noise(random, side, 8, 2)
        wash = np.clip((field - random.uniform(0.35, 0.7)) * random.uniform(8, 40), 0, 1)
        rim = np.clip(wash - cv2.GaussianBlur(wash, (0, 0), random.uniform(1, 3)), 0, 1)
        amount = wash * (0.35 + 0.5 * noise(random, side, 40, 3)) + 0.8 * rim
        canvas = canvas * (1 - np.clip(amount, 0, 1)[..., None] * (1 - colour))
    return np.clip(canvas + 0.06 * (noise(random, side, 3, 2) - 0.5)[..., None], 0, 1)


def mosaic(random: Random, side: int) -> Picture:
    """Tesserae, broken tiles or leaded glass."""
    labels, away = cells(random, side, random.uniform(6, 34), random.uniform(0.2, 1.0))
    picture = colour_by(labels, _ground(random, side))
    shift = random.normal(0, random.uniform(0.02, 0.15), (int(labels.max()) + 1, 3)).astype(np.float32)
    picture = np.clip(picture + shift[labels], 0, 1)
    if random.random() < 0.5:
        picture = np.clip(picture * (1.1 - 0.03 * away[..., None]), 0, 1)
    grout = palette(random, 2)[int(random.integers(2))]
    return over(picture, grout, edges_of(labels, int(random.integers(1, 5))))


def wood(random: Random, side: int) -> Picture:
    """Grain, straight or around a knot."""
    grid_y, grid_x = np.mgrid[:side, :side].astype(np.float32) / side
    x, y = grid_x - random.uniform(-1, 1), (grid_y - random.random()) * random.choice([0.08, 0.3, 1.0])
    rings = np.hypot(x, y) * random.uniform(10, 40) + 3 * noise(random, side, side * 0.5, 2)
    values = 0.6 * (rings % 1.0) + 0.4 * smear(noise(random, side, 2), np.full((side, side), 0.1, np.float32), 20)
    picture = ramp(np.clip(values, 0, 1), palette(random, 3))
    return np.ascontiguousarray(picture.transpose(1, 0, 2)) if random.random() < 0.5 else picture


def marble(random: Random, side: int) -> Picture:
    """Veins and folded bands."""
    grid_y, grid_x = np.mgrid[:side, :side].astype(np.float32) / side
    angle = random.random() * np.pi
    swirl = noise(random, side, side * random.uniform(0.3, 0.8), 5) * random.uniform(1, 5)
    values = np.sin((grid_x * np.cos(angle) + grid_y * np.sin(angle)) * random.uniform(2, 12) + swirl * 4)
    values = 1 - np.abs(values) ** random.uniform(0.3, 1.0) if random.random() < 0.5 else 0.5 + 0.5 * values
    return ramp(values, palette(random))


def fabric(random: Random, side: int) -> Picture:
    """Woven threads, plain or in checks."""
    step = float(random.uniform(2.5, 7))
    grid_y, grid_x = np.mgrid[:side, :side].astype(np.float32)
    across, down = np.floor(grid_x / step), np.floor(grid_y / step)
    upper = ((across + down * random.choice([1, 2])) % random.choice([2, 3, 4])) < 1
    colours, width = palette(random), float(random.uniform(2, 9))
    pick = random.integers(0, len(colours), 4096)
    warp, weft = pick[(across / width).astype(int)], pick[(down / width).astype(int)]
    picture = np.where(upper[..., None], colours[warp], colours[weft])
    round_x, round_y = np.sin(np.pi * (grid_x / step % 1)), np.sin(np.pi * (grid_y / step % 1))
    shade = np.where(upper, round_x, round_y) * (0.85 + 0.15 * noise(random, side, 2))
    return (picture * (0.45 + 0.55 * shade[..., None])).astype(np.float32)
