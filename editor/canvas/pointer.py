"""A pointer's event as the tools get it, whatever device it came from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QPointF, Qt

MOUSE, TABLET = "mouse", "tablet"
NO_PRESSURE = 0.5
"""What a pen without a pressure sensor counts as."""
NO_BUTTON = Qt.MouseButton.NoButton
LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton


class PointerKind(Enum):
    """What the pointer did. DOUBLE is the second press of a double click; a RELEASE follows it too."""

    PRESS = "press"
    MOVE = "move"
    RELEASE = "release"
    HOVER = "hover"
    DOUBLE = "double"


@dataclass(frozen=True)
class PointerEvent:
    """One event of the pointer.

    Attributes:
        kind: what happened; MOVE comes only between PRESS and RELEASE, HOVER only outside.
        position: canvas coordinates, in which pixel i spans [i, i + 1).
        widget: logical pixels of the view.
        pressure: 0..1; 1 for a mouse.
        eraser: the pen is turned round.
        button: which button the gesture began with; no button while hovering.
        buttons, modifiers: held now.
        device: MOUSE or TABLET.
    """

    kind: PointerKind
    position: QPointF
    widget: QPointF
    pressure: float = 1.0
    eraser: bool = False
    button: Qt.MouseButton = LEFT
    buttons: Qt.MouseButton = NO_BUTTON
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    device: str = MOUSE
