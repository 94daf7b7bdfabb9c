"""Filling holes in pictures: harmonic membranes, exemplar copies and film grain, all in numpy and OpenCV."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.imaging.arrays import FloatImage
from core.imaging.matting import blur

BoolMask = NDArray[np.bool_]

_CROSS = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32) / 4


def reduce_known(image: FloatImage, known: NDArray, factor: int) -> tuple[FloatImage, FloatImage]:
    """Mean of the known pixels in cells of factor x factor.

    Args:
        image: [H, W, C] float32.
        known: [H, W] bool or weights in 0..1.
        factor: cell side in pixels; the last cells may be partial.

    Returns:
        Means [h, w, C] (0 where nothing is known) and the known share [h, w].
    """
    height, width = known.shape
    pad = ((0, -height % factor), (0, -width % factor))
    weight = np.pad(known.astype(np.float32), pad)
    padded = np.pad(image, (*pad, (0, 0)))
    size = (weight.shape[1] // factor, weight.shape[0] // factor)
    share = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    total = cv2.resize(padded * weight[..., None], size, interpolation=cv2.INTER_AREA)
    mean = total.reshape(*share.shape, -1) / np.maximum(share, 1e-6)[..., None]
    return mean.astype(np.float32), share


def _enlarge(image: FloatImage, height: int, width: int, factor: int) -> FloatImage:
    """Bilinear enlargement by an integer factor, cropped to height x width."""
    size = (image.shape[1] * factor, image.shape[0] * factor)
    large = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
    return large.reshape(size[1], size[0], -1)[:height, :width]


def _solve(image: FloatImage, known: BoolMask, sweeps: int) -> FloatImage:
    """Cascadic multigrid: solve on a coarser grid, enlarge, relax."""
    height, width = known.shape
    if known.all():
        return image
    if min(height, width) <= 4:
        mean = image[known].mean(axis=0) if known.any() else np.zeros(image.shape[2], np.float32)
        coarse = np.where(known[..., None], image, mean)
    else:
        half, share = reduce_known(image, known, 2)
        coarse = _enlarge(_solve(half, share > 0, sweeps), height, width, 2)
    filled = np.where(known[..., None], image, coarse).astype(np.float32)
    unknown = ~known[..., None]
    for _ in range(sweeps):
        mean = cv2.filter2D(filled, -1, _CROSS, borderType=cv2.BORDER_REPLICATE)
        np.copyto(filled, mean.reshape(filled.shape), where=unknown)
    return filled


def harmonic_fill(image: FloatImage, known: NDArray, *, reduce: int = 4, sweeps: int = 16) -> FloatImage:
    """Smoothest surface through the known pixels (Laplace equation, free at the picture's edges).

    A pull-push start followed by relaxation at every level, on a grid ``reduce`` times coarser than the
    picture: a membrane has no detail away from its rim, and callers cross-fade the rim.

    Args:
        image: [H, W, C] float32.
        known: [H, W] bool or weights; unknown pixels are filled.
        reduce: cell side of the finest grid in pixels.
        sweeps: relaxation sweeps per level.

    Returns:
        [H, W, C] float32: a smooth picture everywhere; known pixels are only approximated when reduce > 1.
    """
    height, width = known.shape
    if not np.any(known):
        return np.zeros_like(image)
    if reduce > 1:
        small, share = reduce_known(image, known, reduce)
        return _enlarge(_solve(small, share > 0, sweeps), height, width, reduce)
    return _solve(image.astype(np.float32), np.asarray(known) > 0, sweeps)


def blur_known(image: FloatImage, known: NDArray, sigma: float) -> FloatImage:
    """Gaussian blur that ignores unknown pixels (normalised convolution); 0 far from anything known."""
    weight = known.astype(np.float32)
    total = blur(image * weight[..., None], sigma)
    share = blur(weight, sigma)
    return (total.reshape(image.shape) / np.maximum(share, 1e-4)[..., None]).astype(np.float32)


def grain(
    image: FloatImage, source: BoolMask, target: BoolMask, rng: np.random.Generator, *, block: int = 48
) -> FloatImage:
    """Fine texture for target, sewn from calm blocks of source (docs/compositing.md, Grain).

    The high-pass (sigma 2) of calm blocks is laid out with half overlap under a sine window and divided by
    the root of the summed squared weights, so that its variance is kept.

    Returns:
        [H, W, 3] float32, zero mean, 0 outside target.
    """
    out = np.zeros_like(image)
    if not target.any() or not source.any():
        return out
    fine = image - cv2.GaussianBlur(image, (0, 0), 2.0)
    patches = _calm_blocks(fine, source, block)
    while not len(patches) and block > 12:
        block //= 2
        patches = _calm_blocks(fine, source, block)
    if not len(patches):
        spread = np.minimum(fine[source].std(axis=0), 0.02)
        out[target] = rng.normal(0, 1, (int(target.sum()), 1)).astype(np.float32) * spread
        return out
    fine = _without_strokes(fine, patches, block)
    window = np.sin(np.pi * (np.arange(block) + 0.5) / block).astype(np.float32)
    window = np.outer(window, window)
    height, width = source.shape
    step = block // 2
    norm = np.zeros((height, width), np.float32)
    for y in range(-step, height, step):
        for x in range(-step, width, step):
            rows, columns = slice(max(y, 0), min(y + block, height)), slice(max(x, 0), min(x + block, width))
            if not target[rows, columns].any():
                continue
            inner = slice(rows.start - y, rows.stop - y), slice(columns.start - x, columns.stop - x)
            py, px = patches[rng.integers(len(patches))]
            weight = window[inner]
            out[rows, columns] += fine[py : py + block, px : px + block][inner] * weight[..., None]
            norm[rows, columns] += weight * weight
    out /= np.sqrt(np.maximum(norm, 1e-6))[..., None]
    out[~target] = 0
    return out


def _without_strokes(fine: FloatImage, patches: NDArray[np.intp], block: int) -> FloatImage:
    """fine limited to what noise would be: on a small photo even the calmest blocks hold lashes and wrinkles."""
    some = patches[:: max(1, len(patches) // 64)]
    size = np.median([np.median(np.abs(fine[y : y + block, x : x + block])) for y, x in some])
    limit = np.float32(3.5 * 1.4826 * size + 1e-4)
    return np.clip(fine, -limit, limit)


def _calm_blocks(fine: FloatImage, source: BoolMask, block: int) -> NDArray[np.intp]:
    """Top-left corners [N, 2] of the calmer blocks of fine [H, W, 3] that lie wholly inside source."""
    height, width = source.shape
    if height < block or width < block:
        return np.zeros((0, 2), np.intp)
    inside = cv2.integral(source.astype(np.uint8))
    energy = cv2.integral((fine * fine).sum(axis=2))
    rows, columns = np.arange(0, height - block + 1, 6), np.arange(0, width - block + 1, 6)

    def total(table: NDArray) -> NDArray:
        r, c = rows[:, None], columns[None]
        return table[r + block, c + block] - table[r, c + block] - table[r + block, c] + table[r, c]

    full = total(inside) == block * block
    if not full.any():
        return np.zeros((0, 2), np.intp)
    power = total(energy)
    low, high = np.quantile(power[full], (0.1, 0.5))
    where = np.argwhere(full & (power >= low) & (power <= high))
    return np.stack([rows[where[:, 0]], columns[where[:, 1]]], axis=1)


# ---------------------------------------------------------------------------------------------- exemplar

_RADIUS = 3  # patches of 7 x 7


class _Level:
    """One resolution of the exemplar fill: patches in a reduced basis and the match of every target pixel."""

    def __init__(self, image: FloatImage, target: BoolMask, source: BoolMask, locality: float) -> None:
        self.height, self.width = target.shape
        self.image = image
        size = 2 * _RADIUS + 1
        allowed = cv2.erode(source.astype(np.uint8), np.ones((size, size), np.uint8), borderValue=0)
        inner = slice(_RADIUS, -_RADIUS)
        self.allowed = np.zeros_like(source)
        self.allowed[inner, inner] = allowed[inner, inner] > 0
        grown = cv2.dilate(target.astype(np.uint8), np.ones((size, size), np.uint8)) > 0
        self.target, self.grown, self.source = target, grown, source
        self.points = np.argwhere(grown)
        self.locality = locality / (0.25 * self.width) ** 2
        self.index = np.full(target.shape, -1, np.int64)
        self.index[grown] = np.arange(len(self.points))
        self.match = np.zeros_like(self.points)

    def patches(self, points: NDArray) -> FloatImage:
        """Patches [N, 147] around points, mirrored at the edges."""
        padded = cv2.copyMakeBorder(self.image, *(_RADIUS,) * 4, cv2.BORDER_REFLECT_101)
        view = np.lib.stride_tricks.sliding_window_view(padded, (2 * _RADIUS + 1,) * 2, axis=(0, 1))
        return view[points[:, 0], points[:, 1]].reshape(len(points), -1)

    def basis(self, components: int = 20) -> None:
        """Principal components of the source patches; distances are taken among their coordinates."""
        centres = np.argwhere(self.allowed)
        sample = self.patches(centres[:: max(1, len(centres) // 3000)]).astype(np.float64)
        self.mean = sample.mean(axis=0)
        _, vectors = np.linalg.eigh((sample - self.mean).T @ (sample - self.mean))
        self.vectors = np.ascontiguousarray(vectors[:, -components:])
        self.coded = np.zeros((self.height * self.width, components), np.float32)
        code = self.encode(centres)
        self.coded[centres[:, 0] * self.width + centres[:, 1]] = code

    def encode(self, points: NDArray) -> FloatImage:
        """Coordinates [N, K] of the patches around points, rounded so that no last bit decides between matches."""
        return np.round((self.patches(points) - self.mean) @ self.vectors, 6).astype(np.float32)

    def snap(self, match: NDArray) -> NDArray:
        """Move matches that are not allowed to the nearest allowed pixel."""
        blocked = np.where(self.allowed, 0, 1).astype(np.uint8)
        _, labels = cv2.distanceTransformWithLabels(blocked, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
        nearest = np.zeros((int(labels.max()) + 1, 2), np.int64)
        nearest[labels[self.allowed]] = np.argwhere(self.allowed)
        match = np.clip(match, 0, (self.height - 1, self.width - 1))
        return nearest[labels[match[:, 0], match[:, 1]]]

    def taken_over(self, coarse: _Level) -> FloatImage:
        """A coarser level's picture at this size [h, w, 3]; its matches become those of this level."""
        scale = np.array([self.height / coarse.height, self.width / coarse.width])
        beneath = np.clip((self.points / scale).astype(np.int64), 0, (coarse.height - 1, coarse.width - 1))
        index = coarse.index[beneath[:, 0], beneath[:, 1]]
        offset = np.where((index >= 0)[:, None], coarse.match[index] - coarse.points[index], 0)
        self.match = self.snap(self.points + np.round(offset * scale).astype(np.int64))
        return cv2.resize(coarse.image, (self.width, self.height), interpolation=cv2.INTER_CUBIC)

    def cost(self, code: FloatImage, match: NDArray) -> FloatImage:
        """Mean squared patch difference in levels of 255 plus the price of distance."""
        flat = match[:, 0] * self.width + match[:, 1]
        difference = ((code - self.coded[flat]) ** 2).sum(axis=1) * (255.0**2 / code.shape[1] / 7)
        offset = match - self.points
        cost = difference + self.locality * (offset * offset).sum(axis=1)
        return np.where(self.allowed[match[:, 0], match[:, 1]], cost, np.inf).astype(np.float32)

    def improve(self, rng: np.random.Generator, sweeps: int) -> None:
        """Propagation from neighbours at several steps, then random search with a shrinking radius."""
        code = self.encode(self.points)
        best = self.cost(code, self.match)
        limit = (self.height - 1, self.width - 1)

        def consider(candidate: NDArray) -> None:
            candidate = np.clip(candidate, 0, limit)
            cost = self.cost(code, candidate)
            better = cost < best
            self.match[better], best[better] = candidate[better], cost[better]

        for _ in range(sweeps):
            for step in (4, 2, 1):
                for move in ((0, step), (0, -step), (step, 0), (-step, 0)):
                    beside = np.clip(self.points + move, 0, limit)
                    index = self.index[beside[:, 0], beside[:, 1]]
                    candidate = np.where((index >= 0)[:, None], self.match[index] - move, self.match)
                    consider(candidate)
            radius = max(self.height, self.width) // 3
            while radius >= 1:
                consider(self.match + rng.integers(-radius, radius + 1, self.match.shape))
                radius //= 3
        self.best = best

    def onion(self) -> None:
        """First guess from the rim inwards: each ring takes the best source patch, judged on known pixels only."""
        size = 2 * _RADIUS + 1
        centres = np.argwhere(self.allowed)
        library = self.patches(centres).astype(np.float64)
        squares = library * library
        known = self.source.copy()
        weights = cv2.getGaussianKernel(size, 2.5).astype(np.float32)
        window = np.repeat((weights @ weights.T).ravel(), 3)
        guess = self.image
        self.image = np.where(known[..., None], guess, 0).astype(np.float32)
        while True:
            reached = cv2.dilate(known.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
            rim = self.target & ~known & reached
            if not rim.any():
                break
            points = np.argwhere(rim)
            padded = cv2.copyMakeBorder(known.astype(np.float32), *(_RADIUS,) * 4, cv2.BORDER_REFLECT_101)
            view = np.lib.stride_tricks.sliding_window_view(padded, (size, size))
            mask = np.tile(view[points[:, 0], points[:, 1]].reshape(len(points), -1), 3) * window
            patch = self.patches(points)
            part = mask * patch
            cost = (part * patch).sum(axis=1)[:, None] - 2 * part @ library.T + mask @ squares.T
            cost *= 255.0**2 / np.maximum(mask.sum(axis=1), 1e-6)[:, None]
            offset = points[:, None, :] - centres[None]
            cost += self.locality * (offset * offset).sum(axis=2)
            best = np.round(cost, 4).argmin(axis=1)
            self.image[points[:, 0], points[:, 1]] = self.image[centres[best, 0], centres[best, 1]]
            self.match[self.index[points[:, 0], points[:, 1]]] = centres[best]
            known = known | rim
        self.image = np.where(known[..., None], self.image, guess).astype(np.float32)
        outer = (
            ~known[self.points[:, 0], self.points[:, 1]] | ~self.target[self.points[:, 0], self.points[:, 1]]
        )
        self.match[outer] = self.snap(self.points[outer])

    def vote(self) -> None:
        """Repaint the target with the mean of all matched patches that cover each pixel."""
        total = np.zeros(
            (self.height + 2 * _RADIUS, self.width + 2 * _RADIUS, self.image.shape[2]), np.float32
        )
        count = np.zeros(total.shape[:2], np.float32)
        weight = np.exp(-self.best / (np.quantile(self.best, 0.75) + 1.0)).astype(np.float32) + 1e-3
        y, x = self.points[:, 0] + _RADIUS, self.points[:, 1] + _RADIUS
        for dy in range(-_RADIUS, _RADIUS + 1):
            for dx in range(-_RADIUS, _RADIUS + 1):
                colour = self.image[self.match[:, 0] + dy, self.match[:, 1] + dx]
                total[y + dy, x + dx] += colour * weight[:, None]
                count[y + dy, x + dx] += weight
        inner = slice(_RADIUS, -_RADIUS)
        mean = total[inner, inner] / np.maximum(count[inner, inner], 1e-6)[..., None]
        self.image = np.where(self.target[..., None], mean, self.image)


def exemplar(
    image: FloatImage,
    target: BoolMask,
    source: BoolMask,
    *,
    start: FloatImage,
    locality: float,
    rng: np.random.Generator,
    working: int = 256,
) -> FloatImage:
    """Fill target with pieces of source that lie near (PatchMatch, Barnes et al. 2009, with a price on distance).

    The coarsest level is grown from the rim inwards, two finer ones refine it up to ``working`` pixels; the match
    field then copies the full-size high-pass.

    Args:
        image: [H, W, 3] float32 in 0..1.
        target: [H, W] bool, pixels to invent.
        source: [H, W] bool, pixels that may be copied.
        start: [H, W, 3], a first guess (a membrane) inside target; it also stands in for foreign layers around it.
        locality: price of a match a quarter of the picture away, in squared levels of 255.
        rng: source of the random search; the same state gives the same fill.
        working: longest side of the finest matching level.

    Returns:
        [H, W, 3] float32, equal to image outside target. ``start`` is returned where source is too small.
    """
    height, width = target.shape
    filled = np.where(target[..., None], start, image).astype(np.float32)
    context = np.where((source & ~target)[..., None], image, start).astype(np.float32)
    levels = [working >> k for k in (2, 1, 0)]
    level: _Level | None = None
    for longest in levels:
        factor = max(height, width) / longest
        if factor < 1:
            break
        size = (max(8, round(width / factor)), max(8, round(height / factor)))
        small_source = cv2.resize(source.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.98
        small_target = cv2.resize(target.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.02
        small = cv2.resize(context, size, interpolation=cv2.INTER_AREA)
        fresh = _Level(small, small_target, small_source, locality)
        if int(fresh.allowed.sum()) < 40 or not len(fresh.points):
            continue
        if level is None:
            fresh.onion()
            fresh.basis()
        else:
            fresh.image = np.where(small_target[..., None], fresh.taken_over(level), fresh.image)
            fresh.basis()
        for _ in range(3 if longest < working else 2):
            fresh.improve(rng, 1)
            fresh.vote()
        level = fresh
    if level is None:
        return filled
    return _full_size(image, filled, target, level)


def _full_size(image: FloatImage, filled: FloatImage, target: BoolMask, level: _Level) -> FloatImage:
    """Enlarge the matched picture and give it the high-pass of the matched places."""
    height, width = target.shape
    size = (level.width, level.height)
    low = cv2.resize(level.image, (width, height), interpolation=cv2.INTER_CUBIC)
    fine = image - cv2.resize(
        cv2.resize(image, size, interpolation=cv2.INTER_AREA), (width, height), interpolation=cv2.INTER_CUBIC
    )
    field = np.zeros((level.height, level.width, 2), np.float32)
    field[level.grown] = (level.match - level.points).astype(np.float32)
    scale = np.array([height / level.height, width / level.width], np.float32)
    offset = cv2.resize(field * scale, (width, height), interpolation=cv2.INTER_NEAREST)
    y, x = np.nonzero(target)
    from_y = np.clip(np.round(y + offset[y, x, 0]).astype(np.int64), 0, height - 1)
    from_x = np.clip(np.round(x + offset[y, x, 1]).astype(np.int64), 0, width - 1)
    out = filled.copy()
    out[y, x] = np.clip(low[y, x] + fine[from_y, from_x], 0, 1)
    return out
