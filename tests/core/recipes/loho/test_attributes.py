"""Attribute by attribute: which portraits and losses take part, and where masks reach."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from core.cli import build_parser
from core.commands.compose import chosen_parameters
from core.compositing.composite import Composite
from core.errors import InputRefused
from core.faces.face import Portrait
from core.recipes.base import Outcome, Step, resolve
from core.recipes.loho.attributes import in_colour_of, sources
from core.recipes.loho.info import ATTRIBUTES, PARAMS
from core.recipes.loho.recipe import Loho, LohoRun
from tests.core.recipes import world

OWN = [attributes for attributes in ATTRIBUTES if attributes in ("appearance", "style", "look")]


class Seen:
    """What the guide was asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, invent: bool = True) -> None:
        self.composites: list[tuple[Portrait, Portrait, Portrait | None, dict[str, Any]]] = []
        self.strands: list[tuple[Portrait, float]] = []
        self._invent = invent
        monkeypatch.setattr("core.recipes.kit.guide.compose_classical", self._compose)
        monkeypatch.setattr("core.recipes.kit.guide.with_strands", self._lay)

    def _compose(self, identity: Portrait, hair: Portrait, *, appearance: Portrait | None = None,
                 **named: Any) -> Composite:
        self.composites.append((identity, hair, appearance, named))
        made = world.composite(identity, hair)
        return made if self._invent else replace(made, invent=np.zeros_like(made.invent))

    def _lay(self, composite: Composite, identity: Portrait, style: Portrait, strength: float,
             **_: object) -> Composite:
        self.strands.append((style, strength))
        return composite


def _drive(attributes: str, stop_after: int | None = None, **changes: Any) -> tuple[list[Step], Outcome, Any]:
    context = world.context()
    changes.setdefault("steps", 4)
    changes["parameters"] = {"attributes": attributes, **changes.get("parameters", {})}
    return *world.drive(Loho(), world.request(context, **changes), context, stop_after), context


EXPECTED = {
    "all": ("shape", "appearance", None, {"structure", "appearance", "style"}),
    "shape": ("shape", "identity", None, {"structure", "appearance", "style"}),
    "appearance": ("identity", "appearance", None, {"structure", "appearance"}),
    "style": ("identity", None, "appearance", {"appearance", "style"}),
    "shape+style": ("shape", "identity", "appearance", {"appearance", "style"}),
    "look": ("identity", "appearance", "appearance", {"appearance", "style"}),
}


@pytest.mark.parametrize("attributes", ATTRIBUTES)
def test_portraits_and_losses(monkeypatch: pytest.MonkeyPatch, attributes: str) -> None:
    seen = Seen(monkeypatch)
    steps, outcome, context = _drive(attributes)
    hair, colour, strands, terms = EXPECTED[attributes]
    assert len(seen.composites) == 2
    for identity, reference, appearance, _ in seen.composites:
        assert identity is context.portraits["identity"]
        assert reference is context.portraits[hair]
        assert appearance is (None if colour is None else context.portraits[colour])
    assert [style for style, _ in seen.strands] == ([] if strands is None else [context.portraits[strands]] * 2)
    assert {"structure", "appearance", "style"} & set(steps[-1].losses) == terms
    assert {"structure", "appearance", "style"} & set(steps[2].losses) == terms & {"structure"}
    assert np.isfinite(outcome.image).all()


def test_targets_are_those_of_the_owners() -> None:
    context = world.context()
    people = context.portraits
    plan = world.composite(people["identity"], people["identity"])

    def run(attributes: str) -> LohoRun:
        return LohoRun(context, world.request(context), {**resolve(PARAMS, {"attributes": attributes})}, plan)

    own, other = run("style").space.appearance, run("appearance").space.appearance
    torch.testing.assert_close(own, run("style").space.identity)
    assert not torch.equal(own, other)
    colour = run("style").terms._wanted.colour
    torch.testing.assert_close(colour, run("shape").terms._wanted.colour)
    texture = run("style").terms._wanted.texture["relu2_1"]
    assert not torch.allclose(texture, run("shape").terms._wanted.texture["relu2_1"])


def test_one_reference_gives_structure_and_strands_together() -> None:
    people = world.context().portraits
    found = sources({**people, "appearance": people["shape"]}, "shape+style", 1.0)
    assert found.terms == {"structure", "appearance", "style"}
    assert found.plan.strands is None


def test_strands_can_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Seen(monkeypatch)
    _drive("style", parameters={"strands": 0.0})
    _drive("style", parameters={"strands": 0.4})
    assert [strength for _, strength in seen.strands] == [0.4, 0.4]


@pytest.mark.parametrize("attributes", OWN)
def test_nothing_to_invent_ends_with_the_guide(monkeypatch: pytest.MonkeyPatch, attributes: str) -> None:
    Seen(monkeypatch, invent=False)
    steps, outcome, _ = _drive(attributes)
    assert [(step.index, step.total) for step in steps] == [(1, 6), (2, 2)]
    assert not outcome.latent
    steps, outcome, _ = _drive(attributes, parameters={"hair_share": 0.5})
    assert len(steps) == 6
    assert outcome.metrics["invented"] >= 0


def test_the_say_in_hair_is_adjustable(monkeypatch: pytest.MonkeyPatch) -> None:
    Seen(monkeypatch, invent=False)
    small, large = (_drive("appearance", parameters={"hair_share": share, "learning_rate": 1.0})[1].image
                    for share in (0.1, 1.0))
    nothing = _drive("appearance")[1].image
    assert 0 < np.abs(small - nothing).mean() < np.abs(large - nothing).mean()


@pytest.mark.parametrize("attributes", ATTRIBUTES)
def test_masks_reach_guide_and_losses(monkeypatch: pytest.MonkeyPatch, attributes: str) -> None:
    seen = Seen(monkeypatch)
    ignore = np.zeros((world.SIDE, world.SIDE), np.uint8)
    ignore[30:40, 10:40] = 255
    _drive(attributes, ignore=ignore)
    assert all(named["ignore"] is ignore for *_, named in seen.composites)
    context = world.context()
    people = context.portraits
    chosen = sources(people, attributes, 1.0)
    run = LohoRun(context, world.request(context, ignore=ignore), resolve(PARAMS, {"attributes": attributes}),
                  world.composite(people["identity"], chosen.hair), chosen)
    inside = (run.space.ignored >= 1).squeeze()
    assert inside.any()
    for name in ("keep", "core", "removed"):
        assert float(getattr(run.space, name)[0, 0][inside].abs().max()) == 0


def test_a_bald_head_has_no_hair_to_keep() -> None:
    people = world.context().portraits
    bald = replace(people["identity"], hair=np.zeros_like(people["identity"].hair))
    people = {**people, "identity": bald}
    for attributes in OWN:
        with pytest.raises(InputRefused, match="No hair"):
            sources(people, attributes, 1.0)
    found = sources(people, "shape", 1.0)
    assert found.colour is found.style is people["shape"]
    assert "no hair" in found.warnings[0]
    assert sources(people, "all", 1.0).warnings == ()


def test_the_command_line_names_them() -> None:
    def chosen(*extra: str) -> dict[str, Any]:
        return chosen_parameters(build_parser().parse_args(
            ["compose", "--identity", "a.png", "--appearance", "b.png", "--out", "c.png", *extra]))

    assert chosen("--attributes", "style") == {"attributes": "style"}
    assert chosen("--attributes", "style", "--preset", "draft", "--set", "attributes=look")["attributes"] == "look"
    assert chosen() == {}


def test_unknown_attributes_are_refused() -> None:
    with pytest.raises(ValueError, match="attributes"):
        sources(world.context().portraits, "nose", 1.0)
    with pytest.raises(InputRefused, match="attributes"):
        resolve(PARAMS, {"attributes": "nose"})


def test_a_portrait_in_the_colour_of_the_guide() -> None:
    people = world.context().portraits
    plan = world.composite(people["identity"], people["identity"])
    picture, photo = in_colour_of(people["appearance"], plan), people["appearance"].photo.rgb()
    hair = people["appearance"].hair
    assert np.array_equal(picture[hair == 0], photo[hair == 0])
    core, own = hair > 0.9, plan.alpha > 0.9
    goal = plan.foreground[own].mean(axis=0)
    assert np.abs(picture[core].mean(axis=0) - goal).sum() < np.abs(photo[core].mean(axis=0) - goal).sum()
