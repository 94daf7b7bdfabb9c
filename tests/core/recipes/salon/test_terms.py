"""Salon's losses and latents against plain loops and closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from core.losses.masked import low_frequency_distance
from core.losses.perceptual import perceptual_target
from core.recipes.base import resolve
from core.recipes.kit.variables import Variables, draw_noise, leaf
from core.recipes.salon.info import PARAMS
from core.recipes.salon.latents import Latents, latents_from, own_layers
from core.recipes.salon.terms import FIRST, SECOND, ViewTerms, blurred, coarse_side
from core.recipes.salon.tuning import ViewTuning
from core.recipes.salon.views import View
from tests.core.generators.tiny import TINY, random_features
from tests.core.recipes import world

S = 16


def _view(number: int, seed: int = 0) -> View:
    rng = torch.Generator().manual_seed(seed + 10 * number)
    face, hair, wall = (torch.zeros(1, 1, S, S) for _ in range(3))
    face[..., 8:, 4:12] = 1
    hair[..., :6, 3:13] = 1
    wall[..., :2] = 1
    spare = torch.zeros(1, 1, S, S)
    spare[..., 6:8, :] = 0.5
    return View(number, torch.rand(1, 3, S, S, generator=rng) * 2 - 1, face, hair, wall, spare, torch.ones(1, 1, S, S))


def _parameters(**changes: Any) -> dict[str, Any]:
    return resolve(PARAMS, changes)


def test_blurring_is_the_block_mean_brought_back_to_size() -> None:
    image = torch.rand(1, 3, S, S, generator=torch.Generator().manual_seed(1))
    side = coarse_side(S)
    block = S // side
    expected = np.zeros((3, side, side))
    for c in range(3):
        for i in range(side):
            for j in range(side):
                part = image[0, c, i * block:(i + 1) * block, j * block:(j + 1) * block]
                expected[c, i, j] = float(part.sum()) / block**2
    found = blurred(image)
    assert found.shape == image.shape
    # Bilinear weights of the four nearest cells, by hand at one pixel in the middle of four.
    y, x = block * 2 - 0.5, block * 2 - 0.5
    for c in range(3):
        around = expected[c, 1:3, 1:3].mean()
        pixels = found[0, c, int(y):int(y) + 2, int(x):int(x) + 2].mean()
        assert float(pixels) == pytest.approx(around, rel=1e-5)
    flat = torch.full((1, 3, S, S), 0.3)
    assert torch.allclose(blurred(flat), flat, atol=1e-6)


def test_side_of_the_coarse_comparison() -> None:
    assert [coarse_side(size) for size in (4, 16, 128, 256, 1024)] == [1, 4, 32, 32, 32]


def test_coarse_term_has_a_dead_zone() -> None:
    view = _view(0)
    terms = ViewTerms(random_features(0), view, _parameters())
    assert float(terms.coarse(view.guide)) == pytest.approx(0, abs=1e-9)
    # Equal shifts: inside sqrt(0.002) nothing, outside the square less the floor.
    assert float(terms.coarse(view.guide + 0.04)) == pytest.approx(0, abs=1e-7)
    assert float(terms.coarse(view.guide + 0.2)) == pytest.approx(0.04 - 2e-3, rel=1e-4)
    image = (view.guide + 0.2).requires_grad_(True)
    terms.coarse(image).backward()
    assert image.grad is not None
    assert torch.allclose(image.grad, torch.full_like(image.grad, 2 * 0.2 / image.numel()), rtol=1e-3)


def test_gradients_of_the_coarse_comparison() -> None:
    rng = torch.Generator().manual_seed(2)
    image, guide = (torch.rand(1, 3, 8, 8, generator=rng, dtype=torch.float64) for _ in range(2))
    mask = torch.rand(1, 1, 8, 8, generator=rng, dtype=torch.float64)
    image.requires_grad_(True)
    assert torch.autograd.gradcheck(lambda x: low_frequency_distance(x, guide, mask, size=2, floor=1e-4), (image,))
    assert torch.autograd.gradcheck(lambda x: blurred(x).square().sum(), (image,))


@pytest.mark.parametrize(("number", "stage"), [(0, FIRST), (1, FIRST), (0, SECOND), (1, SECOND)])
def test_terms_of_a_stage(number: int, stage: str) -> None:
    view, net, p = _view(number), random_features(0), _parameters()
    terms = ViewTerms(net, view, p)
    image = torch.rand(1, 3, S, S, generator=torch.Generator().manual_seed(5)) * 2 - 1
    found = terms.evaluate(image, stage)
    soft_face, soft_hair = stage == SECOND and number == 1, stage == SECOND and number == 0

    def distance(mask: torch.Tensor, soft: bool) -> float:
        goal = perceptual_target(net, blurred(view.guide) if soft else view.guide, mask, calibrate=True)
        return float(goal.distance(net.extract(blurred(image) if soft else image, goal.layers)))

    assert float(found["face"]) == pytest.approx(distance(view.face, soft_face), rel=1e-5)
    assert float(found["hair"]) == pytest.approx(distance(view.hair, soft_hair), rel=1e-5)
    assert ("background" in found) == (number == 0)
    known = np.maximum(view.face.numpy(), view.hair.numpy())[0, 0]
    square = ((image - view.guide) ** 2).numpy()[0].mean(axis=0)
    assert float(found["pixels"]) == pytest.approx(float((known * square).sum() / known.sum()), rel=1e-4)


def test_weights_are_the_tables() -> None:
    face = {(FIRST, 0): 12, (FIRST, 1): 2, (SECOND, 0): 4, (SECOND, 1): 1}
    hair = {(FIRST, 0): 1, (FIRST, 1): 6, (SECOND, 0): 2, (SECOND, 1): 8}
    plain = _parameters(face_weight=1, hair_weight=1, background_weight=4, coarse_weight=2)
    one = torch.tensor(1.0)
    for number in (0, 1):
        terms = ViewTerms(random_features(0), _view(number), plain)
        for stage in (FIRST, SECOND):
            def weight(name: str, at: str = stage, of: ViewTerms = terms) -> float:
                return float(of.weighted({name: one}, at))
            assert weight("face") == face[stage, number]
            assert weight("hair") == hair[stage, number]
            assert weight("background") == 4
            assert weight("coarse") == 2


def test_focus_is_the_face_in_one_view_and_the_hair_in_the_other() -> None:
    net = random_features(0)
    image = torch.rand(1, 3, S, S, generator=torch.Generator().manual_seed(6)) * 2 - 1
    for number in (0, 1):
        view = _view(number)
        goal = perceptual_target(net, view.guide, view.hair if number else view.face, calibrate=True)
        expected = float(goal.distance(net.extract(image, goal.layers)))
        assert float(ViewTerms(net, view, _parameters()).focus(image)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("layers", "asked", "own"), [(18, 0, 4), (12, 0, 3), (6, 0, 1), (12, 5, 5), (12, 18, 11)])
def test_own_layers_in_proportion(layers: int, asked: int, own: int) -> None:
    assert own_layers(layers, asked) == own


def _latents(own: int = 2) -> Latents:
    rng = torch.Generator().manual_seed(0)
    made = []
    for _ in range(2):
        w = torch.randn(1, 6, 4, generator=rng)
        made.append(Variables(leaf(w, torch.device("cpu")), [leaf(torch.randn(1, 1, 4, 4, generator=rng),
                                                                  torch.device("cpu"))]))
    return Latents(made, own)


def test_first_stage_mixes_what_is_not_own() -> None:
    latents = _latents()
    with torch.no_grad():
        latents.shift[0] += 0.5
        latents.shift[1] -= 0.25
    first, second = latents.start[0] + 0.5, latents.start[1] - 0.25
    found = latents.w_plus(1, 0.3)
    assert torch.allclose(found[:, :2], second[:, :2])
    assert torch.allclose(found[:, 2:], 0.3 * first[:, 2:] + 0.7 * second[:, 2:])
    found.sum().backward()
    assert latents.shift[0].grad is None
    # Own layers count whole, the others by this view's share.
    assert latents.shift[1].grad is not None
    assert torch.allclose(latents.shift[1].grad, torch.full((1, 1, 4), 2 + 4 * 0.7))


def test_second_stage_shares_the_mean_of_both_tails() -> None:
    latents = _latents()
    with torch.no_grad():
        latents.shift[0] += 1
    latents.enter(SECOND)
    tail = (latents.start[0] + 1 + latents.start[1])[:, 2:] / 2
    for number in (0, 1):
        assert torch.allclose(latents.w_plus(number)[:, 2:], tail)
        assert torch.allclose(latents.w_plus(number)[:, :2], latents.start[number][:, :2] + (1 - number))
    latents.w_plus(0).sum().backward()
    assert latents.heads[1].grad is None
    assert latents.tail.grad is not None


def test_arrays_bring_both_views_back() -> None:
    spec, device = world.tiny_generator(0).spec, torch.device("cpu")
    rng = torch.Generator().manual_seed(4)
    encoded = [(torch.randn(1, spec.layers, spec.w_dim, generator=rng),
                torch.randn(1, spec.feature_channels, 8, 8, generator=rng)) for _ in range(2)]
    first = latents_from({}, encoded, spec, 2, rng, device)
    first.enter(SECOND)
    blank = [(torch.zeros_like(w), torch.zeros_like(f)) for w, f in encoded]
    again = latents_from(first.arrays(), blank, spec, 2, rng, device)
    assert again.stage == SECOND
    for number in (0, 1):
        assert torch.allclose(again.w_plus(number), first.w_plus(number))
        one, other = again.variables(number), first.variables(number)
        assert one.features is not None
        assert other.features is not None
        assert torch.equal(one.features, other.features)
        assert all(torch.equal(a, b) for a, b in zip(one.noise, other.noise, strict=True))


def test_snapshot_and_restore() -> None:
    latents = _latents()
    before = latents.snapshot()
    with torch.no_grad():
        for tensor in latents.tensors():
            tensor += 1
    latents.restore(before)
    for tensor, value in zip(latents.tensors(), before, strict=True):
        assert torch.equal(tensor, value)


def test_tuning_brings_both_views_nearer_and_leaves_the_generator_alone() -> None:
    generator, net = world.tiny_generator(0), random_features(0)
    rng = torch.Generator().manual_seed(0)
    before = {name: value.clone() for name, value in generator.tensors().items()}
    pivots = [Variables(leaf(torch.randn(1, TINY.layers, TINY.w_dim, generator=rng), torch.device("cpu")),
                        draw_noise(generator.spec, rng, torch.device("cpu"))) for _ in range(2)]
    terms = [ViewTerms(net, _view(number), _parameters()) for number in (0, 1)]
    tuning = ViewTuning(generator, net, pivots, terms, _parameters(tune_rate=3e-3), rng)
    losses = [tuning.step(1.0) for _ in range(15)]
    assert losses[-1]["total"] < losses[0]["total"]
    assert {"face", "hair", "coarse 0", "coarse 1", "locality"} <= set(losses[0])
    assert losses[0]["locality"] < 0.2 * losses[0]["face"]
    for name, value in generator.tensors().items():
        assert torch.equal(value, before[name])
    assert not tuning.good_enough({"face": 0.05, "hair": 0.07})
    assert tuning.good_enough({"face": 0.05, "hair": 0.06})
