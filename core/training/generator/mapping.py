"""Fits the mapping network, so that random z become vectors like those of encoded portraits."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from core.training.generator.synthesis import FullyConnected, Mapping

_SLOPE = 0.2


def learn_mapping(mapping: Mapping, portraits: Tensor, *, steps: int, seed: int = 0, batch: int = 512,
                  candidates: int = 8192, rate: float = 0.2) -> None:
    """Train the mapping so that every encoded portrait has a z near it (Li & Malik 2018, IMLE).

    Portraits lie on a curved sheet in w: a cloud with their mean and covariance, from which this starts, is mostly
    beside it, where the synthesis has never been. Drawing the nearest of many mapped z towards each portrait bends
    the cloud onto the sheet and leaves no portrait out; between portraits the mapping is smooth.

    Args:
        mapping: changed in place.
        portraits: [N, w_dim] vectors w of encoded portraits.
        steps: of Adam; the nearest candidates are looked up anew at every fourth.
        seed: of everything random.
        batch, candidates: portraits per step and z to choose from.
        rate: learning rate on the stored weights, which are used times ``mapping_lr``.
    """
    device = portraits.device
    source = torch.Generator().manual_seed(seed)
    first = mapping.get_submodule("fc0")
    assert isinstance(first, FullyConnected)
    for index in range(mapping.count):
        layer = mapping.get_submodule(f"fc{index}")
        assert isinstance(layer, FullyConnected)
        with torch.no_grad():
            layer.weight.copy_(torch.randn(layer.weight.shape, generator=source) / layer.bias_gain)
            layer.bias.zero_()
    fit_mapping(mapping, portraits)
    parameters = list(mapping.parameters())
    wanted_grad = [parameter.requires_grad for parameter in parameters]
    mapping.requires_grad_(True)
    optimiser = torch.optim.Adam(parameters, rate, (0.9, 0.99))
    z = wanted = portraits[:0]
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = rate * (0.5 + 0.5 * math.cos(math.pi * step / steps))
        if step % 4 == 0:
            wanted = portraits[torch.randperm(len(portraits), generator=source)[:batch].to(device)]
            drawn = torch.randn(candidates, first.weight.shape[1], generator=source).to(device)
            with torch.no_grad():
                z = drawn[torch.cdist(wanted, mapping(drawn)).argmin(1)]
        optimiser.zero_grad()
        nn.functional.mse_loss(mapping(z), wanted).backward()
        optimiser.step()
    for parameter, flag in zip(parameters, wanted_grad, strict=True):
        parameter.requires_grad_(flag)


@torch.no_grad()
def fit_mapping(mapping: Mapping, portraits: Tensor, *, samples: int = 8192) -> None:
    """Set the last layer so that mapped z have the mean, spread and correlations of encoded portraits.

    What the layer before gives for random z is whitened and coloured with the portraits' correlations; offset and
    scale of each number are those that the final leaky ReLU turns into the wanted mean and spread. Closed form:
    gradient descent needs very long to leave the isotropic cloud that a new mapping makes, while portraits fill about
    a tenth of the dimensions.

    Args:
        mapping: changed in place; its earlier layers stay as they are.
        portraits: [N, w_dim] vectors w of encoded portraits, several times w_dim of them.
        samples: of z, to learn what the earlier layers give.
    """
    first, last = mapping.get_submodule("fc0"), mapping.get_submodule(f"fc{mapping.count - 1}")
    assert isinstance(first, FullyConnected)
    assert isinstance(last, FullyConnected)
    source = torch.Generator().manual_seed(0)
    z = torch.randn(samples, first.weight.shape[1], generator=source).to(last.weight.device)
    hidden = mapping.hidden(z).double()
    wanted = portraits.to(last.weight.device).double() / math.sqrt(2.0)
    spread = wanted.std(0) + 1e-9
    offset, scale = _before_leaky_relu(wanted.mean(0), spread)
    colour = _power((wanted - wanted.mean(0)) / spread, 0.5)
    weight = scale[:, None] * (colour @ _power(hidden, -0.5))
    last.weight.copy_(weight / last.gain)
    last.bias.copy_((offset - weight @ hidden.mean(0)) / last.bias_gain)


def _before_leaky_relu(mean: Tensor, spread: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and spread [D] of normal numbers that have these after a leaky ReLU."""
    # For y = scale * (r + n) with n standard normal, mean over spread after the ReLU grows with r alone.
    r = torch.linspace(-8, 8, 3201, dtype=mean.dtype, device=mean.device)
    below = 0.5 * (1 + torch.erf(-r / math.sqrt(2)))
    density = torch.exp(-0.5 * r.square()) / math.sqrt(2 * math.pi)
    above_1, above_2 = r * (1 - below) + density, (r.square() + 1) * (1 - below) + r * density
    below_1, below_2 = r * below - density, (r.square() + 1) * below - r * density
    mean_r = above_1 + _SLOPE * below_1
    spread_r = (above_2 + _SLOPE**2 * below_2 - mean_r.square()).clamp(min=1e-12).sqrt()
    index = torch.searchsorted(mean_r / spread_r, mean / spread).clamp(max=len(r) - 1)
    scale = spread / spread_r[index]
    return r[index] * scale, scale


def _power(rows: Tensor, exponent: float) -> Tensor:
    """A power of the covariance of [N, D] rows; directions without spread count as nearly none."""
    values, vectors = torch.linalg.eigh(torch.cov(rows.t()))
    values = values.clamp(min=1e-6 * float(values.max()))
    return vectors * values.pow(exponent) @ vectors.t()
