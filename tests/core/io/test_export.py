"""What is written must read back as the photograph it belongs to, and never half."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest
from PIL import Image, ImageCms

from core.document.photo import Photo
from core.errors import InputRefused
from core.io import atomic
from core.io.export import check_output, write_photo, write_plain
from core.io.image import read_photo
from core.io.report import outside_max_abs, plain, write_report


def make_photo(depth: int, *, alpha: bool, icc: bool) -> Photo:
    generator = np.random.default_rng(3)
    kind = np.uint16 if depth == 16 else np.uint8
    pixels = generator.integers(0, 2**depth, (70, 90, 3)).astype(kind)
    cover = generator.integers(0, 2**depth, (70, 90)).astype(kind) if alpha else None
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() if icc else None
    return Photo(pixels, cover, profile)


@pytest.mark.parametrize("extension", [".png", ".tif", ".tiff", ".webp"])
@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("alpha", [False, True])
def test_lossless_formats_keep_everything(tmp_path, extension, depth, alpha):
    photo = make_photo(depth, alpha=alpha, icc=True)
    path = tmp_path / f"out{extension}"
    notes = write_photo(path, photo.pixels, photo)
    back = read_photo(path)
    if extension == ".webp" and depth == 16:
        assert "8 bits" in notes[0]
        assert back.bit_depth == 8
        return
    assert notes == ()
    assert np.array_equal(back.pixels, photo.pixels)
    assert back.icc == photo.icc
    assert (back.alpha is not None) == alpha
    if alpha:
        assert np.array_equal(back.alpha, photo.alpha)
    assert outside_max_abs(path, photo, np.zeros((70, 90), np.float32)) == 0


def test_jpeg_says_what_it_cannot_keep(tmp_path):
    photo = make_photo(16, alpha=True, icc=True)
    notes = " ".join(write_photo(tmp_path / "out.jpg", photo.pixels, photo))
    assert "8 bits" in notes
    assert "lossy" in notes
    assert "transparency" in notes
    assert read_photo(tmp_path / "out.jpg").icc == photo.icc


def test_outside_is_measured_on_the_file(tmp_path):
    photo = make_photo(8, alpha=False, icc=False)
    changed = photo.pixels.copy()
    changed[5, 5] = 255 - changed[5, 5]
    write_photo(tmp_path / "out.png", changed, photo)
    mask = np.zeros((70, 90), np.float32)
    assert outside_max_abs(tmp_path / "out.png", photo, mask) == np.abs(
        changed[5, 5].astype(int) - photo.pixels[5, 5]).max()
    mask[5, 5] = 0.1
    assert outside_max_abs(tmp_path / "out.png", photo, mask) == 0
    assert outside_max_abs(tmp_path / "out.png", photo, np.ones((70, 90))) is None


def test_unwritable_outputs_are_refused(tmp_path):
    with pytest.raises(InputRefused, match="extension"):
        check_output(tmp_path / "out.gif")
    with pytest.raises(InputRefused, match="does not exist"):
        check_output(tmp_path / "none" / "out.png")
    (tmp_path / "out.png").mkdir()
    with pytest.raises(InputRefused, match="folder"):
        check_output(tmp_path / "out.png")
    with pytest.raises(InputRefused, match="16383"):
        check_output(tmp_path / "out.webp", (20_000, 100))


@pytest.mark.parametrize("call", ["fsync", "replace", "mkstemp"])
def test_a_failing_disk_leaves_the_old_file(tmp_path, monkeypatch, call):
    path = tmp_path / "out.png"
    path.write_bytes(b"old")

    def fail(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.tempfile if call == "mkstemp" else os, call, fail)
    with pytest.raises(InputRefused, match="No space left"):
        write_plain(path, np.zeros((8, 8), np.uint8))
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["out.png"]


def test_an_interruption_leaves_no_file(tmp_path):
    def interrupted() -> None:
        with atomic.atomic_path(tmp_path / "a.json") as temporary:
            temporary.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert os.listdir(tmp_path) == []


def test_link_targets_are_replaced_not_the_link(tmp_path):
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to(tmp_path / "real.json")
    atomic.write_json(tmp_path / "link.json", {"a": 1})
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "real.json").read_text()) == {"a": 1}


def test_report_holds_plain_values_only(tmp_path):
    write_report(tmp_path / "r.json", {"a": np.float32(1.5), "b": float("nan"), "c": np.arange(2), "d": tmp_path})
    assert json.loads((tmp_path / "r.json").read_text()) == {"a": 1.5, "b": None, "c": [0, 1], "d": str(tmp_path)}
    assert plain((np.bool_(True), {3: np.inf})) == [True, {"3": None}]


def test_plain_grey_picture(tmp_path):
    write_plain(tmp_path / "m.png", np.full((8, 9), 7, np.uint8))
    with Image.open(tmp_path / "m.png") as image:
        assert (image.mode, image.size, image.getpixel((0, 0))) == ("L", (9, 8), 7)
