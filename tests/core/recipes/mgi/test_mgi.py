"""Multiple GAN Inversion in a tiny world: it lowers its losses, goes on, and chooses or lets choose."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from core.compositing.finishing.finish import paste
from core.errors import InputRefused
from core.losses import natural
from core.recipes.base import Outcome, Step, resolve
from core.recipes.mgi import recipe
from core.recipes.mgi.recipe import Mgi
from core.recipes.request import Request
from tests.core.recipes import world

FEW = {"hypotheses": 4, "positions": 16, "codes_to": 4, "codes_from": 2}


def _drive(request: Request, context: Any, stop_after: int | None = None) -> tuple[list[Step], Outcome]:
    return world.drive(Mgi(), request, context, stop_after)


def _run(stop_after: int | None = None, bits: int = 8, context: Any = None,
         **changes: Any) -> tuple[list[Step], Outcome]:
    context = context or world.context(bits=bits)
    changes.setdefault("steps", 14)
    changes["parameters"] = {**FEW, **changes.get("parameters", {})}
    return _drive(world.request(context, **changes), context, stop_after)


def test_one_of_the_hypotheses_is_chosen() -> None:
    _, outcome = _run()
    assert len(outcome.hypotheses) == 4
    assert [hypothesis.chosen for hypothesis in outcome.hypotheses].count(True) == 1
    assert {"distance", "hair", "seam", "latent", "judged"} <= set(outcome.hypotheses[0].scores)


def test_every_step_shows_the_hypothesis_in_work() -> None:
    context = world.context()
    running = Mgi().run(world.request(context, steps=7, parameters=FEW), context)
    seen = [step.render() for step in running if step.render is not None]
    assert not np.array_equal(seen[3], seen[4])


@pytest.mark.parametrize("spaces", ["codes", "plain"])
def test_losses_decrease_and_the_last_one_standing_is_proposed(spaces: str) -> None:
    steps, outcome = _run(steps=70, parameters={"spaces": spaces})
    by_stage: dict[str, list[float]] = {}
    for step in steps[3:]:
        by_stage.setdefault(step.stage, []).append(step.losses["total"])
    first = [losses for stage, losses in by_stage.items() if stage.startswith("round 1")]
    assert len(first) == 4
    assert all(min(losses) < losses[0] for losses in first)
    last = next(stage for stage in by_stage if stage.startswith("round 3"))
    chosen = next(hypothesis for hypothesis in outcome.hypotheses if hypothesis.chosen)
    assert last.endswith(chosen.name)
    survivors = [stage.split(", ")[1] for stage in by_stage if stage.startswith("round 2")]
    scores = {hypothesis.name: hypothesis.scores["judged"] for hypothesis in outcome.hypotheses}
    assert len(survivors) == 2
    assert chosen.scores["judged"] == min(scores[name] for name in survivors)


def test_goes_on_from_a_latent() -> None:
    steps, outcome = _run(steps=42)
    again, _ = _run(steps=42, start=outcome.latent)
    for stage in {step.stage for step in steps if step.stage.startswith("round 1")}:
        before, after = (next(step.losses["total"] for step in run if step.stage == stage) for run in (steps, again))
        assert after < before
    other, _ = _run(steps=42, start=outcome.latent, parameters={"spaces": "codes"})
    assert len(other) == len(steps)


def test_a_latent_from_the_middle_goes_on_too() -> None:
    context = world.context()
    running = Mgi().run(world.request(context, steps=14, parameters=FEW), context)
    steps = [next(running) for _ in range(7)]
    assert steps[1].latent is None
    assert steps[6].latent is not None
    latent = steps[6].latent()
    _, outcome = _run(start=latent)
    assert len(outcome.hypotheses) == 4


@pytest.mark.parametrize("choice", [1, 2, 3, 4])
def test_the_artist_chooses_without_another_competition(choice: int) -> None:
    context = world.context()
    _, first = _run(context=context)
    context.begin(0)
    steps, outcome = _run(context=context, start=first.latent, parameters={"choose": choice})
    assert [step.total for step in steps] == [17, 2]
    assert not any(step.losses for step in steps)
    assert [hypothesis.chosen for hypothesis in outcome.hypotheses].index(True) == choice - 1
    assert np.array_equal(outcome.layers["generated"], first.hypotheses[choice - 1].picture)
    assert outcome.latent.keys() == first.latent.keys()
    if first.hypotheses[choice - 1].chosen:
        assert np.array_equal(outcome.image, first.image)
    else:
        assert not np.array_equal(outcome.image, first.image)


def test_a_choice_honours_a_mask_painted_since() -> None:
    context = world.context()
    _, first = _run(context=context)
    protect = np.zeros((world.SIDE, world.SIDE), np.uint8)
    protect[8:24, 14:30] = 255
    _, outcome = _run(context=context, start=first.latent, parameters={"choose": 2}, protect=protect)
    pixels = paste(context.photo, outcome.image, outcome.mask)
    assert np.array_equal(pixels[protect > 0], context.photo.pixels[protect > 0])


def test_a_choice_can_be_made_beforehand() -> None:
    _, outcome = _run(parameters={"choose": 3})
    assert outcome.hypotheses[2].chosen
    assert outcome.metrics["hypothesis"] == 3
    _, outcome = _run(parameters={"choose": 12})
    assert any("no hypothesis 12" in warning for warning in outcome.warnings)


def test_a_sheet_that_does_not_fit_is_refused() -> None:
    _, first = _run()
    broken = {**first.latent, "pictures": first.latent["pictures"][:, :8]}
    with pytest.raises(InputRefused, match="does not fit"):
        _run(start=broken, parameters={"choose": 1})


def test_the_selector_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def made_up(picture: torch.Tensor) -> float:
        calls.append(picture)
        return float(picture.mean()) + 2

    monkeypatch.setattr(recipe, "load_natural", lambda *_: made_up)
    _, outcome = _run(parameters={"selector": "natural"})
    scores = [hypothesis.scores["natural"] for hypothesis in outcome.hypotheses]
    assert len(calls) == 4 + 2 + 1
    chosen = int(outcome.metrics["hypothesis"]) - 1
    assert sorted(range(4), key=scores.__getitem__).index(chosen) <= 1
    assert outcome.metrics["best_by_natural"] == 1 + int(np.argmin(scores))


def test_without_statistics_the_other_selector_chooses() -> None:
    _, outcome = _run(parameters={"selector": "natural"})
    assert any("statistics" in warning for warning in outcome.warnings)
    assert outcome.metrics["hypothesis"] == _run()[1].metrics["hypothesis"]
    assert natural.load_natural(world.TinyPack()) is None  # type: ignore[arg-type]


def test_nothing_to_invent_ends_with_the_guide(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = world.composite

    def shut(*args: Any, **named: Any) -> Any:
        plan = whole(*args, **named)
        return replace(plan, invent=np.zeros_like(plan.invent))

    monkeypatch.setattr("core.recipes.kit.guide.compose_classical", shut)
    steps, outcome = _run(parameters={"hair_share": 0.0})
    assert [step.total for step in steps] == [17, 2]
    assert not outcome.hypotheses
    assert _run()[1].hypotheses
    same = world.context()
    same.portraits = {**same.portraits, "appearance": same.portraits["shape"]}
    assert not _run(context=same)[1].hypotheses


def test_ignored_places_are_not_compared() -> None:
    ignore = np.zeros((world.SIDE, world.SIDE), np.uint8)
    ignore[20:40, 10:40] = 255
    plain, ignoring = _run()[1], _run(ignore=ignore)[1]
    assert not np.array_equal(plain.layers["generated"], ignoring.layers["generated"])


def test_defaults_are_usable() -> None:
    assert resolve(Mgi().info.params, {})["selector"] == "judge"
    with pytest.raises(InputRefused, match="selector"):
        resolve(Mgi().info.params, {"selector": "fid"})
