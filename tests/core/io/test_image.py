"""Files as people really have them: every odd one is either read rightly or refused with a reason."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms, ImageFile

from core.errors import InputRefused
from core.io.image import read_mask, read_photo


def picture(width: int = 96, height: int = 80) -> np.ndarray:
    """Smooth and unsymmetric [H, W, 3] uint8, so that turns and swapped channels show."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 2, y * 3, (x + y) % 256], axis=2).astype(np.uint8)


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def save(path: Path, array: np.ndarray, **options) -> Path:
    Image.fromarray(array).save(path, **options)
    return path


@pytest.mark.parametrize("kind", ["png", "webp", "tif", "bmp"])
def test_plain_colour_is_read_exactly(tmp_path, kind):
    options = {"lossless": True} if kind == "webp" else {}
    photo = read_photo(save(tmp_path / f"a.{kind}", picture(), **options))
    assert np.array_equal(photo.pixels, picture())
    assert (photo.bit_depth, photo.alpha, photo.icc) == (8, None, None)


def test_extension_does_not_matter(tmp_path):
    path = tmp_path / "a.jpg"
    Image.fromarray(picture()).save(path, "PNG")
    assert np.array_equal(read_photo(path).pixels, picture())


@pytest.mark.parametrize("kind", ["png", "tif"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bit_is_kept(tmp_path, kind, channels):
    deep = np.random.default_rng(1).integers(0, 65536, (70, 90, channels), dtype=np.uint16)
    path = tmp_path / f"a.{kind}"
    if kind == "png":
        stored = deep[..., 0] if channels == 1 else deep[..., [2, 1, 0, 3][:channels]]
        cv2.imwrite(str(path), stored)
    else:
        tifffile.imwrite(path, deep[..., 0] if channels == 1 else deep,
                         photometric="minisblack" if channels == 1 else "rgb",
                         extrasamples=["unassalpha"] if channels == 4 else None)
    photo = read_photo(path)
    assert photo.bit_depth == 16
    assert np.array_equal(photo.pixels, np.repeat(deep, 3, axis=2) if channels == 1 else deep[..., :3])
    assert (photo.alpha is None) == (channels < 4)
    if channels == 4:
        assert np.array_equal(photo.alpha, deep[..., 3])


@pytest.mark.parametrize("mode", ["L", "1", "LA", "P", "RGBA", "CMYK", "YCbCr", "I;16"])
def test_every_mode_becomes_rgb(tmp_path, mode):
    source = Image.fromarray(picture())
    if mode == "I;16":
        image = Image.fromarray(np.asarray(source.convert("L")).astype(np.uint16) * 257)
    elif mode in ("LA", "RGBA"):
        image = source.convert(mode)
        image.putalpha(100)
    else:
        image = source.convert(mode)
    path = tmp_path / ("a.tif" if mode in ("CMYK", "YCbCr") else "a.png")
    image.save(path)
    photo = read_photo(path)
    assert photo.pixels.shape == (80, 96, 3)
    assert (photo.alpha is not None) == (mode in ("LA", "RGBA"))
    if photo.alpha is not None:
        assert (photo.alpha == 100).all()
    expected = np.asarray(source if mode in ("RGBA", "CMYK", "YCbCr", "P") else source.convert("L").convert("RGB"))
    difference = np.abs(photo.rgb8().astype(int) - expected)
    assert np.median(difference) < {"1": 256, "P": 40}.get(mode, 6)


def test_palette_transparency_becomes_alpha(tmp_path):
    indices = np.zeros((80, 96), np.uint8)
    indices[10:40] = 1
    image = Image.frombytes("P", (96, 80), indices.tobytes())
    image.putpalette([255, 0, 0, 0, 0, 255] + [0] * 762)
    path = tmp_path / "a.png"
    image.save(path, transparency=0)
    photo = read_photo(path)
    assert photo.alpha is not None
    assert photo.alpha[0, 0] == 0
    assert photo.alpha[20, 5] == 255
    assert tuple(photo.pixels[20, 5]) == (0, 0, 255)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["png", "tif", "deep.png", "deep.tif"])
def test_camera_rotation_is_applied(tmp_path, orientation, kind):
    upright = picture()
    undo = {1: lambda a: a, 2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1], 4: lambda a: a[::-1],
            5: lambda a: a.swapaxes(0, 1), 6: lambda a: np.rot90(a, 1), 7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
            8: lambda a: np.rot90(a, -1)}
    stored = np.ascontiguousarray(undo[orientation](upright))
    path = tmp_path / f"a.{kind}"
    if kind == "deep.tif":
        tifffile.imwrite(path, stored.astype(np.uint16) * 257, photometric="rgb",
                         extratags=[(274, "H", 1, orientation, True)])
    elif kind == "deep.png":
        path.write_bytes(with_exif(cv2.imencode(".png", stored[..., ::-1].astype(np.uint16) * 257)[1].tobytes(),
                                   orientation))
    else:
        exif = Image.Exif()
        exif[0x0112] = orientation
        save(path, stored, exif=exif)
    photo = read_photo(path)
    assert photo.bit_depth == (16 if kind.startswith("deep") else 8)
    assert np.array_equal(photo.rgb8(), upright)


def with_exif(png: bytes, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    body = b"eXIf" + exif.tobytes().removeprefix(b"Exif\0\0")
    return png[:33] + struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)) + png[33:]


def test_jpeg_rotation_and_profile(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = save(tmp_path / "a.jpg", picture(), exif=exif, icc_profile=srgb_profile(), quality=95)
    photo = read_photo(path)
    assert (photo.width, photo.height) == (80, 96)
    assert photo.icc == srgb_profile()


def test_several_frames_use_the_first_and_say_so(tmp_path):
    path = tmp_path / "a.webp"
    second = Image.fromarray(255 - picture())
    Image.fromarray(picture()).save(path, save_all=True, append_images=[second], lossless=True, duration=50)
    notes: list[str] = []
    photo = read_photo(path, warnings=notes)
    assert np.array_equal(photo.pixels, picture())
    assert "2 pictures" in notes[0]


def bomb(width: int, height: int) -> bytes:
    """A PNG of one colour: tiny file, huge picture."""
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    packer = zlib.compressobj(9)
    row = b"\0" + bytes((width + 7) // 8)
    rows = b"".join(packer.compress(row * 1000) for _ in range(height // 1000)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def truncated(kind: str, **options) -> bytes:
    stream = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (80, 96, 3), dtype=np.uint8)
    Image.fromarray(noise).save(stream, kind, **options)
    return stream.getvalue()[: len(stream.getvalue()) * 6 // 10]


def truncated_deep(kind: str) -> bytes:
    noise = np.random.default_rng(0).integers(0, 65536, (80, 96, 3), dtype=np.uint16)
    whole = cv2.imencode(kind, noise)[1].tobytes()
    if kind == ".tiff":
        stream = io.BytesIO()
        tifffile.imwrite(stream, noise, photometric="rgb")
        whole = stream.getvalue()
    return whole[: len(whole) * 6 // 10]


REFUSED = {
    "text": (b"hello, this is not a picture", "not a picture"),
    "empty": (b"", "empty"),
    "gif": (b"GIF89a" + bytes(40), "not a picture"),
    "png, truncated": (truncated("PNG"), "damaged or cut off"),
    "jpeg, truncated": (truncated("JPEG"), "damaged or cut off"),
    "webp, truncated": (truncated("WEBP", lossless=True), "damaged"),
    "tiff, truncated": (truncated("TIFF"), "damaged"),
    "bmp, truncated": (truncated("BMP"), "damaged or cut off"),
    "16 bit png, truncated": (truncated_deep(".png"), "damaged"),
    "16 bit tiff, truncated": (truncated_deep(".tiff"), "damaged"),
    "bomb of 12000 squared": (bomb(12_000, 12_000), "144 million"),
    "bomb of 20000 squared": (bomb(20_000, 20_000), "million pixels"),
    "header of 60000 squared": (bomb(60_000, 60_000)[:60], "million pixels"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_files_are_refused_with_a_reason(tmp_path, name):
    data, reason = REFUSED[name]
    path = tmp_path / "bad.png"
    path.write_bytes(data)
    with pytest.raises(InputRefused) as refusal:
        read_photo(path)
    assert "bad.png" in refusal.value.what
    assert reason in refusal.value.why
    assert refusal.value.next_step


def test_bomb_is_refused_without_decoding(tmp_path, monkeypatch):
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb(12_000, 12_000))

    def decode(self):
        raise AssertionError("a pixel was decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decode)
    with pytest.raises(InputRefused, match="144 million"):
        read_photo(path)


@pytest.mark.parametrize("size", [(1, 1), (63, 200), (200, 63)])
def test_tiny_pictures_are_refused(tmp_path, size):
    path = save(tmp_path / "small.png", picture(*size))
    with pytest.raises(InputRefused, match="too small"):
        read_photo(path)


def test_zero_width_is_refused(tmp_path):
    data = bytearray(bomb(1000, 1000))
    data[16:20] = bytes(4)
    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    path = tmp_path / "none.png"
    path.write_bytes(bytes(data))
    with pytest.raises(InputRefused):
        read_photo(path)


def test_missing_file_and_folder_are_refused(tmp_path):
    with pytest.raises(InputRefused, match="no such file"):
        read_photo(tmp_path / "none.png")
    with pytest.raises(InputRefused, match="folder"):
        read_photo(tmp_path)


@pytest.mark.parametrize("seed", range(40))
def test_mutated_files_never_crash(tmp_path, seed):
    generator = np.random.default_rng(seed)
    kind = ["PNG", "JPEG", "WEBP", "TIFF", "BMP"][seed % 5]
    stream = io.BytesIO()
    Image.fromarray(picture()).save(stream, kind)
    data = np.frombuffer(stream.getvalue(), np.uint8).copy()
    data[generator.integers(0, len(data), 12)] = generator.integers(0, 256, 12)
    path = tmp_path / "mutant"
    path.write_bytes(data.tobytes())
    try:
        photo = read_photo(path)
    except InputRefused:
        return
    assert photo.pixels.shape[2] == 3


def test_mask_of_any_mode(tmp_path):
    mask = np.zeros((80, 96), np.uint8)
    mask[20:50, 30:60] = 255
    colour = np.dstack([mask, np.zeros_like(mask), np.zeros_like(mask)])
    brush = np.dstack([np.zeros((80, 96, 3), np.uint8), mask])
    faded = np.dstack([mask, mask, mask, np.full_like(mask, 128)])
    for name, array in {"grey": mask, "red": colour, "black paint": brush, "two": mask > 0}.items():
        path = save(tmp_path / f"{name}.png", array)
        assert np.array_equal(read_mask(path, (96, 80), name="hair mask"), mask), name
    assert read_mask(save(tmp_path / "f.png", faded), (96, 80), name="hair mask").max() == 128


def test_mask_of_another_size_names_both(tmp_path):
    path = save(tmp_path / "m.png", np.zeros((40, 50), np.uint8))
    with pytest.raises(InputRefused) as refusal:
        read_mask(path, (96, 80), name="hair mask of the identity")
    assert "hair mask of the identity" in refusal.value.what
    assert "50 x 40" in refusal.value.why
    assert "96 x 80" in refusal.value.why


def test_a_png_is_turned_by_exif_behind_its_pixels(tmp_path):
    path = tmp_path / "late.png"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.zeros((80, 120, 3), np.uint8)).save(path, exif=exif.tobytes())
    data = path.read_bytes()
    at = data.index(b"eXIf") - 4
    length = int.from_bytes(data[at : at + 4], "big") + 12
    chunk, rest = data[at : at + length], data[:at] + data[at + length :]
    end = rest.index(b"IEND") - 4
    path.write_bytes(rest[:end] + chunk + rest[end:])
    photo = read_photo(path)
    assert (photo.width, photo.height) == (80, 120)


def test_a_png_without_exif_is_decoded_once(tmp_path, monkeypatch):
    path = tmp_path / "plain.png"
    Image.fromarray(np.zeros((80, 120, 3), np.uint8)).save(path)
    decoded = []
    whole = ImageFile.ImageFile.load

    def load(self):
        decoded.extend(self.tile)
        return whole(self)

    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    read_photo(path)
    assert len(decoded) == 1
