"""What tools, comparison and pointer input see of a canvas, so that none needs the widget that holds them all."""

from __future__ import annotations

from typing import Protocol, overload

from PySide6.QtCore import QPointF, QRect, QSize

from core.document.source import Source
from editor.canvas.pointer import PointerEvent
from editor.canvas.scene import Scene
from editor.canvas.viewport import Viewport
from editor.workspace import Workspace


class CanvasSurface(Protocol):
    """What tools may use of a ``CanvasView``: ``source_id`` says what is shown, ``viewport`` where it sits.

    Rectangles are in widget coordinates.
    """

    source_id: str
    viewport: Viewport

    def rect(self) -> QRect: ...
    @overload
    def update(self) -> None: ...
    @overload
    def update(self, area: QRect, /) -> None: ...
    def refresh_cursor(self) -> None:
        """Show the cursor of what a drag would do now."""

    def take_keys(self, *, alt: bool) -> None:
        """Get the keyboard; ``alt`` tells that Alt belongs to the gesture and not to the menu bar."""


class PictureSurface(CanvasSurface, Protocol):
    """What a comparison draws on.

    Attributes:
        workspace: document and view options.
        scene: the picture itself.
        source, image_size: the photo shown; None and empty once it is gone.
        before: whether the photo is shown as it was.
    """

    workspace: Workspace
    scene: Scene

    @property
    def source(self) -> Source | None: ...
    @property
    def image_size(self) -> QSize: ...
    @property
    def before(self) -> bool: ...
    def width(self) -> int: ...
    def height(self) -> int: ...
    def devicePixelRatioF(self) -> float: ...


class PointerSurface(Protocol):
    """What pointer input moves and whom it tells.

    Attributes:
        toolbox: None where a drag moves the view instead of going to a tool.
    """

    viewport: Viewport

    @property
    def toolbox(self) -> object | None: ...
    def deliver(self, event: PointerEvent) -> None:
        """Hand a pointer event to the tool."""

    def pointer_left(self) -> None:
        """Tell the tool that the pointer is not here any more."""

    def note_pointer(self, position: QPointF) -> None:
        """Tell which canvas point is under the pointer now."""

    def toggle_fit(self, anchor: QPointF) -> None:
        """From all of the photo to 100 % and back."""

    def refresh_cursor(self) -> None:
        """Show the cursor of what a drag would do now."""
