"""Training of the starter generator on a handful of made-up pictures: it learns, resumes, and its pack opens."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from core.errors import InputRefused, ModelFileError
from core.generators.config import GeneratorConfig
from core.generators.load import load_encoder, load_generator, load_statistics
from core.losses.feature_net import load_features
from core.models.pack import Pack
from core.training.data.images import Sampler, load_portraits
from core.training.features import train as feature_training
from core.training.generator import step as generator_step
from core.training.generator.critic import Augmentation, FeatureCritic, View
from core.training.generator.evaluate import psnr, ssim
from core.training.generator.export import export_pack
from core.training.generator.growth import mix_with, start_from
from core.training.generator.mapping import fit_mapping, learn_mapping
from core.training.generator.step import Settings, Trainer
from core.training.generator.synthesis import Mapping, upsample_rgb
from core.training.generator.train import main
from core.training.kit.export import half_state
from core.training.kit.teacher import Teacher

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def portraits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve coloured ovals with spots of their own under caps of another colour, with their mattes."""
    folder = tmp_path_factory.mktemp("portraits")
    (folder / "images").mkdir()
    (folder / "hair").mkdir()
    random = np.random.default_rng(0)
    with (folder / "index.csv").open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["name", "split", "hair_fraction"])
        for index in range(12):
            image = np.full((64, 64, 3), random.integers(60, 200, 3), np.uint8)
            hair = np.zeros((64, 64), np.uint8)
            cv2.ellipse(image, (32, 36), (14, 18), 0, 0, 360, random.integers(90, 255, 3).tolist(), -1)
            for x, y in random.integers((22, 28), (42, 50), (6, 2)).tolist():
                cv2.circle(image, (x, y), 4, random.integers(0, 255, 3).tolist(), -1)
            cv2.ellipse(hair, (32, 26), (18, 14), 0, 180, 360, 255, -1)
            image[hair > 0] = random.integers(0, 120, 3)
            cv2.imwrite(str(folder / "images" / f"{index:04d}.jpg"), image)
            cv2.imwrite(str(folder / "hair" / f"{index:04d}.png"), hair)
            writer.writerow([f"{index:04d}", "val" if index >= 9 else "train", 0.2])
    return folder


@pytest.fixture(scope="module")
def teacher_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained teacher of the published shapes."""
    source = torch.Generator().manual_seed(0)
    tensors = {"conv0.weight": torch.eye(3)[:, :, None, None].contiguous(), "conv0.bias": torch.zeros(3)}
    inputs = 3
    for name in ("11", "12", "21", "22", "31", "32", "33", "34", "41", "42", "43", "44", "51"):
        outputs = {"1": 16, "2": 32, "3": 64, "4": 128, "5": 128}[name[0]]
        tensors[f"conv{name}.weight"] = torch.randn(outputs, inputs, 3, 3, generator=source) / (inputs * 4.5) ** 0.5
        tensors[f"conv{name}.bias"] = torch.zeros(outputs)
        inputs = outputs
    path = tmp_path_factory.mktemp("teacher") / "teacher.safetensors"
    save_file(tensors, str(path))
    return path


def make_trainer(portraits: Path, teacher_file: Path, workers: int = 2) -> Trainer:
    data = load_portraits(portraits, "train", 40)
    samplers = [Sampler(data, 32, index, device=CPU) for index in range(workers)]
    torch.manual_seed(0)
    return Trainer(samplers, Teacher(teacher_file), 32, device=CPU, dtype=torch.float32,
                   settings=Settings(batch=8, samples=4, warm_up=5, penalty_every=2, mapping_steps=8))


def test_reconstruction_improves_and_both_phases_stay_finite(portraits: Path, teacher_file: Path) -> None:
    trainer = make_trainer(portraits, teacher_file)
    losses = [trainer.step(0.2) for _ in range(25)]
    assert losses[-1]["l1"] < 0.85 * losses[0]["l1"]
    assert "fool" not in losses[-1]
    critic = [parameter.clone() for parameter in trainer.critic.parameters()]
    for _ in range(3):
        found = trainer.step(0.8)
        assert all(np.isfinite(value) for value in found.values())
    assert {"fool", "critic"} <= set(found)
    assert any(not torch.equal(a, b) for a, b in zip(critic, trainer.critic.parameters(), strict=True))


def test_the_critic_sees_what_the_mapping_makes(portraits: Path, teacher_file: Path) -> None:
    trainer = make_trainer(portraits, teacher_file, workers=1)
    trainer.step(0.2)
    assert not trainer.mapped
    trainer.step(0.8)
    assert trainer.mapped
    mapping = trainer.average_generator.mapping
    shared, offsets = torch.randn(8, 256), torch.randn(8, 8, 256)
    torch.manual_seed(7)
    found = trainer._invented(shared, offsets, 4)
    torch.manual_seed(7)
    with torch.no_grad():
        drawn = mapping(torch.randn(2, 256))
    assert torch.equal(found[:2], drawn[:, None].expand(-1, 8, -1))
    encoded = shared[:, None] + offsets
    for crossed in found[2:]:
        first, last = ([row for row in range(8) if torch.equal(encoded[row, layer], crossed[layer])]
                       for layer in (0, 7))
        assert len(first) == len(last) == 1


def test_a_checkpoint_goes_on_with_the_same_weights(portraits: Path, teacher_file: Path, tmp_path: Path) -> None:
    first = make_trainer(portraits, teacher_file, workers=1)
    for _ in range(3):
        first.step(0.1)
    first.save(tmp_path / "state.pt")
    second = make_trainer(portraits, teacher_file, workers=1)
    second.load(tmp_path / "state.pt")
    assert second.steps == 3
    results = []
    for trainer in (first, second):
        torch.manual_seed(5)
        results.append(trainer.step(0.1))
    assert results[0] == results[1]


def test_the_command_writes_a_pack_that_opens(portraits: Path, teacher_file: Path, tmp_path: Path,
                                              capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--data", str(portraits), "--teacher", str(teacher_file), "--minutes", "0.02", "--batch", "4",
                 "--out", str(tmp_path / "pack"), "--checkpoint", str(tmp_path / "run" / "state.pt"),
                 "--resolution", "32", "--device", "cpu", "--workers", "1", "--mapping-steps", "4"]
    assert main(arguments) == 0
    assert '"with_features"' in capsys.readouterr().out
    assert list((tmp_path / "run").glob("sheet-*.png"))
    pack = Pack(tmp_path / "pack")
    assert not any(pack.verify().values())
    generator, encoder = load_generator(pack), load_encoder(pack)
    images = torch.zeros(1, 3, 32, 32)
    w_plus, added = encoder.encode(images)
    assert generator.synthesize(w_plus, None, added).shape == images.shape
    statistics = load_statistics(pack)
    z = torch.randn(4000, generator.config.z_dim, generator=torch.Generator().manual_seed(3))
    w = generator.map(z)
    assert torch.allclose(w.mean(0), statistics["mean_w"], atol=0.15 * float(w.std()))
    spread = ((w - generator.mean_w).square().sum() / len(w)).sqrt()
    assert generator.w_spread == pytest.approx(float(spread), rel=0.05)


def test_damage_keeps_the_target_and_most_of_the_picture(portraits: Path) -> None:
    sampler = Sampler(load_portraits(portraits, "train", 40), 32, 1, device=CPU, damaged=1.0)
    inputs, targets = sampler.batch(32)
    changed = ((inputs - targets).abs().amax(1) > 0.1).float().mean((1, 2))
    assert 0.02 < float(changed.mean()) < 0.6
    assert -1 <= float(targets.min()) <= float(targets.max()) <= 1
    clean = Sampler(load_portraits(portraits, "train", 40), 32, 1, device=CPU, damaged=0.0)
    inputs, targets = clean.batch(8)
    assert torch.equal(inputs, targets)


def _features(count: int, seed: int) -> dict[str, torch.Tensor]:
    source = torch.Generator().manual_seed(seed)
    return {name: torch.rand(count, channels, side, side, generator=source)
            for name, channels, side in (("11", 16, 32), ("21", 32, 16), ("31", 64, 8), ("41", 128, 8))}


def test_gradient_penalty_is_the_squared_gradient_length_per_position() -> None:
    torch.manual_seed(0)
    critic = FeatureCritic()
    real = _features(4, 1)
    critic.calibrate(real)
    expected = []
    for index, (name, head) in enumerate(zip(critic.names, critic.heads, strict=True)):
        leaf = (real[name] / critic.scales[index]).requires_grad_(True)
        logits = head(leaf, 4)
        gradient, = torch.autograd.grad(logits.sum(), leaf)
        expected.append(sum(float(one.square().sum()) for one in gradient) / len(gradient) / logits.shape[1])
    penalty = critic.gradient_penalty(real)
    assert penalty.requires_grad
    assert penalty.item() == pytest.approx(sum(expected) / 4, rel=1e-5)


def test_the_critic_learns_to_tell_features_apart_and_keeps_its_scales() -> None:
    torch.manual_seed(0)
    critic = FeatureCritic()
    critic.calibrate(_features(8, 1))
    scales = critic.scales.clone()
    critic.calibrate({name: value * 9 for name, value in _features(8, 1).items()})
    assert torch.equal(critic.scales, scales)
    optimiser = torch.optim.Adam(critic.parameters(), 2e-3, (0.0, 0.99))
    losses = []
    for step in range(30):
        real, made = _features(8, 10 + step), {name: value**2 for name, value in _features(8, 50 + step).items()}
        loss = critic.loss(real, real=True) + critic.loss(made, real=False)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[0] == pytest.approx(2 * np.log(2), abs=0.5)
    assert losses[-1] < 0.8 * losses[0]


def test_an_augmentation_changes_pictures_and_targets_alike() -> None:
    torch.manual_seed(3)
    images = torch.rand(6, 3, 32, 32) * 2 - 1
    change = Augmentation.draw(6, 32, CPU)
    changed = change(images)
    assert torch.equal(change.first(2)(images[:2]), changed[:2])
    assert not torch.equal(changed, images)
    assert torch.allclose(Augmentation.draw(6, 32, CPU, probability=0.0)(images), images, atol=1e-6)


def test_a_large_picture_is_seen_whole_or_in_part() -> None:
    torch.manual_seed(4)
    images = torch.rand(4, 3, 256, 256)
    place = View.draw(4, 256)
    seen = place(images)
    assert seen.shape == (4, 3, 128, 128)
    assert torch.equal(seen[:2], torch.nn.functional.avg_pool2d(images[:2], 2))
    y, x = place.corners[2] or (0, 0)
    assert torch.equal(seen[2], images[2, :, y:y + 128, x:x + 128])
    assert torch.equal(place.first(3)(images[:3]), seen[:3])
    assert torch.equal(View.draw(4, 64)(images[..., :64, :64]), images[..., :64, :64])


def test_growth_begins_with_the_same_pictures(portraits: Path, teacher_file: Path, tmp_path: Path,
                                              monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(generator_step.CHANNELS, 64, (32, 32, 24, 16, 8))
    monkeypatch.setitem(generator_step.ENCODER, 64, (16, 24, 32))
    monkeypatch.setitem(generator_step.PATCH, 64, 4)
    monkeypatch.setitem(generator_step.PROJECTION, 64, 8)
    small = make_trainer(portraits, teacher_file, workers=1)
    for _ in range(3):
        small.step(0.8)
    small.save(tmp_path / "state.pt")
    sampler = Sampler(load_portraits(portraits, "train", 80), 64, 0, device=CPU)
    large = Trainer([sampler], Teacher(teacher_file), 64, device=CPU, dtype=torch.float32,
                    settings=Settings(batch=8, samples=4, mapping_steps=8))
    start_from(large, tmp_path / "state.pt")
    images = torch.rand(2, 3, 64, 64) * 2 - 1
    half = torch.nn.functional.avg_pool2d(images, 2)
    with torch.no_grad():
        known, found = small.average_encoder(half), large.average_encoder(images)
        for a, b in zip((known[0], known[1], known[2]), (found[0], found[1][:, :8], found[2]), strict=True):
            assert torch.allclose(a, b, atol=1e-4)
        w = torch.randn(2, 1, 256)
        before = small.average_generator.synthesis(w.expand(-1, 8, -1), noise="none")
        after = large.average_generator.synthesis(w.expand(-1, 10, -1), noise="none")
    assert torch.allclose(after, upsample_rgb(before), atol=1e-4)
    assert np.isfinite(large.step(0.8)["l1"])
    tiny = make_trainer(portraits, teacher_file, workers=1)
    tiny.save(tmp_path / "other.pt")
    monkeypatch.setitem(generator_step.CHANNELS, 64, (48, 32, 24, 16, 8))
    wider = Trainer([sampler], Teacher(teacher_file), 64, device=CPU, dtype=torch.float32,
                    settings=Settings(batch=8, samples=4))
    with pytest.raises(InputRefused, match="does not fit"):
        start_from(wider, tmp_path / "other.pt")


def test_a_training_goes_on_from_a_pack(portraits: Path, teacher_file: Path, tmp_path: Path) -> None:
    trained = make_trainer(portraits, teacher_file, workers=1)
    for _ in range(3):
        trained.step(0.2)
    export_pack(tmp_path / "pack", trained.average_generator, trained.average_encoder, {})
    again = make_trainer(portraits, teacher_file, workers=1)
    start_from(again, tmp_path / "pack")
    for name in ("generator", "encoder", "average_generator", "average_encoder"):
        state = getattr(trained, f"average_{name.removeprefix('average_')}").state_dict()
        for key, value in getattr(again, name).state_dict().items():
            assert torch.allclose(value, state[key], rtol=1e-3, atol=1e-4), key
    assert again.steps == 0
    assert np.isfinite(again.step(0.9)["l1"])
    with pytest.raises(ModelFileError):
        start_from(again, tmp_path)


def test_a_mixture_lies_between_two_trainings(portraits: Path, teacher_file: Path, tmp_path: Path,
                                              capsys: pytest.CaptureFixture[str]) -> None:
    trainer = make_trainer(portraits, teacher_file, workers=1)
    trainer.save(tmp_path / "first.pt")
    for _ in range(3):
        trainer.step(0.2)
    trainer.save(tmp_path / "second.pt")
    states = [torch.load(tmp_path / f"{name}.pt", weights_only=True) for name in ("first", "second")]
    for share in (0.0, 0.25, 1.0):
        mixed = make_trainer(portraits, teacher_file, workers=1)
        mixed.load(tmp_path / "first.pt")
        mix_with(mixed, tmp_path / "second.pt", share)
        for part in ("average_generator", "average_encoder"):
            for name, value in getattr(mixed, part).named_parameters():
                a, b = (state[part][name] for state in states)
                wanted = a if name.startswith("mapping.") else a + share * (b - a)
                assert torch.allclose(value, wanted, atol=1e-6), name
    arguments = ["--data", str(portraits), "--teacher", str(teacher_file), "--batch", "4", "--resolution", "32",
                 "--out", str(tmp_path / "pack"), "--checkpoint", str(tmp_path / "first.pt"), "--device", "cpu",
                 "--mix-with", str(tmp_path / "second.pt"), "--workers", "1", "--mapping-steps", "4"]
    before = (tmp_path / "first.pt").read_bytes()
    assert main(arguments) == 0
    assert '"steps": 0' in capsys.readouterr().out
    assert (tmp_path / "first.pt").read_bytes() == before
    assert not any(Pack(tmp_path / "pack").verify().values())


def test_mapped_vectors_take_on_the_spread_of_the_portraits() -> None:
    torch.manual_seed(0)
    mapping = Mapping(GeneratorConfig(128))
    source = torch.Generator().manual_seed(1)
    turn = torch.linalg.qr(torch.randn(256, 256, generator=source)).Q
    few = torch.randn(4096, 256, generator=source) * (0.9 ** torch.arange(256.0) + 1e-3)
    portraits = few @ turn.t() + torch.randn(256, generator=source) * 0.2
    fit_mapping(mapping, portraits)
    with torch.no_grad():
        w = mapping(torch.randn(4096, 256, generator=source))
    assert torch.allclose(w.mean(0), portraits.mean(0), atol=0.1 * float(portraits.std(0).mean()))
    assert torch.allclose(w.std(0), portraits.std(0), rtol=0.12)
    known, found = torch.cov(portraits.t()), torch.cov(w.t())
    assert float((known - found).norm() / known.norm()) < 0.3


def test_a_learnt_mapping_bends_onto_the_portraits() -> None:
    torch.manual_seed(0)
    source = torch.Generator().manual_seed(1)
    angle = torch.rand(1500, generator=source) * 6.28
    portraits = torch.zeros(1500, 256)
    # A ring: the cloud of the same mean and covariance is fullest in its empty middle.
    portraits[:, 3], portraits[:, 7] = torch.cos(angle) * 2, torch.sin(angle) * 2
    portraits += torch.randn(1500, 256, generator=source) * 0.02
    distances = []
    mapping = Mapping(GeneratorConfig(128))
    for steps in (0, 120):
        learn_mapping(mapping, portraits, steps=steps, batch=256, candidates=1024)
        with torch.no_grad():
            w = mapping(torch.randn(800, 256, generator=source))
        distances.append(float((w[:, [3, 7]].norm(dim=1) - 2).abs().mean()))
    assert distances[1] < 0.8 * distances[0]
    assert all(not parameter.grad_fn for parameter in mapping.parameters())


def test_figures_of_known_pictures() -> None:
    image = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    assert torch.allclose(ssim(image, image), torch.ones(2), atol=1e-5)
    assert torch.allclose(psnr(image, image + 0.2), torch.full((2,), 20.0), atol=1e-3)
    assert float(ssim(image, -image).max()) < 0.5


def test_missing_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="holds no training portraits"):
        load_portraits(tmp_path, "train", 32)


def test_features_are_distilled_and_open(portraits: Path, teacher_file: Path, tmp_path: Path) -> None:
    arguments = ["--data", str(portraits), "--teacher", str(teacher_file), "--minutes", "0.03", "--batch", "2",
                 "--side", "32", "--out", str(tmp_path), "--export-every", "0"]
    assert feature_training.main(arguments) == 0
    network = load_features(Pack(tmp_path), dtype=torch.float32)
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    found = network.extract(images, ["relu1_2", "relu4_3"])
    assert {name: tuple(value.shape) for name, value in found.items()} == {
        "relu1_2": (2, 16, 32, 32), "relu4_3": (2, 96, 4, 4)}
    assert torch.equal(network.distance(images, images), torch.zeros(2))
    near, far = (network.distance(images, images + amount) for amount in (0.02, 0.5))
    assert bool((near < far).all())
    with pytest.raises(ValueError, match="relu9"):
        network.extract(images, ["relu9_9"])


def test_deeper_features_are_trained_under_the_same_distance(portraits: Path, teacher_file: Path, tmp_path: Path
                                                             ) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    arguments = ["--data", str(portraits), "--teacher", str(teacher_file), "--minutes", "0.02", "--batch", "2",
                 "--side", "32", "--export-every", "0"]
    assert feature_training.main([*arguments, "--out", str(first)]) == 0
    assert feature_training.main([*arguments, "--out", str(second), "--keep-distance", str(first)]) == 0
    before, after = (load_features(Pack(folder), dtype=torch.float32) for folder in (first, second))
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    assert torch.equal(before.distance(images, -images), after.distance(images, -images))
    one, other = before.extract(images), after.extract(images)
    same = {name for name in one if torch.equal(one[name], other[name])}
    assert same == set(one) - set(feature_training.DEEPER)
    assert feature_training.DEEPER == ("relu4_2", "relu4_3", "relu5_1")


def test_values_too_large_for_half_precision_are_kept() -> None:
    layer = torch.nn.Linear(2, 2)
    with torch.no_grad():
        layer.weight[0, 0] = 1e5
    state = half_state(layer)
    assert state["weight"].dtype == torch.float32
    assert torch.equal(state["weight"], layer.weight)
    assert state["bias"].dtype == torch.float16
