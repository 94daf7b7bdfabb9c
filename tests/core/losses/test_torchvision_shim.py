"""The shim declares what is missing, and only when the plain import fails."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest

from core.losses import torchvision_shim


def test_nothing_is_declared_when_torchvision_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torchvision_shim.importlib, "import_module", lambda name: ModuleType(name))
    monkeypatch.setattr(torchvision_shim, "_declare", lambda: pytest.fail("declared without need"))
    assert torchvision_shim.import_lpips().__name__ == "lpips"


def test_schemas_are_declared_after_the_known_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def import_module(name: str) -> ModuleType:
        calls.append(name)
        if calls == ["torchvision"]:
            raise RuntimeError("operator torchvision::nms does not exist")
        return ModuleType(name)

    monkeypatch.setattr(torchvision_shim.importlib, "import_module", import_module)
    monkeypatch.setattr(torchvision_shim, "_forget", lambda package: calls.append("forget " + package))
    monkeypatch.setattr(torchvision_shim, "_declare", lambda: calls.append("declare"))
    torchvision_shim.import_lpips()
    assert calls == ["torchvision", "forget torchvision", "declare", "torchvision", "lpips"]


def test_another_failure_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def import_module(name: str) -> ModuleType:
        raise RuntimeError("something else")

    monkeypatch.setattr(torchvision_shim.importlib, "import_module", import_module)
    with pytest.raises(ImportError):
        torchvision_shim.import_lpips()


def test_lpips_loads() -> None:
    assert hasattr(torchvision_shim.import_lpips(), "LPIPS")
    assert importlib.import_module("torchvision")
