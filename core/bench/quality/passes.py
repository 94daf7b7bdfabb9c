"""LOHO's gradients by three passes through the generator and by the official five
(docs/methods/loho.md, Orthogonalisation): equal to rounding."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from core.bench.quality.pairs import Pair
from core.bench.quality.protocols import Case, Studio
from core.generators.base import FeatureNet
from core.losses.feature_net import load_features
from core.losses.masked import area_down
from core.recipes.context import Context
from core.recipes.loho.orthogonal import image_gradients, orthogonalise, push_through
from core.recipes.loho.recipe import Loho, LohoRun
from core.recipes.request import Request

_CASES = 2


class _Exact(Context):
    """Networks that compute in 32 bits, so that only the order of summation can make a difference."""

    def features(self) -> FeatureNet:
        return self._once("features", lambda: load_features(self.pack, self.device, torch.float32))


def compare_passes(studio: Studio, pairs: Sequence[Pair], context: Context) -> list[dict[str, Any]]:
    """For the first pairs: largest difference of any gradient relative to its largest element, and both times."""
    found = []
    exact = _Exact(context.pack, context.device, torch.Generator(), dtype=torch.float32)
    for pair in pairs[:_CASES]:
        case = next(studio.cases("p3", [pair]))()
        run = prepared_run(case, exact)
        # Once unmeasured: the first walk is slower than the others.
        by_three(run)
        by_five(run)
        began = time.perf_counter()
        three = by_three(run)
        between = time.perf_counter()
        five = by_five(run)
        done = time.perf_counter()
        found.append({"pair": pair.name, "largest_relative_difference": largest_difference(three, five),
                      "seconds_three": round(between - began, 4), "seconds_five": round(done - between, 4)})
    return found


def prepared_run(case: Case, context: Context) -> LohoRun:
    """LOHO's optimisation of a case at its start: default parameters, but the structure gives way as in the code."""
    context.portraits = dict(case.portraits)
    context.begin(case.seed)
    request = Request({role: person.photo for role, person in case.portraits.items()}, seed=case.seed)
    return LohoRun(context, request, Loho.info.resolved({"gives_way": "structure"}), case.target)


def _losses(run: LohoRun, image: Tensor) -> tuple[Tensor, Tensor, Tensor | None, Tensor]:
    """Everything but the hair structure, the structure, the reference's own look, and the wanted look."""
    terms, weights = run.terms.evaluate(image, run.space.shape), run.terms.weights()
    main = torch.stack([weights[name] * term for name, term in terms.main.items()]).sum()
    looks = [weights[name] * terms.main[name] for name in ("appearance", "style") if name in terms.main]
    return main, run.p["structure_weight"] * terms.structure, terms.look, torch.stack(looks).sum()


def _picture(run: LohoRun) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    v = run.variables
    layered = [v.w] if v.features is None else [v.w, v.features]
    return area_down(v.synthesize(run.precise), run.space.size), layered, list(v.noise)


def by_three(run: LohoRun) -> list[Tensor]:
    """Gradients of the layered latents and of the noise as the recipe takes them."""
    image, layered, noise = _picture(run)
    seen = image.detach().requires_grad_(True)
    main, structure, look, _ = _losses(run, seen)
    for_layered, for_noise = push_through(image, image_gradients(seen, main, structure, look), layered, noise)
    return [*for_layered, *for_noise]


def by_five(run: LohoRun) -> list[Tensor]:
    """The same as the official code takes them: every loss walks the whole way back by itself.

    The fourth pass (the wanted look, which the code only logs) and the fifth (everything again, for the noise) are
    walked as well; of the fifth, the structure's share is taken off the noise again.
    """
    image, layered, noise = _picture(run)
    main, structure, look, wanted = _losses(run, image)

    def back(loss: Tensor, inputs: list[Tensor]) -> list[Tensor]:
        grads = torch.autograd.grad(loss, inputs, retain_graph=True, allow_unused=True)
        return [torch.zeros_like(x) if g is None else g for x, g in zip(inputs, grads, strict=True)]

    firsts = back(main, layered)
    pulls = back(structure, [*layered, *noise])
    if look is not None:
        away = back(look, layered)
        pulls[: len(layered)] = [_off(g, d) for g, d in zip(pulls, away, strict=False)]
    back(wanted, layered)
    everything = back(main + structure, noise)
    shares = pulls[len(layered):]
    for_noise = [whole - share for whole, share in zip(everything, shares, strict=True)]
    return [*(first + pull for first, pull in zip(firsts, pulls, strict=False)), *for_noise]


def _off(gradient: Tensor, direction: Tensor) -> Tensor:
    """``orthogonalise``, a feature map as one layer."""
    if gradient.dim() != 4:
        return orthogonalise(gradient, direction)
    flat = orthogonalise(gradient.flatten(1)[:, None], direction.flatten(1)[:, None])
    return flat.reshape(gradient.shape)


def largest_difference(ones: Sequence[Tensor], others: Sequence[Tensor]) -> float:
    """Largest element of the difference of two lists of tensors, each relative to its own largest element."""
    return max(float((a - b).abs().max() / b.abs().max().clamp_min(1e-20)) for a, b in zip(ones, others, strict=True))
