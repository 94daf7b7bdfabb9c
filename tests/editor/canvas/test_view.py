"""What the canvas shows, and which keys it keeps."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

from core.document.commands import AddLayer, AddSource, RemoveSource, SetMaskSpread
from core.document.document import Candidate, Document, Target
from core.document.events import Topic
from core.document.geometry import Rect
from core.document.source import FaceInfo
from core.engine.messages import Frame
from editor.canvas.area import CanvasArea
from editor.canvas.view import CanvasView
from editor.canvas.viewport import Viewport
from editor.options import CompareMode, MaskView
from tests.editor.canvas.stage import State, layer, picture, screen, source


def at(view, x, y):
    """The colour on the screen at a canvas point."""
    shown = screen(view)
    where = view.viewport.to_widget(QPointF(x + 0.5, y + 0.5))
    return shown[int(where.y()), int(where.x())]


@pytest.fixture
def full(view):
    """The view at 100 %, everything visible."""
    view.viewport.zoom_to(1.0)
    return view


def inside(view):
    """The part of the screen on which the whole photo lies at 100 %."""
    corner = view.viewport.to_widget(QPointF(0, 0)).toPoint()
    size = view.image_size
    return screen(view)[corner.y(): corner.y() + size.height(), corner.x(): corner.x() + size.width()]


def paint_hair(document, rect=None, value=255):
    rect = rect or Rect(60, 50, 160, 120)
    mask = document.identity.masks["hair"]
    mask.data[rect.slices()] = value
    mask.touch()
    document.changed(Topic.MASK, "identity", "hair", rect)
    return rect


def test_at_100_percent_the_photo_is_bit_exact(full, document):
    assert np.array_equal(inside(full), document.identity.display)


def test_the_surround_is_neutral(view, workspace):
    workspace.view.surround = 90
    workspace.viewChanged.emit()
    assert screen(view)[2, 2].tolist() == [90, 90, 90]


def test_overlay_mixes_the_colour_of_its_role(full, document, workspace):
    workspace.view.colours["hair"] = "#ff0000"
    workspace.view.overlay_opacity = 0.5
    rect = paint_hair(document)
    wanted = document.identity.display.astype(int).copy()
    part = rect.slices()
    wanted[part] = (wanted[part] + (255, 0, 0)) / 2
    assert np.abs(inside(full) - wanted).max() <= 2


def test_the_overlay_of_another_role_has_its_colour(full, document, workspace):
    workspace.view.colours["protect"] = "#00ff00"
    document.identity.masks["protect"].data[...] = 255
    workspace.set_target(Target("identity", "protect"))
    workspace.view.overlay_opacity = 1.0
    workspace.viewChanged.emit()
    assert at(full, 100, 100).tolist() == [0, 255, 0]


@pytest.mark.parametrize(("look", "inside_", "outside"), [
    (MaskView.OFF, "photo", "photo"), (MaskView.BLACK, "photo", 0), (MaskView.WHITE, "photo", 255),
    (MaskView.GREY, 255, 0),
])
def test_mask_views(full, document, workspace, look, inside_, outside):
    paint_hair(document)
    workspace.view.mask_view = look
    workspace.viewChanged.emit()
    for wanted, (x, y) in ((inside_, (100, 80)), (outside, (20, 20))):
        colour = document.identity.display[y, x] if wanted == "photo" else np.full(3, wanted)
        assert np.abs(at(full, x, y) - colour).max() <= 1


@pytest.mark.parametrize("scale", [1.0, 4.0])
def test_transparent_shows_squares_of_one_size_at_any_zoom(view, workspace, document, scale):
    workspace.view.mask_view = MaskView.TRANSPARENT
    workspace.viewChanged.emit()
    view.viewport.zoom_to(scale)
    row = screen(view)[150, 100:180, 0]
    assert set(row.tolist()) == {154, 102}
    assert (np.diff(np.flatnonzero(np.diff(row))) == 8).all()
    paint_hair(document, Rect(0, 0, 301, 203))
    assert (at(view, 150, 100) == document.identity.display[100, 150]).all()


class NotingView(CanvasView):
    """Remembers what had to be painted."""

    def __init__(self, *arguments) -> None:
        self.exposed = []
        super().__init__(*arguments)

    def paintEvent(self, event):  # noqa: N802
        self.exposed.append(event.rect())
        super().paintEvent(event)


def test_a_stroke_repaints_its_place_alone(workspace, document, qtbot, show):
    view = show(NotingView(workspace, "identity"), 420, 300)
    qtbot.waitUntil(lambda: bool(view.exposed))
    view.viewport.zoom_to(1.0)
    QApplication.processEvents()
    view.exposed.clear()
    paint_hair(document, Rect(100, 80, 120, 90))
    qtbot.waitUntil(lambda: bool(view.exposed))
    assert len(view.exposed) == 1
    assert view.exposed[0].width() <= 30
    assert view.exposed[0].height() <= 20


def test_a_repaired_part_looks_like_a_whole_repaint(view, document, workspace):
    view.viewport.zoom_to(0.83)
    view.viewport.rotate(0)
    workspace.push(AddLayer(layer("layer-1", 150, 120, 5, origin=(41, 33))))
    screen(view)
    paint_hair(document)
    made = document.layer("layer-1").mask
    assert made is not None
    made.data[30:60, 20:70] = 255
    made.touch()
    document.changed(Topic.MASK, "layer-1", "layer", Rect(20, 30, 70, 60))
    repaired = screen(view)
    fresh = CanvasView(workspace, "identity", None, view.viewport)
    fresh.resize(view.size())
    assert np.abs(repaired - screen(fresh)).max() <= 1
    fresh.deleteLater()


def test_growth_shows_in_the_overlay(full, document, workspace):
    paint_hair(document)
    workspace.view.mask_view = MaskView.GREY
    workspace.viewChanged.emit()
    assert at(full, 170, 80).tolist() == [0, 0, 0]
    workspace.push(SetMaskSpread(Target("identity", "hair"), 20, 0))
    assert at(full, 170, 80).tolist() == [255, 255, 255]
    paint_hair(document, Rect(200, 50, 210, 60))
    assert at(full, 222, 55).tolist() == [255, 255, 255]


def test_a_layer_mask_lies_where_the_layer_lies(full, document, workspace):
    made = layer("layer-1", 60, 40, 5, origin=(100, 70))
    assert made.mask is not None
    made.mask.data[...] = 255
    workspace.push(AddLayer(made))
    workspace.set_target(Target("layer-1", "layer"))
    workspace.view.mask_view = MaskView.GREY
    workspace.viewChanged.emit()
    assert at(full, 101, 71).tolist() == [255, 255, 255]
    assert at(full, 98, 71).tolist() == [0, 0, 0]
    made.mask.data[:10] = 0
    made.mask.touch()
    document.changed(Topic.MASK, "layer-1", "layer", Rect(0, 0, 60, 10))
    assert at(full, 101, 71).tolist() == [0, 0, 0]
    made.origin = (20, 30)
    document.changed(Topic.LAYER, "layer-1")
    assert at(full, 21, 45).tolist() == [255, 255, 255]


def test_a_live_frame_is_drawn_in_place_and_dims_the_overlay(full, document, workspace):
    workspace.view.overlay_opacity = 0.5
    paint_hair(document, Rect(0, 0, 301, 203))
    strong = at(full, 10, 190)
    workspace.set_frame(Frame(Rect(100, 40, 200, 140), np.full((25, 25, 3), 10, np.uint8), 3))
    faint = at(full, 10, 190)
    photo = document.identity.display[190, 10].astype(int)
    assert np.abs(faint - photo).sum() < np.abs(strong - photo).sum()
    assert at(full, 150, 90).max() < 80
    workspace.set_frame(Frame(Rect(100, 40, 200, 140), np.full((50, 50, 3), 250, np.uint8), 4))
    assert at(full, 150, 90).min() > 150
    workspace.set_frame(None)
    assert at(full, 10, 190).tolist() == strong.tolist()


def test_a_pending_result_is_shown_where_its_mask_is(full, document, workspace):
    workspace.view.mask_view = MaskView.OFF
    pixels, mask = np.full((50, 40, 3), 200, np.uint8), np.zeros((50, 40), np.uint8)
    mask[:25] = 255
    workspace.set_pending(Candidate("candidate-1", "one", Rect(101, 61, 141, 111), pixels, pixels, mask))
    assert at(full, 120, 70).tolist() == [200, 200, 200]
    assert at(full, 120, 100).tolist() == document.identity.display[100, 120].tolist()
    workspace.set_pending(None)
    assert np.array_equal(inside(full), document.identity.display)


def test_a_reference_shows_neither_frame_nor_pending(workspace, qtbot):
    view = CanvasView(workspace, "reference-1")
    qtbot.addWidget(view)
    view.resize(200, 150)
    before = screen(view)
    workspace.set_frame(Frame(Rect(0, 0, 50, 50), np.zeros((50, 50, 3), np.uint8), 1))
    workspace.engine.pretend(State.RUNNING)
    assert np.array_equal(screen(view), before)


def test_a_border_while_the_engine_runs(view, workspace):
    quiet = screen(view)
    workspace.engine.pretend(State.RUNNING)
    running = screen(view)
    assert (running[0] != quiet[0]).any()
    assert np.array_equal(running[5:-5, 5:-5], quiet[5:-5, 5:-5])
    workspace.engine.pretend(State.IDLE)
    assert np.array_equal(screen(view), quiet)


def test_the_crop_is_outlined_when_wanted(view, document, workspace):
    plain = screen(view)
    quad = np.array([[50, 30], [50, 150], [170, 150], [170, 30]], float)
    document.identity.face = FaceInfo({}, quad)
    workspace.view.show_face = True
    document.changed(Topic.FACE, "identity")
    assert (screen(view) != plain).any()
    edge = view.viewport.to_widget(QPointF(50.5, 90)).toPoint()
    assert (screen(view)[edge.y(), edge.x()] != plain[edge.y(), edge.x()]).any()
    workspace.view.show_face = False
    assert np.array_equal(screen(view), plain)


def test_pixels_are_squares_when_large_and_have_a_grid_when_huge(view, document, workspace):
    workspace.view.pixel_grid = False
    view.viewport.zoom_to(16.0)
    square = screen(view)
    corner = view.viewport.to_widget(QPointF(150, 100)).toPoint()
    cell = square[corner.y(): corner.y() + 16, corner.x(): corner.x() + 16]
    assert (cell == document.identity.display[100, 150]).all()
    workspace.view.pixel_grid = True
    lined = screen(view)
    cell = lined[corner.y(): corner.y() + 16, corner.x(): corner.x() + 16]
    assert (cell != document.identity.display[100, 150]).any()
    assert (cell[3:13, 3:13] == document.identity.display[100, 150]).all()


@pytest.mark.parametrize("scale", [0.6, 1.0, 3.0])
def test_mirrored_is_the_mirror_image(view, document, scale):
    view.viewport.zoom_to(scale)
    view.viewport.centre = QPointF(150.5, 101.5)
    view.viewport.changed.emit()
    straight_ = screen(view)
    view.viewport.mirror()
    gap = np.abs(screen(view)[:, ::-1] - straight_)
    # Upright pictures begin on a whole device pixel, which may shift the mirrored one.
    shifted = np.abs(np.roll(screen(view)[:, ::-1], 1, axis=1) - straight_)
    assert min(gap.mean(), shifted.mean(), np.abs(np.roll(screen(view)[:, ::-1], -1, axis=1) - straight_).mean()) < 2


def test_backslash_held_shows_the_photo_as_it_was(full, document, workspace):
    workspace.push(AddLayer(layer("layer-1", 150, 120, 5, origin=(41, 33))))
    paint_hair(document)
    changed = screen(full)
    QTest.keyPress(full, Qt.Key.Key_Backslash)
    assert np.array_equal(inside(full), document.identity.display)
    QTest.keyRelease(full, Qt.Key.Key_Backslash)
    assert np.array_equal(screen(full), changed)
    QTest.keyPress(full, Qt.Key.Key_Backslash)
    QApplication.sendEvent(full, QFocusEvent(QEvent.Type.FocusOut))
    assert not full.before
    workspace.view.compare = CompareMode.BEFORE
    assert full.before


def test_tab_asks_for_the_panels_and_escape_for_the_tool(view, tools, qtbot):
    with qtbot.waitSignal(view.panelsToggled):
        QTest.keyClick(view, Qt.Key.Key_Tab)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert tools.active.cancelled == 1
    QTest.keyClick(view, Qt.Key.Key_BracketLeft)
    assert ("key", Qt.Key.Key_BracketLeft) in tools.active.calls


def test_keys_of_a_gesture_are_claimed_from_shortcuts(view, tools):
    def claimed(key):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.NoModifier)
        event.ignore()
        QApplication.sendEvent(view, event)
        return event.isAccepted()

    assert claimed(Qt.Key.Key_Space)
    assert not claimed(Qt.Key.Key_Escape)
    assert not claimed(Qt.Key.Key_B)
    tools.active.busy = True
    assert claimed(Qt.Key.Key_Escape)
    assert claimed(Qt.Key.Key_Return)


def test_keys_follow_the_pointer_but_never_out_of_a_text_field(workspace, qtbot):
    window = QWidget()
    field, canvas = QLineEdit(), CanvasView(workspace, "identity")
    layout = QVBoxLayout(window)
    layout.addWidget(field)
    layout.addWidget(canvas)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    field.setFocus()
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Enter))
    assert QApplication.focusWidget() is field
    window.setFocus()
    field.clearFocus()
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Enter))
    assert QApplication.focusWidget() is canvas


def test_another_document_is_fitted_and_none_says_so(view, workspace):
    view.viewport.zoom_to(8.0)
    bigger = Document(source("identity", 500, 700, seed=9))
    workspace.set_document(bigger)
    assert view.viewport.fitted
    assert view.image_size.height() == 700
    workspace.set_document(None)
    assert view.image_size.isEmpty()
    grey = screen(view)
    assert (grey != grey[2, 2]).any()


def test_zoom_stays_when_a_source_of_the_same_size_is_shown(view, workspace, document):
    workspace.push(AddSource(source("reference-2", 301, 203, seed=4), {}))
    view.viewport.zoom_to(3.0)
    view.set_source("reference-2")
    assert view.viewport.scale == 3.0
    view.set_source("reference-1")
    assert view.viewport.fitted


def test_two_views_of_one_external_viewport(workspace, qtbot):
    viewport = Viewport()
    views = [CanvasView(workspace, "identity", None, viewport) for _ in range(2)]
    for view in views:
        qtbot.addWidget(view)
        view.resize(300, 200)
    views[0].viewport.zoom_to(2.0)
    assert np.array_equal(screen(views[0]), screen(views[1]))


def test_area_pins_and_unpins(workspace, document, qtbot, show):
    area = show(CanvasArea(workspace, None), 800, 400)
    with qtbot.waitSignal(area.pinnedChanged) as pinned:
        area.pin("reference-1")
    assert pinned.args == ["reference-1"]
    assert area.pinned is not None
    assert area.pinned.source_id == "reference-1"
    qtbot.waitUntil(lambda: area.pinned is not None and area.pinned.width() > 200)
    assert area.main.width() > area.pinned.width()
    area.pinned.viewport.zoom_to(5.0)
    assert area.main.viewport.scale != 5.0
    workspace.push(RemoveSource("reference-1"))
    assert area.pinned is None
    workspace.undo.undo()
    area.pin("reference-1")
    workspace.set_document(None)
    assert area.pinned is None


def test_area_never_pins_what_does_not_exist(workspace, qtbot):
    area = CanvasArea(workspace, None)
    qtbot.addWidget(area)
    area.pin("identity")
    area.pin("nobody")
    assert area.pinned is None
    assert area.views == (area.main,)


def test_a_photo_with_smooth_pictures_at_a_turned_view_settles(view, qtbot, document):
    view.viewport.rotate(17)
    moving = screen(view)
    qtbot.waitUntil(lambda: (screen(view) != moving).any(), timeout=2000)


def test_big_photos_are_shown_small(workspace, qtbot):
    pixels = picture(1200, 900, 3)
    workspace.set_document(Document(source("identity", 1200, 900, seed=3)))
    view = CanvasView(workspace, "identity")
    qtbot.addWidget(view)
    view.resize(200, 200)
    colour = at(view, 600, 450)
    assert np.abs(colour - pixels[440:460, 590:610].mean((0, 1))).max() < 12


def test_the_crop_does_not_cross_a_mask_shown_alone(view, document, workspace):
    workspace.view.mask_view = MaskView.GREY
    plain = screen(view)
    document.identity.face = FaceInfo({}, np.array([[50, 30], [50, 150], [170, 150], [170, 30]], float))
    workspace.view.show_face = True
    document.changed(Topic.FACE, "identity")
    assert np.array_equal(screen(view), plain)


def test_another_tool_brings_its_cursor(view, tools, workspace):
    tools.active.cursor = lambda view: Qt.CursorShape.PointingHandCursor
    workspace.set_tool("hand")
    assert view.cursor().shape() == Qt.CursorShape.PointingHandCursor
