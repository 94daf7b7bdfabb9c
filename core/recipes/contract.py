"""What a recipe is to those that run it: its description, and a generator of optimisation steps."""

from __future__ import annotations

from typing import Protocol

from core.recipes.base import Param, Steps
from core.recipes.context import Context
from core.recipes.request import Request


class Recipe(Protocol):
    """A method. ``run`` yields a Step per optimisation step and returns the Outcome.

    The caller owns the loop: it checks for pause and cancel between steps. When the run is to stop early the caller
    calls ``stop()`` on the context; the recipe sees ``context.stopping`` after its next yield, and returns the best
    so far.
    """

    name: str
    title: str
    params: tuple[Param, ...]
    needs_reference: bool
    accepts: tuple[str, ...]
    """Of ``ACCEPTS``."""
    photo_space: bool
    """Whether the Outcome is in the identity's photo space (pasted back bit-exact) or in working space."""

    def run(self, request: Request, context: Context) -> Steps: ...
