"""The style network at odd sizes, with masks, and from damaged files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import Cancelled, ModelFileError
from core.generators.style_net import SHIFTS, StyleConfig, StyleNetwork, Stylist, load_stylist
from core.models.pack import Pack
from core.training.kit.export import half_state, write_component

CONFIG = StyleConfig(code=6, channels=(8, 8, 12), blocks=1, style_channels=(4, 6), hidden=10)


def _network(seed: int = 0) -> StyleNetwork:
    torch.manual_seed(seed)
    return StyleNetwork(CONFIG)


def _picture(height: int, width: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed)) * 2 - 1


@pytest.mark.parametrize(("height", "width"), [(32, 32), (41, 67), (64, 33)])
def test_every_size_comes_back_at_its_own_size(height: int, width: int) -> None:
    stylist = Stylist(_network(), dtype=torch.float32)
    made = stylist.apply(_picture(height, width), stylist.encode(_picture(50, 40, 1)))
    assert made.shape == (1, 3, height, width)
    assert bool((made.abs() <= 1).all())


def test_the_result_depends_on_content_and_on_style() -> None:
    stylist = Stylist(_network(), dtype=torch.float32)
    code = stylist.encode(_picture(40, 40, 1))
    made = stylist.apply(_picture(40, 40), code)
    assert not torch.equal(made, stylist.apply(_picture(40, 40, 2), code))
    assert not torch.equal(made, stylist.apply(_picture(40, 40), code + 1))
    assert torch.equal(made, stylist.apply(_picture(40, 40), code))


def test_a_style_is_read_only_where_its_weight_says() -> None:
    stylist = Stylist(_network(), dtype=torch.float32)
    picture, other = _picture(64, 64, 1), _picture(64, 64, 2)
    weight = torch.zeros(1, 1, 64, 64)
    weight[..., :24] = 1
    # The far side, beyond what the convolutions see across the weight's edge.
    other[..., :48] = picture[..., :48]
    torch.testing.assert_close(stylist.encode(picture, weight), stylist.encode(other, weight))
    assert not torch.allclose(stylist.encode(picture), stylist.encode(other))


def test_normalisation_looks_only_at_the_masked_content() -> None:
    stylist = Stylist(_network(), dtype=torch.float32)
    code, picture = torch.ones(1, CONFIG.code), _picture(128, 128)
    weight = torch.zeros(1, 1, 128, 128)
    weight[..., :32] = 1
    changed = picture.clone()
    changed[..., 112:] = -1
    near, far = stylist.apply(picture, code, weight), stylist.apply(changed, code, weight)
    torch.testing.assert_close(near[..., :16], far[..., :16])
    assert not torch.allclose(stylist.apply(picture, code)[..., :16], stylist.apply(changed, code)[..., :16])


def test_the_log_variance_is_bounded_and_gradients_reach_everything() -> None:
    network = _network()
    mean, log_variance = network.encode(_picture(32, 32) * 50)
    assert bool((log_variance <= 3).all())
    assert bool((log_variance >= -8).all())
    made = network(_picture(32, 32), mean + log_variance)
    made.square().mean().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert bool(torch.isfinite(parameter.grad).all()), name


def test_a_written_component_loads_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    network = _network()
    write_component(tmp_path, "style", half_state(network), {**CONFIG.to_dict(), "kind": "style"})
    loaded = load_stylist(Pack(tmp_path), dtype=torch.float32)
    code = torch.linspace(-1, 1, CONFIG.code)[None]
    wanted = Stylist(network, dtype=torch.float32).apply(_picture(32, 32), code)
    np.testing.assert_allclose(loaded.apply(_picture(32, 32), code).numpy(), wanted.numpy(), atol=0.02)
    write_component(tmp_path, "style", half_state(network), {**CONFIG.to_dict(), "hidden": 11})
    with pytest.raises(ModelFileError, match="does not fit"):
        load_stylist(Pack(tmp_path))
    write_component(tmp_path, "style", half_state(network), {**CONFIG.to_dict(), "channels": [8]})
    with pytest.raises(ModelFileError):
        load_stylist(Pack(tmp_path))


def test_the_result_is_the_mean_over_the_shifts_and_can_be_ended_between_them() -> None:
    network = _network()
    stylist = Stylist(network, dtype=torch.float32)
    code, picture = torch.ones(1, CONFIG.code), _picture(40, 48)
    parts = []
    for shift in SHIFTS:
        padded = torch.nn.functional.pad(picture, (shift, -(48 + shift) % 8, shift, -(40 + shift) % 8), mode="reflect")
        parts.append(network(padded, code).detach()[..., shift:shift + 40, shift:shift + 48])
    torch.testing.assert_close(stylist.apply(picture, code), torch.stack(parts).mean(0))
    assert len(SHIFTS) > 1
    assert not torch.allclose(parts[0], parts[1])

    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        stylist.apply(picture, code, check=stop)
