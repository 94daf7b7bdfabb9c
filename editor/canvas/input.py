"""One stream of pointer events for mouse, pen and touchpad; looking around is dealt with here, not by tools."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import (
    QGuiApplication,
    QInputDevice,
    QMouseEvent,
    QNativeGestureEvent,
    QPointingDevice,
    QTabletEvent,
    QWheelEvent,
)

from editor.canvas.pointer import (
    LEFT,
    MIDDLE,
    MOUSE,
    NO_BUTTON,
    NO_PRESSURE,
    TABLET,
    PointerEvent,
    PointerKind,
)
from editor.canvas.surface import PointerSurface

_WHEEL_FACTOR = 1.25
_NOTCH = 120.0
_DOUBLING = 150.0
"""Logical pixels of a sideways zoom drag that double the scale."""
_SNAP_DEGREES = 2.0


_CONTROL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class Navigation(Enum):
    """What a drag does to the view."""

    PAN = "pan"
    ZOOM = "zoom"
    ROTATE = "rotate"


@dataclass
class _Drag:
    kind: Navigation
    device: str
    button: Qt.MouseButton
    start: QPointF
    last: QPointF
    angle: float = 0.0
    """Rotation of the view when the drag began, minus the angle of the pointer then."""


class CanvasInput(QObject):
    """Turns the events of one view into pointer events for its tool and into moves of its viewport.

    A gesture always ends: with the button, with the focus, with the window, or when the pointer is found to have
    left without a button. While a pen draws, nothing of the mouse is believed.

    Args:
        view: that the events are for.
        parent: keeps it.
    """

    def __init__(self, view: PointerSurface, parent: QObject) -> None:
        super().__init__(parent)
        self._view = view
        self._stroke: PointerEvent | None = None
        """The last event of the gesture in progress."""
        self._drag: _Drag | None = None
        self._space = False

    @property
    def in_stroke(self) -> bool:
        """Whether a button is held for the tool."""
        return self._stroke is not None

    @property
    def navigation(self) -> Navigation | None:
        """What a drag does or would do to the view now, None when the tool gets it."""
        if self._drag is not None:
            return self._drag.kind
        return _navigation(QGuiApplication.keyboardModifiers()) if self._space else None

    @property
    def navigating(self) -> bool:
        """Whether the view is being dragged."""
        return self._drag is not None

    def set_space(self, held: bool) -> None:
        """The space bar went down or up."""
        if held != self._space:
            self._space = held
            self._view.refresh_cursor()

    def handle(self, event: QEvent) -> bool:
        """Deal with an event; True when it needs nobody else."""
        if isinstance(event, QTabletEvent):
            return self._tablet(event)
        if isinstance(event, QNativeGestureEvent):
            return self._gesture(event)
        if isinstance(event, QWheelEvent):
            return self._wheel(event)
        if isinstance(event, QMouseEvent):
            return self._mouse(event)
        kind = event.type()
        if kind in (QEvent.Type.FocusOut, QEvent.Type.WindowDeactivate, QEvent.Type.Hide):
            self.end()
            self.set_space(False)
        elif kind == QEvent.Type.Leave:
            self._leave()
        return False

    def end(self) -> None:
        """End whatever is in progress, as if the button had been released."""
        self._drag = None
        last, self._stroke = self._stroke, None
        if last is not None:
            self._view.deliver(replace(last, kind=PointerKind.RELEASE, buttons=NO_BUTTON))
        self._view.refresh_cursor()

    def _leave(self) -> None:
        if QGuiApplication.mouseButtons() == NO_BUTTON and not self._by(TABLET):
            self.end()
        if self._stroke is None:
            self._view.pointer_left()

    # -- mouse and pen --------------------------------------------------------------------------------------------
    def _mouse(self, event: QMouseEvent) -> bool:
        if self._by(TABLET):
            event.accept()
            return True
        kind, where, button = event.type(), event.position(), event.button()
        base = self._pointer(where, event, MOUSE, 1.0, False)
        if kind == QEvent.Type.MouseButtonPress:
            self._press(base, button, PointerKind.PRESS)
        elif kind == QEvent.Type.MouseButtonDblClick:
            self._press(base, button, PointerKind.DOUBLE)
        elif kind == QEvent.Type.MouseMove:
            self._move(base)
        elif kind == QEvent.Type.MouseButtonRelease:
            self._release(base, button)
        else:
            return False
        event.accept()
        return True

    def _tablet(self, event: QTabletEvent) -> bool:
        kind = event.type()
        device = event.pointingDevice()
        measured = bool(device.capabilities() & QInputDevice.Capability.Pressure)
        eraser = event.pointerType() == QPointingDevice.PointerType.Eraser
        pressure = min(max(event.pressure(), 0.0), 1.0) if measured else NO_PRESSURE
        base = self._pointer(event.position(), event, TABLET, pressure, eraser)
        if kind == QEvent.Type.TabletPress:
            if self._by(MOUSE):
                self.end()
            self._press(base, event.button(), PointerKind.PRESS)
        elif kind == QEvent.Type.TabletMove:
            self._move(base)
        elif kind == QEvent.Type.TabletRelease:
            self._release(base, event.button())
        else:
            return False
        # Unless it is accepted, Qt sends the same again as a mouse event.
        event.accept()
        return True

    def _by(self, device: str) -> bool:
        """Whether a gesture of this device is in progress."""
        if self._stroke is not None:
            return self._stroke.device == device
        return self._drag is not None and self._drag.device == device

    def _pointer(
        self, where: QPointF, event: QMouseEvent | QTabletEvent, device: str, pressure: float, eraser: bool
    ) -> PointerEvent:
        return PointerEvent(
            PointerKind.HOVER, self._view.viewport.to_image(where), where, pressure, eraser, NO_BUTTON,
            event.buttons(), event.modifiers(), device)

    def _press(self, base: PointerEvent, button: Qt.MouseButton, kind: PointerKind) -> None:
        if self._stroke is not None or self._drag is not None:
            return
        navigation = self._wanted_navigation(button, base.modifiers)
        if navigation is not None:
            self._begin_drag(navigation, base, button)
            return
        self._stroke = replace(base, kind=kind, button=button)
        self._view.deliver(self._stroke)

    def _move(self, base: PointerEvent) -> None:
        if self._drag is not None:
            self._drag_to(base)
        elif self._stroke is None:
            self._view.deliver(base)
        elif base.buttons == NO_BUTTON:
            # The release went elsewhere.
            self.end()
            self._view.deliver(base)
        else:
            self._stroke = replace(base, kind=PointerKind.MOVE, button=self._stroke.button)
            self._view.deliver(self._stroke)

    def _release(self, base: PointerEvent, button: Qt.MouseButton) -> None:
        if self._drag is not None and button == self._drag.button:
            self._drag = None
            self._view.refresh_cursor()
            self._view.deliver(base)
        elif self._stroke is not None and button == self._stroke.button:
            self._stroke = None
            self._view.deliver(replace(base, kind=PointerKind.RELEASE, button=button))

    # -- looking around -------------------------------------------------------------------------------------------
    def _wanted_navigation(self, button: Qt.MouseButton, modifiers: Qt.KeyboardModifier) -> Navigation | None:
        if button == MIDDLE or (self._space and button == LEFT):
            return _navigation(modifiers)
        if button == LEFT and self._view.toolbox is None:
            return Navigation.PAN
        return None

    def _begin_drag(self, kind: Navigation, base: PointerEvent, button: Qt.MouseButton) -> None:
        self._view.pointer_left()
        angle = self._view.viewport.rotation - self._angle(base.widget)
        self._drag = _Drag(kind, base.device, button, base.widget, base.widget, angle)
        self._view.refresh_cursor()

    def _drag_to(self, base: PointerEvent) -> None:
        drag = self._drag
        if drag is None:
            return
        if base.buttons == NO_BUTTON:
            self.end()
            return
        viewport, delta = self._view.viewport, base.widget - drag.last
        if drag.kind is Navigation.PAN:
            viewport.pan(delta.x(), delta.y())
        elif drag.kind is Navigation.ZOOM:
            viewport.zoom_by(2.0 ** (delta.x() / _DOUBLING), drag.start)
        else:
            wanted = drag.angle + self._angle(base.widget)
            quarter = round(wanted / 90) * 90
            viewport.rotate((quarter if abs(wanted - quarter) < _SNAP_DEGREES else wanted) - viewport.rotation)
        drag.last = base.widget
        self._view.note_pointer(viewport.to_image(base.widget))

    def _angle(self, where: QPointF) -> float:
        arm = where - self._view.viewport.window.center()
        return math.degrees(math.atan2(arm.y(), arm.x()))

    def _wheel(self, event: QWheelEvent) -> bool:
        if self._stroke is not None:
            event.accept()
            return True
        viewport, where = self._view.viewport, event.position()
        pixels, notches = event.pixelDelta(), event.angleDelta()
        # With Alt held, Qt turns the wheel by a quarter.
        turn = notches.y() or notches.x()
        if event.modifiers() & _CONTROL or pixels.isNull():
            viewport.zoom_by(_WHEEL_FACTOR ** (turn / _NOTCH), where)
        else:
            viewport.pan(pixels.x(), pixels.y())
        self._view.note_pointer(viewport.to_image(where))
        event.accept()
        return True

    def _gesture(self, event: QNativeGestureEvent) -> bool:
        viewport, where = self._view.viewport, event.position()
        kind = event.gestureType()
        if kind == Qt.NativeGestureType.ZoomNativeGesture:
            viewport.zoom_by(max(1.0 + event.value(), 0.1), where)
        elif kind == Qt.NativeGestureType.RotateNativeGesture:
            viewport.rotate(event.value(), where)
        elif kind == Qt.NativeGestureType.PanNativeGesture:
            viewport.pan(event.delta().x(), event.delta().y())
        elif kind == Qt.NativeGestureType.SmartZoomNativeGesture:
            self._view.toggle_fit(where)
        elif kind not in (Qt.NativeGestureType.BeginNativeGesture, Qt.NativeGestureType.EndNativeGesture):
            return False
        event.accept()
        return True


def _navigation(modifiers: Qt.KeyboardModifier) -> Navigation:
    if modifiers & _CONTROL:
        return Navigation.ZOOM
    return Navigation.ROTATE if modifiers & _SHIFT else Navigation.PAN
