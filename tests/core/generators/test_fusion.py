"""Mixing S space by region: closed forms, and a picture in which only the chosen channels move."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.generators.fusion import mix_styles, region_weights
from core.models.tables import ChannelTable
from tests.core.generators.tiny import tiny_generator

REGIONS = ("hair", "skin", "background")


def table(energy: list[list[float]], area: list[float], sizes: tuple[int, ...]) -> ChannelTable:
    return ChannelTable(REGIONS, sizes, np.array(energy, np.float32), np.array(area, np.float32))


def test_weights_follow_their_definition() -> None:
    # Channels: hair alone, hair and skin alike, skin alone, three quarters hair.
    known = table([[1, 1, 0, 3], [0, 1, 2, 1], [0, 0, 0, 0]], [1, 1, 0], (1, 3))
    assert known.matrix()[:, 3].tolist() == [0.75, 0.25, 0.0]
    weights = region_weights(known, ["hair"])
    assert [part.tolist() for part in weights] == [[1.0], [0.0, 0.0, 0.5]]
    assert torch.cat(region_weights(known, ["hair", "skin"])).tolist() == [1, 1, 1, 1]


def test_small_regions_count_by_area() -> None:
    small = table([[1], [1], [2]], [0.1, 0.4, 0.5], (1,))
    assert region_weights(small, ["hair"], per_area=False)[0].item() == 0
    # 10 per area inside, 3 / 0.9 outside.
    assert small.belongs(["hair"])[0] == pytest.approx(0.75, abs=1e-6)


def test_a_channel_without_energy_and_an_unknown_region() -> None:
    silent = table([[0], [0], [0]], [0.2, 0.3, 0.5], (1,))
    assert region_weights(silent, ["hair"])[0].item() == 0
    with pytest.raises(KeyError, match="nose"):
        region_weights(silent, ["nose"])


def test_mixing_is_linear_up_to_the_other_code() -> None:
    own, other = [torch.zeros(1, 3)], [torch.tensor([[2.0, 4.0, 8.0]])]
    weights = [torch.tensor([0.0, 0.25, 1.0])]
    assert mix_styles(own, other, weights)[0].tolist() == [[0, 1, 8]]
    assert mix_styles(own, other, weights, 0.0)[0].tolist() == [[0, 0, 0]]
    assert mix_styles(own, other, weights, 2.0)[0].tolist() == [[0, 2, 8]]


def test_wrong_sizes_are_refused() -> None:
    one, two = [torch.zeros(1, 3)], [torch.zeros(1, 3), torch.zeros(1, 3)]
    with pytest.raises(ValueError, match="1 and 2 styles"):
        mix_styles(one, two, one)
    with pytest.raises(ValueError, match="2 weights"):
        mix_styles(one, one, [torch.zeros(2)])
    with pytest.raises(ValueError, match="negative"):
        mix_styles(one, one, [torch.zeros(3)], -1.0)


def test_only_the_channels_of_the_region_move() -> None:
    generator = tiny_generator()
    source = torch.Generator().manual_seed(1)
    own, other = (torch.randn(1, generator.config.layers, 8, generator=source) for _ in range(2))
    sizes = tuple(style.shape[1] for style in generator.styles(own))
    # Hair owns every second channel, skin the rest.
    hair = np.arange(sum(sizes)) % 2
    known = ChannelTable(REGIONS, sizes, np.stack([hair, 1 - hair, 0 * hair]).astype(np.float32),
                         np.array([0.5, 0.5, 0.0], np.float32))
    mixed = mix_styles(generator.styles(own), generator.styles(other), region_weights(known, ["hair"]))
    flat, before, after = (torch.cat(list(parts), 1)[0]
                           for parts in (mixed, generator.styles(own), generator.styles(other)))
    chosen = torch.from_numpy(hair).bool()
    assert torch.allclose(flat[chosen], after[chosen])
    assert torch.equal(flat[~chosen], before[~chosen])
    whole = mix_styles(generator.styles(own), generator.styles(other), region_weights(known, ["hair", "skin"]))
    assert all(torch.allclose(one, two) for one, two in zip(whole, generator.styles(other), strict=True))


def test_style_inputs_are_what_the_styles_multiply() -> None:
    generator = tiny_generator()
    w_plus = torch.randn(1, generator.config.layers, 8, generator=torch.Generator().manual_seed(2))
    styles = generator.styles(w_plus)
    picture, inputs = generator.style_inputs(styles)
    assert torch.equal(picture, generator.synthesize(w_plus))
    assert [value.shape[1] for value in inputs] == [style.shape[1] for style in styles]
    # The last style scales the last ToRGB: the picture answers to one channel with that channel's activation.
    changed = [style.clone() for style in styles]
    changed[-1][0, 3] += 0.5
    answer = generator.synthesize_styles(changed) - picture
    weight = generator.tensors()["synthesis.b16.torgb.weight"][:, 3, 0, 0] / 6**0.5
    assert torch.allclose(answer, 0.5 * weight[None, :, None, None] * inputs[-1][:, 3:4], atol=1e-5)
