"""A tablet pen whose events go to a widget the way Qt's own would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtWidgets import QApplication, QWidget

_NONE, _LEFT = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton


@cache
def _device(eraser: bool) -> QPointingDevice:
    """Qt remembers the devices of events without owning them, so these live as long as the program."""
    kind = QPointingDevice.PointerType.Eraser if eraser else QPointingDevice.PointerType.Pen
    return QPointingDevice(
        "pen", 2 if eraser else 1, QInputDevice.DeviceType.Stylus, kind,
        QInputDevice.Capability.Pressure | QInputDevice.Capability.Position, 1, 3)


class Pen:
    """One stylus.

    Args:
        eraser: whether it is held upside down.
    """

    def __init__(self, eraser: bool = False) -> None:
        self._device = _device(eraser)

    def send(self, widget: QWidget, kind: QEvent.Type, where: QPointF, pressure: float = 0.6) -> bool:
        """One event at a point of the widget; whether it was accepted."""
        released, moved = kind is QEvent.Type.TabletRelease, kind is QEvent.Type.TabletMove
        event = QTabletEvent(
            kind, self._device, where, QPointF(widget.mapToGlobal(where.toPoint())), 0.0 if released else pressure,
            0.0, 0.0, 0.0, 0.0, 0.0, Qt.KeyboardModifier.NoModifier, _NONE if moved else _LEFT,
            _NONE if released else _LEFT)
        QApplication.sendEvent(widget, event)
        return event.isAccepted()

    def stroke(self, widget: QWidget, points: Sequence[QPointF], pressure: float = 0.6) -> Iterator[None]:
        """Press at the first point, move along, release at the last; yields after every event."""
        self.send(widget, QEvent.Type.TabletPress, points[0], pressure)
        yield
        for point in points[1:]:
            self.send(widget, QEvent.Type.TabletMove, point, pressure)
            yield
        self.send(widget, QEvent.Type.TabletRelease, points[-1])
        yield
