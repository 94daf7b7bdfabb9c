"""Tools on the real canvas, driven by events as Qt sends them."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QMainWindow, QWidget

from core.document.document import Target
from core.document.source import FaceInfo
from core.faces.align import align_points
from editor.canvas.view import CanvasView
from tests.editor.canvas.tools.hands import add_layer

LEFT, SHIFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier


class Pen:
    """A tablet over a canvas; positions in canvas coordinates."""

    def __init__(self, view: CanvasView, *, eraser: bool = False) -> None:
        self.view = view
        kind = QPointingDevice.PointerType.Eraser if eraser else QPointingDevice.PointerType.Pen
        capabilities = QInputDevice.Capability.Position | QInputDevice.Capability.Pressure
        self._device = QPointingDevice("pen", 1, QInputDevice.DeviceType.Stylus, kind, capabilities, 1, 2)

    def send(self, kind: QEvent.Type, x: float, y: float, pressure: float, modifiers=PLAIN) -> None:
        where = self.view.viewport.to_widget(QPointF(x, y))
        button = LEFT if kind != QEvent.Type.TabletMove else Qt.MouseButton.NoButton
        held = LEFT if kind != QEvent.Type.TabletRelease and pressure > 0 else Qt.MouseButton.NoButton
        event = QTabletEvent(kind, self._device, where, self.view.mapToGlobal(where), pressure, 0.0, 0.0, 0.0, 0.0,
                             0.0, modifiers, button, held)
        QApplication.sendEvent(self.view, event)

    def stroke(self, *points: tuple[float, float, float], modifiers=PLAIN) -> None:
        self.send(QEvent.Type.TabletPress, *points[0], modifiers)
        for point in points[1:]:
            self.send(QEvent.Type.TabletMove, *point, modifiers)
        self.send(QEvent.Type.TabletRelease, points[-1][0], points[-1][1], 0.0, modifiers)


@pytest.fixture
def view(workspace, toolbox, show):
    view = show(CanvasView(workspace, "identity", toolbox), 400, 300)
    view.viewport.zoom_to(1.0)
    view.activateWindow()
    view.setFocus()
    return view


def test_pen_pressure_swells_the_stroke(workspace, view, hair):
    Pen(view).stroke((50, 100, 0.2), (120, 100, 0.2), (200, 100, 1.0), (300, 100, 1.0))
    thin, thick = (hair[:, 80] > 127).sum(), (hair[:, 270] > 127).sum()
    assert 3 <= thin <= 5
    assert 19 <= thick <= 21
    assert workspace.undo.count() == 1
    painted = hair.copy()
    workspace.undo.undo()
    assert not hair.any()
    workspace.undo.redo()
    assert np.array_equal(hair, painted)


def test_turned_pen_erases(workspace, view, hair):
    hair[:] = 255
    Pen(view, eraser=True).stroke((100, 100, 1.0), (200, 100, 1.0))
    assert (hair[97:103, 100:200] == 0).all()
    assert hair[80].all()
    assert workspace.undo.text(0) == "Erase hair mask"


def test_escape_aborts_a_stroke_of_the_pen(workspace, view, hair):
    pen = Pen(view)
    pen.send(QEvent.Type.TabletPress, 100, 100, 1.0)
    pen.send(QEvent.Type.TabletMove, 150, 100, 1.0)
    assert hair.any()
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert not hair.any()
    pen.send(QEvent.Type.TabletMove, 200, 100, 1.0)
    pen.send(QEvent.Type.TabletRelease, 200, 100, 0.0)
    assert not hair.any()
    assert workspace.undo.count() == 0


def test_losing_the_focus_ends_the_stroke(workspace, view, hair):
    pen = Pen(view)
    pen.send(QEvent.Type.TabletPress, 100, 100, 1.0)
    pen.send(QEvent.Type.TabletMove, 150, 100, 1.0)
    QApplication.sendEvent(view, QEvent(QEvent.Type.WindowDeactivate))
    assert workspace.undo.count() == 1
    assert hair[100, 150] == 255


def test_strokes_show_on_the_canvas(workspace, view):
    workspace.view.overlay_opacity = 1.0
    Pen(view).stroke((100, 100, 1.0), (200, 100, 1.0))
    workspace.set_tool("hand")
    spot = view.viewport.to_widget(QPointF(150, 100)).toPoint()
    assert view.grab().toImage().pixelColor(spot).name() == workspace.view.colours["hair"]
    workspace.undo.undo()
    assert view.grab().toImage().pixelColor(spot).name() == "#808080"


def test_shift_click_with_the_mouse_draws_a_line(workspace, view, hair):
    for x, y, modifiers in ((60, 60, PLAIN), (260, 160, SHIFT)):
        QTest.mouseClick(view, LEFT, modifiers, view.viewport.to_widget(QPointF(x, y)).toPoint())
    assert hair[110, 160] == 255
    assert workspace.undo.count() == 2


def test_polygon_by_mouse_and_keys(workspace, view, hair):
    workspace.set_tool("lasso")
    for x, y in ((100, 100), (160, 100), (300, 20), (160, 140), (100, 140)):
        QTest.mouseClick(view, LEFT, PLAIN, view.viewport.to_widget(QPointF(x, y)).toPoint())
        if x == 300:
            QTest.keyClick(view, Qt.Key.Key_Backspace)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert hair.sum() == 40 * 60 * 255
    assert workspace.undo.count() == 1


def test_double_click_closes_the_polygon(workspace, view, hair):
    workspace.set_tool("lasso")
    for x, y in ((100, 100), (160, 100), (160, 140)):
        QTest.mouseClick(view, LEFT, PLAIN, view.viewport.to_widget(QPointF(x, y)).toPoint())
    last = view.viewport.to_widget(QPointF(100, 140)).toPoint()
    QTest.mouseClick(view, LEFT, PLAIN, last)
    QTest.mouseDClick(view, LEFT, PLAIN, last)
    assert hair.sum() == 40 * 60 * 255
    assert workspace.undo.count() == 1
    assert not view.toolbox.busy


def test_painting_on_the_pinned_reference_retargets(workspace, toolbox, show):
    view = show(CanvasView(workspace, "reference-1", toolbox), 200, 160)
    view.viewport.zoom_to(1.0)
    Pen(view).stroke((60, 60, 1.0), (100, 60, 1.0))
    assert workspace.target == Target("reference-1", "hair")
    assert workspace.document.sources["reference-1"].masks["hair"].data[60, 80] == 255


def test_layer_mask_reveals_the_layer_on_the_canvas(workspace, toolbox, show):
    layer = add_layer(workspace, origin=(40, 60))
    workspace.set_target(Target(layer.id, "layer"))
    workspace.view.overlay_opacity = 0.0
    view = show(CanvasView(workspace, "identity", toolbox), 400, 300)
    view.viewport.zoom_to(1.0)
    spot = view.viewport.to_widget(QPointF(100, 100)).toPoint()
    view.grab()
    Pen(view).stroke((90, 100, 1.0), (110, 100, 1.0))
    workspace.set_tool("hand")
    assert view.grab().toImage().pixelColor(spot).name() == "#c8c8c8"
    workspace.undo.undo()
    assert view.grab().toImage().pixelColor(spot).name() == "#808080"


def test_face_handle_is_dragged_and_nudged(workspace, view, qtbot):
    points = {"eye_right": (150.0, 100.0), "eye_left": (210.0, 100.0), "mouth_right": (160.0, 160.0),
              "mouth_left": (200.0, 160.0), "chin": (180.0, 200.0)}
    quad = align_points({name: np.array(point) for name, point in points.items()}).quad
    identity = workspace.document.identity
    identity.face = FaceInfo(points, quad)
    workspace.set_tool("face")
    Pen(view).stroke((150.5, 100.5, 1.0), (140.5, 110.5, 1.0))
    assert identity.face.points["eye_right"] == pytest.approx((140, 110), abs=0.6)
    QTest.keyClick(view, Qt.Key.Key_Right)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert identity.face.points["eye_right"] == pytest.approx((140, 110), abs=0.6)
    assert workspace.undo.count() == 1
    view.grab()


@pytest.mark.parametrize("name", ["brush", "eraser", "lasso", "fill", "face", "move", "hand", "zoom"])
def test_every_tool_survives_a_wild_hand(workspace, view, name):
    workspace.set_tool(name)
    rng = np.random.default_rng(3)
    pen = Pen(view)
    for _ in range(6):
        points = [(float(x), float(y), 0.7) for x, y in rng.uniform(-60, 460, (5, 2))]
        pen.stroke(*points, modifiers=rng.choice([PLAIN, SHIFT, Qt.KeyboardModifier.AltModifier]))
        QTest.keyClick(view, [Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Left][rng.integers(3)])
        view.grab()
    workspace.set_document(None)
    pen.stroke((50, 50, 1.0), (80, 80, 1.0))
    view.grab()


def test_alt_and_pen_do_not_open_the_menu(workspace, toolbox, qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    window.menuBar().addMenu("&File").addAction("New")
    view = CanvasView(workspace, "identity", toolbox)
    window.setCentralWidget(view)
    window.resize(440, 360)
    window.show()
    window.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    size = workspace.tools.brush.size
    alt = Qt.KeyboardModifier.AltModifier
    QTest.keyPress(view, Qt.Key.Key_Alt, alt)
    Pen(view).stroke((100, 100, 1.0), (150, 100, 1.0), modifiers=alt)
    QTest.keyRelease(view, Qt.Key.Key_Alt)
    assert workspace.tools.brush.size > size
    assert not window.menuBar().hasFocus()
    assert view.hasFocus()


def test_a_pen_takes_the_keyboard_out_of_a_field(workspace, toolbox, qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    view, field = CanvasView(workspace, "identity", toolbox), QLineEdit()
    place = QWidget()
    row = QHBoxLayout(place)
    row.addWidget(view)
    row.addWidget(field)
    window.setCentralWidget(place)
    window.show()
    window.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    Pen(view).stroke((100, 100, 1.0), (150, 100, 1.0))
    assert view.hasFocus()
    assert workspace.undo.count() == 1
