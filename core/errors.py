"""Errors that a person can act on: what happened, why, and what to do next."""

from __future__ import annotations


class CoiffeError(Exception):
    """A failure explained to the user.

    Args:
        what: what could not be done, naming the file or value concerned.
        why: the cause, in the user's words.
        next_step: what to do about it.
    """

    exit_code = 4

    def __init__(self, what: str, why: str = "", next_step: str = "") -> None:
        self.what = what
        self.why = why
        self.next_step = next_step
        super().__init__(" ".join(part for part in (what, why, next_step) if part))


class InputRefused(CoiffeError):
    """An input (photo, mask, path, parameter) cannot be used. Exit code 3."""

    exit_code = 3


class ModelFileError(InputRefused):
    """A model file is missing, altered or of the wrong shape. Exit code 3."""


class NothingUseful(CoiffeError):
    """The inputs were fine but no useful result could be computed. Exit code 4."""


class Cancelled(Exception):
    """The user asked to stop; raised by ``Progress.check`` between two steps."""
