"""What keys and menus change about the brush: the one place for steps and limits, whoever asks."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication

from editor.options import BrushOptions, ToolOptions
from editor.workspace import Workspace

translate = QCoreApplication.translate

SMALLEST, LARGEST = 1.0, 2000.0
_HARDNESS_STEP = 0.25


def painting_options(workspace: Workspace) -> BrushOptions:
    """The options that size, hardness and opacity keys change: the eraser's while it is active, else the brush's."""
    return workspace.tools.eraser if workspace.tool == "eraser" else workspace.tools.brush


def change_size(workspace: Workspace, direction: int) -> None:
    """One step larger (+1) or smaller (-1): a tenth, at least one photo pixel."""
    options = painting_options(workspace)
    size = options.size
    size = max(size * 1.1, size + 1) if direction > 0 else min(size / 1.1, size - 1)
    set_size(workspace, round(size))


def set_size(workspace: Workspace, size: float) -> None:
    """Set the diameter in photo pixels, within its limits."""
    options = painting_options(workspace)
    options.size = min(max(float(size), SMALLEST), LARGEST)
    _changed(workspace, translate("Brush", "Size %1 px").replace("%1", f"{options.size:.0f}"))


def change_hardness(workspace: Workspace, direction: int) -> None:
    """One step harder (+1) or softer (-1): the next quarter."""
    options = painting_options(workspace)
    steps = options.hardness / _HARDNESS_STEP
    # The margin keeps a value that is a quarter but for rounding from being its own next step.
    steps = math.floor(steps + 1e-6) + 1 if direction > 0 else math.ceil(steps - 1e-6) - 1
    set_hardness(workspace, steps * _HARDNESS_STEP)


def set_hardness(workspace: Workspace, hardness: float) -> None:
    """Set the hardness, clipped to 0..1."""
    options = painting_options(workspace)
    options.hardness = min(max(float(hardness), 0.0), 1.0)
    _changed(workspace, translate("Brush", "Hardness %1 %").replace("%1", f"{options.hardness * 100:.0f}"))


def set_opacity(workspace: Workspace, opacity: float) -> None:
    """Set the opacity of strokes, clipped to 0.01..1."""
    options = painting_options(workspace)
    options.opacity = min(max(float(opacity), 0.01), 1.0)
    _changed(workspace, translate("Brush", "Stroke opacity %1 %").replace("%1", f"{options.opacity * 100:.0f}"))


def opacity_of_digit(digit: int) -> float:
    """1..9 are 10 to 90 %, 0 is 100 %."""
    return digit / 10 if digit else 1.0


def swap_polarity(workspace: Workspace) -> None:
    """Paint instead of erase or the other way round.

    The lasso keeps a polarity of its own, and the eraser has only one: there the brush comes back, painting.
    """
    tools = workspace.tools
    if workspace.tool == "lasso":
        tools.lasso.subtract = not tools.lasso.subtract
        text = translate("Brush", "Lasso removes") if tools.lasso.subtract else translate("Brush", "Lasso adds")
        _changed(workspace, text)
    elif workspace.tool == "eraser":
        tools.erase = False
        workspace.set_tool("brush")
        _changed(workspace, translate("Brush", "Brush paints"))
    else:
        tools.erase = not tools.erase
        text = translate("Brush", "Brush erases") if tools.erase else translate("Brush", "Brush paints")
        _changed(workspace, text)


def default_tools(workspace: Workspace) -> None:
    """Bring back the defaults of the active tool, and painting as the polarity."""
    fresh = ToolOptions()
    tools = workspace.tools
    tools.erase = fresh.erase
    if workspace.tool == "lasso":
        tools.lasso = fresh.lasso
    elif workspace.tool == "eraser":
        tools.eraser = fresh.eraser
    else:
        tools.brush = fresh.brush
    _changed(workspace, translate("Brush", "Tool options are back to their defaults"))


def toggle_eraser(workspace: Workspace) -> None:
    """From any tool to the eraser, and from the eraser to the brush."""
    workspace.set_tool("brush" if workspace.tool == "eraser" else "eraser")


def _changed(workspace: Workspace, hint: str) -> None:
    workspace.optionsChanged.emit()
    workspace.hinted.emit(hint)
