"""What the export dialog promises is what lies on the disk afterwards."""

from __future__ import annotations

import shutil
import threading
from functools import partial

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtWidgets import QPushButton

from core.document.composite import flatten
from core.document.document import Candidate
from core.document.geometry import Rect
from core.document.photo import Photo
from core.errors import InputRefused
from core.io.export import ExportOptions, encode_export
from core.io.image import read_photo
from editor.files import export_dialog as dialog_module
from editor.files.export_choices import is_source, last_options, suggested_path, with_suffix
from editor.files.export_job import Latest, Picture, crop_rect, estimate, make_crop, size_text
from tests.editor.files.conftest import add_result, settle, wait_for_size

FORMATS = {"PNG": ".png", "TIFF": ".tif", "JPEG": ".jpg", "WEBP": ".webp"}


def choose(dialog, format_name, **fields):
    dialog.form.format.setCurrentIndex(dialog.form.format.findData(format_name))
    if "lossless" in fields:
        dialog.form.lossless.setChecked(fields["lossless"])
    if "quality" in fields:
        dialog.form.quality.set_value(fields["quality"])
        dialog.form.quality.valueChanged.emit(fields["quality"])
    if "percent" in fields:
        dialog.form.percent.setValue(fields["percent"])


def export(dialog, qtbot):
    """Press the button and wait for the file."""
    with qtbot.waitSignal(dialog.parent().exporter.exported, timeout=8000):
        dialog.export_button.click()
    settle(qtbot)


@pytest.mark.parametrize(("format_name", "fields"), [
    ("PNG", {}), ("TIFF", {}), ("JPEG", {"quality": 80}), ("WEBP", {"lossless": True}),
    ("WEBP", {"lossless": False, "quality": 70})])
def test_each_format_reads_back_and_has_the_size_that_was_shown(bench, export_dialog, save_to, qtbot, tmp_path,
                                                                 format_name, fields):
    covered = add_result(bench.workspace)
    photo, flat = bench.document.identity.photo, flatten(bench.document)
    dialog = export_dialog()
    choose(dialog, format_name, **fields)
    shown = wait_for_size(dialog, qtbot)
    path = tmp_path / f"out{FORMATS[format_name]}"
    save_to(path)
    export(dialog, qtbot)
    assert abs(path.stat().st_size - shown) <= 0.02 * shown
    back = read_photo(path)
    if format_name == "JPEG" or fields.get("lossless") is False:
        assert np.abs(back.pixels.astype(int) - flat).mean() < 4
    else:
        assert np.array_equal(back.pixels, flat)
        assert np.array_equal(back.pixels[~covered], photo.pixels[~covered])
        assert (back.pixels[covered] == 200).all()


@pytest.mark.parametrize("format_name", ["PNG", "TIFF"])
def test_sixteen_bits_and_profile_stay(bench, export_dialog, save_to, qtbot, tmp_path, format_name):
    pixels = np.random.default_rng(1).integers(0, 65535, (90, 80, 3), np.uint16, endpoint=True)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    source = tmp_path / "deep.png"
    source.write_bytes(encode_export(pixels, Photo(pixels, icc=profile), ExportOptions("PNG")))
    bench.open(source)
    covered = add_result(bench.workspace)
    dialog = export_dialog()
    choose(dialog, format_name)
    assert "16 bits" in dialog._facts.text()
    path = tmp_path / f"out{FORMATS[format_name]}"
    save_to(path)
    export(dialog, qtbot)
    back = read_photo(path)
    assert back.bit_depth == 16
    assert back.icc == profile
    assert np.array_equal(back.pixels[~covered], pixels[~covered])
    assert (back.pixels[covered] == 200 * 257).all()


def with_exif(path, pixels):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (48.0, 8.0, 0.0)
    Image.fromarray(pixels).save(path, quality=95, exif=exif.tobytes())
    return path


@pytest.mark.parametrize(("location", "provenance"), [(False, True), (True, False)])
def test_metadata_goes_along_as_chosen(bench, export_dialog, save_to, qtbot, tmp_path, location, provenance):
    pixels = np.tile(np.linspace(0, 255, 120, dtype=np.uint8)[None, :, None], (80, 1, 3))
    bench.open(with_exif(tmp_path / "turned.jpg", pixels))
    dialog = export_dialog()
    qtbot.waitUntil(dialog.form.location.isEnabled)
    assert not dialog.form.location.isChecked()
    dialog.form.location.setChecked(location)
    dialog.form.provenance.setChecked(provenance)
    path = tmp_path / "out.png"
    save_to(path)
    export(dialog, qtbot)
    with Image.open(path) as image:
        exif = image.getexif()
        assert image.size == (80, 120)
        assert exif[0x0112] == 1
        assert exif[0x010F] == "Maker"
        assert bool(exif.get_ifd(0x8825)) == location
        assert ("compositeWithTrainedAlgorithmicMedia" in str(image.info.get("XML:com.adobe.xmp", ""))) == provenance


def test_a_wide_profile_can_become_srgb(bench, export_dialog, save_to, qtbot, tmp_path):
    profile = wide_profile()
    pixels = np.full((90, 80, 3), (180, 90, 60), np.uint8)
    source = tmp_path / "wide.png"
    source.write_bytes(encode_export(pixels, Photo(pixels, icc=profile), ExportOptions("PNG")))
    bench.open(source)
    dialog = export_dialog()
    assert dialog.form.profile.isEnabled()
    dialog.form.profile.setCurrentIndex(1)
    assert not dialog.form.bits.isEnabled()
    save_to(tmp_path / "out.png")
    export(dialog, qtbot)
    back = read_photo(tmp_path / "out.png")
    assert np.array_equal(back.pixels, bench.document.identity.display)
    assert back.icc is not None
    assert back.icc != profile


def wide_profile() -> bytes:
    """A profile of sRGB whose red and green are exchanged: as far from sRGB as can be."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = int.from_bytes(profile[128:132], "big")
    places = {bytes(profile[132 + 12 * n : 136 + 12 * n]): 132 + 12 * n for n in range(count)}
    red, green = places[b"rXYZ"], places[b"gXYZ"]
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


def test_another_size_keeps_the_proportions(bench, export_dialog, save_to, qtbot, tmp_path):
    dialog = export_dialog()
    form = dialog.form
    assert form.out_size == (120, 160)
    assert not form.reset_size.isEnabled()
    form.out_width.setValue(60)
    assert (form.out_size, form.percent.value()) == ((60, 80), 50.0)
    form.percent.setValue(150)
    assert form.out_size == (180, 240)
    save_to(tmp_path / "out.png")
    wait_for_size(dialog, qtbot)
    export(dialog, qtbot)
    assert read_photo(tmp_path / "out.png").pixels.shape == (240, 180, 3)
    again = export_dialog()
    assert again.form.out_size == (120, 160)
    again.form.out_height.setValue(80)
    again.form.reset_size.click()
    assert again.form.options.size is None
    again.reject()


def test_choices_are_remembered_by_format(bench, export_dialog, save_to, qtbot, tmp_path, settings):
    dialog = export_dialog()
    choose(dialog, "JPEG", quality=71)
    choose(dialog, "WEBP", lossless=False, quality=33)
    choose(dialog, "JPEG")
    assert dialog.form.options.quality == 71
    save_to(tmp_path / "out.jpg")
    wait_for_size(dialog, qtbot)
    export(dialog, qtbot)
    assert last_options(settings, "JPEG").quality == 71
    assert last_options(settings, "WEBP").quality == 90
    dialog = export_dialog()
    assert dialog.form.options.format == "JPEG"
    assert dialog.form.options.quality == 71
    dialog.reject()


def test_nonsense_in_the_settings_counts_as_nothing(settings):
    settings.set("export", {"format": "GIF", "JPEG": {"quality": 900, "metadata": "yes", "bit_depth": 3}, "PNG": 4})
    options = last_options(settings, "JPEG")
    assert (options.quality, options.metadata, options.bit_depth) == (100, True, 0)
    assert last_options(settings, "PNG") == ExportOptions("PNG", location=False, provenance=True)


def test_the_suggested_name_and_its_ending(bench, settings, tmp_path):
    document = bench.document
    path = suggested_path(settings, document, "TIFF", "{0} composite")
    assert path == tmp_path / "portrait composite.tif"
    assert with_suffix(tmp_path / "a.tiff", "TIFF").name == "a.tiff"
    assert with_suffix(tmp_path / "a.jpg", "PNG").name == "a.png"
    assert with_suffix(tmp_path / "v1.2", "JPEG").name == "v1.2.jpg"


def test_the_photograph_is_not_overwritten_without_a_word(bench, export_dialog, save_to, monkeypatch, make_photo):
    asked = []

    def ask(parent, path, *, is_source):
        asked.append((path.name, is_source))
        # An Escape that was on its way when the question came up.
        parent.reject()
        return False

    monkeypatch.setattr(dialog_module, "ask_to_replace", ask)
    source = bench.document.identity.photo.path
    before = source.read_bytes()
    dialog = export_dialog()
    save_to(source)
    dialog.export_button.click()
    save_to(make_photo("other.png"))
    dialog.export_button.click()
    assert asked == [("portrait.png", True), ("other.png", False)]
    assert source.read_bytes() == before
    assert dialog.isVisible()
    dialog.reject()
    assert is_source(source, bench.document)


def test_another_portrait_comes_while_the_dialog_asks(bench, export_dialog, save_to, monkeypatch, make_photo):
    dialog = export_dialog()

    def ask(parent, path, *, is_source):
        bench.workspace.set_document(None)
        assert parent.isVisible()
        return True

    monkeypatch.setattr(dialog_module, "ask_to_replace", ask)
    target = make_photo("other.png")
    before = target.read_bytes()
    save_to(target)
    dialog.export_button.click()
    assert not dialog.isVisible()
    assert dialog.request is None
    assert target.read_bytes() == before


def test_a_click_on_its_way_does_not_ask_twice(bench, export_dialog, save_to, monkeypatch, make_photo):
    dialog = export_dialog()
    asked = []

    def ask(parent, path, *, is_source):
        asked.append(path.name)
        if len(asked) == 1:
            parent.export_button.click()
            parent.accept()
            assert parent.isVisible()
        return len(asked) > 1

    monkeypatch.setattr(dialog_module, "ask_to_replace", ask)
    save_to(make_photo("other.png"))
    dialog.export_button.click()
    assert asked == ["other.png"]
    assert dialog.isVisible()
    dialog.reject()


def test_a_closed_dialog_hears_of_no_other_portrait(bench, export_dialog, monkeypatch):
    dialog = export_dialog()
    dialog.reject()
    dialog.reject()
    closed = []
    monkeypatch.setattr(dialog, "reject", lambda: closed.append(1))
    bench.workspace.set_document(None)
    assert not closed


def test_a_place_that_refuses_is_told_in_the_dialog(bench, export_dialog, save_to, tmp_path):
    dialog = export_dialog()
    save_to(tmp_path / "missing" / "out.png")
    dialog.export_button.click()
    assert dialog.isVisible()
    assert "does not exist" in dialog.notes.text()
    dialog.reject()


def test_a_disk_that_refuses_is_told_in_a_banner(bench, export_dialog, save_to, qtbot, tmp_path, monkeypatch):
    def refuse(path, data):
        raise InputRefused("out.png could not be written.", "No space left on device", "Free some space.")

    dialog = export_dialog()
    save_to(tmp_path / "out.png")
    monkeypatch.setattr("core.io.atomic.write_bytes", refuse)
    dialog.export_button.click()
    qtbot.waitUntil(lambda: bool(bench.notices))
    assert (bench.notices[0].why, bench.notices[0].level) == ("No space left on device", "error")
    settle(qtbot)


def test_an_unapplied_preview_is_named_and_can_be_applied(bench, export_dialog, save_to, qtbot, tmp_path):
    document = bench.document
    rect = Rect(10, 10, 50, 60)
    pixels = np.full((50, 40, 3), 7, np.uint8)
    candidate = Candidate("candidate-1", "Result", rect, pixels, pixels, np.full((50, 40), 255, np.uint8))
    document.candidates.append(candidate)
    bench.workspace.set_pending(candidate)
    dialog = export_dialog()
    assert dialog._strip.isVisible()
    assert "not applied" in dialog._unapplied.text()
    dialog.apply_button.click()
    assert not dialog._strip.isVisible()
    assert len(document.layers) == 2
    wait_for_size(dialog, qtbot)
    save_to(tmp_path / "out.png")
    export(dialog, qtbot)
    assert (read_photo(tmp_path / "out.png").pixels[rect.slices()] == 7).all()


def test_without_applying_the_preview_is_left_out(bench, export_dialog, save_to, qtbot, tmp_path):
    pixels = np.full((50, 40, 3), 7, np.uint8)
    bench.workspace.set_pending(
        Candidate("candidate-1", "Result", Rect(0, 0, 40, 50), pixels, pixels, np.full((50, 40), 255, np.uint8)))
    dialog = export_dialog()
    save_to(tmp_path / "out.png")
    export(dialog, qtbot)
    assert np.array_equal(read_photo(tmp_path / "out.png").pixels, bench.document.identity.photo.pixels)


def test_closing_while_something_is_computed_leaves_nothing(bench, qtbot):
    bench.exporter.ask(bench.run.apply)
    bench.exporter.dialog.reject()
    assert bench.exporter.dialog is None
    settle(qtbot)


@pytest.mark.parametrize("options", [
    ExportOptions("PNG"), ExportOptions("JPEG", quality=85), ExportOptions("WEBP", lossless=False, quality=80)])
def test_large_pictures_are_estimated_from_parts(bench, monkeypatch, options):
    grey = np.random.default_rng(0).normal(128, 25, (600, 500, 3))
    pixels = cv2.GaussianBlur(np.clip(grey, 0, 255).astype(np.uint8), (0, 0), 1.5)
    document = bench.document
    document.layers.clear()
    picture = Picture(document)
    monkeypatch.setattr(picture, "pixels", lambda: pixels)
    exact = estimate(picture, options)
    assert exact.data is not None
    monkeypatch.setattr("editor.files.export_job._LARGEST_EXACT", dict.fromkeys(FORMATS, 150_000))
    about = estimate(picture, options)
    assert about.data is None
    assert abs(about.size - exact.size) < 0.1 * exact.size


def test_the_crop_shows_what_the_file_will_show(bench):
    picture = Picture(bench.document)
    rect = crop_rect((120, 160), (0.5, 0.5), (64, 48))
    assert (rect.width, rect.height, rect.x0 % 16, rect.y0 % 16) == (64, 48, 0, 0)
    options = ExportOptions("JPEG", quality=30)
    crop = make_crop(picture, options, rect)
    assert np.array_equal(crop.before, picture.pixels()[rect.slices()])
    whole = cv2.imdecode(np.frombuffer(encode_export(picture.pixels(), picture.photo, options), np.uint8), 1)[..., ::-1]
    assert np.array_equal(crop.after, whole[rect.slices()])
    half = make_crop(picture, ExportOptions("PNG", size=(60, 80)), crop_rect((60, 80), (0.5, 0.5), (32, 32)))
    assert half.after.shape == (32, 32, 3)


def test_the_window_tells_where_the_file_is(opened, save_to, qtbot, tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr("editor.files.files.show_folder", shown.append)
    opened.actions_["file.export"].trigger()
    save_to(tmp_path / "out.png")
    with qtbot.waitSignal(opened.files.exporter.exported):
        opened.files.exporter.dialog.export_button.click()
    banner = opened.banners.banners[-1]
    assert "out.png" in banner.notice.what
    assert str(tmp_path) in banner.notice.why
    next(button for button in banner.findChildren(QPushButton) if button.text() == "Show folder").click()
    assert shown == [tmp_path / "out.png"]
    settle(qtbot)


def test_of_several_wishes_the_newest_is_fulfilled(qtbot):
    gate, made, told = threading.Event(), [], []

    def make(number):
        gate.wait(5)
        made.append(number)
        return number

    latest = Latest()
    latest.done.connect(told.append)
    for number in range(6):
        latest.ask(partial(make, number))
    gate.set()
    settle(qtbot)
    assert made == [0, 5]
    assert told == [5]
    latest.ask(partial(make, 6))
    latest.stop()
    settle(qtbot)
    assert told == [5]


def test_an_answer_for_somebody_who_is_gone_is_dropped(qtbot):
    gate, told = threading.Event(), []
    parent = QObject()
    latest = Latest(parent)
    latest.done.connect(told.append)
    latest.ask(partial(gate.wait, 5))
    parent.deleteLater()
    QCoreApplication.sendPostedEvents(parent, QEvent.Type.DeferredDelete.value)
    gate.set()
    settle(qtbot)
    assert told == []


def test_the_preview_is_dragged_within_the_picture(bench, export_dialog, qtbot):
    add_result(bench.workspace)
    dialog = export_dialog()
    qtbot.waitUntil(lambda: bool(dialog.crop._images))
    dialog.form.percent.setValue(400)
    qtbot.waitUntil(lambda: dialog.crop._images[0].height() > 160)
    before = dialog.crop._images[0].copy()
    for _ in range(3):
        qtbot.keyClick(dialog.crop, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: dialog.crop._images[0] != before)
    for _ in range(50):
        dialog.crop.moved.emit(-200.0, -200.0)
    assert min(dialog._centre) > 0
    choose(dialog, "JPEG", quality=40)
    qtbot.waitUntil(lambda: len(dialog.crop._images) == 2)
    assert not dialog.crop.grab().isNull()
    dialog.reject()


@pytest.mark.parametrize(("size", "text"), [(12, "12 bytes"), (1500, "1.5 KB"), (999_400, "999 KB"),
                                            (999_600, "1.0 MB"), (25_000_000, "25.0 MB"), (3_000_000_000, "3.0 GB")])
def test_sizes_as_people_say_them(size, text):
    assert size_text(size) == text


def test_real_photograph_in_every_format(bench, data_dir, export_dialog, save_to, qtbot, tmp_path):
    photo = data_dir / "photos" / "headshots" / "p03.jpg"
    if not photo.is_file():
        pytest.skip("the photograph is not there")
    copy = shutil.copy(photo, tmp_path / "p03.jpg")
    bench.open(tmp_path / "p03.jpg")
    covered = add_result(bench.workspace)
    dialog = export_dialog()
    for name in ("JPEG", "PNG"):
        choose(dialog, name)
        shown = wait_for_size(dialog, qtbot)
    save_to(tmp_path / "out.png")
    export(dialog, qtbot)
    assert (tmp_path / "out.png").stat().st_size == shown
    assert np.array_equal(read_photo(tmp_path / "out.png").pixels[~covered], read_photo(copy).pixels[~covered])
