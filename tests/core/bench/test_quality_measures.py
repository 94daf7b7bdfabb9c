"""Every measure of the quality benchmark beside a small computation of its own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from skimage.color import deltaE_ciede2000
from skimage.metrics import structural_similarity

from core.bench.quality import measures
from core.bench.quality.features import Judge, PackJudge, SqueezeJudge, open_judge
from core.bench.quality.judging import feature_figures, landmark_shift
from core.errors import InputRefused
from core.faces.frame import OVAL
from core.imaging.colour import luma, rgb_to_lab
from tests.core.generators.tiny import random_features


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def picture(rng, side=40):
    return rng.random((side, side, 3)).astype(np.float32)


def test_change_outside_counts_only_where_the_edit_is_exactly_zero():
    before = np.full((4, 4, 3), 100, np.uint8)
    after = before.copy()
    after[0, 0] = 90
    after[3, 3, 1] = 103
    edit = np.zeros((4, 4), np.float32)
    edit[0, 0] = 1e-6
    assert measures.outside_change(before, after, edit) == (3.0, pytest.approx(3 / 45))
    assert measures.outside_change(before, after, np.ones((4, 4))) == (0.0, 0.0)


def test_psnr_inside_a_mask(rng):
    one, other = picture(rng), picture(rng)
    where = rng.random((40, 40)) > 0.7
    total = [((one[y, x, c] - other[y, x, c]) ** 2) for y, x in np.argwhere(where) for c in range(3)]
    assert measures.masked_psnr(one, other, where) == pytest.approx(-10 * np.log10(np.mean(total)), abs=1e-5)
    assert measures.masked_psnr(one, one, where) == measures.EQUAL
    assert np.isnan(measures.masked_psnr(one, other, np.zeros((40, 40), bool)))


def test_ssim_map_is_that_of_wang(rng):
    one = gaussian_filter(picture(rng), (2, 2, 0)).astype(np.float32)
    other = (one + 0.05 * picture(rng)).astype(np.float32)
    _, wanted = structural_similarity(luma(one), luma(other), data_range=1.0, gaussian_weights=True, sigma=1.5,
                                      use_sample_covariance=False, full=True)
    assert np.abs(measures.ssim_map(one, other) - wanted)[6:-6, 6:-6].max() < 1e-3
    where = np.zeros((40, 40), bool)
    where[10:20, 10:30] = True
    assert measures.masked_ssim(one, other, where) == pytest.approx(wanted[where].mean(), abs=1e-3)


def outline_by_loops(mask):
    height, width = mask.shape
    found = []
    for y in range(height):
        for x in range(width):
            around = [(y + dy, x + dx) for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0))]
            if mask[y, x] and any(not mask[p] for p in around if 0 <= p[0] < height and 0 <= p[1] < width):
                found.append((y, x))
    return np.array(found, float)


def test_boundary_f_by_loops(rng):
    one = gaussian_filter(rng.random((48, 48)), 4) > 0.5
    other = np.roll(one, 3, axis=1)
    first, second = outline_by_loops(one), outline_by_loops(other)
    apart = np.hypot(*(first[:, None] - second[None]).transpose(2, 0, 1))
    precision, recall = (apart.min(axis=1) <= 2).mean(), (apart.min(axis=0) <= 2).mean()
    found = measures.boundary_f(one, other)
    assert found == pytest.approx(2 * precision * recall / (precision + recall), abs=1e-6)
    assert 0.2 < found < 0.95
    assert measures.boundary_f(one, one) == 1
    assert measures.boundary_f(one, np.zeros_like(one)) == 0
    assert measures.boundary_f(np.zeros_like(one), np.zeros_like(one)) == 1


def test_colour_difference_is_ciede2000_of_weighted_means(rng):
    # Sharma, Wu and Dalal 2005, first line of their test data.
    assert deltaE_ciede2000((50, 2.6772, -79.7751), (50, 0, -82.7485)) == pytest.approx(2.0425, abs=1e-4)
    one, other = picture(rng, 8), picture(rng, 8)
    first, second = rng.random((8, 8)), rng.random((8, 8))
    means = []
    for image, weight in ((one, first), (other, second)):
        lab, total = rgb_to_lab(image), np.zeros(3)
        for y in range(8):
            for x in range(8):
                total += weight[y, x] * lab[y, x]
        means.append(total / weight.sum())
    found = measures.mean_colour_distance(one, first, other, second)
    assert found == pytest.approx(float(deltaE_ciede2000(*means)), rel=1e-4)
    assert np.isnan(measures.mean_colour_distance(one, first * 0, other, second))


def stripes(angle, side=64):
    """A grating whose brightness changes along ``angle``."""
    y, x = np.mgrid[:side, :side]
    wave = 0.5 + 0.3 * np.sin((x * np.cos(angle) + y * np.sin(angle)) * 0.8)
    return np.repeat(wave[..., None], 3, axis=2).astype(np.float32)


@pytest.mark.parametrize("degrees", [15, 65, 115, 165])
def test_directions_fall_into_the_bin_of_the_grating(degrees):
    histogram = measures.direction_histogram(stripes(np.radians(degrees)), np.pad(np.ones((40, 40)), 12))
    assert histogram.sum() == pytest.approx(1)
    assert histogram[degrees // 10] > 0.9


def test_direction_distance(rng):
    along, across = (measures.direction_histogram(stripes(a), np.ones((64, 64))) for a in (0.2, 0.2 + np.pi / 2))
    assert measures.direction_distance(along, across) > 0.9
    assert measures.direction_distance(along, along) == 0
    one, other = (value / value.sum() for value in rng.random((2, 18)))
    by_loop = sum(abs(a - b) for a, b in zip(one, other, strict=True)) / 2
    assert measures.direction_distance(one, other) == pytest.approx(by_loop)
    assert np.isnan(measures.direction_distance(one, np.zeros(18)))


def test_a_sharp_seam_has_the_step_of_its_colours_and_half_of_it_as_jump():
    lab = np.zeros((120, 80, 3), np.float32)
    lab[:, :40], lab[:, 40:] = (30, 5, 8), (70, -3, 12)
    alpha = np.zeros((120, 80), np.float32)
    alpha[:, 40:] = 1
    jump, step = measures.seam_figures(lab, alpha, np.ones((120, 80), bool))
    assert step == pytest.approx(float(deltaE_ciede2000((30, 5, 8), (70, -3, 12))), rel=1e-3)
    assert jump == pytest.approx(np.linalg.norm((40, -8, 4)) / 2, rel=1e-3)


def test_a_seam_that_nobody_sees_is_none():
    alpha = np.zeros((120, 80), np.float32)
    alpha[:, 40:] = 1
    assert measures.seam_figures(np.full((120, 80, 3), 40, np.float32), alpha, np.ones((120, 80), bool)) == (0, 0)
    assert measures.seam_figures(np.zeros((120, 80, 3), np.float32), alpha, np.zeros((120, 80), bool)) is None


def test_outline_points_into_the_hair():
    y, x = np.mgrid[:90, :90]
    alpha = (np.hypot(x - 44, y - 44) < 25).astype(np.float32)
    points, normals = measures.outline(alpha, np.ones((90, 90), bool))
    inward = np.array([44, 44]) - points
    inward /= np.linalg.norm(inward, axis=1, keepdims=True)
    assert (inward * normals).sum(axis=1).min() > 0.95
    assert np.abs(np.hypot(*(points - 44).T) - 24.5).max() < 1.2


def test_mean_shift_by_loops(rng):
    before, after = picture(rng, 12), picture(rng, 12)
    where = np.zeros((12, 12), bool)
    where[:10, :8] = True
    shift = np.zeros(3)
    for y, x in np.argwhere(where):
        shift += (after[y, x] - before[y, x]) / where.sum()
    assert measures.mean_shift(before, after, where) == pytest.approx(np.sqrt((shift**2).sum()), rel=1e-4)
    assert np.isnan(measures.mean_shift(before, after, np.zeros((12, 12), bool)))


def test_fine_energy(rng):
    image = picture(rng, 40)
    hair = np.zeros((40, 40), np.float32)
    hair[5:35, 5:35] = 1
    grey = luma(image).astype(float)
    fine = grey - gaussian_filter(grey, 1.5, mode="mirror", truncate=4.0)
    # Within 3 px of the hair's edge nothing counts.
    assert measures.fine_energy(image, hair) == pytest.approx((fine[8:32, 8:32] ** 2).mean(), rel=1e-3)
    assert np.isnan(measures.fine_energy(image, hair * 0.5))


def test_landmark_shift():
    before = np.zeros((478, 3))
    before[[33, 133], 0], before[[263, 362], 0] = -10, 10
    after = before.copy()
    after[:, 1] += 3
    after[list(OVAL)] += 50
    assert landmark_shift(after, before) == pytest.approx(100 * 3 / 20)


def test_feature_figures_by_loops(rng):
    net = random_features(1)
    one, other = picture(rng, 32), picture(rng, 32)
    masks = rng.random((2, 32, 32)).astype(np.float32)
    names = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
    looks, grams = [], []
    for image, mask in zip((one, other), masks, strict=True):
        features = net.extract(torch.from_numpy(image.transpose(2, 0, 1).copy())[None] * 2 - 1, names)
        first = features["relu1_1"][0].numpy()
        looks.append((first * mask).sum(axis=(1, 2)) / mask.sum())
        by_layer = []
        for name in names:
            values = features[name][0].numpy()
            step = 32 // values.shape[1]
            small = mask[::step, ::step]
            flat = (values * small).reshape(len(values), -1)
            by_layer.append(flat @ flat.T / (len(values) * (small**2).sum() / 0.25))
        grams.append(by_layer)
    found = feature_figures(net, (one, masks[0]), (other, masks[1]))
    assert found["q4_colour"] == pytest.approx(((looks[0] - looks[1]) ** 2).mean() / (looks[1] ** 2).mean(), rel=1e-3)
    gram = np.mean([((a - b) ** 2).mean() / (b**2).mean() for a, b in zip(*grams, strict=True)])
    assert found["q5_gram"] == pytest.approx(gram, rel=1e-3)


class _Levels(Judge):
    name = "levels"

    def features(self, image):
        return [torch.from_numpy(image.transpose(2, 0, 1).copy())[None]]


def test_judges_distance_by_loops(rng):
    one, other, weight = picture(rng, 10), picture(rng, 10), rng.random((10, 10))
    total = 0.0
    for y in range(10):
        for x in range(10):
            a, b = one[y, x] / np.linalg.norm(one[y, x]), other[y, x] / np.linalg.norm(other[y, x])
            total += weight[y, x] * ((a - b) ** 2).sum()
    assert _Levels().distance(one, other, weight) == pytest.approx(total / weight.sum(), rel=1e-3)
    assert _Levels().distance(one, one, weight) == 0
    assert np.isnan(_Levels().distance(one, other, weight * 0))


def squeeze_weights(seed=0):
    source = torch.Generator().manual_seed(seed)
    shapes = {"conv1": (64, 3, 3)}
    inputs = 64
    for number, (squeeze, expand) in zip(range(2, 10), ((16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192),
                                                        (64, 256), (64, 256)), strict=True):
        shapes |= {f"fire{number}.squeeze1x1": (squeeze, inputs, 1), f"fire{number}.expand1x1": (expand, squeeze, 1),
                   f"fire{number}.expand3x3": (expand, squeeze, 3)}
        inputs = 2 * expand
    tensors = {}
    for name, (out, ins, side) in shapes.items():
        tensors[f"{name}.weight"] = torch.randn(out, ins, side, side, generator=source) * (2 / (ins * side**2)) ** 0.5
        tensors[f"{name}.bias"] = 0.1 * torch.randn(out, generator=source)
    return tensors


def test_squeezenet_by_modules(rng):
    tensors = squeeze_weights()
    image = picture(rng, 48)
    x = torch.from_numpy((image[..., ::-1] * 255 - np.float32([104, 117, 123])).transpose(2, 0, 1).copy())[None]

    def layer(x, name, **options):
        weight = tensors[f"{name}.weight"]
        module = torch.nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2], **options)
        module.load_state_dict({"weight": weight, "bias": tensors[f"{name}.bias"]})
        return torch.relu(module(x)).detach()

    def fire(x, number):
        x = layer(x, f"fire{number}.squeeze1x1")
        return torch.cat([layer(x, f"fire{number}.expand1x1"), layer(x, f"fire{number}.expand3x3", padding=1)], 1)

    pool = torch.nn.MaxPool2d(3, 2, ceil_mode=True)
    wanted = [layer(x, "conv1", stride=2)]
    wanted.append(fire(fire(pool(wanted[0]), 2), 3))
    wanted.append(fire(fire(pool(wanted[1]), 4), 5))
    wanted.append(fire(fire(pool(wanted[2]), 6), 7))
    wanted.append(fire(fire(wanted[3], 8), 9))
    for found, goal in zip(SqueezeJudge(tensors).features(image), wanted, strict=True):
        torch.testing.assert_close(found, goal)


def test_the_judge_is_the_packs_net_for_want_of_a_file(tmp_path):
    assert isinstance(open_judge(None, random_features()), PackJudge)
    assert isinstance(open_judge(tmp_path / "none", random_features()), PackJudge)


def test_a_file_of_something_else_cannot_judge(tmp_path):
    from safetensors.torch import save_file

    save_file({"conv1.weight": torch.zeros(1)}, str(tmp_path / "other.safetensors"))
    with pytest.raises(InputRefused, match="cannot judge"):
        open_judge(tmp_path / "other.safetensors", random_features())
