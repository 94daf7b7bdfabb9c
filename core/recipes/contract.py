"""What a recipe is to those that run it: its description, and a generator of optimisation steps."""

from __future__ import annotations

from typing import Protocol

from core.recipes.base import Steps
from core.recipes.context import Context
from core.recipes.info import RecipeInfo
from core.recipes.request import Request


class Recipe(Protocol):
    """A method. ``run`` yields a Step per optimisation step and returns the Outcome.

    The caller owns the loop: it checks for pause and cancel between steps. When the run is to stop early the caller
    calls ``stop()`` on the context; the recipe sees ``context.stopping`` after its next yield, and returns the best
    so far.
    """

    info: RecipeInfo

    def run(self, request: Request, context: Context) -> Steps: ...
