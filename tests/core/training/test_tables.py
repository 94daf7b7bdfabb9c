"""The tables of a tiny pack: energies against their definition, known latents, clusters, and a file that opens."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import InputRefused, ModelFileError
from core.models.tables import BY_CLUSTERS, BY_NET, load_tables
from core.training.generator.clusters import fit_clusters, match, spherical_k_means
from core.training.generator.tables import (
    ORDER,
    EnergySum,
    channel_tables,
    latent_tables,
    main,
    middle_layer,
    net_masks,
)
from core.training.kit.export import write_component
from tests.core.generators.tiny import TINY, random_tensors, tiny_generator
from tests.core.training.tiny_pack import write_pack, write_portraits


def codes(count: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, TINY.layers, TINY.w_dim, generator=torch.Generator().manual_seed(seed))


def halves(pictures: torch.Tensor) -> torch.Tensor:
    """The upper half is hair, the lower half skin."""
    masks = torch.zeros(len(pictures), len(ORDER), 16, 16)
    masks[:, ORDER.index("hair"), :8] = 1
    masks[:, ORDER.index("skin"), 8:] = 1
    return masks


def test_energy_is_the_mean_of_squares_within_the_region() -> None:
    generator, drawn = tiny_generator(), codes(6)
    tensors, figures = channel_tables(generator, halves, drawn, clusters=8)
    inputs = generator.style_inputs(generator.styles(drawn))[1]
    upper = [value.square()[:, :, : value.shape[2] // 2].sum((2, 3)).mean(0) / value.shape[2] ** 2
             for value in inputs]
    energy = tensors[f"{BY_NET}.energy"]
    assert torch.allclose(energy[ORDER.index("hair")], torch.cat(upper), rtol=1e-4)
    assert energy[ORDER.index("eyes")].abs().max() == 0
    assert tensors[f"{BY_NET}.area"].tolist() == [0.5, 0, 0, 0.5, 0, 0, 0]
    # Whoever owns a position, all regions together own everything.
    assert torch.allclose(tensors[f"{BY_CLUSTERS}.energy"].sum(0), energy.sum(0), rtol=1e-4)
    assert float(tensors[f"{BY_CLUSTERS}.area"].sum()) == pytest.approx(1)
    assert sum(figures["clusters"].values()) == 8


def test_masks_of_any_side_fit_activations_of_any_side() -> None:
    total = EnergySum()
    masks = torch.zeros(2, 2, 4, 4)
    masks[:, 0, :, :2], masks[:, 1, :, 2:] = 1, 1
    ramp = torch.ones(1, 1, 8, 8)
    ramp[..., 4:] = 3
    total.add([torch.full((2, 1, 2, 2), 2.0), ramp], masks)
    found = total.tensors()
    # 4 in each half of the first; 1 on the left and 9 on the right of the second, with a quarter of the columns at
    # the middle given to the other side.
    assert found["energy"][:, 0].tolist() == [2, 2]
    assert found["energy"][:, 1].tolist() == pytest.approx([0.75, 4.25])
    assert found["area"].tolist() == [0.5, 0.5]


def test_the_clustered_layer_is_a_quarter_of_the_resolution() -> None:
    generator = tiny_generator()
    inputs = generator.style_inputs(generator.styles(codes(1)))[1]
    assert inputs[middle_layer(generator)].shape[-1] == 4


def test_k_means_finds_separate_directions() -> None:
    axes = torch.eye(3).repeat_interleave(20, 0)
    noisy = torch.nn.functional.normalize(
        axes + 0.05 * torch.randn(60, 3, generator=torch.Generator().manual_seed(0)), dim=1)
    centres = spherical_k_means(noisy, 3)
    best = (torch.eye(3) @ centres.t()).max(1)
    assert sorted(best.indices.tolist()) == [0, 1, 2]
    assert float(best.values.min()) > 0.99
    with pytest.raises(ValueError, match="2 rows"):
        spherical_k_means(noisy[:2], 3)


def test_a_small_region_gets_the_cluster_it_is_most_enriched_in() -> None:
    labels = torch.arange(3).repeat_interleave(10)
    memberships = torch.zeros(30, 2)
    memberships[:, 0] = 1
    memberships[20:24] = torch.tensor([0.0, 1.0])
    assert match(labels, memberships, 3).tolist() == [0, 0, 1]


def test_clusters_recognise_what_they_were_fitted_to() -> None:
    source = torch.Generator().manual_seed(0)
    labels = torch.randint(2, (200,), generator=source)
    rows = torch.where(labels[:, None] == 0, torch.tensor([3.0, 0.0, 1.0]), torch.tensor([0.0, 2.0, 1.0]))
    rows = rows + 0.1 * torch.randn(200, 3, generator=source)
    one_hot = torch.nn.functional.one_hot(labels, 2).float()
    found = fit_clusters(rows, one_hot, count=4)
    again = found.memberships(rows.t()[None, :, :, None])
    assert torch.equal(again[0, :, :, 0].t(), one_hot)


def test_latent_statistics_of_known_codes() -> None:
    source = torch.Generator().manual_seed(0)
    amount = torch.randn(400, 1, 1, generator=source)
    line = torch.zeros(3, 5)
    line[1, 2] = 2.0
    found = latent_tables(torch.ones(3, 5) + amount * line, directions=2)
    assert torch.allclose(found["w_plus.mean"][0], torch.ones(5))
    spread = found["w_plus.spread"]
    assert spread[0] == spread[2] == 0
    assert float(spread[1]) == pytest.approx(2 * float(amount.std(correction=0)), rel=1e-4)
    first = found["w_plus.directions"][0].float().abs()
    assert float(first[1, 2]) == pytest.approx(1, abs=1e-3)
    assert float(found["w_plus.deviations"][0]) == pytest.approx(float(spread[1]), rel=1e-4)
    assert float(found["w.deviations"][0]) == pytest.approx(float(spread[1]) / 3, rel=1e-4)
    assert found["layers.directions"].shape == (3, 2, 5)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny pack with its tables."""
    folder = tmp_path_factory.mktemp("packs") / "tiny"
    write_pack(folder)
    data = write_portraits(tmp_path_factory.mktemp("data") / "portraits")
    assert main(["--pack", str(folder), "--data", str(data), "--pictures", "4", "--clusters", "8",
                 "--directions", "3", "--device", "cpu"]) == 0
    return folder


def test_the_command_writes_tables_that_open(measured: Path) -> None:
    from core.models.pack import Pack

    pack = Pack(measured)
    assert not any(pack.verify().values())
    tables = load_tables(pack)
    hair = tables.channels[BY_NET]
    assert hair.regions == ORDER
    assert hair.sizes == tuple(style.shape[1] for style in tiny_generator().styles(codes(1)))
    assert np.allclose(hair.matrix().sum(0), 1, atol=1e-5)
    assert float(hair.area.sum()) == pytest.approx(1, abs=1e-4)
    assert tables.w_plus.directions.shape == (3, TINY.layers, TINY.w_dim)
    assert np.linalg.norm(tables.w.directions, axis=1) == pytest.approx(np.ones(3), abs=1e-2)
    assert len(tables.layers) == TINY.layers
    assert (tables.layers[2].mean == tables.w_plus.mean[2]).all()
    assert list(tables.natural) == ["relu1_1", "relu2_1", "relu3_1", "relu4_1"]
    assert tables.natural["relu2_1"].covariance.shape == (6, 6)
    assert tables.side == 16


def copied(folder: Path, target: Path) -> Path:
    target.mkdir()
    for path in folder.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    return target


def test_tables_of_another_generator_are_refused(measured: Path, tmp_path: Path) -> None:
    from core.models.pack import Pack

    folder = copied(measured, tmp_path / "other")
    write_component(folder, "generator", {name: value.half() for name, value in random_tensors(TINY, 9).items()},
                    TINY.to_dict())
    with pytest.raises(ModelFileError, match="another generator"):
        load_tables(Pack(folder))


@pytest.mark.parametrize("damage", ["sizes", "regions", "missing", "nan"])
def test_damaged_tables_are_refused(measured: Path, tmp_path: Path, damage: str) -> None:
    from safetensors.torch import load_file

    from core.models.pack import Pack

    folder = copied(measured, tmp_path / damage)
    config = json.loads((folder / "manifest.json").read_text())["components"]["tables"]["config"]
    tensors = load_file(str(folder / "tables.safetensors"))
    if damage == "missing":
        del tensors["w.mean"]
    elif damage == "nan":
        tensors["w.mean"] = tensors["w.mean"] * float("nan")
    else:
        config[damage] = config[damage][:-1]
    write_component(folder, "tables", tensors, config)
    with pytest.raises(ModelFileError, match="tables of the model pack cannot be used"):
        load_tables(Pack(folder))


def test_masks_of_the_regions_net_are_shares(tmp_path: Path) -> None:
    pictures = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1
    found = net_masks(write_pack(tmp_path / "tiny"))(pictures)
    assert found.shape == (2, len(ORDER), 256, 256)
    assert torch.allclose(found.sum(1), torch.ones(2, 256, 256), atol=1e-5)


def test_counts_below_one_are_refused() -> None:
    with pytest.raises(InputRefused, match="tables cannot be made"):
        main(["--pack", "starter", "--data", "nowhere", "--pictures", "0"])
