"""The loop around the recipes: reports, limits, pause, cancel, previews and refused inputs."""

from __future__ import annotations

import json
import threading
from typing import Any

import numpy as np
import pytest

from core.document.photo import Photo
from core.engine.progress import Progress
from core.engine.runner import run
from core.errors import Cancelled, InputRefused
from core.faces.face import Portrait
from core.recipes.base import Step
from core.recipes.context import choose_device
from core.recipes.request import Request
from tests.core.recipes import world

FIELDS = {"recipe", "pack", "device", "dtype", "seed", "steps", "seconds", "peak_rss_mb", "losses", "metrics",
          "alignment", "files", "warnings"}


def _run(progress: Progress | None = None, bits: int = 8, on_step: Any = None, on_preview: Any = None,
         **changes: Any) -> Any:
    context = world.context(bits=bits)
    changes.setdefault("steps", 8)
    return run(world.request(context, **changes), progress, on_step=on_step, on_preview=on_preview, context=context)


@pytest.mark.parametrize("recipe", ["loho", "classical", "invert"])
def test_report_is_complete_and_plain(recipe: str) -> None:
    result = _run(recipe=recipe, steps=8)
    report = json.loads(json.dumps(result.report()))
    assert set(report) >= FIELDS
    assert set(report["seconds"]) >= {"total", "load", "align", "invert", "optimise", "finish", "first_preview"}
    assert report["seconds"]["total"] >= report["seconds"]["first_preview"] > 0
    assert report["steps"] == (0 if recipe == "classical" else 8)
    assert set(report["alignment"]["identity"]) >= {
        "eye_right", "eye_left", "mouth_right", "mouth_left", "chin", "quad", "confidence"}
    assert not result.cancelled


@pytest.mark.parametrize("bits", [8, 16])
def test_outside_is_bit_exact_at_the_photo_depth(bits: int) -> None:
    result = _run(bits=bits)
    photo = world.portrait(1, bits=bits).photo
    assert result.pixels.dtype == photo.pixels.dtype
    assert result.metrics["outside_max_abs"] == 0
    outside = result.mask == 0
    assert outside.any()
    assert np.array_equal(result.pixels[outside], photo.pixels[outside])


def test_same_seed_same_bytes_other_seed_other_bytes() -> None:
    first, second, other = _run(seed=3), _run(seed=3), _run(seed=4)
    assert first.pixels.tobytes() == second.pixels.tobytes()
    assert first.outcome.latent["noise_0"].tobytes() != other.outcome.latent["noise_0"].tobytes() or (
        first.pixels.tobytes() != other.pixels.tobytes())


def test_pause_changes_no_bit() -> None:
    progress = Progress()
    paused_at: list[int] = []

    def pause(step: Step) -> None:
        if step.index in (3, 6):
            paused_at.append(step.index)
            progress.pause()
            threading.Timer(0.05, progress.resume).start()

    paused, plain = _run(progress, on_step=pause), _run()
    assert paused_at == [3, 6]
    assert paused.pixels.tobytes() == plain.pixels.tobytes()
    for name, array in plain.outcome.latent.items():
        assert array.tobytes() == paused.outcome.latent[name].tobytes()


@pytest.mark.parametrize("at", [1, 2, 3, 6, 10])
def test_cancel_keeps_the_best_and_returns_within_one_step(at: int) -> None:
    progress, seen = Progress(), []

    def cancel(step: Step) -> None:
        seen.append(step.index)
        if step.index == at:
            progress.cancel()

    result = _run(progress, on_step=cancel)
    assert result.cancelled
    assert seen[-1] == at
    assert result.metrics["outside_max_abs"] == 0
    assert np.isfinite(result.image).all()


def test_cancelled_before_anything_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    progress = Progress()
    progress.cancel()
    context = world.context()
    request = world.request(context)
    context.portraits = {}
    with pytest.raises(Cancelled):
        run(request, progress, context=context)


def test_seconds_limit_stops_early() -> None:
    result = _run(steps=500, seconds=1e-6)
    assert result.steps < 10
    assert not result.cancelled


def test_previews_are_pictures_of_the_photo_and_start_with_the_guide() -> None:
    seen: list[tuple[str, tuple[int, ...]]] = []
    _run(on_preview=lambda step, picture: seen.append((step.stage, picture.shape)))
    assert seen[0] == ("guide", (world.SIDE, world.SIDE, 3))
    assert {shape for _, shape in seen} == {(world.SIDE, world.SIDE, 3)}


def test_stamp_comes_back() -> None:
    assert _run(stamp="abc").stamp == "abc"


def test_analyses_a_photo_once_and_lends_the_mask(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world.context()
    calls: list[tuple[Photo, Any]] = []

    def analyse(photo: Photo, pack: Any, **given: Any) -> Portrait:
        calls.append((photo, given["hair_mask"]))
        return next(p for p in made.portraits.values() if p.photo is photo)

    monkeypatch.setattr("core.engine.runner.analyse", analyse)
    identity, shape = made.portraits["identity"].photo, made.portraits["shape"].photo
    mask = (made.portraits["shape"].hair * 255).astype(np.uint8)
    request = Request({"identity": identity, "appearance": shape}, hair_masks={"appearance": mask},
                      recipe="classical", pack="tiny", device="cpu")
    bare = world.context()
    bare.portraits = {}
    result = run(request, context=bare)
    assert [photo is identity for photo, _ in calls] == [True, False]
    assert calls[0][1] is None
    np.testing.assert_allclose(calls[1][1], mask / 255, atol=1e-6)
    assert set(result.alignment) == {"identity", "shape", "appearance"}


def _masked(**changes: Any) -> Request:
    return world.request(world.context(), **changes)


_FULL, _EMPTY = np.full((48, 48), 255, np.uint8), np.zeros((48, 48), np.uint8)


@pytest.mark.parametrize(("changes", "message"), [
    ({"recipe": "unknown"}, "Unknown recipe"),
    ({"parameters": {"nonsense": 1}}, "Unknown parameter"),
    ({"parameters": {"learning_rate": -1}}, "out of range"),
    ({"photos": {}}, "no portrait"),
    ({"photos": {"identity": world.portrait(1).photo}}, "no reference"),
    ({"hair_masks": {"shape": _FULL}}, "covers the whole"),
    ({"hair_masks": {"shape": _EMPTY}}, "is empty"),
    ({"hair_masks": {"identity": _FULL}}, "covers the whole"),
    ({"hair_masks": {"identity": _EMPTY[:20]}}, "another size"),
    ({"hair_masks": {"nobody": _EMPTY}}, "Unknown role"),
    ({"ignore": _FULL}, "covers the whole"),
    ({"protect": _FULL}, "covers the whole"),
    ({"protect": _EMPTY[:, :20]}, "another size"),
    ({"reference_ignore": {"shape": _FULL}}, "ignore mask of shape covers"),
    ({"reference_protect": {"shape": _EMPTY[:20]}}, "protect mask of shape has another size"),
    ({"reference_protect": {"nobody": _EMPTY}}, "Unknown role"),
])
def test_unusable_requests_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputRefused, match=message):
        run(_masked(**changes), context=world.context())


def test_empty_masks_that_do_no_harm_are_mentioned() -> None:
    result = _run(hair_masks={"identity": _EMPTY}, ignore=_EMPTY, protect=_EMPTY)
    assert sum("empty" in warning for warning in result.warnings) == 3


def test_unknown_device_is_refused() -> None:
    assert choose_device("cpu").type == "cpu"
    with pytest.raises(InputRefused, match="Unknown device"):
        choose_device("abacus")
