"""Opens the generator and encoder of a model pack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor, nn

from core.errors import Advice, ModelFileError
from core.generators.config import GeneratorConfig
from core.generators.encoder import EncoderConfig, EncoderNetwork, StarterEncoder
from core.generators.stylegan2 import StyleGAN2, official_shapes
from core.models.load import read_tensors

_ADVICE = Advice.INSTALL_MODELS_AGAIN
N = TypeVar("N", bound=nn.Module)


class PackLike(Protocol):
    """The part of a model pack that loading needs."""

    def path(self, component: str) -> Path: ...

    def config(self, component: str) -> Mapping[str, Any]: ...

    def __contains__(self, component: object) -> bool: ...


def load_generator(pack: PackLike, device: torch.device | str = "cpu",
                   dtype: torch.dtype | None = None) -> StyleGAN2:
    """The generator of a pack, with its statistics when the pack has them.

    Args:
        pack: an open model pack.
        device: where to compute.
        dtype: type of the activations; None = bfloat16 where the device computes in it, else float32.

    Raises:
        ModelFileError: missing, damaged or of another architecture than the manifest says.
    """
    try:
        config = GeneratorConfig.from_dict(pack.config("generator"))
    except (TypeError, ValueError) as error:
        raise ModelFileError("The generator of the model pack cannot be used.", f"{error}.", _ADVICE) from error
    tensors = read_tensors(pack.path("generator"), official_shapes(config))
    mean_w, spread = None, None
    if "statistics" in pack:
        statistics = load_statistics(pack)
        mean_w, spread = statistics["mean_w"], float(statistics["w_spread"])
        if mean_w.shape != (config.w_dim,):
            raise ModelFileError("The statistics of the model pack cannot be used.",
                                 f"mean_w has shape {tuple(mean_w.shape)}, ({config.w_dim},) is expected.", _ADVICE)
    return StyleGAN2(config, tensors, device=device, dtype=dtype, mean_w=mean_w, w_spread=spread)


def load_statistics(pack: PackLike) -> dict[str, Tensor]:
    """mean_w [w_dim], w_spread [1], and the main directions of w with their deviations.

    Raises:
        ModelFileError: missing or damaged.
    """
    tensors = read_tensors(pack.path("statistics"))
    for name in ("mean_w", "w_spread"):
        if name not in tensors:
            raise ModelFileError("The statistics of the model pack cannot be used.", f"{name} is missing.", _ADVICE)
    return tensors


def load_network(pack: PackLike, name: str, title: str, build: Callable[[Mapping[str, Any]], N]) -> N:
    """A network of a pack with its weights in float32.

    Args:
        pack: the model pack.
        name: of the component.
        title: what it is called in messages, "style network".
        build: makes the network, its weights of no interest, from the component's configuration.

    Raises:
        ModelFileError: missing, damaged or of another architecture than the manifest says.
    """
    try:
        network = build(pack.config(name))
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ModelFileError(f"The {title} of the model pack cannot be used.", f"{error}.", _ADVICE) from error
    expected = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    tensors = read_tensors(pack.path(name), expected)
    network.load_state_dict({key: value.float() for key, value in tensors.items()})
    return network


def load_encoder(pack: PackLike, device: torch.device | str = "cpu",
                 dtype: torch.dtype | None = None) -> StarterEncoder:
    """The encoder of a pack.

    Raises:
        ModelFileError: missing, damaged or of another architecture than the manifest says.
    """
    try:
        config = EncoderConfig.from_dict(pack.config("encoder"))
        with torch.device("meta"):
            network = EncoderNetwork(config)
    except (TypeError, ValueError, IndexError) as error:
        raise ModelFileError("The encoder of the model pack cannot be used.", f"{error}.", _ADVICE) from error
    expected = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    tensors = read_tensors(pack.path("encoder"), expected)
    layout = {name: torch.channels_last if value.ndim == 4 else torch.contiguous_format
              for name, value in tensors.items()}
    network.load_state_dict({name: value.float().contiguous(memory_format=layout[name])
                             for name, value in tensors.items()}, assign=True)
    return StarterEncoder(network, device, dtype)
