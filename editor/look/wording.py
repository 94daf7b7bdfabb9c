"""What the engine advises, in the words of the window: it also serves a command line, and names options of that."""

from __future__ import annotations

import re
from dataclasses import replace

from PySide6.QtCore import QCoreApplication

from editor.look.translation import QT_TRANSLATE_NOOP
from editor.workspace import Notice

_N = QT_TRANSLATE_NOOP
_ROLES = {"identity": _N("Wording", "portrait"), "shape": _N("Wording", "shape reference"),
          "appearance": _N("Wording", "appearance reference")}
_ADVICE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"Give one with --identity\."), _N("Wording", "Open a portrait.")),
    (re.compile(r"Give one with --shape or --appearance\."),
     _N("Wording", "Add a reference in the References panel.")),
    (re.compile(r"Leave out --hair-(?P<role>\w+), or give --\w+\."),
     _N("Wording", "Add a photo as the {role} in the References panel.")),
    (re.compile(r"Use --device cpu\."), _N("Wording", "Run on the processor instead.")),
    (re.compile(r"Choose another pack with --pack, or train and add this part\."),
     _N("Wording", "Choose another pack in the Recipe panel.")),
    (re.compile(r"or choose another one with --pack\."), _N("Wording", "or choose another one in the Recipe panel.")),
)
_SENTENCE = re.compile(r"[^.!?]*(?<![\w-])--[a-z][\w-]*[^.!?]*[.!?]?")
"""One that names an option of the command line."""


def for_window(notice: Notice) -> Notice:
    """The same message with advice that can be followed in the window."""
    return replace(notice, next_step=advice_for_window(notice.next_step))


def advice_for_window(advice: str) -> str:
    """A next step without options of the command line; what only makes sense there is left out."""
    if "--" not in advice:
        return advice
    for pattern, text in _ADVICE:
        advice = pattern.sub(lambda found, text=text: _filled(found, text), advice)
    return _SENTENCE.sub("", advice).strip()


def _filled(found: re.Match[str], text: str) -> str:
    text = QCoreApplication.translate("Wording", text)
    role = found.groupdict().get("role")
    return text if role is None else text.replace("{role}", QCoreApplication.translate(
        "Wording", _ROLES.get(role, role)))
