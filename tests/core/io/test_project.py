"""A project comes back as it was saved, opens in other programs, and nothing that comes as a file can do harm."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import threading
import warnings as python_warnings
import zipfile
from dataclasses import asdict
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image, ImageCms

from core.document.commands import AddLayer, AddSource, ApplyResult, SetFace, SetLayer, SetMask, SetMaskSpread
from core.document.composite import blend, flatten
from core.document.document import IDENTITY, Document, RunSettings, Target
from core.document.layer import BLEND_MODES
from core.document.photo import Photo
from core.document.source import Source
from core.errors import CoiffeError, InputRefused
from core.io import project
from core.io.archive import Archive
from core.io.image import read_photo
from core.io.originals import original_bytes
from core.io.project import load_project, save_project, take_snapshot, write_snapshot
from core.io.project_reader import is_project
from tests.core.document.build import (
    fingerprint,
    make_candidate,
    make_document,
    make_face,
    make_layer,
    make_pixels,
    make_source,
)

ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def full_document(kind: type = np.uint8, **photo) -> Document:
    """A document in which everything is different from its default."""
    identity = make_source(IDENTITY, 300, 280, 1, kind, **photo)
    document = Document(identity)
    identity.warnings = ("The face is small.",)
    for step in (
        AddSource(make_source("reference-1", 120, 100, 2), {"shape": "reference-1"}),
        AddSource(make_source("reference-2", 90, 130, 3, np.uint16), {"appearance": "reference-2"}),
        SetMask(Target(IDENTITY, "hair"), make_pixels(300, 280, 7)[..., 0], "Load"),
        SetMask(Target("reference-2", "ignore"), make_pixels(90, 130, 8)[..., 0], "Load"),
        SetMaskSpread(Target(IDENTITY, "hair"), -2.5, 7.25),
        SetFace(IDENTITY, make_face(0.125)),
        AddLayer(make_layer(document, 1, origin=(-20, 40))),
    ):
        step.redo(document)
    for seed in (4, 5):
        document.candidates.append(make_candidate(document, seed))
    document.candidates[1].starred, document.candidates[1].complete = True, False
    document.candidates[1].warnings = ("Stopped.",)
    apply = ApplyResult(document.candidates[0], "Curls")
    apply.redo(document)
    for step in (
        SetMaskSpread(Target(apply.layer_id, "layer"), 3, 2),
        SetLayer(apply.layer_id, opacity=0.625, blend_mode="soft-light", name="Curls & <waves> \x07 ü", locked=True),
        SetLayer(document.layers[1].id, mask_enabled=False, visible=False),
        SetLayer("base", name="Portrait"),
    ):
        step.redo(document)
    parameters = {"loho": {"steps": 12, "note": "x", "on": True, "w": [0.5, 1.0]}}
    document.settings = RunSettings("classical", parameters, "fine", seed=77, pack="other", blend="poisson",
                                    device="cpu")
    document.extra = {"coiffe/later.bin": b"\x00\x01later", "notes.txt": b"kept"}
    return document


def assert_same(first: Document, second: Document) -> None:
    assert fingerprint_without_faces(first) == fingerprint_without_faces(second)
    for key, source in first.sources.items():
        other = second.sources[key]
        assert (source.name, source.warnings) == (other.name, other.warnings)
        assert np.array_equal(source.display, other.display)
        assert source.photo.icc == other.photo.icc
        assert (source.photo.alpha is None) == (other.photo.alpha is None)
        if source.photo.alpha is not None:
            assert np.array_equal(source.photo.alpha, other.photo.alpha)
        if source.face is None:
            assert other.face is None
        else:
            assert source.face.points == other.face.points
            assert np.array_equal(source.face.quad, other.face.quad)
            assert np.array_equal(source.face.landmarks, other.face.landmarks)
            for name in ("confidence", "by_hand", "faces", "index"):
                assert getattr(source.face, name) == getattr(other.face, name)
    assert len(first.candidates) == len(second.candidates)
    for one, two in zip(first.candidates, second.candidates, strict=True):
        for name in ("id", "name", "rect", "report", "warnings", "complete", "starred"):
            assert getattr(one, name) == getattr(two, name)
        assert np.array_equal(one.pixels, two.pixels)
        assert np.array_equal(one.mask, two.mask)
        assert one.latent.keys() == two.latent.keys()
        assert all(np.array_equal(one.latent[name], two.latent[name]) for name in one.latent)
    assert asdict(first.settings) == asdict(second.settings)
    assert first.extra == second.extra
    assert first.counters == second.counters


def fingerprint_without_faces(document: Document) -> str:
    faces = {key: source.face for key, source in document.sources.items()}
    for source in document.sources.values():
        source.face = None
    found = fingerprint(document)
    for key, face in faces.items():
        document.sources[key].face = face
    return found


@pytest.fixture(scope="module")
def content(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("project") / "work.ora"
    save_project(path, full_document())
    return path.read_bytes()


@pytest.fixture
def saved(tmp_path, content) -> Path:
    (tmp_path / "work.ora").write_bytes(content)
    return tmp_path / "work.ora"


def rewritten(path: Path, change=None, *, drop=(), add=None, methods=None) -> Path:
    """The same archive with changed entries; ``change`` edits the description."""
    target = path.with_name("changed.ora")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as result:
        for info in source.infolist():
            data = source.read(info)
            if info.filename in drop:
                continue
            if info.filename == "coiffe/project.json" and change is not None:
                description = json.loads(data)
                change(description)
                data = json.dumps(description).encode()
            result.writestr(info.filename, data, info.compress_type)
        for name, data in (add or {}).items():
            with python_warnings.catch_warnings():
                python_warnings.simplefilter("ignore")
                result.writestr(name, data, methods or zipfile.ZIP_STORED)
    return target


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("alpha", [False, True])
def test_everything_comes_back(tmp_path, kind, alpha):
    cover = make_pixels(300, 280, 11, kind)[..., 0] if alpha else None
    document = full_document(kind, icc=ICC, alpha=cover)
    save_project(tmp_path / "work.ora", document)
    assert document.path == tmp_path / "work.ora"
    back = load_project(tmp_path / "work.ora")
    assert_same(document, back)
    assert back.path == document.path
    assert back.layers[0].pixels is back.identity.photo.pixels
    assert back.layers[2].pixels is back.candidates[0].pixels
    save_project(tmp_path / "again.ora", back)
    assert_same(document, load_project(tmp_path / "again.ora"))


def test_the_same_document_gives_the_same_file(tmp_path, saved):
    save_project(tmp_path / "twin.ora", full_document())
    assert (tmp_path / "twin.ora").read_bytes() == saved.read_bytes()


def test_other_programs_find_an_openraster_file(saved):
    document = full_document()
    assert saved.read_bytes()[30:54] == b"mimetypeimage/openraster"
    with zipfile.ZipFile(saved) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert {info.compress_type for info in archive.infolist()} <= {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
        merged = np.array(Image.open(io.BytesIO(archive.read("mergedimage.png"))))
        assert np.array_equal(merged, flatten(document))
        thumbnail = Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png")))
        assert max(thumbnail.size) == 256
        image = ElementTree.fromstring(archive.read("stack.xml"))
        assert (image.get("w"), image.get("h")) == ("300", "280")
        stack = image.find("stack")
        assert stack is not None
        assert [child.tag for child in stack] == ["stack", "stack", "layer"]
        top = stack[0]
        assert top.get("composite-op") == "svg:soft-light"
        assert top.get("opacity") == "0.625"
        assert top.get("isolation") == "isolate"
        assert top.get("edit-locked") == "true"
        assert top.get("name") == "Curls & <waves>  ü"
        assert [child.get("composite-op") for child in top] == ["svg:dst-in", "svg:src-over"]
        assert (top[1].get("x"), top[1].get("y")) == ("10", "20")
        assert stack[1].get("visibility") == "hidden"
        assert stack[1][0].get("visibility") == "hidden"
        assert stack[2].get("composite-op") == "svg:src-over"
        for layer in image.iter("layer"):
            assert layer.get("src") in archive.namelist()
        mask = np.array(Image.open(io.BytesIO(archive.read(top[0].get("src")))))
        assert np.array_equal(mask[..., 3], document.layers[2].mask.effective())


def rendered(archive: zipfile.ZipFile, node: ElementTree.Element, backdrop: np.ndarray) -> np.ndarray:
    """A stack laid over a backdrop [H, W, 4] (not premultiplied) as the OpenRaster specification says."""
    for child in reversed(list(node)):
        if child.get("visibility") == "hidden":
            continue
        layer = np.zeros_like(backdrop)
        if child.tag == "stack":
            layer = rendered(archive, child, layer)
        else:
            picture = np.array(Image.open(io.BytesIO(archive.read(child.get("src")))).convert("RGBA")) / 255
            x, y = int(child.get("x")), int(child.get("y"))
            height, width = backdrop.shape[:2]
            left, top = max(x, 0), max(y, 0)
            right, bottom = min(x + picture.shape[1], width), min(y + picture.shape[0], height)
            layer[top:bottom, left:right] = picture[top - y:bottom - y, left - x:right - x]
        backdrop = composed(backdrop, layer, child.get("composite-op").removeprefix("svg:"),
                            float(child.get("opacity")))
    return backdrop


def composed(backdrop: np.ndarray, layer: np.ndarray, mode: str, opacity: float) -> np.ndarray:
    below, above = backdrop[..., 3:], layer[..., 3:] * opacity
    if mode == "dst-in":
        return np.concatenate([backdrop[..., :3], below * above], axis=2)
    mixed = layer[..., :3] if mode in ("src-over", "plus") else blend(mode, backdrop[..., :3], layer[..., :3])
    total = above + below - above * below
    if mode == "plus":
        colour = np.minimum(below * backdrop[..., :3] + above * layer[..., :3], 1)
    else:
        source = (1 - below) * layer[..., :3] + below * mixed
        colour = above * source + (1 - above) * below * backdrop[..., :3]
    return np.concatenate([colour / np.maximum(total, 1e-9), total], axis=2)


def test_the_stack_composes_to_the_merged_picture(tmp_path):
    document = make_document(200, 180)
    for number, mode in enumerate(BLEND_MODES):
        AddLayer(make_layer(document, number, origin=(number * 12 - 20, number * 9 - 15), blend_mode=mode,
                            opacity=0.4 + number / 20)).redo(document)
    document.layers[3].mask_enabled = False
    document.layers[5].visible = False
    document.layers[7].mask.grow = 4.0
    save_project(tmp_path / "work.ora", document)
    with zipfile.ZipFile(tmp_path / "work.ora") as archive:
        stack = ElementTree.fromstring(archive.read("stack.xml")).find("stack")
        found = rendered(archive, stack, np.zeros((180, 200, 4)))
        merged = np.array(Image.open(io.BytesIO(archive.read("mergedimage.png")))).astype(float)
    assert np.abs(found[..., :3] * 255 - merged).max() <= 0.51


def test_a_small_picture_is_not_enlarged_for_its_thumbnail(tmp_path):
    save_project(tmp_path / "small.ora", make_document(100, 80))
    with zipfile.ZipFile(tmp_path / "small.ora") as archive:
        assert Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png"))).size == (100, 80)


def test_original_files_are_kept_byte_for_byte(tmp_path):
    picture = Image.fromarray(make_pixels(128, 100, 3))
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    picture.save(tmp_path / "photo.jpg", quality=80, exif=exif)
    data = (tmp_path / "photo.jpg").read_bytes()
    photo = read_photo(tmp_path / "photo.jpg")
    document = Document(Source(IDENTITY, photo, photo.rgb8(), "photo"))
    save_project(tmp_path / "work.ora", document)
    (tmp_path / "photo.jpg").unlink()
    back = load_project(tmp_path / "work.ora")
    assert np.array_equal(back.identity.photo.pixels, photo.pixels)
    assert back.identity.photo.name == "photo.jpg"
    assert original_bytes(back.identity.photo) == data
    save_project(tmp_path / "again.ora", back)
    assert original_bytes(load_project(tmp_path / "again.ora").identity.photo) == data


def test_a_changed_original_is_replaced_by_the_pixels(tmp_path):
    Image.fromarray(make_pixels(128, 100, 3)).save(tmp_path / "photo.png")
    photo = read_photo(tmp_path / "photo.png")
    Image.fromarray(make_pixels(128, 100, 4)).save(tmp_path / "photo.png")
    assert original_bytes(photo) is None
    save_project(tmp_path / "work.ora", Document(Source(IDENTITY, photo, photo.rgb8(), "photo")))
    assert np.array_equal(load_project(tmp_path / "work.ora").identity.photo.pixels, photo.pixels)


def test_a_snapshot_does_not_see_later_changes(tmp_path):
    document = full_document()
    snapshot = take_snapshot(document)
    document.mask(Target(IDENTITY, "hair")).data[:] = 0
    SetLayer("base", name="Later").redo(document)
    document.candidates.clear()
    document.settings.parameters["loho"]["steps"] = 99
    errors = []

    def write() -> None:
        try:
            write_snapshot(tmp_path / "work.ora", snapshot)
        except CoiffeError as error:
            errors.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    thread.join(30)
    assert errors == []
    assert_same(full_document(), load_project(tmp_path / "work.ora"))


def test_a_foreign_file_opens_as_its_merged_picture(tmp_path):
    pixels = make_pixels(90, 80, 6)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    with zipfile.ZipFile(tmp_path / "sketch.ora", "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("stack.xml", "<image/>")
        archive.writestr("mergedimage.png", stream.getvalue())
    notes: list[str] = []
    document = load_project(tmp_path / "sketch.ora", warnings=notes)
    assert np.array_equal(document.identity.photo.pixels, pixels)
    assert document.identity.name == "sketch"
    assert document.path is None
    assert "merged" in notes[0]
    assert is_project(tmp_path / "sketch.ora")


@pytest.mark.parametrize(("content", "why"), [
    (None, "no such file"), (b"", "cut off"), (b"PK\x03\x04 and nothing else", "cut off"), (b"\x89PNG\r\n", "cut off")])
def test_what_is_no_archive_is_refused(tmp_path, content, why):
    path = tmp_path / "work.ora"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputRefused, match=why):
        load_project(path)
    assert not is_project(path)
    with pytest.raises(InputRefused, match="folder"):
        load_project(tmp_path)


def test_cut_off_files_are_refused(tmp_path, saved):
    data = saved.read_bytes()
    for share in range(0, 100, 5):
        path = tmp_path / "cut.ora"
        path.write_bytes(data[:len(data) * share // 100])
        with pytest.raises(InputRefused):
            load_project(path)


def test_flipped_bits_never_do_more_than_refuse(tmp_path, saved):
    data = saved.read_bytes()
    rng = random.Random(4)
    # The directory at the end and the description are where lies do most.
    places = [rng.randrange(len(data)) for _ in range(40)] + [len(data) - 1 - rng.randrange(1500) for _ in range(60)]
    for place in places:
        broken = bytearray(data)
        broken[place] ^= 1 << rng.randrange(8)
        (tmp_path / "flip.ora").write_bytes(broken)
        with contextlib.suppress(InputRefused):
            load_project(tmp_path / "flip.ora")


@pytest.mark.parametrize(("change", "why"), [
    (lambda d: d.update(version=2), "newer version"),
    (lambda d: d.update(version="1"), "no version"),
    (lambda d: d.update(format="other"), "no project description"),
    (lambda d: d.pop("layers"), "damaged"),
    (lambda d: d.update(sources=[]), "damaged"),
    (lambda d: d.update(sources={}), "list is missing"),
    (lambda d: d.update(width=301), "another size"),
    (lambda d: d["layers"][1].update(opacity=1.5), "out of range"),
    (lambda d: d["layers"][1].update(origin=[1, 1e400]), "range|no number"),
    (lambda d: d["layers"][1].update(origin=[1, 10**12]), "range"),
    (lambda d: d["layers"][1].update(blend_mode="dissolve"), "blend mode"),
    (lambda d: d["layers"][1].update(id="base"), "twice"),
    (lambda d: d["layers"][1].update(id="../x"), "unusable"),
    (lambda d: d["layers"][1].update(kind="base"), "unknown kind"),
    (lambda d: d["layers"][1].update(pixels="data/none.png"), "missing"),
    (lambda d: d["layers"][1].update(pixels="/etc/passwd"), "missing"),
    (lambda d: d["layers"][1].update(pixels="coiffe/project.json"), "no PNG"),
    (lambda d: d["layers"][1]["mask"].update(entry="mergedimage.png"), "does not fit"),
    (lambda d: d["layers"].reverse(), "lowest layer"),
    (lambda d: d["sources"][0].update(id="reference-9"), "damaged"),
    (lambda d: d["sources"][0]["face"].update(quad=[[1, 2]]), "crop"),
    (lambda d: d["sources"][0]["face"]["points"].pop("chin"), "damaged"),
    (lambda d: d["sources"][0]["masks"]["hair"].update(grow="wide"), "range"),
    (lambda d: d["candidates"][0].update(rect=[0, 0, 5, 5]), "another size"),
    (lambda d: d["candidates"][0].update(latent="mimetype"), "latent"),
    (lambda d: d["settings"].update(seed=1.5), "setting"),
    (lambda d: d["settings"].update(parameters={"loho": {"steps": {"a": 1}}}), "parameter"),
    (lambda d: d.update(counters={"layer": -1}), "range"),
])
def test_impossible_descriptions_are_refused(saved, change, why):
    with pytest.raises(InputRefused, match=why):
        load_project(rewritten(saved, change))


@pytest.mark.parametrize("text", [b"{", b"[1]", b"\xff\xfe", b"[" * 100_000, b'{"a": NaN}', b"1" * 6000])
def test_what_is_no_description_is_refused(saved, text):
    path = rewritten(saved, drop=["coiffe/project.json"], add={"coiffe/project.json": text})
    with pytest.raises(InputRefused, match="damaged"):
        load_project(path)


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../b", "C:\\evil", "C:evil", "a\\b", "tab\t"])
def test_unsafe_names_are_refused(saved, name):
    with pytest.raises(InputRefused, match="unsafe"):
        load_project(rewritten(saved, add={name: b"x"}))


def test_repeated_names_are_refused(saved):
    with pytest.raises(InputRefused, match="twice"):
        load_project(rewritten(saved, add={"stack.xml": b"x"}))


def test_bombs_are_refused(saved):
    bomb = b"\0" * (30 << 20)
    with pytest.raises(InputRefused, match="absurd"):
        load_project(rewritten(saved, add={"later.bin": bomb}, methods=zipfile.ZIP_DEFLATED))
    with pytest.raises(InputRefused, match="packed"):
        load_project(rewritten(saved, add={"later.bin": b"x" * 99}, methods=zipfile.ZIP_LZMA))
    with pytest.raises(InputRefused, match="entries"):
        load_project(rewritten(saved, add={f"e{i}": b"" for i in range(10_001)}))


def test_reading_is_limited(saved):
    with Archive(saved) as archive:
        assert archive.size("coiffe/project.json") > 1000
        with pytest.raises(InputRefused, match="unpacks"):
            archive.read("coiffe/project.json", 1000)


def test_damaged_parts_are_left_out_if_somebody_hears_of_it(saved):
    path = rewritten(saved, drop=["data/layer001.png", "coiffe/candidates/001-mask.png"])
    with pytest.raises(InputRefused):
        load_project(path)
    notes: list[str] = []
    document = load_project(path, warnings=notes)
    assert [layer.name for layer in document.layers] == ["Portrait", "Curls & <waves> \x07 ü"]
    assert len(document.candidates) == 1
    assert len(notes) == 2
    assert "layer" in notes[0]


def test_damage_inside_a_picture_is_noticed(saved):
    with zipfile.ZipFile(saved) as archive:
        data = bytearray(archive.read("data/layer001.png"))
    for broken in (data[:-40], data[:len(data) // 2] + b"\0" + data[len(data) // 2 + 1:], data[:20], data[8:], b""):
        path = rewritten(saved, drop=["data/layer001.png"], add={"data/layer001.png": bytes(broken)})
        with pytest.raises(InputRefused, match=r"damaged|cut off|no PNG"):
            load_project(path)


def test_a_damaged_face_is_found_anew(saved):
    def change(description):
        description["sources"][0]["face"]["confidence"] = None
        description["settings"]["seed"] = "x"

    notes: list[str] = []
    document = load_project(rewritten(saved, change), warnings=notes)
    assert document.identity.face is None
    assert document.settings.seed == 0
    assert len(notes) == 2


def test_unknown_entries_survive(tmp_path, saved):
    path = rewritten(saved, add={"coiffe/future/thing.json": b"{}", "META-INF/x": b"y"})
    document = load_project(path)
    save_project(tmp_path / "again.ora", document)
    with zipfile.ZipFile(tmp_path / "again.ora") as archive:
        assert archive.read("coiffe/future/thing.json") == b"{}"
        assert archive.read("META-INF/x") == b"y"
        assert archive.read("coiffe/later.bin") == b"\x00\x01later"


def test_unknown_settings_keep_their_defaults(saved):
    def change(description):
        description["settings"].pop("pack")
        description["settings"]["future"] = 3

    assert load_project(rewritten(saved, change)).settings.pack == RunSettings().pack


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failing_disk_leaves_the_old_project(saved, monkeypatch, call):
    old = saved.read_bytes()

    def fail(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(InputRefused, match="No space left"):
        save_project(saved, make_document())
    monkeypatch.undo()
    assert saved.read_bytes() == old
    assert os.listdir(saved.parent) == ["work.ora"]


def test_a_lying_disk_is_noticed(saved, monkeypatch):
    old = saved.read_bytes()
    monkeypatch.setattr(project, "verify", lambda path: False)
    with pytest.raises(CoiffeError, match="reads back"):
        save_project(saved, make_document())
    assert saved.read_bytes() == old


def test_untitled_photos_have_no_path(tmp_path):
    document = Document(Source(IDENTITY, Photo(make_pixels(80, 70, 1)), make_pixels(80, 70, 1), "untitled"))
    save_project(tmp_path / "work.ora", document)
    assert load_project(tmp_path / "work.ora").identity.photo.path is None
