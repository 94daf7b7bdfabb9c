"""Where a picture sits in its widget: zoom, position, rotation and mirror, in device pixels so that 100 % is sharp."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QElapsedTimer, QObject, QPointF, QRectF, QSizeF, Signal
from PySide6.QtGui import QTransform

SMALLEST, LARGEST = 0.01, 64.0
FIT_MARGIN = 16.0
"""Free space around a fitted picture, logical pixels."""
_SAME_GESTURE_MS = 700


@dataclass(frozen=True)
class Pose:
    """What can be returned to: scale, centre (x, y) and rotation."""

    scale: float
    centre: tuple[float, float]
    rotation: float
    fitted: bool


class Viewport(QObject):
    """Maps canvas coordinates (pixel i spans [i, i + 1)) to logical pixels of one widget.

    Positions given to and returned by methods named "widget" are logical pixels of that widget.

    Attributes:
        scale: device pixels per image pixel; 1 is 100 %.
        centre: canvas point in the middle of the widget.
        rotation: of the view, degrees clockwise.
        mirrored: left and right are exchanged, before the rotation.
        fitted: the picture was fitted and not moved since; a resize fits it again.

    Signals:
        changed: anything of the above, or the size of the widget.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.scale = 1.0
        self.centre = QPointF(0, 0)
        self.rotation = 0.0
        self.mirrored = False
        self.fitted = False
        self._window = QSizeF(1, 1)
        self._ratio = 1.0
        self._corner = QPointF(0, 0)
        self._image = QSizeF(0, 0)
        self._before: Pose | None = None
        self._clock = QElapsedTimer()
        self._followers: list[Viewport] = []

    # -- the widget ---------------------------------------------------------------------------------------------
    def set_window(self, width: float, height: float, ratio: float, corner: QPointF | None = None) -> None:
        """Tell the size of the widget (logical), its device pixel ratio and its corner in the window (device pixels).

        The corner matters only where the ratio is fractional: the widget may begin between two device pixels.
        """
        size, corner = QSizeF(max(width, 1), max(height, 1)), corner or QPointF(0, 0)
        if (size, ratio, corner) == (self._window, self._ratio, self._corner):
            return
        self._window, self._ratio, self._corner = size, ratio, corner
        if self.fitted and not self._image.isEmpty():
            self._fit_now()
            self._emit()
        else:
            self.changed.emit()

    @property
    def ratio(self) -> float:
        """Device pixels per logical pixel."""
        return self._ratio

    @property
    def window(self) -> QRectF:
        """The widget in its own logical pixels."""
        return QRectF(0, 0, self._window.width(), self._window.height())

    # -- mapping ------------------------------------------------------------------------------------------------
    def transform(self) -> QTransform:
        """Canvas coordinates to logical pixels of the widget."""
        return self.device_transform() * QTransform.fromScale(1 / self._ratio, 1 / self._ratio)

    def device_transform(self) -> QTransform:
        """Canvas coordinates to device pixels of the widget; upright pictures begin on a whole device pixel."""
        middle = QPointF(self._window.width(), self._window.height()) * (self._ratio / 2)
        turn = QTransform()
        turn.rotate(self.rotation)
        turn.scale(-self.scale if self.mirrored else self.scale, self.scale)
        corner = middle - turn.map(self.centre)
        if self.rotation % 90 == 0:
            corner = QPointF(
                round(corner.x() + self._corner.x()) - self._corner.x(),
                round(corner.y() + self._corner.y()) - self._corner.y(),
            )
        return QTransform(turn.m11(), turn.m12(), turn.m21(), turn.m22(), corner.x(), corner.y())

    def to_image(self, point: QPointF) -> QPointF:
        """The canvas point under a point of the widget."""
        inverse, _ = self.transform().inverted()
        return inverse.map(point)

    def to_widget(self, point: QPointF) -> QPointF:
        """Where a canvas point is in the widget."""
        return self.transform().map(point)

    def visible(self) -> QRectF:
        """The smallest canvas rectangle that holds everything the widget shows."""
        inverse, _ = self.transform().inverted()
        return inverse.mapRect(self.window)

    # -- looking around -----------------------------------------------------------------------------------------
    def fit(self, width: float, height: float) -> None:
        """Show all of a picture of this size, upright or turned as the view is."""
        self._remember(jump=True)
        self._image = QSizeF(width, height)
        self._fit_now()
        self._emit()

    def zoom_to(self, scale: float, anchor: QPointF | None = None) -> None:
        """Set the scale and keep the canvas point under ``anchor`` (widget; its middle if None) where it is."""
        self._remember(jump=True)
        self._zoom(scale, anchor)

    def zoom_by(self, factor: float, anchor: QPointF | None = None) -> None:
        """Multiply the scale, as ``zoom_to``."""
        self._remember()
        self._zoom(self.scale * factor, anchor)

    def pan(self, dx: float, dy: float) -> None:
        """Move the picture by logical pixels of the widget."""
        inverse, _ = self._turn().inverted()
        self.centre -= inverse.map(QPointF(dx, dy) * self._ratio)
        self.fitted = False
        self._emit()

    def rotate(self, degrees: float, anchor: QPointF | None = None) -> None:
        """Turn the view clockwise about a point of the widget (its middle if None)."""
        anchor = self.window.center() if anchor is None else anchor
        fixed = self._exact(anchor)
        self.rotation = (self.rotation + degrees) % 360
        self._hold(fixed, anchor)
        self.fitted = False
        self._emit()

    def reset_rotation(self) -> None:
        """Turn the view upright about the middle of the widget."""
        self.rotation = 0.0
        if self.fitted:
            self._fit_now()
        self._emit()

    def mirror(self, anchor: QPointF | None = None) -> None:
        """Exchange left and right of the view about a point of the widget (its middle if None)."""
        anchor = self.window.center() if anchor is None else anchor
        fixed = self._exact(anchor)
        self.mirrored = not self.mirrored
        self.rotation = -self.rotation % 360
        self._hold(fixed, anchor)
        self._emit()

    def previous(self) -> None:
        """Return to the zoom before the last one; again returns here."""
        if self._before is None:
            return
        target, self._before = self._before, self.pose()
        self.scale, self.rotation, self.fitted = target.scale, target.rotation, target.fitted
        self.centre = QPointF(*target.centre)
        if self.fitted:
            self._fit_now()
        self._emit()

    def pose(self) -> Pose:
        """The present zoom, position and rotation."""
        return Pose(self.scale, (self.centre.x(), self.centre.y()), self.rotation, self.fitted)

    def show_pose(self, scale: float, centre: QPointF, rotation: float, mirrored: bool) -> None:
        """Show exactly this."""
        self.scale, self.centre, self.rotation, self.mirrored = _clamp(scale), centre, rotation, mirrored
        self.fitted = False
        self._emit()

    # -- several views of the same ------------------------------------------------------------------------------
    def link(self, other: Viewport) -> None:
        """Let both show the same part from now on, whichever is moved; ``other`` takes this one's pose.

        Two views of different size need a viewport each: this is how they stay together.
        """
        for one, two in ((self, other), (other, self)):
            if two not in one._followers and one is not two:
                one._followers.append(two)
        self._emit()

    def unlink(self, other: Viewport) -> None:
        """Let both go their own ways."""
        for one, two in ((self, other), (other, self)):
            if two in one._followers:
                one._followers.remove(two)

    # -- inside -------------------------------------------------------------------------------------------------
    def _emit(self) -> None:
        self._spread(self, {id(self)})

    def _spread(self, origin: Viewport, seen: set[int]) -> None:
        if origin is not self:
            self.scale, self.rotation, self.mirrored = origin.scale, origin.rotation, origin.mirrored
            self.centre, self.fitted = QPointF(origin.centre), False
        self.changed.emit()
        for follower in self._followers:
            if id(follower) not in seen:
                seen.add(id(follower))
                follower._spread(origin, seen)

    def _remember(self, jump: bool = False) -> None:
        """Keep the present pose for ``previous``, once per gesture."""
        continues = self._clock.isValid() and self._clock.elapsed() < _SAME_GESTURE_MS
        if jump or not continues:
            self._before = self.pose()
        if jump:
            self._clock.invalidate()
        else:
            self._clock.start()

    def _fit_now(self) -> None:
        shown = self._turned_size(self._image.width(), self._image.height())
        wide = max(self._window.width() - 2 * FIT_MARGIN, 16) * self._ratio / shown.width()
        high = max(self._window.height() - 2 * FIT_MARGIN, 16) * self._ratio / shown.height()
        self.scale = _clamp(min(wide, high))
        self.centre = QPointF(self._image.width() / 2, self._image.height() / 2)
        self.fitted = True

    def _turned_size(self, width: float, height: float) -> QSizeF:
        angle = math.radians(self.rotation)
        c, s = abs(math.cos(angle)), abs(math.sin(angle))
        return QSizeF(max(width * c + height * s, 1e-6), max(width * s + height * c, 1e-6))

    def _turn(self) -> QTransform:
        turn = QTransform()
        turn.rotate(self.rotation)
        turn.scale(-self.scale if self.mirrored else self.scale, self.scale)
        return turn

    def _zoom(self, scale: float, anchor: QPointF | None) -> None:
        anchor = self.window.center() if anchor is None else anchor
        fixed = self._exact(anchor)
        self.scale = _clamp(scale)
        self.fitted = False
        self._hold(fixed, anchor)
        self._emit()

    def _exact(self, anchor: QPointF) -> QPointF:
        """The canvas point under a widget point, without the rounding to device pixels."""
        inverse, _ = self._turn().inverted()
        return self.centre + inverse.map((anchor - self.window.center()) * self._ratio)

    def _hold(self, point: QPointF, anchor: QPointF) -> None:
        """Move so that a canvas point lies under a widget point."""
        inverse, _ = self._turn().inverted()
        self.centre = point - inverse.map((anchor - self.window.center()) * self._ratio)


def _clamp(scale: float) -> float:
    return min(max(scale, SMALLEST), LARGEST)
