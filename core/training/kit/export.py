"""Writes trained networks into a model pack: half-precision safetensors, registered in the manifest."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from core.models.manifest import update_component


def half_state(module: nn.Module) -> dict[str, Tensor]:
    """State with every floating tensor in half precision, contiguous, on the CPU; one whose values are too large for
    that stays in single precision."""
    return {name: _halved(value.detach()).cpu().contiguous() for name, value in module.state_dict().items()}


def _halved(value: Tensor) -> Tensor:
    largest = float(value.abs().amax()) if value.numel() else 0.0
    fits = value.is_floating_point() and largest <= torch.finfo(torch.half).max
    return value.half() if fits else value


def write_component(folder: Path, name: str, tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> None:
    """Write ``<name>.safetensors`` whole or not at all, then register it in the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{name}.{os.getpid()}.tmp"
    save_file({key: value.contiguous() for key, value in tensors.items()}, str(temporary))
    temporary.chmod(0o644)
    temporary.replace(folder / f"{name}.safetensors")
    update_component(folder, name, f"{name}.safetensors", config)
