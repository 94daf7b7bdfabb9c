"""The composite without a generator: baseline, instant preview and fallback."""

from __future__ import annotations

from core.recipes.base import Step, Steps
from core.recipes.classical.info import INFO
from core.recipes.context import Context
from core.recipes.contract import Recipe
from core.recipes.kit.guide import finished_outcome, full_composite, make_composite
from core.recipes.kit.previews import composite_patch
from core.recipes.request import Request


class Classical:
    """The recipe ``classical`` (docs/methods/classical.md)."""

    info = INFO

    def run(self, request: Request, context: Context) -> Steps:
        """Two steps: the quick composite, then the full one. Stopped after the first, or asked to be quick, the
        first is the result."""
        parameters = INFO.resolved(request.parameters)
        total = 1 if parameters["quick"] else 2
        quick = make_composite(request, context, parameters, quick=True)
        yield Step(1, total, "quick composite", render=lambda: quick.image, patch=lambda: composite_patch(quick))
        composite = quick
        if total == 2 and not context.stopping:
            composite = full_composite(request, context, parameters, quick)
            full = composite
            yield Step(2, total, "composite", render=lambda: full.image, patch=lambda: composite_patch(full))
        return finished_outcome(composite, request, context)


RECIPE: Recipe = Classical()
