"""The composite without a generator: baseline, instant preview and fallback."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.recipes.base import Step, resolve
from core.recipes.guide import COMPOSITE_PARAMS, finished_outcome, make_composite


class Classical:
    """The recipe ``classical`` (COMPOSITING sections 1 to 5)."""

    name = "classical"
    title = "Classical composite"
    params = COMPOSITE_PARAMS
    needs_reference = True
    photo_space = True

    def run(self, request: Any, context: Any) -> Iterator[Step]:
        """Two steps: the quick composite, then the full one. Stopped after the first, that one is the result."""
        parameters = resolve(COMPOSITE_PARAMS, request.parameters)
        quick = make_composite(request, context, parameters, quick=True)
        yield Step(1, 2, "quick composite", render=lambda: quick.image)
        composite = quick
        if not context.stopping:
            composite = make_composite(request, context, parameters, quick=False)
            full = composite
            yield Step(2, 2, "composite", render=lambda: full.image)
        return finished_outcome(composite, request, context)
