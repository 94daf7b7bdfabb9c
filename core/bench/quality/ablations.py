"""Ablations by name (docs/methods/quality.md, Ablations): the method that is changed, and its variants."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import InputRefused

BACKWARD = "backward"
"""Three passes through the generator against five: a check of gradients, see ``core.bench.quality.passes``."""


@dataclass(frozen=True)
class Ablation:
    """A question: the method as it is, and what it is compared with.

    Attributes:
        title: what is asked.
        base: the method of the comparison.
        variants: the others.
    """

    title: str
    base: str
    variants: tuple[str, ...]


ABLATIONS: dict[str, Ablation] = {
    "go": Ablation("gradient orthogonalisation on and off", "loho", ("loho:orthogonalise=off",)),
    "go-published": Ablation("the same, LOHO as published", "b7", ("b6",)),
    "ring": Ablation("width of the ignored ring: 5, 0, 3 and 8 at 256 px", "loho:ring_iterations=5",
                     tuple(f"loho:ring_iterations={width}" for width in (0, 3, 8))),
    "gram": Ablation("Gram matrix by hair area and by the whole map", "loho:gram=area", ("loho:gram=map",)),
    "mask": Ablation("hair mask of the result from the user and from the parser", "loho:hair_mask_source=user",
                     ("loho:hair_mask_source=parser",)),
    "removed": Ablation("term for the area of removed hair on and off", "loho", ("loho:removed_weight=0",)),
    "jitter": Ablation("latent jitter off and on", "loho:jitter=0", ("loho:jitter=0.05",)),
    "guide": Ablation("blurred guide on and off", "loho", ("loho:guide_weight=0,tint_weight=0",)),
    "space": Ablation("W+, W and S, on the inversion of B5", "b5:space=w+", ("b5:space=w", "b5:space=s")),
}


def methods_of(names: list[str]) -> tuple[list[str], list[str]]:
    """Methods and baselines that the named ablations need, in order and once.

    Raises:
        InputRefused: unknown name.
    """
    unknown = [name for name in names if name not in ABLATIONS and name != BACKWARD]
    if unknown:
        raise InputRefused(f"Unknown ablation {unknown[0]!r}.", "", f"Choose from {', '.join((*ABLATIONS, BACKWARD))}.")
    chosen = [ABLATIONS[name] for name in names if name in ABLATIONS]
    methods = dict.fromkeys(method for entry in chosen for method in (entry.base, *entry.variants))
    return list(methods), list(dict.fromkeys(entry.base for entry in chosen))
