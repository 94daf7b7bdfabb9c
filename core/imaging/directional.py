"""Filling a hole along the lines around it: columns, curtains and flags go on where a smooth fill would blur them."""

from __future__ import annotations

import cv2
import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from core.imaging.arrays import FloatImage, Mask
from core.imaging.colour import luma
from core.imaging.matting import blur
from core.imaging.poisson import pull_push

PIXELS = 60000
"""Most pixels at which lines are continued; what is finer is grain."""
ACROSS = 0.003
"""How much colour spreads across lines, relative to along them."""
_STEPS = ((0, 1), (1, 0), (1, 1), (1, -1), (2, 1), (1, 2), (2, -1), (1, -2))


def line_field(image: FloatImage, known: Mask, sigma: float) -> tuple[FloatImage, FloatImage]:
    """Direction of the lines [H, W, 2] (unit x, y) and how clear they are [H, W] in 0..1, continued beyond ``known``.

    From the structure tensor of luma inside known, averaged over ``sigma`` pixels.
    """
    inner = cv2.erode(known.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    y = luma(pull_push(image, ~known))
    dx, dy = cv2.Sobel(y, cv2.CV_32F, 1, 0), cv2.Sobel(y, cv2.CV_32F, 0, 1)
    products = np.dstack([dx * dx, dy * dy, dx * dy]) * inner[..., None]
    tensor = blur(products.astype(np.float32), sigma)
    share = blur(inner.astype(np.float32), sigma)
    tensor = pull_push(tensor / np.maximum(share, 1e-3)[..., None], share < 0.02)
    tensor = blur(tensor, sigma)
    xx, yy, xy = (tensor[..., k] for k in range(3))
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2
    clear = np.sqrt((xx - yy) ** 2 + 4 * xy * xy) / np.maximum(xx + yy, 1e-9)
    return np.dstack([np.cos(angle), np.sin(angle)]).astype(np.float32), np.clip(clear, 0, 1).astype(np.float32)


def continue_lines(image: FloatImage, known: Mask, target: Mask, *, sigma: float) -> FloatImage:
    """Picture [H, W, 3] whose target continues the lines of what is known; colour elsewhere as given.

    Diffusion that runs along the lines' direction and hardly across it, on a reduced grid.

    Args:
        image: [H, W, 3] in 0..1; known, target: [H, W] bool; sigma: in pixels, extent over which lines are judged.
    """
    if not target.any() or not known.any():
        return image
    image = image.astype(np.float32)
    height, width = known.shape
    scale = float(min(1.0, np.sqrt(PIXELS / (height * width))))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    share = cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    small = cv2.resize(image * known[..., None], size, interpolation=cv2.INTER_AREA)
    small = (small / np.maximum(share, 1e-3)[..., None]).astype(np.float32)
    sure = share > 0.5
    if not sure.any():
        return image
    solved = _diffuse(small, sure, *line_field(small, sure, max(2.0, sigma * scale)))
    large = cv2.resize(solved, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.where(target[..., None], np.clip(large, 0, 1), image).astype(np.float32)


def _diffuse(image: FloatImage, known: Mask, direction: FloatImage, clear: FloatImage) -> FloatImage:
    """Colours [h, w, 3] of unknown pixels in balance with their neighbours, those along the lines above all."""
    height, width = known.shape
    number = np.arange(height * width).reshape(height, width)
    rows, columns, values = [], [], []
    for dy, dx in _STEPS:
        left = slice(max(0, -dx), width - max(0, dx))
        right = slice(max(0, dx), width + min(0, dx))
        one, other = (slice(0, height - dy), left), (slice(dy, height), right)
        length = float(np.hypot(dx, dy))
        along = np.abs(direction[one][..., 0] * dx + direction[one][..., 1] * dy) / length
        sharp = along ** (2 + 60 * clear[one])
        weight = ((ACROSS + sharp) / length**2).astype(np.float64)
        rows.append(number[one].ravel())
        columns.append(number[other].ravel())
        values.append(weight.ravel())
    i, j, w = (np.concatenate(part) for part in (rows, columns, values))
    count = height * width
    links = sparse.coo_matrix((np.concatenate([w, w]), (np.concatenate([i, j]), np.concatenate([j, i]))),
                              shape=(count, count)).tocsr()
    laplacian = sparse.csr_matrix(sparse.diags(np.asarray(links.sum(axis=1)).ravel()) - links)
    free = ~known.ravel()
    flat = image.reshape(count, 3).astype(np.float64)
    if not free.any():
        return image
    system = laplacian[free]
    solver = splu(system[:, free].tocsc())
    flat[free] = solver.solve(-system[:, ~free] @ flat[~free])
    return flat.reshape(height, width, 3).astype(np.float32)
