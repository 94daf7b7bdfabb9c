"""People who do not exist: what paints them, what brings faces to one shape, and the samples that came of it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from core.errors import InputRefused
from core.generators.load import load_encoder, load_generator
from core.imaging.colour import rgb_to_lab
from core.models.pack import open_pack
from core.settings import resources_folder
from core.training.data.portraits import SIZE, load_portraits
from core.training.generator.people import (
    Inventor,
    Likeness,
    _bent,
    _depth_inside,
    _numbers,
    _toned,
    main,
    paint,
)
from tests.core.generators.tiny import TINY, tiny_encoder, tiny_generator

SIDE = TINY.resolution


def pictures(count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(5)
    return [rng.random((SIDE, SIDE, 3)).astype(np.float32) for _ in range(count)]


def painted(images: list[np.ndarray], face: float, **options: tuple[float, ...]) -> np.ndarray:
    where = np.full((SIDE, SIDE), face, np.float32)
    return paint(tiny_generator(), tiny_encoder(), images, where, **options)


def test_one_face_three_times_is_that_face_through_the_generator():
    first = pictures(1)[0]
    w, features = tiny_encoder().encode(torch.from_numpy(first * 2 - 1).permute(2, 0, 1)[None])
    alone = tiny_generator().synthesize(w, features=features)[0].permute(1, 2, 0) * 0.5 + 0.5
    made = painted([first] * 3, 1.0)
    assert made.shape == (SIDE, SIDE, 3)
    np.testing.assert_allclose(made, alone.clamp(0, 1).float().numpy(), atol=2e-3)


def test_features_of_the_others_count_inside_the_face_alone():
    first, second, third = pictures(3)
    mixed = painted([first, second, third], 1.0)
    assert np.abs(mixed - painted([first, second, third], 0.0)).mean() > 1e-4
    np.testing.assert_allclose(mixed, painted([first, third, second], 1.0), atol=1e-5)
    all_second = painted([first, second, third], 1.0, shares=(0.0, 1.0, 0.0))
    assert np.abs(mixed - all_second).mean() > 1e-4


def test_bending_brings_every_point_to_its_place():
    rng = np.random.default_rng(0)
    points = 0.5 + 0.2 * rng.uniform(-1, 1, (478, 2))
    shape = points + 0.02
    image = np.zeros((SIZE, SIZE, 3), np.uint8)
    x, y = np.rint(points[0] * SIZE - 0.5).astype(int)
    cv2.circle(image, (int(x), int(y)), 4, (255, 255, 255), -1)
    bent = _bent(image, points, shape, None)[..., 0]
    rows, columns = np.nonzero(bent > 0.5)
    assert columns.mean() == pytest.approx(x + 0.02 * SIZE, abs=1.0)
    assert rows.mean() == pytest.approx(y + 0.02 * SIZE, abs=1.0)
    np.testing.assert_array_equal(_bent(image, points, points, None), image.astype(np.float32) / 255)


def test_toning_gives_the_other_skin():
    rng = np.random.default_rng(1)
    own, other = ((base + 0.05 * rng.standard_normal((40, 40, 3))).astype(np.float32) for base in (0.4, 0.6))
    where = np.ones((40, 40), bool)
    toned, wanted = rgb_to_lab(_toned(own, other, where)), rgb_to_lab(other)
    np.testing.assert_allclose(toned.mean((0, 1)), wanted.mean((0, 1)), atol=0.3)
    np.testing.assert_allclose(toned.std((0, 1)), wanted.std((0, 1)), rtol=0.1)


def test_the_depth_inside_a_face_is_positive_in_its_middle(data_dir):
    points = load_portraits(data_dir, split="val", limit=1).landmarks[0, :, :2].astype(np.float64)
    depth = _depth_inside(points)
    nose, forehead = depth[[1, 10]]
    assert nose > 0.1
    assert abs(forehead) < 1e-3


def test_bare_faces_of_one_collection_are_mixed_nearest_first():
    numbers = np.array([[0.0], [5.0], [1.0], [2.0], [0.5], [6.0]])
    bare = np.array([True, True, False, True, True, True])
    found = Likeness(numbers, bare, ("a", "a", "a", "a", "b", "a")).nearest(0, 2)
    assert found.tolist() == [3, 1]


def test_portraits_know_their_collection(data_dir):
    portraits = load_portraits(data_dir, split="val")
    assert len(portraits.sources) == len(portraits.names)
    assert 1 < len(set(portraits.sources)) < len(portraits.names)


def test_seeds_are_numbers_and_ranges():
    assert _numbers("3,7,20-22") == [3, 7, 20, 21, 22]


def test_the_samples_can_be_painted_again(data_dir):
    pack = open_pack("starter")
    inventor = Inventor(load_generator(pack, "cpu", torch.float32), load_encoder(pack, "cpu", torch.float32),
                        load_portraits(data_dir, split="train", copies=True))
    for seed, name in ((144, "short-dark"), (83, "long-dark")):
        picture, names = inventor.invent(seed)
        assert len(set(names[:3])) == 3
        kept = cv2.imread(str(resources_folder() / "samples" / "people" / f"{name}.png"))[..., ::-1]
        assert np.abs(picture.astype(int) - kept).mean() < 1.0


def test_a_pack_of_another_size_is_refused(data_dir):
    with pytest.raises(InputRefused, match="cannot paint people"):
        Inventor(tiny_generator(), tiny_encoder(), load_portraits(data_dir, split="val", limit=2))


def test_missing_portraits_are_refused(tmp_path):
    with pytest.raises(InputRefused, match="cannot be read"):
        main(["--data", str(tmp_path), "--out", str(tmp_path / "out")])
