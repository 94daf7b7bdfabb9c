"""Photographs arrive without blocking, in order, and never at the cost of what the artist painted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from core.document.commands import SetMask
from core.document.document import APPEARANCE, SHAPE, Document, Target
from core.engine.messages import Failure
from editor.shell.main_window import MainWindow
from tests.editor.files.conftest import document_of


def wait_for_references(window: MainWindow, qtbot: QtBot, count: int) -> Document:
    qtbot.waitUntil(lambda: window.workspace.document is not None and len(document_of(window).references) == count)
    return document_of(window)


def test_portrait_and_references_arrive_in_order(window, make_photo, qtbot):
    names = ["one.png", "two.png", "three.png"]
    window.files.open_paths([make_photo(), *(make_photo(name) for name in names)])
    document = wait_for_references(window, qtbot, 3)
    assert document.identity.name == "portrait.png"
    assert [source.name for source in document.references] == names
    # The recipe that a document begins with takes further portraits, too.
    assert document.slots == {SHAPE: document.references[0].id, APPEARANCE: document.references[1].id,
                              "extra1": document.references[2].id}


def test_a_reference_before_any_portrait_waits_for_one(window, make_photo, qtbot, notices):
    window.opener.add_reference(make_photo("hair.png"), APPEARANCE)
    assert notices[0].level == "info"
    window.opener.open_identity(make_photo())
    document = wait_for_references(window, qtbot, 1)
    assert document.slots == {APPEARANCE: document.references[0].id}


def test_the_newest_portrait_wins(window, make_photo, qtbot):
    window.opener.open_identity(make_photo("first.png"))
    window.opener.add_reference(make_photo("dropped.png"))
    window.opener.open_identity(make_photo("second.png"))
    qtbot.waitUntil(lambda: window.workspace.document is not None)
    qtbot.waitUntil(lambda: not window.opener.status.startswith("Reading"))
    assert document_of(window).identity.name == "second.png"
    assert document_of(window).references == []


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_a_file_that_cannot_be_read_shows_a_banner_that_helps(window, tmp_path, qtbot, notices, content):
    path = tmp_path / "broken.png"
    path.write_bytes(content)
    window.opener.open_identity(path)
    qtbot.waitUntil(lambda: bool(notices))
    assert "broken.png" in notices[0].what
    assert notices[0].why
    assert notices[0].next_step
    assert window.banners.banners
    assert window.workspace.document is None
    assert window.opener.status == ""


def test_a_file_that_cannot_be_read_leaves_the_open_portrait(opened, tmp_path, qtbot, notices):
    before = document_of(opened)
    opened.opener.open_identity(tmp_path / "gone.png")
    qtbot.waitUntil(lambda: bool(notices))
    assert opened.workspace.document is before


def test_face_and_hair_are_filled_in_without_an_undo_step(opened):
    source = document_of(opened).identity
    assert source.face is not None
    assert source.face.points["chin"] == (20.0, 50.0)
    assert source.hair_known
    assert source.masks["hair"].data.all()
    assert not opened.workspace.undo.canUndo()
    assert not opened.workspace.modified


def test_painted_hair_is_never_overwritten(opened, engine):
    source = document_of(opened).identity
    painted = np.zeros((source.height, source.width), np.uint8)
    painted[:9] = 255
    opened.workspace.push(SetMask(Target("identity", "hair"), painted.copy(), "paint"))
    opened.opener.analyse_again("identity")
    engine.answer(source, hair=77)
    assert np.array_equal(source.masks["hair"].data, painted)


def test_finding_the_hair_again_replaces_it_as_one_undo_step(opened, engine):
    source = document_of(opened).identity
    painted = np.zeros((source.height, source.width), np.uint8)
    opened.workspace.push(SetMask(Target("identity", "hair"), painted, "clear"))
    opened.opener.find_hair("identity")
    engine.answer(source, hair=77)
    assert (source.masks["hair"].data == 77).all()
    assert not source.hair_painted
    opened.workspace.undo.undo()
    assert not source.masks["hair"].data.any()
    assert source.hair_painted


def test_hand_set_points_are_sent_and_stay_by_hand(opened, engine):
    from dataclasses import replace

    source = document_of(opened).identity
    source.face = replace(source.face, by_hand=True)
    opened.opener.analyse_again("identity")
    assert engine.asked[-1].points["chin"] == (20.0, 50.0)
    engine.answer(source)
    assert source.face is not None
    assert source.face.by_hand


def test_another_face_is_analysed_by_its_number(opened, engine):
    opened.toolbox.faceChosen.emit("identity", 2)
    assert engine.asked[-1].face_index == 2
    engine.answer(document_of(opened).identity)
    assert document_of(opened).identity.face.index == 2


def test_an_unknown_face_is_told_once_and_not_asked_for_again(window, make_photo, engine, qtbot):
    window.opener.open_identity(make_photo())
    qtbot.waitUntil(lambda: window.workspace.document is not None)
    engine.failed.emit(Failure("No face was found.", "It may be hidden.", "Set the points by hand."), "identity")
    assert [banner.notice.next_step for banner in window.banners.banners] == ["Set the points by hand."]
    next(button for button in window.banners.findChildren(QPushButton) if "hand" in button.text()).click()
    assert window.workspace.tool == "face"
    count = len(engine.asked)
    window.opener.add_reference(make_photo("hair.png"))
    wait_for_references(window, qtbot, 1)
    assert [command.owner for command in engine.asked[count:]] == ["reference-1"]


def test_an_answer_for_a_photo_that_is_gone_changes_nothing(opened, engine, make_photo, qtbot):
    old = document_of(opened).identity
    opened.opener.analyse("identity")
    opened.files.close_document()
    assert opened.workspace.document is None
    engine.answer(old)
    assert opened.opener.status == ""


def test_sixteen_bit_and_profile_are_shown_in_srgb(window, tmp_path, qtbot):
    import cv2

    pixels = np.full((90, 80, 3), 40000, np.uint16)
    cv2.imwrite(str(tmp_path / "deep.png"), pixels)
    window.opener.open_identity(tmp_path / "deep.png")
    qtbot.waitUntil(lambda: window.workspace.document is not None)
    identity = document_of(window).identity
    assert identity.photo.bit_depth == 16
    assert identity.display.dtype == np.uint8
    assert abs(int(identity.display[0, 0, 0]) - 40000 / 257) <= 0.5
    assert "16 bit" in window.status.photo.text()


def test_the_sample_opens_with_its_reference(window, qtbot, settings):
    window.files.open_sample()
    document = wait_for_references(window, qtbot, 1)
    assert (document.identity.name, document.references[0].name) == ("portrait.jpg", "reference.jpg")
    assert settings.recent == []
    assert not window.workspace.modified


def test_opened_files_become_recent_with_a_thumbnail(window, make_photo, qtbot, settings):
    path: Path = make_photo()
    with qtbot.waitSignal(window.thumbnails.made):
        window.opener.open_identity(path)
    assert settings.recent == [path]
    assert not window.thumbnails.pixmap(path).isNull()


def test_a_photo_is_not_read_again_for_its_thumbnail(window, make_photo, qtbot, monkeypatch):
    path: Path = make_photo()
    monkeypatch.setattr("editor.shell.recent_thumbnails._photo_picture", lambda _: pytest.fail("read again"))
    with qtbot.waitSignal(window.thumbnails.made):
        window.opener.open_identity(path)
    assert not window.thumbnails.pixmap(path).isNull()


def test_a_recent_file_that_is_gone_is_taken_off_the_list(window, settings, tmp_path, notices):
    settings.add_recent(tmp_path / "gone.png")
    window.files.open_recent(tmp_path / "gone.png")
    assert settings.recent == []
    assert "gone.png" in notices[0].what


def test_thumbnails_of_files_that_are_no_pictures_are_left_out(window, tmp_path, qtbot):
    path = tmp_path / "text.png"
    path.write_text("no picture")
    window.thumbnails.request(path)
    qtbot.waitUntil(lambda: not window.thumbnails._busy)
    assert window.thumbnails.pixmap(path).isNull()


def test_wide_profiles_are_converted(tmp_path):
    from PIL import ImageCms

    from core.io.display import display_pixels

    pixels = np.full((4, 4, 3), 128, np.uint8)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert display_pixels(pixels, srgb) is pixels
    assert display_pixels(pixels, None) is pixels
    assert display_pixels(pixels, b"damaged") is pixels
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert display_pixels(pixels, lab) is pixels
    assert Image.fromarray(display_pixels(np.full((4, 4, 3), 65535, np.uint16), None)).getpixel((0, 0)) == (255,) * 3
