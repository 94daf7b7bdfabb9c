"""The way a background is filled follows what it looks like beside the hole."""

import numpy as np
import pytest

from core.compositing.removing.layer_fill import fill_layer, fitting_way

FH = 100.0


def scene(kind):
    """Picture [200, 200, 3] of one kind of background, its source and a hole."""
    y, x = np.mgrid[:200, :200].astype(np.float32)
    rng = np.random.default_rng(0)
    if kind == "columns":
        image = 0.5 + 0.25 * np.sin(x * 2 * np.pi / 25) + 0 * y
    elif kind == "foliage":
        image = np.kron(rng.uniform(0.1, 0.9, (25, 25)), np.ones((8, 8)))
    else:
        image = 0.4 + 0.001 * x
    image = np.clip(image + rng.normal(0, 0.008, image.shape), 0, 1)
    target = np.zeros((200, 200), bool)
    target[70:140, 60:130] = True
    picture = np.dstack([image] * 3).astype(np.float32)
    picture[target] = (0.2, 0.1, 0.05)
    return picture, ~target, target, image


@pytest.mark.parametrize(("kind", "way"), [("columns", "lines"), ("foliage", "copy"), ("plain", "membrane")])
def test_the_way_fits(kind, way):
    image, source, target, _ = scene(kind)
    assert fitting_way(image, source, target, FH) == way


def test_columns_are_continued_with_grain():
    image, source, target, truth = scene("columns")
    settings = {"face_height": FH, "locality": 900.0}
    done = fill_layer(image, source, target, way="lines", rng=np.random.default_rng(0), **settings)
    smooth = fill_layer(image, source, target, way="membrane", rng=np.random.default_rng(0), **settings)
    inner = np.zeros_like(target)
    inner[75:135, 65:125] = True
    error = np.abs(done[..., 0] - truth)[inner].mean()
    assert error < 0.6 * np.abs(smooth[..., 0] - truth)[inner].mean()
    fine = done[..., 0] - (np.roll(done[..., 0], 1, 0) + np.roll(done[..., 0], -1, 0)) / 2
    assert 0.4 < fine[inner].std() / (0.008 * np.sqrt(1.5)) < 1.6
