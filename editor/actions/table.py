"""What every action is called, where it stands in the menus and which keys it has at first; no behaviour in here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QCoreApplication

from editor.look.translation import QT_TRANSLATE_NOOP


class Context(Enum):
    """Where an action's keys work."""

    WINDOW = "everywhere in the window"
    CANVAS = "on the canvas"
    LAYERS = "in the layers panel"


@dataclass(frozen=True)
class ActionSpec:
    """One action before it exists.

    Attributes:
        id: as in ``Actions[id]``, "group.name".
        menu: path of its menu, "Edit/Brush".
        text: in the menu, with & before the access key; English, translated when shown.
        keys: default shortcuts in portable text, the one that menus show first.
        icon: name for ``editor.look.icons``, or empty.
        tip: one sentence for the status bar and the shortcut editor.
        context: where its keys work.
        checkable: it is on or off.
        group: of actions of which exactly one is on; empty for none.
        gap: whether a line separates it from the one above.
        repeats: whether holding its key repeats it.
    """

    id: str
    menu: str
    text: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    tip: str = ""
    context: Context = Context.WINDOW
    checkable: bool = False
    group: str = ""
    gap: bool = False
    repeats: bool = False


def translated(text: str) -> str:
    """Text, tip or menu name of an action in the user's language."""
    return QCoreApplication.translate("Actions", text)


_N = QT_TRANSLATE_NOOP

MENUS: tuple[tuple[str, str], ...] = (
    ("File", _N("Actions", "&File")),
    ("Edit", _N("Actions", "&Edit")),
    ("Edit/Tool", _N("Actions", "&Tool")),
    ("Edit/Brush", _N("Actions", "&Brush")),
    ("Edit/Brush/Opacity", _N("Actions", "&Opacity of strokes")),
    ("View", _N("Actions", "&View")),
    ("View/Mask", _N("Actions", "&Show mask as")),
    ("Mask", _N("Actions", "&Mask")),
    ("Mask/Paint", _N("Actions", "&Paint on")),
    ("Layer", _N("Actions", "&Layer")),
    ("Run", _N("Actions", "&Run")),
    ("Compare", _N("Actions", "&Compare")),
    ("Window", _N("Actions", "&Window")),
    ("Help", _N("Actions", "&Help")),
)
"""Every menu in order, submenus after their menu; one that holds nothing is not shown."""

SUBMENU_PLACES = {"Edit/Tool": ("edit.shortcuts", False), "Edit/Brush": ("edit.shortcuts", True),
                  "View/Mask": ("view.face", False), "Mask/Paint": ("mask.fill", True)}
"""By submenu: the action before which it stands, and whether a line follows it; others stand at the end."""

FILE = (
    ActionSpec("file.open", "File", _N("Actions", "&Open…"), ("Ctrl+O",), "open",
               _N("Actions", "Open a portrait to edit")),
    ActionSpec("file.open_sample", "File", _N("Actions", "Open a sa&mple"), (), "sample",
               _N("Actions", "Open the portrait and the reference that come with the program")),
    ActionSpec("file.add_reference", "File", _N("Actions", "&Add reference…"), ("Ctrl+Shift+O",), "add_reference",
               _N("Actions", "Add a photograph whose hair is wanted"), gap=True),
    ActionSpec("file.add_style", "File", _N("Actions", "Add s&tyle picture…"), (), "mdi6.palette-outline",
               _N("Actions", "Add a picture whose style is wanted; it need not show a face")),
    ActionSpec("file.save", "File", _N("Actions", "&Save"), ("Ctrl+S",), "save",
               _N("Actions", "Save the project"), gap=True),
    ActionSpec("file.save_as", "File", _N("Actions", "Save as…"), ("Ctrl+Shift+S",), "save_as",
               _N("Actions", "Save the project under another name")),
    ActionSpec("file.export", "File", _N("Actions", "&Export…"), ("Ctrl+Shift+E",), "export",
               _N("Actions", "Write the finished portrait as PNG, TIFF, JPEG or WebP")),
    ActionSpec("file.close", "File", _N("Actions", "&Close"), ("Ctrl+W",), "close",
               _N("Actions", "Close this portrait and go back to the start page"), gap=True),
    ActionSpec("file.quit", "File", _N("Actions", "&Quit"), ("Ctrl+Q",), "quit",
               _N("Actions", "Close the program"), gap=True),
)

EDIT = (
    ActionSpec("edit.undo", "Edit", _N("Actions", "&Undo"), ("Ctrl+Z",), "undo",
               _N("Actions", "Take the last step back"), repeats=True),
    ActionSpec("edit.redo", "Edit", _N("Actions", "&Redo"), ("Ctrl+Shift+Z", "Ctrl+Y"), "redo",
               _N("Actions", "Do again what was taken back"), repeats=True),
    ActionSpec("edit.shortcuts", "Edit", _N("Actions", "&Keyboard shortcuts…"), (), "keyboard",
               _N("Actions", "See and change the keys of all actions"), gap=True),
    ActionSpec("edit.preferences", "Edit", _N("Actions", "&Preferences…"), ("Ctrl+,",), "preferences",
               _N("Actions", "Memory for undo, canvas, overlay colours, size of type")),
)

TOOLS = (
    ActionSpec("tool.brush", "Edit/Tool", _N("Actions", "&Brush"), ("B",), "brush",
               _N("Actions", "Paint the mask"), checkable=True, group="tool"),
    ActionSpec("tool.eraser", "Edit/Tool", _N("Actions", "&Eraser"), ("E",), "eraser",
               _N("Actions", "Erase the mask; again goes back to the brush"), checkable=True, group="tool"),
    ActionSpec("tool.lasso", "Edit/Tool", _N("Actions", "&Lasso"), ("L",), "lasso",
               _N("Actions", "Drag around an area, or click its corners"), checkable=True, group="tool"),
    ActionSpec("tool.fill", "Edit/Tool", _N("Actions", "&Fill"), ("F",), "fill",
               _N("Actions", "Fill an enclosed area of the mask"), checkable=True, group="tool"),
    ActionSpec("tool.face", "Edit/Tool", _N("Actions", "F&ace points"), ("C",), "face",
               _N("Actions", "Correct eyes, mouth and chin"), checkable=True, group="tool"),
    ActionSpec("tool.move", "Edit/Tool", _N("Actions", "&Move layer"), ("V",), "move",
               _N("Actions", "Move the active layer"), checkable=True, group="tool"),
    ActionSpec("tool.hand", "Edit/Tool", _N("Actions", "&Hand"), ("H",), "hand",
               _N("Actions", "Move the view"), checkable=True, group="tool"),
    ActionSpec("tool.zoom", "Edit/Tool", _N("Actions", "&Zoom"), ("Z",), "zoom",
               _N("Actions", "Zoom by click or drag"), checkable=True, group="tool"),
)

BRUSH = (
    ActionSpec("brush.smaller", "Edit/Brush", _N("Actions", "&Smaller"), ("[",), "",
               _N("Actions", "Make the brush smaller"), repeats=True),
    ActionSpec("brush.larger", "Edit/Brush", _N("Actions", "&Larger"), ("]",), "",
               _N("Actions", "Make the brush larger"), repeats=True),
    ActionSpec("brush.softer", "Edit/Brush", _N("Actions", "So&fter"), ("Shift+[", "{"), "",
               _N("Actions", "Make the edge of the brush softer"), gap=True, repeats=True),
    ActionSpec("brush.harder", "Edit/Brush", _N("Actions", "&Harder"), ("Shift+]", "}"), "",
               _N("Actions", "Make the edge of the brush harder"), repeats=True),
    ActionSpec("brush.swap", "Edit/Brush", _N("Actions", "S&wap paint and erase"), ("X",), "swap",
               _N("Actions", "Strokes erase instead of paint, or the other way round"), gap=True),
    ActionSpec("brush.defaults", "Edit/Brush", _N("Actions", "&Default brush"), ("D",), "defaults",
               _N("Actions", "Bring size, hardness and opacity of this tool back to the start")),
    *(ActionSpec(f"brush.opacity_{percent}", "Edit/Brush/Opacity", f"{percent} %", (str(percent // 10 % 10),), "",
                 _N("Actions", "How much one stroke covers")) for percent in range(10, 101, 10)),
)

VIEW = (
    ActionSpec("view.zoom_in", "View", _N("Actions", "Zoom &in"), ("Ctrl++", "Ctrl+="), "zoom_in",
               _N("Actions", "Show the photograph larger"), repeats=True),
    ActionSpec("view.zoom_out", "View", _N("Actions", "Zoom &out"), ("Ctrl+-",), "zoom_out",
               _N("Actions", "Show the photograph smaller"), repeats=True),
    ActionSpec("view.fit", "View", _N("Actions", "&Fit"), ("Ctrl+0",), "fit",
               _N("Actions", "Show the whole photograph")),
    ActionSpec("view.actual_size", "View", _N("Actions", "&100 %"), ("Ctrl+1",), "actual_size",
               _N("Actions", "One pixel of the photograph on one pixel of the screen")),
    ActionSpec("view.previous_zoom", "View", _N("Actions", "Pre&vious zoom"), ("~",), "previous_zoom",
               _N("Actions", "Back to where the view was before the last zoom")),
    ActionSpec("view.rotate_left", "View", _N("Actions", "Turn &left"), ("Ctrl+[",), "rotate_left",
               _N("Actions", "Turn the view by 15°, not the photograph"), gap=True, repeats=True),
    ActionSpec("view.rotate_right", "View", _N("Actions", "Turn &right"), ("Ctrl+]",), "rotate_right",
               _N("Actions", "Turn the view by 15°, not the photograph"), repeats=True),
    ActionSpec("view.rotation_reset", "View", _N("Actions", "&Upright"), ("Ctrl+\\",), "rotation_reset",
               _N("Actions", "Turn the view upright again")),
    ActionSpec("view.mirror", "View", _N("Actions", "&Mirror the view"), ("M",), "mirror",
               _N("Actions", "Look at the picture mirrored; its pixels stay as they are"), checkable=True),
    ActionSpec("view.overlay", "View", _N("Actions", "Mask overla&y"), ("Q",), "overlay",
               _N("Actions", "Show or hide the coloured masks"), checkable=True, gap=True),
    ActionSpec("view.face", "View", _N("Actions", "&Crop and face points"), (), "face",
               _N("Actions", "Show where the face was found"), checkable=True),
    ActionSpec("view.pixel_grid", "View", _N("Actions", "Pixel &grid"), (), "pixel_grid",
               _N("Actions", "Lines between pixels from 800 % on"), checkable=True),
    ActionSpec("view.unpin", "View", _N("Actions", "Close the pi&nned reference"), (), "unpin",
               _N("Actions", "Take the reference beside the canvas away"), gap=True),
)

_SHOWN = _N("Actions", "How the mask that is painted is shown")
MASK_VIEWS = (
    ActionSpec("view.mask_overlay", "View/Mask", _N("Actions", "&Overlay"), (), "", _SHOWN,
               checkable=True, group="mask view"),
    ActionSpec("view.mask_outline", "View/Mask", _N("Actions", "O&utline"), (), "", _SHOWN,
               checkable=True, group="mask view"),
    ActionSpec("view.mask_black", "View/Mask", _N("Actions", "&Black matte"), (), "", _SHOWN,
               checkable=True, group="mask view"),
    ActionSpec("view.mask_white", "View/Mask", _N("Actions", "&White matte"), (), "", _SHOWN,
               checkable=True, group="mask view"),
    ActionSpec("view.mask_grey", "View/Mask", _N("Actions", "&Mask alone"), (), "", _SHOWN,
               checkable=True, group="mask view"),
    ActionSpec("view.mask_transparent", "View/Mask", _N("Actions", "&Transparent"), (), "", _SHOWN,
               checkable=True, group="mask view"),
    ActionSpec("view.mask_off", "View/Mask", _N("Actions", "&Hidden"), (), "", _SHOWN,
               checkable=True, group="mask view"),
)

MASK = (
    ActionSpec("mask.paint_hair", "Mask/Paint", _N("Actions", "&Hair"), (), "hair",
               _N("Actions", "Strokes change the hair mask"), checkable=True, group="target"),
    ActionSpec("mask.paint_ignore", "Mask/Paint", _N("Actions", "&Ignore"), (), "ignore",
               _N("Actions", "Strokes change the mask of what is invented anew"), checkable=True, group="target"),
    ActionSpec("mask.paint_protect", "Mask/Paint", _N("Actions", "&Protect"), (), "protect",
               _N("Actions", "Strokes change the mask of what must not change"), checkable=True, group="target"),
    ActionSpec("mask.paint_layer", "Mask/Paint", _N("Actions", "&Mask of the layer"), (), "layer",
               _N("Actions", "Strokes reveal and hide the active layer"), checkable=True, group="target"),
    ActionSpec("mask.fill", "Mask", _N("Actions", "&Fill"), ("Ctrl+Backspace",), "fill_mask",
               _N("Actions", "Cover the whole photograph"), gap=True),
    ActionSpec("mask.clear", "Mask", _N("Actions", "&Clear"), ("Delete",), "clear",
               _N("Actions", "Empty the mask"), context=Context.CANVAS),
    ActionSpec("mask.invert", "Mask", _N("Actions", "&Invert"), ("Ctrl+I",), "invert",
               _N("Actions", "Cover what is free and free what is covered")),
    ActionSpec("mask.spread", "Mask", _N("Actions", "&Grow and feather…"), ("Shift+F6",), "feather",
               _N("Actions", "Go to the numbers that grow, shrink and soften the mask")),
    ActionSpec("mask.find_hair", "Mask", _N("Actions", "Find the &hair again"), (), "find",
               _N("Actions", "Replace the hair mask by what the program finds; can be undone"), gap=True),
    ActionSpec("mask.load", "Mask", _N("Actions", "&Load from file…"), (), "load",
               _N("Actions", "Replace the mask by a picture of the same size"), gap=True),
    ActionSpec("mask.save", "Mask", _N("Actions", "&Save to file…"), (), "save_mask",
               _N("Actions", "Write the mask as PNG")),
)

LAYER = (
    ActionSpec("layer.new_from_reference", "Layer", _N("Actions", "&New from reference"), ("Ctrl+Shift+N",),
               "new_layer", _N("Actions", "Lay a reference over the portrait as a layer with a mask")),
    ActionSpec("layer.keep_guide", "Layer", _N("Actions", "Keep the guid&e"), (), "mdi6.vector-polyline-edit",
               _N("Actions", "Add what guided the shown candidate as a layer, to be edited for the next run")),
    ActionSpec("layer.duplicate", "Layer", _N("Actions", "Dupli&cate"), ("Ctrl+J",), "duplicate",
               _N("Actions", "Copy the active layer")),
    ActionSpec("layer.merge_down", "Layer", _N("Actions", "Merge d&own"), ("Ctrl+E",), "merge",
               _N("Actions", "Put the active layer and the one below together")),
    ActionSpec("layer.delete", "Layer", _N("Actions", "De&lete"), ("Delete",), "delete",
               _N("Actions", "Delete the active layer"), context=Context.LAYERS),
    ActionSpec("layer.rename", "Layer", _N("Actions", "&Rename"), ("F2",), "rename",
               _N("Actions", "Give the active layer another name"), gap=True),
    ActionSpec("layer.visible", "Layer", _N("Actions", "&Visible"), (), "visible",
               _N("Actions", "Show or hide the active layer"), checkable=True),
    ActionSpec("layer.locked", "Layer", _N("Actions", "Locke&d"), (), "lock",
               _N("Actions", "A locked layer takes no strokes, moves or deletion"), checkable=True),
    ActionSpec("layer.mask_enabled", "Layer", _N("Actions", "Use mas&k"), (), "mask",
               _N("Actions", "Show the active layer through its mask, or whole"), checkable=True),
    ActionSpec("layer.guide", "Layer", _N("Actions", "Use as &guide"), (), "",
               _N("Actions", "Recipes may follow this layer; it is no part of the picture and of no export"),
               checkable=True),
    ActionSpec("layer.next", "Layer", _N("Actions", "Select &above"), ("Alt+]",), "",
               _N("Actions", "Select the layer above"), gap=True, repeats=True),
    ActionSpec("layer.previous", "Layer", _N("Actions", "Select &below"), ("Alt+[",), "",
               _N("Actions", "Select the layer below"), repeats=True),
    ActionSpec("layer.up", "Layer", _N("Actions", "Move &up"), ("Ctrl+Alt+]",), "up",
               _N("Actions", "Put the active layer above the next one")),
    ActionSpec("layer.down", "Layer", _N("Actions", "Move do&wn"), ("Ctrl+Alt+[",), "down",
               _N("Actions", "Put the active layer below the one under it")),
)

RUN = (
    ActionSpec("run.run", "Run", _N("Actions", "&Run"), ("Ctrl+Return", "Ctrl+Enter"), "run",
               _N("Actions", "Compose with the current photographs, masks and recipe")),
    ActionSpec("run.pause", "Run", _N("Actions", "&Pause"), ("Ctrl+.",), "pause",
               _N("Actions", "Pause the run, or go on with it")),
    ActionSpec("run.stop", "Run", _N("Actions", "&Stop"), ("Ctrl+Shift+.", "Ctrl+>"), "stop",
               _N("Actions", "End the run and keep the best so far")),
    ActionSpec("run.apply", "Run", _N("Actions", "&Apply"), ("Return", "Enter"), "apply",
               _N("Actions", "Make the preview a layer of the portrait"), gap=True),
    ActionSpec("run.discard", "Run", _N("Actions", "&Discard"), ("Esc",), "discard",
               _N("Actions", "Take the preview away")),
    ActionSpec("run.next_candidate", "Run", _N("Actions", "&Next candidate"), (".",), "next",
               _N("Actions", "Look at the next result"), gap=True, repeats=True),
    ActionSpec("run.previous_candidate", "Run", _N("Actions", "Previous &candidate"), (",",), "previous",
               _N("Actions", "Look at the previous result"), repeats=True),
    ActionSpec("run.answers", "Run", _N("Actions", "Ans&wers…"), ("Ctrl+Shift+A",), "mdi6.view-grid-outline",
               _N("Actions", "See all answers of a run that gave several, and choose another one")),
)

COMPARE = (
    ActionSpec("compare.before", "Compare", _N("Actions", "&Before"), (), "before",
               _N("Actions", "Show the photo as it was"), checkable=True,
               group="compare"),
    ActionSpec("compare.peek", "Compare", _N("Actions", "Before, for a &moment"), ("\\",), "",
               _N("Actions", "Show the photo as it was for a moment; as long as the key is held"),
               context=Context.CANVAS),
    ActionSpec("compare.split", "Compare", _N("Actions", "&Split"), (), "split",
               _N("Actions", "The compared picture on one side of a line that can be dragged"), checkable=True,
               group="compare"),
    ActionSpec("compare.side_by_side", "Compare", _N("Actions", "S&ide by side"), (), "side_by_side",
               _N("Actions", "References and candidates beside the portrait, zoomed together"), checkable=True,
               group="compare"),
    ActionSpec("compare.difference", "Compare", _N("Actions", "&Difference"), (), "difference",
               _N("Actions", "What differs from the compared picture; black is the same"), checkable=True,
               group="compare"),
    ActionSpec("compare.onion", "Compare", _N("Actions", "&Onion skin"), (), "onion",
               _N("Actions", "The compared picture laid over the portrait"), checkable=True, group="compare"),
    ActionSpec("compare.toggle", "Compare", _N("Actions", "&Compare or not"), ("Shift+\\", "|"), "",
               _N("Actions", "Switch the last way of comparing on or off"), gap=True),
    ActionSpec("compare.turn_split", "Compare", _N("Actions", "&Turn the split"), (), "",
               _N("Actions", "Above and below instead of left and right, or back")),
)

WINDOW = (
    ActionSpec("window.reset", "Window", _N("Actions", "&Reset layout"), (), "reset",
               _N("Actions", "Put all panels back to where they were at first"), gap=True),
    ActionSpec("window.panels", "Window", _N("Actions", "Hide &panels"), ("Tab",), "panels",
               _N("Actions", "Leave only the canvas, or bring the panels back"), context=Context.CANVAS,
               checkable=True, gap=True),
    ActionSpec("window.full_screen", "Window", _N("Actions", "&Full screen"), ("F11",), "full_screen",
               _N("Actions", "Fill the screen, or go back"), checkable=True),
)

HELP = (
    ActionSpec("help.recipe", "Help", _N("Actions", "&The chosen recipe"), ("F1",), "help",
               _N("Actions", "What the recipe does, when to use it, and what its parameters mean")),
    ActionSpec("help.shortcuts", "Help", _N("Actions", "&Keyboard shortcuts…"), ("Shift+F1",), "keyboard",
               _N("Actions", "Look up the key of an action")),
    ActionSpec("help.log", "Help", _N("Actions", "Show the &log"), (), "log",
               _N("Actions", "Open the folder with the file in which problems are noted"), gap=True),
    ActionSpec("help.about", "Help", _N("Actions", "&About Coiffe"), (), "info",
               _N("Actions", "Version and licence")),
)

TABLE = (*FILE, *EDIT, *TOOLS, *BRUSH, *VIEW, *MASK_VIEWS, *MASK, *LAYER, *RUN, *COMPARE, *WINDOW, *HELP)
"""Every action of the window itself; ``Actions.add`` takes more of them."""
