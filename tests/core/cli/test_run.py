"""The way from options to files: what the engine is asked for, what is written, how a stop ends. No weights needed."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image, ImageCms

from core.cli import TRAININGS, main
from core.commands.progress import Bar, clock
from core.commands.runs import check_pack
from core.engine.result import Result
from core.io.image import read_photo
from core.models.manifest import update_component
from core.recipes.base import Outcome, Step
from core.recipes.catalogue import find_info
from core.recipes.request import Request


@pytest.fixture
def engine(monkeypatch):
    """Replaces the engine by one that brightens the middle; remembers the requests it got."""
    requests = []
    monkeypatch.setattr("core.commands.runs.check_pack", lambda request, recipe: request)

    def run(request, progress, *, on_step=None, on_preview=None, **ignored):
        requests.append(request)
        photo = request.photos["identity"]
        image = photo.rgb()
        mask = np.zeros(image.shape[:2], np.float32)
        mask[20:40, 20:40] = 1
        image[mask > 0] = 0.9
        scale = 65535 if photo.bit_depth == 16 else 255
        pixels = photo.pixels.copy()
        pixels[mask > 0] = round(0.9 * scale)
        for index in range(1, 4):
            step = Step(index, 3, "stage 1", {"total": 1 / index}, lambda: image)
            if on_step:
                on_step(step)
            if on_preview:
                on_preview(step, image)
        outcome = Outcome(image, mask, {"w": np.zeros((1, 2, 3), np.float32)})
        return Result(
            pixels=pixels, image=image, mask=mask, outcome=outcome, cancelled=progress.cancelled,
            recipe=request.recipe, pack=request.pack, device="cpu", dtype="float32", seed=request.seed, steps=3,
            seconds={"total": 1.0}, losses={"total": (1.0, 0.3)}, metrics={"hair_iou": 0.5}, alignment={},
            versions={}, warnings=("a warning",), peak_rss_mb=1.0)

    monkeypatch.setattr("core.engine.runner.run", run)
    return requests


@pytest.fixture
def folder(tmp_path):
    generator = np.random.default_rng(0)
    Image.fromarray(generator.integers(0, 256, (96, 100, 3), dtype=np.uint8)).save(
        tmp_path / "a.png", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    Image.fromarray(generator.integers(0, 256, (90, 110, 3), dtype=np.uint8)).save(tmp_path / "b.png")
    Image.fromarray(np.full((96, 100), 9, np.uint8)).save(tmp_path / "mask.png")
    return tmp_path


def compose(folder, *extra, out="out.png"):
    return main(["compose", "--identity", str(folder / "a.png"), "--shape", str(folder / "b.png"), "--out",
                 str(folder / out), "--threads", "1", *extra])


def test_request_holds_what_was_asked_for(folder, engine):
    code = compose(folder, "--recipe", "classical", "--hair-identity", str(folder / "mask.png"), "--seed", "7",
                   "--align-identity", "40,40,60,40,44,64,56,64", "--face-shape", "1", "--blend", "poisson",
                   "--seconds", "2.5", "--set", "some-value=3", "--device", "cpu", "--pack", "mine")
    assert code == 0
    request = engine[0]
    assert (request.recipe, request.seed, request.blend, request.seconds) == ("classical", 7, "poisson", 2.5)
    assert (request.device, request.pack) == ("cpu", "mine")
    assert request.parameters == {"some_value": "3"}
    assert request.face_index == {"identity": 0, "shape": 1}
    assert request.face_points["identity"]["mouth_left"].tolist() == [56, 64]
    assert (request.hair_masks["identity"] == 9).all()
    assert set(request.photos) == {"identity", "shape"}


def test_masks_of_a_reference_are_read_at_its_size(folder, engine, capsys):
    Image.fromarray(np.full((90, 110), 5, np.uint8)).save(folder / "small.png")
    small = str(folder / "small.png")
    assert compose(folder, "--ignore-shape", small, "--protect-shape", small) == 0
    request = engine[0]
    assert (request.reference_ignore["shape"] == 5).all()
    assert request.reference_protect["shape"].shape == (90, 110)
    assert set(request.reference_ignore) == set(request.reference_protect) == {"shape"}
    assert compose(folder, "--ignore-shape", str(folder / "mask.png")) == 3
    assert "ignore mask of the shape" in capsys.readouterr().err
    assert compose(folder, "--protect-appearance", str(folder / "mask.png")) == 3
    assert "no appearance portrait" in capsys.readouterr().err


def test_one_file_in_two_roles_is_one_photo(folder, engine):
    assert compose(folder, "--appearance", str(folder / "b.png")) == 0
    assert engine[0].photos["shape"] is engine[0].photos["appearance"]


def test_result_report_and_previews_are_written(folder, engine, capsys):
    assert compose(folder, "--report", str(folder / "r.json"), "--previews", str(folder / "frames")) == 0
    before, after = read_photo(folder / "a.png"), read_photo(folder / "out.png")
    assert after.icc == before.icc
    changed = (before.pixels != after.pixels).any(axis=2)
    assert changed[20:40, 20:40].mean() > 0.9
    changed[20:40, 20:40] = False
    assert not changed.any()
    report = json.loads((folder / "r.json").read_text())
    assert report["metrics"]["outside_max_abs"] == 0
    assert report["losses"]["total"] == [1.0, 0.3]
    assert report["files"]["out"] == str(folder / "out.png")
    assert sorted(os.listdir(folder / "frames")) == ["00001.png", "00002.png", "00003.png"]
    errors = capsys.readouterr().err
    assert "warning: a warning" in errors
    assert "stage 1 · 3/3 · loss 0.3333" in errors


def test_sixteen_bit_stays_sixteen_bit(folder, engine):
    import cv2

    deep = np.random.default_rng(1).integers(0, 65536, (96, 100, 3), dtype=np.uint16)
    cv2.imwrite(str(folder / "a.png"), deep)
    assert compose(folder) == 0
    assert read_photo(folder / "out.png").bit_depth == 16


def test_jpeg_output_admits_its_loss(folder, engine, capsys):
    assert compose(folder, "--report", str(folder / "r.json"), out="out.jpg") == 0
    assert "lossy" in capsys.readouterr().err
    assert json.loads((folder / "r.json").read_text())["metrics"]["outside_max_abs"] > 0


def test_every_training_exists():
    for module in TRAININGS.values():
        assert importlib.util.find_spec(module) is not None, module


def test_scarce_memory_is_announced(folder, engine, capsys, monkeypatch):
    monkeypatch.setattr("core.commands.compose.available_memory", lambda: 1000)
    assert compose(folder) == 0
    assert "memory" in capsys.readouterr().err


def test_quiet_says_nothing(folder, engine, capsys):
    assert compose(folder, "--quiet") == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("times", "written"), [(1, True), (2, False)])
def test_interrupts(folder, engine, monkeypatch, times, written, capfd):
    import core.engine.runner as runner

    plain = runner.run

    def interrupted(request, progress, **callbacks):
        for _ in range(times):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)
        return plain(request, progress, **callbacks)

    monkeypatch.setattr("core.engine.runner.run", interrupted)
    before = signal.getsignal(signal.SIGINT)
    assert compose(folder) == 130
    assert (folder / "out.png").exists() == written
    assert signal.getsignal(signal.SIGINT) is before
    assert "stopping" in capfd.readouterr().err


def test_invert_writes_picture_and_latents(folder, engine):
    from safetensors.numpy import load_file

    code = main(["invert", str(folder / "a.png"), "--out", str(folder / "rec.png"), "--space", "w+", "--steps", "5",
                 "--latent", str(folder / "l.safetensors"), "--report", str(folder / "r.json"), "--threads", "1"])
    assert code == 0
    assert engine[0].parameters == {"space": "w+", "steps": 5}
    assert load_file(folder / "l.safetensors")["w"].shape == (1, 2, 3)
    with Image.open(folder / "rec.png") as image:
        assert image.size == (100, 96)


@pytest.mark.parametrize(("flags", "parameters"), [
    (["--noise"], {"noise": "on"}),
    (["--noise", "off", "--tune"], {"noise": "off", "tune_steps": 50}),
    (["--space", "multi", "--tune", "7"], {"space": "multi", "tune_steps": "7"}),
    (["--tune", "0"], {"tune_steps": "0"})])
def test_flags_of_invert_are_its_parameters(folder, engine, flags, parameters):
    assert main(["invert", str(folder / "a.png"), "--out", str(folder / "rec.png"), *flags, "--threads", "1"]) == 0
    assert engine[0].parameters == parameters


def test_bar_tells_step_loss_and_time_left():
    bar = Bar(io.StringIO())
    bar.show(Step(1, 11, "stage 1", {"a": 1.0, "b": 2.0}))
    now = time.monotonic() + 10
    assert bar.line(Step(6, 11, "stage 1", {"a": 0.5, "b": 1.0}), now) == "stage 1 · 6/11 · loss 1.5 · 10 s left"
    assert clock(125) == "2 min 05 s"


def test_missing_networks_are_found_before_anything_is_computed(folder, capsys, monkeypatch):
    (folder / "pack").mkdir()
    (folder / "pack" / "landmarks.onnx").write_bytes(b"any")
    update_component(folder / "pack", "landmarks", "landmarks.onnx", {})
    monkeypatch.setattr("core.engine.runner.run", lambda *args, **kwargs: pytest.fail("it ran"))
    assert compose(folder, "--pack", str(folder / "pack")) == 3
    assert "has no regions" in capsys.readouterr().err
    assert not (folder / "out.png").exists()


def test_pack_without_an_encoder_starts_from_the_mean_face(folder):
    names = ("landmarks", "regions", "generator", "features", "statistics")
    (folder / "pack").mkdir()
    for name in names:
        (folder / "pack" / name).write_bytes(b"any")
        update_component(folder / "pack", name, name, {})
    request = Request({}, recipe="invert", pack=str(folder / "pack"))
    assert check_pack(request, find_info("invert")).parameters == {"encoder_start": False}
    asked = Request({}, recipe="invert", pack=str(folder / "pack"), parameters={"encoder_start": True})
    assert check_pack(asked, find_info("invert")) is asked


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_bar_redraws_one_line_on_a_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    stream = Terminal()
    bar = Bar(stream)
    bar.note("loading")
    for index in (1, 2, 3):
        bar.show(Step(index, 3, "stage 1", {"total": 0.5}))
    bar.close()
    bar.close()
    text = stream.getvalue()
    assert text.count("\n") == 1
    assert text.endswith("\n")
    assert "3/3" in text.split("\r")[-1]
    assert all(len(line.strip("\n")) < 80 for line in text.split("\r"))


def test_help_does_not_load_torch():
    probe = ("import sys, core.cli; core.cli.main(['compose', '--help']); "
             "sys.exit(sum(name in sys.modules for name in ('torch', 'cv2', 'numpy', 'onnxruntime')))")
    assert subprocess.run([sys.executable, "-c", probe], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("command", ["compose", "invert"])
def test_no_network_library_is_loaded_before_its_threads_are_counted(command):
    probe = f"import sys, core.commands.{command}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", probe], capture_output=True, check=False).returncode == 0
