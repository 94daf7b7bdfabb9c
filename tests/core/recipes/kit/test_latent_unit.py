"""Longer vectors on smaller weights are the same generator: a recipe that moves w makes the same picture of both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from core.recipes.invert.recipe import Invert
from core.recipes.kit.variables import latent_unit
from core.recipes.loho.recipe import Loho
from core.recipes.mgi.recipe import Mgi
from core.recipes.salon.recipe import Salon
from tests.core.recipes import world

FACTOR = 8.0

pytestmark = pytest.mark.usefixtures("tiny_world")

class Longer:
    """A generator with every vector of W so many times as long."""

    def __init__(self, generator: Any) -> None:
        self._generator = generator
        self.mean_w = generator.mean_w * FACTOR
        self.w_spread = generator.w_spread * FACTOR

    def __getattr__(self, name: str) -> Any:
        return getattr(self._generator, name)

    def with_dtype(self, dtype: torch.dtype) -> Longer:
        return Longer(self._generator.with_dtype(dtype))

    def map(self, z: Tensor, **options: Any) -> Tensor:
        return self._generator.map(z, **options) * FACTOR

    def synthesize(self, w_plus: Tensor, *rest: Any, **options: Any) -> Tensor:
        return self._generator.synthesize(w_plus / FACTOR, *rest, **options)

    def styles(self, w_plus: Tensor) -> list[Tensor]:
        return self._generator.styles(w_plus / FACTOR)

    def activations(self, w_plus: Tensor, *rest: Any, **options: Any) -> Any:
        return self._generator.activations(w_plus / FACTOR, *rest, **options)

    def synthesize_from(self, x: Tensor, image: Tensor, w_plus: Tensor, *rest: Any, **options: Any) -> Tensor:
        return self._generator.synthesize_from(x, image, w_plus / FACTOR, *rest, **options)


class LongerEncoder:
    def __init__(self, encoder: Any) -> None:
        self._encoder = encoder

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        w, features = self._encoder.encode(images)
        return w * FACTOR, features


def _run(recipe: Any, longer: bool, **parameters: Any) -> tuple[np.ndarray, dict[str, float]]:
    context = world.context()
    if longer:
        context._loaded.update(generator=Longer(context.generator()), encoder=LongerEncoder(context.encoder()))
    request = world.request(context, recipe=recipe.info.name, steps=12, parameters=parameters)
    steps, outcome = world.drive(recipe, request, context)
    return outcome.image, dict(steps[-1].losses)


def test_the_unit_follows_the_vectors() -> None:
    generator = world.context().generator()
    assert latent_unit(Longer(generator)) == pytest.approx(FACTOR * latent_unit(generator))
    assert latent_unit(generator) == pytest.approx(generator.w_spread / generator.spec.w_dim**0.5)


@pytest.mark.parametrize(("recipe", "parameters"), [
    (Invert(), {"space": "w"}), (Invert(), {"space": "w+", "prior_weight": 5.0}), (Invert(), {"space": "multi"}),
    (Loho(), {"prior_weight": 5.0}), (Salon(), {"prior_weight": 5.0, "tune_steps": 0}),
    (Mgi(), {"prior_weight": 5.0, "hypotheses": 4, "positions": 16, "codes_to": 4, "codes_from": 2}),
], ids=lambda value: value.info.name if hasattr(value, "info") else value.get("space", ""))
def test_the_length_of_vectors_changes_nothing(recipe: Any, parameters: dict[str, Any]) -> None:
    (plain, losses), (long, their_losses) = _run(recipe, False, **parameters), _run(recipe, True, **parameters)
    np.testing.assert_allclose(long, plain, atol=2e-3)
    assert losses["total"] == pytest.approx(their_losses["total"], rel=1e-2)
