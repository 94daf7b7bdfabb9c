"""Finish: exact outside the edit, seamless where the generator was at work, detailed everywhere."""

import dataclasses

import cv2
import numpy as np
import pytest

from core.compositing.composite import HoleLabel
from core.compositing.finishing.finish import BLENDS, finish, paste
from core.compositing.finishing.generated import generated_change
from core.document.photo import Photo
from core.errors import InputRefused
from core.imaging.detail import noise_level
from tests.core.compositing import crude


def painted(portrait, composite, tint=(0.06, 0.0, -0.06), size=64):
    """What a soft, slightly off generator would paint."""
    crop = portrait.alignment.crop(composite.image, size)
    return np.clip(cv2.GaussianBlur(crop, (0, 0), 0.7) + np.float32(tint), 0, 1)


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("blend", BLENDS)
def test_outside_is_bit_exact(depth, blend):
    portrait, composite = crude.synthetic(depth)
    done = finish(composite, portrait.photo, generated=painted(portrait, composite), alignment=portrait.alignment,
                  blend=blend)
    untouched = composite.edit == 0
    assert done.pixels.dtype == portrait.photo.pixels.dtype
    assert np.array_equal(done.pixels[untouched], portrait.photo.pixels[untouched])
    assert np.isfinite(done.image).all()
    assert (done.pixels != portrait.photo.pixels).any()


def test_without_generator_the_composite_is_kept():
    portrait, composite = crude.synthetic()
    done = finish(composite, portrait.photo)
    assert np.abs(done.image - np.clip(composite.image, 0, 1)).max() == 0
    assert "invented" not in done.figures


def test_constant_tint_of_the_generator_disappears():
    portrait, composite = crude.synthetic()
    generated = painted(portrait, composite)
    done = finish(composite, portrait.photo, generated=generated, alignment=portrait.alignment)
    raw = finish(composite, portrait.photo, generated=generated, alignment=portrait.alignment, blend="alpha")
    area = cv2.erode((composite.invent > 0).astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool)
    joined = np.abs((done.image - composite.image)[area].mean(axis=0))
    plain = np.abs((raw.image - composite.image)[area].mean(axis=0))
    assert joined[0] < 0.4 * plain[0]
    assert joined[2] < 0.4 * plain[2]


def test_generators_own_structure_arrives():
    portrait, composite = crude.synthetic()
    generated = painted(portrait, composite, tint=(0, 0, 0))
    generated[28:36, 9:14] += np.float32([0.2, -0.1, 0])
    done = finish(composite, portrait.photo, generated=generated, alignment=portrait.alignment)
    spot = (slice(92, 100), slice(31, 38))
    assert composite.invent[spot].min() > 0
    assert float((done.image - composite.image)[spot][..., 0].mean()) > 0.08


def with_bars(composite):
    """The composite with strong dark bars in its invented wall, as an ear or a collar would be."""
    area = (slice(78, 114), slice(26, 44))
    bars = np.zeros(composite.alpha.shape, np.float32)
    bars[area] = 0.35 * (np.arange(36)[:, None] // 6 % 2)
    images = {name: getattr(composite, name) - bars[..., None] for name in ("image", "plate")}
    return dataclasses.replace(composite, **images), area


def test_soft_generator_does_not_wash_out_strong_structure():
    portrait, composite = crude.synthetic()
    barred, area = with_bars(composite)
    soft = cv2.GaussianBlur(portrait.alignment.crop(barred.image, 64), (0, 0), 1.5)
    done = finish(barred, portrait.photo, generated=soft, alignment=portrait.alignment)
    shown = cv2.GaussianBlur(done.image, (0, 0), 1)[area][..., 1].std()
    assert shown > 0.85 * cv2.GaussianBlur(barred.image, (0, 0), 1)[area][..., 1].std()


def test_error_at_one_material_does_not_bleed_into_the_next():
    portrait, composite = crude.synthetic()
    hole = composite.hole.copy()
    low = np.zeros(hole.shape, bool)
    low[140:] = True
    hole[low & (hole == HoleLabel.BACKDROP)] = HoleLabel.CLOTHING
    parted = dataclasses.replace(composite, hole=hole)
    generated = portrait.alignment.crop(composite.image, 64)
    generated[140 * 64 // 192 :] += np.float32([0.15, 0, 0])
    done = finish(parted, portrait.photo, generated=np.clip(generated, 0, 1), alignment=portrait.alignment)
    wall = (composite.invent > 0) & (composite.alpha == 0)
    wall[120:] = False
    assert abs(float((done.image - composite.image)[wall][:, 0].mean())) < 0.004


def test_hair_keeps_its_pixels_where_nothing_is_to_invent():
    portrait, composite = crude.synthetic()
    generated = painted(portrait, composite, (0.2, 0.2, 0.2))
    done = finish(composite, portrait.photo, generated=generated, alignment=portrait.alignment)
    core = (composite.alpha > 0.999) & (composite.invent == 0)
    assert np.abs(done.image - composite.image)[core].max() < 1e-6


def test_no_step_at_the_border_of_the_invented_area():
    portrait, composite = crude.synthetic()
    change = generated_change(composite, portrait.photo.rgb(), painted(portrait, composite), portrait.alignment,
                              composite.edit > 0, join=True, limit=0.12, seed=0).image
    smooth = cv2.GaussianBlur(change, (0, 0), 1.0)
    assert np.abs(np.diff(smooth, axis=0)).max() < 0.02
    assert np.abs(np.diff(smooth, axis=1)).max() < 0.02


def test_smooth_fill_gets_the_photos_grain():
    portrait, composite = crude.synthetic()
    done = finish(composite, portrait.photo, generated=painted(portrait, composite), alignment=portrait.alignment)
    bare = (composite.invent > 0) & (composite.alpha == 0)
    wall = cv2.erode(bare.astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
    level = [float(noise_level(image, wall)[wall].mean()) for image in (composite.image, done.image)]
    assert level[0] < 0.002
    assert 0.004 < level[1] < 0.015


def test_protected_pixels_stay():
    portrait, composite = crude.synthetic()
    protect = np.zeros(composite.alpha.shape, np.uint8)
    protect[:, :80] = 255
    for blend in BLENDS:
        done = finish(composite, portrait.photo, generated=painted(portrait, composite), alignment=portrait.alignment,
                      blend=blend, protect=protect)
        assert np.array_equal(done.pixels[:, :80], portrait.photo.pixels[:, :80])
        assert not done.mask[:, :80].any()


def test_same_inputs_same_bytes():
    portrait, composite = crude.synthetic()
    generated = painted(portrait, composite)
    first, second = (finish(composite, portrait.photo, generated=generated, alignment=portrait.alignment)
                     for _ in range(2))
    assert np.array_equal(first.pixels, second.pixels)


def test_crop_that_covers_only_a_part():
    portrait, composite = crude.synthetic()
    matrix = portrait.alignment.matrix.copy()
    matrix[:2, :2] *= 0.5
    matrix[:2, 2] += 50
    part = type(portrait.alignment)(matrix)
    generated = np.clip(part.crop(composite.image, 48) + np.float32([0.1, 0, 0]), 0, 1)
    done = finish(composite, portrait.photo, generated=generated, alignment=part)
    beyond = part.uncrop(np.ones((48, 48), np.float32), 192, 192) == 0
    assert np.abs(done.image - composite.image)[beyond].max() < 1e-6


def test_wrong_requests():
    portrait, composite = crude.synthetic()
    with pytest.raises(InputRefused, match="Blend"):
        finish(composite, portrait.photo, blend="glue")
    with pytest.raises(InputRefused, match="protect"):
        finish(composite, portrait.photo, protect=np.zeros((4, 4), np.uint8))
    with pytest.raises(ValueError, match="alignment"):
        finish(composite, portrait.photo, generated=np.zeros((8, 8, 3), np.float32))
    with pytest.raises(ValueError, match="square"):
        finish(composite, portrait.photo, generated=np.zeros((8, 9, 3), np.float32), alignment=portrait.alignment)


def test_paste_rounds_and_survives_bad_values():
    photo = Photo(np.full((2, 3, 3), 7, np.uint8))
    image = np.full((2, 3, 3), 0.5, np.float32)
    image[0, 0] = np.nan
    image[0, 1] = 2
    mask = np.ones((2, 3), np.float32)
    mask[1, 2] = 0
    pixels = paste(photo, image, mask)
    assert pixels[0, 0].tolist() == [7, 7, 7]
    assert pixels[0, 1].tolist() == [255, 255, 255]
    assert pixels[1, 0].tolist() == [128, 128, 128]
    assert pixels[1, 2].tolist() == [7, 7, 7]
    with pytest.raises(ValueError, match="match"):
        paste(photo, image[:1], mask)


def test_broken_pixels_of_the_composite_keep_the_photo(expected_logs):
    portrait, composite = crude.synthetic()
    image = composite.image.copy()
    image[90:96, 30:36] = np.nan
    done = finish(dataclasses.replace(composite, image=image), portrait.photo)
    assert np.array_equal(done.pixels[90:96, 30:36], portrait.photo.pixels[90:96, 30:36])
    assert "not finite in 36 pixels" in expected_logs[0]
    expected_logs.clear()


def test_real_portrait(data_dir):
    portrait, composite = crude.real(data_dir)
    generated = painted(portrait, composite, tint=(0.04, 0.0, -0.04), size=128)
    done = finish(composite, portrait.photo, generated=generated, alignment=portrait.alignment)
    assert np.array_equal(done.pixels[composite.edit == 0], portrait.photo.pixels[composite.edit == 0])
    area = (composite.invent > 0) & (composite.alpha < 0.01)
    assert float(np.abs(done.image - composite.image)[area].mean()) < 0.03


def test_a_larger_generator_that_shows_the_same_changes_the_same(data_dir):
    portrait, composite = crude.real(data_dir)
    blobs = np.random.default_rng(0).normal(0, 1, (128, 128, 3)).astype(np.float32)
    blobs = 1.2 * cv2.GaussianBlur(blobs, (0, 0), 4) * portrait.alignment.crop(composite.invent, 128)[..., None]
    small = np.clip(painted(portrait, composite, tint=(0.04, 0.0, -0.04), size=128) + blobs, 0, 1)
    large = np.clip(cv2.resize(small, (256, 256), interpolation=cv2.INTER_CUBIC), 0, 1)
    # Grain is drawn at random; what the generator says is below it.
    first, second = (
        cv2.GaussianBlur(generated_change(composite, portrait.photo.rgb(), generated, portrait.alignment,
                                          composite.edit > 0, join=True, limit=0.12, seed=0).image, (0, 0), 4)
        for generated in (small, large))
    area = (composite.invent > 0.5) & (composite.alpha < 0.01)
    size = float(np.abs(first[area]).mean())
    assert size > 0.003
    assert float(np.abs(second - first)[area].mean()) < 0.7 * size
