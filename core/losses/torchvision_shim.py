"""Lets ``lpips`` load beside a CPU-only torch, where torchvision's own operators are not registered.

torchvision's Python part registers fake kernels for ``torchvision::nms`` when imported; without its compiled library
that fails with "operator torchvision::nms does not exist". Declaring the schemas is enough; nothing here calls them.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

import torch

_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
# The declarations live as long as this object.
_declared: list[torch.library.Library] = []


def _declare() -> None:
    library = torch.library.Library("torchvision", "FRAGMENT")
    for schema in _SCHEMAS:
        name = schema.split("(", 1)[0]
        if not hasattr(torch.ops.torchvision, name):
            library.define(schema)
    _declared.append(library)


def _forget(package: str) -> None:
    for name in [name for name in sys.modules if name == package or name.startswith(package + ".")]:
        del sys.modules[name]


def import_lpips() -> ModuleType:
    """The ``lpips`` package, with the missing operator schemas declared first only if the plain import fails.

    Raises:
        ImportError: lpips or torchvision is not installed.
    """
    try:
        importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise ImportError("torchvision cannot be imported") from error
        _forget("torchvision")
        _declare()
        importlib.import_module("torchvision")
    return importlib.import_module("lpips")
