"""The trained correction of removed hair: it stays inside what was removed, inside its layer, and is optional."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.compositing.classical import Bared
from core.compositing.composite import HoleLabel
from core.compositing.removing.removal import Removal
from core.faces.face import Region
from core.generators.repair import INPUTS, RepairConfig, Repairer, RepairNetwork
from core.recipes.base import resolve
from core.recipes.kit import guide
from core.recipes.kit.retouch import Retoucher, corrected, repair_inputs
from core.recipes.loho.recipe import Loho
from tests.core.recipes import world

SIZE = 32


def _removal() -> tuple[world.Portrait, Removal]:
    """Removed hair across the picture's upper half, wall to the left and face to the right."""
    person = world.portrait(1)
    person.face.landmarks[[10, 234, 454]] = (24, 16, 0), (12, 30, 0), (36, 30, 0)
    hole = np.zeros((world.SIDE, world.SIDE), np.uint8)
    hole[12:24, 12:24], hole[12:24, 24:36] = HoleLabel.BACKDROP, HoleLabel.FACE_SKIN
    touched = (hole > 0).astype(np.float32)
    regions = np.where(np.arange(world.SIDE)[None] < 24, Region.BACKGROUND, Region.SKIN).astype(np.uint8)
    regions = np.broadcast_to(regions, hole.shape).copy()
    return replace(person, regions=regions), Removal(np.full((*hole.shape, 3), 0.5, np.float32), hole, touched)


def _bared(person: world.Portrait, removal: Removal, again: object = None) -> Bared:
    warped = world.composite(person, world.portrait(2)).reference
    warped = replace(warped, alpha=np.zeros_like(warped.alpha))
    return Bared(person, warped, person.hair, removal, again)  # type: ignore[arg-type]


class _Fixed(Repairer):
    """Answers the same to everything."""

    def __init__(self, change: float, layout: int) -> None:
        super().__init__(RepairNetwork(RepairConfig(SIZE, (4, 4))))
        self.change, self.chosen, self.asked = change, layout, 0

    def __call__(self, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        self.asked += 1
        layout = torch.zeros(1, 3, SIZE, SIZE)
        layout[:, self.chosen] = 1
        return torch.full((1, 3, SIZE, SIZE), self.change), layout


def test_a_mirrored_eye_is_not_painted_over() -> None:
    """The network expects skin everywhere: the darker a mirrored feature is, the less it follows."""
    person, removal = _removal()
    depth = np.zeros_like(removal.touched)
    depth[16:20, 28:32] = 0.9
    change = np.full((SIZE, SIZE, 3), 0.2, np.float32)
    plain = corrected(removal, person, change) - removal.plate
    spared = corrected(replace(removal, features=depth), person, change) - removal.plate
    eye = depth > 0
    assert plain[eye].min() > 0.1
    assert spared[eye].max() < 0.15 * plain[eye].max()
    beside = (removal.hole == HoleLabel.FACE_SKIN) & ~eye
    assert np.allclose(spared[beside], plain[beside], atol=0.02)


def test_untouched_pixels_keep_their_values() -> None:
    person, removal = _removal()
    plate = corrected(removal, person, np.full((SIZE, SIZE, 3), 0.2, np.float32))
    assert np.array_equal(plate[removal.touched == 0], removal.plate[removal.touched == 0])
    assert np.allclose(plate[14:22, 26:34], 0.7, atol=1e-3)


def test_only_skin_is_corrected() -> None:
    person, removal = _removal()
    labels = removal.hole.copy()
    labels[12:24, 30:36] = HoleLabel.CLOTHING
    plate = corrected(replace(removal, hole=labels), person, np.full((SIZE, SIZE, 3), 0.2, np.float32))
    assert np.allclose(plate[14:22, 14:23], 0.5, atol=0.01)
    assert np.allclose(plate[14:22, 25:29], 0.7, atol=0.02)
    assert np.allclose(plate[14:22, 31:35], 0.5, atol=0.02)


def test_ears_follow_the_face_beside_them() -> None:
    person, removal = _removal()
    # Nothing of the face's own outline, here a line, lies in the ear.
    person.face.landmarks[[234, 454]] = (24, 28, 0)
    labels = np.zeros_like(removal.hole)
    labels[12:36, 26:36] = HoleLabel.FACE_SKIN
    change = np.full((SIZE, SIZE, 3), -0.2, np.float32)
    change[: 21 - 8] = 0.2
    plate = corrected(replace(removal, hole=labels, touched=(labels > 0).astype(np.float32)), person, change)
    assert np.allclose(plate[14:19, 28:34], 0.7, atol=0.03)
    assert np.allclose(plate[26:34, 28:34], 0.7, atol=0.03)


def test_forehead_put_where_the_photo_showed_wall_follows_the_face() -> None:
    person, removal = _removal()
    labels = np.where(removal.hole > 0, np.uint8(HoleLabel.FACE_SKIN), removal.hole)
    change = np.full((SIZE, SIZE, 3), 0.2, np.float32)
    change[:, : SIZE // 2] = -0.2
    plate = corrected(replace(removal, hole=labels), person, change)
    assert (person.regions[14:22, 14:23] == Region.BACKGROUND).all()
    assert np.allclose(plate[14:22, 14:23], 0.7, atol=0.05)


def test_blown_out_skin_is_left_alone() -> None:
    person, removal = _removal()
    white = replace(removal, plate=np.full_like(removal.plate, 0.92))
    assert np.allclose(corrected(white, person, np.full((SIZE, SIZE, 3), -0.2, np.float32)), 0.92, atol=1e-3)


def test_nothing_is_corrected_where_no_skin_is_put() -> None:
    person, removal = _removal()
    wall = replace(removal, hole=np.where(removal.hole > 0, np.uint8(HoleLabel.BACKDROP), removal.hole))
    assert np.array_equal(corrected(wall, person, np.full((SIZE, SIZE, 3), 0.2, np.float32)), wall.plate)


def test_correction_ends_softly_at_the_crop() -> None:
    person, removal = _removal()
    hole = np.full_like(removal.hole, HoleLabel.FACE_SKIN)
    removal = replace(removal, touched=np.ones_like(removal.touched), hole=hole)
    plate = corrected(removal, person, np.full((SIZE, SIZE, 3), 0.2, np.float32))
    assert np.allclose(plate[:8], 0.5)
    assert np.abs(np.diff(plate[24], axis=0)).max() < 0.16
    assert plate[24, 24, 0] == pytest.approx(0.7, abs=1e-3)


def test_inputs_are_those_of_the_network() -> None:
    person, removal = _removal()
    bared = _bared(person, removal)
    inputs = repair_inputs(person, bared.warped, bared.old_alpha, removal, SIZE)
    assert inputs.shape == (1, len(INPUTS), SIZE, SIZE)
    assert inputs[0, INPUTS.index("backdrop"), 8, 8] == 1
    assert inputs[0, INPUTS.index("face skin"), 8, 24] == 1
    assert inputs[0, INPUTS.index("x"), 0, 0] == pytest.approx(1 / SIZE - 1)
    assert bool(torch.isfinite(inputs).all())


def test_a_forehead_taken_for_wall_is_removed_again_and_the_correction_is_of_that() -> None:
    person, removal = _removal()
    better = replace(removal, plate=removal.plate + np.float32(0.1))
    layouts: list[np.ndarray] = []

    def again(layout: np.ndarray) -> Removal:
        layouts.append(layout)
        return better

    net = _Fixed(0.1, 1)
    done = Retoucher(net)(_bared(person, removal, again))
    assert net.asked == 2
    assert layouts[0].shape == (world.SIDE, world.SIDE, 3)
    assert layouts[0][24, 24].tolist() == [0, 1, 0]
    assert not layouts[0][0, 0].any()
    assert np.allclose(done.plate[16, 30], 0.7, atol=1e-3)
    assert np.array_equal(Retoucher(net, colour=False)(_bared(person, removal, again)).plate, better.plate)


def test_once_is_enough_where_wall_is_wall() -> None:
    person, removal = _removal()
    net = _Fixed(0.1, 0)
    done = Retoucher(net)(_bared(person, removal))
    assert net.asked == 1
    assert np.allclose(done.plate[16, 30], 0.6, atol=1e-3)


def test_an_untrained_network_changes_nothing() -> None:
    person, removal = _removal()
    net = Repairer(RepairNetwork(RepairConfig(SIZE, (4, 8))), dtype=torch.float32)
    for parameter in net.network.head.parameters():
        parameter.data.zero_()
    done = Retoucher(net, layout=False)(_bared(person, removal))
    assert np.array_equal(done.plate, removal.plate)


@pytest.mark.parametrize(("wanted", "present", "expected"), [(True, True, True), (False, True, False),
                                                             (True, False, False)])
def test_the_recipe_asks_for_it(monkeypatch: pytest.MonkeyPatch, wanted: bool, present: bool, expected: bool) -> None:
    context = world.context()
    if present:
        monkeypatch.setattr(type(context.pack), "__contains__", lambda self, name: name == "repair")
        context._loaded["repairer"] = _Fixed(0.1, 0)
    seen: list[object] = []

    def composite(*portraits: world.Portrait, retouch: object = None, **others: object) -> object:
        seen.append(retouch)
        return world.composite(*portraits[:2])

    monkeypatch.setattr(guide, "compose_classical", composite)
    parameters = resolve(Loho.info.params, {"repair": wanted})
    guide.make_composite(world.request(context), context, parameters, quick=True)
    guide.make_composite(world.request(context), context, parameters, quick=False)
    assert seen[0] is None
    assert (seen[1] is not None) == expected
