"""Setting face points by hand."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from core.document.source import POINT_NAMES, FaceInfo
from core.faces.align import align_points
from tests.editor.canvas.tools.hands import PLAIN, SHIFT

POINTS = {"eye_right": (150.0, 100.0), "eye_left": (210.0, 100.0), "mouth_right": (160.0, 160.0),
          "mouth_left": (200.0, 160.0), "chin": (180.0, 200.0)}


def quad_of(points) -> np.ndarray:
    return align_points({name: np.array(point) for name, point in points.items()}).quad


@pytest.fixture
def face(workspace) -> FaceInfo:
    found = FaceInfo(dict(POINTS), quad_of(POINTS), np.zeros((478, 2), np.float32), 0.9,
                     faces=((130, 60, 230, 220), (300, 60, 360, 140)))
    workspace.document.identity.face = found
    return found


@pytest.fixture
def edits(workspace, toolbox, hand) -> list:
    workspace.set_tool("face")
    seen: list = []
    toolbox.faceEdited.connect(seen.append)
    toolbox.faceChosen.connect(lambda source_id, index: seen.append((source_id, index)))
    return seen


def press_key(hand, code, modifiers=PLAIN) -> bool:
    return hand.toolbox.active.key_press(hand.view, QKeyEvent(QEvent.Type.KeyPress, code, modifiers))


def test_dragging_a_handle_moves_the_crop_at_once_and_is_one_step(workspace, hand, face, edits):
    identity = workspace.document.identity
    hand.press(155, 103)
    hand.move(165, 113)
    assert identity.face.points["eye_right"] == (160, 110)
    assert not np.allclose(identity.face.quad, face.quad)
    assert edits == []
    hand.move(145, 93)
    hand.release()
    points = {**POINTS, "eye_right": (140.0, 90.0)}
    assert identity.face.points == points
    assert np.allclose(identity.face.quad, quad_of(points))
    assert identity.face.by_hand
    assert identity.face.landmarks is None
    assert identity.face.faces == face.faces
    assert edits == ["identity"]
    assert workspace.undo.count() == 1
    workspace.undo.undo()
    assert identity.face is face
    workspace.undo.redo()
    assert identity.face.points == points


def test_a_click_on_a_handle_changes_nothing(workspace, hand, face, edits):
    hand.click(152, 101)
    assert workspace.document.identity.face is face
    assert workspace.undo.count() == 0
    assert edits == []


def test_escape_brings_the_face_back(workspace, toolbox, hand, face, edits):
    hand.press(150, 100)
    hand.move(100, 50)
    assert toolbox.cancel()
    hand.release()
    assert workspace.document.identity.face is face
    assert workspace.undo.count() == 0
    assert edits == []


def test_points_stay_on_the_photo_and_apart(workspace, hand, face, edits):
    identity = workspace.document.identity
    hand.press(180, 200)
    hand.move(900, 900)
    assert identity.face.points["chin"] == (399, 299)
    hand.release()
    workspace.document.identity.face = FaceInfo(
        {**POINTS, "eye_left": (150.0, 101.0), "mouth_right": (150.0, 100.0), "mouth_left": (150.0, 100.0)},
        face.quad)
    hand.press(150, 102)
    hand.move(150, 101)
    hand.release()
    assert identity.face.points["eye_left"] == (150, 101)


def test_arrow_keys_move_the_selected_point_as_one_step(workspace, toolbox, hand, face, edits, qtbot):
    identity = workspace.document.identity
    assert not press_key(hand, Qt.Key.Key_Left)
    hand.click(150, 100)
    for _ in range(3):
        assert press_key(hand, Qt.Key.Key_Left)
    press_key(hand, Qt.Key.Key_Down, SHIFT)
    assert identity.face.points["eye_right"] == (147, 110)
    assert workspace.undo.count() == 0
    qtbot.waitUntil(lambda: workspace.undo.count() == 1)
    assert edits == ["identity"]
    workspace.undo.undo()
    assert identity.face is face


def test_page_keys_select_points(workspace, hand, face, edits, hints):
    for _ in POINT_NAMES:
        press_key(hand, Qt.Key.Key_PageDown)
    assert hints[-5:] == ["Right eye", "Left eye", "Right corner of the mouth", "Left corner of the mouth", "Chin"]
    press_key(hand, Qt.Key.Key_Up)
    hand.toolbox.finish()
    assert workspace.document.identity.face.points["chin"] == (180, 199)


def test_another_tool_keeps_what_was_nudged(workspace, hand, face, edits):
    hand.click(150, 100)
    press_key(hand, Qt.Key.Key_Left)
    workspace.set_tool("brush")
    assert workspace.undo.count() == 1


def test_other_faces_can_be_chosen(hand, face, edits):
    hand.click(320, 100)
    assert edits == [("identity", 1)]
    hand.click(250, 30)
    assert len(edits) == 1


def test_without_a_face_handles_wait_in_the_middle(workspace, hand, canvas, edits):
    identity = workspace.document.identity
    assert identity.face is None
    tool = hand.toolbox.active
    hand.hover(170, 126)
    assert tool.cursor(canvas).shape() == Qt.CursorShape.SizeAllCursor
    hand.drag((170, 126), (160, 120))
    assert identity.face is not None
    assert identity.face.by_hand
    assert set(identity.face.points) == set(POINT_NAMES)
    assert np.isfinite(identity.face.quad).all()
    workspace.undo.undo()
    assert identity.face is None


def test_an_analysis_during_a_drag_wins(workspace, hand, face, edits):
    identity = workspace.document.identity
    hand.press(150, 100)
    hand.move(120, 80)
    from core.document.events import Topic

    identity.face = face
    workspace.document.changed(Topic.FACE, "identity")
    hand.move(100, 60)
    hand.release()
    assert identity.face is face
    assert workspace.undo.count() == 0


def test_handles_tell_their_name_when_hovered(hand, canvas, face, edits):
    plain = canvas.picture(hand.toolbox.active, Qt.GlobalColor.black).toImage()
    hand.hover(181, 201)
    named = canvas.picture(hand.toolbox.active, Qt.GlobalColor.black).toImage()
    below = [(x, y) for x in range(165, 200) for y in range(216, 240)]
    assert max(plain.pixelColor(*spot).lightness() for spot in below) < 60
    assert max(named.pixelColor(*spot).lightness() for spot in below) > 200
