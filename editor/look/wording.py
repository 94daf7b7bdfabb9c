"""What the engine advises, in the words of the window: it also serves a command line, which words it otherwise."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from core.engine.messages import Failure
from core.errors import Advice, CoiffeError
from editor.look.translation import QT_TRANSLATE_NOOP
from editor.workspace import Notice

_N = QT_TRANSLATE_NOOP
_ROLES = {"identity": _N("Wording", "portrait"), "shape": _N("Wording", "shape reference"),
          "appearance": _N("Wording", "appearance reference")}
SENTENCES: Mapping[Advice, str] = {
    Advice.GIVE_PORTRAIT: _N("Wording", "Open a portrait."),
    Advice.GIVE_REFERENCE: _N("Wording", "Add a reference in the References panel."),
    Advice.GIVE_PHOTO: _N("Wording", "Add a photo as the {role} in the References panel."),
    Advice.USE_PROCESSOR: _N("Wording", "Run on the processor instead."),
    Advice.CHOOSE_PACK: _N("Wording", "Choose another pack in the Recipe panel."),
    Advice.INSTALL_MODELS_AGAIN:
        _N("Wording", "Install the model pack again, or choose another one in the Recipe panel."),
    Advice.INSTALL_FOLDER_AGAIN: _N("Wording", "Install the pack again, or choose another one in the Recipe panel."),
    Advice.INSTALL_PACK_AGAIN:
        _N("Wording", "Install the pack {pack} again, or choose another one in the Recipe panel."),
    # The window installs no packs.
    Advice.REPLACE_PACK: "",
}


def notice_of(failure: CoiffeError | Failure, level: str = "error") -> Notice:
    """The message for a failure that explains itself.

    Args:
        failure: of this process or of the engine's.
        level: of the message.
    """
    detail = failure.detail if isinstance(failure, Failure) else ""
    return Notice(failure.what, failure.why, next_step(failure), level, detail)


def next_step(failure: CoiffeError | Failure) -> str:
    """What to do about a failure, or nothing."""
    if not isinstance(failure.next_step, Advice):
        return failure.next_step
    text = QCoreApplication.translate("Wording", SENTENCES[failure.next_step])
    for name, value in failure.values.items():
        shown = QCoreApplication.translate("Wording", _ROLES.get(value, value)) if name == "role" else repr(value)
        text = text.replace(f"{{{name}}}", shown)
    return text
