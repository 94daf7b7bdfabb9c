"""An export holds what was chosen: size, depth, profile, metadata, and nothing that should have stayed at home."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from core.document.photo import Photo
from core.errors import InputRefused
from core.io.export import ExportOptions, encode_export, export_notes
from core.io.image import photo_from_bytes, read_photo
from core.io.metadata import has_location
from tests.core.document.build import make_pixels

ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
FORMATS = ["PNG", "TIFF", "JPEG", "WEBP"]
MAKER, ORIENTATION, SOFTWARE, EXIF, GPS, TAKEN, NOTE, WIDTH = (
    0x010F, 0x0112, 0x0131, 0x8769, 0x8825, 0x9003, 0x927C, 0xA002)


def camera_photo(folder, kind: str = "JPEG") -> Photo:
    """A photo as a camera writes it: turned, with thumbnail, position and maker's note."""
    exif = Image.Exif()
    exif[MAKER], exif[ORIENTATION], exif[SOFTWARE] = "Maker", 6, "Firmware 1.0"
    exif.get_ifd(EXIF).update({TAKEN: "2020:02:03 04:05:06", NOTE: b"secret note" * 20, WIDTH: 100})
    exif.get_ifd(GPS).update({1: "N", 2: (48.0, 8.0, 14.0)})
    path = folder / f"photo.{kind.lower()}"
    smooth = np.broadcast_to(np.linspace(0, 255, 100)[None, :, None], (80, 100, 3)).astype(np.uint8)
    Image.fromarray(np.ascontiguousarray(smooth)).save(path, kind, exif=exif.tobytes(), dpi=(300, 300), icc_profile=ICC)
    return read_photo(path)


def plain_photo(kind: type, *, alpha: bool = False) -> Photo:
    pixels = make_pixels(90, 70, 2, kind)
    return Photo(pixels, make_pixels(90, 70, 3, kind)[..., 0] if alpha else None, ICC)


def exif_of(data: bytes) -> Image.Exif:
    return Image.open(io.BytesIO(data)).getexif()


def decoded(data: bytes, folder) -> Photo:
    return photo_from_bytes(data, folder / "out", minimum=1)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_same_size_and_depth_are_exact(tmp_path, kind, alpha, file_format):
    photo = plain_photo(kind, alpha=alpha)
    back = decoded(encode_export(photo.pixels, photo, ExportOptions(file_format)), tmp_path)
    assert np.array_equal(back.pixels, photo.pixels)
    assert back.icc == photo.icc
    assert (back.alpha is not None) == alpha
    if alpha:
        assert np.array_equal(back.alpha, photo.alpha)


def test_lossless_webp_is_exact(tmp_path):
    photo = plain_photo(np.uint8, alpha=True)
    back = decoded(encode_export(photo.pixels, photo, ExportOptions("WEBP")), tmp_path)
    assert np.array_equal(back.pixels, photo.pixels)
    assert np.array_equal(back.alpha, photo.alpha)


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("depth", [8, 16])
def test_the_depth_is_the_chosen_one(tmp_path, file_format, depth):
    for kind in (np.uint8, np.uint16):
        photo = plain_photo(kind)
        back = decoded(encode_export(photo.pixels, photo, ExportOptions(file_format, depth)), tmp_path)
        expected = depth if file_format in ("PNG", "TIFF") else 8
        assert back.bit_depth == expected
        if file_format in ("PNG", "TIFF"):
            assert np.array_equal(back.rgb8(), photo.rgb8())


@pytest.mark.parametrize("file_format", ["JPEG", "WEBP"])
def test_quality_costs_bytes(file_format):
    photo = plain_photo(np.uint8)
    sizes = [len(encode_export(photo.pixels, photo, ExportOptions(file_format, quality=quality, lossless=False)))
             for quality in (20, 60, 95)]
    assert sizes == sorted(sizes)
    assert sizes[2] > 1.5 * sizes[0]


def test_jpeg_keeps_full_colour_resolution(tmp_path):
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[:, ::2, 0], pixels[:, 1::2, 2] = 255, 255
    back = decoded(encode_export(pixels, Photo(pixels), ExportOptions("JPEG")), tmp_path)
    assert np.abs(back.pixels.astype(int) - pixels).mean() < 12


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("origin", ["JPEG", "TIFF", "WEBP", "PNG"])
def test_metadata_comes_along_cleaned(tmp_path, file_format, origin):
    photo = camera_photo(tmp_path, origin)
    data = encode_export(photo.pixels, photo, ExportOptions(file_format))
    exif = exif_of(data)
    assert exif[MAKER] == "Maker"
    assert exif.get(ORIENTATION, 1) == 1
    assert exif[SOFTWARE] == "Coiffe"
    details = exif.get_ifd(EXIF)
    assert details[TAKEN] == "2020:02:03 04:05:06"
    assert details[WIDTH] == photo.width
    assert NOTE not in details
    assert exif.get_ifd(GPS)[1] == "N"
    assert b"compositeWithTrainedAlgorithmicMedia" in data
    back = decoded(data, tmp_path)
    assert (back.width, back.height) == (photo.width, photo.height)
    assert back.icc == photo.icc
    if file_format in ("PNG", "TIFF"):
        assert np.array_equal(back.pixels, photo.pixels)


@pytest.mark.parametrize("file_format", FORMATS)
def test_what_is_switched_off_stays_at_home(tmp_path, file_format):
    photo = camera_photo(tmp_path)
    assert has_location(photo)
    without_place = encode_export(photo.pixels, photo, ExportOptions(file_format, location=False))
    assert exif_of(without_place)[MAKER] == "Maker"
    assert not exif_of(without_place).get_ifd(GPS)
    nothing = encode_export(photo.pixels, photo, ExportOptions(file_format, metadata=False))
    assert MAKER not in exif_of(nothing)
    assert not exif_of(nothing).get_ifd(EXIF)
    assert b"TrainedAlgorithmic" not in nothing
    assert decoded(nothing, tmp_path).icc == photo.icc


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_photo_without_file_still_says_how_it_was_made(file_format):
    photo = plain_photo(np.uint8)
    data = encode_export(photo.pixels, photo, ExportOptions(file_format))
    assert b"compositeWithTrainedAlgorithmicMedia" in data
    assert not has_location(photo)


def test_damaged_metadata_is_left_out(tmp_path):
    smooth = np.full((80, 100, 3), 77, np.uint8)
    blocks = (b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\x01" * 90)
    for number, block in enumerate(blocks):
        path = tmp_path / f"{number}.jpg"
        Image.fromarray(smooth).save(path, exif=block)
        photo = read_photo(path)
        for file_format in FORMATS:
            back = decoded(encode_export(photo.pixels, photo, ExportOptions(file_format)), tmp_path)
            assert back.width == photo.width


@pytest.mark.parametrize("size", [(45, 35), (180, 140), (90, 200)])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_another_size(tmp_path, size, kind):
    ramp = np.linspace(0.1, 0.9, 90)[None, :, None] * np.ones((70, 1, 3))
    pixels = (ramp * np.iinfo(kind).max).astype(kind)
    photo = Photo(pixels)
    back = decoded(encode_export(pixels, photo, ExportOptions("PNG", size=size)), tmp_path)
    assert (back.width, back.height) == size
    assert back.pixels.dtype == kind
    middle = back.rgb()[size[1] // 2, :, 0]
    assert np.abs(middle - np.interp(np.linspace(0, 1, size[0]), [0, 1], [0.1, 0.9])).max() < 0.02


def test_hidden_colours_do_not_bleed(tmp_path):
    pixels = np.full((80, 80, 3), 200, np.uint8)
    pixels[:, 40:] = 0
    alpha = np.full((80, 80), 255, np.uint8)
    alpha[:, 39:] = 0
    back = decoded(encode_export(pixels, Photo(pixels, alpha), ExportOptions("PNG", size=(27, 27))), tmp_path)
    assert back.alpha is not None
    assert (back.pixels[back.alpha > 0] >= 199).all()


def test_notes_say_what_is_lost():
    photo = plain_photo(np.uint16, alpha=True)
    assert export_notes(photo, ExportOptions("PNG")) == ()
    notes = " ".join(export_notes(photo, ExportOptions("JPEG", size=(9, 9))))
    for word in ("16 bit", "transparency", "lossy", "size"):
        assert word in notes
    assert "8 bits were chosen" in export_notes(photo, ExportOptions("TIFF", 8))[0]
    assert export_notes(plain_photo(np.uint8), ExportOptions("WEBP")) == ()


@pytest.mark.parametrize("options", [
    ExportOptions("GIF"), ExportOptions(bit_depth=12), ExportOptions(quality=0), ExportOptions(size=(0, 5)),
    ExportOptions(size=(20_000, 20_000)), ExportOptions("WEBP", size=(17_000, 10))])
def test_impossible_options_are_refused(options):
    photo = plain_photo(np.uint8)
    with pytest.raises(InputRefused):
        encode_export(photo.pixels, photo, options)
