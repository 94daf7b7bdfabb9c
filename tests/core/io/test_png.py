"""Pictures of a project are compressed once, and never mistaken for one another."""

from __future__ import annotations

import numpy as np
import pytest

from core.io import png
from core.io.png import decode_grey, decode_rgb, grey_png, keep_picture, picture_png, read_size
from tests.core.document.build import make_pixels


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_pictures_come_back(kind):
    pixels = make_pixels(70, 50, 1, kind)
    data = picture_png(pixels, None, None)
    assert read_size(data) == (70, 50)
    assert np.array_equal(decode_rgb(data, 8 * pixels.itemsize), pixels)
    with pytest.raises(ValueError, match="bit depth"):
        decode_rgb(data, 24 - 8 * pixels.itemsize)


def test_what_did_not_change_is_not_compressed_again(monkeypatch):
    pixels = make_pixels(70, 50, 2)
    first = picture_png(pixels, None, None)
    monkeypatch.setattr(png, "encode_png", None)
    assert picture_png(pixels.copy(), None, None) is first


def test_what_changed_is_compressed_again():
    pixels = make_pixels(70, 50, 3)
    picture_png(pixels, None, None)
    pixels[10, 10] ^= 1
    assert np.array_equal(decode_rgb(picture_png(pixels, None, None), 8), pixels)
    cover = pixels[..., 0].copy()
    files = {picture_png(pixels, None, None), picture_png(pixels, cover, None), picture_png(pixels, None, b"icc" * 50),
             picture_png(pixels.reshape(70, 50, 3), None, None)}
    assert len(files) == 4


def test_a_picture_that_was_read_is_known():
    pixels = make_pixels(70, 50, 4)
    keep_picture(pixels, None, None, b"the file")
    assert picture_png(pixels, None, None) == b"the file"


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(png, "_KEPT_BYTES", 30_000)
    kept = png._Kept()
    for number in range(20):
        kept.put(bytes([number]), bytes(5000))
    assert [number for number in range(20) if kept.get(bytes([number]))] == list(range(14, 20))
    kept.put(b"large", bytes(20_000))
    assert kept.get(b"large") is None


def test_masks_must_fit():
    mask = make_pixels(40, 30, 5)[..., 0]
    data = grey_png(mask)
    assert np.array_equal(decode_grey(data, (40, 30)), mask)
    with pytest.raises(ValueError, match="fit"):
        decode_grey(data, (30, 40))
    with pytest.raises(ValueError, match="fit"):
        decode_grey(picture_png(make_pixels(40, 30, 5), None, None), (40, 30))


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a" + bytes(60)])
def test_other_files_are_refused(data):
    with pytest.raises(ValueError, match="no PNG"):
        read_size(data)


def test_absurd_sizes_are_refused():
    data = bytearray(grey_png(np.zeros((4, 4), np.uint8)))
    data[16:24] = b"\x00\x01\x00\x00" * 2
    with pytest.raises(ValueError, match="too large"):
        read_size(bytes(data))
