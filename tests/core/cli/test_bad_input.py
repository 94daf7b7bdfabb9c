"""Whatever a person hands to the command line: a message that helps, the right exit code, no file left behind."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.cli import main

POINTS = "40,40,60,40,44,64,56,64"


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder with a noise picture `a.png` and a mask of its size."""
    generator = np.random.default_rng(0)
    Image.fromarray(generator.integers(0, 256, (96, 100, 3), dtype=np.uint8)).save(tmp_path / "a.png")
    Image.fromarray(generator.integers(0, 256, (90, 110, 3), dtype=np.uint8)).save(tmp_path / "b.png")
    mask = np.zeros((96, 100), np.uint8)
    mask[10:40] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    return tmp_path


def compose(folder: Path, *extra: str, identity: str = "a.png", shape: str = "b.png", out: str = "out.png") -> int:
    return main(["compose", "--identity", str(folder / identity), "--shape", str(folder / shape),
                 "--out", str(folder / out), "--recipe", "classical", "--threads", "1", *extra])


def refused(capsys, folder: Path, code: int, *parts: str, wanted: int = 3) -> None:
    """The run ended with exit code `wanted`, its message holds all parts, and nothing was written."""
    captured = capsys.readouterr()
    assert code == wanted, captured.err
    for part in parts:
        assert part in captured.err
    assert "Traceback" not in captured.err
    assert not (folder / "out.png").exists()
    assert not [name for name in os.listdir(folder) if name.startswith(".")]


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bomb() -> bytes:
    header = struct.pack(">IIBBBBB", 12_000, 12_000, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1501 * 12_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("data", "part"), [
    (b"not a picture at all", "not a picture"),
    (b"", "empty"),
    (b"\xff\xd8\xff\xe0\x00\x10JFIF", "damaged"),
    (None, "no such file"),
])
@pytest.mark.parametrize("role", ["identity", "shape"])
def test_files_that_are_no_pictures(folder, capsys, data, part, role):
    if data is not None:
        (folder / "bad.jpg").write_bytes(data)
    refused(capsys, folder, compose(folder, **{role: "bad.jpg"}), "bad.jpg", part, "next:")


def test_truncated_picture(folder, capsys):
    whole = (folder / "a.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])
    refused(capsys, folder, compose(folder, identity="cut.png"), "cut.png", "damaged or cut off", "next:")


def test_bomb(folder, capsys):
    (folder / "bomb.png").write_bytes(bomb())
    refused(capsys, folder, compose(folder, identity="bomb.png"), "bomb.png", "144 million", "Save a smaller copy")


def test_one_pixel(folder, capsys):
    Image.new("RGB", (1, 1)).save(folder / "dot.png")
    refused(capsys, folder, compose(folder, identity="dot.png"), "too small", "1 x 1", "64")


@pytest.mark.parametrize("option", ["--hair-identity", "--hair-shape", "--ignore", "--protect"])
def test_mask_of_another_size(folder, capsys, option):
    Image.new("L", (50, 40), 255).save(folder / "small.png")
    size = "110 x 90" if option == "--hair-shape" else "100 x 96"
    refused(capsys, folder, compose(folder, option, str(folder / "small.png")), "50 x 40", size, "mask", "next:")


@pytest.mark.parametrize(("option", "value", "part"), [
    ("--hair-identity", 255, "covers the whole photo"),
    ("--ignore", 255, "covers the whole photo"),
    ("--protect", 255, "covers the whole photo"),
])
def test_full_masks(folder, capsys, option, value, part):
    Image.new("L", (100, 96), value).save(folder / "full.png")
    refused(capsys, folder, compose(folder, option, str(folder / "full.png")), part, "next:")


def test_empty_hair_mask_of_the_reference(folder, capsys):
    Image.new("L", (110, 90), 0).save(folder / "none.png")
    refused(capsys, folder, compose(folder, "--hair-shape", str(folder / "none.png")), "empty", "next:")


def test_mask_that_is_no_picture(folder, capsys):
    (folder / "mask.txt").write_text("hello")
    refused(capsys, folder, compose(folder, "--ignore", str(folder / "mask.txt")), "mask.txt", "not a picture")


@pytest.mark.parametrize(("out", "part"), [
    ("none/out.png", "does not exist"), ("out.gif", "extension"), ("out", "extension"), ("a.png", "one of the inputs"),
])
def test_outputs_that_cannot_be_written(folder, capsys, out, part):
    before = (folder / "a.png").read_bytes()
    refused(capsys, folder, compose(folder, out=out), out, part, "next:")
    assert (folder / "a.png").read_bytes() == before


def test_report_and_previews_that_cannot_be_written(folder, capsys):
    refused(capsys, folder, compose(folder, "--report", str(folder / "none" / "r.json")), "r.json", "does not exist")
    refused(capsys, folder, compose(folder, "--previews", str(folder / "a.png")), "a.png", "cannot be made")


@pytest.mark.parametrize(("extra", "part"), [
    (("--align-identity", "1,2,3"), "8 or 10 numbers"),
    (("--align-identity", "a,b,c,d,e,f,g,h"), "not a number"),
    (("--align-identity", "40,40,60,40,44,64,56,640"), "outside the photo"),
    (("--align-identity", "40,40,40,40,40,40,40,40"), "on top of each other"),
    (("--align-identity", "60,40,40,40,56,64,44,64"), "swapped"),
    (("--align-identity", "nan,40,40,40,56,64,44,64"), "8 or 10"),
    (("--align-appearance", POINTS), "no appearance portrait"),
    (("--face-identity", "-1"), "counted from 0"),
    (("--set", "sigma"), "name=value"),
    (("--set", "no_such_thing=3"), "no_such_thing"),
    (("--steps", "0"), "above zero"),
    (("--seconds", "nan"), "above zero"),
    (("--threads", "0"), "At least one thread"),
    (("--recipe", "magic"), "magic"),
    (("--pack", "no such pack"), "no such pack"),
])
def test_values_that_make_no_sense(folder, capsys, extra, part):
    refused(capsys, folder, compose(folder, *extra), part)


def test_no_reference(folder, capsys):
    code = main(["compose", "--identity", str(folder / "a.png"), "--out", str(folder / "out.png")])
    refused(capsys, folder, code, "no reference", "--shape")


@pytest.mark.parametrize("arguments", [[], ["compose"], ["nothing"], ["compose", "--identity"], ["models"],
                                       ["train", "nothing"], ["compose", "--steps", "x"]])
def test_wrong_use(folder, capsys, arguments):
    refused(capsys, folder, main(arguments), wanted=2)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["compose", "--help"], ["models", "--help"]])
def test_help_is_no_failure(arguments, capsys):
    assert main(arguments) == 0
    assert capsys.readouterr().out


@pytest.mark.parametrize("command", ["align", "regions", "invert"])
def test_other_commands_refuse_as_well(folder, capsys, command):
    (folder / "bad.jpg").write_bytes(b"no picture")
    out = str(folder / "out.png")
    refused(capsys, folder, main([command, str(folder / "bad.jpg"), "--out", out]), "bad.jpg", "not a picture")
    code = main([command, str(folder / "a.png"), "--out", str(folder / "none" / "out.png")])
    refused(capsys, folder, code, "does not exist")


@pytest.mark.parametrize("command", ["compose", "align"])
@pytest.mark.weights
def test_no_face(folder, capsys, command, starter_pack):
    Image.linear_gradient("L").resize((100, 96)).save(folder / "plain.png")
    if command == "compose":
        code = compose(folder, identity="plain.png")
    else:
        code = main([command, str(folder / "plain.png"), "--out", str(folder / "out.png"), "--threads", "1"])
    refused(capsys, folder, code, "face", "next:")


@pytest.mark.weights
def test_altered_weights(folder, capsys, starter_pack):
    target = folder / "pack"
    target.mkdir()
    for name in os.listdir(starter_pack.folder):
        (target / name).write_bytes((starter_pack.folder / name).read_bytes())
    landmarks = target / starter_pack.component("landmarks").file
    data = bytearray(landmarks.read_bytes())
    data[len(data) // 2] ^= 1
    landmarks.write_bytes(bytes(data))
    refused(capsys, folder, compose(folder, "--pack", str(target)), "altered", "SHA-256", "next:")
    assert main(["models", "verify", str(target)]) == 3
    landmarks.unlink()
    refused(capsys, folder, compose(folder, "--pack", str(target)), "missing", "next:")


def test_a_programming_error_is_one_message(folder, capsys, monkeypatch):
    def broken(*args, **kwargs):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("core.commands.compose.read_photos", broken)
    refused(capsys, folder, compose(folder), "should not", "COIFFE_DEBUG=1", wanted=1)
    monkeypatch.setenv("COIFFE_DEBUG", "1")
    assert compose(folder) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(("extra", "what"), [
    ((), "no reference portrait"), (("--shape", "b.png", "--set", "hair_amount=0"), "Nothing would change")])
def test_a_run_that_would_change_nothing(folder, capsys, extra, what):
    given = [str(folder / part) if part.endswith(".png") else part for part in extra]
    code = main(["compose", "--identity", str(folder / "a.png"), "--out", str(folder / "out.png"),
                 "--recipe", "stylefusion", *given])
    refused(capsys, folder, code, what, "next: Give a reference")
