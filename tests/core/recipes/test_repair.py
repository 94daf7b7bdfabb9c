"""Repair: the encoder is not shown where old hair was removed, and the guide is rebuilt from what it paints there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from core.compositing.composite import BACKDROP, FACE_SKIN, KEEP, NECK, Composite
from core.generators.tiny import tiny_encoder
from core.recipes.base import resolve
from core.recipes.loho import Loho, LohoRun
from core.recipes.repair import unknown_pixels
from tests.core.recipes import world


def _context(*, mask: bool = True) -> Any:
    context = world.context()
    context._loaded["encoder"] = tiny_encoder(0, mask=mask)
    return context


def _composite(context: Any) -> Composite:
    """Only skin was filled: filled background is shown to the encoder."""
    made = world.composite(context.portraits["identity"], context.portraits["shape"])
    return replace(made, hole=np.where(made.hole != KEEP, NECK, KEEP).astype(np.uint8))


def _run(context: Any, composite: Composite, **parameters: Any) -> LohoRun:
    chosen = resolve(Loho.params, {"steps": 4, "repair": True, **parameters})
    return LohoRun(context, world.request(context), chosen, composite)


def _with_another_fill(composite: Composite) -> Composite:
    bare = ((composite.hole != KEEP) & (composite.alpha < 0.5))[..., None]
    return replace(composite, image=np.where(bare, 1 - composite.image, composite.image))


def test_what_the_classical_fill_shows_does_not_matter() -> None:
    context = _context()
    composite = _composite(context)
    repair = _run(context, composite).repair
    again = _run(context, _with_another_fill(composite)).repair
    assert repair is not None
    assert again is not None
    hidden = repair.unknown[0, 0].numpy() > 0
    assert 0.02 < hidden.mean() < 0.9
    # Only pixels of the crop that mix hidden and shown photo pixels may differ.
    assert float((repair.w - again.w).abs().max()) < 0.2 * float(repair.w.abs().max())
    without = _run(context, composite, repair=False)
    other = _run(context, _with_another_fill(composite), repair=False)
    assert float((without.variables.w - other.variables.w).detach().abs().max()) > float(
        (repair.w - again.w).abs().max())


def test_the_guide_is_the_painted_one_where_unknown_and_the_composite_elsewhere() -> None:
    context = _context()
    composite = _composite(context)
    run, plain = _run(context, composite), _run(context, composite, repair=False)
    assert plain.repair is None
    assert plain.repaired is None
    assert run.repair is not None
    hidden = torch.nn.functional.max_pool2d(run.repair.unknown, 9, stride=1, padding=4)
    assert torch.equal(run.space.guide * (1 - hidden), plain.space.guide * (1 - hidden))
    assert not torch.equal(run.space.guide, plain.space.guide)
    assert torch.equal(run.variables.w.detach(), run.repair.w)


def test_it_is_off_unless_asked_for() -> None:
    assert resolve(Loho.params, {})["repair"] is False


def test_an_encoder_that_never_learnt_it_is_not_asked() -> None:
    context = _context(mask=False)
    assert _run(context, _composite(context)).repair is None
    context = _context()
    assert _run(context, _composite(context), features=False).repair is None


def test_ignored_pixels_are_unknown_and_hair_is_not() -> None:
    context = _context()
    composite, identity = _composite(context), context.portraits["identity"]
    bare = unknown_pixels(composite, identity, 16)
    ignore = np.zeros(composite.alpha.shape, np.uint8)
    ignore[30:40, 10:20] = 255
    more = unknown_pixels(composite, identity, 16, ignore)
    assert set(np.unique(bare)) <= {0.0, 1.0}
    assert more.sum() > bare.sum()
    assert (more >= bare).all()
    covered = replace(composite, alpha=np.ones_like(composite.alpha))
    assert not unknown_pixels(covered, identity, 16).any()


def test_background_its_outline_and_ears_are_shown() -> None:
    context = _context()
    composite, identity = _composite(context), context.portraits["identity"]
    hole = np.full(composite.hole.shape, NECK, np.uint8)
    bare = replace(composite, alpha=np.zeros_like(composite.alpha), invent=np.zeros_like(composite.alpha), hole=hole)
    assert unknown_pixels(bare, identity, 16).all()
    hole[:, :20] = BACKDROP
    beside = unknown_pixels(bare, identity, 16)
    assert not beside[:, :8].any()
    assert beside[:, 11:].all()
    hole[:] = FACE_SKIN
    ear = unknown_pixels(bare, identity, 16)
    assert not ear[13, 0]
    assert ear[13, 8]
    assert ear[0, 8]


def test_a_whole_run_with_repair_is_finite_and_exact_outside() -> None:
    context = _context()
    running = Loho().run(world.request(context, steps=6, parameters={"repair": True}), context)
    while True:
        try:
            next(running)
        except StopIteration as end:
            outcome = end.value
            break
    assert np.isfinite(outcome.image).all()
    outside = outcome.mask == 0
    assert np.array_equal(outcome.image[outside], context.photo.rgb()[outside])
