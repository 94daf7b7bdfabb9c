"""A mask never tints a result: it is a line there, except while it is painted."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from core.document.commands import ApplyResult
from core.document.document import Candidate
from core.document.events import Topic
from core.document.geometry import Rect
from editor.canvas.view import CanvasView
from editor.options import MaskView
from editor.workspace import Workspace
from tests.editor.canvas.pixels import to_array

RECT = Rect(100, 50, 200, 150)
INSIDE = (slice(80, 120), slice(130, 170))


@pytest.fixture
def exact(view: CanvasView, document, hair: np.ndarray) -> CanvasView:
    """The view at 100 % from the photo's corner, with a square of hair inside RECT."""
    hair[60:140, 110:190] = 255
    document.identity.masks["hair"].touch()
    document.changed(Topic.MASK, "identity", "hair")
    view.viewport.show_pose(1.0, QPointF(view.width() / 2, view.height() / 2), 0.0, False)
    return view


@pytest.fixture
def candidate() -> Candidate:
    pixels = np.full((RECT.height, RECT.width, 3), 200, np.uint8)
    return Candidate("candidate-1", "LOHO 1", RECT, pixels, pixels, np.full((RECT.height, RECT.width), 255, np.uint8))


def seen(view: CanvasView) -> np.ndarray:
    return to_array(view.grab().toImage())[..., :3]


def test_without_a_result_the_mask_is_filled(exact, document):
    photo = document.identity.display[INSIDE].astype(int)
    red = seen(exact)[INSIDE].astype(int)
    assert (red != photo).any(axis=2).all()


def test_a_preview_is_shown_alone(exact, workspace: Workspace, candidate):
    workspace.set_pending(candidate)
    assert (seen(exact)[RECT.slices()] == 200).all()


def test_over_an_applied_result_it_is_a_line_until_that_is_hidden(exact, workspace: Workspace, document, candidate):
    workspace.push(ApplyResult(candidate, "LOHO 1"))
    picture = seen(exact)
    assert (picture[INSIDE] == 200).all()
    assert (picture[60, 115:185] != 200).any(axis=1).all()
    document.layers[-1].visible = False
    document.changed(Topic.LAYER, document.layers[-1].id)
    assert (seen(exact)[INSIDE] != document.identity.display[INSIDE]).any(axis=2).all()


def test_while_it_is_painted_the_mask_is_filled(exact, workspace: Workspace, candidate):
    workspace.set_pending(candidate)
    QTest.mousePress(exact, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    assert (seen(exact)[INSIDE] != 200).any(axis=2).all()
    QTest.mouseRelease(exact, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    assert (seen(exact)[INSIDE] == 200).all()


def test_an_outline_follows_what_is_painted(exact, workspace: Workspace, document, hair):
    workspace.view.mask_view = MaskView.OUTLINE
    workspace.viewChanged.emit()
    before = seen(exact)
    hair[80:120, 130:170] = 0
    document.identity.masks["hair"].touch()
    document.changed(Topic.MASK, "identity", "hair", Rect(130, 80, 170, 120))
    after = seen(exact)
    assert (after[79:81, 140:160] != before[79:81, 140:160]).any()
    assert np.array_equal(after[95:105, 145:155], before[95:105, 145:155])
