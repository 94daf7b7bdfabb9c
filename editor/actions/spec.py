"""What is declared about an action, once: its name, place, keys and icon, what it does, and when it can."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from enum import Enum

from PySide6.QtCore import QCoreApplication

from editor.actions.parts import Parts


class Context(Enum):
    """Where an action's keys work."""

    WINDOW = "everywhere in the window"
    CANVAS = "on the canvas"
    LAYERS = "in the layers panel"


def always(_parts: Parts) -> bool:
    """Enabled whatever is open."""
    return True


def has_document(parts: Parts) -> bool:
    """Enabled while a document is open."""
    return parts.workspace.document is not None


@dataclass(frozen=True)
class ActionSpec:
    """One action.

    Attributes:
        id: as in ``Actions[id]``, "group.name".
        menu: path of its menu, "Edit/Brush".
        text: in the menu, with & before the access key; English, translated when shown.
        keys: default shortcuts in portable text, the one that menus show first.
        icon: name for ``editor.look.icons``, or empty.
        tip: one sentence for the status bar and the shortcut editor.
        does: what happens when it is chosen.
        enabled: whether it can be chosen as things are.
        checked: whether it is on; None where it is neither on nor off.
        title: a menu text, translated, that says more than ``text`` does; None where that is all.
        context: where its keys work.
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
    _: KW_ONLY
    does: Callable[[Parts], object]
    enabled: Callable[[Parts], bool] = always
    checked: Callable[[Parts], bool] | None = None
    title: Callable[[Parts], str] | None = None
    context: Context = Context.WINDOW
    group: str = ""
    gap: bool = False
    repeats: bool = False


def translated(text: str) -> str:
    """Text, tip or menu name of an action in the user's language."""
    return QCoreApplication.translate("Actions", text)
