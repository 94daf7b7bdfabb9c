"""Fits the mapping network, so that random z become vectors like those of encoded portraits."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from core.training.synthesis import FullyConnected, Mapping

_SLOPE = 0.2


@torch.no_grad()
def fit_mapping(mapping: Mapping, portraits: Tensor, *, samples: int = 8192) -> None:
    """Set the last layer so that mapped z have the mean and the covariance of encoded portraits, before the last ReLU.

    The last leaky ReLU is undone on the portraits' vectors; what the layer before gives for random z is whitened and
    then coloured like them. Closed form: gradient descent needs very long to leave the isotropic cloud that a new
    mapping makes, while portraits fill about a tenth of the dimensions.

    Args:
        mapping: changed in place; its earlier layers stay as they are.
        portraits: [N, w_dim] vectors w of encoded portraits, several times w_dim of them.
        samples: of z, to learn what the earlier layers give.
    """
    last = mapping.get_submodule(f"fc{mapping.count - 1}")
    assert isinstance(last, FullyConnected)
    device = last.weight.device
    source = torch.Generator().manual_seed(0)
    first = mapping.get_submodule("fc0")
    assert isinstance(first, FullyConnected)
    z = torch.randn(samples, first.weight.shape[1], generator=source).to(device)
    hidden = mapping.hidden(z).double()
    wanted = portraits.to(device).double() / math.sqrt(2.0)
    wanted = torch.where(wanted < 0, wanted / _SLOPE, wanted)
    whiten = _power(hidden, -0.5)
    colour = _power(wanted, 0.5)
    weight = colour @ whiten
    bias = wanted.mean(0) - weight @ hidden.mean(0)
    last.weight.copy_(weight / last.gain)
    last.bias.copy_(bias / last.bias_gain)


def _power(rows: Tensor, exponent: float) -> Tensor:
    """A power of the covariance of [N, D] rows; directions without spread count as nearly none."""
    values, vectors = torch.linalg.eigh(torch.cov(rows.t()))
    values = values.clamp(min=1e-6 * float(values.max()))
    return vectors * values.pow(exponent) @ vectors.t()
