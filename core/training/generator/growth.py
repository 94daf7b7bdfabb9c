"""Starts a training from a checkpoint or a pack of the same or of half the resolution, and mixes two."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from core.errors import InputRefused
from core.models.load import read_tensors
from core.models.pack import Pack
from core.training.generator.step import Trainer


def start_from(trainer: Trainer, path: Path) -> None:
    """Take over the averaged weights of a checkpoint, or those of a pack; optimisers and the schedule begin anew.

    A pack holds half-precision weights and no critic, which then begins anew, too.

    At twice the resolution the networks compute at first what the small ones computed: the new block adds nothing to
    the enlarged picture, and the encoder's first layer sees the mean of the pixels that became one.

    Raises:
        InputRefused: the checkpoint or pack is of other networks.
        ModelFileError: the pack is damaged.
    """
    state = _kept(path, trainer.device)
    generator, encoder = dict(state["average_generator"]), _widened(trainer.encoder, state["average_encoder"])
    # Larger vectors on smaller weights make the same styles.
    ratio = float(state.get("w_gain", 1.0)) / trainer.encoder.config.w_gain
    if "projection.basis" not in encoder and trainer.encoder.config.projection:
        # A checkpoint from before there was one: it begins at zero.
        encoder.update({name: value for name, value in trainer.encoder.state_dict().items()
                        if name.startswith("projection.")})
    generator.update({name: value * ratio for name, value in generator.items() if name.endswith("affine.weight")})
    for name, own in trainer.generator.state_dict().items():
        if name.startswith(f"synthesis.b{trainer.generator.config.resolution}.") and name not in generator:
            generator[name] = torch.zeros_like(own) if "torgb.weight" in name or "torgb.bias" in name else own
    _load(trainer.generator, generator, path)
    _load(trainer.encoder, encoder, path)
    trainer.average_generator.load_state_dict(trainer.generator.state_dict())
    trainer.average_encoder.load_state_dict(trainer.encoder.state_dict())
    if "scales" in state["critic"]:
        _load(trainer.critic, state["critic"], path)
        trainer.adversarial_steps = int(state["values"]["adversarial_steps"])


@torch.no_grad()
def mix_with(trainer: Trainer, path: Path, share: float) -> None:
    """Move the averaged weights towards those of a checkpoint of a training that began where this one is.

    Between networks trained for nearness and what an adversarial training made of them every measure goes gradually
    from the one to the other (Wang et al. 2018, ESRGAN, section 3.4: network interpolation). The mapping stays.

    Args:
        trainer: its averages are changed.
        path: checkpoint or pack of the same networks.
        share: of the other's weights, 0..1.

    Raises:
        InputRefused: the checkpoint or pack is of other networks.
        ModelFileError: the pack is damaged.
    """
    state = _kept(path, trainer.device)
    for network, other in ((trainer.average_generator, state["average_generator"]),
                           (trainer.average_encoder, state["average_encoder"])):
        own = {name: value.clone() for name, value in network.state_dict().items()}
        _load(network, other, path)
        for name, value in network.named_parameters():
            kept = name.startswith("mapping.")
            value.copy_(own[name] if kept else own[name].lerp(value, share))


def _kept(path: Path, device: torch.device) -> Mapping[str, Any]:
    """What a checkpoint holds; of a pack's folder, what there is of it."""
    if not path.is_dir():
        return torch.load(path, map_location=device, weights_only=True)
    pack = Pack(path)
    networks = {f"average_{name}": {key: value.to(device).float() for key, value in
                                    read_tensors(pack.path(name)).items()}
                for name in ("generator", "encoder")}
    return {**networks, "critic": {}, "w_gain": pack.config("encoder").get("w_gain", 1.0)}


def _widened(encoder: nn.Module, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The encoder for pixel groups twice as wide, every weight of the first layer shared among four pixels, and for
    two more vectors of W+, which begin like the last."""
    widened = dict(state)
    known, wanted = state["stem.weight"], encoder.state_dict()["stem.weight"]
    if wanted.shape[1] == 4 * known.shape[1]:
        side = int((known.shape[1] // 3) ** 0.5)
        grid = known.view(len(known), 3, side, side, 3, 3)
        grid = grid.repeat_interleave(2, 2).repeat_interleave(2, 3) / 4
        widened["stem.weight"] = grid.reshape(wanted.shape)
    length = state["shared.bias"].shape[0]
    for name in (name for name in state if name.removeprefix("projection.") in ("offsets.weight", "offsets.bias")):
        more = (encoder.state_dict()[name].shape[0] - state[name].shape[0]) // length
        widened[name] = torch.cat([state[name], *[state[name][-length:]] * max(0, more)])
    return widened


def _load(module: nn.Module, state: Mapping[str, Tensor], path: Path) -> None:
    try:
        module.load_state_dict(dict(state))
    except RuntimeError as error:
        raise InputRefused(f"{path} does not fit these networks.", str(error).splitlines()[0],
                           "Use a checkpoint of the same or of half the resolution.") from error
