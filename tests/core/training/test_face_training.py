"""The trainings of the face networks: data, augmentation with its labels, losses, export."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from core.errors import InputRefused
from core.faces.face import Region
from core.models.onnx import onnx_session
from core.models.pack import Pack
from core.training.data.portraits import (
    Portraits,
    cut,
    degrade,
    eye_distance,
    load_portraits,
    make_frame,
    mirror_permutation,
    random_background,
)
from core.training.faces import dressing, landmarks, regions
from core.training.faces.loop import begin_from, parser, write_onnx
from core.training.faces.nets import LandmarkModel, RegionModel
from core.training.faces.warp import depth_fields


def _shape(rng: np.random.Generator) -> np.ndarray:
    """A symmetric cloud of 478 points: pairs left and right, and some on the middle line."""
    half = rng.uniform([0.3, 0.35, -0.1], [0.48, 0.9, 0.1], (237, 3))
    middle = np.column_stack([np.full(4, 0.5), rng.uniform(0.3, 0.9, 4), np.zeros(4)])
    points = np.concatenate([half, [[1, 0, 0]] + half * [-1, 1, 1], middle])
    return np.concatenate([points[rng.permutation(468)], points[468:]])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six invented portraits in the layout of the training data."""
    rng = np.random.default_rng(0)
    base = tmp_path / "portraits"
    for name in ("images", "regions", "hair"):
        (base / name).mkdir(parents=True)
    rows, shape = [], _shape(rng)
    for k in range(6):
        image = cv2.GaussianBlur(rng.integers(0, 255, (256, 256, 3)).astype(np.uint8), (0, 0), 5)
        labels = np.zeros((256, 256), np.uint8)
        labels[70:230, 80:180], labels[40:70, 70:190] = Region.SKIN, Region.HAIR
        Image.fromarray(image).save(base / "images" / f"{k:04d}.jpg")
        Image.fromarray(labels).save(base / "regions" / f"{k:04d}.png")
        Image.fromarray(((labels == Region.HAIR) * 255).astype(np.uint8)).save(base / "hair" / f"{k:04d}.png")
        rows.append([f"{k:04d}", "x", f"s{k}", 256, 200, "val" if k > 3 else "train", 0.05])
    with open(base / "index.csv", "w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["name", "source", "subject", "size", "source_crop_px", "split", "hair_fraction"])
        writer.writerows(rows)
    np.savez(base / "landmarks.npz", landmarks=np.stack([shape] * 6).astype(np.float32))
    return tmp_path


@pytest.fixture
def portraits(folder: Path) -> Portraits:
    return load_portraits(folder)


def test_the_splits_stay_apart(folder: Path) -> None:
    everything = load_portraits(folder)
    assert everything.train.tolist() == [0, 1, 2, 3]
    assert everything.val.tolist() == [4, 5]
    assert load_portraits(folder, split="val").names == ("0004", "0005")


def test_a_missing_folder_is_explained(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="--data"):
        load_portraits(tmp_path)


def test_the_mirror_is_its_own_inverse_and_swaps_the_sides(data_dir: Path) -> None:
    with np.load(data_dir / "portraits" / "landmarks.npz") as archive:
        permutation = mirror_permutation(archive["landmarks"])
    assert np.array_equal(permutation[permutation], np.arange(478))
    pairs = {33: 263, 133: 362, 61: 291, 468: 473, 105: 334, 10: 10, 152: 152, 1: 1}
    assert {k: int(permutation[k]) for k in pairs} == pairs


def test_labels_move_with_the_picture(portraits: Portraits) -> None:
    dot = np.array([0.4, 0.7])
    portraits.images[:] = 0
    cv2.circle(portraits.images[0], (102, 179), 3, (255, 255, 255), -1)
    frame = make_frame((0.5, 0.62), 0.6, 25, stretch=1.05, shear=0.04, mirror=True)
    crop = cut(portraits, 0, frame, 128, cv2.BORDER_CONSTANT)
    y, x = np.nonzero(crop[..., 0] > 100)
    expected = frame.to_crop(dot[None])[0] * 128 - 0.5
    assert np.allclose([x.mean(), y.mean()], expected, atol=0.7)
    assert np.allclose(frame.from_crop(frame.to_crop(dot[None]))[0], dot)


def test_a_second_look_is_cut_where_the_networks_crop_would_be(data_dir: Path) -> None:
    with np.load(data_dir / "portraits" / "landmarks.npz") as archive:
        truth = archive["landmarks"][:20, :, :2]
    frames = [landmarks.canonical_frame(points) for points in truth]
    assert np.allclose([frame.centre for frame in frames], [0.5, 0.6], atol=0.02)
    assert np.allclose([frame.side for frame in frames], 0.9, atol=0.03)


def test_samples_are_faces_and_others_with_points_in_place(portraits: Portraits) -> None:
    rng = np.random.default_rng(3)
    permutation = mirror_permutation(portraits.landmarks)
    depths = depth_fields(portraits)
    rows = [landmarks.sample(portraits, 0, permutation, depths, rng) for _ in range(80)]
    faces = np.array([row[2] for row in rows])
    assert 0.6 < faces.mean() < 0.95
    for image, points, face in rows:
        assert image.shape == (128, 128, 3)
        assert image.dtype == np.uint8
        assert (abs(points).sum() > 0) == bool(face)
    inside = [((p[:, :2] > 0) & (p[:, :2] < 1)).all(axis=1).mean() for _, p, face in rows if face]
    assert np.mean(inside) > 0.85


def test_region_samples_keep_image_and_labels_together(portraits: Portraits) -> None:
    rng = np.random.default_rng(1)
    backgrounds = np.stack([random_background(256, rng) for _ in range(3)])
    for _ in range(12):
        image, labels, hair, weight = regions.sample(portraits, 1, backgrounds, rng)
        assert image.shape == (256, 256, 3)
        assert set(np.unique(labels)) <= {Region.BACKGROUND, Region.SKIN, Region.HAIR, Region.CLOTHES}
        certain = (weight == 1) & ((hair > 240) | (hair < 15))
        assert ((labels == Region.HAIR) == (hair > 127))[certain].mean() > 0.99


def test_recolouring_changes_hair_alone(portraits: Portraits) -> None:
    image = portraits.images[0].astype(np.float32)
    hair = portraits.hair[0].astype(np.float32) / 255
    painted = dressing.recolour_hair(image, hair, np.random.default_rng(0))
    assert np.array_equal(painted[hair == 0], image[hair == 0])
    assert np.abs(painted - image)[hair == 1].mean() > 5


def test_damage_keeps_shape_and_is_reproducible() -> None:
    image = random_background(128, np.random.default_rng(5))
    again = [degrade(image, np.random.default_rng(7)) for _ in range(2)]
    assert np.array_equal(*again)
    assert again[0].shape == image.shape
    assert again[0].dtype == np.uint8


def test_the_landmark_model_starts_at_the_mean_shape() -> None:
    shapes = torch.randn(300, 478, 3) * 0.01 + torch.rand(478, 3)
    model = LandmarkModel().eval()
    model.start_from(shapes)
    assert torch.allclose(model.shape.bias.view(478, 3), shapes.mean(0), atol=1e-5)
    points, confidence = model(torch.zeros(2, 3, 128, 128))
    assert points.shape == (2, 478, 3)
    assert confidence.shape == (2,)


def test_point_loss_is_in_eye_distances_and_ignores_crops_without_a_face() -> None:
    truth = torch.rand(2, 478, 3)

    class Shifted(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return truth + torch.tensor([0.1, 0.0, 0.0]), torch.zeros(2)

    weights = landmarks.point_weights()
    both = landmarks.loss(Shifted(), (torch.zeros(2, 3, 8, 8), truth, torch.tensor([1.0, 0.0])), weights)
    assert weights.mean() == pytest.approx(1.0)
    eyes = float(eye_distance(truth[0].numpy()))
    assert float(both["points"]) == pytest.approx(0.1 / eyes - 0.005, rel=1e-3)
    assert float(both["confidence"]) == pytest.approx(np.log(2), rel=1e-4)


def test_pixels_without_weight_do_not_count() -> None:
    labels = torch.zeros(1, 256, 256, dtype=torch.long)
    hair, weight = torch.zeros(1, 256, 256), torch.ones(1, 256, 256)
    torch.manual_seed(0)
    model = RegionModel().eval()
    images = torch.randn(1, 3, 256, 256)
    with torch.no_grad():
        half = weight.clone()
        half[:, :, 128:] = 0
        first = regions.loss(model, (images, labels, hair, half), torch.ones(7))["total"]
        labels[:, :, 128:], hair[:, :, 128:] = Region.HAIR, 1
        second = regions.loss(model, (images, labels, hair, half), torch.ones(7))["total"]
        third = regions.loss(model, (images, labels, hair, weight), torch.ones(7))["total"]
    assert float(first) == float(second) != float(third)


@pytest.mark.skipif(sys.platform == "win32", reason="training is not run on Windows")
@pytest.mark.parametrize("component", ["landmarks", "regions"])
def test_two_steps_end_in_a_pack_that_opens(folder: Path, component: str) -> None:
    module = {"landmarks": landmarks, "regions": regions}[component]
    pack = folder / "pack"
    arguments = [
        "--data",
        str(folder),
        "--out",
        str(pack),
        "--batch",
        "2",
        "--checkpoint",
        str(folder / "state.pt"),
    ]
    assert module.main([*arguments, "--steps", "2"]) == 0
    assert module.main([*arguments, "--steps", "3", "--resume"]) == 0
    opened = Pack(pack)
    assert opened.config(component)["figures"]["step"] == 3
    session = onnx_session(opened.path(component))
    size = {"landmarks": 128, "regions": 256}[component]
    outputs = session.run(None, {"image": np.zeros((3, 3, size, size), np.float32)})
    assert all(np.isfinite(value).all() and len(value) == 3 for value in outputs)


def test_the_command_refuses_to_run_without_data() -> None:
    with pytest.raises(SystemExit):
        parser("regions", 1).parse_args([])


def test_a_covered_head_has_no_hair_under_the_cloth(portraits: Portraits) -> None:
    rng = np.random.default_rng(2)
    image, labels = portraits.images[0].astype(np.float32), portraits.regions[0].copy()
    covered, labels, hair = dressing.cover(image, labels, portraits.hair[0], random_background(256, rng), rng)
    assert not (labels == Region.HAIR).any()
    assert hair.max() < 128
    assert (labels == Region.CLOTHES).sum() > 0.8 * (portraits.regions[0] == Region.HAIR).sum()
    assert np.array_equal(covered[180:], image[180:])


def test_drawn_glasses_are_skin_even_over_hair() -> None:
    points = np.tile([0.5, 0.5, 0.0], (478, 1))
    for corner, x in ((33, 0.3), (133, 0.42), (362, 0.58), (263, 0.7), (127, 0.2), (356, 0.8)):
        points[corner, :2] = x, 0.45
    labels = np.full((256, 256), Region.HAIR, np.uint8)
    hair = np.full((256, 256), 255, np.uint8)
    image = np.full((256, 256, 3), 128, np.float32)
    for seed in range(5):
        worn, found, matte = dressing.wear_glasses(image, labels, hair, points, np.random.default_rng(seed))
        assert np.abs(worn - image)[found == Region.SKIN].mean() > 5
        assert (found == Region.SKIN).sum() > 150
        assert matte[found == Region.SKIN].max() < 128
        away = np.abs(np.arange(256) - 0.45 * 256) > 80
        assert (found[away] == Region.HAIR).all()
        assert (matte[away] == 255).all()
        assert labels.min() == Region.HAIR
        assert hair.min() == 255


def test_a_training_can_begin_from_a_smaller_networks_weights(tmp_path: Path) -> None:
    torch.manual_seed(1)
    earlier, later = LandmarkModel(), LandmarkModel()
    kept = {name: v for name, v in earlier.state_dict().items() if not name.startswith(("looked", "read"))}
    torch.save({"averaged": kept}, tmp_path / "earlier.state")
    own = later.read.detach().clone()
    begin_from(later, tmp_path / "earlier.state")
    assert torch.equal(later.shape.weight, earlier.shape.weight)
    assert torch.equal(later.read, own)
    with pytest.raises(InputRefused, match="--begin"):
        begin_from(RegionModel(), tmp_path / "earlier.state")


def test_self_training_reads_its_labels_again_when_resumed(folder: Path) -> None:
    arguments = ["--data", str(folder), "--out", str(folder / "pack"), "--batch", "2", "--relabel"]
    arguments += ["--checkpoint", str(folder / "state.pt")]
    with pytest.raises(SystemExit):
        regions.main([*arguments, "--steps", "1"])
    torch.save({"averaged": RegionModel().state_dict()}, folder / "teacher.state")
    arguments += ["--begin", str(folder / "teacher.state")]
    assert regions.main([*arguments, "--steps", "1"]) == 0
    labels = folder / "state.labels.npz"
    first = labels.read_bytes()
    assert regions.main([*arguments, "--steps", "2", "--resume"]) == 0
    assert labels.read_bytes() == first


def test_a_pack_can_correct_the_labels_of_a_fresh_network(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pack = folder / "teacher"
    write_onnx(RegionModel(), 256, ["logits"], pack, "regions", {})
    asked = regions.pack_predictor(str(pack))(np.zeros((9, 256, 256, 3), np.uint8))
    assert asked.shape == (9, 8, 256, 256)
    arguments = ["--data", str(folder), "--out", str(folder / "pack"), "--batch", "2", "--relabel", "--steps", "1"]
    assert regions.main([*arguments, "--teacher", str(pack)]) == 0
    assert "self-training changed" in capsys.readouterr().out
    assert (folder / "pack" / "regions.labels.npz").is_file()


def test_stored_halves_change_no_answer_that_matters(tmp_path: Path) -> None:
    torch.manual_seed(2)
    model = LandmarkModel().eval()
    model.start_from(torch.rand(300, 478, 3))
    (tmp_path / "pack").mkdir()
    write_onnx(model, 128, ["points", "confidence"], tmp_path / "pack", "landmarks", {})
    path = tmp_path / "pack" / "landmarks.onnx"
    numbers = sum(value.numel() for value in model.state_dict().values())
    assert path.stat().st_size < 2.3 * numbers
    image = torch.rand(2, 3, 128, 128) * 2 - 1
    session = onnx_session(path)
    found, logit = session.run(None, {"image": image.numpy()})
    with torch.no_grad():
        points, confidence = model(image)
    assert np.allclose(found, points.numpy(), atol=2e-3)
    assert np.allclose(logit, confidence.numpy(), atol=2e-2)


def test_a_correction_looks_where_the_first_estimate_lies() -> None:
    torch.manual_seed(4)
    model = LandmarkModel().eval()
    torch.nn.init.normal_(model.correction.weight, std=0.1)
    maps = [torch.zeros(1, n, s, s) for n, s in ((16, 64), (48, 32), (80, 16))]
    points = torch.full((1, 478, 2), 0.25)
    with torch.no_grad():
        plain = model._correct(maps, points)
        maps[1][:, :, 24:, 24:] = 3
        elsewhere = model._correct(maps, points)
        maps[1][:, :, 7:9, 7:9] = 3
        there = model._correct(maps, points)
    assert torch.equal(plain, elsewhere)
    assert not torch.allclose(plain, there)
