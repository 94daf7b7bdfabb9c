"""What a composite is made of, so that one that was made before is known again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.compositing.classical import ClassicalOptions
from core.faces.face import Portrait


@dataclass(frozen=True, eq=False)
class Ingredients:
    """Everything a composite depends on."""

    portraits: Mapping[str, Portrait]
    strength: float
    options: ClassicalOptions
    protect: NDArray[np.uint8] | None
    ignore: NDArray[np.uint8] | None
    repaired: bool

    def same(self, other: Ingredients) -> bool:
        """Whether the composite would be the same one."""
        return (
            self.options == other.options
            and self.strength == other.strength
            and self.repaired == other.repaired
            and self.portraits.keys() == other.portraits.keys()
            and all(portrait is other.portraits[role] for role, portrait in self.portraits.items())
            and _same_mask(self.protect, other.protect) and _same_mask(self.ignore, other.ignore)
        )


def _same_mask(one: NDArray[np.uint8] | None, other: NDArray[np.uint8] | None) -> bool:
    return one is other or (one is not None and other is not None and np.array_equal(one, other))
