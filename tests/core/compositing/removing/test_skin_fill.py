"""The skin under old hair: the identity's shading continued, the reference's detail borrowed."""

from __future__ import annotations

import numpy as np

from core.compositing.removing.hole import plan_hole
from core.compositing.removing.skin_base import OFFSET, shading_model, skin_base
from core.compositing.removing.skin_fill import donor_detail, eye_hidden, hidden_brows, skin_fill
from core.faces.mesh import EYE_POLYGONS
from tests.core.compositing.people import person
from tests.core.compositing.removing.test_hole import changed, scene_of


def _grid(size: int = 80) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[:size, :size].astype(np.float32)
    return x / size - 0.5, 1 - y / size


def test_shading_model_recovers_a_quadratic_in_spite_of_outliers() -> None:
    side, t = _grid()
    logs = -0.6 + 0.3 * side - 0.2 * (t - 0.4) ** 2
    image = (np.exp(logs)[..., None] * np.ones(3) - OFFSET).astype(np.float32)
    source = (np.abs(side) < 0.35) & (t > 0.1) & (t < 0.8)
    spoilt = image.copy()
    spoilt[20:28, 30:38] = 0.02
    model = shading_model(spoilt, source, side, t)
    middle = (np.abs(side) < 0.15) & (t > 0.3) & (t < 0.6)
    assert np.abs(model[middle] - logs[middle][:, None]).max() < 0.03


def test_shading_model_never_leaves_the_colours_that_show() -> None:
    side, t = _grid()
    image = np.clip(0.5 + 0.6 * side[..., None] * np.ones(3), 0, 1).astype(np.float32)
    source = np.abs(side) < 0.2
    colour = np.exp(shading_model(image, source, side * 4, t * 3 - 1)) - OFFSET
    assert colour.min() >= image[source].min() - 1e-3
    assert colour.max() <= image[source].max() + 1e-3


def test_skin_base_continues_the_face_under_the_hair() -> None:
    scene = scene_of(person(hair="long"))
    base = skin_base(scene)
    assert base is not None
    hidden = scene.oval & (scene.hair > 0.5)
    seen = scene.oval & (scene.hair < 0.02)
    assert hidden.any()
    assert np.abs(base.colour[hidden].mean(axis=0) - scene.image[seen].mean(axis=0)).max() < 0.08


def test_skin_base_needs_some_skin() -> None:
    scene = scene_of(person(hair="long"))
    blank = changed(scene, regions=np.zeros_like(scene.regions))
    assert skin_base(blank) is None


def test_donor_detail_is_bounded_and_absent_without_skin() -> None:
    scene = scene_of(person(hair="long"))
    factor, weight, base = donor_detail(scene, np.zeros_like(scene.oval))
    assert base is not None
    assert factor.min() > 0.87
    assert factor.max() < 1.11
    assert weight.max() == 1
    assert weight.min() == 0
    assert np.allclose(factor[weight == 0], 1)
    empty = changed(scene, reference_regions=np.zeros_like(scene.reference_regions))
    factor, weight, base = donor_detail(empty, np.zeros_like(scene.oval))
    assert base is None
    assert not weight.any()
    assert np.all(factor == 1)


def test_only_covered_brows_are_borrowed() -> None:
    scene = scene_of(person(hair="short"))
    assert not hidden_brows(scene).any()
    fringe = changed(scene, hair=np.where(scene.t > 0.5, 1, 0).astype(np.float32))
    assert hidden_brows(fringe).any()


def test_skin_fill_looks_like_skin_and_repeats() -> None:
    scene = scene_of(person(hair="long"))
    hole = plan_hole(scene)
    base = skin_base(scene)
    assert base is not None
    first, second = (skin_fill(scene, hole, base.colour, np.random.default_rng(4)) for _ in range(2))
    assert np.abs(first - second).max() < 1e-3
    hidden = scene.oval & (scene.hair > 0.5)
    assert (first[hidden][:, 0] > first[hidden][:, 2]).mean() > 0.95
    assert 0.5 < first[hidden].mean() < 0.9


def test_a_hidden_eye_is_noticed() -> None:
    scene = scene_of(person(hair="short"))
    eyes = [list(polygon) for polygon in EYE_POLYGONS]
    landmarks = scene.landmarks.copy()
    for points, x in zip(eyes, (-0.2, 0.2), strict=True):
        angle = np.linspace(0, 2 * np.pi, len(points), endpoint=False)
        centre = scene.frame.chin + np.array([x, -0.6]) * scene.frame.height
        landmarks[points] = centre + 8 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    open_eyes = changed(scene, landmarks=landmarks, hair=np.zeros_like(scene.hair))
    assert not eye_hidden(open_eyes)
    curtain = np.where(scene.side < 0, 1, 0).astype(np.float32)
    assert eye_hidden(changed(open_eyes, hair=curtain))
    assert not eye_hidden(changed(open_eyes, hair=curtain, new=np.ones_like(curtain)))
