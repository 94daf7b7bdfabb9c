"""Training FusionNet on a tiny pack: each loss against its formula, what each stage moves, and a run that goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from core.errors import InputRefused
from core.generators.fusion_net import NODES, StyleLayout, load_fusion
from core.models.pack import Pack
from core.training.data.images import load_portraits
from core.training.fusion import train as fusion
from core.training.fusion.losses import (
    SCHEDULES,
    Weights,
    align_regulariser,
    fusion_loss,
    local_loss,
    mask_loss,
    total,
)
from core.training.fusion.material import head_for, picture_of, reduced
from core.training.fusion.train import Trainer, make_trainer, scale_for, shares
from core.training.generator import tables
from core.training.generator.tables import net_masks
from tests.core.generators.tiny import TINY, tiny_generator
from tests.core.training.tiny_pack import write_pack, write_portraits


def rand(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_mask_loss() -> None:
    found, goal = rand(3, 2, 4, 4), rand(3, 2, 4, 4, seed=1)
    expected = 0.0
    for picture in range(3):
        apart = sum(abs(float(found[picture, k, y, x] - goal[picture, k, y, x]))
                    for k in range(2) for y in range(4) for x in range(4))
        expected += apart / float(goal[picture].sum()) / 3
    assert float(mask_loss(found, goal)) == pytest.approx(expected)
    # A region that is hardly there: its area counts as a hundredth of the picture.
    assert float(mask_loss(torch.full((1, 2, 10, 10), 0.01), torch.zeros(1, 2, 10, 10))) == pytest.approx(2.0)


def test_local_loss() -> None:
    before, after, region = rand(2, 3, 4, 4), rand(2, 3, 4, 4, seed=1), rand(2, 4, 4, seed=2)
    step = torch.tensor([0.1, 0.5], dtype=torch.float64)
    expected = 0.0
    for picture in range(2):
        square = sum(float(region[picture, y, x]) * float((after - before)[picture, c, y, x]) ** 2 / 3
                     for c in range(3) for y in range(4) for x in range(4))
        expected += (square / float(region[picture].sum()) + 1e-8) ** 0.5 / float(step[picture]) / 2
    assert float(local_loss(before, after, region, step)) == pytest.approx(expected)
    assert float(local_loss(before, before, region, step)) < 1e-2


def test_fusion_and_align_losses() -> None:
    result, part, weight = rand(2, 5), rand(2, 5, seed=1), rand(5, seed=2)
    squares = [sum(float(weight[c] * (result[b, c] - part[b, c])) ** 2 for c in range(5)) for b in range(2)]
    expected = sum((square + 1e-8) ** 0.5 for square in squares) / 2
    assert float(fusion_loss(result, part, weight)) == pytest.approx(expected)
    q = rand(2, 2, 7)
    assert float(align_regulariser(q)) == pytest.approx(float(q.sum()) / 4)


def test_gradients_of_the_losses() -> None:
    after, goal = rand(1, 3, 3, 3, seed=1).requires_grad_(True), rand(1, 2, 3, 3)
    step = torch.tensor([0.3], dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda x: local_loss(rand(1, 3, 3, 3), x, rand(1, 3, 3, seed=2), step), (after,))
    result = rand(1, 2, 3, 3, seed=3).requires_grad_(True)
    assert torch.autograd.gradcheck(lambda x: mask_loss(x, goal), (result,))
    code = rand(2, 4, seed=4).requires_grad_(True)
    assert torch.autograd.gradcheck(lambda x: fusion_loss(x, rand(2, 4), rand(4, seed=1)), (code,))


def test_total_weighs_by_stage() -> None:
    weights = Weights(mask=2.0, local=(3.0, 5.0), align_alone=7.0, align=11.0, fusion=(13.0, 17.0))
    one = torch.ones(())
    names = ("mask", "local_first", "local_second", "align", "fusion_first", "fusion_second")
    assert float(total(dict.fromkeys(names, one), weights, 2)) == 2 + 3 + 5 + 11 + 13 + 17
    assert float(total({"align": one}, weights, 0)) == 7
    assert set(SCHEDULES) == {node.name for node in NODES}
    assert SCHEDULES["face"].steps[2] == 0


def test_a_reduced_generator_paints_the_small_picture() -> None:
    whole = tiny_generator()
    small = reduced(whole, 8)
    w = torch.randn(2, TINY.layers, TINY.w_dim, generator=torch.Generator().manual_seed(0))
    packed = torch.cat(whole.styles(w), 1)
    picture, seen = picture_of(small, packed, None)
    assert torch.allclose(picture, whole.synthesize(w, up_to=8), atol=1e-5)
    assert [value.shape[-1] for value in seen] == [4, 8]
    assert torch.allclose(seen[-1], whole.activations(w, 8)[0], atol=1e-5)
    masks = head_for(small, 7)(seen)
    assert masks.shape == (2, 7, 8, 8)
    assert torch.allclose(masks.sum(1), torch.ones(2, 8, 8), atol=1e-5)
    assert reduced(whole, 64) is whole


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny pack with tables, and portraits."""
    made = tmp_path_factory.mktemp("fusion")
    write_pack(made / "pack")
    write_portraits(made / "portraits")
    tables.main(["--pack", str(made / "pack"), "--data", str(made / "portraits"), "--pictures", "4", "--natural", "4",
                 "--clusters", "8", "--directions", "4", "--device", "cpu"])
    return made


def trainer(folder: Path, scale: float = 0.0006) -> Trainer:
    portraits = load_portraits(folder / "portraits", "train", TINY.resolution).images
    made = make_trainer(Pack(folder / "pack"), portraits, seed=3, scale=scale, batch=2, hidden=8)
    made.fit_masks(net_masks(Pack(folder / "pack")), pictures=16, steps=3)
    return made


def test_shares_compare_the_two_parts_of_a_node(folder: Path) -> None:
    from core.models.tables import BY_NET, load_tables

    table = load_tables(Pack(folder / "pack")).channels[BY_NET]
    found = shares(table, NODES[1])
    density = table.energy / table.area[:, None]
    index = {name: i for i, name in enumerate(table.regions)}
    first = sum(table.energy[index[name]] for name in ("skin", "lips")) / sum(
        table.area[index[name]] for name in ("skin", "lips"))
    second = sum(table.energy[index[name]] for name in ("eyes", "brows")) / sum(
        table.area[index[name]] for name in ("eyes", "brows"))
    assert density.shape == table.energy.shape
    assert found.numpy() == pytest.approx(first / (first + second), rel=1e-4)


def test_the_mask_head_learns(folder: Path) -> None:
    portraits = load_portraits(folder / "portraits", "train", TINY.resolution).images
    agreement = []
    for steps in (1, 150):
        made = make_trainer(Pack(folder / "pack"), portraits, seed=3, scale=1.0, batch=2, hidden=8)
        agreement.append(made.fit_masks(net_masks(Pack(folder / "pack")), pictures=24, steps=steps))
    assert agreement[1] > agreement[0]


def test_each_stage_moves_its_own_blender_and_no_other_node(folder: Path) -> None:
    made = trainer(folder)
    assert [made.steps(0, stage) for stage in range(3)] == [3, 6, 6]
    for kinds in (("align",), ("fuse",), ("align", "fuse")):
        before = {name: value.clone() for name, value in made.net.state_dict().items()}
        stage = made.place[1]
        while made.place[:2] == [0, stage]:
            losses = made.step()
        changed = {tuple(name.split(".")[:2]) for name, value in made.net.state_dict().items()
                   if not torch.equal(value, before[name])}
        assert changed == {(kind, "all") for kind in kinds}
        assert all(torch.isfinite(torch.tensor(value)) for value in losses.values())
    assert made.place == [1, 0, 0]


def test_stages_have_their_terms(folder: Path) -> None:
    made = trainer(folder)
    both = {"fusion_first", "fusion_second"}
    for node in NODES:
        assert set(made.losses(node, 0)) == {"mask", "align", *both}
        assert set(made.losses(node, 1)) == both
        assert set(made.losses(node, 2)) == {"mask", "local_first", "local_second", "align", *both}


def test_a_stage_lowers_its_loss(folder: Path) -> None:
    made = trainer(folder, scale=0.02)
    made.place = [0, 1, 0]
    # Nothing is aligned, and both parts go in evenly: what the channels belong to is still to be learned.
    made.net.set_prior({node.name: torch.full((StyleLayout.of(TINY).channels,), 0.5) for node in NODES}, align=1e-4)

    def loss() -> float:
        """Over the same draws each time."""
        state = made.material.random.get_state()
        made.material.random.manual_seed(0)
        with torch.no_grad():
            found = sum(float(term) for _ in range(12) for term in made.losses(NODES[0], 1).values())
        made.material.random.set_state(state)
        return found

    before = loss()
    while made.place[1] == 1:
        made.step()
    assert loss() < 0.92 * before


def test_a_run_that_was_interrupted_goes_on_with_equal_bits(folder: Path) -> None:
    whole = trainer(folder)
    while not whole.done:
        whole.step()
    first = trainer(folder)
    for _ in range(11):
        first.step()
    state = first.state()
    second = trainer(folder, scale=1.0)
    second.restore(state)
    while not second.done:
        second.step()
    for name, value in whole.net.state_dict().items():
        assert torch.equal(value, second.net.state_dict()[name])


def test_a_value_that_is_not_finite_is_skipped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = trainer(folder)
    monkeypatch.setattr(fusion, "fusion_loss", lambda *args: torch.tensor(float("nan"), requires_grad=True))
    before = {name: value.clone() for name, value in made.net.state_dict().items()}
    made.step()
    assert all(torch.equal(value, before[name]) for name, value in made.net.state_dict().items())
    assert made.place == [0, 0, 1]


def test_the_command_writes_a_component_that_opens(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checkpoint = folder / "state.pt"
    arguments = ["--pack", str(folder / "pack"), "--data", str(folder / "portraits"), "--scale", "0.0003", "--hidden",
                 "8", "--batch", "2", "--mask-pictures", "16", "--mask-steps", "3", "--checkpoint", str(checkpoint),
                 "--save-every", "0"]
    assert fusion.main(arguments) == 0
    pack = Pack(folder / "pack")
    assert load_fusion(pack).layout == StyleLayout.of(TINY)
    assert pack.config("fusion")["scale"] == 0.0003
    assert set(pack.config("fusion")["losses"]) == {node.name for node in NODES}
    assert "min left" in capsys.readouterr().out
    # The checkpoint is of the last step but one: the same command goes on there, and ends with the same weights.
    assert checkpoint.is_file()
    digest = pack.component("fusion").sha256
    assert fusion.main(arguments) == 0
    assert Pack(folder / "pack").component("fusion").sha256 == digest


def test_a_time_is_turned_into_a_share_of_the_steps() -> None:
    full = sum(5_000 * 2 + 10_000 * 3 + schedule.steps[2] * 5 for schedule in SCHEDULES.values())
    assert scale_for(0.1 * full, (2, 3, 5)) == pytest.approx(0.1)


def test_useless_numbers_are_refused() -> None:
    with pytest.raises(InputRefused):
        fusion.main(["--pack", "p", "--data", "d", "--scale", "-1"])
    with pytest.raises(InputRefused):
        fusion.main(["--pack", "p", "--data", "d", "--mask-pictures", "3"])
