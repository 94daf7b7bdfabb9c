"""Errors that a person can act on: what happened, why, and what to do next."""

from __future__ import annotations

from enum import Enum


class Advice(Enum):
    """What to do next where command line and window say it differently; each has a sentence for every one.

    Names in braces are values that the error brings along.
    """

    GIVE_PORTRAIT = "give the portrait to be edited"
    GIVE_REFERENCE = "give a portrait to take hair from"
    GIVE_PHOTO = "give the photo of {role}, or leave its hair mask out"
    USE_PROCESSOR = "compute without a GPU"
    CHOOSE_PACK = "choose a model pack that has this part"
    INSTALL_MODELS_AGAIN = "install the pack that the network came with again, or choose another one"
    INSTALL_FOLDER_AGAIN = "install a pack whose manifest cannot be used again, or choose another one"
    INSTALL_PACK_AGAIN = "install {pack} again, or choose another one"
    REPLACE_PACK = "put the new pack in place of the installed one"


class CoiffeError(Exception):
    """A failure explained to the user.

    Args:
        what: what could not be done, naming the file or value concerned.
        why: the cause, in the user's words.
        next_step: what to do about it: a text, or advice that each front words for itself.
        values: what that advice names.
    """

    exit_code = 4

    def __init__(self, what: str, why: str = "", next_step: str | Advice = "", **values: str) -> None:
        self.what = what
        self.why = why
        self.next_step = next_step
        self.values = values
        super().__init__(" ".join(part for part in (what, why, next_step) if isinstance(part, str) and part))


class InputRefused(CoiffeError):
    """An input (photo, mask, path, parameter) cannot be used. Exit code 3."""

    exit_code = 3


class ModelFileError(InputRefused):
    """A model file is missing, altered or of the wrong shape. Exit code 3."""


class NothingUseful(CoiffeError):
    """The inputs were fine but no useful result could be computed. Exit code 4."""


class Cancelled(Exception):
    """The user asked to stop; raised by ``Progress.check`` between two steps."""
