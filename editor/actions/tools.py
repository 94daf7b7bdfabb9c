"""Which tool is active, and what keys change about the brush."""

from __future__ import annotations

from collections.abc import Callable

from editor.actions.parts import Parts
from editor.actions.spec import ActionSpec, has_document
from editor.canvas.tools import brush_actions
from editor.look.translation import QT_TRANSLATE_NOOP as _N


def _choose(name: str) -> Callable[[Parts], None]:
    return lambda parts: parts.workspace.set_tool(name)


def _toggle_eraser(parts: Parts) -> None:
    brush_actions.toggle_eraser(parts.workspace)


def _tool(name: str, text: str, key: str, tip: str, does: Callable[[Parts], None] | None = None) -> ActionSpec:
    return ActionSpec(f"tool.{name}", "Edit/Tool", text, (key,), name, tip, does=does or _choose(name),
                      enabled=has_document, checked=lambda parts: parts.workspace.tool == name, group="tool")


def _set_opacity(percent: int) -> Callable[[Parts], None]:
    return lambda parts: brush_actions.set_opacity(parts.workspace, percent / 100)


TOOLS = (
    _tool("brush", _N("Actions", "&Brush"), "B", _N("Actions", "Paint the mask")),
    _tool("eraser", _N("Actions", "&Eraser"), "E", _N("Actions", "Erase the mask; again goes back to the brush"),
          _toggle_eraser),
    _tool("lasso", _N("Actions", "&Lasso"), "L", _N("Actions", "Drag around an area, or click its corners")),
    _tool("fill", _N("Actions", "&Fill"), "F", _N("Actions", "Fill an enclosed area of the mask")),
    _tool("face", _N("Actions", "F&ace points"), "C", _N("Actions", "Correct eyes, mouth and chin")),
    _tool("move", _N("Actions", "&Move layer"), "V", _N("Actions", "Move the active layer")),
    _tool("hand", _N("Actions", "&Hand"), "H", _N("Actions", "Move the view")),
    _tool("zoom", _N("Actions", "&Zoom"), "Z", _N("Actions", "Zoom by click or drag")),
)

BRUSH = (
    ActionSpec("brush.smaller", "Edit/Brush", _N("Actions", "&Smaller"), ("[",), "",
               _N("Actions", "Make the brush smaller"), repeats=True,
               does=lambda parts: brush_actions.change_size(parts.workspace, -1), enabled=has_document),
    ActionSpec("brush.larger", "Edit/Brush", _N("Actions", "&Larger"), ("]",), "",
               _N("Actions", "Make the brush larger"), repeats=True,
               does=lambda parts: brush_actions.change_size(parts.workspace, 1), enabled=has_document),
    ActionSpec("brush.softer", "Edit/Brush", _N("Actions", "So&fter"), ("Shift+[", "{"), "",
               _N("Actions", "Make the edge of the brush softer"), gap=True, repeats=True,
               does=lambda parts: brush_actions.change_hardness(parts.workspace, -1), enabled=has_document),
    ActionSpec("brush.harder", "Edit/Brush", _N("Actions", "&Harder"), ("Shift+]", "}"), "",
               _N("Actions", "Make the edge of the brush harder"), repeats=True,
               does=lambda parts: brush_actions.change_hardness(parts.workspace, 1), enabled=has_document),
    ActionSpec("brush.swap", "Edit/Brush", _N("Actions", "S&wap paint and erase"), ("X",), "swap",
               _N("Actions", "Strokes erase instead of paint, or the other way round"), gap=True,
               does=lambda parts: brush_actions.swap_polarity(parts.workspace), enabled=has_document),
    ActionSpec("brush.defaults", "Edit/Brush", _N("Actions", "&Default brush"), ("D",), "defaults",
               _N("Actions", "Bring size, hardness and opacity of this tool back to the start"),
               does=lambda parts: brush_actions.default_tools(parts.workspace), enabled=has_document),
    *(ActionSpec(f"brush.opacity_{percent}", "Edit/Brush/Opacity", f"{percent} %", (str(percent // 10 % 10),), "",
                 _N("Actions", "How much one stroke covers"), does=_set_opacity(percent), enabled=has_document)
      for percent in range(10, 101, 10)),
)
