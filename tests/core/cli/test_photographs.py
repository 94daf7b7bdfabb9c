"""The commands on real photographs, with the shipped networks."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from core.cli import main
from core.io.image import read_photo

pytestmark = pytest.mark.weights


@pytest.fixture
def headshots(data_dir, starter_pack, tmp_path):
    """Two headshots at 400 px as `identity.jpg` and `reference.jpg` in tmp_path."""
    for name, source in (("identity", "p04"), ("reference", "p01")):
        with Image.open(data_dir / "photos" / "headshots" / f"{source}.jpg") as image:
            image.resize((400, 400), Image.Resampling.LANCZOS).save(tmp_path / f"{name}.jpg", quality=95)
    return tmp_path


def test_align_writes_crop_and_points(headshots):
    code = main(["align", str(headshots / "identity.jpg"), "--out", str(headshots / "crop.png"), "--size", "256",
                 "--report", str(headshots / "r.json"), "--threads", "1"])
    assert code == 0
    found = json.loads((headshots / "r.json").read_text())["alignment"]
    assert found["confidence"] > 0.5
    assert np.array(found["quad"]).shape == (4, 2)
    assert found["eye_right"][0] < found["eye_left"][0]
    assert found["eye_left"][1] < found["mouth_left"][1] < found["chin"][1]
    with Image.open(headshots / "crop.png") as image:
        assert image.size == (256, 256)


def test_hand_set_points_need_no_face(headshots):
    Image.linear_gradient("L").resize((300, 300)).save(headshots / "plain.png")
    code = main(["align", str(headshots / "plain.png"), "--out", str(headshots / "crop.png"), "--size", "64",
                 "--points", "120,120,180,120,130,190,170,190", "--report", str(headshots / "r.json")])
    assert code == 0
    found = json.loads((headshots / "r.json").read_text())["alignment"]
    assert found["eye_left"] == [180, 120]
    assert found["by_hand"] is True


def test_regions_writes_labels_and_matte_of_the_photos_size(headshots):
    code = main(["regions", str(headshots / "identity.jpg"), "--out", str(headshots / "labels.png"),
                 "--matte", str(headshots / "matte.png"), "--threads", "1"])
    assert code == 0
    with Image.open(headshots / "labels.png") as image:
        labels = np.asarray(image)
        assert image.mode == "P"
    with Image.open(headshots / "matte.png") as image:
        matte = np.asarray(image)
    assert labels.shape == matte.shape == (400, 400)
    assert labels.max() <= 6
    # p04 has long hair: both outputs must agree on a large part of the picture.
    assert ((labels == 2) & (matte > 127)).mean() > 0.1


def test_deep_transparent_rotated_identity_comes_back_as_it_was(headshots):
    """16 bit, transparency and profile survive; outside the edit nothing moved."""
    with Image.open(headshots / "identity.jpg") as image:
        colour = np.asarray(image).astype(np.uint16) * 257 + 3
    alpha = np.full(colour.shape[:2], 65535, np.uint16)
    alpha[:20, :20] = 1000
    cv2.imwrite(str(headshots / "deep.png"), np.dstack([colour[..., ::-1], alpha]))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    with Image.open(headshots / "reference.jpg") as image:
        exif = Image.Exif()
        exif[0x0112] = 6
        image.transpose(Image.Transpose.ROTATE_90).save(headshots / "turned.jpg", quality=95, exif=exif,
                                                        icc_profile=profile)
    code = main(["compose", "--identity", str(headshots / "deep.png"), "--shape", str(headshots / "turned.jpg"),
                 "--recipe", "classical", "--out", str(headshots / "out.tif"), "--threads", "1",
                 "--report", str(headshots / "r.json")])
    assert code == 0
    before, after = read_photo(headshots / "deep.png"), read_photo(headshots / "out.tif")
    assert after.bit_depth == 16
    assert np.array_equal(after.alpha, before.alpha)
    report = json.loads((headshots / "r.json").read_text())
    assert report["metrics"]["outside_max_abs"] == 0
    assert (before.pixels != after.pixels).any(axis=2).mean() > 0.05
    assert set(report["alignment"]) >= {"identity", "shape"}
    assert report["seconds"]["first_preview"] > 0


def test_a_face_that_is_not_there_is_refused(headshots, capsys):
    code = main(["compose", "--identity", str(headshots / "identity.jpg"), "--shape",
                 str(headshots / "reference.jpg"), "--recipe", "classical", "--face-identity", "5",
                 "--out", str(headshots / "out.png"), "--threads", "1"])
    assert code == 3
    assert "identity.jpg" in capsys.readouterr().err
    assert not (headshots / "out.png").exists()
