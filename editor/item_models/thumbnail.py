"""Small pictures of photos, layers and masks, made again some time after they changed and never during a stroke."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QWidget

from core.document.document import Target
from core.document.events import Change, Topic
from core.document.mask import Mask
from editor.canvas.qimages import mask_image, rgb_image
from editor.workspace import Workspace

_DELAY_MS = 200
_OVERSAMPLING = 4
_MOST_SAMPLES = 640


def fitted(width: int, height: int, box_width: int, box_height: int) -> tuple[int, int]:
    """Width and height of a picture made to fit a box, at least one pixel each."""
    scale = min(box_width / width, box_height / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def reduced(array: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """An array [H, W] or [H, W, 3] at another size, in a time that does not depend on the size it has.

    Only a few samples per pixel of the result are looked at: enough for a thumbnail.
    """
    oversampling = min(max(_MOST_SAMPLES // max(width, height), 1), _OVERSAMPLING)
    skip = max(1, min(array.shape[0] // (height * oversampling), array.shape[1] // (width * oversampling)))
    start = skip // 2
    sampled = np.ascontiguousarray(array[start::skip, start::skip])
    method = cv2.INTER_AREA if sampled.shape[0] >= height else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(sampled, (width, height), interpolation=method), np.uint8)


def picture_pixmap(picture: NDArray[np.uint8], box_width: int, box_height: int, ratio: float = 1.0) -> QPixmap:
    """A picture [H, W, 3] uint8 sRGB fitted into a box of logical pixels on a screen of the given ratio."""
    size = fitted(picture.shape[1], picture.shape[0], round(box_width * ratio), round(box_height * ratio))
    pixmap = QPixmap.fromImage(rgb_image(reduced(picture, *size)))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def mask_pixmap(mask: Mask, box_width: int, box_height: int, ratio: float = 1.0) -> QPixmap:
    """A mask in white on black, growth and feather included as far as the small size shows them."""
    size = fitted(mask.width, mask.height, round(box_width * ratio), round(box_height * ratio))
    small = Mask(reduced(mask.data, *size))
    scale = size[0] / mask.width
    small.grow, small.feather = mask.grow * scale, mask.feather * scale
    pixmap = QPixmap.fromImage(mask_image(small.effective()))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


@dataclass(frozen=True)
class _Key:
    """``role`` "" is the picture of a layer or source, else the mask of that role."""

    item: str
    role: str
    box: int


class Thumbnails(QObject):
    """Thumbnails of the open document. A change only marks them; a timer renews them at most five times a second.

    Args:
        workspace: whose document is shown.
        widget: where they are drawn, which decides how many pixels they need.

    Signals:
        updated(str, str): item and role ("" for the picture) of what looks different now.
    """

    updated = Signal(str, str)

    def __init__(self, workspace: Workspace, widget: QWidget) -> None:
        super().__init__(widget)
        self._workspace, self._widget = workspace, widget
        self._ratio = 1.0
        self._made: dict[_Key, QPixmap] = {}
        self._dirty: set[_Key] = set()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY_MS)
        self._timer.timeout.connect(self.renew)
        workspace.changed.connect(self._on_change)
        workspace.documentReplaced.connect(self._forget)

    def picture(self, item: str, box: int) -> QPixmap:
        """Of a layer, photo or style picture, fitted into a square of ``box`` logical pixels; null without one."""
        return self._get(_Key(item, "", box))

    def mask(self, target: Target, box: int) -> QPixmap:
        """Of a mask, fitted into a square of ``box`` logical pixels; null when there is none."""
        return self._get(_Key(target.item, target.role, box))

    def renew(self) -> None:
        """Make what changed again, now."""
        self._timer.stop()
        dirty, self._dirty = self._dirty, set()
        for key in dirty:
            self._made.pop(key, None)
        for item, role in sorted({(key.item, key.role) for key in dirty}):
            self.updated.emit(item, role)

    def _get(self, key: _Key) -> QPixmap:
        ratio = self._widget.devicePixelRatioF()
        if ratio != self._ratio:
            self._ratio = ratio
            self._made.clear()
        pixmap = self._made.get(key)
        if pixmap is None:
            pixmap = self._make(key)
            self._made[key] = pixmap
        return pixmap

    def _make(self, key: _Key) -> QPixmap:
        document = self._workspace.document
        if document is None:
            return QPixmap()
        if key.role:
            mask = document.mask(Target(key.item, key.role))
            return QPixmap() if mask is None else mask_pixmap(mask, key.box, key.box, self._ratio)
        source = document.sources.get(key.item)
        if source is not None:
            return picture_pixmap(source.display, key.box, key.box, self._ratio)
        picture = next((picture for picture in document.pictures.values() if picture.id == key.item), None)
        if picture is not None:
            return picture_pixmap(picture.display, key.box, key.box, self._ratio)
        layer = next((layer for layer in document.layers if layer.id == key.item), None)
        return QPixmap() if layer is None else picture_pixmap(layer.display, key.box, key.box, self._ratio)

    def _forget(self) -> None:
        self._timer.stop()
        self._made.clear()
        self._dirty.clear()

    def _on_change(self, change: Change) -> None:
        if change.topic == Topic.MASK:
            self._mark(change.item, change.role)
        elif change.topic == Topic.PIXELS:
            self._mark(change.item, "")
        elif change.topic in (Topic.LAYERS, Topic.SOURCES):
            document = self._workspace.document
            known = set() if document is None else {
                *document.sources, *(layer.id for layer in document.layers),
                *(picture.id for picture in document.pictures.values())}
            self._made = {key: pixmap for key, pixmap in self._made.items() if key.item in known}

    def _mark(self, item: str, role: str) -> None:
        keys = [key for key in self._made if key.role == role and item in ("", key.item)]
        self._dirty.update(keys)
        if keys and not self._timer.isActive():
            self._timer.start()
