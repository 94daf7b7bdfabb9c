"""What both face trainings share: options, a schedule for a time budget, averaged weights, checkpoints, export."""

from __future__ import annotations

import argparse
import copy
import json
import math
import os
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.nn.utils.fusion import fuse_conv_bn_eval

from core.errors import InputRefused
from core.models.manifest import update_component
from core.training.kit.options import add_shared

WARM_UP = 150
_LARGE = 2048


def parser(name: str, minutes: float) -> argparse.ArgumentParser:
    """Options of ``core train landmarks`` and ``core train regions``."""
    options = argparse.ArgumentParser(prog=f"core train {name}", description=f"Train the {name} network.")
    options.add_argument("--data", type=Path, required=True, help="folder that holds portraits/")
    options.add_argument("--out", type=Path, required=True, help="model pack folder to write the network to")
    options.add_argument("--minutes", type=float, default=minutes, help="time budget")
    options.add_argument("--steps", type=int, help="number of steps instead of a time budget")
    options.add_argument("--batch", type=int, default=32)
    options.add_argument("--rate", type=float, default=2e-3, help="highest learning rate")
    options.add_argument(
        "--checkpoint", type=Path, help="where to keep the training state (default: beside --out)"
    )
    options.add_argument("--export-every", type=float, default=8.0, help="minutes between two exports")
    options.add_argument("--strength", type=float, default=1.0, help="of the damage done to the pictures")
    add_shared(options, "seed", "threads")
    options.add_argument("--limit", type=int, help="use only so many portraits (for a trial)")
    add_shared(options, "resume")
    options.add_argument(
        "--begin", type=Path, help="begin with the averaged weights of this checkpoint, as far as they fit"
    )
    return options


@dataclass
class Training:
    """One network being trained.

    Attributes:
        model: the network that learns.
        batches: endless (input, targets...) tuples.
        loss: from model and batch to named terms; "total" is minimised.
        evaluate: from the averaged network to figures; called at every export.
        export: writes the averaged network and its figures.
    """

    model: nn.Module
    batches: Iterator[tuple[Tensor, ...]]
    loss: Callable[[nn.Module, tuple[Tensor, ...]], dict[str, Tensor]]
    evaluate: Callable[[nn.Module], dict[str, float]]
    export: Callable[[nn.Module, dict[str, float]], None]
    history: list[dict[str, float]] = field(default_factory=list)

    def run(self, options: argparse.Namespace, checkpoint: Path) -> dict[str, float]:
        """Train until the budget is spent; returns the figures of the final export."""
        if options.begin:
            begin_from(self.model, options.begin)
        averaged = copy.deepcopy(self.model).eval()
        groups = _groups(self.model)
        optimiser = torch.optim.AdamW(groups, lr=options.rate, betas=(0.9, 0.99))
        step, spent = 0, 0.0
        if options.resume and checkpoint.exists():
            state = torch.load(checkpoint, weights_only=True)
            self.model.load_state_dict(state["model"])
            averaged.load_state_dict(state["averaged"])
            optimiser.load_state_dict(state["optimiser"])
            step, spent = int(state["step"]), float(state["spent"])
        begin = last = time.monotonic() - spent
        last += spent
        sums: dict[str, float] = {}
        for batch in self.batches:
            elapsed = time.monotonic() - begin
            share = step / options.steps if options.steps else elapsed / (60 * options.minutes)
            if share >= 1:
                break
            for group, given in zip(optimiser.param_groups, groups, strict=True):
                group["lr"] = (
                    given["factor"]
                    * options.rate
                    * min(1.0, (step + 1) / WARM_UP)
                    * (0.005 + 0.995 * _cosine(share))
                )
            terms = self._step(optimiser, batch)
            step += 1
            _average(averaged, self.model, min(0.998, (1 + step) / (10 + step)))
            for name, value in terms.items():
                sums[name] = sums.get(name, 0.0) + float(value.detach())
            if step % 100 == 0:
                text = " ".join(f"{name} {value / 100:.4f}" for name, value in sums.items())
                print(f"step {step} {elapsed / 60:.1f} min {text}", flush=True)
                sums = {}
            if time.monotonic() - last > 60 * options.export_every:
                self._keep(averaged, optimiser, step, time.monotonic() - begin, checkpoint)
                last = time.monotonic()
        return self._keep(averaged, optimiser, step, time.monotonic() - begin, checkpoint)

    def _step(self, optimiser: torch.optim.Optimizer, batch: tuple[Tensor, ...]) -> dict[str, Tensor]:
        self.model.train()
        terms = self.loss(self.model, batch)
        optimiser.zero_grad(set_to_none=True)
        terms["total"].backward()
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
        if bool(torch.isfinite(norm)):
            optimiser.step()
        return terms

    def _keep(
        self, averaged: nn.Module, optimiser: torch.optim.Optimizer, step: int, spent: float, checkpoint: Path
    ) -> dict[str, float]:
        state = {
            "model": self.model.state_dict(),
            "averaged": averaged.state_dict(),
            "optimiser": optimiser.state_dict(),
            "step": step,
            "spent": spent,
        }
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
        partial = checkpoint.with_suffix(".part")
        torch.save(state, partial)
        os.replace(partial, checkpoint)
        figures = {"step": float(step), "minutes": spent / 60, **self.evaluate(averaged)}
        self.history.append(figures)
        print(json.dumps({k: round(v, 5) for k, v in figures.items()}), flush=True)
        self.export(averaged, figures)
        return figures


def begin_from(model: nn.Module, checkpoint: Path) -> None:
    """Take over what an earlier training kept; layers that it did not have stay as they are."""
    own = model.state_dict()
    kept = torch.load(checkpoint, weights_only=True)["averaged"]
    fitting = {name: value for name, value in kept.items() if name in own and value.shape == own[name].shape}
    if not fitting:
        raise InputRefused(
            f"The training cannot begin from {checkpoint}.",
            "None of its weights fits this network.",
            "Give a checkpoint of the same component with --begin.",
        )
    model.load_state_dict(fitting, strict=False)


def _groups(model: nn.Module) -> list[dict[str, Any]]:
    """Weights with decay, biases and norms without; the layers that the model names in ``paces`` slower."""
    paces: dict[str, float] = getattr(model, "paces", {})
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        pace = next((factor for prefix, factor in paces.items() if name.startswith(prefix)), 1.0)
        groups.setdefault((pace, pace == 1 and parameter.ndim > 1), []).append(parameter)
    return [
        {"params": parameters, "weight_decay": 0.02 if decays else 0.0, "factor": pace}
        for (pace, decays), parameters in groups.items()
    ]


def _cosine(share: float) -> float:
    return 0.5 + 0.5 * math.cos(math.pi * min(1.0, share))


@torch.no_grad()
def _average(averaged: nn.Module, model: nn.Module, decay: float) -> None:
    for kept, new in zip(averaged.state_dict().values(), model.state_dict().values(), strict=True):
        if kept.dtype.is_floating_point:
            kept.lerp_(new, 1 - decay)
        else:
            kept.copy_(new)


class _Widened(nn.Module):
    def forward(self, stored: Tensor) -> Tensor:
        return stored.float()


def _store_in_half(model: nn.Module) -> None:
    """Join normalisations with the convolutions before them, then keep all large weights in half precision."""
    for module in model.modules():
        if isinstance(module, nn.Sequential):
            for k in range(len(module) - 1):
                first, second = module[k], module[k + 1]
                if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
                    module[k], module[k + 1] = fuse_conv_bn_eval(first, second), nn.Identity()
    for module in list(model.modules()):
        for name, weight in list(module.named_parameters(recurse=False)):
            if weight.numel() > _LARGE:
                weight.data = weight.data.half()
                parametrize.register_parametrization(module, name, _Widened(), unsafe=True)


def write_onnx(
    model: nn.Module, size: int, outputs: list[str], folder: Path, component: str, figures: dict[str, float]
) -> None:
    """Write the network as ONNX into a pack and enter it, with its figures, in the manifest.

    The file is ``component``.onnx with the input "image" [B, 3, size, size] in -1..1; it is replaced in one move.
    Weights are stored in half precision and widened when the file is opened; the arithmetic stays float32.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{component}.onnx"
    partial = path.with_suffix(".part")
    plain = copy.deepcopy(model).float().eval().to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    _store_in_half(plain)
    with warnings.catch_warnings():
        # The tracing exporter is announced as old; the new one needs a further package.
        warnings.simplefilter("ignore", DeprecationWarning)
        # Uneven padding has no folded form; it costs nothing.
        warnings.filterwarnings("ignore", message="Constant folding")
        torch.onnx.export(
            plain,
            (torch.zeros(1, 3, size, size),),
            str(partial),
            input_names=["image"],
            output_names=outputs,
            dynamic_axes={name: {0: "batch"} for name in ["image", *outputs]},
            opset_version=17,
            # Folding would turn the stored halves back into full numbers.
            do_constant_folding=False,
            dynamo=False,
        )
    os.replace(partial, path)
    rounded = {name: round(value, 4) for name, value in figures.items()}
    update_component(folder, component, path.name, {"input": size, "figures": rounded})
