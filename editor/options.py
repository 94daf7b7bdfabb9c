"""What the artist has chosen about tools and view: plain values that the settings file keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


@dataclass
class BrushOptions:
    """Of one painting tool; brush and eraser each have their own.

    Attributes:
        size: diameter in photo pixels, 1..2000.
        hardness: 0..1, share of the radius that is fully covered.
        opacity: 0..1, most coverage one stroke can add or remove.
        spacing: distance of dabs as a share of the diameter, 0.02..1.
        smoothing: 0..1, how much the line lags behind the hand.
        pressure_size, pressure_opacity: whether the pen's pressure changes them.
    """

    size: float = 60.0
    hardness: float = 0.8
    opacity: float = 1.0
    spacing: float = 0.1
    smoothing: float = 0.0
    pressure_size: bool = True
    pressure_opacity: bool = False


@dataclass
class LassoOptions:
    """``feather`` in photo pixels; ``subtract`` removes from the mask instead of adding."""

    feather: float = 0.0
    subtract: bool = False


@dataclass
class ToolOptions:
    """All tools' options. ``erase`` is the polarity of painting tools (X swaps it)."""

    brush: BrushOptions = field(default_factory=BrushOptions)
    eraser: BrushOptions = field(default_factory=BrushOptions)
    lasso: LassoOptions = field(default_factory=LassoOptions)
    erase: bool = False


class MaskView(Enum):
    """How the target's mask is shown."""

    OVERLAY = "overlay"
    OUTLINE = "outline"
    OFF = "off"
    BLACK = "black matte"
    WHITE = "white matte"
    GREY = "mask alone"
    TRANSPARENT = "transparent"


class CompareMode(Enum):
    """How the result is compared with something else."""

    OFF = "off"
    BEFORE = "before"
    SPLIT = "split"
    SIDE_BY_SIDE = "side by side"
    DIFFERENCE = "difference"
    ONION = "onion"


@dataclass
class ViewOptions:
    """How the canvas shows the document; never part of it.

    Attributes:
        mask_view: of the target's mask.
        overlay_opacity: 0..1, of mask overlays; has nothing to do with the masks themselves.
        colours: overlay colour "#rrggbb" by mask role, "layer" included.
        show_face: crop box and face handles.
        pixel_grid: from 800 % on.
        surround: grey of the canvas around the photo, 0..255.
        compare: mode; ``compare_with`` is "before" or a candidate id.
        panes: what stands beside the portrait: "before", source ids, candidate ids; empty = the references in use.
        split: 0..1, position of the split; ``split_vertical`` the direction of its line.
        gain: of the difference, 1, 4 or 16; 0 shows every changed pixel.
        onion: 0..1, opacity of the compared picture.
    """

    mask_view: MaskView = MaskView.OVERLAY
    overlay_opacity: float = 0.5
    colours: dict[str, str] = field(default_factory=lambda: {
        "hair": "#e5484d", "ignore": "#3e8ee0", "protect": "#30a46c", "layer": "#f5a524"})
    show_face: bool = True
    pixel_grid: bool = True
    surround: int = 64
    compare: CompareMode = CompareMode.OFF
    compare_with: str = "before"
    panes: tuple[str, ...] = ()
    split: float = 0.5
    split_vertical: bool = True
    gain: int = 4
    onion: float = 0.5
