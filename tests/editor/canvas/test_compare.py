"""Comparing: what lies where, what the split does, and that views stay together."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.document.document import Candidate, Document
from core.document.geometry import Rect
from core.document.source import FaceInfo
from editor.actions import compare as compare_actions
from editor.canvas.area import CanvasArea
from editor.canvas.side_by_side import StillView, wanted_panes
from editor.canvas.view import CanvasView
from editor.options import CompareMode, MaskView
from editor.workspace import Workspace
from tests.editor.canvas.pixels import to_array

RECT = Rect(100, 50, 200, 150)


@pytest.fixture
def candidate(document: Document) -> Candidate:
    """A result that is white inside RECT."""
    pixels = np.full((RECT.height, RECT.width, 3), 255, np.uint8)
    found = Candidate("candidate-1", "LOHO 1", RECT, pixels, pixels, np.full((RECT.height, RECT.width), 255, np.uint8))
    document.candidates.append(found)
    return found


@pytest.fixture
def exact(view: CanvasView, workspace: Workspace) -> CanvasView:
    """The view at 100 %, the photo's corner in its corner, without overlays."""
    workspace.view.mask_view = MaskView.OFF
    view.viewport.show_pose(1.0, QPointF(view.width() / 2, view.height() / 2), 0.0, False)
    return view


def seen(view: CanvasView) -> np.ndarray:
    return to_array(view.grab().toImage())[..., :3]


def set_mode(workspace: Workspace, mode: CompareMode) -> None:
    workspace.view.compare = mode
    workspace.viewChanged.emit()


def test_split_shows_the_photo_on_one_side_and_the_result_on_the_other(exact, workspace, document, candidate):
    workspace.set_pending(candidate)
    workspace.view.split = 150 / exact.width()
    set_mode(workspace, CompareMode.SPLIT)
    picture = seen(exact)
    photo = document.identity.display
    assert np.array_equal(picture[60:80, 110:140], photo[60:80, 110:140])
    assert (picture[60:80, 160:190] == 255).all()


def test_split_across(exact, workspace, document, candidate):
    workspace.set_pending(candidate)
    workspace.view.split, workspace.view.split_vertical = 100 / exact.height(), False
    set_mode(workspace, CompareMode.SPLIT)
    picture = seen(exact)
    assert np.array_equal(picture[60:80, 110:140], document.identity.display[60:80, 110:140])
    assert (picture[120:140, 110:140] == 255).all()


def test_dragging_the_line_moves_it_and_no_tool_hears_of_it(exact, workspace, tools):
    set_mode(workspace, CompareMode.SPLIT)
    middle = QPoint(exact.width() // 2, 40)
    QTest.mousePress(exact, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(exact, QPoint(exact.width() // 4, 40))
    QTest.mouseRelease(exact, Qt.MouseButton.LeftButton, pos=QPoint(exact.width() // 4, 40))
    assert workspace.view.split == pytest.approx(0.25, abs=0.01)
    assert not tools.active.names


def test_arrow_keys_move_the_split_by_a_hundredth(exact, workspace):
    set_mode(workspace, CompareMode.SPLIT)
    exact.setFocus()
    QTest.keyClick(exact, Qt.Key.Key_Right)
    assert workspace.view.split == pytest.approx(0.51)
    QTest.keyClick(exact, Qt.Key.Key_Left)
    QTest.keyClick(exact, Qt.Key.Key_Left)
    assert workspace.view.split == pytest.approx(0.49)


@pytest.mark.parametrize("gain", [1, 4, 0])
def test_difference_is_black_where_nothing_changed_and_exact_elsewhere(exact, workspace, document, candidate, gain):
    workspace.set_pending(candidate)
    workspace.view.gain = gain
    set_mode(workspace, CompareMode.DIFFERENCE)
    picture, photo = seen(exact), document.identity.display.astype(int)
    assert not picture[:50, :300].any()
    inside = photo[60:140, 110:190]
    if gain:
        expected = np.clip((255 - inside) * gain, 0, 255)
    else:
        expected = np.repeat(np.where((inside < 255).any(axis=2, keepdims=True), 255, 0), 3, axis=2)
    assert np.array_equal(picture[60:140, 110:190], expected)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_onion_at_its_ends(exact, workspace, document, candidate, share):
    workspace.set_pending(candidate)
    workspace.view.onion = share
    set_mode(workspace, CompareMode.ONION)
    inside = seen(exact)[60:140, 110:190]
    if share:
        assert np.array_equal(inside, document.identity.display[60:140, 110:190])
    else:
        assert (inside == 255).all()


def test_comparing_with_a_candidate(exact, workspace, document, candidate):
    compare_actions.compare_with(workspace, candidate.id)
    workspace.view.split = 1.0
    set_mode(workspace, CompareMode.SPLIT)
    assert (seen(exact)[60:140, 110:190] == 255).all()
    document.candidates.clear()
    workspace.viewChanged.emit()
    assert np.array_equal(seen(exact)[60:140, 110:190], document.identity.display[60:140, 110:190])


def test_modes_are_switched_on_and_off(workspace):
    compare_actions.set_mode(workspace, CompareMode.ONION)
    assert workspace.view.compare is CompareMode.ONION
    compare_actions.set_mode(workspace, CompareMode.ONION)
    assert workspace.view.compare is CompareMode.OFF
    compare_actions.set_mode(workspace, CompareMode.DIFFERENCE)
    compare_actions.toggle(workspace)
    assert workspace.view.compare is CompareMode.OFF
    compare_actions.toggle(workspace)
    assert workspace.view.compare is CompareMode.DIFFERENCE


def test_the_first_comparison_is_a_split(workspace):
    compare_actions.toggle(workspace)
    assert workspace.view.compare is CompareMode.SPLIT


# -- side by side ---------------------------------------------------------------------------------------------------
@pytest.fixture
def area(workspace: Workspace, qtbot) -> CanvasArea:
    area = CanvasArea(workspace, None)
    qtbot.addWidget(area)
    area.resize(900, 400)
    with qtbot.waitExposed(area):
        area.show()
    return area


def test_panes_by_default_are_the_references_in_use(document, candidate):
    assert wanted_panes(document, ()) == ["before"]
    document.slots = {"shape": "reference-1", "appearance": "reference-1"}
    assert wanted_panes(document, ()) == ["reference-1"]
    assert wanted_panes(document, ("candidate-1", "gone", "before")) == ["candidate-1", "before"]


def test_views_of_the_portrait_show_the_same_part(area, workspace, document, candidate):
    workspace.view.panes = ("before", candidate.id)
    set_mode(workspace, CompareMode.SIDE_BY_SIDE)
    still = [pane.view for pane in area.side_by_side.panes]
    assert [type(view) for view in still] == [StillView, StillView]
    area.main.viewport.zoom_to(3.0)
    assert all(view.viewport.scale == 3.0 for view in still)
    still[0].viewport.pan(17, -5)
    assert area.main.viewport.centre == still[0].viewport.centre == still[1].viewport.centre
    assert (to_array(still[1].grab().toImage())[..., :3] == 255).all(axis=2).any()
    set_mode(workspace, CompareMode.OFF)
    assert not area.side_by_side.panes
    assert area.splitter.count() == 1


def test_every_picture_beside_each_other_has_its_name(area, workspace, document, candidate):
    name = area.side_by_side.own_name
    assert name.isHidden()
    workspace.view.panes = ("before",)
    set_mode(workspace, CompareMode.SIDE_BY_SIDE)
    assert not name.isHidden()
    assert name.parentWidget() is area.main
    assert name.text() == f"{document.identity.name}, now"
    assert [pane.label.text() for pane in area.side_by_side.panes] == ["before"]
    for width in (500, 300):
        area.main.resize(width, 200)
        assert abs(name.geometry().center().x() - width / 2) <= 1
    set_mode(workspace, CompareMode.OFF)
    assert name.isHidden()


def test_a_reference_is_shown_with_its_face_as_large_and_where_the_portraits_is(area, workspace, document):
    names = ("eye_right", "eye_left", "mouth_right", "mouth_left")
    ours = dict(zip(names, [(100.0, 80.0), (140.0, 80.0), (105.0, 120.0), (135.0, 120.0)], strict=True))
    theirs = {name: (x / 2 - 20, y / 2 + 7) for name, (x, y) in ours.items()}
    quad = np.zeros((4, 2))
    document.identity.face = FaceInfo(ours, quad)
    document.sources["reference-1"].face = FaceInfo(theirs, quad)
    document.slots = {"shape": "reference-1"}
    set_mode(workspace, CompareMode.SIDE_BY_SIDE)
    view = area.side_by_side.panes[0].view
    area.main.viewport.show_pose(2.0, QPointF(ours["eye_left"][0] + 0.5, ours["eye_left"][1] + 0.5), 0.0, False)
    assert view.viewport.scale == pytest.approx(4.0)
    assert view.viewport.centre.x() == pytest.approx(theirs["eye_left"][0] + 0.5)
    assert view.viewport.centre.y() == pytest.approx(theirs["eye_left"][1] + 0.5)
    view.viewport.zoom_to(8.0)
    assert area.main.viewport.scale == pytest.approx(4.0)


def test_a_removed_reference_takes_its_pane_along(area, workspace, document):
    from core.document.events import Topic

    document.slots = {"shape": "reference-1"}
    set_mode(workspace, CompareMode.SIDE_BY_SIDE)
    assert area.side_by_side.panes[0].view.source_id == "reference-1"
    del document.sources["reference-1"]
    document.slots = {}
    document.changed(Topic.SOURCES)
    QApplication.processEvents()
    assert [type(pane.view) for pane in area.side_by_side.panes] == [StillView]


def test_toggling_panes(workspace, document, candidate):
    document.slots = {"shape": "reference-1"}
    compare_actions.toggle_pane(workspace, "before")
    assert workspace.view.panes == ("reference-1", "before")
    compare_actions.toggle_pane(workspace, "reference-1")
    assert workspace.view.panes == ("before",)
