"""Profiles that fit are kept or applied; profiles that do not are never passed on."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageCms

from core.io.image import read_photo
from core.io.profile import profile_name, profile_space, to_srgb


def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def lab() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def picture() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (70, 80, 3), dtype=np.uint8))


def test_space_and_name():
    assert profile_space(srgb()) == "RGB"
    assert profile_space(lab()) == "Lab"
    assert profile_space(None) == profile_space(b"junk") == profile_space(bytes(200)) == ""
    assert "sRGB" in profile_name(srgb())
    assert profile_name(b"junk") == "sRGB (assumed)"


def test_unfit_profile_is_dropped_with_a_note(tmp_path):
    for name, icc in (("junk", b"junk" * 50), ("lab", lab())):
        picture().save(tmp_path / f"{name}.png", icc_profile=icc)
        notes: list[str] = []
        assert read_photo(tmp_path / f"{name}.png", warnings=notes).icc is None
        assert "profile" in notes[0]


def test_cmyk_says_that_it_was_converted(tmp_path):
    picture().convert("CMYK").save(tmp_path / "a.jpg", quality=100)
    notes: list[str] = []
    photo = read_photo(tmp_path / "a.jpg", warnings=notes)
    assert photo.source_mode == "CMYK"
    assert photo.icc is None
    assert "CMYK" in notes[0]


def test_lab_goes_through_its_profile():
    image = picture()
    transformed = ImageCms.profileToProfile(image, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"),
                                            outputMode="LAB")
    assert transformed is not None
    back = np.asarray(to_srgb(transformed, lab())).astype(int)
    assert np.abs(back - np.asarray(image)).mean() < 3


def test_palette_and_grey_keep_an_rgb_profile(tmp_path):
    for mode in ("P", "L"):
        picture().convert(mode).save(tmp_path / f"{mode}.png", icc_profile=srgb())
        photo = read_photo(tmp_path / f"{mode}.png")
        expected = np.asarray(picture().convert(mode).convert("RGB"))
        assert photo.icc == srgb()
        assert np.array_equal(photo.pixels, expected)
