"""``models convert``: an official StyleGAN2-ADA state dict, as safetensors, becomes a model pack."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor

from core.errors import InputRefused, ModelFileError
from core.generators.config import GeneratorConfig
from core.generators.stylegan2 import StyleGAN2, official_shapes
from core.io.atomic import check_writable, write_bytes
from core.models.load import read_tensors
from core.models.manifest import describe_pack, update_component
from core.models.pack import Pack

# Networks of the base pack that do not depend on the generator's latent space.
_SHARED = ("landmarks", "regions", "features")


def convert(source: Path, target: Path, base: Pack, *, licence: str) -> GeneratorConfig:
    """Make a pack from a generator's weights; the pack appears whole or not at all.

    Landmarks, regions and feature net are taken over from the base pack. There is no encoder: inversions with the new
    pack start from the mean face.

    Args:
        source: safetensors of the generator's ``state_dict`` (``G_ema``) under its official names.
        target: folder to be made.
        base: pack that lends the other networks.
        licence: of the weights, for the manifest.

    Returns:
        The architecture that was found.

    Raises:
        ModelFileError: not such a generator.
        InputRefused: the folder exists already or cannot be made.
    """
    if target.exists():
        raise InputRefused(f"{target} exists already.", "A pack is never merged into another.", "Choose a new name.")
    check_writable(target)
    tensors = read_tensors(source)
    config = infer_config(source, tensors)
    read_tensors(source, official_shapes(config))
    _try_out(source, config, tensors)
    staging = Path(tempfile.mkdtemp(prefix=".coiffe-", dir=target.absolute().parent))
    try:
        halves = {name: value.half().contiguous() if value.is_floating_point() else value.contiguous()
                  for name, value in tensors.items()}
        write_bytes(staging / "generator.safetensors", save(halves))
        update_component(staging, "generator", "generator.safetensors", {**config.to_dict(), "kind": "stylegan2"})
        for name in _SHARED:
            if name in base:
                file = base.component(name).file
                shutil.copyfile(base.path(name), staging / file)
                update_component(staging, name, file, base.config(name))
        describe_pack(staging, name=target.name, title=f"converted from {source.name}", licence=licence,
                      origin=source.name)
        staging.chmod(0o755)
        os.replace(staging, target)
    except OSError as error:
        raise InputRefused(f"{target} could not be written.", error.strerror or str(error),
                           "Free some space or choose another place.") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return config


def infer_config(source: Path, tensors: Mapping[str, Tensor]) -> GeneratorConfig:
    """The architecture that the shapes of an official state dict imply.

    Raises:
        ModelFileError: conditional, or no StyleGAN2 generator with skip connections.
    """
    what = f"{source} cannot be converted."
    advice = "Save the state dict of G_ema of an unconditional StyleGAN2-ADA network as safetensors."
    if any(name.startswith("mapping.embed") for name in tensors):
        raise ModelFileError(what, "It is a conditional generator.", advice)
    try:
        sides = []
        while f"synthesis.b{4 << len(sides)}.torgb.weight" in tensors:
            sides.append(4 << len(sides))
        layers = 0
        while f"mapping.fc{layers}.weight" in tensors:
            layers += 1
        return GeneratorConfig(
            resolution=sides[-1],
            z_dim=int(tensors["mapping.fc0.weight"].shape[1]),
            w_dim=int(tensors["mapping.w_avg"].shape[0]),
            mapping_layers=layers,
            channels=tuple(int(tensors[f"synthesis.b{side}.conv1.weight"].shape[0]) for side in sides),
            image_channels=int(tensors["synthesis.b4.torgb.weight"].shape[0]),
            feature_resolution=min(32, sides[-1]),
        )
    except (KeyError, IndexError, ValueError) as error:
        raise ModelFileError(what, f"Its tensors are not those of a StyleGAN2 generator ({error}).", advice) from error


def _try_out(source: Path, config: GeneratorConfig, tensors: Mapping[str, Tensor]) -> None:
    """Draw one picture in half-precision weights, as the pack will hold them."""
    halves = {name: value.half().float() for name, value in tensors.items()}
    generator = StyleGAN2(config, halves, dtype=torch.float32, w_spread=1.0)
    with torch.no_grad():
        w = generator.mean_w.view(1, 1, -1).expand(1, config.layers, -1)
        picture = generator.synthesize(w)
    if not bool(torch.isfinite(picture).all()) or float(picture.std()) < 1e-4:
        raise ModelFileError(f"{source} cannot be converted.", "The picture it draws is empty or not finite.",
                             "Check that the weights are complete and of float type.")
