"""The window itself, and help."""

from __future__ import annotations

from core.recipes.catalogue import CATALOGUE
from editor.actions.parts import Parts
from editor.actions.spec import ActionSpec, Context
from editor.look.translation import QT_TRANSLATE_NOOP as _N
from editor.run.request import recipe_info


def _show_help(parts: Parts) -> None:
    document = parts.workspace.document
    parts.dialogs.show_help(next(iter(CATALOGUE)) if document is None else recipe_info(document).name)


WINDOW = (
    ActionSpec("window.reset", "Window", _N("Actions", "&Reset layout"), (), "reset",
               _N("Actions", "Put all panels back to where they were at first"), gap=True,
               does=lambda parts: parts.layout.reset()),
    ActionSpec("window.panels", "Window", _N("Actions", "Hide &panels"), ("Tab",), "panels",
               _N("Actions", "Leave only the canvas, or bring the panels back"), context=Context.CANVAS, gap=True,
               does=lambda parts: parts.layout.toggle_panels(),
               checked=lambda parts: parts.layout.panels_hidden()),
    ActionSpec("window.full_screen", "Window", _N("Actions", "&Full screen"), ("F11",), "full_screen",
               _N("Actions", "Fill the screen, or go back"),
               does=lambda parts: parts.layout.toggle_full_screen(),
               checked=lambda parts: parts.layout.full_screen()),
)

HELP = (
    ActionSpec("help.recipe", "Help", _N("Actions", "&The chosen recipe"), ("F1",), "help",
               _N("Actions", "What the recipe does, when to use it, and what its parameters mean"),
               does=_show_help),
    ActionSpec("help.shortcuts", "Help", _N("Actions", "&Keyboard shortcuts…"), ("Shift+F1",), "keyboard",
               _N("Actions", "Look up the key of an action"),
               does=lambda parts: parts.dialogs.edit_shortcuts()),
    ActionSpec("help.log", "Help", _N("Actions", "Show the &log"), (), "log",
               _N("Actions", "Open the folder with the file in which problems are noted"), gap=True,
               does=lambda parts: parts.dialogs.show_log()),
    ActionSpec("help.about", "Help", _N("Actions", "&About Coiffe"), (), "info",
               _N("Actions", "Version and licence"), does=lambda parts: parts.dialogs.show_about()),
)
