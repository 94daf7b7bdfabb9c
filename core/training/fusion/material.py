"""What FusionNet learns from: codes of portraits and their mixtures, and region masks that gradients pass through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.generators.encoder import StarterEncoder
from core.generators.stylegan2 import StyleGAN2, official_shapes
from core.training.generator.tables import Masks

SIDE = 64
"""Pixels per side of the pictures and masks that the losses compare (docs/methods/stylefusion.md, Losses)."""
_BLOCKS = 3
_REAL, _MIXED, _TRUNCATION = 0.5, 0.35, 0.7
_BATCH = 4


def reduced(generator: StyleGAN2, side: int = SIDE) -> StyleGAN2:
    """The same generator without its blocks above ``side``; its styles are the first ones of the whole."""
    if generator.config.resolution <= side:
        return generator
    blocks = side.bit_length() - 2
    config = replace(generator.config, resolution=side, channels=generator.config.channels[:blocks])
    names, tensors = official_shapes(config), generator.tensors()
    return StyleGAN2(config, {name: tensors[name] for name in names}, device=generator.device, dtype=generator.dtype,
                     mean_w=generator.mean_w, w_spread=generator.w_spread)


class MaskHead(nn.Module):
    """Memberships [B, K, s, s] from a generator's activations: 1x1 convolutions on its last blocks, added up.

    Clustered activations (docs/methods/stylefusion.md, Channel table) find hardly any eyes and mouths in a generator of
    this size, and the regions net passes no gradients; this head learns the net's answers and costs next to nothing
    beside the synthesis.

    Args:
        channels: of the activations, coarse to fine.
        regions: K.
        hidden: width between the two layers.
    """

    def __init__(self, channels: Sequence[int], regions: int, hidden: int = 32) -> None:
        super().__init__()
        self.inner = nn.ModuleList(nn.Conv2d(count, hidden, 1) for count in channels)
        self.middle = nn.Conv2d(hidden, hidden, 3, padding=1)
        self.outer = nn.Conv2d(hidden, regions, 1)

    def logits(self, activations: Sequence[Tensor]) -> Tensor:
        """Class logits [B, K, s, s] at the side of the last activations."""
        side = activations[-1].shape[-1]
        total = torch.zeros([])
        for layer, value in zip(self.inner, activations, strict=True):
            part = layer(value.float())
            total = total + (part if part.shape[-1] == side else F.interpolate(
                part, size=(side, side), mode="bilinear", align_corners=False))
        x = F.leaky_relu(total, 0.2)
        return self.outer(F.leaky_relu(x + self.middle(x), 0.2))

    def forward(self, activations: Sequence[Tensor]) -> Tensor:
        """Memberships, adding up to 1 at every position."""
        return torch.softmax(self.logits(activations), 1)


def head_for(generator: StyleGAN2, regions: int) -> MaskHead:
    """An untrained head for a (reduced) generator."""
    return MaskHead(generator.config.channels[-_BLOCKS:], regions)


def picture_of(generator: StyleGAN2, code: Tensor, features: Tensor | None) -> tuple[Tensor, list[Tensor]]:
    """Picture [B, 3, s, s] of packed codes [B, C of the whole generator], and what a head looks at."""
    sizes = _sizes(generator)
    styles = list(code[:, : sum(sizes)].split(sizes, 1))
    picture, seen = generator.style_inputs(styles, None, features)
    # 4 px has one convolution, every other block two, and each block's ToRGB sees its last activations.
    blocks = len(generator.config.channels)
    return picture, [seen[1 + 3 * index] for index in range(max(0, blocks - _BLOCKS), blocks)]


def _sizes(generator: StyleGAN2) -> list[int]:
    found, inputs = [], 0
    for index, outputs in enumerate(generator.config.channels):
        found += [outputs, outputs] if index == 0 else [inputs, outputs, outputs]
        inputs = outputs
    return found


class Material:
    """Codes to train on: encoded portraits, mixtures of two of them, and random samples.

    Args:
        generator: the whole one.
        encoder: of the same pack.
        portraits: [N, 3, R, R] uint8.
        random: source of all choices.
    """

    def __init__(self, generator: StyleGAN2, encoder: StarterEncoder, portraits: Tensor,
                 random: torch.Generator) -> None:
        self.generator, self.encoder, self.portraits, self.random = generator, encoder, portraits, random
        with torch.no_grad():
            self.codes = torch.cat([encoder.encode(part.float() / 127.5 - 1)[0] for part in portraits.split(16)])

    def uniform(self, *shape: int) -> Tensor:
        """Uniform numbers in 0..1 from the material's own stream."""
        return torch.rand(shape, generator=self.random)

    @torch.no_grad()
    def draw(self, count: int) -> Tensor:
        """Packed codes [count, C]: half encoded portraits, a third mixtures of two, the rest samples."""
        kind = self.uniform(count)[:, None, None]
        chosen = torch.randint(len(self.codes), (2, count), generator=self.random)
        one, other = self.codes[chosen[0]], self.codes[chosen[1]]
        mixed = one + self.uniform(count)[:, None, None] * (other - one)
        z = torch.randn(count, self.generator.config.z_dim, generator=self.random)
        sampled = self.generator.map(z, truncation=_TRUNCATION)[:, None].expand_as(one)
        w = torch.where(kind < _REAL, one, torch.where(kind < _REAL + _MIXED, mixed, sampled))
        return torch.cat(self.generator.styles(w), 1)

    @torch.no_grad()
    def portrait(self, count: int, with_features: float = 0.35) -> tuple[Tensor, Tensor | None]:
        """Packed codes [count, C] of portraits, and their feature maps, zero for all but ``with_features`` of them.

        Under a feature map of its own a portrait hardly follows its code: most of the learning happens without one.
        """
        chosen = torch.randint(len(self.portraits), (count,), generator=self.random)
        use = (self.uniform(count) < with_features).float()[:, None, None, None]
        w, features = self.encoder.encode(self.portraits[chosen].float() / 127.5 - 1)
        packed = torch.cat(self.generator.styles(w), 1)
        return packed, features * use if features.shape[1] else None

    @torch.no_grad()
    def statistics(self) -> tuple[Tensor, Tensor]:
        """Mean and deviation [C] of the channels over the encoded portraits."""
        packed = torch.cat([torch.cat(self.generator.styles(part), 1) for part in self.codes.split(64)])
        return packed.mean(0), packed.std(0).clamp(min=1e-3)


def fit_head(head: MaskHead, generator: StyleGAN2, whole: StyleGAN2, masks: Masks, material: Material, *,
             mix: Callable[[Tensor, Tensor], Tensor], pictures: int, steps: int, random: torch.Generator,
             say: Callable[[str], None] = lambda text: None) -> float:
    """Teach a head the regions net's answers on pictures of portraits' codes, of drawn ones and of mixtures.

    Args:
        head: changed in place.
        generator: the reduced one, whose activations the head sees; whole: whose pictures the net sees.
        masks: the net's memberships.
        material: of codes.
        mix: two codes to one that takes some regions from each, so that fused pictures are among them.
        pictures: how many; steps: of Adam.
        random: source of all choices.
        say: receives the agreement.

    Returns:
        Mean share of positions whose likeliest region agrees with the net's, on a tenth that was held back.
    """
    codes, maps, wanted = _examples(generator, whole, masks, material, mix, pictures)
    held = max(1, len(codes) // 10)
    optimiser = torch.optim.Adam(head.parameters(), 5e-3, (0.9, 0.99))
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = 5e-3 * (1 - step / steps)
        chosen = held + torch.randint(len(codes) - held, (_BATCH,), generator=random)
        with torch.no_grad():
            seen = picture_of(generator, codes[chosen], None if maps is None else maps[chosen].float())[1]
        target = wanted[chosen].float()
        loss = -(target * torch.log_softmax(head.logits(seen), 1)).sum(1).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        agree = []
        for part in torch.arange(held).split(_BATCH):
            seen = picture_of(generator, codes[part], None if maps is None else maps[part].float())[1]
            agree.append((head(seen).argmax(1) == wanted[part].argmax(1)).float().mean())
    share = float(torch.stack(agree).mean())
    head.requires_grad_(False)
    say(f"mask head: {share:.3f} of the positions as the regions net has them")
    return share


@torch.no_grad()
def _examples(generator: StyleGAN2, whole: StyleGAN2, masks: Masks, material: Material,
              mix: Callable[[Tensor, Tensor], Tensor], pictures: int) -> tuple[Tensor, Tensor | None, Tensor]:
    """Codes [N, C], feature maps [N, ...] in half precision (None without), and the net's memberships."""
    codes, maps, wanted = [], [], []
    side = generator.config.resolution
    for start in range(0, pictures, _BATCH):
        code, features = material.portrait(_BATCH)
        if start // _BATCH % 2:
            code = mix(code, material.draw(_BATCH))
        image = whole.synthesize_styles(list(code.split(_sizes(whole), 1)), None, features)
        soft = masks(image)
        codes.append(code)
        wanted.append(F.adaptive_avg_pool2d(soft, side).half() if soft.shape[-1] >= side else F.interpolate(
            soft, size=(side, side), mode="bilinear", align_corners=False).half())
        if features is not None:
            maps.append(features.half())
    return torch.cat(codes), torch.cat(maps) if maps else None, torch.cat(wanted)
