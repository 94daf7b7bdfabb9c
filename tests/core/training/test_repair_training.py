"""Training of the repair network: cases from a small made-up data folder, and a loss that falls."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from core.errors import InputRefused
from core.generators.repair import INPUTS, RepairConfig, RepairNetwork, load_repairer
from core.models.pack import Pack
from core.training.kit.export import half_state, write_component
from core.training.repair import train as repair
from core.training.repair.cases import Album, Draw, make_case
from core.training.repair.train import PLANES, RepairTrainer, Shuffler, as_batch, losses_of, measure, stored
from tests.core.compositing.people import person

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four painted people as a data folder: one with long hair, three with little."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("images", "regions", "hair"):
        (folder / name).mkdir()
    rows, points = [], []
    for index, hair in enumerate(("long", "none", "short", "none")):
        someone = person(hair=hair, wall=(0.4 + 0.1 * index, 0.6, 0.6))
        height, width = someone.regions.shape
        name = f"{index:04d}"
        cv2.imwrite(str(folder / "images" / f"{name}.jpg"), someone.photo.pixels[..., ::-1])
        cv2.imwrite(str(folder / "regions" / f"{name}.png"), someone.regions)
        cv2.imwrite(str(folder / "hair" / f"{name}.png"), np.rint(someone.hair * 255).astype(np.uint8))
        points.append((someone.face.landmarks + np.float32([0.5, 0.5, 0])) / np.float32([width, height, width]))
        rows.append({"name": name, "subject": name, "split": "train", "hair_fraction": str(someone.hair.mean())})
    np.savez(folder / "landmarks.npz", landmarks=np.stack(points))
    with (folder / "index.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


@pytest.fixture(scope="module")
def cases(data: Path) -> torch.Tensor:
    """Six stored cases at 32 pixels."""
    draw = Draw.of(Album(data, "train", 120), 1)
    planes = []
    for seed in range(6):
        case = draw.case()
        planes.append(stored(case, case.remove(seed), 32))
    return torch.from_numpy(np.stack(planes)).permute(0, 3, 1, 2)


def test_borrowed_hair_hides_the_truth_and_nothing_else(data: Path) -> None:
    album = Album(data, "train", 120)
    sitter, lender = album.open("0001"), album.open("0000")
    case = make_case(sitter, lender, album.open("0003"), shadow=0.0)
    assert case is not None
    changed = np.abs(case.identity.photo.rgb() - case.truth).max(axis=2) > 2 / 255
    assert changed.any()
    assert (case.identity.hair[changed] > 0).all()
    assert np.array_equal(case.true_regions, sitter.regions)


def test_nobody_borrows_from_himself(data: Path) -> None:
    album = Album(data, "train", 120)
    draw = Draw.of(album, 0)
    assert draw.case(1).true_regions.shape == (120, 120)
    album.sitters[:] = album.sitters[:2]
    with pytest.raises(InputRefused):
        Draw.of(album, 0).case()


def test_missing_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="portraits"):
        Album(tmp_path, "train")


def test_planes_become_a_batch(cases: torch.Tensor) -> None:
    assert cases.shape == (6, PLANES, 32, 32)
    batch = as_batch(cases.float() / 255)
    assert batch.inputs.shape == (6, len(INPUTS), 32, 32)
    seen = (batch.touched == 0) & (batch.known > 0)
    difference = (batch.plate - batch.truth).abs().amax(1, keepdim=True)
    # Shadow of the borrowed hair aside, what is not touched is the truth already.
    assert float(difference[seen].median()) < 0.02
    assert float((batch.layout.sum(1) <= 1.01).float().mean()) == 1


def test_augmentation_repeats_and_keeps_plate_and_truth_together(cases: torch.Tensor) -> None:
    first, second = (Shuffler(cases, 4, CPU).batch(8) for _ in range(2))
    assert torch.equal(first.inputs, second.inputs)
    seen = (first.touched == 0) & (first.known > 0)
    difference = (first.plate - first.truth).abs().amax(1, keepdim=True)
    assert float(difference[seen].median()) < 0.03
    assert float(first.plate.amin()) >= 0
    assert float(first.plate.amax()) <= 1


def test_the_correction_starts_at_nothing_and_learns(cases: torch.Tensor) -> None:
    torch.manual_seed(0)
    trainer = RepairTrainer(RepairConfig(32, (8, 12)), Shuffler(cases, 0, CPU), dtype=torch.float32, rate=3e-3,
                            batch=6)
    batch = as_batch(cases.float() / 255)
    before = losses_of(trainer.network, batch, torch.float32)
    for _ in range(40):
        trainer.step(0.0)
    after = losses_of(trainer.network, batch, torch.float32)
    assert after["fine"] < before["fine"]
    assert after["layout"] < 0.9 * before["layout"]
    found = measure(trainer.average, cases, CPU, torch.float32)
    assert found["layout"] > 0.3


def test_a_run_goes_on_where_it_stopped(cases: torch.Tensor) -> None:
    def trainer() -> RepairTrainer:
        torch.manual_seed(0)
        return RepairTrainer(RepairConfig(32, (4, 6)), Shuffler(cases, 0, CPU), dtype=torch.float32, rate=1e-3, batch=2)

    whole, first, rest = trainer(), trainer(), trainer()
    for _ in range(4):
        whole.step(0.1)
    for _ in range(2):
        first.step(0.1)
    rest.restore(first.state())
    for _ in range(2):
        rest.step(0.1)
    assert all(torch.equal(a, b) for a, b in zip(whole.network.parameters(), rest.network.parameters(), strict=True))


def test_export_is_read_back(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = RepairNetwork(RepairConfig(32, (4, 6)))
    network.head.weight.data.normal_(0, 0.1)
    write_component(tmp_path, "repair", half_state(network), {**network.config.to_dict(), "kind": "repair"})
    opened = load_repairer(Pack(tmp_path), dtype=torch.float32)
    inputs = torch.rand(1, len(INPUTS), 32, 32)
    change, layout = opened(inputs)
    assert torch.allclose(change, network(inputs)[0], atol=5e-3)
    assert torch.allclose(layout.sum(1), torch.ones(1, 32, 32), atol=1e-5)


def test_the_command_makes_cases_trains_and_exports(data: Path, tmp_path: Path,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repair, "HELD_CASES", 2)
    monkeypatch.setattr(repair, "RepairConfig", lambda: RepairConfig(32, (4, 6)))
    rows = (data / "index.csv").read_text().splitlines()
    folder = tmp_path / "data"
    folder.mkdir()
    for part in ("images", "regions", "hair", "landmarks.npz"):
        (folder / part).symlink_to(data / part)
    (folder / "index.csv").write_text("\n".join(rows))
    monkeypatch.setattr(repair, "HELD_SPLIT", "train")
    arguments = ["--data", str(folder), "--out", str(tmp_path / "pack"), "--cases", str(tmp_path / "cases"),
                 "--checkpoint", str(tmp_path / "state.pt"), "--count", "3", "--minutes", "0.01", "--batch", "2",
                 "--device", "cpu"]
    assert repair.main(arguments) == 0
    assert "repair" in Pack(tmp_path / "pack")
    assert (tmp_path / "state.pt").is_file()
