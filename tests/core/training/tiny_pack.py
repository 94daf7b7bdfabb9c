"""A pack of 16 pixels on disk with every network that measuring needs, and portraits and a teacher to go with it."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save_file

from core.losses.feature_net import feature_shapes
from core.models.manifest import update_component
from core.models.pack import Pack
from core.training.kit.export import half_state, write_component
from tests.core.generators.tiny import TINY, random_tensors, tiny_encoder

WIDTHS = (4, 6, 8, 8, 8)


def write_pack(folder: Path, *, seed: int = 0, channels: dict[str, torch.Tensor] | None = None) -> Pack:
    """Generator, encoder, features and a regions net that looks at colours alone."""
    tensors = channels or random_tensors(TINY, seed)
    write_component(folder, "generator", {name: value.half() for name, value in tensors.items()}, TINY.to_dict())
    encoder = tiny_encoder(seed).network
    write_component(folder, "encoder", half_state(encoder), encoder.config.to_dict())
    source = torch.Generator().manual_seed(seed)
    features = {name: torch.randn(shape, generator=source) * (0.3 if len(shape) == 4 else 0.1)
                for name, shape in feature_shapes(WIDTHS).items()}
    write_component(folder, "features", features, {"widths": list(WIDTHS)})
    (folder / "regions.onnx").write_bytes(regions_net(seed).SerializeToString())
    update_component(folder, "regions", "regions.onnx", {"input": 256, "classes": 7})
    return Pack(folder)


def regions_net(seed: int) -> onnx.ModelProto:
    """Eight logits as linear functions of the colours."""
    rng = np.random.default_rng(seed)
    weight = numpy_helper.from_array(rng.normal(0, 4, (8, 3, 1, 1)).astype(np.float32), "weight")
    bias = numpy_helper.from_array(np.zeros(8, np.float32), "bias")
    graph = helper.make_graph(
        [helper.make_node("Conv", ["image", "weight", "bias"], ["logits"])], "regions",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, 256, 256])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 8, 256, 256])], [weight, bias])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def write_portraits(folder: Path, train: int = 9, val: int = 4) -> Path:
    """Random smooth pictures with a hair matte."""
    rng = np.random.default_rng(0)
    for name in ("images", "hair"):
        (folder / name).mkdir(parents=True)
    with (folder / "index.csv").open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["name", "split", "hair_fraction"])
        for index in range(train + val):
            small = rng.integers(0, 255, (5, 5, 3)).astype(np.uint8)
            image = cv2.resize(small, (32, 32), interpolation=cv2.INTER_LINEAR)
            hair = np.zeros((32, 32), np.uint8)
            hair[: 2 + 2 * index] = 255
            cv2.imwrite(str(folder / "images" / f"{index:04d}.jpg"), image)
            cv2.imwrite(str(folder / "hair" / f"{index:04d}.png"), hair)
            writer.writerow([f"{index:04d}", "val" if index >= train else "train", 0.2])
    return folder


def write_teacher(path: Path) -> Path:
    """An untrained teacher with few channels."""
    source = torch.Generator().manual_seed(0)
    tensors = {"conv0.weight": torch.eye(3)[:, :, None, None].contiguous(), "conv0.bias": torch.zeros(3)}
    inputs = 3
    for name in ("11", "12", "21", "22", "31", "32", "33", "34", "41", "42", "43", "44", "51"):
        tensors[f"conv{name}.weight"] = torch.randn(4, inputs, 3, 3, generator=source) / (inputs * 4.5) ** 0.5
        tensors[f"conv{name}.bias"] = torch.zeros(4)
        inputs = 4
    save_file(tensors, str(path))
    return path
