"""Faces end to end with the shipped networks on real photographs, and every refusal without them."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from core.document.photo import Photo
from core.errors import InputRefused, ModelFileError
from core.faces.align import CHIN, crop_points
from core.faces.analyse import analyse
from core.faces.detect import find_faces
from core.faces.face import Region
from core.faces.landmarks import face_alignment, load_landmarks
from core.faces.mesh import MIRRORED
from core.faces.regions import load_regions

NAMES = ("p02", "p06", "p12")


@pytest.fixture(scope="module")
def pack(starter_pack):
    for component in ("landmarks", "regions"):
        if component not in starter_pack:
            pytest.skip(f"the starter pack has no {component} network")
    return starter_pack


def _photo(data_dir: Path, name: str, long_side: int = 512) -> Photo:
    with Image.open(data_dir / "photos" / f"{name}.jpg") as picture:
        pixels = np.asarray(picture.convert("RGB"))
    scale = long_side / max(pixels.shape[:2])
    size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    return Photo(np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)), path=Path(f"{name}.jpg"))


def _eye_distance(landmarks: np.ndarray) -> float:
    points = crop_points(landmarks)
    return float(np.linalg.norm(points["eye_left"] - points["eye_right"]))


def _error(found: np.ndarray, truth: np.ndarray) -> float:
    return float(np.linalg.norm(found[:, :2] - truth[:, :2], axis=1).mean()) / _eye_distance(truth)


class _Folder:
    """A pack that is only two paths."""

    def __init__(self, landmarks: Path, regions: Path) -> None:
        self._paths = {"landmarks": landmarks, "regions": regions}

    def path(self, component: str) -> Path:
        return self._paths[component]


def test_landmarks_and_hair_agree_with_held_back_labels(pack, data_dir: Path) -> None:
    folder = data_dir / "portraits"
    with open(folder / "index.csv", newline="", encoding="utf-8") as stream:
        rows = [(i, row) for i, row in enumerate(csv.DictReader(stream))]
    chosen = [(i, row) for i, row in rows if row["split"] == "val" and float(row["hair_fraction"]) > 0.05][:6]
    with np.load(folder / "landmarks.npz") as archive:
        truths = archive["landmarks"]
    errors, overlaps = [], []
    for index, row in chosen:
        with Image.open(folder / "images" / f"{row['name']}.jpg") as picture:
            photo = Photo(np.asarray(picture.convert("RGB")))
        with Image.open(folder / "hair" / f"{row['name']}.png") as picture:
            hair = cv2.resize(np.asarray(picture.convert("L")), (photo.width, photo.height)) > 127
        portrait = analyse(photo, pack)
        errors.append(_error(portrait.face.landmarks, truths[index] * photo.width - 0.5))
        found = portrait.hair > 0.5
        overlaps.append((found & hair).sum() / (found | hair).sum())
    assert np.mean(errors) < 0.045
    assert np.mean(overlaps) > 0.8


@pytest.mark.parametrize("name", NAMES)
def test_a_portrait_is_found_aligned_and_parsed(pack, data_dir: Path, name: str) -> None:
    photo = _photo(data_dir, f"headshots/{name}")
    portrait = analyse(photo, pack)
    assert portrait.face.confidence > 0.8
    assert portrait.face.rotation == 0
    assert portrait.regions.shape == portrait.hair.shape == (photo.height, photo.width)
    assert portrait.hair.dtype == np.float32
    assert 0 <= portrait.hair.min() <= portrait.hair.max() <= 1
    nose = portrait.face.landmarks[4, :2].round().astype(int)
    assert portrait.regions[nose[1], nose[0]] == Region.SKIN
    assert portrait.hair[nose[1], nose[0]] < 0.1
    eyes = portrait.alignment.to_crop(portrait.face.landmarks[:, :2], 256)
    assert np.allclose(crop_points(eyes)["eye_right"][1], crop_points(eyes)["eye_left"][1], atol=6)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_photo_gives_the_same_face(pack, data_dir: Path, turns: int) -> None:
    photo = _photo(data_dir, "headshots/p12")
    upright = find_faces(photo, pack)[0]
    turned = find_faces(Photo(np.ascontiguousarray(np.rot90(photo.pixels, -turns))), pack)
    expected, height, width = upright.landmarks.copy(), photo.height, photo.width
    for _ in range(turns):
        expected[:, 0], expected[:, 1] = height - 1 - expected[:, 1], expected[:, 0].copy()
        height, width = width, height
    assert turned
    assert turned[0].rotation == 360 - 90 * turns
    assert _error(turned[0].landmarks, expected) < 0.03


@pytest.mark.parametrize("degrees", [-40, 40])
def test_a_tilted_photo_gives_the_same_face(pack, data_dir: Path, degrees: int) -> None:
    photo = _photo(data_dir, "headshots/p12")
    upright = find_faces(photo, pack)[0]
    centre = (photo.width / 2, photo.height / 2)
    matrix = cv2.getRotationMatrix2D(centre, degrees, 0.8)
    size = (photo.width, photo.height)
    tilted = cv2.warpAffine(photo.pixels, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    faces = find_faces(Photo(np.asarray(tilted)), pack)
    assert len(faces) == 1
    expected = upright.landmarks[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    assert _error(faces[0].landmarks, expected) < 0.03
    assert faces[0].rotation == 0


def test_a_mirrored_look_finds_the_same_points(pack, data_dir: Path) -> None:
    photo = _photo(data_dir, "headshots/p12")
    found = find_faces(photo, pack)[0].landmarks
    net = load_landmarks(pack.path("landmarks"))
    crop = face_alignment(found)
    plain = net.predict(photo.rgb8(), [crop])[0][0]
    mirrored = net.predict_mirrored(photo.rgb8(), [crop])[0]
    assert 0 < _error(mirrored, plain) < 0.04
    picture = Photo(np.ascontiguousarray(photo.pixels[:, ::-1]))
    other = find_faces(picture, pack)[0].landmarks[MIRRORED, :2]
    assert _error(np.column_stack([photo.width - 1 - other[:, 0], other[:, 1]]), found) < 0.02


def test_faces_come_largest_first_and_one_can_be_chosen(pack, data_dir: Path) -> None:
    large, small = _photo(data_dir, "headshots/p12", 420), _photo(data_dir, "headshots/p02", 260)
    frame = np.full((420, 700, 3), 90, np.uint8)
    frame[:260, :260] = small.pixels[:260, :260]
    frame[:, 280:] = large.pixels[:, :420]
    photo = Photo(frame)
    faces = find_faces(photo, pack)
    assert len(faces) == 2
    assert faces[0].box[0] > 280 > faces[1].box[2]
    second = analyse(photo, pack, face_index=1)
    assert second.face.box[2] < 280
    assert any("2 faces" in text for text in second.warnings)
    with pytest.raises(InputRefused, match="no face number 3"):
        analyse(photo, pack, face_index=2)


def test_a_face_of_80_pixels_is_found(pack, data_dir: Path) -> None:
    photo = _photo(data_dir, "headshots/p12")
    box = find_faces(photo, pack)[0].box
    small = _photo(data_dir, "headshots/p12", round(512 * 80 / (box[2] - box[0])))
    frame = np.full((768, 1024, 3), 120, np.uint8)
    frame[300 : 300 + small.height, 500 : 500 + small.width] = small.pixels
    faces = find_faces(Photo(frame), pack)
    assert len(faces) == 1
    assert 65 < faces[0].box[2] - faces[0].box[0] < 95


def test_a_picture_without_a_face_is_refused(pack) -> None:
    photo = Photo(np.tile(np.linspace(0, 255, 300).astype(np.uint8)[None, :, None], (200, 1, 3)))
    assert find_faces(photo, pack) == []
    with pytest.raises(InputRefused, match="No face"):
        analyse(photo, pack)


def test_a_single_pixel_has_no_face(pack) -> None:
    assert find_faces(Photo(np.zeros((1, 1, 3), np.uint8)), pack) == []


def test_hand_set_points_decide_where_the_face_is(pack, data_dir: Path) -> None:
    photo = _photo(data_dir, "headshots/p06")
    found = analyse(photo, pack)
    points = {name: point + 3.0 for name, point in crop_points(found.face.landmarks).items()}
    set_by_hand = analyse(photo, pack, points=points)
    shift = set_by_hand.face.landmarks[:, :2].mean(axis=0) - found.face.landmarks[:, :2].mean(axis=0)
    assert np.allclose(shift, 3.0, atol=2.0)
    assert np.allclose(set_by_hand.alignment.quad - found.alignment.quad, 3.0, atol=0.1)
    assert np.linalg.norm(set_by_hand.face.landmarks[CHIN, :2] - points["chin"]) < 8


def test_hand_set_points_are_never_refused_for_want_of_a_face(pack) -> None:
    photo = Photo(np.full((240, 240, 3), 128, np.uint8))
    points = {
        "eye_right": (90, 100),
        "eye_left": (150, 100),
        "mouth_right": (100, 165),
        "mouth_left": (140, 165),
    }
    portrait = analyse(photo, pack, points=points)
    assert np.isfinite(portrait.face.landmarks).all()
    assert any("unreliable" in text for text in portrait.warnings)


@pytest.mark.parametrize(
    ("points", "why"),
    [
        ({"eye_right": (1, 2)}, "Missing"),
        (dict.fromkeys(("eye_right", "eye_left", "mouth_right", "mouth_left"), (5, 5)), "distinct"),
        (dict.fromkeys(("eye_right", "eye_left", "mouth_right", "mouth_left"), (1, 2, 3)), "cannot reshape"),
    ],
)
def test_useless_points_are_refused(points, why: str) -> None:
    photo = Photo(np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(InputRefused, match=why):
        analyse(photo, _Folder(Path("a"), Path("b")), points=points)


def test_a_mask_of_another_size_is_refused() -> None:
    photo = Photo(np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(InputRefused, match="4 x 6"):
        analyse(photo, _Folder(Path("a"), Path("b")), hair_mask=np.zeros((6, 4), np.float32))


def test_painted_hair_replaces_the_parsed(pack, data_dir: Path) -> None:
    photo = _photo(data_dir, "headshots/p02")
    mask = np.zeros((photo.height, photo.width), np.float32)
    mask[10:60, 20:90] = 1
    portrait = analyse(photo, pack, hair_mask=mask)
    assert portrait.hair_painted
    assert np.array_equal(portrait.hair, mask)
    assert np.array_equal(portrait.regions == Region.HAIR, mask > 0)
    assert not analyse(photo, pack).hair_painted


def test_other_files_are_refused_as_networks(tmp_path: Path, pack) -> None:
    with pytest.raises(ModelFileError):
        load_landmarks(tmp_path / "missing.onnx")
    with pytest.raises(ModelFileError):
        load_regions(tmp_path / "missing.onnx")
    with pytest.raises(ModelFileError, match="not a regions network"):
        load_regions(pack.path("landmarks"))
    with pytest.raises(ModelFileError, match="not a landmarks network"):
        load_landmarks(pack.path("regions"))
