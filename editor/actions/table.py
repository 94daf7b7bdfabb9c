"""The menus, and every action in the order in which they show them."""

from __future__ import annotations

from editor.actions.compare import COMPARE
from editor.actions.edit import EDIT
from editor.actions.files import FILE
from editor.actions.guides import KEEP_GUIDE, USE_AS_GUIDE
from editor.actions.layers import CHANGING, ORDERING
from editor.actions.masks import MASK
from editor.actions.references import NEW_FROM_REFERENCE
from editor.actions.run import RUN
from editor.actions.tools import BRUSH, TOOLS
from editor.actions.view import MASK_VIEWS, VIEW
from editor.actions.window import HELP, WINDOW
from editor.look.translation import QT_TRANSLATE_NOOP as _N

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

LAYER = (NEW_FROM_REFERENCE, KEEP_GUIDE, *CHANGING, USE_AS_GUIDE, *ORDERING)
TABLE = (*FILE, *EDIT, *TOOLS, *BRUSH, *VIEW, *MASK_VIEWS, *MASK, *LAYER, *RUN, *COMPARE, *WINDOW, *HELP)
"""Every action of the window."""
