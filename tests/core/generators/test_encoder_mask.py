"""The encoder's mask channel: unknown pixels are truly unseen, and packs without it still open."""

from __future__ import annotations

from pathlib import Path

import torch

from core.generators.encoder import EncoderConfig, EncoderNetwork, fill_unknown, with_mask
from core.generators.load import load_encoder
from core.generators.tiny import TINY, tiny_encoder
from core.models.pack import Pack
from core.training.export import half_state, write_component


def _pictures(seed: int = 0) -> torch.Tensor:
    return torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def _left_half() -> torch.Tensor:
    mask = torch.zeros(2, 1, 16, 16)
    mask[..., :8] = 1
    return mask


def test_unknown_pixels_have_no_influence() -> None:
    mask, images = _left_half(), _pictures()
    other = torch.where(mask > 0, torch.full_like(images, float("nan")), images)
    for encoder in (tiny_encoder(1, mask=True), tiny_encoder(1)):
        first, second = encoder.encode(images, mask), encoder.encode(other, mask)
        assert torch.isfinite(first[0]).all()
        assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
        visible = encoder.encode(torch.where(mask > 0, images, -images), mask)
        assert not torch.equal(visible[0], first[0])


def test_the_mask_channel_is_seen() -> None:
    images = fill_unknown(_pictures(), _left_half())
    encoder = tiny_encoder(1, mask=True)
    assert encoder.repairs
    assert not tiny_encoder(1).repairs
    assert not torch.equal(encoder.encode(images)[1], encoder.encode(images, _left_half())[1])


def test_the_fill_continues_what_is_known() -> None:
    ramp = torch.linspace(-1, 1, 16).expand(1, 3, 16, 16).clone()
    hidden = torch.zeros(1, 1, 16, 16)
    hidden[:, :, 4:12, 6:10] = 1
    filled = fill_unknown(ramp, hidden)
    assert torch.equal(filled[:, :, :4], ramp[:, :, :4])
    assert float((filled - ramp).abs().max()) < 0.4
    assert torch.equal(fill_unknown(ramp, torch.ones_like(hidden)), torch.zeros_like(ramp))
    assert torch.equal(fill_unknown(ramp, torch.zeros_like(hidden)), ramp)


def test_widening_changes_no_answer() -> None:
    narrow = tiny_encoder(3).network
    wide = with_mask(narrow)
    assert wide.config == EncoderConfig.from_dict({**narrow.config.to_dict(), "mask": True})
    for before, after in zip(narrow(_pictures()), wide(_pictures(), _left_half() * 0), strict=True):
        assert torch.allclose(before, after, atol=1e-6)


def test_packs_with_and_without_a_mask_open(tmp_path: Path) -> None:
    old = EncoderNetwork(EncoderConfig.matching(TINY, channels=(8, 8), style_dim=16))
    config = old.config.to_dict()
    del config["mask"]
    for name, network, entry in (("old", old, config), ("new", with_mask(old), with_mask(old).config.to_dict())):
        write_component(tmp_path / name, "encoder", half_state(network), {**entry, "kind": "starter"})
        encoder = load_encoder(Pack(tmp_path / name))
        assert encoder.repairs == (name == "new")
        assert torch.isfinite(encoder.encode(_pictures(), _left_half())[0]).all()
