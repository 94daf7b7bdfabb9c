"""Style transfer: it runs everywhere it is asked to, touches nothing else, goes on, and mixes styles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.compositing.finishing.finish import paste
from core.document.photo import Photo
from core.errors import Cancelled, InputRefused, ModelFileError
from core.recipes.base import Outcome, Step
from core.recipes.request import Request
from core.recipes.style.canvas import colour_line
from core.recipes.style.recipe import Style
from tests.core.recipes import world

pytestmark = pytest.mark.usefixtures("tiny_world")


def _request(context: Any, **changes: Any) -> Request:
    parameters = changes.pop("parameters", {})
    base = {"recipe": "style", "pictures": world.pictures(1), "parameters": {"size": 192, **parameters}}
    return world.request(context, **{**base, **changes})


def _drive(context: Any, request: Request, stop_after: int | None = None) -> tuple[list[Step], Outcome]:
    return world.drive(Style(), request, context, stop_after)


def _go(stop_after: int | None = None, context: Any = None, **changes: Any) -> tuple[list[Step], Outcome]:
    context = context or world.style_context()
    return _drive(context, _request(context, **changes), stop_after)


@pytest.mark.parametrize("where", ["hair", "background", "portrait"])
@pytest.mark.parametrize("method", ["fast", "gatys"])
def test_smoke(where: str, method: str) -> None:
    context = world.style_context()
    steps, outcome = _go(context=context, steps=4, parameters={"where": where, "method": method})
    assert len(steps) == (6 if method == "gatys" else 2) == steps[-1].total
    assert [step.index for step in steps] == list(range(1, len(steps) + 1))
    photo = context.photo.rgb()
    assert outcome.image.shape == photo.shape
    assert np.isfinite(outcome.image).all()
    assert np.abs(outcome.image - photo).max() > 0.02
    for step in steps:
        assert step.render is not None
        assert step.patch is not None
        assert step.latent is not None
        rect, patch = step.patch()
        assert step.render().shape == photo.shape
        assert patch.shape == (rect.height, rect.width, 3)
        np.testing.assert_allclose(patch, step.render()[rect.slices()], atol=1e-5)


def test_gatys_decreases_its_loss() -> None:
    steps, _ = _go(steps=25, parameters={"method": "gatys"})
    losses = [step.losses for step in steps if step.losses]
    assert len(losses) == 25
    assert losses[-1]["total"] < 0.95 * losses[0]["total"]
    assert losses[-1]["style"] < losses[0]["style"]


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("method", ["fast", "gatys"])
@pytest.mark.parametrize("where", ["hair", "background"])
def test_outside_the_part_and_under_protection_every_bit_stays(where: str, method: str, bits: int) -> None:
    context = world.style_context(bits=bits)
    protect = np.zeros((world.SIDE, world.SIDE), np.uint8)
    protect[:, :20] = 255
    _, outcome = _go(context=context, steps=3, protect=protect, parameters={"where": where, "method": method})
    pixels = paste(context.photo, outcome.image, outcome.mask)
    changed = (pixels != context.photo.pixels).any(axis=2)
    hair = context.portraits["identity"].hair
    inside = hair > 0 if where == "hair" else hair < 1
    assert changed.any()
    assert not (changed & (protect > 0)).any()
    assert not (changed & ~inside).any()
    assert not (changed & (outcome.mask == 0)).any()


def test_strength_zero_leaves_the_photo_and_says_so() -> None:
    context = world.style_context()
    _, outcome = _go(context=context, parameters={"strength": 0.0})
    assert not outcome.mask.any()
    np.testing.assert_array_equal(paste(context.photo, outcome.image, outcome.mask), context.photo.pixels)
    assert any("strength" in warning for warning in outcome.warnings)


def test_more_strength_changes_more_and_the_face_is_spared() -> None:
    context = world.style_context()
    photo = context.photo.rgb()

    def change(**parameters: float) -> np.ndarray:
        return np.abs(_go(context=context, parameters={"detail": 0.0, **parameters})[1].image - photo)

    assert change(strength=0.3).mean() < change(strength=0.6).mean() < change(strength=1.0).mean()
    skin = context.portraits["identity"].regions == 1
    assert change(face=1.0)[skin].mean() < 0.8 * change(face=0.0)[skin].mean()
    np.testing.assert_allclose(change(face=1.0)[0, 0], change(face=0.0)[0, 0], atol=1e-6)


def test_cancelled_while_the_network_draws_the_quick_look_is_kept() -> None:
    context = world.style_context()
    running = Style().run(_request(context), context)
    next(running)

    def cancel() -> None:
        raise Cancelled

    context.check = cancel
    with pytest.raises(StopIteration) as end:
        next(running)
    assert context.stopping
    assert np.abs(end.value.value.image - context.photo.rgb()).max() > 0.02


def test_gatys_goes_on_from_its_picture_also_in_another_window() -> None:
    first, outcome = _go(steps=30, parameters={"method": "gatys", "where": "hair"})
    again, _ = _go(steps=30, start=outcome.latent, parameters={"method": "gatys", "where": "hair"})
    losses = [[step.losses["total"] for step in steps if step.losses] for steps in (first, again)]
    assert losses[1][0] == pytest.approx(min(losses[0]), rel=0.05)
    context = world.style_context()
    person = context.portraits["identity"]
    hair = person.hair.copy()
    hair[30:44, 8:40] = 1
    context.portraits = {"identity": replace(person, hair=hair)}
    _, wider = _go(context=context, steps=1, start=outcome.latent, parameters={"method": "gatys", "where": "hair"})
    assert np.isfinite(wider.image).all()


def test_gatys_begins_at_half_size_and_ends_at_full_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.recipes.style.recipe.HALF_FROM", 32)
    steps, outcome = _go(steps=31, parameters={"method": "gatys"})
    stages = [step.stage for step in steps if step.losses]
    assert stages == ["gatys, coarse"] * 15 + ["gatys"] * 16
    for part in (steps[2:17], steps[17:]):
        assert part[-1].losses["total"] < part[0].losses["total"]
    again, _ = _go(steps=4, start=outcome.latent, parameters={"method": "gatys"})
    assert [step.stage for step in again if step.losses] == ["gatys"] * 4
    stopped, early = _go(8, steps=31, parameters={"method": "gatys"})
    assert len(stopped) == 8
    assert early.latent["picture"].shape == outcome.latent["picture"].shape


def test_a_foreign_start_is_refused() -> None:
    for start in ({"picture": np.zeros((4, 4), np.float32)},
                  {"picture": np.full((4, 4, 3), np.nan, np.float32), "window": np.float32([0, 0, 4, 4])}):
        with pytest.raises(InputRefused, match="does not fit"):
            _go(steps=1, start=start, parameters={"method": "gatys"})
    with pytest.raises(InputRefused, match="does not fit"):
        _go(pictures={}, start={"code": np.zeros((1, 3), np.float32)})


def test_a_drawn_style_comes_back_from_its_code() -> None:
    context = world.style_context()
    context.begin(3)
    first = _go(context=context, pictures={})[1]
    again = _go(pictures={}, start=first.latent)[1]
    np.testing.assert_array_equal(first.image, again.image)


def test_weights_interpolate_between_the_styles() -> None:
    def code(pictures: dict[str, Photo], **weights: float) -> np.ndarray:
        return _go(pictures=pictures, parameters=weights)[1].latent["code"]

    both = world.pictures(1, 2)
    first, second = code({"style1": both["style1"]}), code({"style1": both["style2"]})
    np.testing.assert_allclose(code(both), (first + second) / 2, atol=1e-6)
    np.testing.assert_allclose(code(both, weight1=0.25, weight2=0.75), 0.25 * first + 0.75 * second, atol=1e-6)
    np.testing.assert_array_equal(code(both, weight2=0.0), first)
    with pytest.raises(InputRefused, match="No style is left"):
        code(both, weight1=0.0, weight2=0.0)


def test_without_pictures_the_reference_hair_is_the_style() -> None:
    context = world.style_context("appearance")
    found = _go(context=context, pictures={})[1].latent["code"]
    np.testing.assert_array_equal(found, _go(context=world.style_context("appearance"), pictures={})[1].latent["code"])
    assert not np.array_equal(found, _go(context=world.style_context("appearance"))[1].latent["code"])
    person = context.portraits["appearance"]
    bald = replace(person, hair=np.zeros_like(person.hair))
    context.portraits = {**context.portraits, "appearance": bald}
    with pytest.raises(InputRefused, match="no hair"):
        _go(context=context, pictures={})
    assert np.isfinite(_go(context=context, pictures={}, parameters={"sample": True})[1].image).all()


def test_luminance_keeps_hues_and_coral_keeps_the_mean_colour() -> None:
    context = world.style_context()
    photo = context.photo.rgb()
    values = {"strength": 1.0, "face": 0.0, "detail": 0.0}
    images = {keep: _go(context=context, parameters={**values, "keep_colour": keep})[1].image
              for keep in ("no", "luminance", "coral")}
    away = {keep: np.abs(image.mean((0, 1)) - photo.mean((0, 1))).max() for keep, image in images.items()}
    assert away["coral"] < 0.03 < away["no"]
    chroma = {keep: np.abs((image - image.mean(2, keepdims=True)) - (photo - photo.mean(2, keepdims=True))).mean()
              for keep, image in images.items()}
    assert chroma["luminance"] < 0.6 * chroma["no"]


def test_only_given_styles_bring_their_colours_by_themselves() -> None:
    values = {"strength": 1.0, "face": 0.0, "detail": 0.0}

    def image(keep: str, **more: Any) -> NDArray[np.float32]:
        return _go(parameters={**values, "keep_colour": keep}, **more)[1].image

    np.testing.assert_array_equal(image("auto"), image("no"))
    np.testing.assert_array_equal(image("auto", pictures={}), image("coral", pictures={}))


def test_the_colour_line_goes_from_dark_to_light() -> None:
    grey = np.linspace(0, 1, 50, dtype=np.float32)[None, :, None]
    direction = np.float32([0.4, 1.1, 0.9])
    slope = direction / (direction @ np.float32([0.299, 0.587, 0.114]))
    picture = np.float32([0.1, 0.2, 0.3]) + grey * direction
    np.testing.assert_allclose(colour_line(picture, None), slope, rtol=1e-4)
    both = np.concatenate([picture, np.random.default_rng(0).random((1, 50, 3)).astype(np.float32)])
    weight = np.stack([np.ones(50, np.float32), np.zeros(50, np.float32)])
    np.testing.assert_allclose(colour_line(both, weight), slope, rtol=1e-4)
    np.testing.assert_array_equal(colour_line(np.full((4, 4, 3), 0.5, np.float32), None), 1)


def test_what_is_ignored_does_not_count() -> None:
    ignore = np.zeros((world.SIDE, world.SIDE), np.uint8)
    ignore[24:] = 255
    plain = _go(steps=3, parameters={"method": "gatys"})[1].image
    assert not np.array_equal(plain, _go(steps=3, ignore=ignore, parameters={"method": "gatys"})[1].image)


def test_a_portrait_without_the_part_is_refused() -> None:
    context = world.style_context()
    person = context.portraits["identity"]
    context.portraits = {"identity": replace(person, hair=np.zeros_like(person.hair))}
    with pytest.raises(InputRefused, match="no hair"):
        _go(context=context, parameters={"where": "hair"})


def test_gatys_works_without_a_style_network_and_fast_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise ModelFileError("The model pack 'tiny' has no style.")

    monkeypatch.setattr("core.recipes.style.recipe.load_stylist", missing)
    context = world.style_context()
    context.pack = world.TinyPack()
    steps, outcome = _go(context=context, steps=3, parameters={"method": "gatys"})
    assert len(steps) == 5
    assert "code" not in outcome.latent
    for changes in ({"parameters": {"method": "fast"}}, {"pictures": {}, "parameters": {"method": "gatys"}}):
        with pytest.raises(ModelFileError, match="no style"):
            _go(context=context, **changes)


def test_a_loss_that_is_not_finite_ends_in_a_warning_and_a_usable_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.recipes.style.gatys.total_variation", lambda picture: picture.sum() * float("nan"))
    _, outcome = _go(steps=20, parameters={"method": "gatys"})
    assert np.isfinite(outcome.image).all()
    assert any("best state" in warning for warning in outcome.warnings)
